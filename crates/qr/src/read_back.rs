//! Proof that codes say what they should, by a reader and an assembler that did not draw them.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::assembler::{Assembler, Received};
use crate::modules::Modules;
use crate::part_error::PartError;
use crate::payload::Payload;
use crate::read::read_independently;

/// Pixels per module to try, the most readable first.
const MODULE_PX: [usize; 6] = [4, 5, 6, 3, 8, 7];

/// What reading back showed: the codes gave the payload, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadBack {
    /// Codes that were read.
    pub parts: usize,
    /// SHA-256 of the bytes that they gave.
    pub sha256: [u8; 32],
}

/// Says why codes must not be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadBackError {
    /// The independent reader found no code, or several.
    Unreadable {
        /// Which code, counted from 1.
        code: usize,
    },
    /// A code says something that is not a part of one message.
    Part {
        /// Which code, counted from 1.
        code: usize,
        /// Why, where it is not a part at all.
        error: Option<PartError>,
    },
    /// The codes do not make the whole message.
    Incomplete {
        /// Parts that add something.
        received: usize,
        /// Parts needed.
        needed: usize,
    },
    /// The codes make another message.
    Different,
    /// A code says something else than what was drawn.
    Drawn {
        /// Number of the code, from 1.
        code: usize,
    },
}

impl fmt::Display for ReadBackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { code } => write!(f, "code {code} could not be read back: nothing is shown"),
            Self::Part { code, error: Some(error) } => write!(f, "code {code} was read back wrong: {error}"),
            Self::Part { code, error: None } => write!(f, "code {code} was read back as part of another message"),
            Self::Incomplete { received, needed } => {
                write!(f, "the codes give {received} of {needed} parts when read back: nothing is shown")
            }
            Self::Drawn { code } => write!(f, "code {code} says something else than what was drawn: nothing is shown"),
            Self::Different => f.write_str("the codes give another message when read back: nothing is shown"),
        }
    }
}

impl std::error::Error for ReadBackError {}

/// Draws each code, reads it with [`read_independently`], compares it with what was drawn, assembles the parts afresh
/// and compares with the payload.
///
/// # Errors
///
/// When anything differs; the codes must then not be shown.
pub fn read_back(codes: &[Modules], payload: &Payload) -> Result<ReadBack, ReadBackError> {
    let mut assembler = Assembler::new();
    for (code, modules) in (1..).zip(codes) {
        let bytes = read_alone(modules).ok_or(ReadBackError::Unreadable { code })?;
        if bytes != modules.text().as_bytes() {
            return Err(ReadBackError::Drawn { code });
        }
        match assembler.receive(&bytes) {
            Received::NotAPart(error) => return Err(ReadBackError::Part { code, error: Some(error) }),
            Received::OtherMessage => return Err(ReadBackError::Part { code, error: None }),
            Received::Seen | Received::New { .. } | Received::Complete => {}
        }
    }
    let progress = assembler.progress();
    let (received, needed) = (progress.received, progress.parts.len());
    let read = assembler.payload().ok_or(ReadBackError::Incomplete { received, needed })?;
    let same = read.bytes == payload.bytes && read.kind == payload.kind;
    if !same {
        return Err(ReadBackError::Different);
    }
    Ok(ReadBack { parts: codes.len(), sha256: Sha256::digest(&read.bytes).into() })
}

/// Reads a drawn code, at several sizes: the reader misses some codes at some sizes, whatever is in them.
fn read_alone(modules: &Modules) -> Option<Vec<u8>> {
    MODULE_PX.into_iter().find_map(|module_px| {
        let mut symbols = read_independently(&modules.to_luma(module_px));
        let symbol = symbols.pop()?;
        symbols.is_empty().then_some(symbol.bytes)
    })
}
