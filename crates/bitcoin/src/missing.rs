//! How many signatures an input still needs, by the cheapest way that its descriptor leaves open.

use bitcoin::{PublicKey, Sequence, Transaction, absolute, relative};
use miniscript::policy::Liftable as _;
use miniscript::policy::semantic::Policy;
use miniscript::{Descriptor, MiniscriptKey, ToPublicKey as _};

use crate::check::JointKey;
use crate::leaf::{Leaf, is_nobodys_key};
use crate::signature::SignedBy;

/// The time locks that a transaction satisfies in one input (BIP-65, BIP-68, BIP-112).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// None if the input's sequence switches the lock time off.
    lock_time: Option<absolute::LockTime>,
    relative: Option<relative::LockTime>,
}

impl Times {
    pub(crate) fn new(transaction: &Transaction, sequence: Sequence) -> Self {
        let lock_time = (sequence != Sequence::MAX).then_some(transaction.lock_time);
        let relative = if transaction.version.0 >= 2 { sequence.to_relative_lock_time() } else { None };
        Self { lock_time, relative }
    }

    pub(crate) fn after(&self, lock: absolute::LockTime) -> bool {
        self.lock_time.is_some_and(|lock_time| lock.is_implied_by(lock_time))
    }

    pub(crate) fn older(&self, lock: relative::LockTime) -> bool {
        self.relative.is_some_and(|relative| lock.is_implied_by(relative))
    }
}

/// The least number of further signatures; none if signatures alone cannot do it.
///
/// Of the ways that a taproot tree leaves open, those count in which somebody has signed already. Each participant of an
/// aggregate key has to sign (BIP-327); `joint_keys` are the aggregates of the input.
pub(crate) fn missing(
    descriptor: &Descriptor<PublicKey>,
    times: Times,
    signed: &[SignedBy],
    joint_keys: &[JointKey],
) -> Option<usize> {
    let Descriptor::Tr(tr) = descriptor else {
        let policy = descriptor.lift().ok()?;
        return cost(&policy, times, &|key: &PublicKey| usize::from(!signed.contains(&SignedBy::Ecdsa(*key))));
    };
    let signatures = Signatures { signed, joint_keys };
    let by_key = signatures.of_key(SignedBy::TapKey, |joint| joint.leaf.is_none());
    let is_usable = !is_nobodys_key(&tr.internal_key().to_x_only_pubkey());
    let mut ways = vec![(by_key.begun, is_usable.then_some(by_key.missing))];
    for ((_, script), leaf) in tr.iter_scripts().zip(Leaf::of_descriptor(descriptor)) {
        let state = |key: &PublicKey| {
            let key = key.to_x_only_pubkey();
            let is_for = |joint: &JointKey| joint.leaf == Some(leaf.hash) && joint.x_only_key() == key;
            signatures.of_key(SignedBy::TapScript(key, leaf.hash), is_for)
        };
        let begun = script.iter_pk().any(|key| state(&key).begun);
        let needs = script.lift().ok().and_then(|policy| cost(&policy, times, &|key| state(key).missing));
        ways.push((begun, needs));
    }
    let begun = ways.iter().any(|(begun, needs)| *begun && needs.is_some());
    ways.into_iter().filter(|(b, _)| *b == begun).filter_map(|(_, needs)| needs).min()
}

/// What is there of the signatures of one input.
struct Signatures<'a> {
    signed: &'a [SignedBy],
    joint_keys: &'a [JointKey],
}

/// How far the signature of one key is.
struct KeyState {
    begun: bool,
    missing: usize,
}

impl Signatures<'_> {
    /// The state of a key; if it is an aggregate, each partial signature counts.
    fn of_key(&self, by: SignedBy, is_for: impl Fn(&JointKey) -> bool) -> KeyState {
        if self.signed.contains(&by) {
            return KeyState { begun: true, missing: 0 };
        }
        let Some(joint) = self.joint_keys.iter().find(|joint| is_for(joint)) else {
            return KeyState { begun: false, missing: 1 };
        };
        let participants = joint.key_agg.participants();
        let missing = participants.iter().filter(|key| !self.signed.contains(&joint.signed_by(key))).count();
        KeyState { begun: missing < participants.len(), missing }
    }
}

fn cost<K: MiniscriptKey>(policy: &Policy<K>, times: Times, missing: &impl Fn(&K) -> usize) -> Option<usize> {
    match policy {
        Policy::Trivial => Some(0),
        Policy::Key(key) => Some(missing(key)),
        Policy::After(lock) => times.after((*lock).into()).then_some(0),
        Policy::Older(lock) => times.older((*lock).into()).then_some(0),
        Policy::Thresh(threshold) => {
            let mut costs: Vec<usize> = threshold.iter().filter_map(|sub| cost(sub, times, missing)).collect();
            costs.sort_unstable();
            let cheapest = costs.get(..threshold.k())?;
            Some(cheapest.iter().sum())
        }
        Policy::Unsatisfiable | Policy::Sha256(_) | Policy::Hash256(_) | Policy::Ripemd160(_) | Policy::Hash160(_) => {
            None
        }
    }
}
