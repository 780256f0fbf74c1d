//! Which scripts are ours: derived from the registered wallets once, looked up by the bytes of the script.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::bip32::{DerivationPath, Fingerprint};
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Psbt, Script, ScriptBuf};

use crate::limits::{MAX_DERIVATIONS, MAX_WINDOW, WINDOW_PAST_HINT};
use crate::{CheckError, OwnScript, Wallet};

/// Own scripts that this request could contain.
pub(crate) struct Ours<'a> {
    wallets: &'a [Wallet],
    fingerprints: BTreeSet<Fingerprint>,
    by_script: BTreeMap<ScriptBuf, OwnScript>,
}

/// Wallet, chain and index of one derivation.
type Place = (usize, usize, u32);

impl<'a> Ours<'a> {
    /// Derives every script that the request hints at, and a window of low indexes that it may hide.
    pub(crate) fn derive(wallets: &'a [Wallet], psbt: &Psbt) -> Result<Self, CheckError> {
        let mut places = BTreeSet::new();
        let mut keys = 0usize;
        for path in hints(psbt) {
            keys = keys.saturating_add(add_hint(&mut places, wallets, path));
            if keys > MAX_DERIVATIONS {
                return Err(CheckError::TooManyHints { limit: MAX_DERIVATIONS });
            }
        }
        add_windows(&mut places, wallets);
        let secp = Secp256k1::verification_only();
        let fingerprints = wallets.iter().flat_map(Wallet::fingerprints).collect();
        let mut ours = Self { wallets, fingerprints, by_script: BTreeMap::new() };
        for place in places {
            ours.derive_at(place, &secp);
        }
        Ok(ours)
    }

    fn derive_at(&mut self, (wallet, chain, index): Place, secp: &Secp256k1<VerifyOnly>) {
        let own = self.wallets.get(wallet).and_then(|w| w.derive(wallet, chain, index, secp));
        if let Some(own) = own {
            // The first wallet that derives a script keeps it.
            self.by_script.entry(own.script_pubkey()).or_insert(own);
        }
    }

    /// Where a wallet derives exactly this script.
    pub(crate) fn find(&self, script: &Script) -> Option<&OwnScript> {
        self.by_script.get(script)
    }

    /// Whether a key origin claims a key of a registered wallet's master key.
    pub(crate) fn claims(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprints.contains(&fingerprint)
    }
}

/// All paths that the request's key origins name, of inputs and outputs.
fn hints(psbt: &Psbt) -> impl Iterator<Item = &DerivationPath> {
    let inputs = psbt.inputs.iter().flat_map(|input| {
        let plain = input.bip32_derivation.values().map(|(_, path)| path);
        plain.chain(input.tap_key_origins.values().map(|(_, (_, path))| path))
    });
    let outputs = psbt.outputs.iter().flat_map(|output| {
        let plain = output.bip32_derivation.values().map(|(_, path)| path);
        plain.chain(output.tap_key_origins.values().map(|(_, (_, path))| path))
    });
    inputs.chain(outputs)
}

/// Adds the places that a path could lead to, and returns how many keys these cost to derive.
fn add_hint(places: &mut BTreeSet<Place>, wallets: &[Wallet], path: &DerivationPath) -> usize {
    let mut keys = 0usize;
    for (position, wallet) in wallets.iter().enumerate() {
        for chain in 0..wallet.chain_count() {
            let index = wallet.hinted_index(chain, path);
            if index.is_some_and(|index| places.insert((position, chain, index))) {
                keys = keys.saturating_add(wallet.key_count());
            }
        }
    }
    keys
}

/// Adds the indexes from 0 to a little past the highest hint of each wallet.
fn add_windows(places: &mut BTreeSet<Place>, wallets: &[Wallet]) {
    let keys: usize = wallets.iter().map(|wallet| wallet.chain_count().saturating_mul(wallet.key_count())).sum();
    let share = u32::try_from(MAX_DERIVATIONS.checked_div(keys.max(1)).unwrap_or(0)).unwrap_or(MAX_WINDOW);
    let highest: Vec<u32> = (0..wallets.len()).map(|wallet| highest_hint(places, wallet)).collect();
    for ((position, wallet), highest) in wallets.iter().enumerate().zip(highest) {
        for chain in 0..wallet.chain_count() {
            let past = highest.saturating_add(WINDOW_PAST_HINT);
            let last = if wallet.is_ranged(chain) { past.min(MAX_WINDOW).min(share) } else { 0 };
            places.extend((0..=last).map(|index| (position, chain, index)));
        }
    }
}

/// The highest index hinted at that is still within the window; hints beyond do not widen it.
fn highest_hint(places: &BTreeSet<Place>, wallet: usize) -> u32 {
    let of_wallet = places.range((wallet, 0, 0)..(wallet.saturating_add(1), 0, 0));
    of_wallet.map(|(_, _, index)| *index).filter(|index| *index <= MAX_WINDOW).max().unwrap_or(0)
}
