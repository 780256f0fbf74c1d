//! The dialogue while a personal message (EIP-191) is signed.

use trezor_client::protos::{EthereumMessageSignature, EthereumSignMessage};
use vitrine_ethereum::ReturnedSignature;

use super::super::wire::{Dialogue, Wire};
use super::Plan;
use crate::error::DeviceError;

pub(super) fn sign(
    wire: &mut Wire,
    plan: &Plan<'_>,
    message: &[u8],
    dialogue: &mut Dialogue<'_>,
) -> Result<ReturnedSignature, DeviceError> {
    let question =
        EthereumSignMessage { address_n: plan.path.to_vec(), message: Some(message.to_vec()), ..Default::default() };
    let answer: EthereumMessageSignature = wire.call(&question, dialogue)?;
    let taken = super::taken(plan, answer.signature(), answer.address(), "EthereumSignMessage");
    taken.inspect_err(|error| wire.leave(error))
}
