//! Strict reading of a binary PSBT version 0 (BIP-174): our own key-value layer, then rust-bitcoin, and both must agree.

mod agree;
mod error;
pub(crate) mod keys;
mod maps;
pub(crate) mod transaction;
mod values;

use bitcoin::Psbt;

pub use error::{DecodeError, Place, Problem};

use crate::keyvalue::Maps;
use transaction::TxSpans;

/// A well-formed PSBT, nothing about it believed yet.
#[derive(Clone, Debug)]
pub struct PsbtRequest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) maps: Maps,
    pub(crate) spans: TxSpans,
    pub(crate) psbt: Psbt,
}

/// Reads a binary PSBT version 0, to the last byte.
///
/// Well-formed is all it then is: amounts, scripts and key origins in it are still claims.
///
/// # Errors
/// [`DecodeError`] saying what is wrong, where, and what to do. Nothing is guessed or repaired.
pub fn decode(bytes: &[u8]) -> Result<PsbtRequest, DecodeError> {
    let (maps, spans) = maps::read_maps(bytes)?;
    let psbt = Psbt::deserialize(bytes).map_err(|e| DecodeError::Malformed {
        problem: Problem::Library { reason: e.to_string() },
        place: Place::at(0),
    })?;
    agree::check_agreement(bytes, &maps, &spans, &psbt)?;
    Ok(PsbtRequest { bytes: bytes.to_vec(), maps, spans, psbt })
}

impl PsbtRequest {
    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The unsigned transaction.
    pub fn transaction(&self) -> &bitcoin::Transaction {
        &self.psbt.unsigned_tx
    }
}
