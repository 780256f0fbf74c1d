//! Signatures that come back, right and wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::{address, bytes, hash, name, named, vectors};
use serde_json::Value;
use vitrine_ethereum::alloy_primitives::{Address, U256, keccak256};
use vitrine_ethereum::sign_request::EthSignature;
use vitrine_ethereum::{
    ReturnedSignature, Signable, SignatureFault, Transaction, VerifyError, verify, verify_batch_response,
    verify_response, verify_transaction,
};

fn transaction(entry: &Value) -> Transaction {
    Transaction::from_request(&bytes(entry, "unsigned")).unwrap()
}

fn answer(wanted: &str) -> EthSignature {
    EthSignature::decode(&bytes(&named(&vectors()["answers"], wanted), "cbor")).unwrap()
}

fn signer() -> Address {
    address(&vectors()["transactions"][0], "from")
}

fn order() -> U256 {
    U256::from_str_radix("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16).unwrap()
}

#[test]
fn signed_transactions_are_those_of_ethers_byte_for_byte_whatever_the_device_says_about_v() {
    for entry in vectors()["transactions"].as_array().unwrap() {
        let (transaction, rs) = (transaction(entry), answer(&name(entry)).signature[..64].to_vec());
        for v in [&[0][..], &[1], &[27], &[28], &[0xff; 9]] {
            let returned = ReturnedSignature::from_bytes(&[&rs, v].concat()).unwrap();
            let verified = verify(Signable::Transaction(&transaction), signer(), &returned).unwrap();
            assert_eq!(verified.transaction().unwrap(), bytes(entry, "signed"), "{}", name(entry));
            assert_eq!(verified.transaction_hash().unwrap(), hash(entry, "transaction_hash"));
            assert_eq!(verified.hash(), hash(entry, "signing_hash"));
            assert_eq!(verified.signature_bytes(), answer(&name(entry)).signature, "{}", name(entry));
            assert_eq!(verified.signer(), signer());
            assert_eq!(verified.checks().len(), 4);
        }
    }
}

#[test]
fn answers_of_keystones_registry_are_verified() {
    let vectors = vectors();
    for entry in vectors["transactions"].as_array().unwrap() {
        let (transaction, message) = (transaction(entry), bytes(&named(&vectors["answers"], &name(entry)), "cbor"));
        let id = answer(&name(entry)).request_id;
        let verified = verify_response(Signable::Transaction(&transaction), signer(), id, &message).unwrap();
        let ours = verified.to_eth_signature(id, answer(&name(entry)).origin.as_deref());
        assert_eq!(ours.encode(), message, "{}", name(entry));
        assert!(verified.checks().iter().any(|check| check.starts_with("the answer is to request 9b1deb4d")));
    }
    for wanted in ["typed-data", "message"] {
        let digest = hash(&named(&vectors["requests"], wanted), "hash");
        let reviewed = match wanted {
            "message" => Signable::PersonalMessage { hash: digest },
            _ => Signable::TypedData { digest },
        };
        let message = bytes(&named(&vectors["answers"], wanted), "cbor");
        let verified = verify_response(reviewed, signer(), answer(wanted).request_id, &message).unwrap();
        assert_eq!((verified.transaction(), verified.signature_bytes().len()), (None, 65));
        assert_eq!(verified.signature_bytes()[64], 27 + verified.signature().y_parity());
    }
}

#[test]
fn a_signature_over_another_request_names_who_it_would_be_by() {
    let vectors = vectors();
    let (first, second) = (&vectors["transactions"][0], &vectors["transactions"][1]);
    let returned = ReturnedSignature::from_bytes(&answer(&name(second)).signature).unwrap();
    let error = verify(Signable::Transaction(&transaction(first)), signer(), &returned).unwrap_err();
    let VerifyError::Signature(SignatureFault::Signer { expected, recovered }) = &error else { panic!("{error}") };
    assert_eq!((*expected, recovered.len()), (signer(), 2));
    assert!(recovered.iter().all(|address| error.to_string().contains(&address.to_string())), "{error}");
    assert!(error.to_string().contains(&signer().to_string()));
    let stranger = Address::repeat_byte(9);
    let returned = ReturnedSignature::from_bytes(&answer(&name(first)).signature).unwrap();
    let error = verify(Signable::Transaction(&transaction(first)), stranger, &returned).unwrap_err();
    let VerifyError::Signature(SignatureFault::Signer { recovered, .. }) = error else { panic!() };
    assert!(recovered.contains(&signer()));
}

#[test]
fn signatures_out_of_range_are_refused() {
    let entry = &vectors()["transactions"][2];
    let transaction = transaction(entry);
    let signature = answer(&name(entry)).signature;
    let (r, s): ([u8; 32], [u8; 32]) = (signature[..32].try_into().unwrap(), signature[32..64].try_into().unwrap());
    let high = order() - U256::from_be_bytes(s);
    let half: U256 = order() >> 1;
    let cases = [
        ("an r of zero", U256::ZERO, U256::from_be_bytes(s), SignatureFault::R),
        ("an r of the order", order(), U256::from_be_bytes(s), SignatureFault::R),
        ("an r above the order", U256::MAX, U256::from_be_bytes(s), SignatureFault::R),
        ("an s of zero", U256::from_be_bytes(r), U256::ZERO, SignatureFault::S),
        ("an s of the order", U256::from_be_bytes(r), order(), SignatureFault::S),
        ("an s above the order", U256::from_be_bytes(r), U256::MAX, SignatureFault::S),
        ("the other s, which nodes of some kinds take", U256::from_be_bytes(r), high, SignatureFault::HighS),
        ("an s just above half", U256::from_be_bytes(r), half + U256::from(1), SignatureFault::HighS),
        ("an r that is on no point", U256::from(5), U256::from(7), SignatureFault::NotOnCurve),
    ];
    for (fear, r, s, fault) in cases {
        let returned = ReturnedSignature::from_scalars(r.to_be_bytes(), s.to_be_bytes());
        let error = verify(Signable::Transaction(&transaction), signer(), &returned).unwrap_err();
        assert_eq!(error, VerifyError::Signature(fault), "{fear}");
    }
    let at_half = ReturnedSignature::from_scalars(r, half.to_be_bytes());
    let error = verify(Signable::Transaction(&transaction), signer(), &at_half).unwrap_err();
    assert!(matches!(error, VerifyError::Signature(SignatureFault::Signer { .. })), "{error}");
    for length in (0..=64).chain([74, 200]) {
        let fault = SignatureFault::Length { found: length };
        assert_eq!(ReturnedSignature::from_bytes(&vec![1; length]), Err(fault));
    }
}

#[test]
fn every_bit_of_r_and_s_counts() {
    let entry = &vectors()["transactions"][4];
    let transaction = transaction(entry);
    let signature = answer(&name(entry)).signature;
    for bit in 0..512 {
        let mut other = signature.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        let returned = ReturnedSignature::from_bytes(&other).unwrap();
        assert!(verify(Signable::Transaction(&transaction), signer(), &returned).is_err(), "{bit}");
    }
}

#[test]
fn answers_that_are_refused() {
    let entry = &vectors()["transactions"][4];
    let transaction = transaction(entry);
    let right = answer(&name(entry));
    let refuse = |fear: &str, answer: &EthSignature, says: &str| {
        let reviewed = Signable::Transaction(&transaction);
        let error = verify_response(reviewed, signer(), right.request_id, &answer.encode()).expect_err(fear);
        assert!(error.to_string().contains(says), "{fear}: {error}");
    };
    let id = |request_id| EthSignature { request_id, ..right.clone() };
    refuse("the answer to yesterday's request", &id(Some([7; 16])), "07070707");
    refuse("an answer without a number", &id(None), "no number");
    let signed = |signature: Vec<u8>| EthSignature { signature, ..right.clone() };
    let v = |v: &[u8]| signed([&right.signature[..64], v].concat());
    let parity = right.signature[64];
    refuse("the other parity", &v(&[1 - parity]), "v is");
    refuse("v of a message", &v(&[27 + parity]), "v is");
    refuse("v with a leading zero", &v(&[0, parity]), "v is");
    refuse("v of EIP-155", &v(&[1, 0x35 + parity]), "v is");
    refuse("no v", &v(&[]), "64 bytes instead of");
    refuse("a v without end", &v(&[0; 10]), "74 bytes instead of");
    refuse("no signature", &signed(vec![]), "0 bytes instead of");
    refuse("another transaction's signature", &signed(answer("blob").signature), "is not by");
    let malformed = [right.encode(), vec![0]].concat();
    let error =
        verify_response(Signable::Transaction(&transaction), signer(), right.request_id, &malformed).unwrap_err();
    assert!(matches!(error, VerifyError::Malformed(_)), "{error}");
    let unnumbered = id(None).encode();
    assert!(verify_response(Signable::Transaction(&transaction), signer(), None, &unnumbered).is_ok());
}

#[test]
fn a_batch_is_answered_whole_and_in_its_order() {
    let vectors = vectors();
    let message = bytes(&vectors["batch"]["answer"], "cbor");
    let entries: Vec<&Value> = vectors["transactions"].as_array().unwrap().iter().take(3).collect();
    let transactions: Vec<Transaction> = entries.iter().map(|entry| transaction(entry)).collect();
    let asked = |order: &[usize]| -> Vec<(Signable<'_>, Address, Option<[u8; 16]>)> {
        let one =
            |n: &usize| (Signable::Transaction(&transactions[*n]), signer(), answer(&name(entries[*n])).request_id);
        order.iter().map(one).collect()
    };
    let verified = verify_batch_response(&asked(&[0, 1, 2]), &message).unwrap();
    for (verified, entry) in verified.iter().zip(&entries) {
        assert_eq!(verified.transaction().unwrap(), bytes(entry, "signed"));
    }
    let error = verify_batch_response(&asked(&[0, 2, 1]), &message).unwrap_err();
    assert!(matches!(error, VerifyError::RequestId { .. }), "{error}");
    let error = verify_batch_response(&asked(&[0, 1]), &message).unwrap_err();
    assert_eq!(error, VerifyError::Count { expected: 2, found: 3 });
    let error = verify_batch_response(&asked(&[0, 1, 2, 2]), &message).unwrap_err();
    assert_eq!(error, VerifyError::Count { expected: 4, found: 3 });
}

#[test]
fn signed_transactions_that_come_back_are_taken_only_byte_for_byte() {
    for entry in vectors()["transactions"].as_array().unwrap() {
        let (transaction, raw) = (transaction(entry), bytes(entry, "signed"));
        let verified = verify_transaction(&transaction, signer(), &raw).unwrap();
        assert_eq!(verified.transaction_hash().unwrap(), keccak256(&raw));
        for at in 0..raw.len() {
            let mut other = raw.clone();
            other[at] ^= 1;
            assert!(verify_transaction(&transaction, signer(), &other).is_err(), "{} {at}", name(entry));
        }
        assert!(verify_transaction(&transaction, signer(), &[raw.as_slice(), &[0]].concat()).is_err());
        assert!(verify_transaction(&transaction, signer(), &bytes(entry, "unsigned")).is_err());
        assert!(verify_transaction(&transaction, Address::ZERO, &raw).is_err());
    }
}
