//! Why a request or an answer of ERC-4527 is refused.

use std::fmt;

use crate::limits;
use crate::transaction::TransactionError;
use crate::typed_data::TypedDataError;

/// Why a message is not a request, or not an answer, and where in it that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// Offset in the message.
    pub offset: usize,
    /// What is wrong there.
    pub problem: RequestProblem,
}

/// What is wrong with the CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CborProblem {
    /// The message ends within an item.
    TooShort,
    /// Another kind of item than has to be there.
    Kind,
    /// An item of indefinite length.
    Indefinite,
    /// A number or length that is not written in its shortest form.
    NotShortest,
    /// More items than are read.
    TooMany {
        /// How many are.
        most: usize,
    },
    /// Another tag.
    Tag {
        /// The tag that has to be there.
        expected: u64,
        /// The tag found.
        found: u64,
    },
    /// A text that is not UTF-8.
    NotUtf8,
    /// Something follows the message.
    Trailing,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestProblem {
    /// More bytes than are read.
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// Not the CBOR that wallets write.
    Cbor(CborProblem),
    /// A key that the specification does not know.
    UnknownKey {
        /// The key.
        key: u64,
    },
    /// A key that comes twice.
    DuplicateKey {
        /// Its name.
        key: &'static str,
    },
    /// A key that has to be there.
    MissingKey {
        /// Its name.
        key: &'static str,
    },
    /// A value of the wrong length.
    Length {
        /// The key's name.
        key: &'static str,
        /// Bytes that are needed.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A value out of range.
    Range {
        /// The key's name.
        key: &'static str,
    },
    /// A data type that is not known.
    DataType {
        /// The number.
        found: u64,
    },
    /// A derivation path with a wildcard, a range or a pair: one key signs.
    Wildcard,
    /// A depth that is not the number of the path's components.
    Depth {
        /// Components of the path.
        components: usize,
        /// The depth stated.
        stated: u64,
    },
    /// The transaction is not one.
    Transaction(TransactionError),
    /// The typed data is none that everybody hashes alike.
    TypedData(TypedDataError),
    /// The data type promises another kind of transaction.
    WrongDataType {
        /// The data type of the request.
        stated: &'static str,
    },
    /// The request is for another chain than its transaction.
    ChainId {
        /// Chain of the request; 1 where it states none (ERC-4527).
        request: u64,
        /// Chain of the transaction.
        transaction: u64,
    },
    /// A batch without requests.
    EmptyBatch,
    /// Two requests of a batch have the same request id, or one has none.
    BatchRequestId,
}

impl fmt::Display for CborProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("the message ends within a CBOR item"),
            Self::Kind => f.write_str("another kind of CBOR item has to be here"),
            Self::Indefinite => f.write_str("a CBOR item has no definite length"),
            Self::NotShortest => f.write_str("a CBOR number is not written in its shortest form"),
            Self::TooMany { most } => write!(f, "there are more than {most} CBOR items"),
            Self::Tag { expected, found } => write!(f, "CBOR tag {found} is here instead of {expected}"),
            Self::NotUtf8 => f.write_str("a text is not UTF-8"),
            Self::Trailing => f.write_str("something follows the message"),
        }
    }
}

impl fmt::Display for RequestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { found } => {
                write!(f, "the request has {found} bytes; at most {} are read", limits::REQUEST_BYTES)
            }
            Self::Cbor(problem) => write!(f, "{problem}"),
            Self::UnknownKey { key } => write!(f, "key {key} has no meaning here"),
            Self::DuplicateKey { key } => write!(f, "{key} is there twice"),
            Self::MissingKey { key } => write!(f, "{key} is missing"),
            Self::Length { key, expected, found } => write!(f, "{key} has {found} bytes instead of {expected}"),
            Self::Range { key } => write!(f, "{key} is out of range"),
            Self::DataType { found } => write!(f, "data-type {found} is not known: 1 to 4 are"),
            Self::Wildcard => f.write_str("derivation-path does not name one key"),
            Self::Depth { components, stated } => {
                write!(f, "derivation-path has {components} components and says that it has {stated}")
            }
            Self::Transaction(error) => write!(f, "sign-data: {}", error.problem),
            Self::TypedData(error) => write!(f, "sign-data: {}", error.problem),
            Self::WrongDataType { stated } => write!(f, "data-type promises {stated}, sign-data holds another one"),
            Self::ChainId { request, transaction } => {
                write!(f, "the request is for chain {request}, its transaction for chain {transaction}")
            }
            Self::EmptyBatch => f.write_str("the batch has no requests"),
            Self::BatchRequestId => f.write_str("each request of a batch needs a request-id of its own"),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

impl std::error::Error for RequestError {}
