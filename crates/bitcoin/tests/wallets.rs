//! Wallets of several keys and several wallets: who signs, where change may go, whose coins are mixed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use std::str::FromStr as _;

use bitcoin::bip32::{DerivationPath, Fingerprint, Xpriv, Xpub};
use common::{Form, Maker, all_codes, codes, field, surroundings};
use vitrine_bitcoin::{Cosigner, LastUsed, Network, Surroundings, Wallet, WalletError};
use vitrine_review::Severity;

/// The keys of two cosigners with seeds of their own.
fn keys() -> (String, String) {
    let key = |seed: u8| {
        let path = DerivationPath::from_str("48h/1h/0h/2h").unwrap();
        let master = Xpriv::new_master(bitcoin::Network::Testnet, &[seed; 32]).unwrap();
        let xpub = Xpub::from_priv(&common::secp(), &master.derive_priv(&common::secp(), &path).unwrap());
        format!("[{}/{path}]{xpub}", master.fingerprint(&common::secp()))
    };
    (key(1), key(2))
}

fn fingerprint_of(key: &str) -> Fingerprint {
    Fingerprint::from_str(&key[1..9]).unwrap()
}

fn parse(descriptor: &str) -> Result<Wallet, WalletError> {
    Wallet::parse("Treasury", descriptor, Network::Testnet3)
}

fn cosigner(name: &str, fingerprint: Fingerprint) -> Cosigner {
    Cosigner { name: name.to_owned(), fingerprint }
}

#[test]
fn cosigners_are_named_with_the_owner_and_with_their_signatures() {
    let named = Form::WshMulti.wallet().with_cosigners(vec![cosigner("A. Brandt", common::fingerprint())]).unwrap();
    let surroundings = Surroundings { wallets: vec![named], ..surroundings(Form::WshMulti) };
    let mut maker = Maker::usual(Form::WshMulti);
    let checked = maker.check_in(&surroundings);
    assert_eq!(field(&checked, "btc.input[0].cosigners"), "2 of 2: A. Brandt");
    assert_eq!(checked.inputs()[0].own().unwrap().keys()[0].cosigner(), Some("A. Brandt"));
    assert_eq!(checked.inputs()[0].own().unwrap().threshold(), Some((2, 2)));
    assert!(common::review(&checked).document().field("btc.input[0].signed-by").is_none());
    let signed = maker.signed();
    let (key, signature) = signed.inputs[0].partial_sigs.first_key_value().unwrap();
    maker.psbt.inputs[0].partial_sigs.insert(*key, *signature);
    let checked = maker.check_in(&surroundings);
    assert_eq!(field(&checked, "btc.input[0].signed-by"), "A. Brandt; 1 more needed");
    let single = Maker::usual(Form::Wpkh).check();
    assert!(common::review(&single).document().field("btc.input[0].cosigners").is_none());
}

#[test]
fn a_threshold_is_read_from_every_form() {
    let threshold = |text: &str| parse(text).unwrap().threshold();
    let (a, b) = keys();
    let (a, b) = (format!("{a}/<0;1>/*"), format!("{b}/<0;1>/*"));
    let nobody = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    assert_eq!(threshold(&format!("wsh(sortedmulti(1,{a},{b}))")), Some((1, 2)));
    assert_eq!(threshold(&format!("sh(wsh(multi(2,{a},{b})))")), Some((2, 2)));
    assert_eq!(threshold(&format!("tr({nobody},multi_a(2,{a},{b}))")), Some((2, 2)));
    assert_eq!(threshold(&format!("wpkh({a})")), None);
    assert_eq!(threshold(&format!("wsh(or_d(pk({a}),and_v(v:pkh({b}),older(144))))")), None);
}

#[test]
fn a_cosigner_without_a_key_or_named_twice_is_refused() {
    let (a, b) = keys();
    let wallet = parse(&format!("wsh(sortedmulti(2,{a}/<0;1>/*,{b}/<0;1>/*))")).unwrap();
    let (a, b) = (fingerprint_of(&a), fingerprint_of(&b));
    let stranger = Fingerprint::from_str("00000000").unwrap();
    let name = |list: Vec<Cosigner>| wallet.clone().with_cosigners(list);
    assert_eq!(name(vec![cosigner("A", a), cosigner("B", b)]).unwrap().cosigners().len(), 2);
    assert!(matches!(name(vec![cosigner("C", stranger)]), Err(WalletError::StrangeCosigner { .. })));
    assert!(matches!(name(vec![cosigner("A", a), cosigner("B", a)]), Err(WalletError::CosignerTwice { .. })));
    assert!(matches!(name(vec![cosigner("A", a), cosigner("A", b)]), Err(WalletError::CosignerTwice { .. })));
}

/// One cosigner appears twice: the same key with other metadata around it, so that the texts differ.
#[test]
fn one_key_dressed_up_as_two_cosigners_is_refused() {
    let (a, b) = keys();
    let (_, xpub) = a.split_once(']').unwrap();
    let mut twin = Xpub::from_str(xpub).unwrap();
    twin.parent_fingerprint = Fingerprint::from_str("deadbeef").unwrap();
    let mutated = format!("[deadbeef/48h/1h/0h/2h]{twin}/<0;1>/*");
    let error = parse(&format!("wsh(sortedmulti(2,{a}/<0;1>/*,{mutated}))")).unwrap_err();
    assert!(matches!(error, WalletError::DuplicateKey { .. }), "{error}");
    let other_path = format!("wsh(sortedmulti(2,{a}/<0;1>/*,{a}/<2;3>/*))");
    assert!(matches!(parse(&other_path), Err(WalletError::DuplicateKey { .. })));
    // Single keys: with another origin, and the negation, whose private key the same holder has.
    let point = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    for (first, second) in
        [(format!("02{point}"), format!("[deadbeef]02{point}")), (format!("02{point}"), format!("03{point}"))]
    {
        for text in [format!("wsh(multi(2,{first},{second}))"), format!("tr({b}/<0;1>/*,multi_a(2,{first},{second}))")]
        {
            assert!(matches!(parse(&text), Err(WalletError::DuplicateKey { .. })), "{text}");
        }
    }
    // The same key in a later branch of its own gives nobody a second vote.
    let recovery = format!("wsh(or_d(multi(2,{a}/<0;1>/*,{b}/<0;1>/*),and_v(v:pkh({a}/<2;3>/*),older(144))))");
    assert!(parse(&recovery).is_ok());
}

fn with_change(index: u32, last_used: LastUsed) -> Vec<&'static str> {
    let maker = Maker::new(Form::Wpkh, &[500_000], 300_000, Some((index, 190_000)));
    let wallet = Form::Wpkh.wallet().with_last_used(last_used);
    all_codes(&maker.check_in(&Surroundings { wallets: vec![wallet], ..surroundings(Form::Wpkh) }))
}

#[test]
fn change_past_the_gap_is_cautioned_and_change_nobody_finds_is_restricted() {
    let stated = LastUsed { receive: Some(4), change: Some(10), gap: LastUsed::GAP };
    assert!(!with_change(30, stated).contains(&"btc.change-beyond-gap"));
    assert!(with_change(31, stated).contains(&"btc.change-beyond-gap"));
    assert!(!with_change(31, LastUsed::default()).contains(&"btc.change-beyond-gap"));
    // One of the three, whichever index: what the ceremony states is the better measure.
    let of_index = |index: u32, last_used: LastUsed| {
        let all = with_change(index, last_used);
        all.into_iter().filter(|code| code.starts_with("btc.change-")).collect::<Vec<_>>()
    };
    for (index, stated_says, default_says) in [
        (30, None, None),
        (200, Some("btc.change-beyond-gap"), None),
        (201, Some("btc.change-beyond-gap"), Some("btc.change-index-far")),
        (10_000, Some("btc.change-beyond-gap"), Some("btc.change-index-far")),
        (10_031, Some("btc.change-index-unreachable"), Some("btc.change-index-unreachable")),
        (1_000_000, Some("btc.change-index-unreachable"), Some("btc.change-index-unreachable")),
    ] {
        assert_eq!(of_index(index, stated), stated_says.into_iter().collect::<Vec<_>>(), "{index}");
        assert_eq!(of_index(index, LastUsed::default()), default_says.into_iter().collect::<Vec<_>>(), "{index}");
    }
    let far_used = LastUsed { change: Some(500), ..stated };
    assert!(of_index(510, far_used).is_empty());
    for last_used in [stated, LastUsed::default()] {
        assert!(!with_change(10_000, last_used).contains(&"btc.change-index-unreachable"));
        assert!(with_change(10_031, last_used).contains(&"btc.change-index-unreachable"));
    }
}

#[test]
fn change_on_the_receive_path_is_said() {
    let mut maker = Maker::new(Form::Wpkh, &[500_000], 300_000, None);
    maker.add_output(common::Place::new(Form::Wpkh, false, 7).script(), 190_000);
    assert!(codes(&maker.check(), Severity::Fact).contains(&"btc.change-on-receive-path"));
    assert!(!all_codes(&Maker::usual(Form::Wpkh).check()).contains(&"btc.change-on-receive-path"));
}

#[test]
fn coins_of_several_wallets_are_said_with_the_net_of_each() {
    let mut savings = Form::Tr.wallet();
    savings = Wallet::parse("Savings", &savings.descriptor(), Network::Testnet3).unwrap();
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), savings], ..surroundings(Form::Wpkh) };
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    let checked = maker.check_in(&both);
    let review = common::review(&checked);
    let finding = review.findings().iter().find(|f| f.code == "btc.wallets-mixed").unwrap();
    let expected = "Treasury pays 0.00310000 tBTC net; Savings pays 0.00050000 tBTC net.";
    assert_eq!(finding.truth, format!("The inputs come from 2 wallets. {expected}"));
    let mut maker = Maker::new(Form::Wpkh, &[500_000], 300_000, None);
    maker.add_output(common::Place::new(Form::Tr, true, 0).script(), 190_000);
    assert!(codes(&maker.check_in(&both), Severity::Caution).contains(&"btc.change-other-wallet"));
}

#[test]
fn cosigners_with_different_steps_are_cautioned() {
    let (a, b) = keys();
    let text = format!("wsh(sortedmulti(2,{a}/<0;1>/*,{b}/<7;9>/*))");
    let uneven = parse(&text).unwrap();
    let other = Maker::usual(Form::Wpkh);
    let mut maker = Maker::new(Form::Wpkh, &[500_000], 300_000, None);
    maker.add_output(common::script_of(&uneven.address(true, 0).unwrap()), 190_000);
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), uneven], ..surroundings(Form::Wpkh) };
    assert!(codes(&maker.check_in(&both), Severity::Caution).contains(&"btc.cosigner-paths-differ"));
    assert!(!all_codes(&other.check_in(&both)).contains(&"btc.cosigner-paths-differ"));
}

/// Another account of the same seed is no change; if it is registered, it is another wallet.
#[test]
fn another_account_of_the_same_seed_is_not_taken_for_change() {
    let other = format!("wpkh({}/<0;1>/*)", common::account("84h/1h/7h", Network::Testnet3));
    let other = Wallet::parse("Other account", &other, Network::Testnet3).unwrap();
    let own = other.script(true, 3).unwrap();
    let mut maker = Maker::new(Form::Wpkh, &[500_000], 300_000, None);
    maker.add_output(own.script_pubkey(), 190_000);
    let key = own.key().unwrap();
    let source = (key.fingerprint(), key.path().clone());
    maker.psbt.outputs[1].bip32_derivation.insert(key.public_key().inner, source.clone());
    let found = all_codes(&maker.check());
    assert!(found.contains(&"btc.change-not-proven"), "{found:?}");
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), other], ..surroundings(Form::Wpkh) };
    let found = all_codes(&maker.check_in(&both));
    assert!(found.contains(&"btc.change-other-wallet") && !found.contains(&"btc.change-not-proven"), "{found:?}");
    // An input of that account is named as claimed, and is not signed.
    let previous = common::previous(own.script_pubkey(), 50_000, 77);
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Wpkh, 5, 50_000);
    let input = maker.psbt.inputs.last_mut().unwrap();
    (input.witness_utxo, input.bip32_derivation) =
        (Some(previous.output[1].clone()), [(key.public_key().inner, source)].into());
    maker.psbt.unsigned_tx.input.last_mut().unwrap().previous_output.txid = previous.compute_txid();
    input.non_witness_utxo = Some(previous);
    let found = all_codes(&maker.check());
    assert!(found.contains(&"btc.own-input-not-proven"), "{found:?}");
}

/// A path that only some keys have would be left out by others.
#[test]
fn keys_with_different_numbers_of_paths_are_no_wallet() {
    let (a, b) = keys();
    for text in [
        format!("tr({a}/<0;1;2>/*,pk({b}/<0;1>/*))"),
        format!("tr({a}/<0;1>/*,pk({b}/<0;1;2>/*))"),
        format!("wsh(sortedmulti(2,{a}/<0;1>/*,{b}/<0;1;2>/*))"),
        format!("tr(musig({a},{b})/<0;1;2>/*,pk({b}/<0;1>/*))"),
    ] {
        assert!(matches!(parse(&text), Err(WalletError::Descriptor { .. })), "{text}");
    }
}

/// Change would go to addresses that payers know; written out again, the wallet would have one path.
#[test]
fn one_path_written_twice_is_no_path_for_change() {
    let (a, b) = keys();
    for text in [
        format!("wpkh({a}/<1;1>/*)"),
        format!("wsh(sortedmulti(2,{a}/<0;1>/*,{b}/<7;7>/*))"),
        format!("tr(musig({a},{b})/<0;0>/*)"),
        format!("tr(musig({a}/<0;0>/*,{b}/<0;1>/*))"),
        format!("tr({a}/<0;0;1>/*)"),
    ] {
        let refused = parse(&text).unwrap_err().to_string();
        assert!(refused.contains("one path twice"), "{text}: {refused}");
    }
    assert_eq!(parse(&format!("wpkh({a}/<1;0>/*)")).unwrap().descriptor().matches("<1;0>").count(), 1);
}
