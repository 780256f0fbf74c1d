//! Signatures to script signatures and witnesses, once every input has enough of them.

use std::collections::BTreeMap;

use bitcoin::{PublicKey, ScriptBuf, Sequence, Transaction, Witness, absolute, ecdsa, relative, taproot};
use miniscript::Satisfier;

use super::lock::{Lock, Locks};
use super::{Candidate, VerifyError, consensus};
use crate::{CheckedInput, CheckedPsbt};

/// Finished inputs that somebody else gave, by index.
pub(crate) type Finals = BTreeMap<usize, (ScriptBuf, Witness)>;

/// The transaction, its scripts executed; or the first input that is not complete.
pub(crate) fn finalize(
    checked: &CheckedPsbt,
    signatures: &[Candidate],
    given: &Finals,
    locks: &Locks,
) -> Result<Result<Transaction, usize>, VerifyError> {
    let mut transaction = checked.transaction().clone();
    let mut incomplete = None;
    for (n, (input, txin)) in checked.inputs().iter().zip(&mut transaction.input).enumerate() {
        let of_psbt = checked.request.psbt.inputs.get(n);
        let finished = match locks.get(n) {
            Some(lock) => finish(checked, n, input, lock, signatures),
            None => given.get(&n).cloned().or_else(|| of_psbt.and_then(already_final)),
        };
        if let (Some(_), Some(given)) = (locks.get(n), given.get(&n))
            && finished.as_ref() != Some(given)
        {
            return Err(VerifyError::FinalField { input: n });
        }
        match finished {
            Some((script_sig, witness)) => (txin.script_sig, txin.witness) = (script_sig, witness),
            None => incomplete = incomplete.or(Some(n)),
        }
    }
    let unknown = checked.inputs().iter().position(|input| input.script_pubkey().is_none());
    if let Some(input) = incomplete.or(unknown) {
        // Only execution could vouch for what finishes an input without lock, and nothing is executed now.
        return match given.keys().find(|n| locks.get(**n).is_none()) {
            Some(given) => Err(VerifyError::FinalField { input: *given }),
            None => Ok(Err(input)),
        };
    }
    consensus::execute(checked, &transaction)?;
    Ok(Ok(transaction))
}

fn already_final(input: &bitcoin::psbt::Input) -> Option<(ScriptBuf, Witness)> {
    if input.final_script_sig.is_none() && input.final_script_witness.is_none() {
        return None;
    }
    Some((input.final_script_sig.clone().unwrap_or_default(), input.final_script_witness.clone().unwrap_or_default()))
}

/// Script signature and witness of an input, from all its verified signatures; none if there are too few.
fn finish(
    checked: &CheckedPsbt,
    n: usize,
    input: &CheckedInput,
    lock: &Lock,
    signatures: &[Candidate],
) -> Option<(ScriptBuf, Witness)> {
    let start = signatures.partition_point(|s| s.input < n);
    let end = signatures.partition_point(|s| s.input <= n);
    let new = signatures.get(start..end).unwrap_or_default().iter().map(|s| (s.public_key, &s.bytes));
    let present = input.present.iter().map(|s| (s.public_key, &s.bytes));
    let mut satisfier = Signatures::new(checked, input.sequence());
    for (public_key, bytes) in present.chain(new) {
        satisfier.add(public_key, bytes);
    }
    match lock {
        Lock::Descriptor { descriptor, .. } => {
            let (witness, script_sig) = descriptor.get_satisfaction(&satisfier).ok()?;
            Some((script_sig, Witness::from_slice(&witness)))
        }
        Lock::TaprootKey => Some((ScriptBuf::new(), Witness::p2tr_key_spend(&satisfier.taproot?))),
    }
}

/// Verified signatures of one input, and what the transaction's time locks satisfy.
struct Signatures {
    ecdsa: BTreeMap<PublicKey, ecdsa::Signature>,
    taproot: Option<taproot::Signature>,
    /// None if the input's sequence switches the lock time off.
    lock_time: Option<absolute::LockTime>,
    relative: Option<relative::LockTime>,
}

impl Signatures {
    fn new(checked: &CheckedPsbt, sequence: Sequence) -> Self {
        let transaction = checked.transaction();
        let lock_time = (sequence != Sequence::MAX).then_some(transaction.lock_time);
        let relative = if transaction.version.0 >= 2 { sequence.to_relative_lock_time() } else { None };
        Self { ecdsa: BTreeMap::new(), taproot: None, lock_time, relative }
    }

    fn add(&mut self, public_key: Option<PublicKey>, bytes: &[u8]) {
        match public_key {
            Some(key) => self.ecdsa.extend(ecdsa::Signature::from_slice(bytes).ok().map(|s| (key, s))),
            None => self.taproot = taproot::Signature::from_slice(bytes).ok(),
        }
    }
}

impl Satisfier<PublicKey> for Signatures {
    fn lookup_ecdsa_sig(&self, key: &PublicKey) -> Option<ecdsa::Signature> {
        self.ecdsa.get(key).copied()
    }

    fn lookup_tap_key_spend_sig(&self) -> Option<taproot::Signature> {
        self.taproot
    }

    fn check_after(&self, lock: absolute::LockTime) -> bool {
        self.lock_time.is_some_and(|lock_time| lock.is_implied_by(lock_time))
    }

    fn check_older(&self, lock: relative::LockTime) -> bool {
        self.relative.is_some_and(|relative| lock.is_implied_by(relative))
    }
}
