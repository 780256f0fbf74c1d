//! Why a text is not strict JSON.

use std::fmt;

use vitrine_review::escape;

/// Why bytes are not strict JSON, and where they cease to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonProblem {
    /// More bytes than are read.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// A byte order mark.
    ByteOrderMark,
    /// The text ends within a value.
    Unfinished,
    /// Something else stands where this was expected.
    Expected(&'static str),
    /// A number that JSON does not have.
    BadNumber,
    /// A control character that is not escaped.
    ControlCharacter,
    /// An escape that JSON does not have.
    BadEscape,
    /// Half of a surrogate pair.
    LoneSurrogate,
    /// A key that the object already has.
    DuplicateKey(String),
    /// Values nested deeper than are read.
    TooDeep,
    /// More values than are read.
    TooManyValues,
    /// Something after the value.
    Trailing,
}

impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => return write!(f, "{what} is expected here: write JSON without extensions"),
            Self::DuplicateKey(key) => {
                return write!(f, "the key “{}” is in its object twice: remove one of them", escape(key));
            }
            _ => {}
        }
        f.write_str(match self {
            Self::TooLong => "the text is longer than can be read: send less at once",
            Self::NotUtf8 => "the text is not UTF-8: write it as UTF-8",
            Self::ByteOrderMark => "the text begins with a byte order mark: write it without",
            Self::Unfinished => "the text ends within a value: send it whole",
            Self::BadNumber => "a number is not as JSON spells numbers: write it without leading zeros or plus sign",
            Self::ControlCharacter => "a string has a bare control character: escape it",
            Self::BadEscape => "a string has an escape that JSON does not know: use one of RFC 8259",
            Self::LoneSurrogate => "a string has half of a surrogate pair: write the whole character",
            Self::TooDeep => "values are nested too deeply: nest less",
            Self::TooManyValues => "there are more values than can be read: send less at once",
            Self::Trailing => "something follows the value: send the value alone",
            Self::Expected(_) | Self::DuplicateKey(_) => "",
        })
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

impl std::error::Error for JsonError {}
