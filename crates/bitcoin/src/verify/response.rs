//! A response is compared with the reviewed request: request plus signature fields, nothing else.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::hashes::Hash as _;
use bitcoin::taproot::TapLeafHash;
use bitcoin::{PublicKey, Script, ScriptBuf, Transaction, TxIn, Witness, XOnlyPublicKey, consensus};

use super::finalize::Finals;
use super::lock::{Lock, Locks};
use super::nonces::Nonces;
use super::signatures::Candidate;
use super::{Verified, VerifyError, conclude, modifiable};
use crate::bytes::slice;
use crate::decode::PsbtRequest;
use crate::decode::keys::{
    FINAL_SCRIPTSIG, FINAL_SCRIPTWITNESS, MUSIG2_PARTIAL_SIG, MUSIG2_PUB_NONCE, PARTIAL_SIG, TAP_KEY_SIG,
    TAP_SCRIPT_SIG, key_type,
};
use crate::keyvalue::{KeyValue, Map, MapKind};
use crate::musig::MusigSigner;
use crate::signature::{SignedBy, Unverified, Verifier};
use crate::{CheckedInput, CheckedPsbt, decode};

/// Verifies a response PSBT: the request's fields, unchanged and complete, plus signature fields of own inputs.
///
/// Of a wallet with `musig()` these can be nonces and partial signatures (BIP-373). A nonce has to be for a participant
/// of the key that the coin is locked to; a partial signature is verified over the nonces of all of them (BIP-327).
///
/// Finished inputs are taken apart: their signatures are verified like all others, and what we make of them must be
/// the same, byte for byte. The order of fields within a map may differ; what [`Verified`] holds is rebuilt by us.
///
/// Where no wallet is registered at all, which is the operator's side, each signature has to be by a key that the spent
/// script itself names, and the response has to add one at least; whether that completes it, [`Verified`] says.
///
/// # Errors
/// [`VerifyError`] at the first difference, naming map, key and offset, or at the first wrong signature, naming the
/// input. [`VerifyError::is_malformed`] tells bytes that are no PSBT from a PSBT that is wrong.
pub fn verify_response(checked: &CheckedPsbt, response: &[u8]) -> Result<Verified, VerifyError> {
    let response = decode(response).map_err(VerifyError::Malformed)?;
    let Added { mut candidates, finals, nonces } = added_signatures(checked, &response)?;
    let joined = nonces.join(checked)?;
    let locks = Locks::of_response(&joined, &candidates, &finals);
    add_final_signatures(&joined, &finals, &locks, &mut candidates)?;
    conclude(&joined, candidates, &finals, &locks, &nonces)
}

/// Verifies a signed transaction, in binary or as hex: the reviewed one, with scripts that execute.
///
/// # Errors
/// [`VerifyError`] if it is no transaction, another one, or its signatures do not verify.
pub fn verify_transaction(checked: &CheckedPsbt, transaction: &[u8]) -> Result<Verified, VerifyError> {
    let transaction = parse_transaction(transaction)?;
    let mut stripped = transaction.clone();
    for input in &mut stripped.input {
        (input.script_sig, input.witness) = (ScriptBuf::new(), Witness::new());
    }
    if stripped != *checked.transaction() {
        return Err(VerifyError::OtherTransaction { what: difference(checked.transaction(), &stripped) });
    }
    let finished = |(n, input): (usize, TxIn)| (n, (input.script_sig, input.witness));
    let finals: Finals = transaction.input.into_iter().enumerate().map(finished).collect();
    let mut candidates = Vec::new();
    let locks = Locks::of_response(checked, &candidates, &finals);
    add_final_signatures(checked, &finals, &locks, &mut candidates)?;
    conclude(checked, candidates, &finals, &locks, &Nonces::default())
}

fn parse_transaction(bytes: &[u8]) -> Result<Transaction, VerifyError> {
    let limit = crate::limits::MAX_PSBT_BYTES.saturating_mul(2);
    if bytes.len() > limit {
        let reason = format!("{} bytes, at most {limit} are read", bytes.len());
        return Err(VerifyError::MalformedTransaction { reason });
    }
    let hex = data_encoding::HEXLOWER_PERMISSIVE.decode(bytes.trim_ascii()).ok();
    let bytes = hex.as_deref().unwrap_or(bytes);
    consensus::deserialize(bytes).map_err(|e| VerifyError::MalformedTransaction { reason: e.to_string() })
}

fn difference(reviewed: &Transaction, found: &Transaction) -> String {
    if let Some(n) = (0..reviewed.output.len()).find(|n| reviewed.output.get(*n) != found.output.get(*n)) {
        return format!("output {n} differs");
    }
    if let Some(n) = (0..reviewed.input.len()).find(|n| reviewed.input.get(*n) != found.input.get(*n)) {
        return format!("input {n} differs");
    }
    "version, lock time or the number of inputs or outputs differ".to_owned()
}

/// What a response has that its request has not.
#[derive(Default)]
pub(crate) struct Added {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) finals: Finals,
    pub(crate) nonces: Nonces,
}

/// Compares all maps; returns the signatures and nonces that the response adds, and the inputs that it finishes.
pub(crate) fn added_signatures(checked: &CheckedPsbt, response: &PsbtRequest) -> Result<Added, VerifyError> {
    added(checked, response, Trimmed::Refused)
}

/// The same for combining: the other PSBT may lack fields of the first one, but nothing in it may differ.
pub(crate) fn added_by(checked: &CheckedPsbt, other: &PsbtRequest) -> Result<Added, VerifyError> {
    if other.transaction() != checked.transaction() {
        let what = difference(checked.transaction(), other.transaction());
        return Err(VerifyError::OtherTransaction { what });
    }
    added(checked, other, Trimmed::Allowed)
}

/// Whether fields of the request may be missing in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trimmed {
    Allowed,
    Refused,
}

fn added(checked: &CheckedPsbt, response: &PsbtRequest, trimmed: Trimmed) -> Result<Added, VerifyError> {
    let mut added = Added::default();
    // The global maps come first and hold the transaction, so that afterwards the numbers of maps are equal.
    for (ours, theirs) in checked.request.maps.iter().zip(response.maps.iter()) {
        let diff = MapDiff { request: checked.bytes(), response: &response.bytes, ours, theirs, trimmed };
        for kv in diff.added()? {
            let MapKind::Input(input) = ours.kind else { continue };
            match kv.key_type {
                PARTIAL_SIG | TAP_KEY_SIG | TAP_SCRIPT_SIG | MUSIG2_PARTIAL_SIG => {
                    added.candidates.push(diff.candidate(input, kv)?);
                }
                MUSIG2_PUB_NONCE => {
                    let nonce = slice(&response.bytes, kv.value);
                    added.nonces.add(input, slice(&response.bytes, kv.key_data), nonce)?;
                }
                _ => {
                    let of_psbt = response.psbt.inputs.get(input);
                    let script = of_psbt.and_then(|i| i.final_script_sig.clone()).unwrap_or_default();
                    let witness = of_psbt.and_then(|i| i.final_script_witness.clone()).unwrap_or_default();
                    added.finals.insert(input, (script, witness));
                }
            }
        }
    }
    Ok(added)
}

/// One map of the request beside that of the response.
struct MapDiff<'a> {
    request: &'a [u8],
    response: &'a [u8],
    ours: &'a Map,
    theirs: &'a Map,
    trimmed: Trimmed,
}

impl<'a> MapDiff<'a> {
    /// The pairs that the response adds, all of them signature fields; anything else is an error.
    fn added(&self) -> Result<Vec<&'a KeyValue>, VerifyError> {
        let theirs: BTreeMap<&[u8], &KeyValue> =
            self.theirs.pairs.iter().map(|kv| (slice(self.response, kv.key()), kv)).collect();
        let mut known = BTreeSet::new();
        for kv in &self.ours.pairs {
            let key = slice(self.request, kv.key());
            known.insert(key);
            self.compare(kv, theirs.get(key).copied())?;
        }
        let mut added = Vec::new();
        for kv in self.theirs.pairs.iter().filter(|kv| !known.contains(slice(self.response, kv.key()))) {
            let (map, key) = (self.ours.kind, key_type(self.ours.kind, kv.key_type).name);
            if !is_signature_field(map, kv) {
                return Err(VerifyError::Added { map, key, offset: kv.key_length.start });
            }
            added.push(kv);
        }
        Ok(added)
    }

    fn compare(&self, ours: &KeyValue, theirs: Option<&KeyValue>) -> Result<(), VerifyError> {
        let (map, key) = (self.ours.kind, key_type(self.ours.kind, ours.key_type).name);
        let Some(theirs) = theirs else {
            let removed = VerifyError::Removed { map, key, offset: ours.key_length.start };
            return if self.trimmed == Trimmed::Allowed { Ok(()) } else { Err(removed) };
        };
        let (a, b) = (slice(self.request, ours.value), slice(self.response, theirs.value));
        if a == b || modifiable::may_become(map, ours, a, b) {
            return Ok(());
        }
        let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        Err(VerifyError::Changed { map, key, offset: theirs.value.start.saturating_add(same) })
    }

    fn candidate(&self, input: usize, kv: &KeyValue) -> Result<Candidate, VerifyError> {
        let key = slice(self.response, kv.key_data);
        let foreign = || VerifyError::ForeignKey { input, key: data_encoding::HEXLOWER.encode(key) };
        let by = match kv.key_type {
            TAP_KEY_SIG => Some(SignedBy::TapKey),
            TAP_SCRIPT_SIG => tap_script_key(key),
            MUSIG2_PARTIAL_SIG => MusigSigner::read(key).map(SignedBy::Musig),
            _ => PublicKey::from_slice(key).ok().map(SignedBy::Ecdsa),
        };
        Ok(Candidate { input, by: by.ok_or_else(foreign)?, bytes: slice(self.response, kv.value).to_vec() })
    }
}

/// Key and leaf hash of PSBT_IN_TAP_SCRIPT_SIG (BIP-371).
fn tap_script_key(data: &[u8]) -> Option<SignedBy> {
    let (key, leaf) = data.split_at_checked(32)?;
    let leaf: [u8; 32] = leaf.try_into().ok()?;
    Some(SignedBy::TapScript(XOnlyPublicKey::from_slice(key).ok()?, TapLeafHash::from_byte_array(leaf)))
}

fn is_signature_field(map: MapKind, kv: &KeyValue) -> bool {
    matches!(map, MapKind::Input(_))
        && matches!(
            kv.key_type,
            PARTIAL_SIG
                | TAP_KEY_SIG
                | TAP_SCRIPT_SIG
                | FINAL_SCRIPTSIG
                | FINAL_SCRIPTWITNESS
                | MUSIG2_PUB_NONCE
                | MUSIG2_PARTIAL_SIG
        )
}

/// Takes finished inputs apart and adds the signatures found to the candidates.
///
/// Whatever else a finished input holds needs no list of what is allowed: we finish the input ourselves from its
/// signatures, and the result has to be the same.
pub(crate) fn add_final_signatures(
    checked: &CheckedPsbt,
    finals: &Finals,
    locks: &Locks,
    candidates: &mut Vec<Candidate>,
) -> Result<(), VerifyError> {
    let mut verifier = Verifier::new(checked.transaction(), checked.inputs());
    for (&input, (script_sig, witness)) in finals {
        let Some((of_input, lock)) = checked.inputs().get(input).zip(locks.get(input)) else { continue };
        let possible = possible_signers(of_input, lock);
        for bytes in elements(script_sig, witness, of_input.script_pubkey(), possible.len()) {
            let mut signer = None;
            for by in &possible {
                match verifier.verify(input, by, &bytes) {
                    Ok(()) => signer = signer.or(Some(*by)),
                    Err(Unverified::NoDigest) => return Err(VerifyError::NoDigest { input }),
                    Err(Unverified::Fault(_)) => {}
                }
            }
            let Some(by) = signer else { continue };
            let candidate = Candidate { input, by, bytes };
            let present = of_input.present.iter().any(|p| p.by == by && p.bytes == candidate.bytes);
            if !present && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
    }
    Ok(())
}

/// Everybody whose signature could stand in a finished input.
fn possible_signers(input: &CheckedInput, lock: &Lock) -> Vec<SignedBy> {
    if !input.script_pubkey().is_some_and(Script::is_p2tr) {
        return lock.keys().iter().copied().map(SignedBy::Ecdsa).collect();
    }
    let in_leaves =
        input.leaves.iter().flat_map(|leaf| leaf.keys.iter().map(|key| SignedBy::TapScript(*key, leaf.hash)));
    std::iter::once(SignedBy::TapKey).chain(in_leaves).collect()
}

/// The first pushes of a script signature and items of a witness that have the form of a signature. More than there
/// are signers are not looked at: what we make of those that are then differs from the input, and is refused.
fn elements(script_sig: &Script, witness: &Witness, spent: Option<&Script>, signers: usize) -> Vec<Vec<u8>> {
    let taproot = spent.is_some_and(Script::is_p2tr);
    let has_form = |e: &Vec<u8>| match taproot {
        true => matches!(e.len(), 64 | 65),
        false => e.len() <= 73 && bitcoin::ecdsa::Signature::from_slice(e).is_ok(),
    };
    let pushes = script_sig.instructions().filter_map(|i| i.ok()?.push_bytes().map(|p| p.as_bytes().to_vec()));
    let items = witness.iter().map(<[u8]>::to_vec);
    pushes.chain(items).filter(has_form).take(signers.max(1)).collect()
}
