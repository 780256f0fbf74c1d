//! What later sessions remember of what was signed.

use serde_json::Value;
use std::collections::BTreeMap;
use vitrine_ceremony::{Memory, Record, RecordError, Session, SessionError, Unverified};
use vitrine_ethereum::VerifyError;
use vitrine_qr::PayloadKind;
use vitrine_review::Severity;

use crate::support::{
    ANY, Key, Lie, SAFE, Yes, account, allowing, approved, bundle, codes, folder, folder_of, of_vectors, received,
    remembered, sign, transaction,
};

#[test]
fn a_nonce_that_was_signed_for_with_another_hash_is_a_caution_that_names_the_entry() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let memory = remembered(&session);
    let same = received(memory.clone(), &bundle(7, ""));
    assert!(codes(&same).contains(&"eth.signed-before") && !codes(&same).contains(&"eth.nonce-replaces"));
    let next = received(memory.clone(), &bundle(8, ""));
    assert!(!codes(&next).contains(&"eth.signed-before") && !codes(&next).contains(&"eth.nonce-replaces"));
    let mut other = bundle(7, "");
    other.bytes = String::from_utf8(other.bytes).unwrap().replace("0f4240", "0f4241").into_bytes();
    let other = received(memory, &other);
    let findings = other.review().unwrap().findings();
    let finding = findings.iter().find(|finding| finding.code == "eth.nonce-replaces").unwrap();
    let signed = session.record().entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let hash = &session.result().unwrap().names()[0].1;
    let entry = format!("entry {} of the record with head", signed.number);
    for named in [entry.as_str(), "1970-01-01 00:00:05 UTC", hash, &account(1).to_string(), "Nonce 7 of the Safe"] {
        assert!(finding.truth.contains(named), "{named}: {}", finding.truth);
    }
    assert_eq!(finding.field.as_deref(), Some("eth.safe.nonce"));
    assert_eq!(finding.severity, Severity::Caution);
}

#[test]
fn the_nonce_of_an_account_is_remembered_with_its_chain() {
    let (signer, secret) = of_vectors();
    let request = transaction("legacy-transfer", "transactions", "unsigned", PayloadKind::EthTransaction);
    let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
    let returned = order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes);
    session.signed(returned, 5).unwrap();
    let memory = remembered(&session);
    let mut other = request.clone();
    // The value's last byte: another amount with the same nonce.
    let review = session.review().unwrap();
    let owners = review.account().owners();
    let value = owners.iter().find(|owner| owner.field.as_deref() == Some("eth.tx.value")).unwrap().span;
    other.bytes[value.end - 1] ^= 1;
    let mut again = Session::open(Some(folder_of(ANY, signer)), None, None, 1).unwrap().with_memory(memory);
    again.receive(&other, 2).unwrap();
    let findings = again.review().unwrap().findings();
    let finding = findings.iter().find(|finding| finding.code == "eth.nonce-replaces").unwrap();
    assert_eq!(finding.field.as_deref(), Some("eth.tx.nonce"));
    assert!(finding.truth.contains(&format!("of the account {signer}")), "{}", finding.truth);
}

#[test]
fn a_signature_with_the_nonce_of_an_earlier_one_is_not_used() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::OneNonce).unwrap();
    let memory = remembered(&session);
    let (mut next, order) = approved(folder(ANY), memory.clone(), &bundle(8, ""));
    let error = sign(&mut next, &order, 1, Lie::OneNonce).unwrap_err();
    let reused = matches!(&error, SessionError::Verification(Unverified::Ethereum(VerifyError::NonceReused { .. })));
    assert!(reused && error.to_string().contains("can compute the key"), "{error}");
    assert!(next.result().is_none());
    // The same request once more has the same nonce for the same hash, and gives nothing away.
    let (mut same, order) = approved(folder(ANY), memory, &bundle(7, ""));
    sign(&mut same, &order, 1, Lie::OneNonce).unwrap();
}

#[test]
fn an_entry_that_does_not_say_what_was_signed_is_no_memory() {
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let entry = session.record().entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let content = String::from_utf8(session.record().contents()[&entry.content.unwrap()].clone()).unwrap();
    let json: Value = serde_json::from_str(&content).unwrap();
    let keys: Vec<&String> = json["signings"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["hash", "nonces", "signature", "signer", "transaction"]);
    assert_eq!(json["signings"][0]["nonces"][0]["safe"], SAFE);
    let cut = Record::parse(&session.record().to_json_lines(), BTreeMap::new());
    assert!(matches!(cut, Err(RecordError::Content { .. })));
}
