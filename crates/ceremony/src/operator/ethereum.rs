//! The operator's side of Ethereum: a signature is over the request that was shown, by who had to sign.

use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::{
    CheckedRequest, Signable, Surroundings, Verified, VerifyError, verify_response, verify_transaction,
};
use vitrine_qr::{Payload, PayloadKind};
use vitrine_review::escape;

use super::ResponseError;
use crate::chain::check_ethereum;
use crate::signed::names;

/// A verified answer to an Ethereum request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthereumResult {
    checks: Vec<String>,
    names: Vec<(&'static str, String)>,
    transaction: Option<Vec<u8>>,
}

impl EthereumResult {
    /// What was verified, one sentence each.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// By what it is known, each with its label: hash of the transaction, or signer and signature in the form that its
    /// user takes.
    pub fn names(&self) -> &[(&'static str, String)] {
        &self.names
    }

    /// The signed transaction as nodes take it, rebuilt by us; none of data and messages.
    pub fn transaction(&self) -> Option<&[u8]> {
        self.transaction.as_deref()
    }
}

/// Verifies an answer against its request. Needs no ceremony folder; who had to sign is said by the request, by
/// `signer`, or by both alike. A signature alone names somebody, whatever it is over: without either nothing is proven.
///
/// # Errors
/// [`ResponseError`] if either is malformed, if nobody says who had to sign, or if the answer is anything but his
/// signature over the request.
pub fn verify_ethereum_response(
    request: &Payload,
    response: &Payload,
    signer: Option<&str>,
) -> Result<EthereumResult, ResponseError> {
    // Nothing that is verified depends on the chain that a ceremony would be held for.
    let nobody = Surroundings::without_folder(1);
    let checked = check_ethereum(request, &nobody).map_err(ResponseError::Request)?;
    let expected = expected_signer(&checked, signer)?;
    let refused = ResponseError::Ethereum;
    let verified = match (response.kind, checked.signable()) {
        (PayloadKind::EthSignature, signable) => {
            verify_response(signable, expected, checked.request_id(), &response.bytes).map_err(refused)?
        }
        (PayloadKind::EthTransaction, Signable::Transaction(transaction)) => {
            verify_transaction(transaction, expected, &response.bytes).map_err(refused)?
        }
        (found, _) => return Err(ResponseError::NotAResponse(found.to_string())),
    };
    Ok(result(&checked, &verified))
}

fn result(checked: &CheckedRequest, verified: &Verified) -> EthereumResult {
    let transaction = verified.transaction().map(<[u8]>::to_vec);
    EthereumResult { checks: verified.checks().to_vec(), names: names(checked, verified), transaction }
}

fn expected_signer(checked: &CheckedRequest, stated: Option<&str>) -> Result<Address, ResponseError> {
    let stated = stated.map(address).transpose()?;
    match (checked.signer(), stated) {
        (Some(asked), Some(stated)) if asked != stated => {
            Err(ResponseError::Signer(format!("the request asks {asked} to sign, --signer says {stated}")))
        }
        (Some(signer), _) | (None, Some(signer)) => Ok(signer),
        (None, None) => Err(ResponseError::Signer(
            "the request does not say who signs, and any signature is somebody's: give the account with --signer 0x…"
                .to_owned(),
        )),
    }
}

fn address(text: &str) -> Result<Address, ResponseError> {
    let is_whole = text.len() == 42 && text.starts_with("0x");
    let parsed: Option<Address> = text.parse().ok().filter(|_| is_whole);
    let is_lower = text.chars().all(|c| !c.is_ascii_uppercase());
    match parsed {
        Some(address) if is_lower || address.to_checksum(None) == text => Ok(address),
        _ => {
            let shown: String = text.chars().take(80).collect();
            Err(ResponseError::Signer(format!(
                "“{}” is not an address: 0x and 40 hex digits, with the right checksum (EIP-55)",
                escape(&shown)
            )))
        }
    }
}

impl ResponseError {
    /// Whether the answer cannot be read at all.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::Request(_) | Self::NotAResponse(_) => true,
            Self::Response(error) => error.is_malformed(),
            Self::Ethereum(error) => matches!(error, VerifyError::Malformed(_) | VerifyError::MalformedTransaction),
            Self::Signer(_) => false,
        }
    }
}
