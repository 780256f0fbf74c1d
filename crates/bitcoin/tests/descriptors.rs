//! The published vectors of descriptors and wallet policies.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use std::str::FromStr as _;

use vitrine_bitcoin::{Network, PolicyFault, Wallet, WalletError};

fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn parse(descriptor: &str) -> Result<Wallet, WalletError> {
    Wallet::parse("Vector", descriptor, Network::Mainnet)
}

/// Script of the receive path at an index, as hex.
fn script(wallet: &Wallet, index: u32) -> String {
    let address = wallet.address(false, index).unwrap();
    common::script_of(&address).to_hex_string()
}

#[test]
fn musig_vectors_of_bip_390() {
    let (mut valid, mut invalid, mut left_out) = (0, 0, 0);
    for line in lines(include_str!("../../../tests/vectors/bip390.tsv")) {
        match (line[0], parse(line[1])) {
            // rawtr() is a form that Vitrine does not register, private keys are refused whatever they make, and one key
            // for two participants gives its holder two votes.
            ("valid", Err(WalletError::PrivateKey)) if line[1].contains("KwDiBf89") => left_out += 1,
            ("valid", Err(WalletError::Form { form: "rawtr()", .. })) => left_out += 1,
            ("valid", Err(WalletError::DuplicateKey { .. })) if line[1].ends_with("/1)/2)") => left_out += 1,
            ("valid", wallet) => {
                let wallet = wallet.unwrap_or_else(|error| panic!("{}: {error}", line[1]));
                for (index, expected) in line[2].split(' ').enumerate() {
                    assert_eq!(script(&wallet, index as u32), expected, "{} at {index}", line[1]);
                }
                valid += 1;
            }
            (_, wallet) => {
                assert!(wallet.is_err(), "{}: {}", line[1], line[2]);
                invalid += 1;
            }
        }
    }
    println!("BIP-390: {valid} valid, {invalid} invalid, {left_out} valid ones refused: 2 rawtr(), 1 repeated key");
    assert_eq!((valid, invalid, left_out), (3, 14, 3));
}

#[test]
fn policies_of_bip_388() {
    let (mut valid, mut invalid) = (0, 0);
    let key = "[6738736c/44'/0'/0']xpub6Br37sWxruYfT8ASpCjVHKGwgdnYFEn98DwiN76i2oyY6fgH1LAPmmDcF46xjxJr22gw4jmVjTE2E3URMnRPEPYyo1zoPSUba563ESMXCeb";
    let other = "[6738736c/49'/0'/1']xpub6Bex1CHWGXNNwGVKHLqNC7kcV348FxkCxpZXyCWp1k27kin8sRPayjZUKDjyQeZzGUdyeAj2emoW5zStFFUAHRgd5w8iVVbLgZ7PmjAKAm9";
    for line in lines(include_str!("../../../tests/vectors/bip388.tsv")) {
        let policy = |keys: &[String]| Wallet::of_policy("Vector", line[1], keys, Network::Mainnet);
        if line[0] == "valid" {
            let keys: Vec<String> = line[2].split(' ').map(str::to_owned).collect();
            let wallet = policy(&keys).unwrap_or_else(|error| panic!("{}: {error}", line[1]));
            let direct = parse(line[3]).unwrap();
            assert_eq!(wallet.descriptor(), direct.descriptor());
            assert_eq!(wallet.address(true, 5), direct.address(true, 5));
            let policy = direct.policy().unwrap();
            assert_eq!((policy.template, policy.keys), (line[1].replace("/<0;1>/*", "/**"), keys));
            valid += 1;
        } else {
            for count in 0..=2 {
                let keys: Vec<String> = [key, other].iter().take(count).map(|key| (*key).to_owned()).collect();
                let error = policy(&keys).map(drop).expect_err(line[2]);
                assert!(matches!(error, WalletError::Policy(_)), "{}: {error}", line[1]);
            }
            invalid += 1;
        }
    }
    println!("BIP-388: {valid} valid, {invalid} invalid");
    assert_eq!((valid, invalid), (9, 9));
    let twice = [key.to_owned(), key.to_owned()];
    let error = Wallet::of_policy("Vector", "wsh(multi(2,@0/**,@1/**))", &twice, Network::Mainnet).unwrap_err();
    assert!(matches!(error, WalletError::Policy(PolicyFault::SameKey { .. })), "{error}");
}

#[test]
fn every_descriptor_of_extended_keys_is_a_policy_and_the_policy_is_that_descriptor() {
    let keys = ["48h/1h/0h/2h", "48h/1h/1h/2h", "48h/1h/2h/2h"].map(|path| common::account(path, Network::Testnet3));
    for template in [
        "pkh(@0/**)",
        "wsh(sortedmulti(2,@0/**,@1/**,@2/**))",
        "sh(wsh(multi(2,@0/<4;5>/*,@1/**)))",
        "wsh(or_d(pk(@0/**),and_v(v:pkh(@1/<2;3>/*),older(144))))",
        "wsh(thresh(2,pk(@0/**),s:pk(@1/**),sln:after(1700000000)))",
        "wsh(andor(pk(@0/**),older(9),and_v(v:pk(@1/**),hash160(00112233445566778899aabbccddeeff00112233))))",
        "tr(@0/**,{pk(@1/**),{and_v(v:pk(@2/**),older(7)),multi_a(2,@1/<2;3>/*,@2/<2;3>/*)}})",
        "tr(@0/**,sortedmulti_a(2,@1/**,@2/**))",
        "tr(musig(@0,@1)/**,and_v(v:pk(musig(@0,@2)/**),older(7)))",
    ] {
        let count = keys.iter().enumerate().filter(|(n, _)| template.contains(&format!("@{n}"))).count();
        let keys = &keys[..count];
        let wallet = Wallet::of_policy("T", template, keys, Network::Testnet3).unwrap();
        let policy = wallet.policy().unwrap_or_else(|error| panic!("{template}: {error}"));
        assert_eq!(policy.template, template);
        assert_eq!(policy.keys, keys);
        let again = Wallet::of_policy("T", &policy.template, &policy.keys, Network::Testnet3).unwrap();
        assert_eq!(again.descriptor(), wallet.descriptor());
    }
}

#[test]
fn what_no_policy_stands_for_is_said() {
    let key = |path: &str| common::account(path, Network::Testnet3);
    let nobody = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    let (a, b) = (key("86h/1h/0h"), key("86h/1h/1h"));
    for text in [
        format!("wpkh({a}/0/*)"),
        format!("wpkh({a}/<0;1>)"),
        format!("wpkh({a}/7/<0;1>/*)"),
        format!("tr({nobody},pk({a}/<0;1>/*))"),
        format!("tr(musig({a}/<0;1>/*,{b}/<0;1>/*))"),
        format!("wsh(or_d(pk({a}/<0;1>/*),and_v(v:pkh({a}/<1;2>/*),older(9))))"),
    ] {
        let wallet = Wallet::parse("T", &text, Network::Testnet3).unwrap_or_else(|error| panic!("{text}: {error}"));
        let error = wallet.policy().expect_err(&text);
        assert!(matches!(error, WalletError::NoPolicy { .. } | WalletError::Policy(_)), "{text}: {error}");
    }
}

/// Sorted by x coordinate at each index: the order in which the keys are written makes no difference.
#[test]
fn sortedmulti_a_sorts_its_keys_at_every_index() {
    use bitcoin::secp256k1::XOnlyPublicKey;
    let nobody = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    let keys = ["86h/1h/0h", "86h/1h/1h", "86h/1h/2h"].map(|path| common::account(path, Network::Testnet3));
    let text = |order: [usize; 3]| {
        let keys = order.map(|n| format!("{}/<0;1>/*", keys[n])).join(",");
        format!("tr({nobody},{{sortedmulti_a(2,{keys}),pk({}/<2;3>/*)}})", keys.split("/<").next().unwrap())
    };
    let wallet = |text: &str| Wallet::parse("T", text, Network::Testnet3).unwrap();
    let mut orders_differ = false;
    for index in 0..8 {
        let text =
            format!("tr({nobody},sortedmulti_a(2,{0}/<0;1>/*,{1}/<0;1>/*,{2}/<0;1>/*))", keys[0], keys[1], keys[2]);
        let reversed =
            format!("tr({nobody},sortedmulti_a(2,{2}/<0;1>/*,{1}/<0;1>/*,{0}/<0;1>/*))", keys[0], keys[1], keys[2]);
        assert_eq!(wallet(&text).address(true, index), wallet(&reversed).address(true, index));
        // The same by hand: derive, sort, and write the plain form.
        let mut points: Vec<XOnlyPublicKey> = keys
            .iter()
            .map(|key| {
                let xpub = bitcoin::bip32::Xpub::from_str(key.split(']').nth(1).unwrap()).unwrap();
                let steps = [bitcoin::bip32::ChildNumber::from(1), bitcoin::bip32::ChildNumber::from(index)];
                xpub.derive_pub(&common::secp(), &steps).unwrap().public_key.x_only_public_key().0
            })
            .collect();
        let unsorted = points.clone();
        points.sort_by_key(XOnlyPublicKey::serialize);
        orders_differ |= unsorted != points;
        let plain = points.iter().map(XOnlyPublicKey::to_string).collect::<Vec<_>>().join(",");
        let plain = wallet(&format!("tr({nobody},multi_a(2,{plain}))"));
        assert_eq!(wallet(&text).address(true, index).unwrap(), plain.address(false, 0).unwrap());
    }
    assert!(orders_differ);
    assert_eq!(wallet(&text([0, 1, 2])).address(false, 3), wallet(&text([0, 2, 1])).address(false, 3));
    let two_of_three = format!("tr({nobody},sortedmulti_a(2,{0}/<0;1>/*,{1}/<0;1>/*))", keys[0], keys[1]);
    assert_eq!(wallet(&two_of_three).threshold(), Some((2, 2)));
    let inside = format!("tr({nobody},and_v(v:sortedmulti_a(2,{0}/0/*,{1}/0/*),older(9)))", keys[0], keys[1]);
    assert!(Wallet::parse("T", &inside, Network::Testnet3).is_err());
}

#[test]
fn a_checksum_that_is_there_must_fit() {
    let keys = ["86h/1h/0h", "86h/1h/1h"].map(|path| common::account(path, Network::Testnet3));
    let text = format!("tr(musig({},{})/<0;1>/*)", keys[0], keys[1]);
    let wallet = Wallet::parse("T", &text, Network::Testnet3).unwrap();
    let written = wallet.descriptor();
    assert!(written.starts_with(&text) && written.len() == text.len() + 9, "{written}");
    assert_eq!(wallet.threshold(), Some((2, 2)));
    assert_eq!(wallet.keys().len(), 2);
    assert_eq!(Wallet::parse("T", &written, Network::Testnet3).unwrap().descriptor(), written);
    let wrong = written.replace("/<0;1>/*", "/<0;2>/*");
    assert!(matches!(Wallet::parse("T", &wrong, Network::Testnet3), Err(WalletError::Descriptor { .. })));
}
