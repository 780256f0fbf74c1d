//! A policy as the host gives it, and scripts made of keys that the host gives.

use std::collections::BTreeMap;

use bitcoin::bip32::ChildNumber;
use bitcoin::{PublicKey, ScriptBuf};
use miniscript::Descriptor;

use super::App;
use super::host::{Hash, Tree};
use super::policy::{Fetch, Header, KEY_BYTES, KeyInfo, POLICY_BYTES, TEMPLATE_BYTES, Template, wallet_id};

/// A wallet's policy.
#[derive(Clone)]
pub(super) struct Wallet {
    pub(super) id: Hash,
    pub(super) name: String,
    pub(super) template_text: String,
    pub(super) template: Template,
    pub(super) keys: Tree,
}

impl App {
    /// Asks for the policy of this id.
    pub(super) async fn fetch_wallet(&self, id: &Hash) -> Option<Wallet> {
        let description = self.host.preimage(id, POLICY_BYTES).await?;
        self.read_wallet(&description).await
    }

    /// Reads a policy's description and asks for its template.
    pub(super) async fn read_wallet(&self, description: &[u8]) -> Option<Wallet> {
        let header = Header::read(description)?;
        let text = self.host.preimage(&header.template_hash, TEMPLATE_BYTES).await?;
        let template = (text.len() == header.template_bytes).then(|| Template::read(&text))??;
        let name = header.name.iter().map(|byte| char::from(*byte)).collect();
        let template_text = String::from_utf8(text).ok()?;
        Some(Wallet { id: wallet_id(description), name, template_text, template, keys: header.keys })
    }

    pub(super) async fn key(&self, keys: &Tree, index: u64) -> Option<KeyInfo> {
        KeyInfo::read(&self.host.element(keys, index, KEY_BYTES).await?)
    }

    /// The path of a key that this device can derive itself.
    pub(super) fn own_path(&self, key: &KeyInfo) -> Option<Vec<ChildNumber>> {
        let (fingerprint, path) = key.origin.as_ref()?;
        if *fingerprint != self.keys.fingerprint() || !self.is_allowed(path) {
            return None;
        }
        (self.keys.xpub(path)? == key.xpub).then(|| path.clone())
    }

    /// The scriptPubKey of one address.
    pub(super) async fn script(&self, wallet: &Wallet, change: bool, index: ChildNumber) -> Option<ScriptBuf> {
        let descriptor = self.descriptor(wallet, wallet.template.fetches(), change, index).await?;
        Some(descriptor.script_pubkey())
    }

    /// The descriptor of one address; only keys that are fetched are real.
    pub(super) async fn descriptor(
        &self,
        wallet: &Wallet,
        fetches: Vec<Fetch>,
        change: bool,
        index: ChildNumber,
    ) -> Option<Descriptor<PublicKey>> {
        let mut keys = BTreeMap::new();
        for fetch in fetches {
            match fetch {
                Fetch::One(place) => {
                    let key = self.derived(wallet, &place, change, index).await?;
                    keys.insert(place, key);
                }
                Fetch::Sorted(places) => self.sorted(wallet, places, change, index, &mut keys).await?,
            }
        }
        let any = *keys.values().next()?;
        for place in &wallet.template.places {
            keys.entry(place.text.clone()).or_insert(any);
        }
        wallet.template.with(&keys)
    }

    /// The app finds the smallest key, then the smallest of the others, and so on, and keeps none meanwhile.
    async fn sorted(
        &self,
        wallet: &Wallet,
        mut places: Vec<String>,
        change: bool,
        index: ChildNumber,
        keys: &mut BTreeMap<String, PublicKey>,
    ) -> Option<()> {
        while !places.is_empty() {
            let mut smallest: Option<(PublicKey, String)> = None;
            for place in &places {
                let key = self.derived(wallet, place, change, index).await?;
                if smallest.as_ref().is_none_or(|(known, _)| key.inner.serialize() < known.inner.serialize()) {
                    smallest = Some((key, place.clone()));
                }
            }
            let (key, place) = smallest?;
            places.retain(|other| *other != place);
            keys.insert(place, key);
        }
        Some(())
    }

    async fn derived(&self, wallet: &Wallet, place: &str, change: bool, index: ChildNumber) -> Option<PublicKey> {
        let place = wallet.template.places.iter().find(|known| known.text == place)?;
        let key = self.key(&wallet.keys, place.key).await?;
        let path = [place.step(change), index];
        let key = key.xpub.derive_pub(self.keys.secp(), &path).ok()?;
        Some(PublicKey::new(key.public_key))
    }
}
