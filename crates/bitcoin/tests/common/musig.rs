//! Participants of a MuSig2 key who sign (BIP-327), computed here without the crate under test.

use std::str::FromStr as _;

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv, Xpub};
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use bitcoin::psbt::raw::Key;
use bitcoin::secp256k1::{Parity, PublicKey, Scalar, SecretKey};
use bitcoin::taproot::TapLeafHash;

use super::secp;

/// The account of a participant whose seed is all `seed`.
pub fn account(seed: u8) -> Xpriv {
    let master = Xpriv::new_master(bitcoin::Network::Testnet, &[seed; 32]).unwrap();
    master.derive_priv(&secp(), &path()).unwrap()
}

pub fn path() -> DerivationPath {
    DerivationPath::from_str("87h/1h/0h").unwrap()
}

/// `[fingerprint/path]xpub` of that account.
pub fn account_key(seed: u8) -> String {
    let master = Xpriv::new_master(bitcoin::Network::Testnet, &[seed; 32]).unwrap();
    let xpub = Xpub::from_priv(&secp(), &account(seed));
    format!("[{}/{}]{xpub}", master.fingerprint(&secp()), path())
}

fn tagged(tag: &str, parts: &[&[u8]]) -> Scalar {
    let tag = sha256::Hash::hash(tag.as_bytes());
    let mut engine = sha256::Hash::engine();
    [tag.as_byte_array().as_slice(), tag.as_byte_array()].iter().chain(parts).for_each(|part| engine.input(part));
    Scalar::from_be_bytes(sha256::Hash::from_engine(engine).to_byte_array()).unwrap()
}

fn is_odd(key: &PublicKey) -> bool {
    key.x_only_public_key().1 == Parity::Odd
}

/// A key of several, and the tweaks on it.
#[derive(Clone)]
pub struct Joint {
    pub participants: Vec<PublicKey>,
    pub key: PublicKey,
    negated: bool,
    pub leaf: Option<TapLeafHash>,
}

impl Joint {
    pub fn new(mut participants: Vec<PublicKey>) -> Self {
        participants.sort_by_key(PublicKey::serialize);
        let all = participants.iter().map(|key| key.mul_tweak(&secp(), &coefficient(&participants, key)).unwrap());
        let key = all.reduce(|a, b| a.combine(&b).unwrap()).unwrap();
        Self { participants, key, negated: false, leaf: None }
    }

    /// The key that BIP-32 steps lead to from the aggregate (BIP-328).
    pub fn derived(mut self, steps: [u32; 2]) -> Self {
        let chain_code = sha256::Hash::hash(b"MuSig2MuSig2MuSig2").to_byte_array();
        let mut xpub = Xpub::from_priv(&secp(), &account(1));
        (xpub.public_key, xpub.chain_code) = (self.key, chain_code.into());
        self.key = xpub.derive_pub(&secp(), &steps.map(ChildNumber::from)).unwrap().public_key;
        self
    }

    /// The output key of this internal key without scripts (BIP-341).
    pub fn tap_tweaked(mut self) -> Self {
        let (x_only, parity) = self.key.x_only_public_key();
        let tweak = tagged("TapTweak", &[&x_only.serialize()]);
        let (output, output_parity) = x_only.add_tweak(&secp(), &tweak).unwrap();
        self.negated ^= parity == Parity::Odd;
        self.key = output.public_key(output_parity);
        self
    }

    pub fn in_leaf(mut self, leaf: TapLeafHash) -> Self {
        self.leaf = Some(leaf);
        self
    }

    fn field(&self, key_type: u8, participant: &PublicKey) -> Key {
        let mut key = [participant.serialize(), self.key.serialize()].concat();
        key.extend(self.leaf.iter().flat_map(|leaf| leaf.to_byte_array()));
        Key { type_value: key_type, key }
    }

    pub fn nonce_field(&self, participant: &PublicKey) -> Key {
        self.field(0x1b, participant)
    }

    pub fn partial_field(&self, participant: &PublicKey) -> Key {
        self.field(0x1c, participant)
    }
}

fn coefficient(keys: &[PublicKey], key: &PublicKey) -> Scalar {
    if keys.iter().find(|other| *other != &keys[0]) == Some(key) {
        return Scalar::ONE;
    }
    let list: Vec<u8> = keys.iter().flat_map(PublicKey::serialize).collect();
    let list = tagged("KeyAgg list", &[&list]).to_be_bytes();
    tagged("KeyAgg coefficient", &[&list, &key.serialize()])
}

/// The secrets of a participant's nonce.
#[derive(Clone, Copy)]
pub struct SecretNonce([SecretKey; 2]);

impl SecretNonce {
    pub fn new(salt: u8) -> Self {
        let secret = |half: u8| SecretKey::from_slice(sha256::Hash::hash(&[salt, half, 77]).as_byte_array()).unwrap();
        Self([secret(1), secret(2)])
    }

    pub fn public(&self) -> Vec<u8> {
        self.0.iter().flat_map(|secret| secret.public_key(&secp()).serialize()).collect()
    }
}

/// The partial signature of a participant, all of whose public nonces are these.
pub fn sign(
    joint: &Joint,
    secret: &SecretKey,
    nonce: &SecretNonce,
    nonces: &[Vec<u8>],
    message: &[u8; 32],
) -> [u8; 32] {
    let half = |n: usize| {
        let points = nonces.iter().map(|nonce| PublicKey::from_slice(&nonce[33 * n..33 * (n + 1)]).unwrap());
        points.reduce(|a, b| a.combine(&b).unwrap()).unwrap()
    };
    let all = [half(0).serialize(), half(1).serialize()].concat();
    let key = joint.key.x_only_public_key().0.serialize();
    let b = tagged("MuSig/noncecoef", &[&all, &key, message]);
    let r = half(0).combine(&half(1).mul_tweak(&secp(), &b).unwrap()).unwrap();
    let e = tagged("BIP0340/challenge", &[&r.x_only_public_key().0.serialize(), &key, message]);
    let k = nonce.0[1].mul_tweak(&b).unwrap().add_tweak(&nonce.0[0].into()).unwrap();
    let k = if is_odd(&r) { k.negate() } else { k };
    let a = coefficient(&joint.participants, &secret.public_key(&secp()));
    let d = secret.mul_tweak(&a).unwrap().mul_tweak(&e).unwrap();
    let d = if is_odd(&joint.key) != joint.negated { d.negate() } else { d };
    k.add_tweak(&d.into()).unwrap().secret_bytes()
}
