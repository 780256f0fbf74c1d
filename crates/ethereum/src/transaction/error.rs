//! Why bytes are no transaction that can be signed.

use std::fmt;

use crate::rlp::RlpProblem;

/// Why bytes are not an unsigned transaction, and where in the request that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionError {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: TransactionProblem,
}

/// What is wrong with a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionProblem {
    /// There is nothing.
    Empty,
    /// More bytes than are read.
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// A text that is not hexadecimal digits in pairs.
    NotHex,
    /// Not canonical RLP.
    Rlp(RlpProblem),
    /// No RLP list where the transaction's list has to be.
    NoList,
    /// A type byte (EIP-2718) of no known transaction.
    UnknownType {
        /// The byte.
        found: u8,
    },
    /// A legacy transaction of six items, that every chain would take.
    WithoutChainId,
    /// A transaction that is already signed.
    AlreadySigned,
    /// A blob transaction together with its blobs.
    WithBlobs,
    /// Too few or too many items.
    ItemCount {
        /// How many the type has.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A field that is not what its type asks for.
    Field {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: FieldProblem,
    },
    /// The second decoder reads it otherwise, or not at all.
    SecondReading {
        /// What differs.
        what: &'static str,
    },
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// A list where bytes have to be, or bytes where a list has to be.
    Shape,
    /// An integer with a leading zero byte.
    LeadingZero,
    /// An integer above what the chain allows.
    TooLarge {
        /// Bits that are allowed.
        bits: usize,
    },
    /// Bytes of another length than the field has.
    Length {
        /// Bytes that are needed.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A list with too few or too many items.
    Items {
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A list with more items than are read.
    TooMany {
        /// How many are read.
        most: usize,
    },
    /// Zero, where zero has no meaning.
    Zero,
    /// The largest nonce, which no account can use (EIP-2681).
    LastNonce,
    /// No address, in a transaction that cannot create a contract.
    NoAddress,
    /// An empty list, where the type needs an entry.
    EmptyList,
    /// A blob hash of another version than 1.
    BlobVersion {
        /// The version.
        found: u8,
    },
    /// A tip above the whole fee (EIP-1559).
    TipAboveFee,
    /// Value and largest fee together above 2²⁵⁶.
    CostTooLarge,
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => f.write_str("is a list where bytes have to be, or the other way round"),
            Self::LeadingZero => f.write_str("has a leading zero byte"),
            Self::TooLarge { bits } => write!(f, "is larger than {bits} bits"),
            Self::Length { expected, found } => write!(f, "has {found} bytes instead of {expected}"),
            Self::Items { expected, found } => write!(f, "has {found} items instead of {expected}"),
            Self::TooMany { most } => write!(f, "has more than {most} items, which no chain takes"),
            Self::Zero => f.write_str("is zero"),
            Self::LastNonce => f.write_str("is the one that no account can use"),
            Self::NoAddress => f.write_str("is missing, and this type of transaction cannot create a contract"),
            Self::EmptyList => f.write_str("is empty, and this type of transaction needs an entry"),
            Self::BlobVersion { found } => write!(f, "has version {found}, and only 1 is known"),
            Self::TipAboveFee => f.write_str("is above max_fee_per_gas, so no chain takes the transaction"),
            Self::CostTooLarge => f.write_str("is, together with the largest fee, more than any account can hold"),
        }
    }
}

impl fmt::Display for TransactionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no transaction"),
            Self::TooLarge { found } => write!(f, "the transaction has {found} bytes, more than are read"),
            Self::NotHex => f.write_str("this is not a hexadecimal digit of a pair"),
            Self::Rlp(problem) => write!(f, "{problem}"),
            Self::NoList => f.write_str("there is no RLP list, so this is no transaction"),
            Self::UnknownType { found } => write!(f, "type {found} is no transaction that is known: 0 to 4 are"),
            Self::WithoutChainId => f.write_str(
                "the transaction names no chain (six items), so that every chain would take it: make one with a chain id (EIP-155)",
            ),
            Self::AlreadySigned => f.write_str("the transaction is already signed: ask for the unsigned one"),
            Self::WithBlobs => {
                f.write_str("the transaction comes with its blobs: ask for it without them, only their hashes are signed")
            }
            Self::ItemCount { expected, found } => {
                write!(f, "the transaction has {found} items, its type has {expected}")
            }
            Self::Field { name, problem } => write!(f, "{name} {problem}"),
            Self::SecondReading { what } => write!(f, "a second decoder does not agree: {what}"),
        }
    }
}

impl fmt::Display for TransactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

impl std::error::Error for TransactionError {}
