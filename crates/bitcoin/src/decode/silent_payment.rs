//! Which silent payment fields need each other (BIP-375); whether their proofs hold is checked later.

use std::collections::BTreeSet;

use vitrine_review::Span;

use super::error::{DecodeError, Place, Problem};
use super::keys::{
    GLOBAL_SP_DLEQ, GLOBAL_SP_ECDH_SHARE, IN_SP_DLEQ, IN_SP_ECDH_SHARE, OUT_SCRIPT, SP_V0_INFO, SP_V0_LABEL,
    TX_MODIFIABLE, key_type,
};
use super::maps::malformed;
use crate::bytes::slice;
use crate::keyvalue::{KeyValue, Map, Maps};

/// Checks that shares and proofs come in pairs, labels with keys, and that a computed script can no longer change.
pub(crate) fn check_fields(bytes: &[u8], maps: &Maps) -> Result<(), DecodeError> {
    check_pairs(bytes, &maps.global, GLOBAL_SP_ECDH_SHARE, GLOBAL_SP_DLEQ)?;
    for map in &maps.inputs {
        check_pairs(bytes, map, IN_SP_ECDH_SHARE, IN_SP_DLEQ)?;
    }
    for map in &maps.outputs {
        if let (Some(kv), None) = (map.single(SP_V0_LABEL), map.single(SP_V0_INFO)) {
            let what = "a silent payment label needs PSBT_OUT_SP_V0_INFO beside it";
            return Err(unfit(map, kv, kv.type_bytes, what));
        }
    }
    check_modifiable(bytes, maps)
}

/// Each share has a proof for the same scan key, and each proof a share.
fn check_pairs(bytes: &[u8], map: &Map, share: u64, proof: u64) -> Result<(), DecodeError> {
    let of = |wanted: u64| map.pairs.iter().filter(move |kv| kv.key_type == wanted);
    for (ones, others, what) in [
        (share, proof, "a silent payment share needs the proof for the same scan key beside it"),
        (proof, share, "a silent payment proof needs the share for the same scan key beside it"),
    ] {
        let scan_keys: BTreeSet<&[u8]> = of(others).map(|kv| slice(bytes, kv.key_data)).collect();
        if let Some(kv) = of(ones).find(|kv| !scan_keys.contains(slice(bytes, kv.key_data))) {
            return Err(unfit(map, kv, kv.type_bytes, what));
        }
    }
    Ok(())
}

/// The script of a silent payment depends on all inputs: once it is there, nothing may be added or taken away.
fn check_modifiable(bytes: &[u8], maps: &Maps) -> Result<(), DecodeError> {
    let computed = |map: &Map| map.single(SP_V0_INFO).is_some() && map.single(OUT_SCRIPT).is_some();
    let modifiable = maps.global.single(TX_MODIFIABLE).filter(|kv| slice(bytes, kv.value) != [0]);
    match modifiable.filter(|_| maps.outputs.iter().any(computed)) {
        Some(kv) => {
            let what = "inputs or outputs may still change, and the script of a silent payment is there already";
            Err(unfit(&maps.global, kv, kv.value, what))
        }
        None => Ok(()),
    }
}

fn unfit(map: &Map, kv: &KeyValue, span: Span, what: &'static str) -> DecodeError {
    let place = Place::in_key(span.start, map.kind, key_type(map.kind, kv.key_type).name);
    malformed(Problem::Combination { what }, place)
}
