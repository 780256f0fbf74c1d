//! Which scripts are ours: derived from the registered wallets once, looked up by the bytes of the script.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::bip32::{DerivationPath, Fingerprint};
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Psbt, Script, ScriptBuf};

use crate::limits::{MAX_DERIVATIONS, MAX_WINDOW, WINDOW_PAST_HINT};
use crate::{CheckError, OwnScript, ScriptKind, Wallet};

/// Own scripts that this request could contain.
pub(crate) struct Ours<'a> {
    wallets: &'a [Wallet],
    fingerprints: BTreeSet<Fingerprint>,
    by_script: BTreeMap<ScriptBuf, OwnScript>,
}

/// Wallet, chain and index of one derivation.
type Place = (usize, usize, u32);

impl<'a> Ours<'a> {
    /// Derives every script that the request hints at; and where a script could be one that it hides, all low indexes.
    pub(crate) fn derive(wallets: &'a [Wallet], psbt: &Psbt) -> Result<Self, CheckError> {
        let mut places = BTreeSet::new();
        let mut keys = 0usize;
        for path in hints(psbt) {
            keys = keys.saturating_add(add_hint(&mut places, wallets, path));
            if keys > MAX_DERIVATIONS {
                return Err(CheckError::TooManyHints { limit: MAX_DERIVATIONS });
            }
        }
        let windows = windows(&places, wallets);
        let scripts = scripts(psbt);
        for script in &scripts {
            let first = |(n, wallet): (usize, &Wallet)| wallet.first_place(script).map(|(chain, i)| (n, chain, i));
            places.extend(wallets.iter().enumerate().filter_map(first));
        }
        let secp = Secp256k1::verification_only();
        let fingerprints = wallets.iter().flat_map(Wallet::fingerprints).collect();
        let mut ours = Self { wallets, fingerprints, by_script: BTreeMap::new() };
        for place in &places {
            ours.derive_at(*place, &secp);
        }
        for place in ours.hidden_places(&windows, &scripts).difference(&places) {
            ours.derive_at(*place, &secp);
        }
        Ok(ours)
    }

    /// Low indexes of each wallet to which a script without known owner could belong, by its form.
    fn hidden_places(&self, windows: &[(usize, u32)], scripts: &BTreeSet<&Script>) -> BTreeSet<Place> {
        let unexplained: Vec<&&Script> = scripts.iter().filter(|script| self.find(script).is_none()).collect();
        let mut places = BTreeSet::new();
        for (position, last) in windows {
            let Some(wallet) = self.wallets.get(*position) else { continue };
            if !unexplained.iter().any(|script| has_form(script, wallet.kind())) {
                continue;
            }
            for chain in (0..wallet.chain_count()).filter(|chain| wallet.is_ranged(*chain)) {
                places.extend((wallet.first_count()..=*last).map(|index| (*position, chain, index)));
            }
        }
        places
    }

    fn derive_at(&mut self, (wallet, chain, index): Place, secp: &Secp256k1<VerifyOnly>) {
        let own = self.wallets.get(wallet).and_then(|w| w.derive(wallet, chain, index, secp));
        if let Some(own) = own {
            // The first wallet that derives a script keeps it.
            let known = self.by_script.entry(own.script_pubkey());
            known.and_modify(|known| keep_first(known, &own)).or_insert(own);
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

/// The last index of each wallet's window, a little past the highest hint; a wallet without index is not listed.
fn windows(places: &BTreeSet<Place>, wallets: &[Wallet]) -> Vec<(usize, u32)> {
    let keys: usize = wallets.iter().map(|wallet| wallet.chain_count().saturating_mul(wallet.key_count())).sum();
    let share = u32::try_from(MAX_DERIVATIONS.checked_div(keys.max(1)).unwrap_or(0)).unwrap_or(MAX_WINDOW);
    let last = |wallet| {
        let past = highest_hint(places, wallet).saturating_add(WINDOW_PAST_HINT);
        (wallet, past.min(MAX_WINDOW).min(share))
    };
    (0..wallets.len()).map(last).collect()
}

/// The locking scripts that the request spends, as far as it states them, and those that it pays to.
fn scripts(psbt: &Psbt) -> BTreeSet<&Script> {
    let inputs = psbt.unsigned_tx.input.iter().zip(&psbt.inputs).flat_map(|(txin, input)| {
        let vout = usize::try_from(txin.previous_output.vout).unwrap_or(usize::MAX);
        let previous = input.non_witness_utxo.as_ref().and_then(|tx| tx.output.get(vout));
        previous.into_iter().chain(&input.witness_utxo)
    });
    inputs.chain(&psbt.unsigned_tx.output).map(|output| output.script_pubkey.as_script()).collect()
}

/// Whether a locking script has the form that a wallet's scripts have.
fn has_form(script: &Script, kind: ScriptKind) -> bool {
    match kind {
        ScriptKind::P2shP2wpkh | ScriptKind::P2shP2wsh => script.is_p2sh(),
        // A bare descriptor can be of any form that has no hash.
        ScriptKind::P2pk | ScriptKind::BareMultisig | ScriptKind::Unknown => {
            matches!(ScriptKind::of(script), ScriptKind::P2pk | ScriptKind::BareMultisig | ScriptKind::Unknown)
        }
        other => ScriptKind::of(script) == other,
    }
}

/// Of two places that derive one script the first stays.
fn keep_first(known: &mut OwnScript, other: &OwnScript) {
    let place = |own: &OwnScript| (own.wallet(), own.change(), own.index());
    if place(other) < place(known) {
        *known = other.clone();
    }
}

/// The highest index hinted at that is still within the window; hints beyond do not widen it.
fn highest_hint(places: &BTreeSet<Place>, wallet: usize) -> u32 {
    let of_wallet = places.range((wallet, 0, 0)..(wallet.saturating_add(1), 0, 0));
    of_wallet.map(|(_, _, index)| *index).filter(|index| *index <= MAX_WINDOW).max().unwrap_or(0)
}
