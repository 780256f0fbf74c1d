//! Whether the device holds the wallet's keys: compared before anything is shown or signed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpub};
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use vitrine_bitcoin::{AccountKey, CheckedPsbt, Multisig, Network, OwnKey, OwnScript, Wallet};

use super::multisig::{self, Holdings, has_single_path};
use super::plan::{Plan, Signer, unsupported};
use super::wire::Dialogue;
use super::{Trezor, numbers};
use crate::error::DeviceError;
use crate::limits;

/// Most messages of the device while its keys are asked for.
pub(super) fn message_limit(psbt: &CheckedPsbt) -> usize {
    let keys: usize = multisig::wallets(psbt).values().map(|multisig| multisig.keys().len()).sum();
    psbt.inputs().len().saturating_add(keys).saturating_add(limits::SHORT_OPERATION_MESSAGES)
}

impl Trezor {
    /// Compares the device's keys with those of the wallets with one key: an account key once, and from it each input's.
    pub(super) fn check_seed(&mut self, plan: &Plan<'_>, dialogue: &mut Dialogue<'_>) -> Result<(), DeviceError> {
        let secp = Secp256k1::verification_only();
        let mut account: Option<(DerivationPath, Xpub)> = None;
        for input in plan.own_inputs().filter(|input| input.multisig.is_none()) {
            let (origin, rest) = split(input.key.path());
            if account.as_ref().is_none_or(|(known, _)| *known != origin) {
                let key = self.public_key(&origin, plan.network, dialogue)?;
                account = Some((origin, key));
            }
            if let Some((_, key)) = &account {
                compare(&secp, key, &rest, input.key)?;
            }
        }
        Ok(())
    }

    /// Finds the device's key in every multisig wallet that pays. A wallet of which it has none is somebody else's to
    /// it, as long as it has one of another.
    ///
    /// # Errors
    /// [`DeviceError::WrongSeed`] naming the cosigners, if it holds no key of any wallet.
    pub(super) fn holdings(
        &mut self,
        psbt: &CheckedPsbt,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<Holdings, DeviceError> {
        let (wallets, mut found) = (multisig::wallets(psbt), Holdings::default());
        let mut asked = Asked::default();
        let mut missing = None;
        for (position, multisig) in &wallets {
            match self.held_key(multisig, psbt.network(), &mut asked, dialogue)? {
                Some(key) => found.insert(*position, key),
                None => drop(missing.get_or_insert(multisig)),
            }
        }
        let others = psbt.inputs().iter().filter_map(|input| input.own());
        let has_others = others.into_iter().any(|own| !wallets.contains_key(&own.wallet()));
        match missing {
            Some(multisig) if found.is_empty() && !has_others => Err(asked.wrong_seed(multisig)),
            _ => Ok(found),
        }
    }

    /// The key by which the device has a part in a script.
    pub(super) fn signer<'s>(
        &mut self,
        wallet: &Wallet,
        own: &'s OwnScript,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<Signer<'s>, DeviceError> {
        let unknown = || unsupported(format!("a {} of {} keys", own.kind().name(), own.keys().len()));
        let Some(multisig) = wallet.multisig() else { return Signer::single(own).ok_or_else(unknown) };
        if multisig.keys().len() > multisig::MOST_KEYS {
            return Err(unknown());
        }
        let mut asked = Asked::default();
        let key = self.held_key(&multisig, wallet.network(), &mut asked, dialogue)?;
        let key = key.ok_or_else(|| asked.wrong_seed(&multisig))?;
        let signer = Signer::of_multisig(own, &multisig, key).ok_or_else(unknown)?;
        if !signer.multisig.as_ref().is_none_or(has_single_path) {
            return Err(unsupported("an address whose keys lie behind different steps".to_owned()));
        }
        let sorts = self.model.as_ref().is_none_or(|model| model.sorts_keys);
        if multisig.is_sorted() && !sorts {
            return Err(unsupported("a multisig of sorted keys, which newer firmware knows".to_owned()));
        }
        Ok(signer)
    }

    /// The first key of a multisig that the device holds: the extended key at its path is the wallet's.
    fn held_key(
        &mut self,
        multisig: &Multisig,
        network: Network,
        asked: &mut Asked,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<Option<usize>, DeviceError> {
        for (position, key) in multisig.keys().iter().enumerate() {
            let own = match asked.keys.entry(numbers(&key.path)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => *place.insert(self.public_key(&key.path, network, dialogue)?),
            };
            if is_same(&own, key) {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}

/// The device's extended keys, by path.
#[derive(Default)]
struct Asked {
    keys: BTreeMap<Vec<u32>, Xpub>,
}

impl Asked {
    fn wrong_seed(&self, multisig: &Multisig) -> DeviceError {
        let first = multisig.keys().first();
        let fingerprints: Vec<String> = multisig.keys().iter().map(|key| key.fingerprint.to_string()).collect();
        let own = first.and_then(|key| self.keys.get(&numbers(&key.path)));
        DeviceError::WrongSeed {
            path: first.map_or_else(String::new, |key| format!("m/{}", key.path)),
            expected: format!("the keys of cosigners {}", fingerprints.join(", ")),
            found: own.map_or_else(String::new, |own| format!("none of them but {}", own.public_key)),
        }
    }
}

/// Whether two extended keys derive the same keys.
fn is_same(own: &Xpub, of_wallet: &AccountKey) -> bool {
    own.public_key == of_wallet.xpub.public_key && own.chain_code == of_wallet.xpub.chain_code
}

/// Splits a path after its last hardened step, up to which only the device can derive.
fn split(path: &DerivationPath) -> (DerivationPath, Vec<ChildNumber>) {
    let steps: &[ChildNumber] = path.as_ref();
    let hardened = steps.iter().rposition(ChildNumber::is_hardened).map_or(0, |last| last.saturating_add(1));
    let (origin, rest) = steps.split_at(hardened);
    (DerivationPath::from(origin.to_vec()), rest.to_vec())
}

fn compare(
    secp: &Secp256k1<VerifyOnly>,
    account: &Xpub,
    rest: &[ChildNumber],
    wallet: &OwnKey,
) -> Result<(), DeviceError> {
    const AT: &str = "GetPublicKey";
    let derived = account.derive_pub(secp, &rest).map_err(|_| DeviceError::Malformed { at: AT, what: "a weak key" })?;
    let (found, expected) = (derived.public_key, wallet.public_key().inner);
    if found.x_only_public_key().0 == expected.x_only_public_key().0 {
        return Ok(());
    }
    Err(DeviceError::WrongSeed {
        path: format!("m/{}", wallet.path()),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}
