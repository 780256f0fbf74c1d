//! Each signature is verified over the digest of the reviewed request, by a key of its input.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::PublicKey;
use bitcoin::hashes::Hash as _;

use super::finalize::{Finals, of_input as of_input_number};
use super::lock::Locks;
use super::nonces::Nonces;
use super::{VerifyError, is_signable};
use crate::CheckedPsbt;
use crate::check::JointKey;
use crate::decode::keys::{MUSIG2_PARTIAL_SIG, PARTIAL_SIG, TAP_KEY_SIG, TAP_SCRIPT_SIG};
use crate::keyvalue::AddedPair;
use crate::signature::{SignedBy, Unverified, Verifier};

/// A signature with its sighash byte, or a part of one without, as a PSBT carries it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) input: usize,
    pub(crate) by: SignedBy,
    pub(crate) bytes: Vec<u8>,
}

impl Candidate {
    /// The key-value pair that carries it: PSBT_IN_PARTIAL_SIG, PSBT_IN_TAP_KEY_SIG, PSBT_IN_TAP_SCRIPT_SIG or
    /// PSBT_IN_MUSIG2_PARTIAL_SIG.
    pub(crate) fn to_pair(&self) -> AddedPair {
        let key = match &self.by {
            SignedBy::Ecdsa(public_key) => [&[PARTIAL_SIG as u8], public_key.to_bytes().as_slice()].concat(),
            SignedBy::TapKey => vec![TAP_KEY_SIG as u8],
            SignedBy::TapScript(key, leaf) => {
                [&[TAP_SCRIPT_SIG as u8], key.serialize().as_slice(), leaf.as_byte_array().as_slice()].concat()
            }
            SignedBy::Musig(signer) => [&[MUSIG2_PARTIAL_SIG as u8], signer.key_data().as_slice()].concat(),
        };
        AddedPair { input: self.input, key, value: self.bytes.clone() }
    }

    pub(crate) fn ecdsa_key(&self) -> Option<PublicKey> {
        match self.by {
            SignedBy::Ecdsa(key) => Some(key),
            SignedBy::TapKey | SignedBy::TapScript(..) | SignedBy::Musig(_) => None,
        }
    }
}

/// Verification of a whole response.
pub(crate) struct Verification<'a> {
    checked: &'a CheckedPsbt,
    locks: &'a Locks,
    verifier: Verifier<'a>,
}

impl<'a> Verification<'a> {
    pub(crate) fn new(checked: &'a CheckedPsbt, locks: &'a Locks) -> Self {
        Self { checked, locks, verifier: Verifier::new(checked.transaction(), checked.inputs()) }
    }

    /// Verifies all candidates, of which no key may have two. Returns them in order of input.
    pub(crate) fn verify(mut self, mut candidates: Vec<Candidate>) -> Result<Vec<Candidate>, VerifyError> {
        candidates.sort();
        let mut seen = BTreeSet::new();
        for candidate in &candidates {
            if !seen.insert((candidate.input, candidate.by)) {
                return Err(VerifyError::Duplicate { input: candidate.input });
            }
            self.verify_one(candidate)?;
        }
        candidates.extend(self.made_of_parts(&candidates)?);
        candidates.sort();
        Ok(candidates)
    }

    /// The signatures of joint keys whose participants have all signed: made of their parts, and verified.
    fn made_of_parts(&mut self, signatures: &[Candidate]) -> Result<Vec<Candidate>, VerifyError> {
        let mut made = Vec::new();
        let checked = self.checked;
        for (input, of_input) in checked.inputs().iter().enumerate().filter(|(n, _)| self.locks.get(*n).is_some()) {
            let present = of_input.present.iter().map(|present| (present.by, present.bytes.as_slice()));
            let new = of_input_number(signatures, input).iter().map(|s| (s.by, s.bytes.as_slice()));
            let all: BTreeMap<SignedBy, &[u8]> = present.chain(new).collect();
            for joint in of_input.joint_keys.iter().filter(|joint| !all.contains_key(&joint.signed_by_all())) {
                let Some(bytes) = self.joined(input, joint, &all) else { continue };
                let candidate = Candidate { input, by: joint.signed_by_all(), bytes };
                self.verify_one(&candidate)?;
                made.push(candidate);
            }
        }
        Ok(made)
    }

    /// The signature, with its sighash byte, that the partial ones make; none if one is missing.
    fn joined(&mut self, input: usize, joint: &JointKey, all: &BTreeMap<SignedBy, &[u8]>) -> Option<Vec<u8>> {
        let signers: Vec<SignedBy> = joint.key_agg.participants().iter().map(|key| joint.signed_by(key)).collect();
        let partials = signers.iter().map(|by| all.get(by).copied()).collect::<Option<Vec<_>>>()?;
        let session = self.verifier.session(input, signers.first()?)?;
        let mut bytes = session.signature(partials)?.to_vec();
        bytes.extend(self.checked.inputs().get(input)?.sighash_type().byte());
        Some(bytes)
    }

    fn verify_one(&mut self, candidate: &Candidate) -> Result<(), VerifyError> {
        let (input, inputs, by) = (candidate.input, self.checked.inputs().len(), &candidate.by);
        let of_input = self.checked.inputs().get(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
        let lock = self.locks.get(input).ok_or(VerifyError::ForeignInput { input })?;
        if of_input.present.iter().any(|present| present.by == *by) {
            return Err(VerifyError::AlreadySigned { input });
        }
        let belongs = match by {
            SignedBy::Ecdsa(key) => lock.keys().contains(key),
            SignedBy::TapKey => true,
            SignedBy::TapScript(key, leaf) => of_input.has_leaf_key(*leaf, key),
            SignedBy::Musig(signer) => of_input.joint_key(signer).is_some_and(|joint| joint.has(&signer.participant)),
        };
        if !belongs {
            return Err(VerifyError::ForeignKey { input, key: by.key() });
        }
        if !is_signable(of_input.sighash_type()) {
            return Err(VerifyError::NoDigest { input });
        }
        self.verifier.verify(input, by, &candidate.bytes).map_err(|unverified| match unverified {
            Unverified::NoDigest => VerifyError::NoDigest { input },
            Unverified::Fault(fault) => VerifyError::Signature { input, fault },
        })
    }
}

/// A device's response has to sign every own input that still needs signatures; an operator's at least one. A nonce is
/// an answer too: the first of the two that a participant of an aggregate key gives (BIP-327).
pub(crate) fn check_all_signed(
    checked: &CheckedPsbt,
    signatures: &[Candidate],
    finals: &Finals,
    nonces: &Nonces,
) -> Result<(), VerifyError> {
    if signatures.is_empty() && nonces.is_empty() && !checked.has_wallets() {
        // Finished inputs in which no signature is found: nobody can say what was signed.
        let finished = finals.keys().next().map(|input| VerifyError::FinalField { input: *input });
        return Err(finished.unwrap_or(VerifyError::NothingSigned));
    }
    let signed: BTreeSet<usize> = signatures.iter().map(|s| s.input).chain(nonces.inputs()).collect();
    for (input, of_input) in checked.inputs().iter().enumerate() {
        if of_input.own().is_some() && !signed.contains(&input) && of_input.missing_signatures() != Some(0) {
            return Err(VerifyError::Missing { input });
        }
    }
    Ok(())
}
