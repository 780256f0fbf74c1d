//! Several keys of one wallet: who has signed, who is missing, and taproot leaves.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use std::str::FromStr as _;

use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv};
use bitcoin::hashes::Hash as _;
use bitcoin::psbt::Input;
use bitcoin::secp256k1::{Keypair, Message};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::{OutPoint, Psbt, PublicKey, Sequence, Transaction, TxIn, TxOut, XOnlyPublicKey, consensus, taproot};
use common::{Form, Maker, account, all_codes, master, review, secp};
use miniscript::{Descriptor, DescriptorPublicKey};
use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, Network, ReturnedSignature, SignatureFault, Surroundings, VerifyError, Wallet, verify,
    verify_response, verify_transaction,
};

const NETWORK: Network = Network::Testnet3;
const PATHS: [&str; 3] = ["86h/1h/0h", "86h/1h/1h", "86h/1h/2h"];

/// A taproot wallet: key path by the first key, or two of two in a leaf.
fn descriptor() -> String {
    let [a, b, c] = PATHS.map(|path| format!("{}/<0;1>/*", account(path, NETWORK)));
    format!("tr({a},multi_a(2,{b},{c}))")
}

fn surroundings() -> Surroundings {
    surroundings_of(&descriptor())
}

fn surroundings_of(descriptor: &str) -> Surroundings {
    let wallet = Wallet::parse("Treasury", descriptor, NETWORK).unwrap();
    Surroundings { network: NETWORK, wallets: vec![wallet], address_book: AddressBook::default() }
}

/// The private key of a cosigner for receive index 0.
fn private_key(cosigner: usize) -> Xpriv {
    let path = DerivationPath::from_str(&format!("{}/0/0", PATHS[cosigner])).unwrap();
    master(NETWORK).derive_priv(&secp(), &path).unwrap()
}

fn x_only(cosigner: usize) -> XOnlyPublicKey {
    private_key(cosigner).to_keypair(&secp()).x_only_public_key().0
}

/// One coin of that wallet, its leaf given with its control block.
fn request() -> Maker {
    request_of(&descriptor())
}

fn request_of(descriptor: &str) -> Maker {
    let mut maker = Maker::new(Form::Tr, &[], 90_000, None);
    let descriptor = Descriptor::<DescriptorPublicKey>::from_str(descriptor).unwrap();
    let receive = descriptor.into_single_descriptors().unwrap()[0].clone();
    let Descriptor::Tr(tr) = receive.at_derivation_index(0).unwrap().derived_descriptor(&secp()).unwrap() else {
        panic!("the descriptor starts with tr")
    };
    let previous = common::previous(tr.script_pubkey(), 100_000, 9);
    let script = tr.iter_scripts().next().unwrap().1.encode();
    let version = LeafVersion::TapScript;
    let control_block = tr.spend_info().control_block(&(script.clone(), version)).unwrap();
    let mut input = Input { non_witness_utxo: Some(previous.clone()), ..Input::default() };
    input.witness_utxo = Some(previous.output[1].clone());
    input.tap_internal_key = Some(x_only(0));
    input.tap_scripts.insert(control_block, (script, version));
    for (cosigner, account) in PATHS.iter().enumerate() {
        let path = DerivationPath::from_str(account).unwrap();
        let path = path.extend([0, 0].map(|index| ChildNumber::Normal { index }));
        input.tap_key_origins.insert(x_only(cosigner), (Vec::new(), (common::fingerprint(), path)));
    }
    let outpoint = OutPoint::new(previous.compute_txid(), 1);
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    maker.psbt.unsigned_tx.input.push(TxIn { previous_output: outpoint, sequence, ..TxIn::default() });
    maker.psbt.inputs.push(input);
    maker
}

fn leaf(psbt: &Psbt) -> TapLeafHash {
    let (script, version) = psbt.inputs[0].tap_scripts.values().next().unwrap();
    TapLeafHash::from_script(script, *version)
}

/// A cosigner's signature for the leaf.
fn leaf_signature(psbt: &Psbt, cosigner: usize) -> taproot::Signature {
    let spent: Vec<TxOut> = psbt.inputs.iter().map(|i| i.witness_utxo.clone().unwrap()).collect();
    let (prevouts, sighash_type) = (Prevouts::All(&spent), TapSighashType::Default);
    let mut cache = SighashCache::new(&psbt.unsigned_tx);
    let digest = cache.taproot_script_spend_signature_hash(0, &prevouts, leaf(psbt), sighash_type).unwrap();
    let keypair: Keypair = private_key(cosigner).to_keypair(&secp());
    let message = Message::from_digest(digest.to_byte_array());
    taproot::Signature { signature: secp().sign_schnorr_no_aux_rand(&message, &keypair), sighash_type }
}

fn signed_by(psbt: &Psbt, cosigners: &[usize]) -> Psbt {
    let mut signed = psbt.clone();
    for cosigner in cosigners {
        let signature = leaf_signature(psbt, *cosigner);
        signed.inputs[0].tap_script_sigs.insert((x_only(*cosigner), leaf(psbt)), signature);
    }
    signed
}

fn check(psbt: &Psbt) -> CheckedPsbt {
    vitrine_bitcoin::decode(&psbt.serialize()).unwrap().check(&surroundings()).unwrap()
}

fn returned(psbt: &Psbt, cosigner: usize) -> ReturnedSignature {
    let public_key = PublicKey::new(x_only(cosigner).public_key(bitcoin::secp256k1::Parity::Even));
    let signature = leaf_signature(psbt, cosigner).signature.serialize().to_vec();
    ReturnedSignature { input: 0, public_key, signature }
}

#[test]
fn a_leaf_signed_by_all_its_keys_makes_a_transaction_that_executes() {
    let psbt = request().psbt;
    let checked = check(&psbt);
    let verified = verify(&checked, &[returned(&psbt, 1), returned(&psbt, 2)]).unwrap();
    assert_eq!(Psbt::deserialize(verified.psbt()).unwrap(), signed_by(&psbt, &[1, 2]));
    assert_eq!(verify_response(&checked, verified.psbt()).as_ref(), Ok(&verified));
    let transaction: Transaction = consensus::deserialize(verified.transaction().unwrap()).unwrap();
    assert_eq!(transaction.input[0].witness.len(), 4);
    assert_eq!(verify_transaction(&checked, verified.transaction().unwrap()).as_ref(), Ok(&verified));
}

#[test]
fn one_key_of_a_leaf_is_verified_and_the_other_one_named_as_missing() {
    let psbt = request().psbt;
    let verified = verify(&check(&psbt), &[returned(&psbt, 1)]).unwrap();
    assert_eq!(verified.transaction(), None);
    let checks = verified.checks().join("; ");
    assert!(checks.contains("cosigner 5c9e228d/86'/1'/1' has signed 1 input"), "{checks}");
    assert!(checks.contains("1 input lacks 1 signature"), "{checks}");
    // The signed PSBT, as the next cosigner sees it.
    let next = check(&Psbt::deserialize(verified.psbt()).unwrap());
    assert_eq!(next.inputs()[0].signers(), ["5c9e228d/86'/1'/1'"]);
    assert_eq!(next.inputs()[0].missing_signatures(), Some(1));
    let truth = review(&next).findings().iter().find(|f| f.code == "btc.signature-present").unwrap().truth.clone();
    let state = common::field(&next, "btc.input[0].signed-by");
    assert_eq!(state, "5c9e228d/86'/1'/1'; 1 more needed");
    assert!(truth.contains("by 5c9e228d/86'/1'/1'") && truth.contains("still needs 1 more"), "{truth}");
    assert!(verify(&next, &[returned(&psbt, 2)]).unwrap().transaction().is_some());
}

#[test]
fn the_key_path_is_signed_by_the_internal_key() {
    let psbt = request().psbt;
    let mut keyed = psbt.clone();
    keyed.inputs[0].tap_key_origins.retain(|key, _| *key == x_only(0));
    keyed.inputs[0].tap_merkle_root = Some(leaf(&psbt).into());
    keyed.sign(&master(NETWORK), &secp()).unwrap();
    let signature = keyed.inputs[0].tap_key_sig.unwrap().signature.serialize().to_vec();
    let public_key = PublicKey::new(x_only(0).public_key(bitcoin::secp256k1::Parity::Even));
    let verified = verify(&check(&psbt), &[ReturnedSignature { input: 0, public_key, signature }]).unwrap();
    let transaction: Transaction = consensus::deserialize(verified.transaction().unwrap()).unwrap();
    assert_eq!(transaction.input[0].witness.len(), 1);
}

#[test]
fn a_signature_of_a_leaf_by_the_wrong_key_or_for_another_leaf_is_not_taken() {
    let psbt = request().psbt;
    let checked = check(&psbt);
    let mut swapped = returned(&psbt, 1);
    swapped.signature = returned(&psbt, 2).signature;
    let wrong = VerifyError::Signature { input: 0, fault: SignatureFault::Wrong };
    assert_eq!(verify(&checked, &[swapped]), Err(wrong));
    let mut other_leaf = psbt.clone();
    let hash = TapLeafHash::from_byte_array([7; 32]);
    other_leaf.inputs[0].tap_script_sigs.insert((x_only(1), hash), leaf_signature(&psbt, 1));
    let error = verify_response(&checked, &other_leaf.serialize());
    assert!(matches!(error, Err(VerifyError::ForeignKey { input: 0, .. })), "{error:?}");
    let carried = check(&other_leaf);
    assert!(all_codes(&carried).contains(&"btc.signature-wrong"));
}

#[test]
fn a_leaf_that_does_not_lie_behind_the_output_key_refuses() {
    let mut psbt = request().psbt;
    let (control_block, (script, version)) = psbt.inputs[0].tap_scripts.pop_first().unwrap();
    let mut longer = script.to_bytes();
    longer.push(0x51);
    psbt.inputs[0].tap_scripts.insert(control_block, (longer.into(), version));
    let checked = check(&psbt);
    assert_eq!(checked.refusal().unwrap().code, "btc.script-mismatch");
    let field = checked.refusal().unwrap().field.clone().unwrap();
    assert!(review(&checked).document().field(&field).is_some(), "{field}");
}

#[test]
fn an_operator_finishes_a_leaf_by_its_control_block() {
    let psbt = request().psbt;
    let verified = verify(&check(&psbt), &[returned(&psbt, 1), returned(&psbt, 2)]).unwrap();
    let nobody = Surroundings { wallets: Vec::new(), ..surroundings() };
    let checked = vitrine_bitcoin::decode(&psbt.serialize()).unwrap().check(&nobody).unwrap();
    let by_operator = verify_response(&checked, verified.psbt()).unwrap();
    assert_eq!(by_operator.transaction(), verified.transaction());
    assert_eq!(verify_transaction(&checked, verified.transaction().unwrap()).as_ref(), Ok(&by_operator));
    for offset in 0..verified.psbt().len() {
        let mut changed = verified.psbt().to_vec();
        changed[offset] ^= 0x01;
        assert!(verify_response(&checked, &changed).is_err(), "byte {offset}");
    }
}

#[test]
fn a_multisig_counts_only_valid_signatures_and_says_whose() {
    let maker = Maker::usual(Form::WshMulti);
    let mut half = maker.signed();
    for input in &mut half.inputs {
        input.partial_sigs.pop_last();
    }
    let halfway = Maker { psbt: half.clone(), ..Maker::usual(Form::WshMulti) }.check();
    for input in halfway.inputs() {
        assert_eq!((input.signers().len(), input.missing_signatures()), (1, Some(1)));
        assert!(input.signers()[0].starts_with("5c9e228d/48'/1'/"), "{:?}", input.signers());
    }
    let (first, second) = (half.inputs[0].partial_sigs.clone(), half.inputs[1].partial_sigs.clone());
    half.inputs[0].partial_sigs = first.into_keys().zip(second.into_values()).collect();
    let wrong = Maker { psbt: half, ..Maker::usual(Form::WshMulti) }.check();
    assert_eq!(wrong.refusal().unwrap().code, "btc.signature-wrong");
    assert_eq!((wrong.inputs()[0].signers().len(), wrong.inputs()[0].missing_signatures()), (0, Some(2)));
}

/// A leaf with the hash of a key: the registered wallet derives the key, an operator takes it from the key origins.
#[test]
fn a_leaf_with_the_hash_of_a_key_is_signed_by_that_key() {
    let [a, b, c] = PATHS.map(|path| format!("{}/<0;1>/*", account(path, NETWORK)));
    for leaf in [format!("and_v(v:pkh({b}),pk({c}))"), format!("and_v(v:pk({c}),pkh({b}))")] {
        let text = format!("tr({a},{leaf})");
        let psbt = request_of(&text).psbt;
        let request = || vitrine_bitcoin::decode(&psbt.serialize()).unwrap();
        let checked = request().check(&surroundings_of(&text)).unwrap();
        assert_eq!(checked.refusal(), None);
        let one = verify(&checked, &[returned(&psbt, 1)]).unwrap();
        assert_eq!(one.transaction(), None);
        let both = verify(&checked, &[returned(&psbt, 1), returned(&psbt, 2)]).unwrap();
        let transaction: Transaction = consensus::deserialize(both.transaction().unwrap()).unwrap();
        assert_eq!(transaction.input[0].witness.len(), 5);
        let next = check_in(&Psbt::deserialize(one.psbt()).unwrap(), &text);
        assert_eq!((next.inputs()[0].signers().len(), next.inputs()[0].missing_signatures()), (1, Some(1)));
        let nobody = Surroundings { wallets: Vec::new(), ..surroundings() };
        let operator = request().check(&nobody).unwrap();
        assert_eq!(verify_response(&operator, both.psbt()).unwrap().transaction(), both.transaction());
        // Without key origins nobody knows whose hash it is, and its signature is not taken.
        let mut bare = psbt.clone();
        bare.inputs[0].tap_key_origins.clear();
        let operator = vitrine_bitcoin::decode(&bare.serialize()).unwrap().check(&nobody).unwrap();
        let mut signed = bare.clone();
        signed.inputs[0].tap_script_sigs = Psbt::deserialize(both.psbt()).unwrap().inputs[0].tap_script_sigs.clone();
        let error = verify_response(&operator, &signed.serialize()).unwrap_err();
        assert!(matches!(error, VerifyError::ForeignKey { input: 0, .. }), "{error}");
    }
}

/// The same before taproot: what an operator knows of the key behind the hash finishes the input.
#[test]
fn an_operator_finishes_a_script_with_the_hash_of_a_key() {
    let [a, b] = [0, 1].map(|cosigner| PublicKey::new(private_key(cosigner).to_keypair(&secp()).public_key()));
    let recovery = format!("or_d(pk({a}),and_v(v:pkh({b}),after(4000000)))");
    for (text, signer) in [(format!("and_v(v:pkh({b}),pk({a}))"), 2), (recovery, 1)] {
        let descriptor = Descriptor::<PublicKey>::from_str(&format!("wsh({text})")).unwrap();
        let mut maker = Maker::new(Form::Wpkh, &[], 90_000, None);
        let previous = common::previous(descriptor.script_pubkey(), 100_000, 9);
        let mut input = Input { non_witness_utxo: Some(previous.clone()), ..Input::default() };
        input.witness_script = Some(descriptor.explicit_script().unwrap());
        for (cosigner, key) in [a, b].iter().enumerate() {
            let path = DerivationPath::from_str(&format!("{}/0/0", PATHS[cosigner])).unwrap();
            input.bip32_derivation.insert(key.inner, (common::fingerprint(), path));
        }
        let outpoint = OutPoint::new(previous.compute_txid(), 1);
        let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
        maker.psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_height(4_000_000).unwrap();
        maker.psbt.unsigned_tx.input.push(TxIn { previous_output: outpoint, sequence, ..TxIn::default() });
        maker.psbt.inputs.push(input);
        let mut signed = maker.signed();
        if signer == 1 {
            signed.inputs[0].partial_sigs.remove(&a);
        }
        let nobody = Surroundings { wallets: Vec::new(), ..surroundings() };
        let operator = maker.check_in(&nobody);
        let verified = verify_response(&operator, &signed.serialize()).unwrap();
        assert!(verified.transaction().is_some(), "{text}");
    }
}

fn check_in(psbt: &Psbt, descriptor: &str) -> CheckedPsbt {
    vitrine_bitcoin::decode(&psbt.serialize()).unwrap().check(&surroundings_of(descriptor)).unwrap()
}
