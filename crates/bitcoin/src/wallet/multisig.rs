//! Plain multisig: scripts that ask for m of n keys and for nothing else.

use miniscript::descriptor::{DescriptorPublicKey, ShInner, SortedMultiVec, Wsh, WshInner};
use miniscript::{Descriptor, Miniscript, ScriptContext, Terminal};

use super::keys::account_key;
use super::{AccountKey, Wallet};
use crate::{CheckedInput, OwnKey};

/// What a wallet is whose scripts are `multi()` (BIP-383) or `sortedmulti()` in `wsh()`, `sh(wsh())` or `sh()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multisig {
    threshold: usize,
    sorted: bool,
    keys: Vec<AccountKey>,
}

impl Multisig {
    /// How many must sign: 1 to [`Multisig::keys`].
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// Whether the keys of each script are sorted (BIP-67); else they stand in the order of [`Multisig::keys`].
    pub fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// The extended keys, in the order of the descriptor: that of [`crate::OwnScript::keys`] too.
    pub fn keys(&self) -> &[AccountKey] {
        &self.keys
    }
}

impl Wallet {
    /// The multisig that its scripts are; none for any other wallet, and for one with a key that does not derive.
    pub fn multisig(&self) -> Option<Multisig> {
        let (threshold, sorted) = form(&self.descriptor)?;
        let keys: Vec<AccountKey> = self.keys.iter().filter(|key| key.has_wildcard()).filter_map(account_key).collect();
        (keys.len() == self.keys.len()).then_some(Multisig { threshold, sorted, keys })
    }
}

impl CheckedInput {
    /// Whether the request carries a valid ECDSA signature of this key for it.
    pub fn is_signed_by(&self, key: &OwnKey) -> bool {
        self.present.iter().any(|present| present.by == crate::signature::SignedBy::Ecdsa(key.public_key))
    }
}

/// Threshold, and whether the keys are sorted.
fn form(descriptor: &Descriptor<DescriptorPublicKey>) -> Option<(usize, bool)> {
    match descriptor {
        Descriptor::Wsh(wsh) => of_wsh(wsh),
        Descriptor::Sh(sh) => match sh.as_inner() {
            ShInner::Wsh(wsh) => of_wsh(wsh),
            ShInner::SortedMulti(multi) => Some(sorted(multi)),
            ShInner::Ms(script) => in_order(script),
            ShInner::Wpkh(_) => None,
        },
        _ => None,
    }
}

fn of_wsh(wsh: &Wsh<DescriptorPublicKey>) -> Option<(usize, bool)> {
    match wsh.as_inner() {
        WshInner::SortedMulti(multi) => Some(sorted(multi)),
        WshInner::Ms(script) => in_order(script),
    }
}

fn sorted<C: ScriptContext>(multi: &SortedMultiVec<DescriptorPublicKey, C>) -> (usize, bool) {
    (multi.k(), true)
}

fn in_order<C: ScriptContext>(script: &Miniscript<DescriptorPublicKey, C>) -> Option<(usize, bool)> {
    match &script.node {
        Terminal::Multi(threshold) => Some((threshold.k(), false)),
        _ => None,
    }
}
