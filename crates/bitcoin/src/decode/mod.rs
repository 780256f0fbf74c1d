//! Strict reading of a binary PSBT: our own key-value layer, then rust-bitcoin, and both must agree.
//!
//! Version 0 (BIP-174) is read as it is. Of version 2 (BIP-370) we build the transaction and the same PSBT in version 0,
//! which is what rust-bitcoin reads; its reading is compared with the maps of version 2.

mod agree;
mod error;
mod key_table;
pub(crate) mod keys;
mod maps;
mod silent_payment;
pub(crate) mod transaction;
mod values;
mod version_2;

use bitcoin::Psbt;

pub use error::{DecodeError, Place, Problem};
pub use keys::PsbtVersion;

use crate::keyvalue::Maps;
use maps::Described;
use transaction::TxSpans;

/// A well-formed PSBT, nothing about it believed yet.
#[derive(Clone, Debug)]
pub struct PsbtRequest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) maps: Maps,
    described: Described,
    pub(crate) psbt: Psbt,
}

/// Reads a binary PSBT of version 0 or 2, to the last byte.
///
/// Well-formed is all it then is: amounts, scripts and key origins in it are still claims.
///
/// # Errors
/// [`DecodeError`] saying what is wrong, where, and what to do. Nothing is guessed or repaired.
pub fn decode(bytes: &[u8]) -> Result<PsbtRequest, DecodeError> {
    let (maps, described) = maps::read_maps(bytes)?;
    let psbt = match &described {
        Described::Whole(spans) => read_twice(bytes, &maps, spans)?,
        Described::ByMaps => read_version_2(bytes, &maps)?,
    };
    agree::check_rewritten(bytes, &maps)?;
    Ok(PsbtRequest { bytes: bytes.to_vec(), maps, described, psbt })
}

/// rust-bitcoin's reading of a version 0, compared with ours.
fn read_twice(bytes: &[u8], maps: &Maps, spans: &TxSpans) -> Result<Psbt, DecodeError> {
    let psbt = Psbt::deserialize(bytes).map_err(|e| DecodeError::Malformed {
        problem: Problem::Library { reason: e.to_string() },
        place: Place::at(0),
    })?;
    agree::check_agreement(bytes, maps, spans, &psbt)?;
    Ok(psbt)
}

/// rust-bitcoin's reading of a version 2, by way of version 0, compared with both.
fn read_version_2(bytes: &[u8], maps: &Maps) -> Result<Psbt, DecodeError> {
    silent_payment::check_fields(bytes, maps)?;
    let version_0 = version_2::to_version_0(bytes, maps)?;
    let read = || match maps::read_maps(&version_0)? {
        (maps, Described::Whole(spans)) => read_twice(&version_0, &maps, &spans),
        (_, Described::ByMaps) => Err(agree::disagreement("version", Place::at(0))),
    };
    let psbt = read().map_err(|error| in_version_2(error, maps))?;
    agree::check_version_2(bytes, maps, &psbt)?;
    Ok(psbt)
}

/// An error whose offset lies in the version 0 that we made, as one of the request: the start of the same map.
fn in_version_2(error: DecodeError, maps: &Maps) -> DecodeError {
    match error {
        DecodeError::Malformed { problem, place } => {
            let offset = place.map.map_or(0, |map| maps.start(map));
            DecodeError::Malformed { problem, place: Place { offset, ..place } }
        }
        other => other,
    }
}

impl PsbtRequest {
    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The unsigned transaction; for version 2 built from the maps.
    pub fn transaction(&self) -> &bitcoin::Transaction {
        &self.psbt.unsigned_tx
    }

    /// The version of the format.
    pub fn version(&self) -> PsbtVersion {
        match self.described {
            Described::Whole(_) => PsbtVersion::Zero,
            Described::ByMaps => PsbtVersion::Two,
        }
    }

    /// Where the parts of the unsigned transaction lie; none in version 2, where it is not one field.
    pub(crate) fn spans(&self) -> Option<&TxSpans> {
        match &self.described {
            Described::Whole(spans) => Some(spans),
            Described::ByMaps => None,
        }
    }

    /// Whether one input asks for a lock height and another for a lock time, so that no transaction fits (BIP-370).
    pub(crate) fn is_lock_time_undetermined(&self) -> bool {
        self.version() == PsbtVersion::Two && version_2::lock_time(&self.bytes, &self.maps).is_none()
    }
}
