//! How many signatures an input still needs, by the cheapest way that its descriptor leaves open.

use bitcoin::{PublicKey, Sequence, Transaction, absolute, relative};
use miniscript::policy::Liftable as _;
use miniscript::policy::semantic::Policy;
use miniscript::{Descriptor, MiniscriptKey, ToPublicKey as _};

use crate::leaf::Leaf;
use crate::signature::SignedBy;

/// The point of BIP-341 whose private key nobody knows: a key path that cannot be used.
pub(crate) const NOBODYS_KEY: &str = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

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
/// Of the ways that a taproot tree leaves open, those count in which somebody has signed already.
pub(crate) fn missing(descriptor: &Descriptor<PublicKey>, times: Times, signed: &[SignedBy]) -> Option<usize> {
    let Descriptor::Tr(tr) = descriptor else {
        let policy = descriptor.lift().ok()?;
        return cost(&policy, times, &|key: &PublicKey| signed.contains(&SignedBy::Ecdsa(*key)));
    };
    let by_key = signed.contains(&SignedBy::TapKey);
    let is_usable = tr.internal_key().to_x_only_pubkey().to_string() != NOBODYS_KEY;
    let mut ways = vec![(by_key, is_usable.then_some(usize::from(!by_key)))];
    for ((_, script), leaf) in tr.iter_scripts().zip(Leaf::of_descriptor(descriptor)) {
        let has = |key: &PublicKey| signed.contains(&SignedBy::TapScript(key.to_x_only_pubkey(), leaf.hash));
        let begun = script.iter_pk().any(|key| has(&key));
        ways.push((begun, script.lift().ok().and_then(|policy| cost(&policy, times, &has))));
    }
    let begun = ways.iter().any(|(begun, needs)| *begun && needs.is_some());
    ways.into_iter().filter(|(b, _)| *b == begun).filter_map(|(_, needs)| needs).min()
}

fn cost<K: MiniscriptKey>(policy: &Policy<K>, times: Times, signed: &impl Fn(&K) -> bool) -> Option<usize> {
    match policy {
        Policy::Trivial => Some(0),
        Policy::Key(key) => Some(usize::from(!signed(key))),
        Policy::After(lock) => times.after((*lock).into()).then_some(0),
        Policy::Older(lock) => times.older((*lock).into()).then_some(0),
        Policy::Thresh(threshold) => {
            let mut costs: Vec<usize> = threshold.iter().filter_map(|sub| cost(sub, times, signed)).collect();
            costs.sort_unstable();
            let cheapest = costs.get(..threshold.k())?;
            Some(cheapest.iter().sum())
        }
        Policy::Unsatisfiable | Policy::Sha256(_) | Policy::Hash256(_) | Policy::Ripemd160(_) | Policy::Hash160(_) => {
            None
        }
    }
}
