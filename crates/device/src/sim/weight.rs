//! The size that a transaction has with the longest signatures there are, from which the device judges its fee.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode::deserialize;
use bitcoin::transaction::Version;
use bitcoin::{ScriptBuf, Transaction, TxIn, Weight, Witness};
use trezor_client::protos::InputScriptType;

use super::parts::{Input, Output};
use super::transaction::pushes;

const SIGNATURE: [u8; 72] = [0; 72];
const SCHNORR_SIGNATURE: [u8; 64] = [0; 64];
const KEY: [u8; 33] = [0; 33];

/// What the transaction weighs at most; of inputs of others the first model only guesses their form.
pub(super) fn weight(inputs: &[Input], outputs: &[Output], one: bool) -> Weight {
    let transaction = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: inputs.iter().map(|input| signed(input, one)).collect(),
        output: outputs.iter().map(|output| output.txout.clone()).collect(),
    };
    if one && !inputs.iter().any(Input::is_segwit) {
        // It counts guessed witnesses without what marks them.
        let guessed: usize = transaction.input.iter().map(|input| input.witness.size().saturating_sub(1)).sum();
        return Weight::from_wu((transaction.base_size().saturating_mul(4).saturating_add(guessed)) as u64);
    }
    transaction.weight()
}

fn signed(input: &Input, one: bool) -> TxIn {
    let form = match input.form {
        InputScriptType::EXTERNAL if one => guess(input),
        InputScriptType::EXTERNAL => None,
        form => Some(form),
    };
    let (script_sig, witness) = match form {
        None if one => (Vec::new(), Witness::new()),
        None => {
            let witness = input.arrived.witness.as_deref().and_then(|bytes| deserialize(bytes).ok());
            (input.arrived.script_sig().to_vec(), witness.unwrap_or_default())
        }
        Some(form) => of_form(input, form),
    };
    TxIn { script_sig: ScriptBuf::from(script_sig), witness, ..input.txin.clone() }
}

fn guess(input: &Input) -> Option<InputScriptType> {
    let script = &input.spent.script_pubkey;
    match script.as_bytes().first() {
        Some(0x76) => Some(InputScriptType::SPENDADDRESS),
        Some(0xa9) => Some(InputScriptType::SPENDP2SHWITNESS),
        Some(0x00) => Some(InputScriptType::SPENDWITNESS),
        Some(0x51) => Some(InputScriptType::SPENDTAPROOT),
        _ => None,
    }
}

fn of_form(input: &Input, form: InputScriptType) -> (Vec<u8>, Witness) {
    let script = input.multisig.as_ref().map(|multisig| (multisig.threshold, multisig.script()));
    let items: Vec<Vec<u8>> = match &script {
        Some((threshold, script)) => {
            let signatures = core::iter::repeat_n(SIGNATURE.to_vec(), *threshold);
            [Vec::new()].into_iter().chain(signatures).chain([script.to_bytes()]).collect()
        }
        None if form == InputScriptType::SPENDTAPROOT => vec![SCHNORR_SIGNATURE.to_vec()],
        None => vec![SIGNATURE.to_vec(), KEY.to_vec()],
    };
    match form {
        InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG => {
            (pushes(&items.iter().map(Vec::as_slice).collect::<Vec<_>>()), Witness::new())
        }
        InputScriptType::SPENDP2SHWITNESS => {
            let program = if script.is_some() { 35 } else { 23 };
            (vec![0; program], Witness::from(items))
        }
        _ => (Vec::new(), Witness::from(items)),
    }
}
