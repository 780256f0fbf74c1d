//! A ceremony folder is taken whole or not at all.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_bitcoin::FINDINGS;
use vitrine_ceremony::{Folder, FolderError};
use vitrine_review::Severity;

const CEREMONY: &str = "version = 1\ntitle = \"November payments\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n";
const WALLET: &str = "version = 1\nname = \"Treasury\"\ndescriptor = \"wpkh([5c9e228d/84h/1h/0h]\
tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)\"\n";
const ADDRESSES: &str = "version = 1\n[[address]]\nlabel = \"Halden Freight AS\"\n\
address = \"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx\"\nadded_by = \"M. Okafor\"\napproved_by = \"J. Lindqvist\"\n";

fn files(changes: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let defaults = [("ceremony.toml", CEREMONY), ("wallets/treasury.toml", WALLET), ("addresses.toml", ADDRESSES)];
    for (path, text) in defaults.iter().chain(changes) {
        files.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    files
}

#[test]
fn a_whole_folder_is_read() {
    let folder = Folder::parse(&files(&[])).unwrap();
    assert_eq!(folder.title(), "November payments");
    assert_eq!(folder.wallet_names(), ["Treasury"]);
    assert_eq!(folder.files().len(), 3);
}

#[test]
fn any_changed_byte_changes_the_digest() {
    let digest = Folder::parse(&files(&[])).unwrap().digest();
    let retitled = CEREMONY.replace("November", "December");
    let other = Folder::parse(&files(&[("ceremony.toml", &retitled)])).unwrap().digest();
    assert_ne!(digest, other);
    let renamed = files(&[("wallets/two.toml", &WALLET.replace("Treasury", "Two"))]);
    assert_ne!(Folder::parse(&renamed).unwrap().digest(), digest);
}

#[test]
fn a_misspelt_rule_is_not_a_rule_that_is_not_applied() {
    let misspelt = format!("{CEREMONY}[approval]\nmax_fees_sat = 1000\n");
    let error = Folder::parse(&files(&[("ceremony.toml", &misspelt)])).unwrap_err();
    assert!(error.to_string().contains("max_fees_sat"), "{error}");
    let negative = format!("{CEREMONY}[approval]\nmax_fee_sat = -1\n");
    assert!(matches!(Folder::parse(&files(&[("ceremony.toml", &negative)])), Err(FolderError::Schema { .. })));
}

#[test]
fn a_file_that_nobody_knows_is_an_error() {
    for path in ["notes.txt", "wallets/a/b.toml", "wallets/.toml.swp", "../ceremony.toml"] {
        let error = Folder::parse(&files(&[(path, "x")])).unwrap_err();
        assert!(matches!(error, FolderError::UnknownFile(_)), "{path}: {error}");
    }
}

#[test]
fn a_missing_or_later_schema_is_said() {
    let mut without = files(&[]);
    without.remove("ceremony.toml");
    assert!(matches!(Folder::parse(&without), Err(FolderError::Missing("ceremony.toml"))));
    let later = CEREMONY.replace("version = 1", "version = 2");
    let error = Folder::parse(&files(&[("ceremony.toml", &later)])).unwrap_err();
    assert!(matches!(error, FolderError::Version { found: 2, .. }));
}

#[test]
fn a_name_cannot_carry_invisible_characters() {
    let bidi = CEREMONY.replace("November", "Novem\u{202e}ber");
    let error = Folder::parse(&files(&[("ceremony.toml", &bidi)])).unwrap_err();
    assert!(error.to_string().contains("\\u{202e}"), "{error}");
}

#[test]
fn two_wallets_of_one_name_are_refused() {
    let error = Folder::parse(&files(&[("wallets/again.toml", WALLET)])).unwrap_err();
    assert!(matches!(error, FolderError::DuplicateWallet(name) if name == "Treasury"));
}

#[test]
fn a_wallet_or_address_of_another_network_is_refused() {
    let mainnet = CEREMONY.replace("testnet", "mainnet");
    assert!(Folder::parse(&files(&[("ceremony.toml", &mainnet)])).is_err());
    let error = Folder::parse(&files(&[(
        "addresses.toml",
        &ADDRESSES.replace("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    )]));
    assert!(matches!(error, Err(FolderError::AddressBook(_))));
}

#[test]
fn a_folder_that_cannot_be_read_does_not_write_to_the_terminal() {
    let title = CEREMONY.replace("November", "Novem\u{1b}[2Jber");
    let error = Folder::parse(&files(&[("ceremony.toml", &title)])).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    assert!(error.to_string().contains("\\u{1b}"), "{error}");
}

#[test]
fn cosigners_and_used_addresses_are_read_and_misspelt_ones_are_not() {
    let wallet = |more: &str| Folder::parse(&files(&[("wallets/treasury.toml", &format!("{WALLET}{more}"))]));
    let brandt = "[[cosigner]]\nname = \"A. Brandt\"\nfingerprint = \"5c9e228d\"\n";
    assert!(wallet(brandt).is_ok());
    assert!(wallet(&format!("[last_used]\nreceive = 12\nchange = 4\ngap = 40\n{brandt}")).is_ok());
    assert!(matches!(wallet(&brandt.replace("5c9e228d", "00000000")), Err(FolderError::Wallet { .. })));
    assert!(matches!(wallet(&brandt.replace("5c9e228d", "5c9e")), Err(FolderError::Schema { .. })));
    assert!(matches!(wallet(&brandt.replace("name", "nom")), Err(FolderError::Schema { .. })));
    assert!(matches!(wallet("[last_used]\nreceived = 1\n"), Err(FolderError::Schema { .. })));
}

#[test]
fn a_wallet_is_a_descriptor_or_a_policy_and_not_both() {
    let wallet = |text: &str| Folder::parse(&files(&[("wallets/treasury.toml", text)]));
    let (_, key) = WALLET.split_once("wpkh(").unwrap();
    let (key, _) = key.split_once("/<0;1>").unwrap();
    let policy = format!("version = 1\nname = \"Treasury\"\ntemplate = \"wpkh(@0/**)\"\nkeys = [\"{key}\"]\n");
    assert!(wallet(&policy).is_ok());
    assert!(matches!(wallet(&policy.replace("/**", "/0/**")), Err(FolderError::Wallet { .. })));
    assert!(matches!(wallet(&format!("{WALLET}template = \"wpkh(@0/**)\"\n")), Err(FolderError::Schema { .. })));
    assert!(matches!(wallet("version = 1\nname = \"Treasury\"\n"), Err(FolderError::Schema { .. })));
}

fn excepting(code: &str) -> Result<Folder, FolderError> {
    let sha256 = "00".repeat(32);
    let exception = format!("[[exception]]\ncode = \"{code}\"\nrequest_sha256 = \"{sha256}\"\nreason = \"a test\"\n");
    Folder::parse(&files(&[("ceremony.toml", &format!("{CEREMONY}{exception}"))]))
}

#[test]
fn an_exception_that_can_never_lift_anything_is_an_error() {
    let mut restricted = 0;
    for (code, severity, _) in FINDINGS {
        let parsed = excepting(code);
        if *severity == Severity::Restricted {
            restricted += 1;
            assert!(parsed.is_ok(), "{code}: {}", parsed.unwrap_err());
        } else {
            let error = parsed.unwrap_err();
            assert!(matches!(&error, FolderError::Exception { severity: Some(s), .. } if s == severity), "{error}");
        }
    }
    assert!(restricted > 5, "{restricted}");
    let error = excepting("btc.amount-not-proven").unwrap_err().to_string();
    assert!(error.contains("that finding refuses, and nothing lifts it"), "{error}");
    assert!(error.contains("Codes that can be excepted: ") && error.contains("btc.sighash-none"), "{error}");
    let error = excepting("btc.sighash-not-all").unwrap_err();
    assert!(matches!(&error, FolderError::Exception { severity: None, .. }), "{error}");
    assert!(error.to_string().contains("there is no such finding"), "{error}");
}

#[test]
fn the_ceremony_toml_of_the_documentation_is_one() {
    let page = include_str!("../../../docs/formats/ceremony-folder.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let example = example.replace("64 hex digits", &"00".repeat(32));
    let folder = Folder::parse(&files(&[("ceremony.toml", &example)])).unwrap();
    assert!(folder.approval().sign_twice);
    assert_eq!(folder.approval().exceptions.len(), 1);
    assert_eq!(folder.title(), "November treasury payments");
}

#[test]
fn a_device_is_asked_once_unless_the_folder_says_twice() {
    let asks = |rules: &str| {
        let ceremony = format!("{CEREMONY}[approval]\n{rules}");
        Folder::parse(&files(&[("ceremony.toml", &ceremony)])).map(|folder| folder.approval().sign_twice)
    };
    assert!(!asks("").unwrap());
    assert!(!asks("sign_twice = false\n").unwrap());
    assert!(asks("sign_twice = true\n").unwrap());
    assert!(matches!(asks("sign_twice = \"yes\"\n"), Err(FolderError::Schema { .. })));
}
