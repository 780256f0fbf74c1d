//! Why a payload cannot be shown.

use std::fmt;

use crate::limits::MESSAGE_BYTES;
use crate::payload::{PayloadKind, Transport};

/// Says why a payload cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// There are no bytes.
    Empty,
    /// A fragment length that is not possible.
    FragmentLength {
        /// What was asked for, in bytes.
        asked: usize,
    },
    /// The message would need more parts than the transport has numbers for.
    TooManyParts {
        /// Parts needed.
        needed: usize,
        /// Parts possible.
        limit: usize,
    },
    /// The payload is larger than any receiver takes.
    TooLarge {
        /// Bytes of the payload.
        found: usize,
    },
    /// A text does not fit into a code of this version.
    TooLong {
        /// Characters of the text.
        characters: usize,
        /// The largest version allowed.
        version: u8,
    },
    /// The transport has no text form.
    NotText {
        /// The transport.
        transport: Transport,
    },
    /// The transport cannot carry a payload of this kind.
    Kind {
        /// The transport.
        transport: Transport,
        /// The payload's kind.
        kind: PayloadKind,
    },
    /// Nothing to draw, or more codes than one film takes.
    Codes {
        /// Codes given.
        found: usize,
    },
    /// The picture or film could not be written.
    Picture {
        /// What the encoder said.
        reason: String,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is nothing to show: the payload is empty"),
            Self::FragmentLength { asked } => {
                write!(f, "fragments of {asked} bytes are not possible: ask for 10 to 2,000 bytes")
            }
            Self::TooManyParts { needed, limit } => write!(
                f,
                "the payload would need {needed} parts, at most {limit} are possible: ask for larger fragments"
            ),
            Self::TooLarge { found } => {
                write!(f, "the payload has {found} bytes; at most {} are shown", MESSAGE_BYTES)
            }
            Self::TooLong { characters, version } => write!(
                f,
                "{characters} characters do not fit into a QR code of version {version}: ask for smaller fragments or another transport"
            ),
            Self::NotText { transport } => {
                write!(f, "{transport} has no text form to show as a QR code: use ur or bbqr")
            }
            Self::Kind { transport, kind } => write!(f, "{transport} cannot carry a {kind}"),
            Self::Codes { found } => write!(f, "a film of {found} codes cannot be made"),
            Self::Picture { reason } => write!(f, "the picture cannot be written: {reason}"),
        }
    }
}

impl std::error::Error for EncodeError {}
