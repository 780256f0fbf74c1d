//! Why typed data is refused.

use std::fmt;

use vitrine_review::escape;

use crate::json::JsonError;

/// Why a request is not typed data that everybody hashes alike, and where it ceases to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedDataError {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: TypedDataProblem,
}

/// What is wrong with typed data. Names are of the request: hostile, escaped when shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedDataProblem {
    /// The text is not strict JSON.
    Json(JsonError),
    /// The value is of another kind than the type asks for: (expected, found).
    WrongKind(&'static str, &'static str),
    /// `types`, `primaryType`, `domain` or `message` is missing.
    MissingPart(&'static str),
    /// The request does not declare this type.
    UndeclaredType(String),
    /// A struct has the name of an elementary type, or of one that EIP-712 does not have.
    ReservedName(String),
    /// A name that is no identifier, so that the type's description could be read in two ways.
    BadName(String),
    /// A type's spelling that EIP-712 does not have.
    BadType(String),
    /// A struct that has this member twice.
    MemberTwice(String),
    /// The primary type is the domain, so that the message would not be signed.
    PrimaryTypeIsDomain,
    /// More types, members or values than are read.
    TooMuch(&'static str),
    /// A member of the declared domain that EIP-712 does not have, or with another type, or in another order.
    DomainMember(String),
    /// A key of the domain that the declared domain does not have.
    UndeclaredDomainKey(String),
    /// A member that the declared type has and the value has not.
    MissingMember(String),
    /// Not a whole number in a spelling that everybody reads alike.
    BadInteger,
    /// A JSON number above 2^53 − 1, which JavaScript rounds.
    InexactNumber,
    /// A number outside its type's range.
    OutOfRange(String),
    /// Not `0x` and hexadecimal digits, two for each byte.
    BadHex,
    /// Another number of bytes than the type has: (expected, found).
    WrongLength(usize, usize),
    /// An address with a wrong EIP-55 checksum.
    BadChecksum,
    /// Another number of items than the array's type has: (expected, found).
    WrongCount(usize, usize),
    /// The second implementation does not read the request.
    SecondReadingFails,
    /// The second implementation finds another hash.
    SecondReadingDiffers,
}

impl fmt::Display for TypedDataProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "{}", error.problem),
            Self::WrongKind(expected, found) => write!(f, "{found} stands where {expected} has to be: correct it"),
            Self::MissingPart(part) => write!(f, "the typed data has no “{part}”: add it"),
            Self::UndeclaredType(name) => write!(f, "the type “{}” is used and not declared: declare it", escape(name)),
            Self::ReservedName(name) => write!(f, "no struct may be named “{}”: name it otherwise", escape(name)),
            Self::BadName(name) => write!(f, "“{}” is no identifier: name it otherwise", escape(name)),
            Self::BadType(name) => write!(f, "“{}” is no type of EIP-712: write for example uint256", escape(name)),
            Self::MemberTwice(name) => write!(f, "the member “{}” is declared twice: remove one", escape(name)),
            Self::PrimaryTypeIsDomain => {
                f.write_str("the primary type is the domain, so no message would be signed: name the message's type")
            }
            Self::TooMuch(what) => write!(f, "there are more {what} than can be read: send less at once"),
            Self::DomainMember(name) => write!(
                f,
                "EIP712Domain declares “{}”, which EIP-712 does not have so or not there, and programs hash it \
                 differently: declare name, version, chainId, verifyingContract, salt, in this order",
                escape(name)
            ),
            Self::UndeclaredDomainKey(name) => write!(
                f,
                "the domain has “{}” and EIP712Domain does not declare it, so programs hash it differently: \
                 declare it or leave it out",
                escape(name)
            ),
            Self::MissingMember(name) => write!(f, "the value has no “{}”: add it", escape(name)),
            Self::BadInteger => f.write_str("this is no whole number: write decimal digits, or 0x and hexadecimal"),
            Self::InexactNumber => {
                f.write_str("a number above 9007199254740991 is rounded by some programs: write it as a string")
            }
            Self::OutOfRange(kind) => write!(f, "the number is outside the range of {kind}: correct it"),
            Self::BadHex => f.write_str("this is not 0x and two hexadecimal digits for each byte: correct it"),
            Self::WrongLength(expected, found) => write!(f, "{expected} bytes are expected, {found} found: correct it"),
            Self::BadChecksum => f.write_str("the address has a wrong checksum: compare each of its characters"),
            Self::WrongCount(expected, found) => write!(f, "{expected} items are expected, {found} found: correct it"),
            Self::SecondReadingFails => {
                f.write_str("the second implementation cannot read this typed data: write it in the usual form")
            }
            Self::SecondReadingDiffers => {
                f.write_str("two implementations find different hashes for this typed data: do not sign it")
            }
        }
    }
}

impl fmt::Display for TypedDataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

impl std::error::Error for TypedDataError {}

impl From<JsonError> for TypedDataError {
    fn from(error: JsonError) -> Self {
        Self { offset: error.offset, problem: TypedDataProblem::Json(error) }
    }
}
