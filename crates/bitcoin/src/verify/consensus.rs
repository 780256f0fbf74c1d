//! Bitcoin Core's script interpreter decides whether the finished transaction is valid.

use bitcoin::{Script, ScriptBuf, Transaction, TxIn, consensus};
use bitcoinconsensus::{Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT, verify_with_flags};

use super::VerifyError;
use crate::limits::MAX_EXECUTED_BYTES;
use crate::sighash::{Spend, spent_outputs};
use crate::{CheckedInput, CheckedPsbt};

/// Executes the scripts of these inputs, taproot included (BIP-16, 65, 66, 112, 141, 147, 341, 342).
///
/// The interpreter's interface takes the whole transaction for each input: it reads it anew, computes both its ids and
/// the hashes that digests share. There is no other entry, so the time grows with the square of the inputs, and
/// [`MAX_EXECUTED_BYTES`] bounds it. What can be saved is: no script depends on the script signature or the witness of
/// another input, so each run gets those of its own input alone; and only taproot commits to the outputs that other
/// inputs spend, so only taproot inputs get those.
pub(crate) fn execute(
    checked: &CheckedPsbt,
    transaction: &Transaction,
    inputs: impl Iterator<Item = usize>,
) -> Result<(), VerifyError> {
    let spent = spent_outputs(checked.inputs()).ok_or(VerifyError::NoDigest { input: 0 })?;
    let mut bare = checked.transaction().clone();
    let size = bare.base_size();
    let mut read = 0usize;
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
    for input in inputs {
        let missing = VerifyError::NoSuchInput { input, inputs: spent.len() };
        let (Some(output), Some(signed)) = (spent.get(input), transaction.input.get(input)) else {
            return Err(missing);
        };
        let hashed = signature_checks(&output.script_pubkey, &signed.script_sig).saturating_add(1);
        read = read.saturating_add(size.saturating_mul(hashed));
        if read > MAX_EXECUTED_BYTES {
            return Err(VerifyError::TooMuchToExecute { input });
        }
        let bytes = with_input(&mut bare, input, signed);
        let (script, amount) = (output.script_pubkey.as_bytes(), output.value.to_sat());
        let (utxos, flags) = match output.script_pubkey.is_p2tr() {
            true => (Some(utxos.as_slice()), VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT),
            false => (None, VERIFY_ALL_PRE_TAPROOT),
        };
        verify_with_flags(script, amount, &bytes, utxos, input, flags)
            .map_err(|e| VerifyError::Script { input, reason: format!("{e:?}") })?;
    }
    Ok(())
}

/// Whether the scripts of all inputs can be executed, as far as that is known before they are signed.
pub(crate) fn is_executable(transaction: &Transaction, inputs: &[CheckedInput]) -> bool {
    let hashed = inputs.iter().map(|input| match &input.spend {
        Spend::Legacy(script) => script.count_sigops().saturating_add(1),
        Spend::SegwitV0(_) | Spend::Taproot | Spend::Unknown => 1,
    });
    hashed.fold(0usize, usize::saturating_add).saturating_mul(transaction.base_size()) <= MAX_EXECUTED_BYTES
}

/// Signature checks before segwit, each of which hashes the whole transaction once more; at most.
fn signature_checks(spent: &Script, script_sig: &Script) -> usize {
    let pushed = script_sig.instructions().last().and_then(|last| Some(last.ok()?.push_bytes()?.as_bytes().to_vec()));
    let redeem = pushed.filter(|_| spent.is_p2sh()).map(ScriptBuf::from_bytes);
    let redeem = redeem.map_or(0, |script| script.count_sigops());
    spent.count_sigops().saturating_add(script_sig.count_sigops()).saturating_add(redeem)
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
