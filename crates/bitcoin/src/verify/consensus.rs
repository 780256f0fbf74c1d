//! Bitcoin Core's script interpreter decides whether the finished transaction is valid.

use bitcoin::{Transaction, TxIn, consensus};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

use super::VerifyError;
use crate::CheckedPsbt;
use crate::sighash::spent_outputs;

/// Executes the scripts of these inputs, taproot included (BIP-16, 65, 66, 112, 141, 147, 341, 342).
///
/// The interpreter's interface takes the whole transaction for each input and reads it anew, which is quadratic. What
/// bounds it is `MAX_INPUTS`; and no script depends on the script signature or the witness of another input, so
/// that each run gets those of its own input alone: the transaction that is read n times is then the unsigned one.
pub(crate) fn execute(
    checked: &CheckedPsbt,
    transaction: &Transaction,
    inputs: impl Iterator<Item = usize>,
) -> Result<(), VerifyError> {
    let spent = spent_outputs(checked.inputs()).ok_or(VerifyError::NoDigest { input: 0 })?;
    let mut bare = checked.transaction().clone();
    // The interpreter takes 32-bit lengths; the limits of decoding keep scripts far below.
    let length = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let utxos: Vec<Utxo> = spent
        .iter()
        .map(|output| Utxo {
            script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
            script_pubkey_len: length(output.script_pubkey.len()),
            value: i64::try_from(output.value.to_sat()).unwrap_or(i64::MAX),
        })
        .collect();
    let flags = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;
    for input in inputs {
        let missing = VerifyError::NoSuchInput { input, inputs: spent.len() };
        let (Some(output), Some(signed)) = (spent.get(input), transaction.input.get(input)) else {
            return Err(missing);
        };
        let bytes = with_input(&mut bare, input, signed);
        let (script, amount) = (output.script_pubkey.as_bytes(), output.value.to_sat());
        verify_with_flags(script, amount, &bytes, Some(&utxos), input, flags)
            .map_err(|e| VerifyError::Script { input, reason: format!("{e:?}") })?;
    }
    Ok(())
}

/// The transaction with one finished input, serialized; it is bare again afterwards.
fn with_input(bare: &mut Transaction, input: usize, signed: &TxIn) -> Vec<u8> {
    let Some(slot) = bare.input.get_mut(input) else { return Vec::new() };
    let unsigned = std::mem::replace(slot, signed.clone());
    let bytes = consensus::serialize(bare);
    if let Some(slot) = bare.input.get_mut(input) {
        *slot = unsigned;
    }
    bytes
}
