//! A request that comes as a file.

use std::fmt;

use crate::limits::FILE_BYTES;
use crate::part_error::PartError;
use crate::payload::{PSBT_MAGIC, Payload, PayloadKind, Transport};

/// Says why a file holds no payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The file is empty, or only blank.
    Empty,
    /// The file is larger than any request.
    TooLarge {
        /// Bytes of the file.
        found: usize,
    },
    /// A line is not a part.
    Part {
        /// The line, counted from 1.
        line: usize,
        /// Why.
        error: PartError,
    },
    /// A line belongs to another message than the lines before.
    OtherMessage {
        /// The line, counted from 1.
        line: usize,
    },
    /// The lines are parts of one message, but not all of it.
    Incomplete {
        /// Parts that add something.
        received: usize,
        /// Parts needed.
        needed: usize,
    },
    /// Neither a PSBT nor parts.
    Unknown {
        /// How the file begins, escaped and shortened.
        begins: String,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::TooLarge { found } => write!(f, "the file has {found} bytes; a request has at most {FILE_BYTES}"),
            Self::Part { line, error } => write!(f, "line {line}: {error}"),
            Self::OtherMessage { line } => {
                write!(f, "line {line} is a part of another message than the lines before: keep one message per file")
            }
            Self::Incomplete { received, needed } => {
                write!(f, "the file has {received} of the {needed} parts of its message: add the missing ones")
            }
            Self::Unknown { begins } => write!(
                f,
                "the file is not a request: it begins {begins}; a PSBT (binary, base64 or hex) or the lines of a UR or BBQr are read"
            ),
        }
    }
}

impl std::error::Error for FileError {}

impl Payload {
    /// Finds the payload in a file: a PSBT in binary, base64 or hex, or the lines of a UR or BBQr.
    ///
    /// # Errors
    ///
    /// When the file is none of these, or not all of one message.
    pub fn from_file(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.starts_with(PSBT_MAGIC) {
            return Ok(Self { kind: PayloadKind::Psbt, transport: Transport::Binary, bytes: bytes.to_vec() });
        }
        Err(FileError::Unknown { begins: crate::part_error::quote_beginning(bytes) })
    }
}
