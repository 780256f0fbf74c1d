//! The simulated first model against what the vendor's firmware answered, and what it drew on its screen.

use std::collections::BTreeSet;

use vitrine_device::sim::{SimModel, SimOptions};

use super::firmware::answers_with_screens;
use super::request::any_chain;
use crate::recording::{drawn, transcript};

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
        let shown = answers_with_screens(&exchange, SimOptions { model: SimModel::One, ..any_chain() });
        let ours = shown.into_iter().map(|screen| content([screen.title].into_iter().chain(screen.lines)));
        let theirs = screens[&exchange.name].iter().map(|rows| content(rows.split(" | ").map(str::to_owned)));
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "{}", exchange.name);
        exchanges += 1;
        compared += screens[&exchange.name].len();
    }
    assert_eq!((exchanges, compared), (56, 314));
}
