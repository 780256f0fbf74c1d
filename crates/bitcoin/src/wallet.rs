//! Registered wallets: output descriptors (BIP-380 to BIP-389) that say which scripts are ours.

use std::fmt;

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Address, NetworkKind, PrivateKey, PublicKey};
use miniscript::descriptor::{DescriptorPublicKey, DescriptorType, DescriptorXKey, SinglePubKey, Wildcard};
use miniscript::{Descriptor, ForEachKey, TranslateErr, TranslatePk, Translator, translate_hash_clone};
use vitrine_review::escape;

use crate::limits::MAX_DESCRIPTOR_CHARS;
use crate::{Network, OwnKey, OwnScript, ScriptKind};

/// A wallet registered for the ceremony, by its descriptor.
#[derive(Clone, Debug)]
pub struct Wallet {
    name: String,
    network: Network,
    descriptor: Descriptor<DescriptorPublicKey>,
    /// Receive, and change if the descriptor is multipath. One or two.
    chains: Vec<Chain>,
    key_count: usize,
}

/// One of a wallet's paths, ready to derive one index from: its keys are already derived down to the wildcard.
#[derive(Clone, Debug)]
struct Chain {
    descriptor: Descriptor<DescriptorPublicKey>,
    /// Steps between each extended key and the wildcard, as a hint in a PSBT would end.
    tails: Vec<DerivationPath>,
    ranged: bool,
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

/// Why a descriptor is no wallet for this ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletError {
    /// The descriptor is longer than what is read.
    TooLong {
        /// Length in characters.
        chars: usize,
    },
    /// The descriptor contains a private key. It is not repeated here.
    PrivateKey,
    /// The descriptor cannot be read.
    Descriptor {
        /// What is wrong with it.
        reason: String,
    },
    /// A key is for another network.
    OtherNetwork {
        /// The key.
        key: String,
        /// Network of the ceremony.
        network: Network,
    },
    /// A hardened wildcard: its addresses cannot be derived from public keys.
    Hardened {
        /// The key.
        key: String,
    },
    /// More paths than receive and change.
    Paths {
        /// How many there are.
        count: usize,
    },
    /// The wallet has no such address.
    NoAddress {
        /// Whether the change path was asked for.
        change: bool,
        /// Index asked for.
        index: u32,
    },
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { chars } => {
                write!(f, "the descriptor has {chars} characters, at most {MAX_DESCRIPTOR_CHARS} are read")
            }
            Self::PrivateKey => write!(
                f,
                "the descriptor contains a private key; register public keys only, and consider that key exposed"
            ),
            Self::Descriptor { reason } => {
                write!(f, "the descriptor cannot be read: {}; export it again from the wallet", escape(reason))
            }
            Self::OtherNetwork { key, network } => {
                write!(f, "the key {} is not for {network}; register the wallet of that network", escape(key))
            }
            Self::Hardened { key } => write!(
                f,
                "the key {} derives its addresses by hardened steps, which needs the private key; use a plain /*",
                escape(key)
            ),
            Self::Paths { count } => {
                write!(f, "the descriptor has {count} paths; write one for receiving and one for change: <0;1>")
            }
            Self::NoAddress { change, index } => {
                let path = if *change { "change" } else { "receive" };
                write!(f, "the wallet has no {path} address {index}")
            }
        }
    }
}

impl std::error::Error for WalletError {}

impl Wallet {
    /// A wallet of this descriptor. For change to be recognised it needs two paths (BIP-389): `…/<0;1>/*`.
    ///
    /// # Errors
    /// [`WalletError`] if the descriptor is malformed, has private keys, hardened wildcards, more than two paths, or
    /// keys of another network.
    pub fn parse(name: &str, descriptor: &str, network: Network) -> Result<Self, WalletError> {
        let text = descriptor.trim();
        if text.len() > MAX_DESCRIPTOR_CHARS {
            return Err(WalletError::TooLong { chars: text.len() });
        }
        if has_private_key(text) {
            return Err(WalletError::PrivateKey);
        }
        let unreadable = |e: miniscript::Error| WalletError::Descriptor { reason: e.to_string() };
        let descriptor: Descriptor<DescriptorPublicKey> = text.parse().map_err(unreadable)?;
        descriptor.sanity_check().map_err(unreadable)?;
        check_keys(&descriptor, network)?;
        let singles = descriptor.clone().into_single_descriptors().map_err(unreadable)?;
        if singles.len() > 2 {
            return Err(WalletError::Paths { count: singles.len() });
        }
        let secp = Secp256k1::verification_only();
        let chains = singles.iter().map(|single| Chain::new(single, &secp)).collect::<Result<_, _>>()?;
        let mut key_count = 0usize;
        descriptor.for_each_key(|_| {
            key_count = key_count.saturating_add(1);
            true
        });
        Ok(Self { name: name.to_owned(), network, descriptor, chains, key_count })
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
        self.descriptor.to_string()
    }

    /// The form of its scripts.
    pub fn kind(&self) -> ScriptKind {
        kind_of(&self.descriptor.desc_type())
    }

    /// Its extended keys with their origins, in the order of the descriptor.
    pub fn keys(&self) -> Vec<AccountKey> {
        let mut keys = Vec::new();
        self.descriptor.for_each_key(|key| {
            keys.extend(account_key(key));
            true
        });
        keys
    }

    /// The address at `index` of the receive or change path.
    ///
    /// # Errors
    /// [`WalletError::NoAddress`] if there is no such path or index.
    pub fn address(&self, change: bool, index: u32) -> Result<String, WalletError> {
        let missing = WalletError::NoAddress { change, index };
        let secp = Secp256k1::verification_only();
        let own = self.derive(0, usize::from(change), index, &secp).ok_or_else(|| missing.clone())?;
        let address = Address::from_script(&own.script_pubkey(), self.network.to_bitcoin()).map_err(|_| missing)?;
        Ok(address.to_string())
    }

    /// Number of its paths, one or two.
    pub(crate) fn chain_count(&self) -> usize {
        self.chains.len()
    }

    /// Number of its keys: what one derivation costs. Counted once, when the wallet is registered.
    pub(crate) fn key_count(&self) -> usize {
        self.key_count
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
        let mut fingerprints = Vec::new();
        self.descriptor.for_each_key(|key| {
            fingerprints.push(key.master_fingerprint());
            true
        });
        fingerprints
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
        let mut derivator = Derivator { secp, index, keys: Vec::new() };
        let descriptor = source.descriptor.translate_pk(&mut derivator).ok()?;
        Some(OwnScript {
            wallet: position,
            wallet_name: self.name.clone(),
            change: chain == 1,
            index,
            kind: kind_of(&descriptor.desc_type()),
            keys: derivator.keys,
            descriptor,
        })
    }
}

impl Chain {
    fn new(single: &Descriptor<DescriptorPublicKey>, secp: &Secp256k1<VerifyOnly>) -> Result<Self, WalletError> {
        let mut tails = Vec::new();
        single.for_each_key(|key| {
            if let DescriptorPublicKey::XPub(xkey) = key {
                tails.push(xkey.derivation_path.clone());
            }
            true
        });
        let descriptor = single.translate_pk(&mut Shortener(secp)).map_err(|e| {
            let reason = match e {
                TranslateErr::TranslatorErr(e) => e.to_string(),
                TranslateErr::OuterError(e) => e.to_string(),
            };
            WalletError::Descriptor { reason }
        })?;
        Ok(Self { descriptor, tails, ranged: single.has_wildcard() })
    }
}

/// Derives each extended key down to its wildcard once, and keeps the steps in its origin.
struct Shortener<'a>(&'a Secp256k1<VerifyOnly>);

impl Translator<DescriptorPublicKey, DescriptorPublicKey, bitcoin::bip32::Error> for Shortener<'_> {
    fn pk(&mut self, key: &DescriptorPublicKey) -> Result<DescriptorPublicKey, bitcoin::bip32::Error> {
        let DescriptorPublicKey::XPub(xkey) = key else { return Ok(key.clone()) };
        let path = key.full_derivation_path().unwrap_or_default();
        Ok(DescriptorPublicKey::XPub(DescriptorXKey {
            origin: Some((key.master_fingerprint(), path)),
            xkey: xkey.xkey.derive_pub(self.0, &xkey.derivation_path)?,
            derivation_path: DerivationPath::default(),
            wildcard: xkey.wildcard,
        }))
    }

    translate_hash_clone!(DescriptorPublicKey, DescriptorPublicKey, bitcoin::bip32::Error);
}

/// Fills in the keys of one index and notes where each comes from.
struct Derivator<'a> {
    secp: &'a Secp256k1<VerifyOnly>,
    index: u32,
    keys: Vec<OwnKey>,
}

impl Translator<DescriptorPublicKey, PublicKey, bitcoin::bip32::Error> for Derivator<'_> {
    fn pk(&mut self, key: &DescriptorPublicKey) -> Result<PublicKey, bitcoin::bip32::Error> {
        let mut path = key.full_derivation_path().unwrap_or_default();
        let public_key = match key {
            DescriptorPublicKey::XPub(xkey) if xkey.wildcard == Wildcard::Unhardened => {
                let step = ChildNumber::from_normal_idx(self.index)?;
                path = path.child(step);
                PublicKey::new(xkey.xkey.ckd_pub(self.secp, step)?.public_key)
            }
            DescriptorPublicKey::XPub(xkey) => PublicKey::new(xkey.xkey.public_key),
            DescriptorPublicKey::Single(single) => match single.key {
                SinglePubKey::FullKey(public_key) => public_key,
                SinglePubKey::XOnly(x_only) => PublicKey::new(x_only.public_key(bitcoin::secp256k1::Parity::Even)),
            },
            DescriptorPublicKey::MultiXPub(_) => return Err(bitcoin::bip32::Error::CannotDeriveFromHardenedKey),
        };
        let own = OwnKey { fingerprint: key.master_fingerprint(), path, public_key };
        if !self.keys.contains(&own) {
            self.keys.push(own);
        }
        Ok(public_key)
    }

    translate_hash_clone!(DescriptorPublicKey, PublicKey, bitcoin::bip32::Error);
}

/// Whether any key expression is a private key: extended (BIP-32) or alone (WIF).
fn has_private_key(descriptor: &str) -> bool {
    let mut keys = descriptor.split(['(', ')', '[', ']', '{', '}', ',', '/', '#']);
    keys.any(|key| key.starts_with("xprv") || key.starts_with("tprv") || PrivateKey::from_wif(key).is_ok())
}

fn check_keys(descriptor: &Descriptor<DescriptorPublicKey>, network: Network) -> Result<(), WalletError> {
    let mut result = Ok(());
    descriptor.for_each_key(|key| {
        result = check_key(key, network);
        result.is_ok()
    });
    result
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

fn account_key(key: &DescriptorPublicKey) -> Option<AccountKey> {
    let (origin, xpub) = match key {
        DescriptorPublicKey::Single(_) => return None,
        DescriptorPublicKey::XPub(xkey) => (&xkey.origin, xkey.xkey),
        DescriptorPublicKey::MultiXPub(xkey) => (&xkey.origin, xkey.xkey),
    };
    let path = origin.as_ref().map(|(_, path)| path.clone()).unwrap_or_default();
    Some(AccountKey { fingerprint: key.master_fingerprint(), path, xpub })
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
