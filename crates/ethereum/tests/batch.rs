//! Batches of requests: one review over all bytes, what refuses one refuses all, and in which order they run.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;
mod town;

use common::{bytes as bytes_of, vectors};
use town::requests::{PAYEE, USDC, batch, dynamic_fee, permit_json, sign_request, surroundings};
use town::{address, calldata, number, transfer};
use vitrine_ethereum::{CheckedRequests, DecodeError, RequestForm, Surroundings, decode, decode_batch};
use vitrine_review::{Context, EffectKind, Review, Severity, WorstCase};

fn checked(requests: &[Vec<u8>]) -> CheckedRequests {
    decode_batch(&batch(requests)).unwrap().check(&surroundings()).unwrap()
}

fn review(requests: &[Vec<u8>]) -> Review {
    checked(requests).review(&Context::default())
}

fn found(review: &Review) -> Vec<(&'static str, Option<&str>)> {
    review.findings().iter().map(|finding| (finding.code, finding.field.as_deref())).collect()
}

/// What a batch of Keystone's registry is: an approval, then what needs it.
fn swap() -> Vec<Vec<u8>> {
    let approve = calldata("approve(address,uint256)", vec![address(PAYEE), number(5_000_000)]);
    vec![
        sign_request(1, 4, &dynamic_fee(7, USDC, 0, &approve)),
        sign_request(2, 4, &dynamic_fee(8, USDC, 0, &transfer(1_000_000))),
        sign_request(3, 2, permit_json().as_bytes()),
    ]
}

#[test]
fn a_batch_is_one_review_in_which_every_byte_has_an_owner() {
    let requests = swap();
    let review = review(&requests);
    assert_eq!(review.account().total(), batch(&requests).len());
    assert_eq!((review.account().unknown(), review.findings().count(Severity::Refuse)), (0, 0));
    for owner in review.account().owners() {
        let Some(field) = &owner.field else { continue };
        assert!(review.document().field(field).is_some(), "{field} owns bytes and is not shown");
    }
    for (code, field) in found(&review) {
        assert!(field.is_none_or(|field| review.document().field(field).is_some()), "{code}: {field:?} is not shown");
    }
    let text = |code: &str| review.document().field(code).unwrap().value.to_text();
    assert_eq!((text("eth.request[1].tx.nonce"), text("eth.request[2].tx.nonce")), ("7".to_owned(), "8".to_owned()));
    assert_eq!(text("eth.request[3].typed.message.value"), "5,000,000");
    assert_eq!(text("eth.batch.order[0]"), "request 1 (nonce 7), then request 2 (nonce 8)");
    let effects = review.effects();
    let list: Vec<_> = effects.list.iter().map(|effect| (effect.kind, effect.role.as_str())).collect();
    use EffectKind::{GrantsSpending, Pays, PaysFee};
    let expected = [
        (GrantsSpending, "Request 1, Right 1"),
        (PaysFee, "Request 1, Fee"),
        (Pays, "Request 2, Payee 1"),
        (PaysFee, "Request 2, Fee"),
        (GrantsSpending, "Request 3, Right 1"),
    ];
    assert_eq!(list, expected);
    let fees = 2 * 90_000u128 * 30_000_000_000;
    assert_eq!(effects.leaving.unwrap().base_units(), fees);
    assert!(matches!(effects.worst_case, WorstCase::AtMost(amount) if amount.base_units() == fees));
    assert!(effects.list[2].fields.iter().all(|field| field.starts_with("eth.request[2].call[0].")));
}

#[test]
fn each_request_of_a_batch_is_what_it_would_be_alone() {
    let requests = swap();
    let (known, together) = (surroundings(), checked(&requests));
    assert!(together.is_batch());
    for (one, bytes) in together.requests().iter().zip(&requests) {
        let alone = decode(bytes, RequestForm::EthSignRequest).unwrap().check(&known).unwrap();
        assert_eq!(one.signable().hash(), alone.signable().hash());
        assert_eq!((one.signer(), one.request_id()), (alone.signer(), alone.request_id()));
        assert_eq!(one.ledger(), alone.ledger());
        let (alone, single) = (alone.review(&Context::default()), CheckedRequests::from(alone));
        assert_eq!((single.is_batch(), single.review(&Context::default())), (false, alone));
    }
}

#[test]
fn what_refuses_one_request_refuses_the_batch() {
    let mut requests = swap();
    let typed = requests[2].len() - 2;
    requests[2][typed] = 45; // m/45' is no key of this ceremony
    let review = review(&requests);
    let refused = review.findings().of(Severity::Refuse).map(|f| (f.code, f.field.as_deref())).collect::<Vec<_>>();
    assert_eq!(refused, [("eth.signer-differs", Some("eth.request[3].request.derivation-path"))]);
    let truth = &review.findings().iter().next().unwrap().truth;
    assert!(truth.starts_with("Request 3: "), "{truth}");
}

#[test]
fn a_request_that_cannot_be_read_makes_the_batch_unreadable() {
    let mut requests = swap();
    requests[1] = sign_request(1, 4, &dynamic_fee(8, USDC, 0, &[]));
    assert!(matches!(decode_batch(&batch(&requests)), Err(DecodeError::SignRequest(_))), "one number twice");
    requests[1] = sign_request(2, 2, b"{}");
    assert!(matches!(decode_batch(&batch(&requests)), Err(DecodeError::SignRequest(_))), "no typed data");
    assert!(decode_batch(&batch(&[])).is_err());
}

#[test]
fn requests_that_stand_in_each_others_way_are_cautioned() {
    let of_nonces = |nonces: &[u64]| {
        let one = |(n, nonce): (usize, &u64)| sign_request(n as u8, 4, &dynamic_fee(*nonce, PAYEE, 1, &[]));
        review(&nonces.iter().enumerate().map(one).collect::<Vec<_>>())
    };
    let order = Some("eth.batch.order[0]");
    assert!(!found(&of_nonces(&[7, 8, 9])).iter().any(|(_, field)| *field == order));
    assert!(found(&of_nonces(&[7, 8, 7])).contains(&("eth.nonce-replaces", order)));
    for nonces in [&[8, 7], &[7, 9]] {
        assert!(found(&of_nonces(nonces)).contains(&("eth.batch-order", order)), "{nonces:?}");
    }
    let text = of_nonces(&[8, 7]).document().field("eth.batch.order[0]").unwrap().value.to_text();
    assert_eq!(text, "request 2 (nonce 7), then request 1 (nonce 8)");
}

#[test]
fn the_order_is_known_without_a_folder_too() {
    let nobody = Surroundings::without_folder(1);
    let requests = decode_batch(&batch(&swap())).unwrap().check(&nobody).unwrap();
    let review = requests.review(&Context::default());
    let order = review.document().field("eth.batch.order[0]").unwrap();
    assert_eq!(order.label, "Order of execution, the account at m/44'");
    assert!(found(&review).contains(&("eth.no-folder", None)));
}

/// Three transactions, of which the second is for another chain and the third creates a contract.
#[test]
fn a_batch_of_keystones_registry_is_reviewed() {
    let message = bytes_of(&vectors()["batch"]["request"], "cbor");
    let requests = decode_batch(&message).unwrap().check(&Surroundings::without_folder(1)).unwrap();
    let review = requests.review(&Context::default());
    assert!(found(&review).contains(&("eth.chain-differs", Some("eth.request[2].tx.chain_id"))));
    assert!(!found(&review).iter().any(|(code, _)| *code == "eth.account-incomplete"));
    assert_eq!(review.network(), "several chains");
    assert!(requests.requests().iter().all(|one| one.signer().is_none()));
}
