//! RLP and Keccak as the simulated device writes them.

use vitrine_ethereum::alloy_primitives::{B256, Keccak256};

/// A string.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0..=0x7f] => bytes.to_vec(),
        _ => [header(0x80, bytes.len()), bytes.to_vec()].concat(),
    }
}

/// A list of items that are written already.
pub(super) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

fn header(base: u8, length: usize) -> Vec<u8> {
    let digits = number(u64::try_from(length).unwrap_or(u64::MAX));
    match u8::try_from(length) {
        Ok(short) if short < 56 => vec![base.saturating_add(short)],
        _ => {
            let width = u8::try_from(digits.len()).unwrap_or(8);
            [vec![base.saturating_add(55).saturating_add(width)], digits].concat()
        }
    }
}

/// Big-endian without leading zeros.
pub(super) fn number(value: u64) -> Vec<u8> {
    value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect()
}

/// Keccak-256 of the parts, one after the other.
pub(super) fn keccak(parts: &[&[u8]]) -> B256 {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}
