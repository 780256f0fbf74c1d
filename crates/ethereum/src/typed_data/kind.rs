//! Types of members: elementary, a struct, an array of either.

use std::fmt;

use super::TypedDataProblem;
use crate::abi::AbiType;
use crate::limits;

/// The type of a member of typed data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `uintN`, `intN`, `address`, `bool`, `bytesN`, `bytes` or `string`.
    Elementary(AbiType),
    /// A declared struct. The name is an identifier, and of the request.
    Struct(String),
    /// `T[]`, or `T[n]` with its number of items.
    Array(Box<Self>, Option<usize>),
}

impl Kind {
    /// Reads a type's spelling.
    ///
    /// # Errors
    /// The problem, if the spelling is not EIP-712's: `uint` without bits, `T[0]`, a name that is no identifier.
    pub(super) fn parse(text: &str) -> Result<Self, TypedDataProblem> {
        let bad = || TypedDataProblem::BadType(text.to_owned());
        let stem_len = text.find('[').unwrap_or(text.len());
        let (stem, dimensions) = text.split_at_checked(stem_len).ok_or_else(bad)?;
        let mut kind = Self::stem(stem).ok_or_else(bad)?;
        let mut rest = dimensions;
        for _ in 0..limits::NESTING {
            if rest.is_empty() {
                return Ok(kind);
            }
            let (number, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(bad)?;
            kind = Self::Array(Box::new(kind), count(number).ok_or_else(bad)?);
            rest = after;
        }
        Err(bad())
    }

    fn stem(stem: &str) -> Option<Self> {
        if is_reserved(stem) {
            let is_word = stem.bytes().all(|b| b.is_ascii_alphanumeric());
            return AbiType::parse(stem).ok().filter(|_| is_word).map(Self::Elementary);
        }
        is_type_name(stem).then(|| Self::Struct(stem.to_owned()))
    }

    /// The struct that it is or is an array of.
    pub(super) fn struct_name(&self) -> Option<&str> {
        match self {
            Self::Elementary(_) => None,
            Self::Struct(name) => Some(name),
            Self::Array(item, _) => item.struct_name(),
        }
    }
}

/// The spelling that enters the hash.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elementary(kind) => write!(f, "{kind}"),
            Self::Struct(name) => f.write_str(name),
            Self::Array(item, None) => write!(f, "{item}[]"),
            Self::Array(item, Some(n)) => write!(f, "{item}[{n}]"),
        }
    }
}

/// The number between brackets: none, or one from 1.
fn count(number: &str) -> Option<Option<usize>> {
    if number.is_empty() {
        return Some(None);
    }
    let n: usize = number.parse().ok()?;
    ((1..=limits::JSON_VALUES).contains(&n) && n.to_string() == number).then_some(Some(n))
}

/// Names that mean, or could be taken to mean, something else than a struct.
pub(super) fn is_reserved(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "address", "bool", "string", "bytes", "byte", "uint", "int", "fixed", "ufixed", "function", "tuple", "mapping",
    ];
    let is_size = |c: char| c.is_ascii_digit() || c == 'x';
    let stem = name.trim_end_matches(is_size);
    WORDS.contains(&name) || (stem != name && WORDS.contains(&stem))
}

/// An identifier; the colon is for names such as `Protocol:Withdraw`, which wallets sign.
pub(super) fn is_type_name(name: &str) -> bool {
    is_word(name, |b| b == b':')
}

/// An identifier of Solidity.
pub(super) fn is_member_name(name: &str) -> bool {
    is_word(name, |_| false)
}

fn is_word(name: &str, also: impl Fn(u8) -> bool) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphabetic() || b == b'_' || b == b'$';
    let is_part = |b: u8| is_letter(b) || b.is_ascii_digit() || also(b);
    name.len() <= limits::TYPED_DATA_NAME && name.bytes().next().is_some_and(is_letter) && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_are_spelled() {
        for text in ["uint256", "int8", "bytes32", "bytes", "string", "Mail", "Mail[]", "uint8[2][][3]", "A:B[]", "$_"]
        {
            assert_eq!(Kind::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Kind::parse("uint160").unwrap(), Kind::Elementary(AbiType::Uint(160)));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let wrong = [
            "",
            "uint",
            "int",
            "uint7",
            "uint264",
            "uint08",
            "bytes0",
            "bytes33",
            "fixed",
            "fixed128x18",
            "function",
            "tuple",
            "byte",
            "[]",
            "Mail[",
            "Mail]",
            "Mail[0]",
            "Mail[01]",
            "Mail[-1]",
            "Mail[1",
            "Mail[]x",
            "Mail []",
            "(uint256)",
            "uint256 ",
            " uint256",
            "Mail,address to",
            "Mаil",
            "1Mail",
            ":Mail",
            "address payable",
        ];
        for text in wrong {
            assert!(Kind::parse(text).is_err(), "{text}");
        }
        assert!(Kind::parse(&format!("A{}", "[]".repeat(33))).is_err());
        assert!(Kind::parse(&"A".repeat(257)).is_err());
    }
}
