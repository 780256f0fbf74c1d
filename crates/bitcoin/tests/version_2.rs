//! A request of version 2 is the same request: same transaction, same findings, same proofs (BIP-370, 373, 375).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first surprise"
)]

mod common;

use common::version_2::{PlainMaps, to_version_2};
use common::{Form, Maker, all_codes, codes, field, review, surroundings};
use vitrine_bitcoin::{CheckedPsbt, DecodeError, MapKind, Problem, PsbtVersion, VerifyError, decode, verify_response};
use vitrine_review::Severity;

fn usual() -> PlainMaps {
    to_version_2(&Maker::usual(Form::Wpkh).psbt)
}

fn check(maps: &PlainMaps, form: Form) -> CheckedPsbt {
    decode(&maps.bytes()).unwrap().check(&surroundings(form)).unwrap()
}

fn problem(maps: &PlainMaps) -> Problem {
    match decode(&maps.bytes()).map(drop).unwrap_err() {
        DecodeError::Malformed { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

fn point(byte: u8) -> Vec<u8> {
    let key = bitcoin::secp256k1::SecretKey::from_slice(&[byte; 32]).unwrap();
    key.public_key(&common::secp()).serialize().to_vec()
}

#[test]
fn a_wallet_that_moves_to_version_2_gets_the_same_review() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let (old, new) = (maker.check(), check(&to_version_2(&maker.psbt), form));
        assert_eq!(new.transaction(), old.transaction());
        assert_eq!(new.fee_sat(), old.fee_sat());
        assert_eq!(all_codes(&new), all_codes(&old), "{form:?}");
        for code in ["btc.output[0].amount", "btc.input[1].outpoint-txid", "btc.input[0].sequence"] {
            assert_eq!(field(&new, code), field(&old, code));
        }
        let review = review(&new);
        assert_eq!(review.account().total(), new.bytes().len());
        assert_eq!(review.account().unknown(), 0);
    }
}

#[test]
fn a_transaction_cut_out_of_version_2_is_missed_by_its_name() {
    for (map, kind, key, name) in [
        (0, MapKind::Global, 0x02, "PSBT_GLOBAL_TX_VERSION"),
        (0, MapKind::Global, 0x04, "PSBT_GLOBAL_INPUT_COUNT"),
        (0, MapKind::Global, 0x05, "PSBT_GLOBAL_OUTPUT_COUNT"),
        (2, MapKind::Input(1), 0x0e, "PSBT_IN_PREVIOUS_TXID"),
        (2, MapKind::Input(1), 0x0f, "PSBT_IN_OUTPUT_INDEX"),
        (3, MapKind::Output(0), 0x03, "PSBT_OUT_AMOUNT"),
        (4, MapKind::Output(1), 0x04, "PSBT_OUT_SCRIPT"),
    ] {
        let mut maps = usual();
        maps.set(map, &[key], None);
        let error = decode(&maps.bytes()).map(drop).unwrap_err();
        let DecodeError::Malformed { problem, place } = &error else { panic!("{error}") };
        assert_eq!(*problem, Problem::Missing { key: name });
        assert_eq!(place.map, Some(kind));
    }
}

#[test]
fn counts_that_lie_about_the_maps_are_refused() {
    for (key, count) in [(0x04, 1), (0x04, 3), (0x05, 1), (0x05, 3)] {
        let mut maps = usual();
        maps.set(0, &[key], Some(&[count]));
        assert!(decode(&maps.bytes()).is_err(), "{key} {count}");
    }
    for key in [0x04, 0x05] {
        let mut maps = usual();
        maps.set(0, &[key], Some(&[0xfe, 0xff, 0xff, 0xff, 0x0f]));
        assert!(matches!(problem(&maps), Problem::TooMany { count: 0x0fff_ffff, limit: 5_000, .. }));
        maps.set(0, &[key], Some(&[0xfd, 2, 0]));
        assert!(matches!(problem(&maps), Problem::Value { expected: "a count" }));
    }
}

#[test]
fn a_lock_time_of_the_wrong_kind_is_refused() {
    for (key, value) in [(0x11, 499_999_999u32), (0x11, 0), (0x12, 0), (0x12, 500_000_000)] {
        let mut maps = usual();
        maps.set(1, &[key], Some(&value.to_le_bytes()));
        assert!(matches!(problem(&maps), Problem::Value { .. }), "{key} {value}");
    }
}

#[test]
fn inputs_that_no_lock_time_satisfies_together_are_refused() {
    let mut maps = usual();
    maps.set(1, &[0x11], Some(&500_000_000u32.to_le_bytes()));
    maps.set(2, &[0x12], Some(&800_000u32.to_le_bytes()));
    let checked = check(&maps, Form::Wpkh);
    assert_eq!(codes(&checked, Severity::Refuse), ["btc.locktime-undetermined"]);
    assert_eq!(field(&checked, "btc.input[1].required-height"), "block 800,000");
}

#[test]
fn a_request_that_others_may_still_extend_is_cautioned() {
    for flags in 1..=0xff {
        let mut maps = usual();
        maps.set(0, &[0x06], Some(&[flags]));
        assert!(all_codes(&check(&maps, Form::Wpkh)).contains(&"btc.modifiable"), "{flags}");
    }
    let mut maps = usual();
    maps.set(0, &[0x06], Some(&[0x0b]));
    assert_eq!(field(&check(&maps, Form::Wpkh), "btc.global.modifiable"), "inputs, outputs, undefined flags 0x08");
    maps.set(0, &[0x06], Some(&[0]));
    assert!(!all_codes(&check(&maps, Form::Wpkh)).contains(&"btc.modifiable"));
}

#[test]
fn a_signed_response_is_rebuilt_in_version_2() {
    for form in Form::ALL {
        let maker = Maker::usual(form);
        let checked = check(&to_version_2(&maker.psbt), form);
        let signed = to_version_2(&maker.signed());
        let verified = verify_response(&checked, &signed.bytes()).unwrap();
        assert_eq!(verified.psbt(), signed.bytes());
        assert_eq!(decode(verified.psbt()).unwrap().version(), PsbtVersion::Two);
        let old = verify_response(&maker.check(), &maker.signed().serialize()).unwrap();
        assert_eq!(verified.transaction(), old.transaction());
    }
}

#[test]
fn a_response_that_pays_more_or_comes_in_the_other_version_is_refused() {
    let maker = Maker::usual(Form::Wpkh);
    let checked = check(&to_version_2(&maker.psbt), Form::Wpkh);
    let mut signed = to_version_2(&maker.signed());
    signed.set(3, &[0x03], Some(&300_001u64.to_le_bytes()));
    let error = verify_response(&checked, &signed.bytes()).unwrap_err();
    assert!(matches!(error, VerifyError::Changed { key: "PSBT_OUT_AMOUNT", .. }), "{error}");
    let error = verify_response(&checked, &maker.signed().serialize()).unwrap_err();
    assert!(matches!(error, VerifyError::Removed { .. }), "{error}");
}

#[test]
fn musig2_keys_that_are_no_points_or_no_aggregate_are_refused() {
    let (a, b) = (point(1), point(2));
    let signer = |first: &[u8], tail: &[u8]| [&[0x1b], first, b.as_slice(), tail].concat();
    let nonce = [a.clone(), b.clone()].concat();
    let mut maps = usual();
    maps.set(1, &[&[0x1a], a.as_slice()].concat(), Some(&nonce));
    maps.set(1, &signer(&a, &[]), Some(&nonce));
    maps.set(1, &signer(&a, &[7; 32]), Some(&nonce));
    let checked = check(&maps, Form::Wpkh);
    assert!(codes(&checked, Severity::Restricted).contains(&"btc.musig-unproven"));
    let shown = field(&checked, "btc.input[0].musig2-participants[0]");
    assert!(codes(&checked, Severity::Refuse).contains(&"btc.musig-aggregate-wrong"));
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    assert_eq!(shown, format!("{} is made of {}, {}", hex(&a), hex(&a), hex(&b)));

    let no_point = [&[2], [0xff; 32].as_slice()].concat();
    for (key, value) in [
        ([&[0x1a], no_point.as_slice()].concat(), nonce.clone()),
        ([&[0x1a], a.as_slice()].concat(), [a.clone(), no_point.clone()].concat()),
        ([&[0x1a], a.as_slice()].concat(), Vec::new()),
        (signer(&no_point, &[]), nonce.clone()),
        (signer(&a, &[7; 31]), nonce.clone()),
        (signer(&a, &[]), [a.clone(), no_point.clone()].concat()),
        ([&[0x1c], a.as_slice(), &b].concat(), vec![0xff; 32]),
    ] {
        let mut maps = usual();
        maps.set(1, &key, Some(&value));
        let problem = problem(&maps);
        let form = matches!(problem, Problem::KeyData { .. } | Problem::KeyLength { .. } | Problem::Value { .. });
        assert!(form, "{problem}");
    }
}

#[test]
fn silent_payment_fields_without_their_counterpart_are_refused() {
    let scan = point(3);
    let keyed = |key: u8| [&[key], scan.as_slice()].concat();
    let info = [point(3), point(4)].concat();
    for (map, share, proof) in [(0, 0x07, 0x08), (1, 0x1d, 0x1e)] {
        let mut maps = usual();
        maps.set(map, &keyed(share), Some(&point(5)));
        assert!(matches!(problem(&maps), Problem::Combination { .. }));
        maps.set(map, &keyed(proof), Some(&[1; 64]));
        assert!(decode(&maps.bytes()).is_ok());
        maps.set(map, &keyed(share), None);
        assert!(matches!(problem(&maps), Problem::Combination { .. }));
    }
    let mut maps = usual();
    maps.set(3, &[0x0a], Some(&[1, 0, 0, 0]));
    assert!(matches!(problem(&maps), Problem::Combination { .. }));
    maps.set(3, &[0x09], Some(&info));
    let checked = check(&maps, Form::Wpkh);
    assert!(all_codes(&checked).contains(&"btc.silent-payment-unproven"));
    maps.set(0, &[0x06], Some(&[1]));
    assert!(matches!(problem(&maps), Problem::Combination { .. }));
}

#[test]
fn an_output_whose_script_is_still_to_come_is_never_signed() {
    let mut maps = usual();
    maps.set(3, &[0x09], Some(&[point(3), point(4)].concat()));
    maps.set(3, &[0x04], None);
    let checked = check(&maps, Form::Wpkh);
    assert!(codes(&checked, Severity::Refuse).contains(&"btc.output-script-missing"));
    assert_eq!(review(&checked).account().total(), checked.bytes().len());
}

#[test]
fn a_request_that_stays_open_after_signing_is_closed_by_us() {
    let maker = Maker::usual(Form::Wpkh);
    let (mut request, mut signed) = (to_version_2(&maker.psbt), to_version_2(&maker.signed()));
    request.set(0, &[0x06], Some(&[3]));
    signed.set(0, &[0x06], Some(&[0]));
    let closed = signed.clone();
    let checked = check(&request, Form::Wpkh);
    // A signer may have forgotten it; what leaves has it either way.
    for flags in [0, 3] {
        signed.set(0, &[0x06], Some(&[flags]));
        assert_eq!(verify_response(&checked, &signed.bytes()).unwrap().psbt(), closed.bytes());
    }
    for flags in [0x08, 0x0b, 0xff] {
        signed.set(0, &[0x06], Some(&[flags]));
        let error = verify_response(&checked, &signed.bytes()).unwrap_err();
        assert!(matches!(error, VerifyError::Changed { key: "PSBT_GLOBAL_TX_MODIFIABLE", .. }), "{error}");
    }
    request.set(0, &[0x06], Some(&[0]));
    signed.set(0, &[0x06], Some(&[1]));
    assert!(verify_response(&check(&request, Form::Wpkh), &signed.bytes()).is_err());
}
