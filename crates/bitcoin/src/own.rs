//! What is proven ours: a script that a registered wallet derives, byte for byte.

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{PublicKey, Script, ScriptBuf, XOnlyPublicKey, secp256k1};
use miniscript::Descriptor;

use crate::leaf::Leaf;
use crate::signature::SignedBy;

/// The form of a locking script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScriptKind {
    /// Pay to a public key, bare.
    P2pk,
    /// Pay to a public key's hash.
    P2pkh,
    /// Pay to a script's hash (BIP-16); what is inside is not known.
    P2sh,
    /// P2WPKH nested in P2SH.
    P2shP2wpkh,
    /// P2WSH nested in P2SH.
    P2shP2wsh,
    /// Pay to a public key's hash, segwit version 0 (BIP-141).
    P2wpkh,
    /// Pay to a script's hash, segwit version 0 (BIP-141).
    P2wsh,
    /// Taproot (BIP-341).
    P2tr,
    /// Multisig without a hash around it.
    BareMultisig,
    /// Data, unspendable.
    OpReturn,
    /// Pay to anchor: anyone can spend.
    Anchor,
    /// A witness version that has no rules yet: anyone can spend until it has.
    FutureWitness,
    /// None of the standard forms.
    Unknown,
}

impl ScriptKind {
    /// The form of a locking script, as far as the script alone shows it.
    pub fn of(script: &Script) -> Self {
        const ANCHOR: [u8; 4] = [0x51, 0x02, 0x4e, 0x73];
        match script {
            s if s.is_p2wpkh() => Self::P2wpkh,
            s if s.is_p2wsh() => Self::P2wsh,
            s if s.is_p2tr() => Self::P2tr,
            s if s.is_p2pkh() => Self::P2pkh,
            s if s.is_p2sh() => Self::P2sh,
            s if s.is_op_return() => Self::OpReturn,
            s if s.as_bytes() == ANCHOR => Self::Anchor,
            s if s.is_witness_program() => Self::FutureWitness,
            s if s.is_p2pk() => Self::P2pk,
            s if s.is_multisig() => Self::BareMultisig,
            _ => Self::Unknown,
        }
    }

    /// The name as shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P2pk => "P2PK",
            Self::P2pkh => "P2PKH",
            Self::P2sh => "P2SH",
            Self::P2shP2wpkh => "P2SH-P2WPKH",
            Self::P2shP2wsh => "P2SH-P2WSH",
            Self::P2wpkh => "P2WPKH",
            Self::P2wsh => "P2WSH",
            Self::P2tr => "P2TR",
            Self::BareMultisig => "bare multisig",
            Self::OpReturn => "OP_RETURN",
            Self::Anchor => "pay to anchor",
            Self::FutureWitness => "future witness version",
            Self::Unknown => "non-standard script",
        }
    }
}

/// One key of an own script, with the path that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) path: DerivationPath,
    pub(crate) public_key: PublicKey,
    pub(crate) cosigner: Option<String>,
    pub(crate) aggregate: bool,
}

impl OwnKey {
    /// Fingerprint of the master key, as registered.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The whole path from the master key: `84'/1'/0'/0/5`.
    pub fn path(&self) -> &DerivationPath {
        &self.path
    }

    /// The key; for taproot the internal key, with even y.
    pub fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// Name of who holds the key, as registered and not escaped; none if nobody is named.
    pub fn cosigner(&self) -> Option<&str> {
        self.cosigner.as_deref()
    }

    /// Whether it is the aggregate of other keys (BIP-327): nobody holds it alone.
    pub fn is_aggregate(&self) -> bool {
        self.aggregate
    }

    /// The holder's name, escaped, or the fingerprint if nobody is named.
    pub fn holder(&self) -> String {
        self.cosigner.as_deref().map_or_else(|| self.fingerprint.to_string(), vitrine_review::escape)
    }

    /// Whose key it is, escaped: the holder's name, or the fingerprint and the path up to its last hardened step,
    /// `5c9e228d/48'/1'/0'/2'`.
    pub(crate) fn signer(&self) -> String {
        let steps: &[ChildNumber] = self.path.as_ref();
        let hardened = steps.iter().rposition(ChildNumber::is_hardened).map_or(0, |last| last.saturating_add(1));
        let account: DerivationPath = steps.get(..hardened).unwrap_or_default().to_vec().into();
        if self.cosigner.is_some() || account.is_empty() {
            return self.holder();
        }
        format!("{}/{account}", self.fingerprint)
    }
}

/// An aggregate among the keys of an own script (BIP-390).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnMusig {
    /// In the order of aggregation.
    pub(crate) participants: Vec<secp256k1::PublicKey>,
    /// Unhardened steps from the aggregate to the key (BIP-328).
    pub(crate) steps: Vec<ChildNumber>,
    /// The key that stands in the script.
    pub(crate) key: secp256k1::PublicKey,
}

/// A script that a registered wallet derives, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnScript {
    pub(crate) wallet: usize,
    pub(crate) wallet_name: String,
    pub(crate) change: bool,
    pub(crate) index: u32,
    pub(crate) kind: ScriptKind,
    pub(crate) threshold: Option<(usize, usize)>,
    pub(crate) keys: Vec<OwnKey>,
    /// Which of them are aggregates.
    pub(crate) musig: Vec<OwnMusig>,
    pub(crate) descriptor: Descriptor<PublicKey>,
}

impl OwnScript {
    /// Position of the wallet among those registered.
    pub fn wallet(&self) -> usize {
        self.wallet
    }

    /// Name of the wallet.
    pub fn wallet_name(&self) -> &str {
        &self.wallet_name
    }

    /// Whether it lies on the wallet's change path.
    pub fn change(&self) -> bool {
        self.change
    }

    /// Address index on that path.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The form of the script, by its descriptor.
    pub fn kind(&self) -> ScriptKind {
        self.kind
    }

    /// How many of how many keys must sign; none if the rules are more than that, or there is one key.
    pub fn threshold(&self) -> Option<(usize, usize)> {
        self.threshold
    }

    /// All keys, in the order of the descriptor. At least one.
    pub fn keys(&self) -> &[OwnKey] {
        &self.keys
    }

    /// The only key, if the descriptor has one.
    pub fn key(&self) -> Option<&OwnKey> {
        match self.keys.as_slice() {
            [key] => Some(key),
            _ => None,
        }
    }

    /// The descriptor with its keys filled in.
    pub(crate) fn descriptor(&self) -> &Descriptor<PublicKey> {
        &self.descriptor
    }

    /// The locking script.
    pub fn script_pubkey(&self) -> ScriptBuf {
        self.descriptor.script_pubkey()
    }

    /// The script whose hash a P2SH output holds (BIP-16): of nested segwit the witness program. None for other forms.
    pub fn redeem_script(&self) -> Option<ScriptBuf> {
        match self.kind {
            ScriptKind::P2sh => self.descriptor.explicit_script().ok(),
            ScriptKind::P2shP2wpkh | ScriptKind::P2shP2wsh => {
                let script_sig = self.descriptor.unsigned_script_sig();
                let push = script_sig.instructions().next()?.ok()?;
                push.push_bytes().map(|program| ScriptBuf::from_bytes(program.as_bytes().to_vec()))
            }
            _ => None,
        }
    }

    /// The script whose hash a P2WSH program holds, nested or not (BIP-141). None for other forms.
    pub fn witness_script(&self) -> Option<ScriptBuf> {
        match self.kind {
            ScriptKind::P2wsh | ScriptKind::P2shP2wsh => self.descriptor.explicit_script().ok(),
            _ => None,
        }
    }

    /// The leaves of its taproot tree with the keys in each (BIP-341); empty for other forms.
    pub fn leaf_keys(&self) -> Vec<(TapLeafHash, Vec<XOnlyPublicKey>)> {
        Leaf::of_descriptor(&self.descriptor).into_iter().map(|leaf| (leaf.hash, leaf.keys)).collect()
    }

    /// Who made a signature, escaped: the cosigner of its key.
    pub(crate) fn signer(&self, by: &SignedBy) -> String {
        let owns = |key: &&OwnKey| match by {
            SignedBy::Ecdsa(public_key) => key.public_key() == *public_key,
            SignedBy::TapKey => Some(x_only(key)) == self.internal_key(),
            SignedBy::TapScript(in_leaf, _) => x_only(key) == *in_leaf,
            SignedBy::Musig(signer) => key.public_key.inner == signer.participant,
        };
        match self.keys.iter().find(owns) {
            Some(key) if key.aggregate => {
                self.participants(key).map_or_else(|| key.signer(), |all| format!("all of {all}"))
            }
            Some(key) => key.signer(),
            None => by.key(),
        }
    }

    /// Whether a signature is by the aggregate of keys, so that each of their holders had a part in it.
    pub(crate) fn is_by_aggregate(&self, by: &SignedBy) -> bool {
        let key = match by {
            SignedBy::TapKey => self.internal_key(),
            SignedBy::TapScript(key, _) => Some(*key),
            SignedBy::Ecdsa(_) | SignedBy::Musig(_) => None,
        };
        self.musig.iter().any(|musig| Some(musig.key.x_only_public_key().0) == key)
    }

    /// Who holds the keys of an aggregate, escaped: "A. Brandt, R. Tanaka".
    fn participants(&self, aggregate: &OwnKey) -> Option<String> {
        let musig = self.musig.iter().find(|musig| musig.key == aggregate.public_key.inner)?;
        let holds = |key: &&OwnKey| !key.aggregate && musig.participants.contains(&key.public_key.inner);
        let names: Vec<String> = self.keys.iter().filter(holds).map(OwnKey::signer).collect();
        Some(names.join(", "))
    }

    /// The keys that an aggregate is made of (BIP-327), in the order of aggregation; empty for a key that is none.
    pub fn participants_of(&self, key: &OwnKey) -> &[secp256k1::PublicKey] {
        let musig = self.musig.iter().find(|musig| key.aggregate && musig.key == key.public_key.inner);
        musig.map(|musig| musig.participants.as_slice()).unwrap_or_default()
    }

    /// The internal key of a taproot output (BIP-341); none for other forms.
    pub fn internal_key(&self) -> Option<XOnlyPublicKey> {
        match &self.descriptor {
            Descriptor::Tr(tr) => Some(tr.internal_key().inner.x_only_public_key().0),
            _ => None,
        }
    }
}

fn x_only(key: &OwnKey) -> XOnlyPublicKey {
    key.public_key.inner.x_only_public_key().0
}
