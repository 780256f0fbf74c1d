//! Multisig as the firmware is told of it, and which of its keys the device holds.

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, Fingerprint, Xpub};
use protobuf::{EnumOrUnknown, MessageField};
use trezor_client::protos::multisig_redeem_script_type::HDNodePathType;
use trezor_client::protos::{HDNodeType, InputScriptType, MultisigPubkeysOrder, MultisigRedeemScriptType};
use vitrine_bitcoin::{AccountKey, CheckedPsbt, Multisig, OwnScript, ScriptKind, Wallet};

use super::paths::{Taken, taken};
use super::plan::numbers;

/// Most keys of a multisig that the firmware takes.
pub(super) const MOST_KEYS: usize = 15;

/// Which key of each multisig wallet the device holds, by the wallet's position; none where it holds none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holdings(BTreeMap<usize, usize>);

impl Holdings {
    /// What is taken for the device's keys before it was asked: those of the first master key that can sign in every
    /// multisig wallet of the inputs, else the first of each that can.
    pub(super) fn assumed(psbt: &CheckedPsbt) -> Self {
        let able: BTreeMap<usize, Vec<(usize, Fingerprint)>> =
            wallets(psbt).into_keys().map(|position| (position, able_keys(psbt, position))).collect();
        let has = |fingerprint: Fingerprint, keys: &[(usize, Fingerprint)]| {
            keys.iter().find(|(_, other)| *other == fingerprint).map(|(key, _)| *key)
        };
        let first = able.values().next().map(Vec::as_slice).unwrap_or_default();
        let common = first.iter().map(|(_, fingerprint)| *fingerprint);
        let common = common.into_iter().find(|fingerprint| able.values().all(|keys| has(*fingerprint, keys).is_some()));
        let held = |keys: &[(usize, Fingerprint)]| {
            common.and_then(|fingerprint| has(fingerprint, keys)).or_else(|| keys.first().map(|(key, _)| *key))
        };
        Self(able.iter().map(|(position, keys)| (*position, held(keys).unwrap_or(0))).collect())
    }

    /// Notes the key at `key` of the wallet at `wallet`.
    pub(super) fn insert(&mut self, wallet: usize, key: usize) {
        self.0.insert(wallet, key);
    }

    pub(super) fn key(&self, wallet: usize) -> Option<usize> {
        self.0.get(&wallet).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The keys of a wallet whose paths the firmware signs with.
fn able_keys(psbt: &CheckedPsbt, wallet: usize) -> Vec<(usize, Fingerprint)> {
    let mut scripts = psbt.inputs().iter().filter_map(|input| input.own());
    let Some(own) = scripts.find(|own| own.wallet() == wallet) else { return Vec::new() };
    let Some(form) = input_type(own.kind()) else { return Vec::new() };
    let able = |key: &&vitrine_bitcoin::OwnKey| taken(&numbers(key.path()), form, true, psbt.network()) != Taken::Never;
    let keys = own.keys().iter().enumerate().filter(|(_, key)| able(key));
    keys.map(|(position, key)| (position, key.fingerprint())).collect()
}

/// The multisig wallets that inputs spend from, by position.
pub(super) fn wallets(psbt: &CheckedPsbt) -> BTreeMap<usize, Multisig> {
    let mut wallets = BTreeMap::new();
    for own in psbt.inputs().iter().filter_map(|input| input.own()) {
        if wallets.contains_key(&own.wallet()) {
            continue;
        }
        if let Some(multisig) = psbt.wallets().get(own.wallet()).and_then(Wallet::multisig) {
            wallets.insert(own.wallet(), multisig);
        }
    }
    wallets
}

/// Returns the firmware's word for a form of multisig.
pub(super) const fn input_type(kind: ScriptKind) -> Option<InputScriptType> {
    match kind {
        ScriptKind::P2wsh => Some(InputScriptType::SPENDWITNESS),
        ScriptKind::P2shP2wsh => Some(InputScriptType::SPENDP2SHWITNESS),
        ScriptKind::P2sh => Some(InputScriptType::SPENDMULTISIG),
        _ => None,
    }
}

/// Describes a script to the firmware: every cosigner's extended key, and the steps from there.
///
/// Signatures of others are left out: the firmware needs them only to serialize a transaction, which is not used here.
pub(super) fn describe(multisig: &Multisig, own: &OwnScript) -> MultisigRedeemScriptType {
    let steps: Vec<Vec<u32>> = multisig.keys().iter().zip(own.keys()).map(|(key, own)| tail(key, own)).collect();
    let nodes = multisig.keys().iter().map(|key| node(&key.xpub));
    let mut described = MultisigRedeemScriptType {
        m: u32::try_from(multisig.threshold()).ok(),
        signatures: vec![Vec::new(); multisig.keys().len()],
        ..Default::default()
    };
    match steps.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => {
            described.address_n.clone_from(first);
            described.nodes = nodes.collect();
        }
        _ => {
            let with_steps =
                |(node, address_n)| HDNodePathType { node: MessageField::some(node), address_n, ..Default::default() };
            described.pubkeys = nodes.zip(steps).map(with_steps).collect();
        }
    }
    if multisig.is_sorted() {
        described.pubkeys_order = Some(EnumOrUnknown::new(MultisigPubkeysOrder::LEXICOGRAPHIC));
    }
    described
}

/// The steps from an extended key to the key of a script.
fn tail(account: &AccountKey, own: &vitrine_bitcoin::OwnKey) -> Vec<u32> {
    let steps: &[ChildNumber] = own.path().as_ref();
    steps.iter().skip(account.path.len()).map(|step| u32::from(*step)).collect()
}

fn node(xpub: &Xpub) -> HDNodeType {
    HDNodeType {
        depth: Some(u32::from(xpub.depth)),
        fingerprint: Some(u32::from_be_bytes(xpub.parent_fingerprint.to_bytes())),
        child_num: Some(u32::from(xpub.child_number)),
        chain_code: Some(xpub.chain_code.to_bytes().to_vec()),
        public_key: Some(xpub.public_key.serialize().to_vec()),
        ..Default::default()
    }
}

/// What makes two multisig scripts those of one wallet to the firmware: threshold, order, and extended keys, in their
/// order unless it is sorted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cosigners {
    threshold: u32,
    sorted: bool,
    nodes: Vec<HDNodeType>,
}

impl Cosigners {
    pub(super) fn of(described: &MultisigRedeemScriptType) -> Self {
        let of_path = |key: &HDNodePathType| key.node.get_or_default().clone();
        let mut nodes = described.nodes.clone();
        nodes.extend(described.pubkeys.iter().map(of_path));
        let sorted = described.pubkeys_order() == MultisigPubkeysOrder::LEXICOGRAPHIC;
        if sorted {
            nodes.sort_by(|a, b| (&a.public_key, &a.chain_code).cmp(&(&b.public_key, &b.chain_code)));
        }
        Self { threshold: described.m(), sorted, nodes }
    }
}

/// Whether all keys of a script lie behind the same steps; else the firmware takes none for change.
pub(super) fn has_single_path(described: &MultisigRedeemScriptType) -> bool {
    described.pubkeys.is_empty()
}
