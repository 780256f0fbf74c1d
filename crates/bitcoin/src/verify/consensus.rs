//! Bitcoin Core's script interpreter decides whether the finished transaction is valid.

use bitcoin::{Transaction, consensus};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

use super::VerifyError;
use crate::CheckedPsbt;
use crate::sighash::spent_outputs;

/// Executes the scripts of every input, taproot included (BIP-16, 65, 66, 112, 141, 147, 341, 342).
pub(crate) fn execute(checked: &CheckedPsbt, transaction: &Transaction) -> Result<(), VerifyError> {
    let spent = spent_outputs(checked.inputs()).ok_or(VerifyError::NoDigest { input: 0 })?;
    let bytes = consensus::serialize(transaction);
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
    for (input, output) in spent.iter().enumerate() {
        let (script, amount) = (output.script_pubkey.as_bytes(), output.value.to_sat());
        verify_with_flags(script, amount, &bytes, Some(&utxos), input, flags)
            .map_err(|e| VerifyError::Script { input, reason: format!("{e:?}") })?;
    }
    Ok(())
}
