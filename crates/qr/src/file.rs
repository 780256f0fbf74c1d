//! A request that comes as a file.

use std::fmt;

use data_encoding::HEXLOWER;

use crate::assembler::{Assembler, Received};
use crate::limits::{FILE_BYTES, FILE_LINES};
use crate::part_error::{PartError, quote_beginning};
use crate::payload::{PSBT_MAGIC, Payload, PayloadKind};
use crate::symbol_text::{Said, begins_like_psbt, eth_transaction, is_json, starts_with_ignoring_case, understand};
use crate::ur::{encode_single, wrap};

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
    /// The file has more lines than a message can have parts.
    TooManyLines,
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
    /// Neither a request nor parts of one.
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
            Self::TooManyLines => write!(f, "the file has more than {FILE_LINES} lines: keep one message per file"),
            Self::Part { line, error } => write!(f, "line {line}: {error}"),
            Self::OtherMessage { line } => {
                write!(f, "line {line} is a part of another message than the lines before: keep one message per file")
            }
            Self::Incomplete { received, needed } => {
                write!(f, "the file has {received} of the {needed} parts of its message: add the missing ones")
            }
            Self::Unknown { begins } => write!(
                f,
                "the file is not a request: it begins {begins}; a PSBT (binary, base64 or hex), an Ethereum transaction (hex), JSON or the lines of a UR or BBQr are read"
            ),
        }
    }
}

impl std::error::Error for FileError {}

impl Payload {
    /// Finds the payload in a file: a PSBT in binary, base64 or hex, an Ethereum transaction in hex, a JSON object, or the
    /// lines of a UR or BBQr.
    ///
    /// Base64 and hex may be broken into lines; parts stand one on a line, in any order, mixed ones among them.
    ///
    /// # Errors
    ///
    /// When the file is none of these, or not all of one message, or larger than a request can be.
    pub fn from_file(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > FILE_BYTES {
            return Err(FileError::TooLarge { found: bytes.len() });
        }
        if bytes.starts_with(PSBT_MAGIC) {
            return whole(bytes);
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            return Err(FileError::Empty);
        }
        if text.starts_with(b"B$") || starts_with_ignoring_case(text, b"ur:") {
            return from_lines(bytes);
        }
        if is_json(bytes) {
            return whole(bytes);
        }
        let unbroken: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        if begins_like_psbt(text) || eth_transaction(&unbroken).is_some() {
            return whole(&unbroken);
        }
        Err(FileError::Unknown { begins: quote_beginning(text) })
    }
}

impl Payload {
    /// Writes the payload as a file that [`Payload::from_file`] takes: messages of ERC-4527 as a UR, an Ethereum transaction
    /// as hexadecimal digits, everything else as it is.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        match self.kind {
            PayloadKind::EthSignRequest
            | PayloadKind::EthBatchSignRequest
            | PayloadKind::EthSignature
            | PayloadKind::EthBatchSignature => {
                let ur_type = self.kind.ur_type();
                encode_single(ur_type, &wrap(ur_type, &self.bytes)).into_bytes()
            }
            PayloadKind::EthTransaction => HEXLOWER.encode(&self.bytes).into_bytes(),
            PayloadKind::Psbt | PayloadKind::Transaction | PayloadKind::Bytes | PayloadKind::Json => self.bytes.clone(),
        }
    }
}

fn whole(bytes: &[u8]) -> Result<Payload, FileError> {
    match understand(bytes) {
        Ok(Said::Whole(payload)) => Ok(payload),
        Ok(Said::UrPart(..) | Said::BbqrPart(_)) => Err(FileError::Unknown { begins: quote_beginning(bytes) }),
        Err(error) => Err(FileError::Part { line: 1, error }),
    }
}

fn from_lines(bytes: &[u8]) -> Result<Payload, FileError> {
    let mut assembler = Assembler::new();
    for (line, part) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line > FILE_LINES {
            return Err(FileError::TooManyLines);
        }
        if part.trim_ascii().is_empty() {
            continue;
        }
        match assembler.receive(part) {
            Received::NotAPart(error) => return Err(FileError::Part { line, error }),
            Received::OtherMessage => return Err(FileError::OtherMessage { line }),
            Received::Seen | Received::New { .. } | Received::Complete => {}
        }
    }
    let progress = assembler.progress();
    let (received, needed) = (progress.received, progress.parts.len());
    assembler.payload().cloned().ok_or(FileError::Incomplete { received, needed })
}
