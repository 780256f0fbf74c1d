//! Signatures that came back are verified against the reviewed request, and nothing else is taken from the device.

mod consensus;
mod error;
mod finalize;
mod lock;
mod modifiable;
mod response;
mod signatures;

use bitcoin::PublicKey;
use vitrine_review::Severity;

pub use error::VerifyError;
pub use response::{verify_response, verify_transaction};

use crate::count::count;
use crate::keyvalue::AddedPair;
use crate::{CheckedInput, CheckedPsbt, SighashType, decode};
use finalize::Finals;
use lock::Locks;
use signatures::{Candidate, Verification};

/// One signature as a device returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedSignature {
    /// Index of the input that it signs.
    pub input: usize,
    /// The own key that signed; for taproot the internal key or the output key, with either parity.
    pub public_key: PublicKey,
    /// DER without sighash byte for ECDSA, 64 bytes for Schnorr.
    pub signature: Vec<u8>,
}

/// The request with verified signatures, rebuilt by us.
///
/// Only the functions of this module make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    psbt: Vec<u8>,
    transaction: Option<Vec<u8>>,
    message_signature: Option<String>,
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

    /// The signature of a message as BIP-322 writes it, once it is complete: `smp…`, `ful…` or `pof…`.
    pub fn message_signature(&self) -> Option<&str> {
        self.message_signature.as_deref()
    }

    /// Id of the transaction: of the final one if there is one, else of the unsigned one.
    pub fn txid(&self) -> String {
        self.txid.clone()
    }

    /// What was checked, one sentence each, without full stop.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// Number of signatures that the response added.
    pub fn signature_count(&self) -> usize {
        self.signature_count
    }
}

/// Verifies signatures against the digests recomputed from the reviewed request, and rebuilds the response.
///
/// Every own input needs a signature by one of its keys. Scripts are executed once every input is complete.
///
/// # Errors
/// [`VerifyError`] naming the input, if a signature is missing, foreign, malformed or does not verify.
pub fn verify(checked: &CheckedPsbt, signatures: &[ReturnedSignature]) -> Result<Verified, VerifyError> {
    let candidates = signatures.iter().map(|signature| candidate(checked, signature)).collect::<Result<_, _>>()?;
    if checked.inputs().iter().all(|input| input.own().is_none()) {
        return Err(VerifyError::NothingToSign);
    }
    conclude(checked, candidates, &Finals::new(), &Locks::own(checked))
}

/// The signature as it stands in a PSBT: with sighash byte, and with its key unless it is taproot's.
fn candidate(checked: &CheckedPsbt, returned: &ReturnedSignature) -> Result<Candidate, VerifyError> {
    let (input, inputs) = (returned.input, checked.inputs().len());
    let of_input = checked.inputs().get(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
    let own = of_input.own().ok_or(VerifyError::ForeignInput { input })?;
    let mut bytes = returned.signature.clone();
    bytes.extend(of_input.sighash_type().byte());
    if !of_input.script_pubkey().is_some_and(|script| script.is_p2tr()) {
        return Ok(Candidate { input, public_key: Some(returned.public_key), bytes });
    }
    let x_only = returned.public_key.inner.x_only_public_key().0;
    let internal = own.keys().iter().any(|key| key.public_key().inner.x_only_public_key().0 == x_only);
    let output = of_input.script_pubkey().and_then(|s| s.as_bytes().get(2..)) == Some(x_only.serialize().as_slice());
    if !internal && !output {
        return Err(VerifyError::ForeignKey { input, key: returned.public_key.to_string() });
    }
    Ok(Candidate { input, public_key: None, bytes })
}

/// Verifies all candidates, writes the signed PSBT and, once complete, the transaction.
fn conclude(
    checked: &CheckedPsbt,
    candidates: Vec<Candidate>,
    finals: &Finals,
    locks: &Locks,
) -> Result<Verified, VerifyError> {
    // That no wallet is registered refuses signing, not an operator's check of what others signed.
    let mut refusals = checked.findings.iter().filter(|finding| finding.severity == Severity::Refuse);
    if let Some(finding) = refusals.find(|finding| finding.code != "btc.no-wallet") {
        return Err(VerifyError::Refused { code: finding.code });
    }
    let verified = Verification::new(checked, locks).verify(candidates)?;
    let psbt = rebuild(checked, &verified)?;
    let finalized = finalize::finalize(checked, &verified, finals, locks)?;
    let mut checks = checks(checked, verified.len(), finalized.as_ref().err().copied());
    let transaction = finalized.ok();
    let signed = checked.message().zip(transaction.as_ref());
    let message_signature = signed.and_then(|(message, signed)| message.encode(signed, checked.inputs()));
    checks.extend(message_signature.as_ref().map(|signature| format!("the signature of the message is {signature}")));
    let txid = transaction.as_ref().unwrap_or(checked.transaction()).compute_txid().to_string();
    // What signs a message is no transaction of the network, and is never offered as one.
    let transaction = transaction.filter(|_| checked.message().is_none());
    let transaction = transaction.map(|tx| bitcoin::consensus::serialize(&tx));
    Ok(Verified { psbt, transaction, message_signature, txid, checks, signature_count: verified.len() })
}

/// What was checked, in words; `incomplete` is the first input that needs further signatures.
fn checks(checked: &CheckedPsbt, signatures: usize, incomplete: Option<usize>) -> Vec<String> {
    let mut checks = vec![format!("{} valid for the request that was approved", count(signatures, "signature"))];
    let own = checked.inputs().iter().filter(|input| input.own().is_some()).count();
    if own > 0 {
        checks.push(format!("{own} of {own} own inputs signed, by their own keys"));
    }
    checks.push("the signed PSBT is the request plus these signatures, nothing else".to_owned());
    checks.push(match incomplete {
        None => format!("scripts of {} executed, all accept", count(checked.inputs().len(), "input")),
        Some(input) => format!("the transaction is not complete: input {input} needs further signatures"),
    });
    checks
}

/// The request plus signature fields, read back and compared before anybody sees it.
fn rebuild(checked: &CheckedPsbt, signatures: &[Candidate]) -> Result<Vec<u8>, VerifyError> {
    let mut added: Vec<AddedPair> = signatures.iter().map(Candidate::to_pair).collect();
    added.sort_by(|a, b| (a.input, &a.key).cmp(&(b.input, &b.key)));
    let types = signatures.iter().filter_map(|s| checked.inputs().get(s.input)).map(CheckedInput::sighash_type);
    let closed = modifiable::after_signing(checked, types);
    let psbt = checked.request.maps.write(closed.as_deref().unwrap_or(checked.bytes()), &added);
    let bug = |reason: String| VerifyError::Rebuild { reason };
    let read_back = decode(&psbt).map_err(|e| bug(e.to_string()))?;
    let (mut found, finals) = response::added_signatures(checked, &read_back).map_err(|e| bug(e.to_string()))?;
    found.sort();
    let mut expected = signatures.to_vec();
    expected.sort();
    if found != expected || !finals.is_empty() {
        return Err(bug("its signature fields are others".to_owned()));
    }
    Ok(psbt)
}

/// Whether a sighash type can be signed at all.
const fn is_signable(sighash_type: SighashType) -> bool {
    !matches!(sighash_type, SighashType::Unknown(_))
}
