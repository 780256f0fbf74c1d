//! The Ledger driver against the vendor's Ethereum app in its emulator, and without one against the simulated device.
//!
//! With “Blind signing” on in the app:
//! `VITRINE_LEDGER_TCP=127.0.0.1:9999 VITRINE_LEDGER_API=127.0.0.1:5000 cargo test -p vitrine-device --features emulator
//! --test live_ledger -- --nocapture`; `VITRINE_LEDGER_RECORD=FILE` writes down what was exchanged and shown. With the Bitcoin
//! app open there, this says so and is skipped: its cases are those of `--test ledger_bitcoin live`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]
#![allow(dead_code, reason = "the shared helpers have more than is used here")]

mod bench;
mod cable;
mod emulator_address;
mod person;
#[path = "../ledger/recording.rs"]
mod recording;
#[path = "../ledger/request.rs"]
mod request;

use vitrine_device::{Device, DeviceError, LedgerScreen};
use vitrine_ethereum::{CheckedRequest, verify};

use self::bench::{Action, Bench, Outcome};
use self::recording::without_earlier_token;
use self::request::{ACCOUNT, Fields, OF_UNKNOWN_TOKEN, PATH, matrix};

fn compare(name: &str, bench: &Bench, request: &CheckedRequest, outcome: &Outcome) -> Option<String> {
    let model = if bench.screen() == LedgerScreen::Nano { "ledger" } else { "ledger-touch" };
    let foretold = vitrine_device::foretold_ethereum(model.parse().unwrap(), request).screens;
    let mut shown = recording::joined(&outcome.screens);
    if name == OF_UNKNOWN_TOKEN && bench.is_firmware() && without_earlier_token(&mut shown) {
        println!("{}: an unknown token is shown under the ticker of the one before it", bench.name());
    }
    recording::difference(bench.screen(), &shown, &foretold).map(|what| format!("{name}: {what}"))
}

#[test]
fn every_request_is_approved_and_shows_what_was_foretold() {
    let Some(bench) = Bench::from_environment() else { return };
    let mut differences = Vec::new();
    for (name, request) in matrix() {
        let outcome = bench.run(name, &request, Action::Approve);
        let returned = outcome.result.as_ref().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verify(request.signable(), ACCOUNT, returned).unwrap().signer(), ACCOUNT, "{name}");
        differences.extend(compare(name, &bench, &request, &outcome));
        println!("{}: {name}: approve: signed after {} commands", bench.name(), outcome.commands);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_request_may_be_refused_on_the_device() {
    let Some(bench) = Bench::from_environment() else { return };
    for (name, request) in matrix() {
        let outcome = bench.run(name, &request, Action::Refuse);
        assert!(matches!(outcome.result, Err(DeviceError::RefusedOnDevice { .. })), "{name}: {:?}", outcome.result);
        bench.is_usable();
        println!("{}: {name}: refuse: {}", bench.name(), outcome.result.unwrap_err().reason());
    }
}

#[test]
fn a_cable_may_be_pulled_before_any_command() {
    let Some(bench) = Bench::from_environment() else { return };
    for (name, request) in matrix() {
        let mut pulled = 0;
        loop {
            let outcome = bench.run(name, &request, Action::Unplug(pulled));
            match outcome.result {
                Err(DeviceError::Unplugged { .. }) => pulled += 1,
                Ok(_) => break, // there was no such command
                Err(other) => panic!("{name}, command {pulled}: {other}"),
            }
            bench.is_usable();
        }
        assert!(pulled >= 3, "{name}: {pulled}");
        println!("{}: {name}: unplug: at each of {pulled} commands, and usable after it", bench.name());
    }
}

/// The person at this machine gives up while the device asks; the person at the device then refuses. Only a real device
/// takes its time.
#[test]
fn what_was_cancelled_here_is_not_the_answer_to_what_comes_next() {
    let Some(bench) = Bench::from_environment() else { return };
    if !bench.is_firmware() {
        println!("{}: answers at once: nothing to cancel", bench.name());
        return;
    }
    let outcome = bench.run("cancel", &Fields::default().checked(), Action::CancelHere);
    assert!(matches!(outcome.result, Err(DeviceError::CancelledHere { .. })), "{:?}", outcome.result);
    bench.is_usable();
    println!("{}: cancelled here, refused there, usable after it", bench.name());
}

/// The account's address, asked for by a driver that does not know what was asked before it.
fn is_account(device: &mut dyn Device) {
    let mut agreeing = bench::Agreeing;
    assert_eq!(device.ethereum_address(&PATH, 1, false, &mut agreeing).unwrap(), ACCOUNT);
}
