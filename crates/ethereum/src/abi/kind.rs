//! Types of the contract ABI.

use std::fmt;
use std::sync::Arc;

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
    Tuple(Arc<[Param]>),
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
        self.extent() == Extent::Dynamic
    }

    /// Bytes of its head: 32 for a dynamic type (the offset), the whole encoding for a static one.
    pub(crate) fn head_len(&self) -> Option<usize> {
        match self.extent() {
            Extent::Dynamic => Some(32),
            Extent::Fixed(bytes) => bytes,
        }
    }

    /// Looks at each type within once: asking each for both would cost the square of the depth.
    fn extent(&self) -> Extent {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => Extent::Dynamic,
            Self::FixedArray(item, n) => match item.extent() {
                Extent::Dynamic if *n > 0 => Extent::Dynamic,
                Extent::Dynamic => Extent::Fixed(Some(0)),
                Extent::Fixed(bytes) => Extent::Fixed(bytes.and_then(|bytes| bytes.checked_mul(*n))),
            },
            Self::Tuple(params) => params.iter().fold(Extent::Fixed(Some(0)), |sum, p| match (sum, p.kind.extent()) {
                (Extent::Fixed(sum), Extent::Fixed(bytes)) => {
                    Extent::Fixed(sum.zip(bytes).and_then(|(sum, bytes)| sum.checked_add(bytes)))
                }
                _ => Extent::Dynamic,
            }),
            Self::Uint(_) | Self::Int(_) | Self::Address | Self::Bool | Self::FixedBytes(_) => Extent::Fixed(Some(32)),
        }
    }
}

/// How long encodings of a type are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Each has its own length.
    Dynamic,
    /// All have this length; none if it cannot be counted.
    Fixed(Option<usize>),
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
