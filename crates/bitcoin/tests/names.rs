//! Payment names (BIP-353): an output is paid to a name only by a DNSSEC proof that leads to it, at its time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use bitcoin::absolute::LockTime;
use bitcoin::psbt::raw;
use bitcoin::transaction::Version;
use bitcoin::{Address, Amount, OutPoint, Psbt, Transaction, TxIn, TxOut, Txid};
use vitrine_bitcoin::bitcoin;
use vitrine_bitcoin::{
    AddressBook, BookEntry, CheckedPsbt, Network, Surroundings, VerifyError, decode, verify_response,
};
use vitrine_review::{Context, Review, Severity};

const SIMPLE: &str = "bc1qztwy6xen3zdtt7z0vrgapmjtfz8acjkfp5fp7l";
/// 7 August 2025, 12:00 UTC.
const IN_TIME: u64 = 1_754_568_000;
/// The first and the last second of the first published proof.
const FIRST: u64 = 1_754_562_918;
const LAST: u64 = 1_754_842_932;

/// Class, description, address and value of each published vector.
fn vectors() -> Vec<(&'static str, &'static str, &'static str, Vec<u8>)> {
    let rows = include_str!("vectors/bip353.tsv").lines().filter(|line| !line.starts_with('#'));
    let columns = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    columns.map(|c| (c[0], c[1], c[2], data_encoding::HEXLOWER.decode(c[3].as_bytes()).unwrap())).collect()
}

fn simple() -> Vec<u8> {
    vectors()[0].3.clone()
}

/// A request that pays to these addresses, each with this field.
fn request(outputs: &[(&str, Option<&[u8]>)]) -> Psbt {
    let txid = Txid::from_str(&"11".repeat(32)).unwrap();
    let input = vec![TxIn { previous_output: OutPoint::new(txid, 0), ..TxIn::default() }];
    let script = |address: &str| Address::from_str(address).unwrap().assume_checked().script_pubkey();
    let output = outputs.iter().map(|(a, _)| TxOut { value: Amount::from_sat(50_000), script_pubkey: script(a) });
    let output = output.collect();
    let transaction = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output };
    let mut psbt = Psbt::from_unsigned_tx(transaction).unwrap();
    for (of_psbt, (_, value)) in psbt.outputs.iter_mut().zip(outputs) {
        let key = raw::Key { type_value: 0x35, key: Vec::new() };
        of_psbt.unknown.extend(value.map(|value| (key, value.to_vec())));
    }
    psbt
}

fn check_on(psbt: &Psbt, network: Network) -> CheckedPsbt {
    let known = Surroundings { network, wallets: Vec::new(), address_book: AddressBook::default() };
    decode(&psbt.serialize()).unwrap().check(&known).unwrap()
}

fn check(address: &str, value: &[u8]) -> CheckedPsbt {
    check_on(&request(&[(address, Some(value))]), Network::Mainnet)
}

fn review_at(checked: &CheckedPsbt, stated_time: Option<u64>) -> Review {
    checked.review(&Context { stated_time, ..Context::default() })
}

/// Codes of the findings about names, with their severities.
fn findings(review: &Review) -> Vec<(&'static str, Severity)> {
    let about = review.findings().iter().filter(|f| f.code.starts_with("btc.dns"));
    about.map(|finding| (finding.code, finding.severity)).collect()
}

fn with_name(name: &[u8]) -> Vec<u8> {
    let value = simple();
    let chain = &value[1 + usize::from(value[0])..];
    [&[u8::try_from(name.len()).unwrap()], name, chain].concat()
}

#[test]
fn every_published_proof_leads_to_its_address_and_no_invalid_one_does() {
    let (mut valid, mut invalid) = (0, 0);
    for (class, description, address, value) in vectors() {
        let paid = if class == "valid" { address } else { SIMPLE };
        let checked = check(paid, &value);
        if class == "valid" {
            let name = checked.outputs()[0].payment_name().unwrap().to_string();
            println!("{description}: {name}");
            assert_eq!(findings(&review_at(&checked, None)), [("btc.dns-time-unknown", Severity::Caution)]);
            valid += 1;
        } else {
            let review = review_at(&checked, Some(IN_TIME));
            println!(
                "{description}: {}",
                review.findings().iter().find(|f| f.code.starts_with("btc.dns")).unwrap().truth
            );
            assert_eq!(findings(&review), [("btc.dns-proof-wrong", Severity::Refuse)], "{description}");
            assert!(checked.outputs()[0].payment_name().is_none());
            invalid += 1;
        }
    }
    println!("{valid} proofs of BIP-353 and others verified, {invalid} refused");
    assert_eq!((valid, invalid), (4, 4));
}

#[test]
fn a_proven_name_is_shown_as_the_payee_with_its_end() {
    let checked = check(SIMPLE, &simple());
    let review = review_at(&checked, Some(IN_TIME));
    assert_eq!(findings(&review), [("btc.dns-name-proven", Severity::Fact)]);
    let finding = review.findings().iter().find(|f| f.code == "btc.dns-name-proven").unwrap();
    let until = "proven by DNSSEC until 2025-08-";
    let start = format!("Output 0 is paid to the payment name simple@dnssec_proof_tests.bitcoin.ninja, {until}");
    assert!(finding.truth.starts_with(&start), "{}", finding.truth);
    let effect = &review.effects().list[0];
    assert_eq!(effect.sentence, "Sends 0.00050000 BTC to the payment name simple@dnssec_proof_tests.bitcoin.ninja.");
    assert_eq!((effect.proof.state(), effect.proof.code()), ("proven", "dnssec"));
    let field = review.document().field("btc.output[0].payment-name").unwrap();
    assert_eq!(field.proof.state(), "proven");
    let uri = review.document().field("btc.output[0].payment-uri").unwrap();
    assert_eq!(uri.value.to_text(), format!("“bitcoin:?bc={SIMPLE}”"));
    assert_eq!(review.account().unknown(), 0);
}

#[test]
fn without_a_stated_time_a_name_is_claimed_and_cautioned() {
    let review = review_at(&check(SIMPLE, &simple()), None);
    assert_eq!(findings(&review), [("btc.dns-time-unknown", Severity::Caution)]);
    let effect = &review.effects().list[0];
    assert_eq!(effect.sentence, "Sends 0.00050000 BTC to an address without a name.");
    assert_eq!(effect.proof.code(), "signed-bytes");
    let field = review.document().field("btc.output[0].payment-name").unwrap();
    assert_eq!((field.proof.state(), field.proof.code()), ("claimed", "dnssec-undated"));
}

#[test]
fn a_proof_holds_from_its_first_to_its_last_second_and_no_longer() {
    let checked = check(SIMPLE, &simple());
    for time in [FIRST, LAST] {
        assert_eq!(findings(&review_at(&checked, Some(time))), [("btc.dns-name-proven", Severity::Fact)]);
    }
    for time in [0, FIRST - 1, LAST + 1, u64::MAX] {
        let review = review_at(&checked, Some(time));
        assert_eq!(findings(&review), [("btc.dns-proof-expired", Severity::Restricted)], "{time}");
        assert_eq!(review.effects().list[0].proof.code(), "signed-bytes");
        assert!(review.account().unknown() > 3_000, "what proves nothing is not explained");
    }
}

#[test]
fn a_name_beside_another_address_is_refused() {
    let checked = check("bc1qyyq734dcnhhcwyw8yjxswxg4p7k9nxu0qt84qz", &simple());
    assert_eq!(findings(&review_at(&checked, Some(IN_TIME))), [("btc.dns-name-other-address", Severity::Refuse)]);
    let review = review_at(&checked, Some(IN_TIME));
    let field = review.document().field("btc.output[0].payment-name").unwrap();
    assert_eq!(field.proof.state(), "claimed");
    assert!(review.account().unknown() > 3_000);
}

#[test]
fn the_chain_of_one_name_does_not_prove_another() {
    for name in
        [&b"simpel@dnssec_proof_tests.bitcoin.ninja"[..], b"simple@bitcoin.ninja", b"s@simple.user._bitcoin-payment.x"]
    {
        assert_eq!(
            findings(&review_at(&check(SIMPLE, &with_name(name)), Some(IN_TIME))),
            [("btc.dns-proof-wrong", Severity::Refuse)]
        );
    }
    let checked = check(SIMPLE, &with_name(b"SIMPLE@DNSSEC_proof_tests.bitcoin.NINJA"));
    let name = checked.outputs()[0].payment_name().unwrap().to_string();
    assert_eq!(name, "simple@dnssec_proof_tests.bitcoin.ninja", "shown as DNS knows it");
}

#[test]
fn the_same_key_on_another_network_is_refused() {
    let program = Address::from_str(SIMPLE).unwrap().assume_checked().script_pubkey();
    let there = Address::from_script(&program, bitcoin::Network::Testnet).unwrap().to_string();
    let checked = check_on(&request(&[(&there, Some(&simple()))]), Network::Testnet3);
    assert_eq!(findings(&review_at(&checked, Some(IN_TIME))), [("btc.dns-name-other-network", Severity::Refuse)]);
}

#[test]
fn hostile_names_are_escaped_wherever_they_are_shown() {
    for name in ["a\n@b.c", "\u{202e}drowssap@b.c", "a@b\u{0}.c", "\u{20bf}a@b.c", "<b>@c.d"] {
        let checked = check(SIMPLE, &with_name(name.as_bytes()));
        assert_eq!(findings(&review_at(&checked, Some(IN_TIME))), [("btc.dns-proof-wrong", Severity::Refuse)]);
        let review = review_at(&checked, Some(IN_TIME));
        let text = vitrine_review::to_text(&review);
        let strange: Vec<char> =
            text.chars().filter(|c| *c != '\n' && !"“”…".contains(*c) && !(' '..='~').contains(c)).collect();
        assert!(strange.is_empty(), "{name:?} {strange:?}");
        assert!(!text.contains("a\n@b"));
    }
}

#[test]
fn no_changed_byte_names_another_payee() {
    let value = simple();
    let right = check(SIMPLE, &value).outputs()[0].payment_name().unwrap().clone();
    let length = usize::from(value[0]);
    let mut proven = 0;
    for at in (1 + length..value.len()).step_by(29) {
        let mut changed = value.clone();
        changed[at] ^= 0x01;
        let checked = check(SIMPLE, &changed);
        let Some(name) = checked.outputs()[0].payment_name() else { continue };
        assert_eq!(*name, right, "byte {at}");
        proven += 1;
    }
    // The time to live beside each record is not signed, nor is the case of letters.
    println!("{proven} changes of bytes that are not signed");
}

#[test]
fn a_field_that_is_no_name_and_proof_is_malformed() {
    for value in [&b""[..], b"\0", b"\x05a@b.c", b"\x09a@b.c", b"\0\0\0"] {
        let error = decode(&request(&[(SIMPLE, Some(value))]).serialize()).unwrap_err().to_string();
        assert!(error.contains("PSBT_OUT_DNSSEC_PROOF"), "{error}");
    }
    let mut psbt = request(&[(SIMPLE, None)]);
    psbt.outputs[0].unknown.insert(raw::Key { type_value: 0x35, key: vec![1] }, simple());
    assert!(decode(&psbt.serialize()).is_err());
}

#[test]
fn a_request_full_of_proofs_is_answered_in_time() {
    let value = vectors()[2].3.clone();
    let proof: Option<&[u8]> = Some(&value);
    let psbt = request(&vec![(SIMPLE, proof); 100]);
    let start = Instant::now();
    let checked = check_on(&psbt, Network::Mainnet);
    println!("100 proofs, {} bytes: {:?}", psbt.serialize().len(), start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(60));
    assert_eq!(checked.outputs().iter().filter(|output| output.payment_name().is_some()).count(), 16);
    let codes = findings(&review_at(&checked, Some(IN_TIME)));
    let left = codes.iter().filter(|(code, _)| *code == "btc.dns-proof-not-verified").count();
    assert_eq!(left, 100 - 16);
}

#[test]
fn the_address_book_stays_above_a_payment_name() {
    let entry =
        BookEntry { label: "Halden Freight AS".to_owned(), address: SIMPLE.to_owned(), provenance: String::new() };
    let address_book = AddressBook::new(vec![entry], Network::Mainnet).unwrap();
    let known = Surroundings { network: Network::Mainnet, wallets: Vec::new(), address_book };
    let bytes = request(&[(SIMPLE, Some(&simple()))]).serialize();
    let review = review_at(&decode(&bytes).unwrap().check(&known).unwrap(), Some(IN_TIME));
    let effect = &review.effects().list[0];
    assert_eq!(effect.sentence, "Sends 0.00050000 BTC to Halden Freight AS.");
    assert_eq!(effect.proof.code(), "address-book");
    assert!(effect.provenance.iter().any(|line| line.starts_with("Payment name simple@")), "{:?}", effect.provenance);
}

#[test]
fn a_response_returns_the_proof_as_it_was() {
    let psbt = request(&[(SIMPLE, Some(&simple()))]);
    let checked = check_on(&psbt, Network::Mainnet);
    let key = raw::Key { type_value: 0x35, key: Vec::new() };
    let mut without = psbt.clone();
    without.outputs[0].unknown.remove(&key);
    let mut other = psbt.clone();
    other.outputs[0].unknown.insert(key, vectors()[5].3.clone());
    for response in [without, other] {
        let error = verify_response(&checked, &response.serialize()).unwrap_err();
        assert!(!matches!(error, VerifyError::Malformed(_)) && error.to_string().contains("DNSSEC"), "{error}");
    }
    let plain = check_on(&request(&[(SIMPLE, None)]), Network::Mainnet);
    let error = verify_response(&plain, &psbt.serialize()).unwrap_err();
    assert!(error.to_string().contains("DNSSEC"), "{error}");
}
