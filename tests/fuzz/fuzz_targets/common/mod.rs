//! What several targets share: the demo wallet, a request that it signed, and edits of bytes that are right.
#![allow(dead_code, unused_imports, reason = "each target uses some of it")]

mod edits;

use std::sync::LazyLock;

pub use edits::{edited, take};

use vitrine_bitcoin::{
    AddressBook, CheckedPsbt, Network, ReturnedSignature, Surroundings, Verified, Wallet, decode, verify,
};
use vitrine_device::sim::{self, SimOptions};
use vitrine_device::{Answer, Prompt, Prompter};

/// The account of the public test seed of SLIP-14, whose coins the requests of the scenarios spend.
pub const DESCRIPTOR: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";

/// A payment by that account.
pub const REQUEST: &[u8] = include_bytes!("../../../scenarios/btc-00-plain-payment/request.psbt");

pub static SURROUNDINGS: LazyLock<Surroundings> = LazyLock::new(|| Surroundings {
    network: Network::Testnet3,
    wallets: Wallet::parse("demo", DESCRIPTOR, Network::Testnet3).into_iter().collect(),
    address_book: AddressBook::default(),
});

pub static CHECKED: LazyLock<CheckedPsbt> = LazyLock::new(|| {
    let request = decode(REQUEST).expect("the scenario's request is a PSBT");
    request.check(&SURROUNDINGS).expect("one wallet of the same network")
});

/// What the simulated Trezor answers to the request.
pub static SIGNATURES: LazyLock<Vec<ReturnedSignature>> = LazyLock::new(|| {
    let mut device = sim::trezor(SimOptions::default());
    device.sign_bitcoin(&CHECKED, &mut Obedient).expect("its seed is the wallet's")
});

pub static SIGNED: LazyLock<Verified> =
    LazyLock::new(|| verify(&CHECKED, &SIGNATURES).expect("the simulated Trezor signs what it is shown"));

/// Says yes to everything.
pub struct Obedient;

impl Prompter for Obedient {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        match prompt {
            Prompt::Pin(_) => Answer::Pin("1234".to_owned()),
            _ => Answer::Continue,
        }
    }
}
