//! The simulated models against what the vendor's firmware answered to 46 requests, and what it drew on its screen.

use std::collections::BTreeSet;

use vitrine_device::sim::{Attention, SimModel, SimOptions};
use vitrine_device::{ScreenModel, foretold_ethereum};
use vitrine_ethereum::alloy_primitives::U256;

use super::request::{PAYEE, Transaction, any_chain};
use crate::recording::{answers_as, drawn, transcript};

const FILE: &str = "trezor-ethereum-one-1.14.2.txt";

/// Requests that are signed. The others end with words that name a line of the firmware's source, or with a refusal.
const SIGNED: [&str; 4] = ["legacy ", "1559 ", "personal_sign: ", "typed hash "];

/// The rows of a screen without its buttons; rows are recorded in the order in which they are drawn.
fn content(rows: impl Iterator<Item = String>) -> BTreeSet<String> {
    const BUTTONS: [&str; 5] = ["Cancel", "Confirm", "Next", "Abort", "Continue"];
    rows.map(|row| row.trim().to_owned()).filter(|row| !row.is_empty() && !BUTTONS.contains(&row.as_str())).collect()
}

#[test]
fn the_simulated_first_model_shows_what_the_firmware_drew() {
    let (screens, mut exchanges, mut compared) = (drawn(FILE), 0_usize, 0_usize);
    let signed = |name: &str| SIGNED.iter().any(|kind| name.starts_with(kind));
    for exchange in transcript(FILE).into_iter().filter(|exchange| signed(&exchange.name)) {
        let shown = answers_as(&exchange, SimOptions { model: SimModel::One, ..any_chain() });
        let ours = shown.into_iter().map(|screen| content([screen.title].into_iter().chain(screen.lines)));
        let theirs = screens[&exchange.name].iter().map(|rows| content(rows.split(" | ").map(str::to_owned)));
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "{}", exchange.name);
        exchanges += 1;
        compared += screens[&exchange.name].len();
    }
    assert_eq!((exchanges, compared), (56, 314));
}

/// Typed data is left out: how many pages a long number fills is a matter of the font, which is not simulated.
#[test]
fn the_simulated_safe_5_answers_every_transaction_and_message_as_the_firmware_did() {
    let kinds = ["legacy ", "1559 ", "personal_sign: "];
    let all = transcript("trezor-ethereum-safe5-2.11.1-requests.txt");
    let compared: Vec<_> = all.iter().filter(|exchange| kinds.iter().any(|k| exchange.name.starts_with(k))).collect();
    for exchange in &compared {
        let shown = answers_as(exchange, SimOptions { attention: Attention::Full, ..any_chain() });
        assert!(!shown.is_empty(), "{}", exchange.name);
    }
    assert_eq!(compared.len(), 46);
}

#[test]
fn what_a_trezor_leaves_out_is_named() {
    let hidden =
        |model, transaction: &Transaction| foretold_ethereum(model, &transaction.checked()).not_shown.join("; ");
    let call = |bytes: usize| {
        let data = [&[0xa9, 0x05, 0x9c, 0xbb][..], &[0; 12], &[7; 20], &[0; 31], &[5], &vec![1; bytes - 68]].concat();
        Transaction { data, ..Transaction::default() }
    };
    assert_eq!(hidden(ScreenModel::TrezorSafe5, &Transaction::default()), "the nonce");
    let core = hidden(ScreenModel::TrezorSafe5, &call(70));
    assert!(core.contains("the last 2 bytes of its data; the coins sent along, 1000000000000000000 wei"), "{core}");
    let one = hidden(ScreenModel::TrezorOne, &call(200));
    assert_eq!(one, "the nonce; the last 80 bytes of its data");
    let token = Transaction { value: U256::ZERO, ..call(68) };
    assert_eq!(hidden(ScreenModel::TrezorOne, &token), format!("the nonce; the contract that is called, {PAYEE}"));
}
