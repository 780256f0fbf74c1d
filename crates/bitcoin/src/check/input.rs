//! One input of a checked request.

use bitcoin::bip32::KeySource;
use bitcoin::secp256k1::PublicKey;
use bitcoin::taproot::TapLeafHash;
use bitcoin::{OutPoint, Script, ScriptBuf, Sequence, Transaction, XOnlyPublicKey};

use super::JointKey;
use crate::leaf::Leaf;
use crate::musig::MusigSigner;
use crate::sighash::Spend;
use crate::signature::SignedBy;
use crate::{OwnScript, ScriptKind, SighashType};

/// What is known of the amount that an input spends, in satoshis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputAmount {
    /// The previous transaction, whose id the input names, says so.
    Proven(u64),
    /// The request says so, and our own taproot signature is void if it is wrong (BIP-341).
    Bound(u64),
    /// The request says so.
    Claimed(u64),
    /// Nobody says.
    Unknown,
}

impl InputAmount {
    /// The amount in satoshis, whoever says so.
    pub const fn amount_sat(self) -> Option<u64> {
        match self {
            Self::Proven(sat) | Self::Bound(sat) | Self::Claimed(sat) => Some(sat),
            Self::Unknown => None,
        }
    }

    /// The amount if it is sure: proven, or bound by our signature.
    pub const fn sure_sat(self) -> Option<u64> {
        match self {
            Self::Proven(sat) | Self::Bound(sat) => Some(sat),
            Self::Claimed(_) | Self::Unknown => None,
        }
    }
}

/// A signature that the request already carries, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PresentSignature {
    pub(crate) by: SignedBy,
    /// Where the request says that its key comes from.
    pub(crate) origin: Option<KeySource>,
    /// The signature as in the request, sighash byte included.
    pub(crate) bytes: Vec<u8>,
}

/// One input: what it spends, whose that is, and what its signature will fix.
#[derive(Clone, Debug)]
pub struct CheckedInput {
    pub(crate) outpoint: OutPoint,
    pub(crate) sequence: Sequence,
    pub(crate) previous_transaction: Option<Transaction>,
    pub(crate) amount: InputAmount,
    pub(crate) script_pubkey: Option<ScriptBuf>,
    pub(crate) kind: ScriptKind,
    pub(crate) own: Option<OwnScript>,
    pub(crate) sighash_type: SighashType,
    pub(crate) spend: Spend,
    /// Whether the request already carries a finished script signature or witness.
    pub(crate) is_final: bool,
    pub(crate) present: Vec<PresentSignature>,
    /// Scripts of its taproot tree, as far as they are proven.
    pub(crate) leaves: Vec<Leaf>,
    /// Keys by which several sign together (BIP-327), as far as they are proven.
    pub(crate) joint_keys: Vec<JointKey>,
    /// See [`CheckedInput::missing_signatures`].
    pub(crate) missing: Option<usize>,
}

impl CheckedInput {
    /// The output it spends.
    pub fn outpoint(&self) -> OutPoint {
        self.outpoint
    }

    /// Its sequence number (BIP-68, BIP-125).
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The previous transaction, if given and if its id is the one that the input names.
    pub fn previous_transaction(&self) -> Option<&Transaction> {
        self.previous_transaction.as_ref()
    }

    /// The amount it spends and what vouches for it.
    pub fn amount(&self) -> InputAmount {
        self.amount
    }

    /// The amount in satoshis, whoever says so.
    pub fn amount_sat(&self) -> Option<u64> {
        self.amount.amount_sat()
    }

    /// The locking script of the output it spends, if anybody says; as sure as the amount.
    pub fn script_pubkey(&self) -> Option<&Script> {
        self.script_pubkey.as_deref()
    }

    /// The form of that script.
    pub fn kind(&self) -> ScriptKind {
        self.kind
    }

    /// Where a registered wallet derives that script; none if it is not ours.
    pub fn own(&self) -> Option<&OwnScript> {
        self.own.as_ref()
    }

    /// What its signature will commit to.
    pub fn sighash_type(&self) -> SighashType {
        self.sighash_type
    }

    /// Whether the request already carries a finished script signature or witness for it.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Who has signed it already, by valid signatures, escaped, in the order of the request: cosigners of a registered
    /// wallet by name; others by their whole key, with the fingerprint and path that the request claims for it.
    pub fn signers(&self) -> Vec<String> {
        let name = |present: &PresentSignature| match self.own() {
            Some(own) => own.signer(&present.by),
            None => claimed_signer(&present.by.key(), present.origin.as_ref()),
        };
        self.present.iter().map(name).collect()
    }

    /// How many signatures it still needs at least, besides those that it carries; none if it is not ours, or if
    /// signatures alone cannot complete it.
    pub fn missing_signatures(&self) -> Option<usize> {
        self.missing
    }

    /// Its keys by which several sign together (BIP-327): the output key, keys in leaves.
    pub fn musig_keys(&self) -> impl Iterator<Item = MusigKey<'_>> {
        self.joint_keys.iter().map(|joint| MusigKey { joint, present: &self.present })
    }

    /// Where a participant has a part.
    pub(crate) fn joint_key(&self, signer: &MusigSigner) -> Option<&JointKey> {
        self.joint_keys.iter().find(|joint| joint.is_for(signer))
    }

    /// Whether it still needs a signature: not if it is finished, or if those that it carries, all valid, are enough.
    pub fn needs_signature(&self) -> bool {
        !self.is_final && (self.present.is_empty() || self.missing != Some(0))
    }

    /// The name of whoever made a signature, escaped.
    pub(crate) fn signer(&self, by: &SignedBy) -> String {
        self.own().map_or_else(|| by.key(), |own| own.signer(by))
    }

    pub(crate) fn leaf(&self, hash: TapLeafHash) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.hash == hash)
    }

    pub(crate) fn has_leaf_key(&self, hash: TapLeafHash, key: &XOnlyPublicKey) -> bool {
        self.leaf(hash).is_some_and(|leaf| leaf.keys.contains(key))
    }
}

/// A key of an input by which several sign together (BIP-327), proven to be made of their keys.
#[derive(Clone, Copy, Debug)]
pub struct MusigKey<'a> {
    joint: &'a JointKey,
    present: &'a [PresentSignature],
}

impl MusigKey<'_> {
    /// The key that their signature is by, with all tweaks: the taproot output key, or a key in a leaf.
    pub fn aggregate(&self) -> PublicKey {
        self.joint.key_agg.key()
    }

    /// The leaf that is signed; none for the key path.
    pub fn leaf(&self) -> Option<TapLeafHash> {
        self.joint.leaf
    }

    /// Whose keys it is made of, in the order of aggregation.
    pub fn participants(&self) -> &[PublicKey] {
        self.joint.key_agg.participants()
    }

    /// The public nonce that the request carries for a participant: two points, 66 bytes.
    pub fn nonce(&self, participant: &PublicKey) -> Option<&[u8; 66]> {
        self.joint.nonces.get(participant)
    }

    /// Whether the request carries a valid partial signature of a participant.
    pub fn has_signed(&self, participant: &PublicKey) -> bool {
        let by = self.joint.signed_by(participant);
        self.present.iter().any(|present| present.by == by)
    }
}

fn claimed_signer(key: &str, origin: Option<&KeySource>) -> String {
    match origin {
        Some((fingerprint, path)) => format!("key {key} (the request claims: {fingerprint}/{path})"),
        None => format!("key {key} (of no stated origin)"),
    }
}
