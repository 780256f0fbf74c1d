//! A silent payment is shown as one only if its script was made anew from proven shares (BIP-352, 374, 375).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use common::review;
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, decode};
use vitrine_review::Severity;

const SP_V0_INFO: u8 = 0x09;

/// The published valid request whose description contains `part`.
fn vector(part: &str) -> Vec<u8> {
    let row = include_str!("vectors/bip375.tsv").lines().find(|row| row.starts_with("valid") && row.contains(part));
    data_encoding::BASE64.decode(row.unwrap().split('\t').nth(2).unwrap().as_bytes()).unwrap()
}

fn known(network: Network) -> Surroundings {
    Surroundings { network, wallets: Vec::new(), address_book: AddressBook::default() }
}

fn check(bytes: &[u8]) -> CheckedPsbt {
    check_on(bytes, Network::Mainnet)
}

fn check_on(bytes: &[u8], network: Network) -> CheckedPsbt {
    decode(bytes).unwrap().check(&known(network)).unwrap()
}

/// Codes of the findings about silent payments.
fn codes(checked: &CheckedPsbt) -> Vec<&'static str> {
    let review = review(checked);
    let refuses = review.findings().of(Severity::Refuse).map(|finding| finding.code);
    refuses.filter(|code| code.starts_with("btc.silent-payment")).collect()
}

#[test]
fn an_address_is_shown_with_its_proof() {
    for (part, network, prefix) in [
        ("one P2PKH input", Network::Mainnet, "sp1q"),
        ("two P2TR inputs, neither is signed", Network::Testnet3, "tsp1q"),
    ] {
        let checked = check_on(&vector(part), network);
        assert_eq!(codes(&checked), [""; 0]);
        let (n, output) = checked.outputs().iter().enumerate().find(|(_, o)| o.silent_payment().is_some()).unwrap();
        let address = output.silent_payment().unwrap();
        assert!(address.starts_with(prefix), "{address}");
        let review = review(&checked);
        let field = review.document().field(&format!("btc.output[{n}].silent-payment-address")).unwrap();
        assert_eq!(field.proof.sentence(), "Proven by a DLEQ proof");
        assert_eq!(review.effects().list[n].address.as_ref().unwrap().as_str(), address);
        assert_eq!(review.account().unknown(), 0);
    }
}

#[test]
fn a_key_that_is_not_the_coins_key_proves_nothing() {
    // Whoever may name the key of an input can make a script that the payee never finds.
    let checked = check(&vector("two inputs single-signer using global ECDH share"));
    assert_eq!(codes(&checked), ["btc.silent-payment-unproven"]);
    assert!(checked.outputs().iter().all(|output| output.silent_payment().is_none()));
}

#[test]
fn no_changed_byte_shows_another_address() {
    let bytes = vector("one P2PKH input");
    let address = |checked: &CheckedPsbt| checked.outputs().iter().find_map(|o| o.silent_payment().map(str::to_owned));
    let right = address(&check(&bytes)).unwrap();
    let known = known(Network::Mainnet);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let Ok(checked) = decode(&changed).map(|request| request.check(&known).unwrap()) else { continue };
            review(&checked);
            if let Some(found) = address(&checked) {
                assert_eq!(found, right, "byte {at}");
            }
        }
    }
}

#[test]
fn another_payee_beside_the_same_script_is_refused() {
    let bytes = vector("one P2PKH input");
    let at = bytes.windows(3).rposition(|window| window == [1, SP_V0_INFO, 66]).unwrap() + 3;
    // The parity of the scan key, and that of the spend key: other keys, and no other payee of this script.
    for at in [at, at + 33] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let checked = check(&changed);
        assert!(!codes(&checked).is_empty());
        assert!(checked.outputs().iter().all(|output| output.silent_payment().is_none()));
    }
}
