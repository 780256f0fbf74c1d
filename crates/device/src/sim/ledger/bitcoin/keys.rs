//! The device's keys: BIP-32, and the key that it knows registered wallets by (SLIP-21).

use bitcoin::NetworkKind;
use bitcoin::bip32::{ChildNumber, Fingerprint, Xpriv, Xpub};
use bitcoin::hashes::{Hash as _, HashEngine as _, Hmac, HmacEngine, sha256, sha512};
use bitcoin::secp256k1::{All, Keypair, Secp256k1};

use super::host::Hash;

/// A seed and what it derives.
pub(super) struct Keys {
    secp: Secp256k1<All>,
    root: Xpriv,
    registration: [u8; 32],
}

impl Keys {
    pub(super) fn of(mnemonic: &'static str) -> Self {
        let mnemonic = bip39::Mnemonic::parse_normalized(mnemonic).expect("the seed is one of this module's constants");
        let seed = mnemonic.to_seed_normalized("");
        let root = Xpriv::new_master(NetworkKind::Test, &seed).expect("the public test seeds have master keys");
        let node = hmac_sha512(b"Symmetric key seed", &seed);
        let (chain, _) = halves(&node);
        let (_, registration) = halves(&hmac_sha512(&chain, b"\0LEDGER-Wallet policy"));
        Self { secp: Secp256k1::new(), root, registration }
    }

    pub(super) const fn secp(&self) -> &Secp256k1<All> {
        &self.secp
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.root.fingerprint(&self.secp)
    }

    pub(super) fn xpub(&self, path: &[ChildNumber]) -> Option<Xpub> {
        Some(Xpub::from_priv(&self.secp, &self.derive(path)?))
    }

    pub(super) fn pair(&self, path: &[ChildNumber]) -> Option<Keypair> {
        Some(self.derive(path)?.to_keypair(&self.secp))
    }

    /// The proof that this device's owner agreed to a wallet.
    pub(super) fn registration(&self, wallet_id: &Hash) -> Hash {
        let mut engine = HmacEngine::<sha256::Hash>::new(&self.registration);
        engine.input(wallet_id);
        Hmac::from_engine(engine).to_byte_array()
    }

    fn derive(&self, path: &[ChildNumber]) -> Option<Xpriv> {
        self.root.derive_priv(&self.secp, &path).ok()
    }
}

fn hmac_sha512(key: &[u8], data: &[u8]) -> [u8; 64] {
    let mut engine = HmacEngine::<sha512::Hash>::new(key);
    engine.input(data);
    Hmac::from_engine(engine).to_byte_array()
}

fn halves(node: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (mut left, mut right) = ([0; 32], [0; 32]);
    for (to, from) in left.iter_mut().chain(&mut right).zip(node) {
        *to = *from;
    }
    (left, right)
}
