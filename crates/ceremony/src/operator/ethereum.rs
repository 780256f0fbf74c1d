//! The operator's side of Ethereum: a signature is over the request that was shown, by who had to sign.

use vitrine_ethereum::alloy_primitives::{Address, hex};
use vitrine_ethereum::{
    CheckedRequest, CheckedRequests, Signable, Surroundings, Verified, VerifyError, verify_batch_response,
    verify_response, verify_transaction,
};
use vitrine_qr::{Payload, PayloadKind};
use vitrine_review::escape;

use super::ResponseError;
use crate::chain::check_ethereum;

/// A verified answer to an Ethereum request, or to all of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EthereumResult {
    checks: Vec<String>,
    names: Vec<(String, String)>,
    transactions: Vec<Vec<u8>>,
}

impl EthereumResult {
    /// What came of these requests; in a batch each line says of which.
    pub(crate) fn of(requests: &CheckedRequests, verified: &[Verified]) -> Self {
        let mut all = Self::default();
        for (n, (request, verified)) in requests.requests().iter().zip(verified).enumerate() {
            let which = if requests.is_batch() { format!("Request {}: ", n.saturating_add(1)) } else { String::new() };
            all.checks.extend(verified.checks().iter().map(|check| format!("{which}{check}")));
            all.names
                .extend(names(request, verified).into_iter().map(|(label, name)| (format!("{which}{label}"), name)));
            all.transactions.extend(verified.transaction().map(<[u8]>::to_vec));
        }
        all
    }

    /// What was verified, one sentence each.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// By what it is known, each with its label: hash of the transaction, or signer and signature in the form that its
    /// user takes.
    pub fn names(&self) -> &[(String, String)] {
        &self.names
    }

    /// The signed transaction, if there is one and no other.
    pub fn transaction(&self) -> Option<&[u8]> {
        match self.transactions.as_slice() {
            [alone] => Some(alone),
            _ => None,
        }
    }

    /// The signed transactions as nodes take them, in the order of the requests, rebuilt by us; none of data and
    /// messages.
    pub fn transactions(&self) -> &[Vec<u8>] {
        &self.transactions
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
    let signers = checked.requests().iter().map(|request| expected_signer(request, signer));
    let signers = signers.collect::<Result<Vec<_>, _>>()?;
    let verified = verified(&checked, &signers, response)?;
    Ok(EthereumResult::of(&checked, &verified))
}

/// What the answer proves of each request, in order. A batch is answered by a batch, one request by one answer.
pub(crate) fn verified(
    checked: &CheckedRequests,
    signers: &[Address],
    response: &Payload,
) -> Result<Vec<Verified>, ResponseError> {
    let refused = ResponseError::Ethereum;
    let asked = checked.requests().iter().zip(signers);
    let mut asked = asked.map(|(request, signer)| (request.signable(), *signer, request.request_id()));
    match (checked.is_batch(), response.kind, asked.next()) {
        (true, PayloadKind::EthBatchSignature, Some(first)) => {
            let all: Vec<_> = std::iter::once(first).chain(asked).collect();
            verify_batch_response(&all, &response.bytes).map_err(refused)
        }
        (false, PayloadKind::EthSignature, Some((signable, signer, id))) => {
            verify_response(signable, signer, id, &response.bytes).map(|one| vec![one]).map_err(refused)
        }
        (false, PayloadKind::EthTransaction, Some((Signable::Transaction(transaction), signer, _))) => {
            verify_transaction(transaction, signer, &response.bytes).map(|one| vec![one]).map_err(refused)
        }
        (_, found, _) => Err(ResponseError::NotAResponse(found.to_string())),
    }
}

/// By what one result is known, each with its label.
fn names(request: &CheckedRequest, verified: &Verified) -> Vec<(&'static str, String)> {
    let (signer, hash) = (verified.signer().to_string(), verified.hash().to_string());
    let signature = hex::encode_prefixed(verified.signature_bytes());
    match (verified.transaction_hash(), request.safe()) {
        (Some(transaction), _) => vec![("Transaction hash", transaction.to_string()), ("Signer", signer)],
        (None, Some(signing)) => vec![
            ("safeTxHash", hash),
            ("Safe", signing.safe.to_string()),
            ("Owner", signer),
            ("Owner's signature, as the Safe takes it", signature),
        ],
        (None, None) => vec![("Hash that was signed", hash), ("Signer", signer), ("Signature", signature)],
    }
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
