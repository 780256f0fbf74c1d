//! What a wallet's keys may be.

use std::collections::BTreeSet;

use bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use bitcoin::{NetworkKind, PrivateKey, XOnlyPublicKey};
use miniscript::descriptor::{DescriptorPublicKey, SinglePubKey, Wildcard};
use miniscript::policy::Semantic;
use miniscript::{Descriptor, ForEachKey};

use super::{AccountKey, WalletError};
use crate::Network;
use crate::leaf::is_nobodys_key;

/// Whether any key expression is a private key: extended (BIP-32) or alone (WIF).
pub(super) fn has_private_key(descriptor: &str) -> bool {
    let mut keys = descriptor.split(['(', ')', '[', ']', '{', '}', ',', '/', '#']);
    keys.any(|key| key.starts_with("xprv") || key.starts_with("tprv") || PrivateKey::from_wif(key).is_ok())
}

/// Checks each key, and that no two of them are one key in disguise.
pub(super) fn check_keys(keys: &[DescriptorPublicKey], network: Network) -> Result<(), WalletError> {
    keys.iter().try_for_each(|key| check_key(key, network))?;
    let roots: Vec<AccountKey> = keys.iter().filter_map(account_key).collect();
    for (n, key) in roots.iter().enumerate() {
        let disguised = |other: &&AccountKey| other.xpub.public_key == key.xpub.public_key && *other != key;
        if let Some(other) = roots.iter().take(n).find(disguised) {
            return Err(WalletError::DuplicateKey { first: other.to_string(), second: key.to_string() });
        }
    }
    Ok(())
}

/// Checks that all keys with several paths have equally many, since a path that only some have would be left out, and
/// that no key has one of them twice: change would go to addresses that are given to payers (BIP-389).
pub(super) fn check_paths(keys: &[DescriptorPublicKey]) -> Result<(), WalletError> {
    let malformed = |reason: &str| Err(WalletError::Descriptor { reason: reason.to_owned() });
    let paths: Vec<&Vec<DerivationPath>> = keys.iter().filter_map(paths).collect();
    if paths.iter().any(|paths| paths.iter().collect::<BTreeSet<_>>().len() < paths.len()) {
        return malformed("a key of it has one path twice, and change needs a path of its own");
    }
    match paths.iter().map(|paths| paths.len()).collect::<BTreeSet<_>>().len() {
        0 | 1 => Ok(()),
        _ => malformed("its keys have different numbers of paths"),
    }
}

/// The paths of a key that has several.
fn paths(key: &DescriptorPublicKey) -> Option<&Vec<DerivationPath>> {
    match key {
        DescriptorPublicKey::MultiXPub(xkey) => Some(xkey.derivation_paths.paths()),
        DescriptorPublicKey::Single(_) | DescriptorPublicKey::XPub(_) => None,
    }
}

/// Checks that nobody holds two of the keys of one threshold: who does has more votes than it seems.
pub(super) fn check_votes(policy: &Semantic<DescriptorPublicKey>) -> Result<(), WalletError> {
    let Semantic::Thresh(thresh) = policy else { return Ok(()) };
    let keys = thresh.iter().filter_map(|sub| if let Semantic::Key(key) = sub.as_ref() { Some(key) } else { None });
    let mut roots: Vec<(XOnlyPublicKey, &DescriptorPublicKey)> = Vec::new();
    for key in keys.filter(|_| thresh.k() > 1) {
        let root = root(key);
        if let Some((_, other)) = roots.iter().find(|(seen, _)| *seen == root) {
            return Err(WalletError::DuplicateKey { first: other.to_string(), second: key.to_string() });
        }
        roots.push((root, key));
    }
    thresh.iter().try_for_each(|sub| check_votes(sub))
}

/// The point that a key expression starts from. Who has the private key of a point has that of its negation.
pub(super) fn root(key: &DescriptorPublicKey) -> XOnlyPublicKey {
    match key {
        DescriptorPublicKey::Single(single) => match single.key {
            SinglePubKey::FullKey(key) => key.inner.x_only_public_key().0,
            SinglePubKey::XOnly(key) => key,
        },
        DescriptorPublicKey::XPub(xkey) => xkey.xkey.public_key.x_only_public_key().0,
        DescriptorPublicKey::MultiXPub(xkey) => xkey.xkey.public_key.x_only_public_key().0,
    }
}

/// How many of how many keys, if that is all there is to it.
pub(super) fn threshold(policy: &Semantic<DescriptorPublicKey>) -> Option<(usize, usize)> {
    let Semantic::Thresh(thresh) = policy else { return None };
    let plain = thresh.iter().all(|sub| matches!(sub.as_ref(), Semantic::Key(_)));
    (plain && thresh.n() > 1).then(|| (thresh.k(), thresh.n()))
}

/// A policy without the branches that nobody can take: keys whose private key nobody knows (BIP-341).
pub(super) fn without_nobody(policy: Semantic<DescriptorPublicKey>) -> Semantic<DescriptorPublicKey> {
    let Semantic::Thresh(thresh) = &policy else { return policy };
    let open: Vec<_> = thresh.iter().filter(|sub| !is_nobody(sub)).collect();
    match open.as_slice() {
        [only] if thresh.k() == 1 && thresh.n() == 2 => only.as_ref().clone(),
        _ => policy,
    }
}

fn is_nobody(policy: &Semantic<DescriptorPublicKey>) -> bool {
    matches!(policy, Semantic::Key(key) if is_nobodys_key(&root(key)))
}

/// All key expressions, in order.
pub(super) fn keys_of(descriptor: &Descriptor<DescriptorPublicKey>) -> Vec<DescriptorPublicKey> {
    let mut keys = Vec::new();
    descriptor.for_each_key(|key| {
        keys.push(key.clone());
        true
    });
    keys
}

fn check_key(key: &DescriptorPublicKey, network: Network) -> Result<(), WalletError> {
    let (kind, wildcard) = match key {
        DescriptorPublicKey::Single(_) => return Ok(()),
        DescriptorPublicKey::XPub(xkey) => (xkey.xkey.network, xkey.wildcard),
        DescriptorPublicKey::MultiXPub(xkey) => (xkey.xkey.network, xkey.wildcard),
    };
    if kind != NetworkKind::from(network.to_bitcoin()) {
        return Err(WalletError::OtherNetwork { key: key.to_string(), network });
    }
    if wildcard == Wildcard::Hardened || key.has_hardened_step() {
        return Err(WalletError::Hardened { key: key.to_string() });
    }
    Ok(())
}

/// Network of an extended key.
pub(super) fn network_of(key: &DescriptorPublicKey) -> Option<NetworkKind> {
    account_key(key).map(|key| key.xpub.network)
}

/// The extended key of a key expression with its origin; none for a single key.
pub(super) fn account_key(key: &DescriptorPublicKey) -> Option<AccountKey> {
    let (origin, xpub): (&Option<(Fingerprint, DerivationPath)>, Xpub) = match key {
        DescriptorPublicKey::Single(_) => return None,
        DescriptorPublicKey::XPub(xkey) => (&xkey.origin, xkey.xkey),
        DescriptorPublicKey::MultiXPub(xkey) => (&xkey.origin, xkey.xkey),
    };
    let path = origin.as_ref().map(|(_, path)| path.clone()).unwrap_or_default();
    Some(AccountKey { fingerprint: key.master_fingerprint(), path, xpub })
}

/// The steps after the extended key, as written: `/<0;1>/*`. None for a single key.
pub(super) fn suffix(key: &DescriptorPublicKey) -> Option<String> {
    let xpub = account_key(key)?.xpub.to_string();
    let text = key.to_string();
    text.split_once(&xpub).map(|(_, suffix)| suffix.to_owned())
}
