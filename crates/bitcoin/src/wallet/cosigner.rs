//! Who holds the keys of a wallet, and how far its addresses are used.

use std::collections::BTreeSet;

use bitcoin::bip32::Fingerprint;

use super::WalletError;

/// A person or place that holds a key of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigner {
    /// The name as registered.
    pub name: String,
    /// Fingerprint of the master key that they hold.
    pub fingerprint: Fingerprint,
}

/// The highest indexes that a wallet has used, as whoever prepared the ceremony states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUsed {
    /// Highest used index of the receive path; none if it is not stated.
    pub receive: Option<u32>,
    /// Highest used index of the change path; none if it is not stated.
    pub change: Option<u32>,
    /// Unused addresses in a row after which wallets stop looking.
    pub gap: u32,
}

impl LastUsed {
    /// The gap that most wallets use (BIP-44).
    pub const GAP: u32 = 20;

    /// The highest index that a wallet still finds on a path; none if the highest used one is not stated.
    pub fn last_found(&self, change: bool) -> Option<u32> {
        let used = if change { self.change } else { self.receive };
        used.map(|used| used.saturating_add(self.gap))
    }
}

impl Default for LastUsed {
    fn default() -> Self {
        Self { receive: None, change: None, gap: Self::GAP }
    }
}

/// Checks that each cosigner has a key of the wallet, and each key and name one cosigner at most.
pub(super) fn check_cosigners(cosigners: &[Cosigner], fingerprints: &[Fingerprint]) -> Result<(), WalletError> {
    let (mut names, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for Cosigner { name, fingerprint } in cosigners {
        let (name, fingerprint) = (name.clone(), *fingerprint);
        if !fingerprints.contains(&fingerprint) {
            return Err(WalletError::StrangeCosigner { name, fingerprint });
        }
        if !seen.insert(fingerprint) || !names.insert(name.clone()) {
            return Err(WalletError::CosignerTwice { name, fingerprint });
        }
    }
    Ok(())
}
