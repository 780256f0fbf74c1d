//! Signatures that came back are verified against the reviewed request, and nothing else is taken from the device.

mod consensus;
mod error;
mod finalize;
mod lock;
mod modifiable;
mod nonces;
mod response;
mod returned;
mod signatures;

use std::collections::BTreeMap;

use bitcoin::PublicKey;
use bitcoin::bip32::KeySource;
use vitrine_review::Severity;

pub(crate) use consensus::is_executable;
pub use error::{NonceFault, VerifyError};
pub use response::{verify_response, verify_transaction};
pub use returned::{MusigPart, Returned, verify_returned};

use crate::check::claimed_origin;
use crate::count::count;
use crate::keyvalue::AddedPair;
use crate::missing::{Times, missing};
use crate::nonce::{self, Nonce};
use crate::signature::{SignedBy, Verifier};
use crate::{CheckedInput, CheckedPsbt, OwnScript, SighashType, decode};
pub(crate) use finalize::{Finals, finals_of};
use lock::Lock;
pub(crate) use lock::Locks;
pub(crate) use nonces::Nonces;
pub(crate) use response::{Added, add_final_signatures, added_by};
pub(crate) use signatures::Candidate;
use signatures::Verification;

/// One signature as a device returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedSignature {
    /// Index of the input that it signs.
    pub input: usize,
    /// The own key that signed; for taproot the internal key, the output key or a key in a leaf, with either parity.
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
    nonces_added: bool,
    nonces: Vec<Nonce>,
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

    /// Nonces of all its signatures.
    pub fn nonces(&self) -> &[Nonce] {
        &self.nonces
    }

    /// Whether the response added MuSig2 nonces and no signature (BIP-327): nothing is signed by it.
    pub fn is_nonces_alone(&self) -> bool {
        self.signature_count == 0 && self.nonces_added
    }

    /// Number of signatures that the response added.
    pub fn signature_count(&self) -> usize {
        self.signature_count
    }
}

/// Verifies signatures against the digests recomputed from the reviewed request, and rebuilds the response.
///
/// Every own input needs a signature by one of its keys: of a multisig wallet one cosigner is enough, and the result
/// then has no transaction. Scripts are executed once every input is complete.
///
/// # Errors
/// [`VerifyError`] naming the input, if a signature is missing, foreign, malformed or does not verify.
pub fn verify(checked: &CheckedPsbt, signatures: &[ReturnedSignature]) -> Result<Verified, VerifyError> {
    let returned: Vec<Returned> = signatures.iter().cloned().map(Returned::Signature).collect();
    verify_returned(checked, &returned)
}

/// The signature as it stands in a PSBT: with sighash byte, and with its key unless it is the taproot key path's.
fn candidate(
    checked: &CheckedPsbt,
    returned: &ReturnedSignature,
    verifier: &mut Verifier<'_>,
) -> Result<Candidate, VerifyError> {
    let (input, inputs) = (returned.input, checked.inputs().len());
    let of_input = checked.inputs().get(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
    let own = of_input.own().ok_or(VerifyError::ForeignInput { input })?;
    let mut bytes = returned.signature.clone();
    bytes.extend(of_input.sighash_type().byte());
    let possible = possible_signers(of_input, own, returned.public_key);
    let first = possible.first().copied();
    let first = first.ok_or_else(|| VerifyError::ForeignKey { input, key: returned.public_key.to_string() })?;
    // A device does not say for which leaf it signed; where a key stands in several places, the signature shows it.
    let by = match possible.as_slice() {
        [_] => first,
        several => several.iter().copied().find(|by| verifier.verify(input, by, &bytes).is_ok()).unwrap_or(first),
    };
    Ok(Candidate { input, by, bytes })
}

/// What a signature by this key can be in this input.
fn possible_signers(input: &CheckedInput, own: &OwnScript, key: PublicKey) -> Vec<SignedBy> {
    if !input.script_pubkey().is_some_and(|script| script.is_p2tr()) {
        return vec![SignedBy::Ecdsa(key)];
    }
    let x_only = key.inner.x_only_public_key().0;
    let output_key = input.script_pubkey().and_then(crate::leaf::output_key);
    let by_key = own.internal_key() == Some(x_only) || output_key == Some(x_only);
    let leaves = input.leaves.iter().filter(|leaf| leaf.keys.contains(&x_only));
    let in_leaves = leaves.map(|leaf| SignedBy::TapScript(x_only, leaf.hash));
    by_key.then_some(SignedBy::TapKey).into_iter().chain(in_leaves).collect()
}

/// Verifies all candidates, writes the signed PSBT and, once complete, the transaction.
fn conclude(
    checked: &CheckedPsbt,
    candidates: Vec<Candidate>,
    finals: &Finals,
    locks: &Locks,
    nonces: &Nonces,
) -> Result<Verified, VerifyError> {
    check_not_refused(checked)?;
    let verified = Verification::new(checked, locks).verify(candidates)?;
    signatures::check_all_signed(checked, &verified, finals, nonces)?;
    conclude_verified(checked, &verified, finals, locks, Kept { finals: &Finals::new(), nonces })
}

/// The same for signatures gathered at several places: any number of them, and finished inputs that nobody can take
/// apart are executed and kept as they are.
pub(crate) fn conclude_combined(
    checked: &CheckedPsbt,
    candidates: Vec<Candidate>,
    finals: &Finals,
    locks: &Locks,
    nonces: &Nonces,
) -> Result<Verified, VerifyError> {
    check_not_refused(checked)?;
    let verified = Verification::new(checked, locks).verify(candidates)?;
    let mut opaque = finals.clone();
    opaque.retain(|n, _| locks.get(*n).is_none());
    finalize::execute_given(checked, &opaque)?;
    opaque.retain(|n, _| checked.inputs().get(*n).is_some_and(|input| !input.is_final()));
    conclude_verified(checked, &verified, finals, locks, Kept { finals: &opaque, nonces })
}

/// What goes into the signed PSBT besides signatures.
#[derive(Clone, Copy)]
struct Kept<'a> {
    /// Finished inputs that nobody can take apart.
    finals: &'a Finals,
    nonces: &'a Nonces,
}

/// Writes the signed PSBT and, once complete, the transaction.
fn conclude_verified(
    checked: &CheckedPsbt,
    verified: &[Candidate],
    finals: &Finals,
    locks: &Locks,
    kept: Kept<'_>,
) -> Result<Verified, VerifyError> {
    let nonces = nonce::nonces(checked, verified);
    nonce::check_reuse(&nonces, &checked.memory)?;
    let psbt = rebuild(checked, verified, kept)?;
    let finalized = finalize::finalize(checked, verified, finals, locks)?;
    let mut checks = checks(checked, verified, locks, kept.nonces, finalized.as_ref().err().copied());
    let transaction = finalized.ok();
    let signed = checked.message().zip(transaction.as_ref());
    let message_signature = signed.and_then(|(message, signed)| message.encode(signed, checked.inputs()));
    checks.extend(message_signature.as_ref().map(|signature| format!("the signature of the message is {signature}")));
    let txid = transaction.as_ref().unwrap_or(checked.transaction()).compute_txid().to_string();
    // What signs a message is no transaction of the network, and is never offered as one.
    let transaction = transaction.filter(|_| checked.message().is_none());
    let transaction = transaction.map(|tx| bitcoin::consensus::serialize(&tx));
    let (signature_count, nonces_added) = (verified.len(), !kept.nonces.is_empty());
    Ok(Verified { psbt, transaction, message_signature, txid, checks, signature_count, nonces_added, nonces })
}

/// That no wallet is registered refuses signing, not an operator's check of what others signed.
fn check_not_refused(checked: &CheckedPsbt) -> Result<(), VerifyError> {
    let mut refusals = checked.findings.iter().filter(|finding| finding.severity == Severity::Refuse);
    match refusals.find(|finding| finding.code != "btc.no-wallet") {
        Some(finding) => Err(VerifyError::Refused { code: finding.code }),
        None => Ok(()),
    }
}

/// What was checked, in words; `incomplete` is the first input that needs further signatures.
fn checks(
    checked: &CheckedPsbt,
    signatures: &[Candidate],
    locks: &Locks,
    nonces: &Nonces,
    incomplete: Option<usize>,
) -> Vec<String> {
    let mut checks = counts(checked, signatures, nonces);
    checks.extend(cosigners(checked, signatures));
    if !checked.has_wallets() {
        checks.extend(claimed_signers(checked, signatures));
    }
    let added = if nonces.is_empty() { "these signatures" } else { "these nonces and signatures" };
    checks.push(format!("the signed PSBT is the request plus {added}, nothing else"));
    match incomplete {
        None => checks.push(format!("scripts of {} executed, all accept", count(checked.inputs().len(), "input"))),
        Some(input) => checks.push(still_missing(checked, signatures, locks, input)),
    }
    checks
}

/// How much of what was taken, and what is known of it.
fn counts(checked: &CheckedPsbt, signatures: &[Candidate], nonces: &Nonces) -> Vec<String> {
    let partial = signatures.iter().filter(|s| matches!(s.by, SignedBy::Musig(_))).count();
    let whole = signatures.len().saturating_sub(partial);
    let mut counts = Vec::new();
    if partial == 0 || whole > 0 {
        counts.push(counted(checked, whole));
    }
    if partial > 0 {
        let partial = count(partial, "partial signature");
        counts.push(format!("{partial} valid for the request, with the nonces of all participants"));
    }
    counts.extend(nonces.check(checked));
    if signatures.is_empty() && !nonces.is_empty() {
        counts
            .push("nothing is signed yet: the request is to come back with the nonces of all participants".to_owned());
    }
    let own = checked.inputs().iter().enumerate().filter(|(_, input)| input.own().is_some());
    let own: Vec<usize> = own.map(|(n, _)| n).collect();
    let unsigned =
        |n: &&usize| nonces.inputs().any(|input| input == **n) && finalize::of_input(signatures, **n).is_empty();
    let signed = own.len().saturating_sub(own.iter().filter(unsigned).count());
    if !own.is_empty() {
        counts.push(format!("{signed} of {} own inputs signed, by their own keys", own.len()));
    }
    counts
}

/// How many signatures were added; an operator's request was approved elsewhere, and may carry all of them already.
fn counted(checked: &CheckedPsbt, added: usize) -> String {
    let carried = checked.inputs().iter().map(|input| input.present.len()).fold(0, usize::saturating_add);
    match (added, checked.has_wallets()) {
        (0, _) => format!("no signature added; {} carried already, all valid", count(carried, "signature")),
        (_, true) => format!("{} valid for the request that was approved", count(added, "signature")),
        (_, false) => format!("{} valid for the request", count(added, "signature")),
    }
}

/// Which cosigner signed how many inputs, those counted that the request carried already.
fn cosigners(checked: &CheckedPsbt, signatures: &[Candidate]) -> Vec<String> {
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for (n, input) in checked.inputs().iter().enumerate() {
        let Some(own) = input.own().filter(|own| own.keys().len() > 1) else { continue };
        let new = finalize::of_input(signatures, n).iter().map(|candidate| candidate.by);
        let all = input.present.iter().map(|present| present.by).chain(new);
        // Who had a part in the signature of an aggregate key is named by that part.
        let parts = all.clone().any(|by| matches!(by, SignedBy::Musig(_)));
        for by in all.filter(|by| !(parts && own.is_by_aggregate(by))) {
            let signed = by_name.entry(input.signer(&by)).or_default();
            *signed = signed.saturating_add(1);
        }
    }
    let words = |(name, inputs): (String, usize)| format!("cosigner {name} has signed {}", count(inputs, "input"));
    by_name.into_iter().map(words).collect()
}

/// Who signed how many inputs, where no wallet is registered: the accounts that the request claims for the keys, and
/// keys without such a claim in full.
fn claimed_signers(checked: &CheckedPsbt, signatures: &[Candidate]) -> Vec<String> {
    let mut by_origin: BTreeMap<String, usize> = BTreeMap::new();
    let of_psbt = |n: usize| checked.request.psbt.inputs.get(n);
    let new = signatures.iter().map(|s| (of_psbt(s.input).and_then(|i| claimed_origin(i, &s.by)), &s.by));
    let present = checked.inputs().iter().flat_map(|i| i.present.iter()).map(|p| (p.origin.clone(), &p.by));
    for (origin, by) in present.chain(new) {
        let who = match origin {
            Some(origin) => format!("{}, as the request claims,", account(&origin)),
            None => format!("key {}, of no stated origin,", by.key()),
        };
        let signed = by_origin.entry(who).or_default();
        *signed = signed.saturating_add(1);
    }
    by_origin.into_iter().map(|(who, signed)| format!("{who} made {}", count(signed, "signature"))).collect()
}

/// Fingerprint and path up to the last hardened step: `5c9e228d/48'/1'/0'/2'`.
fn account((fingerprint, path): &KeySource) -> String {
    let hardened = path.into_iter().rposition(|step| step.is_hardened()).map_or(0, |last| last.saturating_add(1));
    let steps: Vec<String> = path.into_iter().take(hardened).map(|step| format!("/{step}")).collect();
    format!("{fingerprint}{}", steps.concat())
}

/// How many signatures the inputs still lack, as far as their scripts are known: "2 inputs lack 1 signature each".
fn still_missing(checked: &CheckedPsbt, signatures: &[Candidate], locks: &Locks, first: usize) -> String {
    let mut lacking: BTreeMap<usize, usize> = BTreeMap::new();
    for (n, input) in checked.inputs().iter().enumerate() {
        let Some(Lock::Descriptor { descriptor, .. }) = locks.get(n) else { continue };
        let new = finalize::of_input(signatures, n).iter().map(|candidate| candidate.by);
        let signed: Vec<SignedBy> = input.present.iter().map(|present| present.by).chain(new).collect();
        let times = Times::new(checked.transaction(), input.sequence());
        if let Some(missing) = missing(descriptor, times, &signed, &input.joint_keys).filter(|missing| *missing > 0) {
            let inputs = lacking.entry(missing).or_default();
            *inputs = inputs.saturating_add(1);
        }
    }
    if lacking.is_empty() {
        return format!("the transaction is not complete: input {first} needs further signatures");
    }
    let words = |(missing, inputs): (&usize, &usize)| match inputs {
        1 => format!("1 input lacks {}", count(*missing, "signature")),
        _ => format!("{inputs} inputs lack {} each", count(*missing, "signature")),
    };
    let list: Vec<String> = lacking.iter().map(words).collect();
    format!("the transaction is not complete: {}", list.join(", "))
}

/// The request plus signature fields and finished inputs, read back and compared before anybody sees it.
fn rebuild(checked: &CheckedPsbt, signatures: &[Candidate], kept: Kept<'_>) -> Result<Vec<u8>, VerifyError> {
    let mut added: Vec<AddedPair> = signatures.iter().map(Candidate::to_pair).collect();
    added.extend(kept.nonces.to_pairs());
    added.extend(kept.finals.iter().flat_map(|(input, finished)| finalize::to_pairs(*input, finished)));
    added.sort_by(|a, b| (a.input, &a.key).cmp(&(b.input, &b.key)));
    let types = signatures.iter().filter_map(|s| checked.inputs().get(s.input)).map(CheckedInput::sighash_type);
    let closed = modifiable::after_signing(checked, types);
    let psbt = checked.request.maps.write(closed.as_deref().unwrap_or(checked.bytes()), &added);
    let bug = |reason: String| VerifyError::Rebuild { reason };
    let read_back = decode(&psbt).map_err(|e| bug(e.to_string()))?;
    let Added { candidates: mut found, finals, nonces } =
        response::added_signatures(checked, &read_back).map_err(|e| bug(e.to_string()))?;
    found.sort();
    let mut expected = signatures.to_vec();
    expected.sort();
    if found != expected || finals != *kept.finals || nonces != *kept.nonces {
        return Err(bug("its signature fields are others".to_owned()));
    }
    Ok(psbt)
}

/// Whether a sighash type can be signed at all.
const fn is_signable(sighash_type: SighashType) -> bool {
    !matches!(sighash_type, SighashType::Unknown(_))
}
