//! The published test vectors of PSBT version 0.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop at the first surprise")]

mod common;

use vitrine_bitcoin::{AddressBook, Network, PsbtRequest, Surroundings, decode};
use vitrine_review::Severity;

struct Vector {
    class: &'static str,
    description: &'static str,
    bytes: Vec<u8>,
}

fn vectors(file: &'static str) -> Vec<Vector> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let vector = |line: &'static str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        [class, description, base64] => {
            let bytes = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
            Vector { class, description, bytes }
        }
        other => panic!("{} columns", other.len()),
    };
    lines.map(vector).collect()
}

fn all() -> Vec<Vector> {
    let mut all = vectors(include_str!("vectors/bip174.tsv"));
    all.extend(vectors(include_str!("vectors/bip371.tsv")));
    all
}

#[test]
fn every_invalid_vector_is_refused() {
    let mut count = 0;
    for vector in all().into_iter().filter(|v| v.class == "invalid") {
        let error = decode(&vector.bytes).map(drop).expect_err(vector.description);
        println!("{}\n    {error}", vector.description);
        count += 1;
    }
    println!("{count} invalid vectors refused");
    assert_eq!(count, 20 + 11);
}

#[test]
fn every_valid_vector_is_read_and_reviewed_to_the_last_byte() {
    let mut count = 0;
    for vector in all().into_iter().filter(|v| v.class == "valid") {
        let request = decode(&vector.bytes).unwrap_or_else(|e| panic!("{}: {e}", vector.description));
        let checked = check(request);
        let review = common::review(&checked);
        assert_eq!(review.account().total(), vector.bytes.len(), "{}", vector.description);
        assert!(review.findings().iter().all(|f| f.code != "btc.account-incomplete"), "{}", vector.description);
        count += 1;
    }
    println!("{count} valid vectors read");
    assert_eq!(count, 10 + 6);
}

fn check(request: PsbtRequest) -> vitrine_bitcoin::CheckedPsbt {
    let empty = Surroundings { network: Network::Testnet3, wallets: Vec::new(), address_book: AddressBook::default() };
    request.check(&empty).unwrap()
}

#[test]
fn requests_that_no_signer_may_sign_are_refused_for_the_right_reason() {
    let vectors: Vec<Vector> = all().into_iter().filter(|v| v.class == "signer-fails").collect();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let expected = match vector.description {
            d if d.starts_with("A witness UTXO is provided for a non-witness input") => "btc.witness-utxo-for-legacy",
            _ => "btc.script-mismatch",
        };
        let request = decode(&vector.bytes).unwrap_or_else(|e| panic!("{}: {e}", vector.description));
        let codes = common::codes(&check(request), Severity::Refuse);
        assert!(codes.contains(&expected), "{}: {codes:?}", vector.description);
    }
}
