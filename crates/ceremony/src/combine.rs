//! Signatures gathered at several places, brought together.

mod safe;

use std::fmt;

use vitrine_bitcoin::{CombineError, Verified};
use vitrine_ethereum::GatherError;
use vitrine_qr::{Payload, PayloadKind};

pub use safe::{SafeSignatures, combine_safe};

use crate::error::SessionError;

/// Why signatures are not brought together.
#[derive(Debug)]
pub enum CombineFailure {
    /// One of them is something else.
    NotAPsbt {
        /// Which, from 0.
        psbt: usize,
        /// What it is.
        found: String,
    },
    /// They do not belong together, or something in them is wrong.
    Combine(CombineError),
    /// The ceremony folder does not help.
    Folder(String),
    /// The request of a Safe cannot be read.
    Request(SessionError),
    /// An answer to a Safe's request is something else.
    NotAnAnswer {
        /// Which, from 1.
        number: usize,
        /// What it is.
        found: String,
    },
    /// Signatures of a Safe's owners do not verify, or do not belong together.
    Safe(GatherError),
}

impl CombineFailure {
    /// Whether one of them cannot be read at all.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::NotAPsbt { .. } | Self::Request(_) | Self::NotAnAnswer { .. } => true,
            Self::Folder(_) | Self::Safe(_) => false,
            Self::Combine(error) => matches!(
                error,
                CombineError::Malformed { .. } | CombineError::Unusable(_) | CombineError::TooFew { .. }
            ),
        }
    }

    /// Whether they are refused before any signature is looked at: another request, or one that nobody should sign.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotAPsbt { .. } | Self::Request(_) | Self::NotAnAnswer { .. } => false,
            Self::Folder(_) => true,
            Self::Safe(error) => !error.is_unverified(),
            Self::Combine(CombineError::Refused { code }) => *code != "btc.signature-wrong",
            Self::Combine(error) => {
                matches!(error, CombineError::Conflict { .. } | CombineError::TwoSignatures { .. })
            }
        }
    }
}

impl fmt::Display for CombineFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPsbt { psbt, found } => {
                write!(f, "PSBT {}: this is {found}. Give the PSBT or its QR", psbt.saturating_add(1))
            }
            Self::Combine(error) => error.fmt(f),
            Self::Folder(reason) => f.write_str(reason),
            Self::Request(error) => write!(f, "the request: {error}"),
            Self::NotAnAnswer { number, found } => {
                write!(f, "answer {number}: this is {found}. Give the owner's eth-signature, or a film of it")
            }
            Self::Safe(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CombineFailure {}

/// Brings the signatures of several PSBTs together; the first one is the measure of what was asked.
///
/// # Errors
/// [`CombineFailure`] if they are not PSBTs of one request, or a signature in them does not verify.
pub fn combine(psbts: &[Payload]) -> Result<Verified, CombineFailure> {
    if let Some((psbt, other)) = psbts.iter().enumerate().find(|(_, p)| p.kind != PayloadKind::Psbt) {
        return Err(CombineFailure::NotAPsbt { psbt, found: other.kind.to_string() });
    }
    let bytes: Vec<&[u8]> = psbts.iter().map(|payload| payload.bytes.as_slice()).collect();
    vitrine_bitcoin::combine(&bytes).map_err(CombineFailure::Combine)
}
