//! Any bytes as a PSBT: decoded, checked against a wallet, reviewed and written as text.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::{AddressBook, Network, Surroundings, Wallet, decode};
use vitrine_review::Context;

/// The account of the public test seed of SLIP-14, whose coins the demo's request spends.
const DESCRIPTOR: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";

static SURROUNDINGS: LazyLock<Surroundings> = LazyLock::new(|| Surroundings {
    network: Network::Testnet3,
    wallets: Wallet::parse("demo", DESCRIPTOR, Network::Testnet3).into_iter().collect(),
    address_book: AddressBook::new(Vec::new(), Network::Testnet3).expect("an empty book has no bad entry"),
});

fuzz_target!(|input: &[u8]| {
    let Ok(request) = decode(input) else { return };
    assert_eq!(request.bytes(), input);
    let Ok(checked) = request.check(&SURROUNDINGS) else { return };
    let review = checked.review(&Context::default());
    assert_eq!(review.digest(), checked.review(&Context::default()).digest());
});
