//! Registered wallets: output descriptors (BIP-380 to BIP-389) that say which scripts are ours.

mod chain;
mod cosigner;
mod error;
mod export;
mod keys;
mod multisig;
mod policy;
mod registration;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Address, Script, ScriptBuf};
use miniscript::Descriptor;
use miniscript::descriptor::{DescriptorPublicKey, DescriptorType};
use miniscript::policy::Liftable as _;

use crate::limits::{MAX_DESCRIPTOR_CHARS, MAX_REGISTERED_KEYS, WINDOW_PAST_HINT};
use crate::{Network, OwnScript, ScriptKind};
use chain::{Chain, Derived};
pub use cosigner::{Cosigner, LastUsed};
pub use error::WalletError;
pub use export::WalletPolicy;
use keys::{
    account_key, check_keys, check_paths, check_votes, has_private_key, keys_of, suffix, threshold, without_nobody,
};
use miniscript::descriptor::checksum::desc_checksum;
pub use multisig::Multisig;
pub use policy::PolicyFault;
pub use registration::Registration;
use template::{Template, is_template};

/// A wallet registered for the ceremony, by its descriptor.
#[derive(Clone, Debug)]
pub struct Wallet {
    name: String,
    network: Network,
    /// As registered, with checksum.
    text: String,
    /// As miniscript parses it; with stand-ins where it does not parse what is registered.
    descriptor: Descriptor<DescriptorPublicKey>,
    /// All keys that somebody holds, in the order of the descriptor.
    keys: Vec<DescriptorPublicKey>,
    /// Receive, and change if the descriptor is multipath. One or two.
    chains: Vec<Chain>,
    /// How many of how many keys must sign, if that is all there is to it.
    threshold: Option<(usize, usize)>,
    cosigners: Vec<Cosigner>,
    last_used: LastUsed,
    registrations: Vec<Registration>,
    /// Its first scripts, derived when it is registered, with the path and index of each: no request can hide those.
    first_scripts: Arc<BTreeMap<ScriptBuf, (usize, u32)>>,
    /// Indexes below this are in `first_scripts`.
    first_count: u32,
}

/// An extended key of a wallet with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKey {
    /// Fingerprint of the master key.
    pub fingerprint: Fingerprint,
    /// Path from the master key to the extended key: `84'/1'/0'`.
    pub path: DerivationPath,
    /// The extended key.
    pub xpub: Xpub,
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}/{}]{}", self.fingerprint, self.path, self.xpub)
    }
}

impl Wallet {
    /// A wallet of this descriptor. For change to be recognised it needs two paths (BIP-389): `…/<0;1>/*`.
    ///
    /// # Errors
    /// [`WalletError`] if the descriptor is malformed, has private keys, hardened wildcards, more than two paths, one
    /// path twice, one key for two holders or keys of another network, or if its scripts have no address or name no
    /// keys.
    pub fn parse(name: &str, descriptor: &str, network: Network) -> Result<Self, WalletError> {
        let text = descriptor.trim();
        if text.len() > MAX_DESCRIPTOR_CHARS {
            return Err(WalletError::TooLong { chars: text.len() });
        }
        if has_private_key(text) {
            return Err(WalletError::PrivateKey);
        }
        let bare = without_checksum(text)?;
        check_form(bare)?;
        let secp = Secp256k1::verification_only();
        let template = if is_template(text) { Some(Template::parse(bare, &secp)?) } else { None };
        let descriptor: Descriptor<DescriptorPublicKey> = match &template {
            Some(template) => template.stand_in().parse().map_err(unreadable)?,
            None => text.parse().map_err(unreadable)?,
        };
        descriptor.sanity_check().map_err(unreadable)?;
        if descriptor.desc_type() == DescriptorType::Bare {
            let why = "it has no address; put it into wsh()";
            return Err(WalletError::Form { form: "a bare script", why });
        }
        let keys = template.as_ref().map_or_else(|| keys_of(&descriptor), Template::keys);
        check_keys(&keys, network)?;
        check_paths(&template.as_ref().map_or_else(|| keys.clone(), Template::deriving))?;
        let policy = descriptor.lift().ok().map(without_nobody);
        policy.as_ref().map_or(Ok(()), check_votes)?;
        let musig = template.as_ref().and_then(Template::sole_musig).map(|n| (n, n));
        let threshold = musig.or_else(|| policy.as_ref().and_then(threshold));
        let chains = chains(&descriptor, template.as_ref(), &secp)?;
        let text = match &template {
            Some(_) => with_checksum(bare)?,
            None => descriptor.to_string(),
        };
        let (name, cosigners, last_used) = (name.to_owned(), Vec::new(), LastUsed::default());
        let (first_scripts, first_count) = first_scripts(&chains, keys.len(), &secp);
        Ok(Self {
            name,
            network,
            text,
            descriptor,
            keys,
            chains,
            threshold,
            cosigners,
            last_used,
            registrations: Vec::new(),
            first_scripts: Arc::new(first_scripts),
            first_count,
        })
    }

    /// A wallet of a policy: a descriptor template with placeholders, and the keys that fill them (BIP-388).
    ///
    /// # Errors
    /// [`WalletError::Policy`] if template and keys make no policy, or whatever [`Wallet::parse`] says of the
    /// descriptor that they stand for.
    pub fn of_policy(name: &str, template: &str, keys: &[String], network: Network) -> Result<Self, WalletError> {
        if keys.iter().any(|key| has_private_key(key)) || has_private_key(template) {
            return Err(WalletError::PrivateKey);
        }
        let descriptor = policy::expand(template.trim(), keys).map_err(WalletError::Policy)?;
        Self::parse(name, &descriptor, network)
    }

    /// The wallet with names for those who hold its keys.
    ///
    /// # Errors
    /// [`WalletError`] if a fingerprint is in none of its keys, or named twice.
    pub fn with_cosigners(mut self, cosigners: Vec<Cosigner>) -> Result<Self, WalletError> {
        cosigner::check_cosigners(&cosigners, &self.fingerprints())?;
        self.cosigners = cosigners;
        Ok(self)
    }

    /// The wallet with the highest indexes that it has used.
    #[must_use]
    pub fn with_last_used(mut self, last_used: LastUsed) -> Self {
        self.last_used = last_used;
        self
    }

    /// The wallet with what devices gave when it was registered with them.
    #[must_use]
    pub fn with_registrations(mut self, registrations: Vec<Registration>) -> Self {
        self.registrations = registrations;
        self
    }

    /// What devices gave when it was registered with them.
    pub fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    /// Those who hold its keys, as registered; empty if nobody is named.
    pub fn cosigners(&self) -> &[Cosigner] {
        &self.cosigners
    }

    /// The highest indexes that it has used, as registered.
    pub fn last_used(&self) -> LastUsed {
        self.last_used
    }

    /// How many of how many keys must sign; none if its rules are more than that, or there is one key.
    pub fn threshold(&self) -> Option<(usize, usize)> {
        self.threshold
    }

    /// Whether its keys derive their addresses by different steps after the extended keys.
    pub(crate) fn has_unequal_suffixes(&self) -> bool {
        let keys = || self.keys.iter().filter(|key| suffix(key).is_some_and(|suffix| !suffix.is_empty()));
        let owners: BTreeSet<_> = keys().filter_map(account_key).map(|key| key.xpub).collect();
        let of = |owner: &Xpub| -> BTreeSet<String> {
            let own = keys().filter(|key| account_key(key).is_some_and(|key| key.xpub == *owner));
            own.filter_map(suffix).collect()
        };
        let sets: BTreeSet<_> = owners.iter().map(of).collect();
        sets.len() > 1
    }

    /// The name it is registered under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Network of its keys.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The descriptor as text, with checksum.
    pub fn descriptor(&self) -> String {
        self.text.clone()
    }

    /// The form of its scripts.
    pub fn kind(&self) -> ScriptKind {
        kind_of(&self.descriptor.desc_type())
    }

    /// Its extended keys with their origins, in the order of the descriptor.
    pub fn keys(&self) -> Vec<AccountKey> {
        self.keys.iter().filter_map(account_key).collect()
    }

    /// The address at `index` of the receive or change path.
    ///
    /// # Errors
    /// [`WalletError::NoAddress`] if there is no such path or index.
    pub fn address(&self, change: bool, index: u32) -> Result<String, WalletError> {
        let own = self.script(change, index)?;
        let address = Address::from_script(&own.script_pubkey(), self.network.to_bitcoin());
        address.map(|address| address.to_string()).map_err(|_| WalletError::NoAddress { change, index })
    }

    /// The script at `index` of the receive or change path, with its keys.
    ///
    /// # Errors
    /// [`WalletError::NoAddress`] if there is no such path or index.
    pub fn script(&self, change: bool, index: u32) -> Result<OwnScript, WalletError> {
        let secp = Secp256k1::verification_only();
        self.derive(0, usize::from(change), index, &secp).ok_or(WalletError::NoAddress { change, index })
    }

    /// Number of its paths, one or two.
    pub(crate) fn chain_count(&self) -> usize {
        self.chains.len()
    }

    /// Number of its keys: what one derivation costs.
    pub(crate) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Path and index of one of its first scripts.
    pub(crate) fn first_place(&self, script: &Script) -> Option<(usize, u32)> {
        self.first_scripts.get(script).copied()
    }

    /// The first index whose scripts were not derived when it was registered.
    pub(crate) fn first_count(&self) -> u32 {
        self.first_count
    }

    /// Whether a path has more than index 0.
    pub(crate) fn is_ranged(&self, chain: usize) -> bool {
        self.chains.get(chain).is_some_and(|c| c.ranged)
    }

    /// The index that a path hints at for this chain: the last step, if the steps before it are the chain's.
    pub(crate) fn hinted_index(&self, chain: usize, path: &DerivationPath) -> Option<u32> {
        let chain = self.chains.get(chain)?;
        let steps: &[ChildNumber] = path.as_ref();
        let (last, before) = steps.split_last()?;
        let ChildNumber::Normal { index } = *last else { return None };
        let matches = chain.tails.iter().any(|tail| before.ends_with(tail.as_ref()));
        (chain.ranged && matches).then_some(index)
    }

    /// Master fingerprints of all its keys.
    pub(crate) fn fingerprints(&self) -> Vec<Fingerprint> {
        self.keys.iter().map(DescriptorPublicKey::master_fingerprint).collect()
    }

    /// Derives the script at `index` of a chain; `position` is the wallet's place among those registered.
    pub(crate) fn derive(
        &self,
        position: usize,
        chain: usize,
        index: u32,
        secp: &Secp256k1<VerifyOnly>,
    ) -> Option<OwnScript> {
        let source = self.chains.get(chain)?;
        if !source.ranged && index != 0 {
            return None;
        }
        let Derived { descriptor, mut keys, musig } = source.derive(index, secp)?;
        for key in &mut keys {
            let holder = self.cosigners.iter().find(|cosigner| cosigner.fingerprint == key.fingerprint);
            key.cosigner = holder.map(|cosigner| cosigner.name.clone());
        }
        Some(OwnScript {
            wallet: position,
            wallet_name: self.name.clone(),
            change: chain == 1,
            index,
            kind: kind_of(&descriptor.desc_type()),
            threshold: self.threshold,
            keys,
            musig,
            descriptor,
        })
    }
}

/// The scripts at the first indexes of each path, and how many indexes that are.
fn first_scripts(
    chains: &[Chain],
    keys: usize,
    secp: &Secp256k1<VerifyOnly>,
) -> (BTreeMap<ScriptBuf, (usize, u32)>, u32) {
    let cost = keys.max(1).saturating_mul(chains.len().max(1));
    let affordable = u32::try_from(MAX_REGISTERED_KEYS.checked_div(cost).unwrap_or(0)).unwrap_or(u32::MAX);
    let count = affordable.min(WINDOW_PAST_HINT.saturating_add(1));
    let mut scripts = BTreeMap::new();
    for (n, chain) in chains.iter().enumerate() {
        for index in 0..if chain.ranged { count } else { count.min(1) } {
            if let Some(derived) = chain.derive(index, secp) {
                scripts.entry(derived.descriptor.script_pubkey()).or_insert((n, index));
            }
        }
    }
    (scripts, count)
}

/// Descriptors that are well-formed, but say too little or too much for a wallet.
const NO_WALLETS: [(&str, &str); 7] = [
    ("addr()", "it names no key, so nobody could prove that its coins are ours; register the descriptor with keys"),
    ("raw()", "it names no key, so nobody could prove that its coins are ours; register the descriptor with keys"),
    ("combo()", "it stands for several forms of script at once; register the one in use, such as wpkh() or tr()"),
    ("rawtr()", "whether other scripts lie behind its key is hidden; register tr()"),
    ("pk()", "a bare script has no address; register pkh(), wpkh() or tr()"),
    ("multi()", "a bare script has no address; put it into wsh()"),
    ("sortedmulti()", "a bare script has no address; put it into wsh()"),
];

fn check_form(descriptor: &str) -> Result<(), WalletError> {
    let word = descriptor.split('(').next().unwrap_or_default();
    let form = NO_WALLETS.iter().find(|(form, _)| form.strip_suffix("()") == Some(word));
    form.map_or(Ok(()), |(form, why)| Err(WalletError::Form { form, why }))
}

fn unreadable(error: miniscript::Error) -> WalletError {
    WalletError::Descriptor { reason: readable(&error) }
}

/// What the library says, in plain characters, and right: it says Taproot where it means segwit too.
fn readable(error: &dyn fmt::Display) -> String {
    let text = error.to_string().replace(['\u{ab}', '\u{bb}'], "\"");
    let text = text.replace("cannot be used in Taproot descriptors", "cannot be used in segwit or taproot descriptors");
    text.trim_end_matches('.').to_owned()
}

/// The paths of a descriptor: receive, and change.
fn chains(
    descriptor: &Descriptor<DescriptorPublicKey>,
    template: Option<&Template>,
    secp: &Secp256k1<VerifyOnly>,
) -> Result<Vec<Chain>, WalletError> {
    let singles = descriptor.clone().into_single_descriptors().map_err(unreadable)?;
    if singles.len() > 2 {
        return Err(WalletError::Paths { count: singles.len() });
    }
    let uneven = || WalletError::Descriptor { reason: "its keys have different numbers of paths".to_owned() };
    let chain = |(path, single): (usize, &Descriptor<DescriptorPublicKey>)| match template {
        Some(template) => Ok(Chain::of_template(template.single(path).ok_or_else(uneven)?, single)),
        None => Chain::new(single, secp),
    };
    singles.iter().enumerate().map(chain).collect()
}

/// A descriptor without its checksum, which is verified if it is there (BIP-380).
pub(crate) fn without_checksum(text: &str) -> Result<&str, WalletError> {
    let Some((descriptor, checksum)) = text.split_once('#') else { return Ok(text) };
    let expected = desc_checksum(descriptor).map_err(unreadable)?;
    if expected == checksum {
        return Ok(descriptor);
    }
    Err(WalletError::Descriptor { reason: format!("its checksum is {checksum}, and should be {expected}") })
}

fn with_checksum(descriptor: &str) -> Result<String, WalletError> {
    Ok(format!("{descriptor}#{}", desc_checksum(descriptor).map_err(unreadable)?))
}

fn kind_of(descriptor: &DescriptorType) -> ScriptKind {
    match descriptor {
        DescriptorType::Bare => ScriptKind::P2pk,
        DescriptorType::Pkh => ScriptKind::P2pkh,
        DescriptorType::Wpkh => ScriptKind::P2wpkh,
        DescriptorType::Sh | DescriptorType::ShSortedMulti => ScriptKind::P2sh,
        DescriptorType::ShWpkh => ScriptKind::P2shP2wpkh,
        DescriptorType::ShWsh | DescriptorType::ShWshSortedMulti => ScriptKind::P2shP2wsh,
        DescriptorType::Wsh | DescriptorType::WshSortedMulti => ScriptKind::P2wsh,
        DescriptorType::Tr => ScriptKind::P2tr,
    }
}
