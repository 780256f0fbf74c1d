//! Requests through whole sessions, with honest devices and hostile ones.

use vitrine_ceremony::{Memory, SessionError, Stage, Unverified, verify_ethereum_response};
use vitrine_ethereum::alloy_primitives::{hex, keccak256};
use vitrine_ethereum::{SignatureFault, VerifyError};
use vitrine_qr::{Payload, PayloadKind, ReadBack, Transport};

use crate::support::{
    ANY, Key, Lie, Yes, account, allowing, approved, bundle, folder, of_vectors, received_of, remembered_all, sign,
    transaction,
};

#[test]
fn a_safe_bundle_goes_through_a_session_to_an_answer_that_verifies() {
    let request = bundle(7, "");
    let (mut session, order) = approved(folder(ANY), Memory::default(), &request);
    let payload = sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    assert_eq!((payload.kind, session.stage()), (PayloadKind::EthSignature, Stage::Signed));
    let signed = session.result().unwrap();
    assert_eq!((signed.what(), signed.transaction()), ("signature", None));
    let names: Vec<&str> = signed.names().iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(names, ["safeTxHash", "Safe", "Owner", "Owner's signature, as the Safe takes it"]);
    let files: Vec<&str> = signed.files().iter().map(|(name, _)| *name).collect();
    assert_eq!(files, ["signature.ur", "signature.hex"]);
    // What is kept as a file is read back, verified, and no byte of it can be changed.
    let file = Payload::from_file(&signed.files()[0].1).unwrap();
    assert_eq!(file.bytes, payload.bytes);
    let signer = account(1).to_string();
    let verified = verify_ethereum_response(&request, &file, Some(&signer)).unwrap();
    assert_eq!(verified.names(), signed.names());
    for at in 0..payload.bytes.len() {
        let mut changed = payload.clone();
        changed.bytes[at] ^= 1;
        assert!(verify_ethereum_response(&request, &changed, Some(&signer)).is_err(), "byte {at}");
    }
    let read_back = ReadBack { parts: 1, sha256: *vitrine_review::sha256(&payload.bytes).as_bytes() };
    let other = ReadBack { parts: 1, sha256: [7; 32] };
    assert!(matches!(session.presented(&other, 6), Err(SessionError::OtherPayload)));
    session.presented(&read_back, 6).unwrap();
    session.close(7);
    let kinds: Vec<&str> = session.record().entries().iter().map(|entry| entry.kind.as_str()).collect();
    assert!(kinds.ends_with(&["Approved", "Device", "Signed", "Read back", "Closed"]), "{kinds:?}");
    session.record().verify().unwrap();
}

#[test]
fn a_transaction_is_answered_as_it_was_asked_for_and_is_the_one_that_others_made() {
    let (signer, secret) = of_vectors();
    let name = "legacy-transfer";
    let alone = transaction(name, "transactions", "unsigned", PayloadKind::EthTransaction);
    let asked = transaction(name, "requests", "cbor", PayloadKind::EthSignRequest);
    let expected = transaction(name, "transactions", "signed", PayloadKind::EthTransaction).bytes;
    for (request, kind) in [(alone, PayloadKind::EthTransaction), (asked, PayloadKind::EthSignature)] {
        let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
        let returned = order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes);
        let signed = session.signed(returned, 5).unwrap();
        assert_eq!(signed.payload().kind, kind);
        assert_eq!(signed.transaction().unwrap(), expected, "what ethers made of the same key");
        assert_eq!(signed.names()[0], ("Transaction hash".to_owned(), keccak256(&expected).to_string()));
        let files: Vec<&str> = signed.files().iter().map(|(name, _)| *name).collect();
        let is_alone = kind == PayloadKind::EthTransaction;
        assert_eq!(files, if is_alone { vec!["transaction.hex"] } else { vec!["signature.ur", "transaction.hex"] });
        let verified = verify_ethereum_response(&request, signed.payload(), Some(&signer.to_string())).unwrap();
        assert_eq!(verified.transaction().unwrap(), expected);
    }
}

/// Two transactions that follow one another, as one batch.
fn batch() -> Payload {
    let first = transaction("legacy-transfer", "requests", "cbor", PayloadKind::EthSignRequest).bytes;
    let place =
        |needle: &[u8]| first.windows(needle.len()).position(|window| window == needle).unwrap() + needle.len() - 1;
    let mut second = first.clone();
    // The last byte of the request's number, and the nonce behind the head of the RLP list.
    let id = place(&[0xd8, 0x25, 0x50]) + 16;
    second[id] ^= 1;
    second[place(&[0xec, 0x09])] = 0x0a;
    let tagged = |request: Vec<u8>| [vec![0xd9, 0x01, 0x91], request].concat();
    let bytes = [vec![0xa1, 0x01, 0x82], tagged(first.clone()), tagged(second)].concat();
    let kind = PayloadKind::EthBatchSignRequest;
    Payload { kind, transport: Transport::Ur { ur_type: kind.ur_type() }, bytes }
}

#[test]
fn a_batch_is_signed_request_by_request_and_answered_by_one_batch() {
    let ((signer, secret), request) = (of_vectors(), batch());
    let twice = format!("{ANY}\nsign_twice = true");
    let (mut session, order) = approved(allowing(&twice, signer, &request), Memory::default(), &request);
    let signed = session.signed(order.sign(&mut Key(secret, Lie::Nothing, 0), &mut Yes), 5).unwrap();
    assert_eq!((signed.payload().kind, signed.transaction()), (PayloadKind::EthBatchSignature, None));
    let same = "asked twice, the device gave the same 2 signatures, byte for byte: the nonces did not vary";
    assert!(signed.checks().iter().any(|check| check == same), "{:?}", signed.checks());
    let labels: Vec<&str> = signed.names().iter().map(|(label, _)| label.as_str()).collect();
    let hash = |n: usize| format!("Request {n}: Transaction hash");
    assert!(labels.contains(&hash(1).as_str()) && labels.contains(&hash(2).as_str()), "{labels:?}");
    let file = Payload::from_file(&signed.files()[0].1).unwrap();
    let verified = verify_ethereum_response(&request, &file, Some(&signer.to_string())).unwrap();
    assert_eq!(verified.transactions().len(), 2);
    let lines = String::from_utf8(signed.files()[1].1.clone()).unwrap();
    assert!(lines.lines().map(str::to_owned).eq(verified.transactions().iter().map(hex::encode)));
    let memory = remembered_all(&session, 2);
    let findings = received_of(signer, memory, &request);
    assert_eq!(findings.iter().filter(|code| **code == "eth.signed-before").count(), 2);
    // One nonce for two hashes gives the key away, within one answer too.
    let (mut session, order) = approved(allowing(ANY, signer, &request), Memory::default(), &request);
    let error = session.signed(order.sign(&mut Key(secret, Lie::OneNonce, 0), &mut Yes), 5).unwrap_err();
    let reused = matches!(&error, SessionError::Verification(Unverified::Ethereum(VerifyError::NonceReused { .. })));
    assert!(reused && session.result().is_none(), "{error}");
}

#[test]
fn whatever_a_device_signs_but_the_reviewed_hash_with_the_registered_key_is_not_used() {
    for lie in [Lie::OtherKey, Lie::OtherHash, Lie::HighS] {
        let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
        let error = sign(&mut session, &order, 1, lie).unwrap_err();
        let SessionError::Verification(Unverified::Ethereum(VerifyError::Signature(fault))) = &error else {
            panic!("{error}")
        };
        assert_eq!(*fault == SignatureFault::HighS, lie == Lie::HighS, "{fault}");
        assert!(session.result().is_none());
        assert_eq!(session.stage(), Stage::Refused);
        assert_eq!(session.record().entries().last().unwrap().kind, "Not verified");
    }
}

#[test]
fn a_device_that_is_asked_twice_gives_the_same_signature_or_none_is_used() {
    let twice = format!("{ANY}\nsign_twice = true");
    let (mut session, order) = approved(folder(&twice), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Nothing).unwrap();
    let same = "asked twice, the device gave the same signature, byte for byte: the nonces did not vary";
    assert!(session.result().unwrap().checks().iter().any(|check| check == same));
    assert_eq!(session.result().unwrap().not_checked(), None);
    let (mut session, order) = approved(folder(&twice), Memory::default(), &bundle(7, ""));
    let error = sign(&mut session, &order, 1, Lie::Wanders).unwrap_err();
    assert!(matches!(error, SessionError::OtherNonce { input: None }), "{error}");
    assert!(session.result().is_none());
    // Asked once, nothing is claimed.
    let (mut session, order) = approved(folder(ANY), Memory::default(), &bundle(7, ""));
    sign(&mut session, &order, 1, Lie::Wanders).unwrap();
    let said = "nonces not compared: by the ceremony folder the device is asked once";
    assert_eq!(session.result().unwrap().not_checked(), Some(said));
}
