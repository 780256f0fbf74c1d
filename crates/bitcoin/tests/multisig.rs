//! Which wallets are plain multisig, and with which keys.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod common;

use common::{Form, account};
use vitrine_bitcoin::{Multisig, Network, Wallet};

const NETWORK: Network = Network::Testnet3;

fn key(path: &str) -> String {
    format!("{}/<0;1>/*", account(path, NETWORK))
}

fn multisig(descriptor: &str) -> Option<Multisig> {
    Wallet::parse("Treasury", descriptor, NETWORK).unwrap().multisig()
}

#[test]
fn each_form_of_multisig_is_known_with_its_order_of_keys() {
    let (a, b, c) = (key("48h/1h/0h/2h"), key("48h/1h/1h/2h"), key("48h/1h/2h/2h"));
    for sorted in [false, true] {
        let word = if sorted { "sortedmulti" } else { "multi" };
        for (open, close) in [("wsh(", ")"), ("sh(wsh(", "))"), ("sh(", ")")] {
            let descriptor = format!("{open}{word}(2,{c},{a},{b}){close}");
            let multisig = multisig(&descriptor).unwrap();
            assert_eq!((multisig.threshold(), multisig.is_sorted()), (2, sorted), "{descriptor}");
            let paths: Vec<String> = multisig.keys().iter().map(|key| key.path.to_string()).collect();
            assert_eq!(paths, ["48'/1'/2'/2'", "48'/1'/0'/2'", "48'/1'/1'/2'"]);
        }
    }
}

#[test]
fn the_keys_of_a_script_stand_in_the_order_of_the_wallets() {
    let (a, b) = (key("48h/1h/0h/2h"), key("48h/1h/1h/2h"));
    let wallet = Wallet::parse("Treasury", &format!("wsh(sortedmulti(1,{b},{a}))"), NETWORK).unwrap();
    let (multisig, script) = (wallet.multisig().unwrap(), wallet.script(true, 7).unwrap());
    for (account, own) in multisig.keys().iter().zip(script.keys()) {
        assert_eq!(*own.path(), account.path.extend("1/7".parse::<bitcoin::bip32::DerivationPath>().unwrap()));
    }
}

#[test]
fn what_asks_for_more_than_signatures_is_no_plain_multisig() {
    let (a, b) = (key("48h/1h/0h/2h"), key("48h/1h/1h/2h"));
    for form in [Form::Wpkh, Form::Pkh, Form::ShWpkh, Form::Tr] {
        assert_eq!(form.wallet().multisig(), None, "{form:?}");
    }
    for descriptor in [
        format!("wsh(and_v(v:multi(2,{a},{b}),older(6)))"),
        format!("wsh(or_d(multi(2,{a},{b}),and_v(v:pkh({}),older(6))))", key("48h/1h/2h/2h")),
        format!("tr({a},multi_a(1,{b}))"),
        format!("wsh(multi(1,{a},02{}))", "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    ] {
        assert_eq!(multisig(&descriptor), None, "{descriptor}");
    }
}
