//! Scripts of a taproot tree (BIP-341, BIP-342): each proven to lie behind the output key, with the keys in it.

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::taproot::{ControlBlock, LeafVersion, TapLeafHash};
use bitcoin::{PublicKey, Script, ScriptBuf, XOnlyPublicKey};
use miniscript::{Descriptor, Miniscript, Tap, ToPublicKey as _};

use crate::limits::MAX_LEAF_SCRIPT_BYTES;

/// The point whose discrete logarithm nobody knows (BIP-341): an internal key by which nobody can sign.
const NOBODYS_KEY: [u8; 32] = [
    0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b, 0x60, 0x35, 0xe9, 0x7a, 0x5e, 0x07, 0x8a, 0x5a,
    0x0f, 0x28, 0xec, 0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0,
];

/// Whether nobody knows the private key (BIP-341).
pub(crate) fn is_nobodys_key(key: &XOnlyPublicKey) -> bool {
    key.serialize() == NOBODYS_KEY
}

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

    /// A leaf as PSBT_IN_TAP_LEAF_SCRIPT gives it; none if its control block does not lead to the output key.
    pub(crate) fn given(
        secp: &Secp256k1<VerifyOnly>,
        script_pubkey: &Script,
        control_block: &[u8],
        script: &[u8],
    ) -> Option<Self> {
        let control_block = ControlBlock::decode(control_block).ok()?;
        let script = ScriptBuf::from_bytes(script.to_vec());
        let output_key = output_key(script_pubkey)?;
        if !control_block.verify_taproot_commitment(secp, output_key, &script) {
            return None;
        }
        let hash = TapLeafHash::from_script(&script, control_block.leaf_version);
        let keys = keys_of(&script, control_block.leaf_version);
        Some(Self { hash, script, control_block: Some(control_block), keys })
    }

    /// The script as miniscript reads it.
    pub(crate) fn miniscript(&self) -> Option<Miniscript<XOnlyPublicKey, Tap>> {
        if self.script.len() > MAX_LEAF_SCRIPT_BYTES {
            return None;
        }
        Miniscript::parse_insane(&self.script).ok()
    }
}

/// The output key of a taproot output.
pub(crate) fn output_key(script_pubkey: &Script) -> Option<XOnlyPublicKey> {
    let program = script_pubkey.as_bytes().get(2..).filter(|_| script_pubkey.is_p2tr())?;
    XOnlyPublicKey::from_slice(program).ok()
}

/// Keys of a script that miniscript reads; of any other script nobody knows them.
fn keys_of(script: &Script, version: LeafVersion) -> Vec<XOnlyPublicKey> {
    if version != LeafVersion::TapScript || script.len() > MAX_LEAF_SCRIPT_BYTES {
        return Vec::new();
    }
    let parsed = Miniscript::<XOnlyPublicKey, Tap>::parse_insane(script);
    parsed.map(|miniscript| miniscript.iter_pk().collect()).unwrap_or_default()
}
