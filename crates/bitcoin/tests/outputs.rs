//! What an output says of itself has to be what it pays to; and where coins go is called what it is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use bitcoin::bip32::{DerivationPath, Fingerprint};
use bitcoin::taproot::{TapTree, TaprootBuilder};
use bitcoin::{ScriptBuf, XOnlyPublicKey, psbt};
use common::{Form, Maker, all_codes, book, codes, review, surroundings};
use vitrine_bitcoin::bitcoin;
use vitrine_bitcoin::{
    AddressBook, AddressBookError, BookEntry, CheckedPsbt, Network, OutputRole, Surroundings, Wallet, decode,
};
use vitrine_review::{EffectKind, Severity, WorstCase};

fn x_only(index: u32) -> XOnlyPublicKey {
    let place = common::Place::new(Form::Wpkh, false, index);
    place.origins.keys().next().unwrap().x_only_public_key().0
}

fn tree(index: u32) -> TapTree {
    let script = bitcoin::script::Builder::new().push_x_only_key(&x_only(index));
    let script = script.push_opcode(bitcoin::opcodes::all::OP_CHECKSIG).into_script();
    TapTree::try_from(TaprootBuilder::new().add_leaf(0, script).unwrap()).unwrap()
}

/// Codes about taproot fields of an output that pays to `script` and says this of itself.
fn said(script: ScriptBuf, say: impl FnOnce(&mut psbt::Output)) -> Vec<&'static str> {
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_output(script, 10_000);
    say(maker.psbt.outputs.last_mut().unwrap());
    let codes = all_codes(&maker.check());
    codes.into_iter().filter(|code| code.starts_with("btc.output-taproot")).collect()
}

fn origin(output: &mut psbt::Output, index: u32) {
    let source = (Fingerprint::default(), DerivationPath::master());
    output.tap_key_origins.insert(x_only(index), (Vec::new(), source));
}

fn p2tr(index: u32, tree: Option<&TapTree>) -> ScriptBuf {
    ScriptBuf::new_p2tr(&common::secp(), x_only(index), tree.map(TapTree::root_hash))
}

#[test]
fn taproot_fields_of_an_output_that_is_none_are_refused() {
    let wpkh = common::Place::new(Form::Wpkh, false, 40).script();
    for say in [
        (|o: &mut psbt::Output| o.tap_internal_key = Some(x_only(1))) as fn(&mut psbt::Output),
        |o| o.tap_tree = Some(tree(1)),
        |o| origin(o, 1),
    ] {
        assert_eq!(said(wpkh.clone(), say), ["btc.output-taproot-mismatch"]);
    }
    assert_eq!(said(wpkh, |_| ()), [""; 0]);
}

#[test]
fn an_internal_key_and_a_tree_give_the_output_that_is_paid_or_refuse() {
    let with_tree = p2tr(1, Some(&tree(2)));
    let say = |key: u32, leaf: u32| {
        move |o: &mut psbt::Output| (o.tap_internal_key, o.tap_tree) = (Some(x_only(key)), Some(tree(leaf)))
    };
    assert_eq!(said(with_tree.clone(), say(1, 2)), [""; 0]);
    assert_eq!(said(with_tree.clone(), say(1, 3)), ["btc.output-taproot-mismatch"]);
    assert_eq!(said(with_tree.clone(), say(3, 2)), ["btc.output-taproot-mismatch"]);
    assert_eq!(said(p2tr(1, None), |o| o.tap_internal_key = Some(x_only(1))), [""; 0]);
    // Half of what is needed to compare.
    assert_eq!(said(with_tree.clone(), |o| o.tap_internal_key = Some(x_only(1))), ["btc.output-taproot-unproven"]);
    assert_eq!(said(with_tree, |o| o.tap_tree = Some(tree(2))), ["btc.output-taproot-unproven"]);
}

#[test]
fn an_origin_of_a_key_that_the_output_does_not_have_is_cautioned() {
    let with_tree = p2tr(1, Some(&tree(2)));
    let say = |of: u32| {
        move |o: &mut psbt::Output| {
            (o.tap_internal_key, o.tap_tree) = (Some(x_only(1)), Some(tree(2)));
            origin(o, of);
        }
    };
    assert_eq!(said(with_tree.clone(), say(1)), [""; 0]);
    assert_eq!(said(with_tree.clone(), say(2)), [""; 0]);
    assert_eq!(said(with_tree, say(3)), ["btc.output-taproot-unproven"]);
}

#[test]
fn our_own_change_says_our_own_internal_key() {
    let usual = Maker::usual(Form::Tr);
    assert!(all_codes(&usual.check()).iter().all(|code| !code.starts_with("btc.output-taproot")));
    let mut maker = Maker::usual(Form::Tr);
    let change = maker.psbt.outputs.len() - 1;
    maker.psbt.outputs[change].tap_internal_key = Some(x_only(1));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.output-taproot-mismatch");
    let mut maker = Maker::usual(Form::Tr);
    maker.psbt.outputs[change].tap_tree = Some(tree(1));
    assert_eq!(maker.check().refusal().unwrap().code, "btc.output-taproot-mismatch");
}

/// A redeem or witness script that an output does not pay to.
#[test]
fn scripts_of_an_output_that_it_does_not_pay_to_are_refused() {
    for say in [(|o: &mut psbt::Output| o.redeem_script = Some(ScriptBuf::new())) as fn(&mut psbt::Output), |o| {
        o.witness_script = Some(ScriptBuf::new())
    }] {
        let wpkh = common::Place::new(Form::Wpkh, false, 40).script();
        for script in [wpkh, p2tr(1, None), ScriptBuf::new_op_return([1])] {
            let mut maker = Maker::usual(Form::Wpkh);
            maker.add_output(script, 10_000);
            say(maker.psbt.outputs.last_mut().unwrap());
            assert!(codes(&maker.check(), Severity::Refuse).contains(&"btc.script-mismatch"));
        }
    }
}

/// 0.003 come in; 0.001 to a payee, 0.0019 to another wallet of the folder.
fn transfer() -> CheckedPsbt {
    let savings = Wallet::parse("Savings", &Form::Tr.wallet().descriptor(), Network::Testnet3).unwrap();
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), savings], ..surroundings(Form::Wpkh) };
    let mut maker = Maker::new(Form::Wpkh, &[300_000], 100_000, None);
    maker.add_output(common::Place::new(Form::Tr, true, 3).script(), 190_000);
    maker.check_in(&both)
}

#[test]
fn a_transfer_to_another_wallet_of_the_folder_leaves_and_is_no_change() {
    let checked = transfer();
    assert_eq!(checked.outputs()[1].role(), OutputRole::Transfer);
    assert!(codes(&checked, Severity::Caution).contains(&"btc.change-other-wallet"));
    let review = review(&checked);
    let effects = review.effects();
    let effect = &effects.list[1];
    assert_eq!((effect.kind, effect.role.as_str()), (EffectKind::Transfers, "Other wallet"));
    let sentence = "Moves 0.00190000 tBTC to the registered wallet Savings, out of the wallet that pays.";
    assert_eq!(effect.sentence, sentence);
    assert_eq!(effect.proof.sentence(), "Proven by the descriptor of Savings");
    assert_eq!(effects.leaving.unwrap().to_string(), "0.00300000 tBTC");
    assert!(matches!(&effects.worst_case, WorstCase::AtMost(worst) if worst.to_string() == "0.00300000 tBTC"));
}

#[test]
fn change_to_a_wallet_that_pays_too_is_change() {
    let savings = Wallet::parse("Savings", &Form::Tr.wallet().descriptor(), Network::Testnet3).unwrap();
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), savings], ..surroundings(Form::Wpkh) };
    let mut maker = Maker::usual(Form::Wpkh);
    maker.add_input(Form::Tr, 0, 50_000);
    maker.add_output(common::Place::new(Form::Tr, true, 3).script(), 40_000);
    let checked = maker.check_in(&both);
    assert_eq!(checked.outputs()[2].role(), OutputRole::Change);
    assert!(!all_codes(&checked).contains(&"btc.change-other-wallet"));
}

#[test]
fn a_little_coin_of_the_wallet_that_is_paid_does_not_make_change_of_a_transfer() {
    let savings = Wallet::parse("Savings", &Form::Tr.wallet().descriptor(), Network::Testnet3).unwrap();
    let both = Surroundings { wallets: vec![Form::Wpkh.wallet(), savings], ..surroundings(Form::Wpkh) };
    let mut maker = Maker::new(Form::Wpkh, &[300_000], 10_000, Some((3, 20_000)));
    maker.add_input(Form::Tr, 0, 1_000);
    maker.add_output(common::Place::new(Form::Tr, true, 3).script(), 260_000);
    let checked = maker.check_in(&both);
    assert_eq!(checked.outputs()[1].role(), OutputRole::Change);
    assert_eq!(checked.outputs()[2].role(), OutputRole::Transfer);
    let review = review(&checked);
    let finding = review.findings().iter().find(|f| f.code == "btc.change-other-wallet").unwrap();
    assert_eq!(finding.truth, "Output 2 goes to the wallet Savings, which gets more than it puts in.");
    let effects = review.effects();
    assert_eq!(effects.list[2].kind, EffectKind::Transfers);
    assert_eq!(effects.leaving.unwrap().to_string(), "0.00280000 tBTC", "all that Treasury does not get back");
    assert!(matches!(&effects.worst_case, WorstCase::AtMost(worst) if worst.to_string() == "0.00280000 tBTC"));
}

#[test]
fn a_wallet_that_others_pay_together_with_us_gets_its_change_back() {
    let mut maker = Maker::new(Form::Wpkh, &[300_000], 10_000, Some((3, 350_000)));
    maker.add_input(Form::Tr, 0, 100_000);
    let checked = maker.check();
    assert_eq!(checked.outputs()[1].role(), OutputRole::Change);
    assert_eq!(review(&checked).effects().leaving.unwrap().to_string(), "0.00000000 tBTC");
}

/// The published request of BIP-375 that is a silent payment with every proof.
fn silent() -> Vec<u8> {
    let mut rows = include_str!("vectors/bip375.tsv").lines();
    let row = rows.find(|row| row.starts_with("valid") && row.contains("one P2PKH input"));
    data_encoding::BASE64.decode(row.unwrap().split('\t').nth(2).unwrap().as_bytes()).unwrap()
}

fn check_with(address_book: AddressBook) -> CheckedPsbt {
    let known = Surroundings { network: Network::Mainnet, wallets: Vec::new(), address_book };
    decode(&silent()).unwrap().check(&known).unwrap()
}

fn entry(label: &str, address: &str) -> BookEntry {
    BookEntry { label: label.to_owned(), address: address.to_owned(), provenance: "Added by M. Okafor".to_owned() }
}

fn paid(checked: &CheckedPsbt) -> (usize, String) {
    let mut outputs = checked.outputs().iter().enumerate();
    outputs.find_map(|(n, output)| Some((n, output.silent_payment()?.to_owned()))).unwrap()
}

/// Addresses of the published vectors of BIP-352.
fn published() -> Vec<&'static str> {
    let text = include_str!("../../../tests/vectors/bip352.tsv");
    text.split([':', ',', '\t', '\n']).filter(|part| part.starts_with("sp1q")).collect()
}

#[test]
fn a_silent_payment_address_of_the_book_names_whoever_is_paid() {
    let (n, address) = paid(&check_with(AddressBook::default()));
    let named = AddressBook::new(vec![entry("Halden Freight AS", &address.to_uppercase())], Network::Mainnet).unwrap();
    let checked = check_with(named);
    assert_eq!(checked.outputs()[n].label(), Some("Halden Freight AS"));
    let review = review(&checked);
    let effect = &review.effects().list[n];
    assert!(effect.sentence.ends_with("to Halden Freight AS."), "{}", effect.sentence);
    assert_eq!(effect.proof.code(), "address-book");
    assert_eq!(effect.address.as_ref().unwrap().as_str(), address);
    let stranger = published().into_iter().find(|other| *other != address).unwrap();
    let others = AddressBook::new(vec![entry("Somebody", stranger)], Network::Mainnet).unwrap();
    let checked = check_with(others);
    assert_eq!(checked.outputs()[n].label(), None);
    let caution = codes(&checked, Severity::Caution);
    assert!(caution.contains(&"btc.payee-unknown") || caution.contains(&"btc.payee-look-alike"));
}

#[test]
fn silent_payment_addresses_that_begin_alike_are_look_alikes() {
    let all = published();
    let pairs = all.iter().flat_map(|a| all.iter().map(move |b| (*a, *b)));
    // Labels of one receiver share the scan key, and with it the beginning.
    let (a, b) = pairs.filter(|(a, b)| a != b).find(|(a, b)| a[..40] == b[..40]).unwrap();
    let book = AddressBook::new(vec![entry("Halden Freight AS", a)], Network::Mainnet).unwrap();
    let like = book.look_alike(b).unwrap();
    assert!(!like.differing_groups.contains(&1) && !like.differing_groups.is_empty());
    let far = all.iter().find(|c| c[5..9] != a[5..9] && c[c.len() - 4..] != a[a.len() - 4..]).unwrap();
    assert!(book.look_alike(far).is_none(), "every silent payment address begins with sp1qq");
}

#[test]
fn a_silent_payment_address_is_read_whole_and_for_one_network() {
    let address = published()[0];
    let new = |address: &str, network| AddressBook::new(vec![entry("x", address)], network);
    assert!(matches!(new(address, Network::Signet), Err(AddressBookError::OtherNetwork { .. })));
    let cut = &address[..address.len() - 1];
    assert!(matches!(new(cut, Network::Mainnet), Err(AddressBookError::NotAnAddress { .. })));
    let twice = vec![entry("x", address), entry("y", &address.to_uppercase())];
    assert!(matches!(AddressBook::new(twice, Network::Mainnet), Err(AddressBookError::Duplicate { .. })));
    assert!(book(&[]).look_alike(address).is_none());
}
