//! Scripts of a taproot tree (BIP-341, BIP-342): each proven to lie behind the output key, with the keys in it.

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::taproot::{ControlBlock, LeafVersion, TapLeafHash};
use bitcoin::{PublicKey, Script, ScriptBuf, XOnlyPublicKey};
use miniscript::{Descriptor, Miniscript, Tap, ToPublicKey as _};

use crate::limits::MAX_LEAF_SCRIPT_BYTES;
use crate::script_keys::{KeysByHash, by_hash, read};

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

    use std::str::FromStr as _;

    use bitcoin::TapTweakHash;
    use bitcoin::hashes::Hash as _;

    use super::*;
    use crate::{Network, Wallet};

    fn list(column: &str) -> Vec<&str> {
        column.split(' ').filter(|item| *item != "-").collect()
    }

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    /// The tree as descriptors write it; none with a leaf that is no `pk()`.
    fn tree(text: &str) -> Option<String> {
        let mut out = String::new();
        for piece in text.split_inclusive(['{', '}', ',']) {
            let leaf = piece.trim_end_matches(['{', '}', ',']);
            if !leaf.is_empty() {
                let key = leaf.strip_prefix("c0:20")?.strip_suffix("ac").filter(|key| key.len() == 64)?;
                out.push_str(&format!("pk({key})"));
            }
            out.push_str(&piece[leaf.len()..]);
        }
        Some(out)
    }

    #[test]
    fn published_script_trees_lie_behind_the_published_keys() {
        let secp = Secp256k1::verification_only();
        let (mut outputs, mut leaves, mut descriptors) = (0, 0, 0);
        for row in
            include_str!("../../../tests/vectors/bip341-script-tree.tsv").lines().filter(|row| !row.starts_with('#'))
        {
            let columns: Vec<&str> = row.split('\t').collect();
            let [internal, text, hashes, root, tweak, script, address, blocks] = columns.try_into().unwrap();
            let internal_key = XOnlyPublicKey::from_str(internal).unwrap();
            let merkle_root = list(root).first().map(|root| root.parse().unwrap());
            let found = TapTweakHash::from_key_and_tweak(internal_key, merkle_root);
            assert_eq!(found.to_byte_array().to_vec(), hex(tweak));
            let script_pubkey = ScriptBuf::from_bytes(hex(script));
            let (tweaked, _) = internal_key.add_tweak(&secp, &found.to_scalar()).unwrap();
            assert_eq!(output_key(&script_pubkey), Some(tweaked));
            let scripts = text.split(['{', '}', ',']).filter_map(|leaf| leaf.split_once(':'));
            for (((version, leaf), hash), block) in scripts.zip(list(hashes)).zip(list(blocks)) {
                let (leaf, block) = (hex(leaf), hex(block));
                let given = Leaf::given(&secp, &script_pubkey, &block, &leaf, &KeysByHash::new()).unwrap();
                assert_eq!(given.hash.to_byte_array().to_vec(), hex(hash));
                assert_eq!(given.keys.len(), usize::from(version == "c0" && leaf.len() == 34));
                for at in 0..block.len() {
                    let mut changed = block.clone();
                    changed[at] ^= 1;
                    assert_eq!(
                        Leaf::given(&secp, &script_pubkey, &changed, &leaf, &KeysByHash::new()),
                        None,
                        "byte {at}"
                    );
                }
                leaves += 1;
            }
            outputs += 1;
            let descriptor = if text == "-" {
                Some(format!("tr({internal})"))
            } else {
                tree(text).map(|tree| format!("tr({internal},{tree})"))
            };
            let Some(descriptor) = descriptor else { continue };
            let wallet = Wallet::parse("Vector", &descriptor, Network::Mainnet).unwrap();
            assert_eq!(wallet.address(false, 0).unwrap(), address);
            assert_eq!(wallet.script(false, 0).unwrap().script_pubkey(), script_pubkey);
            descriptors += 1;
        }
        println!("BIP-341: {outputs} output keys, {leaves} leaves proven, {descriptors} descriptors");
        assert_eq!((outputs, leaves, descriptors), (7, 12, 5));
    }
}
