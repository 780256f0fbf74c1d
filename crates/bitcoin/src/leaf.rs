//! Scripts of a taproot tree (BIP-341, BIP-342): each proven to lie behind the output key, with the keys in it.

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::taproot::{ControlBlock, LeafVersion, TapLeafHash};
use bitcoin::{PublicKey, Script, ScriptBuf, XOnlyPublicKey};
use miniscript::{Descriptor, Miniscript, Tap, ToPublicKey as _};

use crate::limits::MAX_LEAF_SCRIPT_BYTES;
use crate::script_keys::{KeysByHash, by_hash, read};

/// One script of an input's taproot tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) hash: TapLeafHash,
    pub(crate) script: ScriptBuf,
    /// The request's proof that the script lies behind the output key; none for a leaf of our own descriptor.
    pub(crate) control_block: Option<ControlBlock>,
    /// Keys whose signatures the script checks.
    pub(crate) keys: Vec<XOnlyPublicKey>,
}

impl Leaf {
    /// The leaves of our own descriptor; none if it is no taproot.
    pub(crate) fn of_descriptor(descriptor: &Descriptor<PublicKey>) -> Vec<Self> {
        let Descriptor::Tr(tr) = descriptor else { return Vec::new() };
        let leaf = |(_, miniscript): (u8, &Miniscript<PublicKey, Tap>)| {
            let script = miniscript.encode();
            let hash = TapLeafHash::from_script(&script, LeafVersion::TapScript);
            let keys = miniscript.iter_pk().map(|key| key.to_x_only_pubkey()).collect();
            Self { hash, script, control_block: None, keys }
        };
        tr.iter_scripts().map(leaf).collect()
    }

    /// A leaf as PSBT_IN_TAP_LEAF_SCRIPT gives it; none if its control block does not lead to the output key. `known` are
    /// the keys that the request names, for scripts that hold their hashes.
    pub(crate) fn given(
        secp: &Secp256k1<VerifyOnly>,
        script_pubkey: &Script,
        control_block: &[u8],
        script: &[u8],
        known: &KeysByHash<XOnlyPublicKey>,
    ) -> Option<Self> {
        let control_block = ControlBlock::decode(control_block).ok()?;
        let script = ScriptBuf::from_bytes(script.to_vec());
        let output_key = output_key(script_pubkey)?;
        if !control_block.verify_taproot_commitment(secp, output_key, &script) {
            return None;
        }
        let hash = TapLeafHash::from_script(&script, control_block.leaf_version);
        let keys = keys_of(&script, control_block.leaf_version, known);
        Some(Self { hash, script, control_block: Some(control_block), keys })
    }

    /// The script as miniscript reads it.
    pub(crate) fn miniscript(&self) -> Option<Miniscript<XOnlyPublicKey, Tap>> {
        if self.script.len() > MAX_LEAF_SCRIPT_BYTES {
            return None;
        }
        read(&self.script, &by_hash::<_, Tap>(self.keys.iter().copied()))
    }
}

/// The output key of a taproot output.
pub(crate) fn output_key(script_pubkey: &Script) -> Option<XOnlyPublicKey> {
    let program = script_pubkey.as_bytes().get(2..).filter(|_| script_pubkey.is_p2tr())?;
    XOnlyPublicKey::from_slice(program).ok()
}

/// Keys of a script that miniscript reads; of any other script nobody knows them.
fn keys_of(script: &Script, version: LeafVersion, known: &KeysByHash<XOnlyPublicKey>) -> Vec<XOnlyPublicKey> {
    if version != LeafVersion::TapScript || script.len() > MAX_LEAF_SCRIPT_BYTES {
        return Vec::new();
    }
    let parsed = read::<XOnlyPublicKey, Tap>(script, known);
    parsed.map(|miniscript| miniscript.iter_pk().collect()).unwrap_or_default()
}
