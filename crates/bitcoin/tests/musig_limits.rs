//! Keys of very many participants (BIP-327): however a request orders and repeats them, it is answered in time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use std::str::FromStr as _;
use std::time::Instant;

use bitcoin::bip32::ChildNumber;
use bitcoin::hashes::{Hash as _, hash160, sha256};
use bitcoin::psbt::raw::Key;
use bitcoin::psbt::{Input, Psbt};
use bitcoin::secp256k1::{PublicKey, SecretKey};
use bitcoin::taproot::{LeafVersion, TapLeafHash, TaprootBuilder};
use bitcoin::{OutPoint, ScriptBuf, Sequence, TxIn, XOnlyPublicKey};
use common::musig::Joint;
use common::{Form, Maker, review};
use peak_alloc::PeakAlloc;
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, decode};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const NOBODY: &str = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

fn point(number: u32) -> PublicKey {
    let secret = SecretKey::from_slice(sha256::Hash::hash(&number.to_be_bytes()).as_byte_array()).unwrap();
    secret.public_key(&common::secp())
}

/// The aggregate of so many participants.
fn joint(participants: u32) -> Joint {
    Joint::new((0..participants).map(point).collect())
}

/// A leaf with this key, and one number by which it differs from others.
fn leaf(key: &PublicKey, number: i64) -> ScriptBuf {
    let builder = ScriptBuf::builder().push_x_only_key(&key.x_only_public_key().0);
    let builder = builder.push_opcode(bitcoin::opcodes::all::OP_CHECKSIGVERIFY).push_int(number);
    builder.push_opcode(bitcoin::opcodes::all::OP_CSV).into_script()
}

/// A coin of somebody else behind these leaves, and an own one.
fn request(joint: &Joint, leaves: &[ScriptBuf]) -> Psbt {
    let mut builder = TaprootBuilder::new();
    let depth = leaves.len().ilog2() as u8;
    for leaf in leaves {
        builder = builder.add_leaf(depth, leaf.clone()).unwrap();
    }
    let internal = XOnlyPublicKey::from_str(NOBODY).unwrap();
    let spend = builder.finalize(&common::secp(), internal).unwrap();
    let script = ScriptBuf::new_p2tr_tweaked(spend.output_key());
    let previous = common::previous(script, 100_000, 9);
    let outpoint = OutPoint::new(previous.compute_txid(), 1);
    let mut input = Input { non_witness_utxo: Some(previous), ..Input::default() };
    for leaf in leaves {
        let leaf = (leaf.clone(), LeafVersion::TapScript);
        input.tap_scripts.insert(spend.control_block(&leaf).unwrap(), leaf);
    }
    let participants = joint.participants.iter().flat_map(|key| key.serialize()).collect();
    input.unknown.insert(Key { type_value: 0x1a, key: joint.key.serialize().to_vec() }, participants);
    let mut psbt = Maker::new(Form::Wpkh, &[100_000], 150_000, None).psbt;
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    psbt.unsigned_tx.input.push(TxIn { previous_output: outpoint, sequence, ..TxIn::default() });
    psbt.inputs.push(input);
    psbt
}

fn check(psbt: &Psbt) -> CheckedPsbt {
    let nobody = Surroundings { network: Network::Testnet3, wallets: Vec::new(), address_book: AddressBook::default() };
    decode(&psbt.serialize()).unwrap().check(&nobody).unwrap()
}

fn hash(script: &ScriptBuf) -> TapLeafHash {
    TapLeafHash::from_script(script, LeafVersion::TapScript)
}

#[test]
fn partial_signatures_that_take_turns_between_two_keys_are_answered_in_time() {
    let joint = joint(1_000);
    let leaves = [leaf(&joint.key, 144), leaf(&joint.key, 145)];
    let mut psbt = request(&joint, &leaves);
    for (n, script) in leaves.iter().enumerate() {
        let joint = joint.clone().in_leaf(hash(script));
        for (k, participant) in joint.participants.iter().enumerate() {
            let nonce = [0, 1].map(|half| point((100_000 * (n + 1) + 2 * k + half) as u32).serialize()).concat();
            psbt.inputs[1].unknown.insert(joint.nonce_field(participant), nonce);
            psbt.inputs[1].unknown.insert(joint.partial_field(participant), vec![1; 32]);
        }
    }
    let begin = Instant::now();
    let checked = check(&psbt);
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    assert_eq!(checked.refusal().unwrap().code, "btc.signature-wrong");
}

#[test]
fn a_finding_names_few_of_very_many_participants_and_counts_the_others() {
    let joint = joint(300);
    let leaves = [leaf(&joint.key, 144), leaf(&joint.key, 145)];
    let mut psbt = request(&joint, &leaves);
    let in_leaf = joint.clone().in_leaf(hash(&leaves[0]));
    let nonce = [point(7_000), point(7_001)].map(|point| point.serialize()).concat();
    psbt.inputs[1].unknown.insert(in_leaf.nonce_field(&joint.participants[0]), nonce);
    let review = review(&check(&psbt));
    let finding = review.findings().iter().find(|f| f.code == "btc.musig-nonce-present").unwrap();
    assert!(finding.truth.ends_with(", 279 more."), "{}", finding.truth);
    assert!(finding.truth.len() < 2_000);
}

/// Each of them has all the participants, which stand in memory once.
#[test]
fn keys_derived_from_one_of_very_many_participants_share_them() {
    let joint = joint(2_000);
    let fingerprint = hash160::Hash::hash(&joint.key.serialize()).to_byte_array();
    let fingerprint = bitcoin::bip32::Fingerprint::from(<[u8; 4]>::try_from(&fingerprint[..4]).unwrap());
    let leaves = [leaf(&joint.key, 144), leaf(&joint.key, 145)];
    let mut psbt = request(&joint, &leaves);
    for index in 0..1_400 {
        let derived = joint.clone().derived([0, index]).key.x_only_public_key().0;
        let path = vec![ChildNumber::from(0), ChildNumber::from(index)].into();
        psbt.inputs[1].tap_key_origins.insert(derived, (Vec::new(), (fingerprint, path)));
    }
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let checked = check(&psbt);
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used < 60 << 20, "{used} bytes");
    assert_eq!(checked.inputs().len(), 2);
}
