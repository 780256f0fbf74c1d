//! Bytes that are no PSBT are refused with what, where and what to do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first surprise"
)]

mod common;

use common::{Form, Maker};
use vitrine_bitcoin::{DecodeError, MapKind, Problem, decode};

fn usual() -> Vec<u8> {
    Maker::usual(Form::Wpkh).bytes()
}

fn problem(bytes: &[u8]) -> Problem {
    match decode(bytes).unwrap_err() {
        DecodeError::Malformed { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

/// Appends a key-value pair to the global map, right after the unsigned transaction.
fn with_global_pair(key: &[u8], value: &[u8]) -> Vec<u8> {
    let bytes = usual();
    let length = usize::from(bytes[7]);
    assert!(length < 0xfd, "the transaction of the test is short");
    let at = 8 + length;
    let pair = [&[key.len() as u8], key, &[value.len() as u8], value].concat();
    [&bytes[..at], &pair, &bytes[at..]].concat()
}

#[test]
fn a_valid_request_is_read_whole() {
    for form in Form::ALL {
        let bytes = Maker::usual(form).bytes();
        let request = decode(&bytes).unwrap();
        assert_eq!(request.bytes(), bytes);
        assert_eq!(request.transaction().input.len(), 2);
    }
}

#[test]
fn a_request_cut_anywhere_is_refused() {
    let bytes = usual();
    for end in 0..bytes.len() {
        let error = decode(&bytes[..end]).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn bytes_after_the_last_map_are_refused() {
    let bytes = [usual(), vec![0]].concat();
    assert_eq!(problem(&bytes), Problem::Trailing { count: 1 });
    let error = decode(&bytes).unwrap_err().to_string();
    assert!(error.contains(&format!("byte {}", bytes.len() - 1)), "{error}");
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    let maker = Maker::usual(Form::Wpkh);
    let bytes = maker.bytes();
    let value = maker.psbt.inputs[0].witness_utxo.as_ref().map(bitcoin::consensus::serialize).unwrap();
    let pair = [&[1, 1, value.len() as u8], value.as_slice()].concat();
    let at = bytes.windows(pair.len()).position(|w| w == pair).unwrap();
    let twice = [&bytes[..at], &pair, &bytes[at..]].concat();
    let error = decode(&twice).unwrap_err();
    match &error {
        DecodeError::Malformed { problem: Problem::DuplicateKey { first }, place } => {
            assert_eq!(*first, at + 1);
            assert_eq!(place.map, Some(MapKind::Input(0)));
            assert_eq!(place.key, Some("PSBT_IN_WITNESS_UTXO"));
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().starts_with("input 0, PSBT_IN_WITNESS_UTXO, byte"), "{error}");
}

#[test]
fn keys_of_version_2_are_refused_in_version_0_and_the_transaction_in_version_2() {
    assert!(decode(&with_global_pair(&[0xfb], &0u32.to_le_bytes())).is_ok());
    assert_eq!(problem(&with_global_pair(&[0x04], &[2])), Problem::KeyOfOtherVersion { version: 0 });
    assert_eq!(problem(&with_global_pair(&[0xfb], &2u32.to_le_bytes())), Problem::KeyOfOtherVersion { version: 2 });
}

#[test]
fn a_version_that_nobody_specified_is_named() {
    for version in [1, 3, u32::MAX] {
        let error = decode(&with_global_pair(&[0xfb], &version.to_le_bytes())).unwrap_err();
        assert!(matches!(error, DecodeError::UnsupportedVersion { version: v, .. } if v == version));
        assert!(error.to_string().contains(&format!("unsupported PSBT version {version}")), "{error}");
    }
}

#[test]
fn a_length_in_a_longer_form_than_needed_is_refused() {
    let bytes = usual();
    assert!(bytes[7] < 0xfd);
    let long = [&bytes[..7], &[0xfd, bytes[7], 0], &bytes[8..]].concat();
    assert_eq!(problem(&long), Problem::NonCanonicalLength);
}

#[test]
fn counts_that_do_not_fit_are_refused_before_anything_is_allocated() {
    let transaction = [&2u32.to_le_bytes()[..], &[0xfe, 0xff, 0xff, 0xff, 0x0f], &[0; 40]].concat();
    let mut bytes = b"psbt\xff\x01\x00".to_vec();
    bytes.push(transaction.len() as u8);
    bytes.extend(transaction);
    bytes.push(0);
    assert!(matches!(problem(&bytes), Problem::TooMany { what: "inputs", count: 0x0fff_ffff, .. }));
    let value = [b"psbt\xff\x01\x00".as_slice(), &[0xff; 9], &[0; 10]].concat();
    assert!(matches!(problem(&value), Problem::Truncated { needed: u64::MAX, .. }));
    let large = vec![0; (4 << 20) + 1];
    assert!(matches!(decode(&large), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn keys_and_values_of_a_wrong_length_are_refused() {
    assert!(matches!(problem(&with_global_pair(&[0x01, 4, 5], &[0; 4])), Problem::KeyLength { found: 2, .. }));
    assert!(matches!(problem(&with_global_pair(&[0xfb], &[0; 3])), Problem::Value { .. }));
    let mut maker = Maker::usual(Form::Wpkh);
    maker.psbt.inputs[0].witness_utxo = None;
    assert!(decode(&maker.bytes()).is_ok());
    let bytes = usual();
    let at = bytes.windows(3).position(|w| w == [1, 1, 31]).unwrap();
    let mut longer = [&bytes[..=at + 1], &[32], &bytes[at + 3..at + 3 + 31], &[0], &bytes[at + 3 + 31..]].concat();
    assert!(matches!(problem(&longer), Problem::Value { expected: "an amount and a script" }));
    longer.truncate(3);
    assert!(matches!(decode(&longer), Err(DecodeError::NotPsbt { .. })));
}

#[test]
fn a_signed_transaction_in_place_of_the_unsigned_one_is_refused() {
    let mut maker = Maker::usual(Form::Pkh);
    maker.psbt.unsigned_tx.input[0].script_sig = bitcoin::ScriptBuf::from_bytes(vec![0x51]);
    assert_eq!(problem(&maker.bytes()), Problem::SignedTransaction);
}

#[test]
fn a_transaction_without_inputs_is_read_and_then_refused_by_a_finding() {
    let hex =
        "70736274ff01002a02000000000140420f000000000017a9146e91b72d5593e7d4391e2ede44e9e985e31644170087000000000000";
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    if let Ok(request) = decode(&bytes) {
        let checked = request.check(&common::surroundings(Form::Wpkh)).unwrap();
        assert_eq!(checked.refusal().map(|f| f.code), Some("btc.no-own-input"));
        common::review(&checked);
    }
}

#[test]
fn unknown_fields_are_kept_and_counted() {
    let bytes = with_global_pair(&[0xf0, 1, 2], b"cargo");
    let checked = decode(&bytes).unwrap().check(&common::surroundings(Form::Wpkh)).unwrap();
    let review = common::review(&checked);
    assert_eq!(review.account().unknown(), 2 + 5);
    assert!(common::all_codes(&checked).contains(&"btc.unknown-bytes"));
    assert_eq!(common::field(&checked, "btc.global.unknown[0]"), "f00102636172676f");
}
