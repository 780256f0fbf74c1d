//! Multisig as it arrives: extended keys of the cosigners, from which the device derives the script itself.

use bitcoin::bip32::{ChainCode, ChildNumber, Xpub};
use bitcoin::opcodes::all::OP_CHECKMULTISIG;
use bitcoin::script::Builder;
use bitcoin::secp256k1::{self, Secp256k1, VerifyOnly};
use bitcoin::{NetworkKind, PublicKey, ScriptBuf};
use trezor_client::protos::{HDNodeType, MultisigPubkeysOrder, MultisigRedeemScriptType};

use super::Refusal;

const MOST_KEYS: usize = 15;
const HARDENED: u32 = 1 << 31;

/// A script of m of n keys.
pub(super) struct Multisig {
    pub(super) threshold: usize,
    /// As they stand in the script.
    pub(super) keys: Vec<PublicKey>,
    pub(super) sorted: bool,
    /// What is the same in every script of one wallet.
    pub(super) wallet: Vec<u8>,
    /// Whether all keys lie behind the same steps.
    pub(super) single_path: bool,
}

impl Multisig {
    pub(super) fn read(arrived: &MultisigRedeemScriptType) -> Result<Self, Refusal> {
        let cosigners: Vec<(&HDNodeType, &[u32])> = if arrived.nodes.is_empty() {
            arrived.pubkeys.iter().map(|key| (key.node.get_or_default(), key.address_n.as_slice())).collect()
        } else {
            arrived.nodes.iter().map(|node| (node, arrived.address_n.as_slice())).collect()
        };
        let threshold = usize::try_from(arrived.m()).unwrap_or(usize::MAX);
        if cosigners.is_empty() || cosigners.len() > MOST_KEYS || threshold == 0 || threshold > cosigners.len() {
            return Err(Refusal::data("Invalid multisig parameters"));
        }
        let secp = Secp256k1::verification_only();
        let derive = |(node, steps): &(&HDNodeType, &[u32])| child(node, steps, &secp);
        let mut keys = cosigners.iter().map(derive).collect::<Result<Vec<_>, _>>()?;
        let sorted = arrived.pubkeys_order() == MultisigPubkeysOrder::LEXICOGRAPHIC;
        if sorted {
            keys.sort_by_key(|key| key.to_bytes());
        }
        let first = cosigners.first().map(|(_, steps)| *steps);
        let single_path = cosigners.iter().all(|(_, steps)| Some(*steps) == first);
        let wallet = fingerprint(arrived, sorted, cosigners.iter().map(|(node, _)| *node).collect());
        Ok(Self { threshold, keys, sorted, wallet, single_path })
    }

    /// Checks that the device has a part in it.
    pub(super) fn check_own(&self, key: &PublicKey) -> Result<(), Refusal> {
        if self.keys.contains(key) { Ok(()) } else { Err(Refusal::data("Pubkey not found in multisig script")) }
    }

    pub(super) fn script(&self) -> ScriptBuf {
        let number = |count: usize| i64::try_from(count).unwrap_or(0);
        let begun = Builder::new().push_int(number(self.threshold));
        let keys = self.keys.iter().fold(begun, |script, key| script.push_key(key));
        keys.push_int(number(self.keys.len())).push_opcode(OP_CHECKMULTISIG).into_script()
    }
}

fn fingerprint(arrived: &MultisigRedeemScriptType, sorted: bool, mut nodes: Vec<&HDNodeType>) -> Vec<u8> {
    if sorted {
        nodes.sort_by_key(|node| (node.public_key().to_vec(), node.chain_code().to_vec()));
    }
    let mut bytes = [arrived.m().to_be_bytes().as_slice(), &[u8::from(sorted)]].concat();
    for node in nodes {
        for number in [node.depth(), node.fingerprint(), node.child_num()] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(node.chain_code());
        bytes.extend(node.public_key());
    }
    bytes
}

fn child(node: &HDNodeType, steps: &[u32], secp: &Secp256k1<VerifyOnly>) -> Result<PublicKey, Refusal> {
    if steps.iter().any(|step| *step >= HARDENED) {
        return Err(Refusal::data("Cannot perform hardened derivation from XPUB"));
    }
    let refusal = Refusal::data("Invalid multisig parameters");
    let chain_code: [u8; 32] = node.chain_code().try_into().map_err(|_| refusal)?;
    let parent = Xpub {
        network: NetworkKind::Test,
        depth: u8::try_from(node.depth()).map_err(|_| refusal)?,
        parent_fingerprint: node.fingerprint().to_be_bytes().into(),
        child_number: ChildNumber::from(node.child_num()),
        public_key: secp256k1::PublicKey::from_slice(node.public_key()).map_err(|_| refusal)?,
        chain_code: ChainCode::from(chain_code),
    };
    let steps: Vec<ChildNumber> = steps.iter().map(|step| ChildNumber::from(*step)).collect();
    let derived = parent.derive_pub(secp, &steps).map_err(|_| refusal)?;
    Ok(PublicKey::new(derived.public_key))
}
