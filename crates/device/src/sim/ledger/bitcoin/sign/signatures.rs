//! The signatures, each handed out when it is made.

use bitcoin::bip32::ChildNumber;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::key::{Keypair, TapTweak};
use bitcoin::secp256k1::{Message, Secp256k1, SecretKey, constants::CURVE_ORDER, ecdsa, schnorr};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::{Transaction, TxOut};
use miniscript::Descriptor;
use vitrine_ethereum::alloy_primitives::U256;

use super::super::super::Status;
use super::super::App;
use super::super::host::Hash;
use super::super::policy::leaf_script;
use super::super::reader::varint;
use super::hashes::Whole;
use super::inputs::Input;
use super::{OwnPlace, Position, Signing};
use crate::sim::Fault;

const SIGHASH_ALL: u32 = 1;

impl Signing<'_> {
    /// Signs every input of the wallet, for each of its own keys that some input names.
    pub(super) async fn sign(
        &mut self,
        own_inputs: &[u64],
        transaction: &Transaction,
        spent: &[TxOut],
    ) -> Result<(), Status> {
        let whole = Whole { transaction, spent };
        for i in 0..self.own.len() {
            let own = self.own.get(i).filter(|own| own.to_sign);
            let Some(place) = own.map(|own| own.place.clone()) else { continue };
            if self.own_key(&place).await.is_none() {
                continue;
            }
            for index in own_inputs {
                let ends = [own_inputs.first(), own_inputs.last()].map(|end| end == Some(index));
                let input = self.input(*index).await?;
                let own = self.own.get(i).ok_or(Status::STATE)?;
                let yielded = self.sign_input(&whole, own, *index, &input).await?;
                self.give(*index, yielded, ends).await;
            }
        }
        Ok(())
    }

    async fn sign_input(
        &self,
        whole: &Whole<'_>,
        own: &OwnPlace,
        index: u64,
        input: &Input,
    ) -> Result<Vec<u8>, Status> {
        let position = input.position.ok_or(Status::STATE)?;
        let leaf = match own.place.leaf {
            Some(leaf) => Some(self.leaf_hash(leaf, position).await?),
            None => None,
        };
        let stated = if input.has_sighash { Some(self.sighash(input).await?) } else { None };
        let [path, other] = self.paths(own, position);
        let used = self.app.keys.pair(if self.app.fault == Some(Fault::WrongKey) { &other } else { &path });
        let keys = self.app.keys.pair(&path).zip(used).ok_or(Status::STATE)?;
        Ok(match self.wallet.template.segwit_version() {
            Some(1) if input.has_witness_utxo => {
                self.segwit_script(input).await?;
                let sighash = stated.unwrap_or_default();
                let hash = self.taproot_hash(whole, index, &input.map, leaf, sighash).await?;
                self.sign_taproot(hash, position, leaf, sighash, keys).await?
            }
            version => {
                let sighash = stated.unwrap_or(SIGHASH_ALL);
                let hash = match version {
                    Some(_) => {
                        let script = self.segwit_script(input).await?;
                        self.segwit_v0_hash(whole, index, &input.map, &script, sighash).await?
                    }
                    None => self.legacy_hash(whole, index, input, sighash).await?,
                };
                let (stated, used) = keys;
                let mut signature = self.app.ecdsa(self.app.signed_hash(hash), &used.secret_key());
                signature.push(u8::try_from(sighash).map_err(|_| Status::STATE)?);
                self.yielded(&stated.public_key().serialize(), &signature)
            }
        })
    }

    /// The path of the key, and that of its neighbour.
    fn paths(&self, own: &OwnPlace, position: Position) -> [Vec<ChildNumber>; 2] {
        let neighbour = match position.index {
            ChildNumber::Normal { index } => ChildNumber::Normal { index: index ^ 1 },
            hardened @ ChildNumber::Hardened { .. } => hardened,
        };
        [position.index, neighbour]
            .map(|index| [own.path.as_slice(), &[own.place.step(position.change), index]].concat())
    }

    async fn leaf_hash(&self, leaf: usize, position: Position) -> Result<TapLeafHash, Status> {
        let fetches = self.wallet.template.leaf_fetches(leaf);
        let descriptor = self.app.descriptor(&self.wallet, fetches, position.change, position.index).await;
        let script = descriptor.and_then(|descriptor| leaf_script(&descriptor, leaf)).ok_or(Status::STATE)?;
        Ok(TapLeafHash::from_script(&script, LeafVersion::TapScript))
    }

    async fn sign_taproot(
        &self,
        hash: Hash,
        position: Position,
        leaf: Option<TapLeafHash>,
        sighash: u32,
        (stated, used): (Keypair, Keypair),
    ) -> Result<Vec<u8>, Status> {
        let [stated, used] = match leaf {
            Some(_) => [stated, used],
            None => {
                let root = self.tree_root(position).await?;
                [stated, used].map(|pair| pair.tap_tweak(self.app.keys.secp(), root).to_keypair())
            }
        };
        let mut signature = self.app.schnorr(self.app.signed_hash(hash), &used).serialize().to_vec();
        if sighash != 0 {
            signature.push(u8::try_from(sighash).map_err(|_| Status::STATE)?);
        }
        let mut key = stated.x_only_public_key().0.serialize().to_vec();
        key.extend(leaf.map(TapLeafHash::to_byte_array).into_iter().flatten());
        Ok(self.yielded(&key, &signature))
    }

    async fn tree_root(&self, position: Position) -> Result<Option<bitcoin::TapNodeHash>, Status> {
        if !self.wallet.template.has_tree() {
            return Ok(None);
        }
        // The internal key has no part in it.
        let fetches = self.wallet.template.tree_fetches();
        let descriptor = self.app.descriptor(&self.wallet, fetches, position.change, position.index).await;
        match descriptor.ok_or(Status::STATE)? {
            Descriptor::Tr(tr) => Ok(tr.spend_info().merkle_root()),
            _ => Err(Status::STATE),
        }
    }

    /// Since version 1 of the protocol the key is named.
    fn yielded(&self, key: &[u8], signature: &[u8]) -> Vec<u8> {
        match (self.protocol, u8::try_from(key.len())) {
            (1.., Ok(length)) => [&[length], key, signature].concat(),
            _ => signature.to_vec(),
        }
    }

    async fn give(&self, index: u64, yielded: Vec<u8>, [is_first, is_last]: [bool; 2]) {
        let result = [varint(index), yielded].concat();
        if self.app.fault == Some(Fault::SkipsSignature) && is_last {
            return;
        }
        self.app.host.give(&result).await;
        if self.app.fault == Some(Fault::SignsTwice) && is_first {
            self.app.host.give(&result).await;
        }
    }
}

impl App {
    fn signed_hash(&self, hash: Hash) -> Hash {
        match self.fault {
            Some(Fault::StaleSignature) => sha256::Hash::hash(b"an earlier request").to_byte_array(),
            _ => hash,
        }
    }

    fn noise(&self) -> Hash {
        sha256::Hash::hash(&self.signings.to_be_bytes()).to_byte_array()
    }

    /// RFC 6979, in DER.
    fn ecdsa(&self, hash: Hash, key: &SecretKey) -> Vec<u8> {
        let (secp, message) = (Secp256k1::signing_only(), Message::from_digest(hash));
        let signature = match self.fault {
            Some(Fault::OtherNonce) => secp.sign_ecdsa_with_noncedata(&message, key, &self.noise()),
            _ => secp.sign_ecdsa(&message, key),
        };
        let other = (self.fault == Some(Fault::HighS)).then(|| other_s(&signature)).flatten();
        other.unwrap_or(signature).serialize_der().to_vec()
    }

    /// BIP-340. The real app draws the auxiliary randomness; here it is zero.
    fn schnorr(&self, hash: Hash, pair: &Keypair) -> schnorr::Signature {
        let noise = if self.fault == Some(Fault::OtherNonce) { self.noise() } else { [0; 32] };
        self.keys.secp().sign_schnorr_with_aux_rand(&Message::from_digest(hash), pair, &noise)
    }
}

/// The other, non-standard form of a signature.
fn other_s(signature: &ecdsa::Signature) -> Option<ecdsa::Signature> {
    let compact = signature.serialize_compact();
    let (r, s) = compact.split_at_checked(32)?;
    let other = U256::from_be_slice(&CURVE_ORDER).checked_sub(U256::from_be_slice(s))?;
    ecdsa::Signature::from_compact(&[r, &other.to_be_bytes::<32>()].concat()).ok()
}
