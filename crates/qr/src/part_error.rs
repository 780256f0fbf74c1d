//! Why a symbol is not a part.

use std::fmt;

use crate::bbqr::BbqrError;
use crate::limits::PART_BYTES;
use crate::ur::UrError;

/// Says why a symbol was not taken; what was collected before is untouched unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartError {
    /// The symbol is empty.
    Empty,
    /// The symbol is longer than any part.
    TooLong {
        /// Bytes of the symbol.
        found: usize,
    },
    /// A code of something else: an address, a link, a note.
    SomethingElse {
        /// How it begins, escaped and shortened.
        begins: String,
    },
    /// It begins like base64, hex or binary of a PSBT, and is not.
    Text {
        /// The form it begins like.
        form: &'static str,
    },
    /// A UR that cannot be taken.
    Ur(UrError),
    /// A BBQr part that cannot be taken.
    Bbqr(BbqrError),
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("this QR is not a part of a request: it is empty"),
            Self::TooLong { found } => {
                write!(f, "this is not a part of a request: it has {found} bytes, a part has at most {PART_BYTES}")
            }
            Self::SomethingElse { begins } => {
                write!(f, "this QR is not a part of a request: it says {begins}; show a UR, a BBQr or a base64 PSBT")
            }
            Self::Text { form } => {
                write!(f, "this QR begins like a PSBT in {form}, but is not one: it is cut off or mistyped")
            }
            Self::Ur(error) => write!(f, "{error}"),
            Self::Bbqr(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for PartError {}

impl From<UrError> for PartError {
    fn from(error: UrError) -> Self {
        Self::Ur(error)
    }
}

impl From<BbqrError> for PartError {
    fn from(error: BbqrError) -> Self {
        Self::Bbqr(error)
    }
}

/// Quotes the beginning of untrusted bytes: printable ASCII as it is, everything else escaped, at most 40 bytes.
pub(crate) fn quote_beginning(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    let shown = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    let more = if bytes.len() > SHOWN { "…" } else { "" };
    format!("\"{shown}{more}\"")
}
