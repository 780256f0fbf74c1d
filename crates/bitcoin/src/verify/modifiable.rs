//! `PSBT_GLOBAL_TX_MODIFIABLE` after signing: what a signature fixes may no longer change (BIP-370).

use crate::bytes::slice;
use crate::decode::PsbtRequest;
use crate::decode::keys::TX_MODIFIABLE;
use crate::keyvalue::{KeyValue, MapKind};
use crate::{CheckedPsbt, SighashType};

const INPUTS: u8 = 0x01;
const OUTPUTS: u8 = 0x02;
const SINGLE: u8 = 0x04;

/// Whether a signer may leave the flags so: less may change than before, nothing else about them differs.
pub(super) fn may_become(map: MapKind, kv: &KeyValue, before: &[u8], after: &[u8]) -> bool {
    let (MapKind::Global, TX_MODIFIABLE, [before], [after]) = (map, kv.key_type, before, after) else { return false };
    let (opened, closed) = (after & !before, before & !after);
    opened & !SINGLE == 0 && closed & !(INPUTS | OUTPUTS) == 0
}

/// The request's bytes with the flags as signatures of these types have to leave them; none if nothing changes.
pub(super) fn after_signing(checked: &CheckedPsbt, types: impl Iterator<Item = SighashType>) -> Option<Vec<u8>> {
    let PsbtRequest { bytes, maps, .. } = &checked.request;
    let kv = maps.global.single(TX_MODIFIABLE)?;
    let before = *slice(bytes, kv.value).first()?;
    let after = types.fold(before, closed_by);
    if after == before {
        return None;
    }
    let mut bytes = bytes.clone();
    *bytes.get_mut(kv.value.start)? = after;
    Some(bytes)
}

/// The flags after one more signature.
fn closed_by(flags: u8, sighash_type: SighashType) -> u8 {
    let inputs = if sighash_type.anyone_can_pay() { 0 } else { INPUTS };
    let outputs = match sighash_type {
        SighashType::None | SighashType::NoneAnyoneCanPay => 0,
        _ => OUTPUTS,
    };
    let single = match sighash_type {
        SighashType::Single | SighashType::SingleAnyoneCanPay => SINGLE,
        _ => 0,
    };
    (flags & !inputs & !outputs) | single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_closes_exactly_what_it_fixes() {
        for (sighash_type, expected) in [
            (SighashType::Default, 0x08),
            (SighashType::All, 0x08),
            (SighashType::AllAnyoneCanPay, 0x09),
            (SighashType::None, 0x0a),
            (SighashType::NoneAnyoneCanPay, 0x0b),
            (SighashType::Single, 0x0c),
            (SighashType::SingleAnyoneCanPay, 0x0d),
        ] {
            assert_eq!(closed_by(0x0b, sighash_type), expected, "{sighash_type:?}");
        }
    }
}
