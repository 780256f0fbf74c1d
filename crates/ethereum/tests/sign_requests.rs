//! Requests as Keystone's registry writes them, every byte of them, and the answers.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;

use common::{address, assert_owned, bytes, hash, hex, name, named, values, vectors};
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::sign_request::{DataType, EthSignature, RequestProblem, decode_batch, encode_batch};
use vitrine_ethereum::{BatchSignRequest, Payload, SignRequest, Transaction};
use vitrine_review::Span;

fn owners(request: &SignRequest) -> Vec<Span> {
    request.leaves().into_iter().map(|leaf| leaf.span).collect()
}

#[test]
fn requests_of_keystones_registry_are_read_and_every_byte_has_one_owner() {
    let vectors = vectors();
    for entry in vectors["requests"].as_array().unwrap() {
        let message = bytes(entry, "cbor");
        let request = SignRequest::decode(&message).unwrap_or_else(|error| panic!("{}: {error}", name(entry)));
        assert_eq!(request.request_id().unwrap().value.to_vec(), bytes(entry, "request_id"));
        assert_eq!(request.derivation_path().to_string(), entry["path"].as_str().unwrap());
        let fingerprint = request.derivation_path().source_fingerprint().unwrap().value;
        assert_eq!(format!("{fingerprint:08x}"), entry["source_fingerprint"].as_str().unwrap());
        assert_eq!(request.derivation_path().to_bip32(), [44 | 1 << 31, 60 | 1 << 31, 1 << 31, 0, 0]);
        let spans = [owners(&request), request.structure().to_vec()].concat();
        assert_owned(spans, 0, message.len(), &name(entry));
        let tagged = [hex("d90191"), message.clone()].concat();
        assert_eq!(
            SignRequest::decode(&tagged).unwrap().request_id().unwrap().value,
            request.request_id().unwrap().value
        );
        if let Payload::Transaction(transaction) = request.payload() {
            let alone = named(&vectors["transactions"], &name(entry));
            assert_eq!(transaction.signing_hash(), hash(&alone, "signing_hash"));
            assert_eq!(values(transaction), values(&Transaction::from_request(&bytes(&alone, "unsigned")).unwrap()));
            assert_eq!(transaction.bytes().span(), request.data_span());
            let within = transaction.leaves().into_iter().map(|leaf| leaf.span);
            let within = within.chain(transaction.structure().iter().copied()).collect();
            assert_owned(within, request.data_span().start, request.data_span().end, &name(entry));
            let chain_id = request.stated_chain_id().unwrap().value;
            assert_eq!((chain_id, request.address()), (transaction.chain_id().value, None));
        }
    }
}

#[test]
fn typed_data_and_messages_are_read_for_what_they_are() {
    let vectors = vectors();
    let typed = SignRequest::decode(&bytes(&named(&vectors["requests"], "typed-data"), "cbor")).unwrap();
    assert_eq!((typed.data_type().value, typed.stated_chain_id(), typed.origin()), (DataType::TypedData, None, None));
    let Payload::TypedData(data) = typed.payload() else { panic!() };
    assert_eq!((data.primary_type(), data.message().leaves("message").is_empty()), ("Mail", false));
    let entry = named(&vectors["requests"], "message");
    let message = SignRequest::decode(&bytes(&entry, "cbor")).unwrap();
    let Payload::Message(words) = message.payload() else { panic!() };
    assert_eq!(words.text(), Some("Sign in to example.org"));
    assert_eq!(words.bytes().span(), message.data_span());
    assert_eq!(message.origin().unwrap().value, "metamask");
    let signer: Address = address(&named(&vectors["transactions"], "blob"), "from");
    assert_eq!(message.address().unwrap().value, signer);
}

#[test]
fn what_is_asked_as_typed_data_never_becomes_a_message() {
    for words in [&b"Sign in to example.org"[..], b"{}", b"[]", b"\xff"] {
        let message = hex("a305d90130a2018a182cf5183cf500f500f400f4021a73c5da0a030202");
        let message = [message, vec![0x40 + words.len() as u8], words.to_vec()].concat();
        let error = SignRequest::decode(&message).unwrap_err();
        assert!(matches!(error.problem, RequestProblem::TypedData(_)), "{error}");
        assert!(error.to_string().starts_with("sign-data: ") && error.offset >= 30, "{error}");
        let as_message = [&message[..27], &[3, 2], &message[29..]].concat();
        assert!(matches!(SignRequest::decode(&as_message).unwrap().payload(), Payload::Message(_)));
    }
}

#[test]
fn keys_in_another_order_are_the_same_request() {
    let message = "a305d90130a2018a182cf5183cf500f500f400f4021a73c5da0a03030241aa";
    let request = SignRequest::decode(&hex(message)).unwrap();
    assert_eq!((request.data_type().value, request.request_id()), (DataType::PersonalMessage, None));
    assert_owned([owners(&request), request.structure().to_vec()].concat(), 0, message.len() / 2, "order");
}

#[test]
fn a_batch_of_keystones_registry_is_read() {
    let vectors = vectors();
    let message = bytes(&vectors["batch"]["request"], "cbor");
    let batch = BatchSignRequest::decode(&message).unwrap();
    assert_eq!(batch.requests().len(), 3);
    for (request, entry) in batch.requests().iter().zip(vectors["transactions"].as_array().unwrap()) {
        let Payload::Transaction(transaction) = request.payload() else { panic!() };
        assert_eq!(transaction.signing_hash(), hash(entry, "signing_hash"));
    }
    let leaves = batch.requests().iter().flat_map(owners).collect::<Vec<Span>>();
    assert_owned([leaves, batch.structure().to_vec()].concat(), 0, message.len(), "batch");
    for length in 0..message.len() {
        assert!(BatchSignRequest::decode(&message[..length]).is_err(), "{length}");
    }
}

#[test]
fn answers_are_written_as_keystones_registry_writes_them() {
    let vectors = vectors();
    for entry in vectors["answers"].as_array().unwrap() {
        let message = bytes(entry, "cbor");
        let answer = EthSignature::decode(&message).unwrap();
        assert_eq!(answer.encode(), message, "{}", name(entry));
        let tagged = [hex("d90192"), message].concat();
        assert_eq!(EthSignature::decode(&tagged).unwrap(), answer);
    }
    let message = bytes(&vectors["batch"]["answer"], "cbor");
    let answers = decode_batch(&message).unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(encode_batch(&answers), message);
    let anonymous = EthSignature { request_id: None, signature: vec![1; 65], origin: None };
    assert_eq!(EthSignature::decode(&anonymous.encode()).unwrap(), anonymous);
}

#[test]
fn requests_and_answers_cut_off_anywhere_are_refused() {
    let vectors = vectors();
    for entry in vectors["requests"].as_array().unwrap() {
        let message = bytes(entry, "cbor");
        for length in 0..message.len() {
            assert!(SignRequest::decode(&message[..length]).is_err(), "{} {length}", name(entry));
        }
    }
    let message = bytes(&vectors["answers"][0], "cbor");
    for length in 0..message.len() {
        assert!(EthSignature::decode(&message[..length]).is_err(), "{length}");
    }
}

/// Everything that a person is shown of a request.
fn shown(request: &SignRequest) -> Vec<(String, String)> {
    let mut shown = vec![
        ("request-id".to_owned(), format!("{:?}", request.request_id().map(|id| id.value))),
        ("data-type".to_owned(), format!("{:?}", request.data_type().value)),
        ("chain-id".to_owned(), format!("{:?}", request.stated_chain_id().map(|id| id.value))),
        ("path".to_owned(), request.derivation_path().to_string()),
        ("fingerprint".to_owned(), format!("{:?}", request.derivation_path().source_fingerprint().map(|f| f.value))),
        ("address".to_owned(), format!("{:?}", request.address().map(|address| address.value))),
        ("origin".to_owned(), format!("{:?}", request.origin().map(|origin| &origin.value))),
    ];
    match request.payload() {
        Payload::Transaction(transaction) => shown.extend(values(transaction)),
        Payload::TypedData(data) => {
            let leaves = data.domain().node.leaves("domain").into_iter().chain(data.message().leaves("message"));
            shown.extend(leaves.map(|(path, leaf)| (path, format!("{:?}", leaf.value))));
            shown.push(("type".to_owned(), data.encode_type().to_owned()));
            let left = data.not_signed().iter().map(|left| left.path.clone());
            shown.push(("not signed".to_owned(), left.collect::<Vec<_>>().join(" ")));
        }
        Payload::Message(message) => shown.push(("data".to_owned(), format!("{:?}", message.bytes().bytes()))),
        Payload::SafeBundle(_) => panic!("an eth-sign-request holds no Safe bundle"),
    }
    shown
}

#[test]
fn every_other_byte_anywhere_in_a_request_is_refused_or_shown() {
    for wanted in ["legacy-transfer", "dynamic-fee", "typed-data", "message"] {
        let message = bytes(&named(&vectors()["requests"], wanted), "cbor");
        let original = shown(&SignRequest::decode(&message).unwrap());
        for at in 0..message.len() {
            for change in 1..=255 {
                let mut changed = message.clone();
                changed[at] ^= change;
                let Ok(request) = SignRequest::decode(&changed) else { continue };
                assert_ne!(shown(&request), original, "{wanted}: byte {at} ^ {change:02x}");
            }
        }
    }
}
