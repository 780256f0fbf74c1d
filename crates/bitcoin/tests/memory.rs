//! Signing memory: the same coin for something else, the same nonce for something else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use bitcoin::bip32::Xpriv;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{PublicKey as Point, Scalar, SecretKey, constants, ecdsa};
use bitcoin::sighash::{EcdsaSighashType, SighashCache};
use bitcoin::{Amount, PublicKey};
use common::{Form, Maker, all_codes, master, secp};
use vitrine_bitcoin::{
    CheckedPsbt, EarlierSigning, Network, ReturnedSignature, SigningMemory, VerifyError, verify, verify_response,
};
use vitrine_review::{Digest, Recorded};

/// 2026-11-20 14:18 UTC.
const RECORDED: Recorded = Recorded { entry: 9, at: 1_795_184_280, head: Digest::new([0xab; 32]) };

fn remembered(maker: &Maker) -> SigningMemory {
    let checked = maker.check();
    let verified = verify_response(&checked, &maker.signed().serialize()).unwrap();
    let mut memory = SigningMemory::default();
    memory.add(checked.to_remember(&verified), RECORDED);
    memory
}

#[test]
fn the_same_coin_for_other_outputs_or_another_amount_refuses() {
    let maker = Maker::usual(Form::Wpkh);
    let memory = remembered(&maker);
    let mut other_outputs = Maker::usual(Form::Wpkh);
    other_outputs.psbt.unsigned_tx.output[0].value = Amount::from_sat(299_999);
    let mut one_more_input = Maker::usual(Form::Wpkh);
    one_more_input.add_input(Form::Wpkh, 2, 50_000);
    for (maker, what) in [(&other_outputs, "with other outputs"), (&one_more_input, "in another transaction")] {
        let checked = maker.check().with_memory(&memory);
        let finding = checked.refusal().unwrap().clone();
        assert_eq!(finding.code, "btc.outpoint-signed-before");
        assert!(finding.truth.contains(what), "{}", finding.truth);
        let earlier = Maker::usual(Form::Wpkh).psbt.unsigned_tx.compute_txid().to_string();
        let named = ["entry 9 of the record with head abab abab abab abab…, 2026-11-20 14:18:00 UTC", &earlier];
        assert!(named.iter().all(|name| finding.truth.contains(name)), "{}", finding.truth);
        assert!(finding.action.contains(&earlier) && finding.action.contains("Replace a signed transaction"));
        let error = verify_response(&checked, &maker.signed().serialize());
        assert_eq!(error, Err(VerifyError::Refused { code: "btc.outpoint-signed-before" }));
    }
    let mut lied = remembered_signing(&maker);
    lied.coins[1].1 = Some(199_999);
    let mut memory = SigningMemory::default();
    memory.add(lied, RECORDED);
    let checked = maker.check().with_memory(&memory);
    let truth = &checked.refusal().unwrap().truth;
    assert!(truth.contains("input 1") && truth.contains("as 199999 sat, now 200000 sat"), "{truth}");
}

fn remembered_signing(maker: &Maker) -> EarlierSigning {
    let checked = maker.check();
    checked.to_remember(&verify_response(&checked, &maker.signed().serialize()).unwrap())
}

#[test]
fn the_same_transaction_once_more_is_a_fact() {
    let maker = Maker::usual(Form::Wpkh);
    let checked = maker.check().with_memory(&remembered(&maker));
    assert_eq!(checked.refusal(), None);
    assert!(all_codes(&checked).contains(&"btc.transaction-signed-before"));
    assert!(verify_response(&checked, &maker.signed().serialize()).is_ok(), "the same nonce for the same digest");
    assert!(!all_codes(&maker.check()).contains(&"btc.transaction-signed-before"));
}

/// The digest of an input, its key, and a signature of it with the nonce 1.
fn careless(maker: &Maker, input: usize) -> ReturnedSignature {
    let psbt = &maker.psbt;
    let (point, (_, path)) = psbt.inputs[input].bip32_derivation.iter().next().unwrap();
    let key: Xpriv = master(Network::Testnet3).derive_priv(&secp(), path).unwrap();
    let spent = psbt.inputs[input].witness_utxo.clone().unwrap();
    let mut cache = SighashCache::new(&psbt.unsigned_tx);
    let digest = cache.p2wpkh_signature_hash(input, &spent.script_pubkey, spent.value, EcdsaSighashType::All).unwrap();
    // k = 1: r is the generator's x, s = digest + r * key.
    let one = SecretKey::from_slice(&constants::ONE).unwrap();
    let r: [u8; 32] = Point::from_secret_key(&secp(), &one).serialize()[1..].try_into().unwrap();
    let s = key.private_key.mul_tweak(&Scalar::from_be_bytes(r).unwrap()).unwrap();
    let s = s.add_tweak(&Scalar::from_be_bytes(digest.to_byte_array()).unwrap()).unwrap();
    let mut signature = ecdsa::Signature::from_compact(&[r, s.secret_bytes()].concat()).unwrap();
    signature.normalize_s();
    ReturnedSignature { input, public_key: PublicKey::new(*point), signature: signature.serialize_der().to_vec() }
}

#[test]
fn one_nonce_for_two_digests_in_one_response_is_not_taken() {
    let maker = Maker::usual(Form::Wpkh);
    let signatures = [careless(&maker, 0), careless(&maker, 1)];
    assert_eq!(verify(&maker.check(), &signatures), Err(VerifyError::NonceReused { input: 1 }));
}

#[test]
fn a_nonce_of_an_earlier_ceremony_is_not_taken() {
    let one = |index: u32| {
        let mut maker = Maker::new(Form::Wpkh, &[], 40_000, None);
        maker.add_input(Form::Wpkh, index, 50_000);
        maker
    };
    let (first, second) = (one(0), one(1));
    let checked: CheckedPsbt = first.check();
    let verified = verify(&checked, &[careless(&first, 0)]).unwrap();
    let mut memory = SigningMemory::default();
    memory.add(checked.to_remember(&verified), RECORDED);
    let again = second.check().with_memory(&memory);
    assert_eq!(again.refusal(), None);
    assert_eq!(verify(&again, &[careless(&second, 0)]), Err(VerifyError::NonceReused { input: 0 }));
}
