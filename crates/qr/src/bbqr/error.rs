//! Why a BBQr part is refused.

use std::fmt;

use crate::limits::{BBQR_PARTS, MESSAGE_BYTES};

/// Says why a BBQr part was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BbqrError {
    /// The header is cut off, or not of the form `B$`, encoding, type, two digits of the count, two of the place.
    Header {
        /// What is wrong.
        what: &'static str,
    },
    /// A type of content that is not read.
    UnsupportedType {
        /// The type's letter.
        letter: char,
        /// What the letter stands for.
        means: &'static str,
    },
    /// A place at or after the count, or a count of none or more than possible.
    Place {
        /// The place, counted from 0.
        index: usize,
        /// The count.
        total: usize,
    },
    /// The characters are not what the encoding writes.
    Characters {
        /// The place, counted from 0.
        index: usize,
    },
    /// The part is not as long as the others, or the last longer than the others.
    Length {
        /// The place, counted from 0.
        index: usize,
        /// Bytes of this part.
        found: usize,
        /// Bytes of the others.
        others: usize,
    },
    /// The parts would make a message larger than any request.
    TooLarge,
    /// The place is taken by another content.
    Conflict {
        /// The place, counted from 0.
        index: usize,
    },
    /// Parts contradicted each other again and again; all were dropped.
    StartedOver {
        /// The place of the last contradiction, counted from 0.
        index: usize,
    },
    /// The compressed data is damaged; all parts were dropped.
    Deflate {
        /// What is wrong.
        what: &'static str,
    },
    /// The type promises a PSBT, but the bytes do not begin like one; all parts were dropped.
    NotAPsbt,
}

impl fmt::Display for BbqrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { what } => write!(f, "this BBQr part is malformed: {what}"),
            Self::UnsupportedType { letter, means } => write!(
                f,
                "this BBQr holds {means} (type {letter}), which is not read; these are: PSBT (P), transaction (T)"
            ),
            Self::Place { index, total } => write!(
                f,
                "this BBQr part has place {index} of {total}; places run from 0 to the count less one, at most {BBQR_PARTS} parts"
            ),
            Self::Characters { index } => {
                write!(f, "BBQr part {} has characters that its encoding does not write", index.saturating_add(1))
            }
            Self::Length { index, found, others } => write!(
                f,
                "BBQr part {} has {found} bytes, the others {others}: all but the last must be equally long",
                index.saturating_add(1)
            ),
            Self::TooLarge => write!(f, "the BBQr parts make a message of more than {MESSAGE_BYTES} bytes"),
            Self::Conflict { index } => write!(
                f,
                "BBQr part {} was read before with another content: this one is not taken",
                index.saturating_add(1)
            ),
            Self::StartedOver { index } => write!(
                f,
                "BBQr part {} keeps contradicting the one read before: all parts were dropped, scan again from the start",
                index.saturating_add(1)
            ),
            Self::Deflate { what } => write!(f, "the BBQr message is damaged: {what}; scan it again from the start"),
            Self::NotAPsbt => f.write_str("this BBQr says it is a PSBT, but its bytes do not begin like one"),
        }
    }
}

impl std::error::Error for BbqrError {}
