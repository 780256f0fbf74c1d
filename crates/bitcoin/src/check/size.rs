//! The largest size the signed transaction can have, from what is known of each input's script.

use bitcoin::{Transaction, Weight, psbt};

use super::CheckedInput;
use crate::ScriptKind;
use crate::sighash::Spend;

/// Largest virtual size in vB (BIP-141); none if an input's script is not known well enough.
pub(crate) fn max_vsize(transaction: &Transaction, inputs: &[CheckedInput], psbt: &[psbt::Input]) -> Option<u64> {
    let mut witness = false;
    let mut weight = transaction.weight();
    let mut without_witness = 0u64;
    for (input, of_psbt) in inputs.iter().zip(psbt) {
        let is_segwit = is_segwit(input);
        witness |= is_segwit;
        without_witness = without_witness.saturating_add(u64::from(!is_segwit));
        weight = weight.checked_add(satisfaction(input, of_psbt)?)?;
    }
    if witness {
        // Marker and flag, and an empty witness for each input that has none (BIP-144).
        weight = weight.checked_add(Weight::from_wu(without_witness.checked_add(2)?))?;
    }
    Some(weight.to_vbytes_ceil())
}

/// Smallest virtual size in vB (BIP-141); none if an input's script is not known well enough.
///
/// An ECDSA signature counts as 9 bytes, the shortest there can be: the real size is never below.
pub(crate) fn min_vsize(transaction: &Transaction, inputs: &[CheckedInput]) -> Option<u64> {
    let mut weight = transaction.weight();
    if inputs.iter().any(is_segwit) {
        // Marker and flag, and the count of witness items of each input (BIP-144).
        weight = weight.checked_add(Weight::from_wu((inputs.len() as u64).checked_add(2)?))?;
    }
    for input in inputs {
        weight = weight.checked_add(Weight::from_wu(least(input)?))?;
    }
    Some(weight.to_vbytes_ceil())
}

/// What signing adds to an input at least, in weight units, without the count of its witness items.
fn least(input: &CheckedInput) -> Option<u64> {
    const SIGNATURE: u64 = 1 + 9;
    const KEY: u64 = 1 + 33;
    match input.kind {
        ScriptKind::P2wpkh => Some(SIGNATURE + KEY),
        ScriptKind::P2shP2wpkh => Some(4 * 23 + SIGNATURE + KEY),
        ScriptKind::P2pkh => Some(4 * (SIGNATURE + KEY)),
        ScriptKind::P2pk => Some(4 * SIGNATURE),
        ScriptKind::P2tr => Some(1 + 64),
        // The script itself must be shown, whatever else unlocks it.
        ScriptKind::P2wsh | ScriptKind::P2shP2wsh => {
            let Spend::SegwitV0(script) = &input.spend else { return None };
            let nested = if input.kind == ScriptKind::P2wsh { 0 } else { 4 * 35 };
            (script.len() as u64).checked_add(nested)?.checked_add(1)
        }
        _ => None,
    }
}

fn is_segwit(input: &CheckedInput) -> bool {
    match input.kind {
        ScriptKind::P2wpkh
        | ScriptKind::P2wsh
        | ScriptKind::P2tr
        | ScriptKind::P2shP2wpkh
        | ScriptKind::P2shP2wsh
        | ScriptKind::Anchor
        | ScriptKind::FutureWitness => true,
        ScriptKind::P2pk
        | ScriptKind::P2pkh
        | ScriptKind::P2sh
        | ScriptKind::BareMultisig
        | ScriptKind::OpReturn
        | ScriptKind::Unknown => false,
    }
}

/// What signing adds to an input, at most. An input's script length of one byte is in the transaction already.
fn satisfaction(input: &CheckedInput, of_psbt: &psbt::Input) -> Option<Weight> {
    if let Some(own) = &input.own {
        // The count of witness items is not part of what miniscript adds up for segwit inputs' first byte.
        return own
            .descriptor()
            .max_weight_to_satisfy()
            .ok()?
            .checked_add(Weight::from_wu(u64::from(is_segwit(input))));
    }
    if input.is_final {
        let script = of_psbt.final_script_sig.as_ref().map_or(0, |s| s.len() as u64);
        let witness = of_psbt.final_script_witness.as_ref().map_or(0, |w| w.size() as u64);
        return Some(Weight::from_wu(script.checked_add(2)?.checked_mul(4)?.checked_add(witness)?));
    }
    match input.kind {
        ScriptKind::P2wpkh => Some(Weight::from_wu(1 + 1 + 72 + 1 + 33)),
        ScriptKind::P2shP2wpkh => Some(Weight::from_wu(4 * 23 + 1 + 1 + 72 + 1 + 33)),
        ScriptKind::P2pkh => Some(Weight::from_wu(4 * (1 + 72 + 1 + 65))),
        ScriptKind::P2pk => Some(Weight::from_wu(4 * (1 + 72))),
        _ => None,
    }
}
