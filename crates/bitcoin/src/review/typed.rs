//! Values of version 2, MuSig2 and silent payment fields in words (BIP-370, 373, 375).

use bitcoin::absolute::LockTime;
use vitrine_review::Value;

use super::section::term;
use crate::bytes::u32_le;
use crate::check::lock_time_value;
use crate::decode::keys::{KeyType, ValueForm};

/// The value of a pair in words; none if its form is shown otherwise.
pub(crate) fn typed(known: &KeyType, key: &[u8], value: &[u8]) -> Option<Value> {
    let number = || u32_le(value).unwrap_or_default();
    Some(match known.value {
        ValueForm::LockTime if number() == 0 => term("none"),
        ValueForm::LockTime | ValueForm::TimeLock | ValueForm::HeightLock => {
            lock_time_value(LockTime::from_consensus(number()))
        }
        ValueForm::Modifiable => term(modifiable(value.first().copied().unwrap_or_default())),
        ValueForm::Points => term(format!("{} is made of {}", hex(key), list(value))),
        ValueForm::PublicNonce => term(format!("{}: nonces {}", signer(key), list(value))),
        ValueForm::PartialSignature => term(format!("{}: {}", signer(key), hex(value))),
        ValueForm::Point | ValueForm::DleqProof => term(format!("for scan key {}: {}", hex(key), hex(value))),
        ValueForm::SilentPayment => {
            let (scan, spend) = value.split_at_checked(33)?;
            term(format!("scan key {}, spend key {}", hex(scan), hex(spend)))
        }
        ValueForm::Label => Value::Count(u64::from(number()), ""),
        _ => return None,
    })
}

/// The flags of `PSBT_GLOBAL_TX_MODIFIABLE` in words (BIP-370).
pub(crate) fn modifiable(flags: u8) -> String {
    let mut parts = Vec::new();
    for (bit, name) in [(0x01, "inputs"), (0x02, "outputs")] {
        if flags & bit != 0 {
            parts.push(name.to_owned());
        }
    }
    if flags & 0x04 != 0 {
        parts.push("no order, a signature is of type SINGLE".to_owned());
    }
    if flags & 0xf8 != 0 {
        parts.push(format!("undefined flags 0x{:02x}", flags & 0xf8));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// "participant 02…, aggregate 03…, leaf …" (BIP-373).
fn signer(key: &[u8]) -> String {
    let part = |from: usize, to: usize| key.get(from..to).map(hex).unwrap_or_default();
    let leaf = key.get(66..).filter(|leaf| !leaf.is_empty()).map(|leaf| format!(", leaf {}", hex(leaf)));
    format!("participant {}, aggregate {}{}", part(0, 33), part(33, 66), leaf.unwrap_or_default())
}

fn list(points: &[u8]) -> String {
    points.chunks(33).map(hex).collect::<Vec<_>>().join(", ")
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
