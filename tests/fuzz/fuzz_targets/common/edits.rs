//! Edits of bytes that are right, as the input says.
#![allow(dead_code, reason = "each target uses some of it")]

/// Takes one byte of the input; 0 after its end.
pub fn take(input: &mut &[u8]) -> u8 {
    let Some((first, rest)) = input.split_first() else { return 0 };
    *input = rest;
    *first
}

/// The bytes with the edits that the input says: overwritten, inserted, removed, copied or inverted pieces.
pub fn edited(original: &[u8], input: &mut &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..take(input) % 16 {
        let place = usize::from(u16::from_be_bytes([take(input), take(input)])) % bytes.len().max(1);
        let (kind, value) = (take(input), take(input));
        let length = usize::from(kind >> 3).min(bytes.len() - place.min(bytes.len()));
        match kind & 7 {
            0 | 1 if place < bytes.len() => bytes[place] = value,
            2 if place < bytes.len() => bytes[place] ^= 1 << (value & 7),
            3 => bytes.insert(place, value),
            4 => drop(bytes.drain(place..place + length)),
            5 => {
                let piece = bytes[place..place + length].to_vec();
                let target = usize::from(value) * bytes.len() / 256;
                bytes.splice(target..target, piece);
            }
            6 => bytes.truncate(place.max(1)),
            _ => {
                let piece: Vec<u8> = (0..length).map(|_| take(input)).collect();
                bytes.splice(place..place, piece);
            }
        }
    }
    bytes
}
