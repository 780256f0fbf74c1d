//! Types of the contract ABI.

use std::fmt;

/// A type of the contract ABI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AbiType {
    /// `uint8` … `uint256`: bits, a multiple of 8.
    Uint(u16),
    /// `int8` … `int256`: bits, a multiple of 8.
    Int(u16),
    /// `address`.
    Address,
    /// `bool`.
    Bool,
    /// `bytes1` … `bytes32`: number of bytes.
    FixedBytes(u8),
    /// `bytes`.
    Bytes,
    /// `string`.
    String,
    /// `T[]`.
    Array(Box<Self>),
    /// `T[n]`.
    FixedArray(Box<Self>, usize),
    /// `(T1 a,T2 b)`.
    Tuple(Vec<Param>),
}

/// A named parameter or tuple component. The name is of the interface, never of the request; it may be empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: AbiType,
}

impl AbiType {
    /// Whether its encoding has no fixed length, so that its head is an offset.
    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => true,
            Self::FixedArray(item, n) => *n > 0 && item.is_dynamic(),
            Self::Tuple(params) => params.iter().any(|p| p.kind.is_dynamic()),
            Self::Uint(_) | Self::Int(_) | Self::Address | Self::Bool | Self::FixedBytes(_) => false,
        }
    }

    /// Bytes of its head: 32 for a dynamic type (the offset), the whole encoding for a static one.
    pub(crate) fn head_len(&self) -> Option<usize> {
        if self.is_dynamic() {
            return Some(32);
        }
        match self {
            Self::FixedArray(item, n) => item.head_len()?.checked_mul(*n),
            Self::Tuple(params) => params.iter().try_fold(0usize, |sum, p| sum.checked_add(p.kind.head_len()?)),
            _ => Some(32),
        }
    }
}

/// The canonical spelling, as it enters a selector: no names, tuples in parentheses.
impl fmt::Display for AbiType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uint(bits) => write!(f, "uint{bits}"),
            Self::Int(bits) => write!(f, "int{bits}"),
            Self::Address => f.write_str("address"),
            Self::Bool => f.write_str("bool"),
            Self::FixedBytes(n) => write!(f, "bytes{n}"),
            Self::Bytes => f.write_str("bytes"),
            Self::String => f.write_str("string"),
            Self::Array(item) => write!(f, "{item}[]"),
            Self::FixedArray(item, n) => write!(f, "{item}[{n}]"),
            Self::Tuple(params) => write_tuple(f, params),
        }
    }
}

/// `(uint256,address)`.
pub(crate) fn write_tuple(f: &mut fmt::Formatter<'_>, params: &[Param]) -> fmt::Result {
    f.write_str("(")?;
    for (i, param) in params.iter().enumerate() {
        if i > 0 {
            f.write_str(",")?;
        }
        write!(f, "{}", param.kind)?;
    }
    f.write_str(")")
}
