//! Derivation: a wallet's paths, each one index at a time.

use bitcoin::PublicKey;
use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::secp256k1::{Parity, Secp256k1, VerifyOnly};
use miniscript::descriptor::{DescriptorPublicKey, DescriptorXKey, SinglePubKey, Wildcard};
use miniscript::{Descriptor, ForEachKey, TranslateErr, TranslatePk, Translator, translate_hash_clone};

use super::WalletError;
use super::template::Template;
use crate::OwnKey;
use crate::own::OwnMusig;

/// One of a wallet's paths, ready to derive one index from: its keys are already derived down to the wildcard.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    source: Source,
    /// Steps between each extended key and the wildcard, as a hint in a PSBT would end.
    pub(super) tails: Vec<DerivationPath>,
    pub(super) ranged: bool,
}

/// The descriptor of one index, and the keys in it.
#[derive(Clone, Debug)]
pub(super) struct Derived {
    pub(super) descriptor: Descriptor<PublicKey>,
    /// In the order of the descriptor.
    pub(super) keys: Vec<OwnKey>,
    /// Which of them are aggregates of others.
    pub(super) musig: Vec<OwnMusig>,
}

/// What an index is filled into.
#[derive(Clone, Debug)]
enum Source {
    Descriptor(Box<Descriptor<DescriptorPublicKey>>),
    Template(Template),
}

impl Chain {
    /// A path of a descriptor that miniscript does not parse; `stand_in` is the same path of its stand-in.
    pub(super) fn of_template(template: Template, stand_in: &Descriptor<DescriptorPublicKey>) -> Self {
        let tail = |key: &DescriptorPublicKey| match key {
            DescriptorPublicKey::XPub(xkey) => Some(xkey.derivation_path.clone()),
            DescriptorPublicKey::Single(_) | DescriptorPublicKey::MultiXPub(_) => None,
        };
        let tails = template.deriving().iter().filter_map(tail).collect();
        Self { source: Source::Template(template), tails, ranged: stand_in.has_wildcard() }
    }

    pub(super) fn new(
        single: &Descriptor<DescriptorPublicKey>,
        secp: &Secp256k1<VerifyOnly>,
    ) -> Result<Self, WalletError> {
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
        Ok(Self { source: Source::Descriptor(Box::new(descriptor)), tails, ranged: single.has_wildcard() })
    }

    /// The descriptor with the keys of one index filled in, and these keys in its order.
    pub(super) fn derive(&self, index: u32, secp: &Secp256k1<VerifyOnly>) -> Option<Derived> {
        let descriptor = match &self.source {
            Source::Descriptor(descriptor) => descriptor,
            Source::Template(template) => return template.derive(index, secp),
        };
        let mut derivator = Derivator { secp, index, keys: Vec::new() };
        let descriptor = descriptor.translate_pk(&mut derivator).ok()?;
        Some(Derived { descriptor, keys: derivator.keys, musig: Vec::new() })
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
        let own = derive_key(key, self.index, self.secp)?;
        let public_key = own.public_key;
        if !self.keys.contains(&own) {
            self.keys.push(own);
        }
        Ok(public_key)
    }

    translate_hash_clone!(DescriptorPublicKey, PublicKey, bitcoin::bip32::Error);
}

/// A key of a single path at an index, with where it comes from.
pub(super) fn derive_key(
    key: &DescriptorPublicKey,
    index: u32,
    secp: &Secp256k1<VerifyOnly>,
) -> Result<OwnKey, bitcoin::bip32::Error> {
    let mut path = key.full_derivation_path().unwrap_or_default();
    let public_key = match key {
        DescriptorPublicKey::XPub(xkey) => {
            let mut derived = xkey.xkey.derive_pub(secp, &xkey.derivation_path)?;
            if xkey.wildcard == Wildcard::Unhardened {
                let step = ChildNumber::from_normal_idx(index)?;
                path = path.child(step);
                derived = derived.ckd_pub(secp, step)?;
            }
            PublicKey::new(derived.public_key)
        }
        DescriptorPublicKey::Single(single) => match single.key {
            SinglePubKey::FullKey(public_key) => public_key,
            SinglePubKey::XOnly(x_only) => PublicKey::new(x_only.public_key(Parity::Even)),
        },
        DescriptorPublicKey::MultiXPub(_) => return Err(bitcoin::bip32::Error::CannotDeriveFromHardenedKey),
    };
    Ok(OwnKey { fingerprint: key.master_fingerprint(), path, public_key, cosigner: None, aggregate: false })
}
