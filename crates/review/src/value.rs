//! Typed values of the review document, and the one formatter that all renderers share.

use crate::quantity::thousands;
use crate::text::{escape, groups_of_four};
use crate::{Amount, Quantity, words};

/// An address as text, exactly as it would be written on paper. Printable ASCII only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Takes an address; anything but printable ASCII is escaped, so that it can never imitate another.
    pub fn new(text: &str) -> Self {
        Self(escape(text))
    }

    /// The address in one piece.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in groups of four characters, the prefix part of the first group.
    pub fn groups(&self) -> Vec<&str> {
        groups_of_four(&self.0)
    }
}

/// One typed value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An exact amount.
    Amount(Amount),
    /// An exact number of up to 256 bits.
    Quantity(Quantity),
    /// An address, shown in groups of four.
    Address(Address),
    /// A hash in the byte order in which it is written (a txid reversed, as everywhere).
    Hash(Vec<u8>),
    /// Raw bytes, shown as hex.
    Bytes(Vec<u8>),
    /// A count of something: (17, "bytes").
    Count(u64, &'static str),
    /// A block height.
    Height(u32),
    /// Seconds since 1970-01-01 00:00 UTC.
    Time(u64),
    /// Words of ours or of a specification, such as a derivation path. Never foreign text.
    Term(String),
    /// Text from the request or anybody else. Hostile: escaped whenever it is shown.
    Untrusted(String),
}

impl Value {
    /// The value as every renderer shows it. Nothing is shortened.
    pub fn to_text(&self) -> String {
        match self {
            Self::Amount(amount) => amount.to_string(),
            Self::Quantity(quantity) => quantity.to_string(),
            Self::Address(address) => address.groups().join(" "),
            Self::Hash(bytes) | Self::Bytes(bytes) => hex(bytes),
            Self::Count(count, unit) => format!("{} {unit}", thousands(&count.to_string())).trim_end().to_owned(),
            Self::Height(height) => format!("block {}", thousands(&height.to_string())),
            Self::Time(seconds) => utc(*seconds),
            Self::Term(text) => text.clone(),
            Self::Untrusted(text) => format!("“{}”", escape(text)),
        }
    }

    /// Stable name of the type, for JSON and the digest.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Amount(_) => "amount",
            Self::Quantity(_) => "quantity",
            Self::Address(_) => "address",
            Self::Hash(_) => "hash",
            Self::Bytes(_) => "bytes",
            Self::Count(..) => "count",
            Self::Height(_) => "height",
            Self::Time(_) => "time",
            Self::Term(_) => "term",
            Self::Untrusted(_) => "untrusted",
        }
    }

    /// The value as bytes for the digest: exact, without layout or language.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        match self {
            Self::Amount(amount) => {
                let mut out = amount.base_units().to_be_bytes().to_vec();
                out.push(amount.decimals());
                out.extend_from_slice(amount.unit().as_bytes());
                out
            }
            Self::Quantity(quantity) => {
                let mut out = quantity.big_endian().to_vec();
                out.push(quantity.decimals());
                out.extend_from_slice(quantity.unit().as_bytes());
                out
            }
            Self::Address(address) => address.as_str().as_bytes().to_vec(),
            Self::Hash(bytes) | Self::Bytes(bytes) => bytes.clone(),
            Self::Count(count, unit) => [&count.to_be_bytes(), unit.as_bytes()].concat(),
            Self::Height(height) => height.to_be_bytes().to_vec(),
            Self::Time(seconds) => seconds.to_be_bytes().to_vec(),
            Self::Term(text) | Self::Untrusted(text) => text.as_bytes().to_vec(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// UTC date and time of a Unix time, by the civil-from-days algorithm (Hinnant 2013).
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let z = days.saturating_add(719_468);
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (h, m, s) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02} UTC")
}

/// The first six words of a digest, as shown on every screen.
pub(crate) fn first_words(bytes: &[u8; 32]) -> String {
    words::digest_words(bytes).into_iter().take(6).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_whole() {
        assert_eq!(Value::Address(Address::new("tb1qw508d6q")).to_text(), "tb1q w508 d6q");
        assert_eq!(Value::Count(1_284, "bytes").to_text(), "1,284 bytes");
        assert_eq!(Value::Height(921_344).to_text(), "block 921,344");
        assert_eq!(Value::Time(0).to_text(), "1970-01-01 00:00:00 UTC");
        assert_eq!(Value::Time(1_795_155_876).to_text(), "2026-11-20 06:24:36 UTC");
        assert_eq!(Value::Time(1_709_164_800).to_text(), "2024-02-29 00:00:00 UTC");
    }

    #[test]
    fn foreign_text_cannot_leave_its_cell() {
        let text = Value::Untrusted("pay\u{202e}\nAmount: 0".to_owned()).to_text();
        assert_eq!(text, "“pay\\u{202e}\\nAmount: 0”");
    }
}
