//! An own address on the simulated screen.

use trezor_client::protos::{GetAddress, InputScriptType};

use super::keys::{Coin, Keys};
use super::multisig::Multisig;
use super::{Button, Refusal, SimModel, SimOptions, screen, screen_one};

/// The address asked for, and what the person is asked about it.
pub(super) fn address(
    question: &GetAddress,
    keys: &Keys,
    options: &SimOptions,
) -> Result<(String, Vec<Button>), Refusal> {
    let coin = Coin::named(question.coin_name(), options.network_guard)?;
    let form = question.script_type.map_or(Ok(InputScriptType::SPENDADDRESS), |form| form.enum_value());
    let form = form.map_err(|_| Refusal::data("Unknown script type"))?;
    let multisig = question.multisig.as_ref().map(Multisig::read).transpose()?;
    let address = keys.own(&question.address_n, form, multisig.as_ref(), coin)?.address.to_string();
    if !question.show_display() {
        return Ok((address, Vec::new()));
    }
    if multisig.as_ref().is_some_and(|multisig| !multisig.single_path) {
        return Err(Refusal::data("Using different paths for different xpubs is not allowed"));
    }
    let buttons = match (options.model, &multisig) {
        (SimModel::One, multisig) => {
            vec![screen_one::own_address(&address, &question.address_n, coin.unit(), multisig.as_ref())]
        }
        (SimModel::Safe5, None) => vec![screen::own_address(&address, question.chunkify())],
        (SimModel::Safe5, Some(_)) => {
            vec![screen::multisig_warning(), screen::own_address(&address, question.chunkify())]
        }
    };
    Ok((address, buttons))
}
