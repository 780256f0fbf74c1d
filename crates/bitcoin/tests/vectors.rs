//! The published test vectors of PSBT version 0 and 2.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first surprise"
)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

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

const FILES: [(&str, &str); 5] = [
    ("BIP-174", include_str!("vectors/bip174.tsv")),
    ("BIP-370", include_str!("vectors/bip370.tsv")),
    ("BIP-371", include_str!("vectors/bip371.tsv")),
    ("BIP-373", include_str!("vectors/bip373.tsv")),
    ("BIP-375", include_str!("vectors/bip375.tsv")),
];

fn all() -> Vec<Vector> {
    FILES.iter().flat_map(|(_, file)| vectors(file)).collect()
}

/// Runs `each` for the vectors of each file that `wanted` takes; the numbers of them.
fn count(wanted: impl Fn(&Vector) -> bool, mut each: impl FnMut(&Vector)) -> Vec<(&'static str, usize)> {
    let of_file = |(bip, file): &(&'static str, &'static str)| {
        let taken: Vec<Vector> = vectors(file).into_iter().filter(|v| wanted(v)).collect();
        taken.iter().for_each(&mut each);
        (*bip, taken.len())
    };
    FILES.iter().map(of_file).collect()
}

/// What is said of each invalid vector. `VITRINE_WRITE=1` writes it; a person reads the difference.
const REFUSALS: &str = "tests/vectors/refusals.txt";

#[test]
fn every_invalid_vector_is_refused_for_the_right_reason() {
    let mut said = String::new();
    let mut refuse = |vector: &Vector| {
        let error = decode(&vector.bytes).map(drop).expect_err(vector.description);
        writeln!(said, "{}\n    {error}", vector.description).unwrap();
    };
    let counts = count(|v| v.class == "invalid", &mut refuse);
    println!("{said}invalid vectors refused: {counts:?}");
    assert_eq!(counts, [("BIP-174", 20), ("BIP-370", 24), ("BIP-371", 11), ("BIP-373", 10), ("BIP-375", 9)]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REFUSALS);
    if std::env::var_os("VITRINE_WRITE").is_some() {
        fs::write(&path, &said).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == said, "{REFUSALS} says something else: run with VITRINE_WRITE=1");
}

#[test]
fn every_valid_vector_is_read_and_reviewed_to_the_last_byte() {
    let counts = count(
        |v| v.class == "valid" || v.class.starts_with("lock-time"),
        |vector| {
            let request = decode(&vector.bytes).unwrap_or_else(|e| panic!("{}: {e}", vector.description));
            // That the maps written anew give these bytes is part of decoding.
            assert_eq!(request.bytes(), vector.bytes);
            let checked = check(request);
            let review = common::review(&checked);
            assert_eq!(review.account().total(), vector.bytes.len(), "{}", vector.description);
            assert!(review.findings().iter().all(|f| f.code != "btc.account-incomplete"), "{}", vector.description);
        },
    );
    println!("valid vectors read: {counts:?}");
    assert_eq!(counts, [("BIP-174", 10), ("BIP-370", 24), ("BIP-371", 6), ("BIP-373", 14), ("BIP-375", 20)]);
}

#[test]
fn the_lock_time_of_version_2_is_the_published_one_or_refused() {
    let mut checked_count = 0;
    for vector in all() {
        let Some(expected) = vector.class.strip_prefix("lock-time ") else { continue };
        let checked = check(decode(&vector.bytes).unwrap());
        let refused = common::codes(&checked, Severity::Refuse).contains(&"btc.locktime-undetermined");
        match expected {
            "none" => assert!(refused, "{}", vector.description),
            number => {
                let lock_time = checked.transaction().lock_time.to_consensus_u32();
                assert_eq!((lock_time.to_string().as_str(), refused), (number, false), "{}", vector.description);
            }
        }
        checked_count += 1;
    }
    println!("{checked_count} lock times of BIP-370 computed");
    assert_eq!(checked_count, 10);
}

#[test]
fn a_wrong_silent_payment_is_never_signed_without_an_exception() {
    let mut count = 0;
    for vector in vectors(FILES[4].1).into_iter().filter(|v| v.class == "invalid-proof") {
        let checked = check(decode(&vector.bytes).unwrap_or_else(|e| panic!("{}: {e}", vector.description)));
        let mut stops = common::codes(&checked, Severity::Refuse);
        stops.extend(common::codes(&checked, Severity::Restricted));
        // That no wallet is known here is not the reason.
        stops.retain(|code| *code != "btc.no-wallet");
        assert!(!stops.is_empty(), "{}", vector.description);
        count += 1;
    }
    println!("{count} wrong silent payments are stopped");
    assert_eq!(count, 14);
}

#[test]
fn musig2_fields_are_shown_by_name_and_not_as_unknown_bytes() {
    for vector in vectors(FILES[3].1).into_iter().filter(|v| v.class == "valid") {
        let checked = check(decode(&vector.bytes).unwrap());
        let codes = common::all_codes(&checked);
        assert!(!codes.contains(&"btc.unknown-bytes"), "{}", vector.description);
        // The aggregate keys are computed anew, and nothing is left that nobody could verify.
        assert!(!codes.contains(&"btc.musig-aggregate-wrong"), "{}", vector.description);
        assert!(!codes.contains(&"btc.musig-unproven"), "{}", vector.description);
        let nonces = vector.description.contains("with all");
        assert_eq!(codes.contains(&"btc.musig-nonce-present"), nonces, "{}", vector.description);
    }
}

/// The published partial signatures verify over the digests computed here, and every changed one refuses.
#[test]
fn published_musig2_partial_signatures_are_verified() {
    let (mut verified, mut changed) = (0, 0);
    for vector in vectors(FILES[3].1).into_iter().filter(|v| v.description.ends_with("with all partial signatures")) {
        let checked = check(decode(&vector.bytes).unwrap());
        let finding = common::review(&checked).findings().iter().find(|f| f.code == "btc.signature-present").cloned();
        let truth = finding.unwrap().truth;
        assert!(truth.contains("3 partial signatures already, valid"), "{}: {truth}", vector.description);
        assert!(!common::all_codes(&checked).contains(&"btc.signature-wrong"), "{}", vector.description);
        verified += 3;
        for n in 0..3 {
            let shown = common::field(&checked, &format!("btc.input[0].musig2-signature[{n}]"));
            let partial = data_encoding::HEXLOWER.decode(shown.rsplit(": ").next().unwrap().as_bytes()).unwrap();
            let at = vector.bytes.windows(32).position(|window| window == partial).unwrap();
            let mut bytes = vector.bytes.clone();
            bytes[at + 31] ^= 1;
            let checked = check(decode(&bytes).unwrap());
            assert!(common::codes(&checked, Severity::Refuse).contains(&"btc.signature-wrong"));
            changed += 1;
        }
    }
    println!("BIP-373: {verified} partial signatures verified, {changed} changed ones refused");
    assert_eq!((verified, changed), (12, 12));
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
