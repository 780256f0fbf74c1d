//! Elementary values: how they are hashed, and how the simulated screen writes them.

use core::fmt;

use vitrine_ethereum::alloy_primitives::{Address, B256, U256, keccak256};

use super::Status;

/// An elementary type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Solidity {
    Int(u8),
    Uint(u8),
    Address,
    Bool,
    String,
    FixedBytes(u8),
    Bytes,
}

/// A value on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Text(String),
    Address(Address),
}

impl Solidity {
    /// From the protocol's number and its size in bytes.
    pub(super) fn new(number: u8, size: Option<u8>) -> Option<Self> {
        Some(match (number, size) {
            (1, Some(size)) => Self::Int(size),
            (2, Some(size)) => Self::Uint(size),
            (3, None) => Self::Address,
            (4, None) => Self::Bool,
            (5, None) => Self::String,
            (6, Some(size)) => Self::FixedBytes(size),
            (7, None) => Self::Bytes,
            _ => return None,
        })
    }

    /// The word that enters the struct's hash.
    pub(super) fn encoded(self, bytes: &[u8]) -> Result<B256, Status> {
        if bytes.len() > 32 && !matches!(self, Self::String | Self::Bytes) {
            return Err(Status::DATA);
        }
        let is_negative = |size: u8| bytes.len() == usize::from(size) && bytes.first().is_some_and(|b| *b >= 0x80);
        match self {
            Self::Int(_) | Self::Uint(_) if bytes.is_empty() => Err(Status::DATA),
            Self::Int(size) => Ok(left_padded(bytes, if is_negative(size) { 0xff } else { 0 })),
            Self::Uint(_) => Ok(left_padded(bytes, 0)),
            Self::Address if bytes.len() == 20 => Ok(left_padded(bytes, 0)),
            Self::Bool if bytes.len() == 1 => Ok(left_padded(bytes, 0)),
            Self::Address | Self::Bool => Err(Status::DATA),
            Self::FixedBytes(_) => Ok(B256::right_padding_from(bytes)),
            Self::String | Self::Bytes => Ok(keccak256(bytes)),
        }
    }

    /// As the screen writes it.
    pub(super) fn shown(self, bytes: &[u8]) -> Result<Shown, Status> {
        let text = match self {
            Self::Address => return Address::try_from(bytes).map(Shown::Address).map_err(|_| Status::DATA),
            Self::Int(size) => signed(bytes, size)?,
            Self::Uint(_) => U256::try_from_be_slice(bytes).ok_or(Status::DATA)?.to_string(),
            Self::Bool => if bytes == [0] { "false" } else { "true" }.to_owned(),
            Self::String => long_text(bytes),
            Self::FixedBytes(_) | Self::Bytes => long_bytes(bytes),
        };
        Ok(Shown::Text(text))
    }
}

impl fmt::Display for Solidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(size) => write!(f, "int{}", u32::from(*size).saturating_mul(8)),
            Self::Uint(size) => write!(f, "uint{}", u32::from(*size).saturating_mul(8)),
            Self::Address => f.write_str("address"),
            Self::Bool => f.write_str("bool"),
            Self::String => f.write_str("string"),
            Self::FixedBytes(size) => write!(f, "bytes{size}"),
            Self::Bytes => f.write_str("bytes"),
        }
    }
}

fn left_padded(bytes: &[u8], with: u8) -> B256 {
    let mut word = [with; 32];
    for (to, from) in word.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    B256::from(word)
}

fn signed(bytes: &[u8], size: u8) -> Result<String, Status> {
    let value = U256::try_from_be_slice(bytes).ok_or(Status::DATA)?;
    let is_negative = bytes.len() == usize::from(size) && bytes.first().is_some_and(|b| *b >= 0x80);
    if !is_negative {
        return Ok(value.to_string());
    }
    let span = U256::from(1).checked_shl(usize::from(size).saturating_mul(8)).unwrap_or_default();
    Ok(format!("-{}", span.wrapping_sub(value)))
}

/// What fits into the app's buffer of 379 characters, as packets of 253 and then 255 bytes fill it.
fn long_text(bytes: &[u8]) -> String {
    const ROOM: usize = 379;
    let mut shown: Vec<u8> = Vec::new();
    let mut rest = bytes;
    let mut packet = 253;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(packet));
        let fits = now.len().min(ROOM.saturating_sub(shown.len()));
        let was_full = shown.len() >= ROOM;
        shown.extend(now.iter().take(fits));
        if later.is_empty() && fits < now.len() && !was_full {
            shown.truncate(ROOM.saturating_sub(3));
            shown.extend(b"...");
        }
        (rest, packet) = (later, 255);
    }
    vitrine_review::escape(&String::from_utf8_lossy(&shown))
}

fn long_bytes(bytes: &[u8]) -> String {
    let mut digits: String = bytes.iter().take(188).map(|byte| format!("{byte:02X}")).collect();
    if bytes.len() > 188 {
        digits.truncate(374);
        digits.push_str("...");
    }
    format!("0x{digits}")
}

/// Moves the decimal point, and drops what is zero behind it.
pub(super) fn coins(value: U256, decimals: u8, ticker: &str) -> String {
    let mut digits: Vec<char> = value.to_string().chars().rev().collect();
    while digits.len() <= usize::from(decimals) {
        digits.push('0');
    }
    let behind = digits.iter().take(usize::from(decimals)).position(|digit| *digit != '0');
    let start = behind.unwrap_or(usize::from(decimals));
    let mut text = String::new();
    for (place, digit) in digits.iter().enumerate().skip(start).rev() {
        text.push(*digit);
        if place == usize::from(decimals) && place > start {
            text.push('.');
        }
    }
    format!("{text} {ticker}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_read_as_on_the_device() {
        let value = |text: &str| text.parse::<U256>().unwrap();
        assert_eq!(coins(value("314150000000000000"), 18, "ETH"), "0.31415 ETH");
        assert_eq!(coins(value("1000000000000000000"), 18, "ETH"), "1 ETH");
        assert_eq!(coins(value("1200"), 2, "X"), "12 X");
        assert_eq!(coins(value("1250"), 2, "X"), "12.5 X");
        assert_eq!(coins(U256::ZERO, 18, "ETH"), "0 ETH");
        assert_eq!(coins(value("120"), 0, "X"), "120 X");
    }

    #[test]
    fn a_negative_number_has_its_types_full_width() {
        let word = Solidity::Int(2).encoded(&[0x80, 0x00]).unwrap();
        assert_eq!(word[..30], [0xff; 30]);
        assert_eq!(Solidity::Int(2).shown(&[0x80, 0x00]), Ok(Shown::Text("-32768".to_owned())));
        assert_eq!(Solidity::Int(32).shown(&[0xff; 32]), Ok(Shown::Text("-1".to_owned())));
        assert_eq!(Solidity::Int(2).shown(&[0x80]), Ok(Shown::Text("128".to_owned())));
    }
}
