//! Files of other programs, in the shape that each documents.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use bitcoin::bip32::Xpriv;
use common::{Form, account};
use vitrine_bitcoin::{ImportError, ImportFormat, Network, Proposal, Wallet, import_wallets};

fn import(text: &str) -> Result<Vec<Proposal>, ImportError> {
    import_wallets(text.as_bytes(), None)
}

fn checked(descriptor: &str) -> String {
    Wallet::parse("T", descriptor, Network::Testnet3).unwrap().descriptor()
}

/// The receive and change descriptors of a form, each with its checksum.
fn pair(form: Form) -> (String, String) {
    let both = form.descriptor(Network::Testnet3);
    (checked(&both.replace("<0;1>", "0")), checked(&both.replace("<0;1>", "1")))
}

#[test]
fn bitcoin_core_s_list_pairs_receive_and_change() {
    let mut entries = Vec::new();
    for form in [Form::Wpkh, Form::Tr] {
        let (receive, change) = pair(form);
        for (descriptor, internal, next) in [(receive, false, 12), (change, true, 0)] {
            entries.push(format!(
                "{{\"desc\":\"{descriptor}\",\"timestamp\":1,\"active\":true,\"internal\":{internal},\
                 \"range\":[0,999],\"next\":{next},\"next_index\":{next}}}"
            ));
        }
    }
    let list = format!("{{\"wallet_name\":\"cold\",\"descriptors\":[{}]}}", entries.join(","));
    for text in [list.clone(), format!("{{\"result\":{list},\"error\":null,\"id\":1}}")] {
        let found = import(&text).unwrap();
        assert_eq!(found.iter().map(|p| p.wallet.name()).collect::<Vec<_>>(), ["cold wpkh", "cold tr"]);
        assert_eq!(found[0].format, ImportFormat::BitcoinCore);
        assert_eq!(found[0].wallet.descriptor(), checked(&Form::Wpkh.descriptor(Network::Testnet3)));
        assert_eq!((found[0].wallet.last_used().receive, found[0].wallet.last_used().change), (Some(11), None));
    }
    let broken = list.replacen("\"desc\"", "\"dsc\"", 1);
    assert!(matches!(import(&broken), Err(ImportError::Malformed { part: "desc", .. })));
}

#[test]
fn sparrow_s_descriptor_file_and_a_descriptor_alone() {
    let both = checked(&Form::WshMulti.descriptor(Network::Testnet3));
    let (receive, change) = pair(Form::WshMulti);
    let file = format!(
        "# Receive and change descriptor (BIP389):\n{both}\n\n\n# Receive descriptor (Bitcoin Core):\n{receive}\n\n\
         # Change descriptor (Bitcoin Core):\n{change}\n"
    );
    for text in [file.clone(), both.clone(), format!("{receive}\n{change}\n"), format!("\u{feff}{both}\r\n")] {
        let found = import(&text).unwrap();
        assert_eq!((found.len(), found[0].wallet.descriptor()), (1, both.clone()), "{text}");
        assert_eq!(found[0].wallet.network(), Network::Testnet3);
    }
    let signet = import_wallets(both.as_bytes(), Some(Network::Signet)).unwrap();
    assert_eq!(signet[0].wallet.network(), Network::Signet);
    let (_, other) = pair(Form::Wpkh);
    assert!(import(&file.replace(&change, &other)).is_err());
    assert!(matches!(import(&both.replace("<0;1>", "<0;2>")), Err(ImportError::Wallet(_))), "its checksum is wrong");
}

#[test]
fn specter_s_file_names_wallet_and_cosigners() {
    let keys = ["48h/1h/0h/2h", "48h/1h/1h/2h"].map(|path| account(path, Network::Testnet3));
    let other = keys[1].replace(&common::fingerprint().to_string(), "0badcafe");
    let receive = checked(&format!("wsh(sortedmulti(2,{}/0/*,{other}/0/*))", keys[0]));
    let file = format!(
        "{{\"label\":\"Board \u{202e}wallet\",\"blockheight\":800000,\"descriptor\":\"{}\",\
         \"devices\":[{{\"type\":\"trezor\",\"label\":\"A. Brandt\"}},{{\"type\":\"coldcard\",\"label\":\"R. Tanaka\"}}]}}",
        receive.replace('/', "\\/")
    );
    let found = import(&file).unwrap();
    let wallet = &found[0].wallet;
    assert_eq!((found[0].format, wallet.name()), (ImportFormat::Specter, "Board wallet"));
    let names: Vec<_> = wallet.cosigners().iter().map(|c| (c.name.as_str(), c.fingerprint.to_string())).collect();
    assert_eq!(names, [("A. Brandt", common::fingerprint().to_string()), ("R. Tanaka", "0badcafe".to_owned())]);
    assert!(wallet.address(true, 0).is_ok());
    let fewer = file.replace(",{\"type\":\"coldcard\",\"label\":\"R. Tanaka\"}", "");
    assert!(import(&fewer).unwrap()[0].wallet.cosigners().is_empty());
}

#[test]
fn the_published_bsms_records_derive_their_first_address() {
    let records = include_str!("../../../tests/vectors/bip129.txt").lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for record in records.map(|line| line.replace('|', "\n")) {
        let found = import(&record).unwrap_or_else(|error| panic!("{record}: {error}"));
        assert_eq!(found[0].format, ImportFormat::Bsms);
        assert!(found[0].first_address_fits);
        let address = record.lines().nth(3).unwrap();
        let other = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        let swapped = import(&record.replace(address, other)).unwrap_err();
        assert!(matches!(swapped, ImportError::OtherAddress { .. }), "{swapped}");
        let cut = record.lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(matches!(import(&cut), Err(ImportError::Malformed { .. })));
        count += 1;
    }
    println!("{count} records of BIP-129");
    assert!(count >= 3);
}

#[test]
fn a_private_key_anywhere_in_a_file_is_refused_loudly() {
    let xprv = Xpriv::new_master(bitcoin::Network::Testnet, &[7; 32]).unwrap();
    let wif = bitcoin::PrivateKey::new(xprv.private_key, bitcoin::Network::Testnet);
    let both = checked(&Form::Wpkh.descriptor(Network::Testnet3));
    for text in [
        format!("wpkh({xprv}/<0;1>/*)"),
        format!("{both}\n# backup {xprv}\n"),
        format!("{{\"label\":\"{wif}\",\"descriptor\":\"{both}\"}}"),
        format!("BSMS 1.0\npkh({wif})\nNo path restrictions\nx"),
    ] {
        let error = import(&text).unwrap_err();
        assert_eq!(error, ImportError::PrivateKey);
        assert!(error.to_string().contains("PRIVATE KEY") && !error.to_string().contains(&text[5..20]));
    }
}

#[test]
fn anything_else_is_refused_and_bounded() {
    for text in [
        "",
        "hello",
        "{}",
        "[]",
        "{\"descriptors\":[]}",
        "BSMS 1.0",
        "BSMS 2.0\nwsh()\n/0/*\nx",
        "wpkh(",
        "{\"descriptor\":7}",
    ] {
        assert!(import(text).is_err(), "{text}");
    }
    assert_eq!(import_wallets(&[0xff], None).unwrap_err(), ImportError::NotText);
    let large = vec![b' '; (1 << 20) + 1];
    assert!(matches!(import_wallets(&large, None), Err(ImportError::TooLarge { .. })));
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(import(&deep).unwrap_err(), ImportError::Unknown);
}
