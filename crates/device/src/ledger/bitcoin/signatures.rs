//! What the app yields while it signs, taken apart: whose signature it is, for which input.

use std::collections::BTreeSet;

use bitcoin::VarInt;
use bitcoin::XOnlyPublicKey;
use bitcoin::consensus::encode::deserialize_partial;
use bitcoin::hashes::Hash as _;
use bitcoin::taproot::TapLeafHash;
use bitcoin::{PublicKey, secp256k1};
use vitrine_bitcoin::{CheckedInput, CheckedPsbt, OwnScript, ReturnedSignature, ScriptKind};

use super::psbt::Holder;
use crate::error::DeviceError;
use crate::limits::SIGNATURE_BYTES;

pub(super) const AT: &str = "signing the transaction";
/// Larger numbers are tags of results that are no signatures.
const LARGEST_INPUT: u64 = 65_535;
const SCHNORR_BYTES: usize = 64;

/// The signatures of one wallet's inputs, in the order of the inputs.
pub(super) fn returned(
    psbt: &CheckedPsbt,
    holder: Holder,
    yielded: &[Vec<u8>],
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    let mut seen = BTreeSet::new();
    let mut signatures = Vec::new();
    for result in yielded {
        let (input, key, signature) = parts(result)?;
        if !seen.insert((input, key)) {
            return Err(DeviceError::UnaskedSignature { input });
        }
        let (of_input, own) = own_input(psbt, holder, input)?;
        let public_key = signing_key(own, of_input, holder, key).ok_or(DeviceError::UnaskedSignature { input })?;
        let signature = bare(of_input, own, signature);
        let signature = signature
            .ok_or(DeviceError::MalformedSignature { input, bytes: result.len().saturating_sub(key.len()) })?;
        signatures.push((of_input.needs_signature(), ReturnedSignature { input, public_key, signature }));
    }
    check_all(psbt, holder, &signatures)?;
    // What the app signs again, though the request carries it, is passed over.
    let mut signatures: Vec<_> = signatures.into_iter().filter(|(needed, _)| *needed).map(|(_, s)| s).collect();
    signatures.sort_by_key(|signature| signature.input);
    Ok(signatures)
}

/// Index of the input, key (with the leaf's hash), signature.
fn parts(result: &[u8]) -> Result<(usize, &[u8], &[u8]), DeviceError> {
    let malformed = |what| DeviceError::Malformed { at: AT, what };
    let short = || malformed("a signature that is cut short");
    let (tag, length) = deserialize_partial::<VarInt>(result).map_err(|_| short())?;
    if tag.0 > LARGEST_INPUT {
        return Err(malformed("a result that is no signature"));
    }
    let input = usize::try_from(tag.0).map_err(|_| short())?;
    let (key_length, rest) = result.get(length..).and_then(<[u8]>::split_first).ok_or_else(short)?;
    let (key, signature) = rest.split_at_checked(usize::from(*key_length)).ok_or_else(short)?;
    Ok((input, key, signature))
}

fn own_input(psbt: &CheckedPsbt, holder: Holder, input: usize) -> Result<(&CheckedInput, &OwnScript), DeviceError> {
    let count = psbt.inputs().len();
    let of_input = psbt.inputs().get(input).ok_or(DeviceError::NoSuchPart { part: "input", index: input, count })?;
    let own = of_input.own().filter(|own| holder.owns(own)).ok_or(DeviceError::UnaskedSignature { input })?;
    Ok((of_input, own))
}

/// The key that signed, if the device holds it and it belongs to the input.
fn signing_key(own: &OwnScript, input: &CheckedInput, holder: Holder, key: &[u8]) -> Option<PublicKey> {
    if own.kind() != ScriptKind::P2tr {
        let key = PublicKey::from_slice(key).ok().filter(|key| key.compressed)?;
        return holder.keys(own).map(|own_key| own_key.public_key()).find(|own_key| *own_key == key);
    }
    let (point, leaf) = key.split_at_checked(32)?;
    let point = XOnlyPublicKey::from_slice(point).ok()?;
    let held = |wanted| holder.keys(own).map(|key| key.public_key()).find(|key| x_only(key) == wanted);
    if leaf.is_empty() {
        let program = input.script_pubkey().and_then(|script| script.as_bytes().get(2..));
        return held(own.internal_key()?).filter(|_| program == Some(point.serialize().as_slice()));
    }
    let leaf = TapLeafHash::from_slice(leaf).ok()?;
    let is_there = own.leaf_keys().iter().any(|(hash, keys)| *hash == leaf && keys.contains(&point));
    held(point).filter(|_| is_there)
}

fn x_only(key: &PublicKey) -> XOnlyPublicKey {
    let (point, _): (XOnlyPublicKey, secp256k1::Parity) = key.inner.x_only_public_key();
    point
}

/// A signature without the sighash byte, which has to be the input's.
fn bare(input: &CheckedInput, own: &OwnScript, signature: &[u8]) -> Option<Vec<u8>> {
    let signature = match input.sighash_type().byte() {
        Some(byte) => signature.strip_suffix(&[byte])?,
        None => signature,
    };
    let plausible = match own.kind() {
        ScriptKind::P2tr => signature.len() == SCHNORR_BYTES,
        _ => signature.len() <= SIGNATURE_BYTES && secp256k1::ecdsa::Signature::from_der(signature).is_ok(),
    };
    plausible.then(|| signature.to_vec())
}

fn check_all(psbt: &CheckedPsbt, holder: Holder, signed: &[(bool, ReturnedSignature)]) -> Result<(), DeviceError> {
    for (number, input) in psbt.inputs().iter().enumerate() {
        let asked = input.needs_signature() && input.own().is_some_and(|own| holder.owns(own));
        if asked && !signed.iter().any(|(_, signature)| signature.input == number) {
            return Err(DeviceError::MissingSignature { input: number });
        }
    }
    Ok(())
}
