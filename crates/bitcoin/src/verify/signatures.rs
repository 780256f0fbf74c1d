//! Each signature is verified over the digest of the reviewed request, by a key of its input.

use std::collections::BTreeSet;

use bitcoin::PublicKey;
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};

use super::lock::Locks;
use super::{VerifyError, is_signable};
use crate::decode::keys::{PARTIAL_SIG, TAP_KEY_SIG};
use crate::keyvalue::AddedPair;
use crate::sighash::Digests;
use crate::signature::{verify_ecdsa, verify_schnorr};
use crate::{CheckedInput, CheckedPsbt};

/// A signature with its sighash byte, as a PSBT carries it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub(crate) input: usize,
    /// None for the taproot key path.
    pub(crate) public_key: Option<PublicKey>,
    pub(crate) bytes: Vec<u8>,
}

impl Candidate {
    /// The key-value pair that carries it: PSBT_IN_PARTIAL_SIG or PSBT_IN_TAP_KEY_SIG.
    pub(crate) fn to_pair(&self) -> AddedPair {
        let key = match self.public_key {
            Some(public_key) => [&[PARTIAL_SIG as u8], public_key.to_bytes().as_slice()].concat(),
            None => vec![TAP_KEY_SIG as u8],
        };
        AddedPair { input: self.input, key, value: self.bytes.clone() }
    }
}

/// Verification of a whole response.
pub(crate) struct Verification<'a> {
    checked: &'a CheckedPsbt,
    locks: &'a Locks,
    digests: Digests<'a>,
    secp: Secp256k1<VerifyOnly>,
}

impl<'a> Verification<'a> {
    pub(crate) fn new(checked: &'a CheckedPsbt, locks: &'a Locks) -> Self {
        let digests = Digests::new(checked.transaction(), checked.inputs());
        Self { checked, locks, digests, secp: Secp256k1::verification_only() }
    }

    /// Verifies all candidates; every own input must have one. Returns them in order of input.
    pub(crate) fn verify(mut self, mut candidates: Vec<Candidate>) -> Result<Vec<Candidate>, VerifyError> {
        candidates.sort();
        if candidates.is_empty() && !self.checked.has_wallets {
            return Err(VerifyError::NothingSigned);
        }
        let mut seen = BTreeSet::new();
        let mut signed = BTreeSet::new();
        for candidate in &candidates {
            let input = candidate.input;
            if !seen.insert((input, candidate.public_key)) {
                return Err(VerifyError::Duplicate { input });
            }
            self.verify_one(candidate)?;
            signed.insert(input);
        }
        for (input, of_input) in self.checked.inputs().iter().enumerate() {
            if of_input.own().is_some() && !signed.contains(&input) && !is_complete(of_input) {
                return Err(VerifyError::Missing { input });
            }
        }
        Ok(candidates)
    }

    fn verify_one(&mut self, candidate: &Candidate) -> Result<(), VerifyError> {
        let (input, inputs) = (candidate.input, self.checked.inputs().len());
        let of_input = self.checked.inputs().get(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
        let lock = self.locks.get(input).ok_or(VerifyError::ForeignInput { input })?;
        if of_input.present.iter().any(|present| present.public_key == candidate.public_key) {
            return Err(VerifyError::Duplicate { input });
        }
        let no_digest = VerifyError::NoDigest { input };
        let digest = self.digests.digest(input).filter(|_| is_signable(of_input.sighash_type())).ok_or(no_digest)?;
        let (bytes, sighash_type) = (candidate.bytes.as_slice(), of_input.sighash_type());
        let result = match candidate.public_key {
            Some(key) if lock.keys().contains(&key) => verify_ecdsa(&self.secp, &digest, &key, bytes, sighash_type),
            Some(key) => return Err(VerifyError::ForeignKey { input, key: key.to_string() }),
            None => verify_schnorr(&self.secp, &digest, of_input.script_pubkey(), bytes, sighash_type),
        };
        result.map_err(|fault| VerifyError::Signature { input, fault })
    }
}

/// Whether the request already carries all that a single-key input needs.
fn is_complete(input: &CheckedInput) -> bool {
    !input.present.is_empty() && input.own().is_some_and(|own| own.keys().len() == 1)
}
