//! Signatures to script signatures and witnesses, once every input has enough of them.

use std::collections::BTreeMap;

use bitcoin::taproot::TapLeafHash;
use bitcoin::{PublicKey, ScriptBuf, Transaction, Witness, XOnlyPublicKey, absolute, ecdsa, relative, taproot};
use miniscript::{Satisfier, ToPublicKey as _};

use super::lock::{Lock, Locks};
use super::{Candidate, VerifyError, consensus};
use crate::decode::keys::{FINAL_SCRIPTSIG, FINAL_SCRIPTWITNESS};
use crate::keyvalue::AddedPair;
use crate::leaf::Leaf;
use crate::missing::Times;
use crate::signature::SignedBy;
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
        execute_unlocked(checked, given, locks)?;
        return Ok(Err(input));
    }
    consensus::execute(checked, &transaction, 0..transaction.input.len())?;
    Ok(Ok(transaction))
}

/// Only execution can vouch for what finishes an input without lock; where its coin is not known, nothing can.
fn execute_unlocked(checked: &CheckedPsbt, given: &Finals, locks: &Locks) -> Result<(), VerifyError> {
    let unlocked: Finals =
        given.iter().filter(|(n, _)| locks.get(**n).is_none()).map(|(n, f)| (*n, f.clone())).collect();
    let is_known = |n: usize| checked.inputs().get(n).is_some_and(|input| input.script_pubkey().is_some());
    match unlocked.keys().find(|n| !is_known(**n)) {
        Some(input) => Err(VerifyError::FinalField { input: *input }),
        None => execute_given(checked, &unlocked),
    }
}

/// Executes finished inputs that nobody could take apart, whatever is missing in the others: no script depends on the
/// script signature or the witness of another input.
pub(crate) fn execute_given(checked: &CheckedPsbt, given: &Finals) -> Result<(), VerifyError> {
    let mut transaction = checked.transaction().clone();
    for (n, (script_sig, witness)) in given {
        if let Some(txin) = transaction.input.get_mut(*n) {
            (txin.script_sig, txin.witness) = (script_sig.clone(), witness.clone());
        }
    }
    if given.is_empty() { Ok(()) } else { consensus::execute(checked, &transaction, given.keys().copied()) }
}

/// The key-value pairs of a finished input: PSBT_IN_FINAL_SCRIPTSIG and PSBT_IN_FINAL_SCRIPTWITNESS.
pub(crate) fn to_pairs(input: usize, (script_sig, witness): &(ScriptBuf, Witness)) -> Vec<AddedPair> {
    let pair = |key_type: u64, value: Vec<u8>| AddedPair { input, key: vec![key_type as u8], value };
    let script_sig = (!script_sig.is_empty()).then(|| pair(FINAL_SCRIPTSIG, script_sig.to_bytes()));
    let witness = (!witness.is_empty()).then(|| pair(FINAL_SCRIPTWITNESS, bitcoin::consensus::serialize(witness)));
    script_sig.into_iter().chain(witness).collect()
}

/// Inputs that a PSBT has finished.
pub(crate) fn finals_of(psbt: &[bitcoin::psbt::Input]) -> Finals {
    psbt.iter().enumerate().filter_map(|(n, input)| Some((n, already_final(input)?))).collect()
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
    let new = of_input(signatures, n).iter().map(|s| (s.by, &s.bytes));
    let present = input.present.iter().map(|s| (s.by, &s.bytes));
    let mut satisfier = Signatures::new(Times::new(checked.transaction(), input.sequence()));
    for (by, bytes) in present.chain(new) {
        satisfier.add(by, bytes);
    }
    match lock {
        Lock::Descriptor { descriptor, .. } => {
            let (witness, script_sig) = descriptor.get_satisfaction(&satisfier).ok()?;
            Some((script_sig, Witness::from_slice(&witness)))
        }
        Lock::Taproot => {
            let by_key = satisfier.tap_key.as_ref().map(Witness::p2tr_key_spend);
            let witness = by_key.or_else(|| input.leaves.iter().find_map(|leaf| by_leaf(leaf, &satisfier)))?;
            Some((ScriptBuf::new(), witness))
        }
    }
}

/// The signatures of one input; all are in order of input.
pub(crate) fn of_input(signatures: &[Candidate], input: usize) -> &[Candidate] {
    let start = signatures.partition_point(|s| s.input < input);
    let end = signatures.partition_point(|s| s.input <= input);
    signatures.get(start..end).unwrap_or_default()
}

/// The witness of a script path (BIP-341): what satisfies the script, the script, its control block.
fn by_leaf(leaf: &Leaf, signatures: &Signatures) -> Option<Witness> {
    let control_block = leaf.control_block.as_ref()?;
    let mut stack = leaf.miniscript()?.satisfy(signatures).ok()?;
    stack.push(leaf.script.to_bytes());
    stack.push(control_block.serialize());
    Some(Witness::from_slice(&stack))
}

/// Verified signatures of one input, and what the transaction's time locks satisfy.
struct Signatures {
    ecdsa: BTreeMap<PublicKey, ecdsa::Signature>,
    tap_key: Option<taproot::Signature>,
    tap_script: BTreeMap<(XOnlyPublicKey, TapLeafHash), taproot::Signature>,
    times: Times,
}

impl Signatures {
    fn new(times: Times) -> Self {
        Self { ecdsa: BTreeMap::new(), tap_key: None, tap_script: BTreeMap::new(), times }
    }

    fn add(&mut self, by: SignedBy, bytes: &[u8]) {
        let schnorr = || taproot::Signature::from_slice(bytes).ok();
        match by {
            SignedBy::Ecdsa(key) => self.ecdsa.extend(ecdsa::Signature::from_slice(bytes).ok().map(|s| (key, s))),
            SignedBy::TapKey => self.tap_key = schnorr(),
            SignedBy::TapScript(key, leaf) => self.tap_script.extend(schnorr().map(|s| ((key, leaf), s))),
            // The signature that all of them make stands beside them.
            SignedBy::Musig(_) => {}
        }
    }
}

impl Satisfier<PublicKey> for Signatures {
    fn lookup_ecdsa_sig(&self, key: &PublicKey) -> Option<ecdsa::Signature> {
        self.ecdsa.get(key).copied()
    }

    fn lookup_tap_key_spend_sig(&self) -> Option<taproot::Signature> {
        self.tap_key
    }

    fn lookup_tap_leaf_script_sig(&self, key: &PublicKey, leaf: &TapLeafHash) -> Option<taproot::Signature> {
        self.tap_script.get(&(key.to_x_only_pubkey(), *leaf)).copied()
    }

    fn check_after(&self, lock: absolute::LockTime) -> bool {
        self.times.after(lock)
    }

    fn check_older(&self, lock: relative::LockTime) -> bool {
        self.times.older(lock)
    }
}

impl Satisfier<XOnlyPublicKey> for Signatures {
    fn lookup_tap_leaf_script_sig(&self, key: &XOnlyPublicKey, leaf: &TapLeafHash) -> Option<taproot::Signature> {
        self.tap_script.get(&(*key, *leaf)).copied()
    }

    fn check_after(&self, lock: absolute::LockTime) -> bool {
        self.times.after(lock)
    }

    fn check_older(&self, lock: relative::LockTime) -> bool {
        self.times.older(lock)
    }
}
