//! The driver over a real socket: against the emulator that `VITRINE_TREZOR_UDP` names (`127.0.0.1:21324`, its debug
//! link on the next port), else against `vitrine-sim`. An emulator must hold the public seed of SLIP-14.
//!
//! `VITRINE_TREZOR_RECORD` names a file to which the exchanges of approved requests are added.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod bench;
mod cases;
mod ethereum;
mod hand;
mod relay;

#[allow(dead_code, reason = "shared with the other tests")]
#[path = "../trezor/recording.rs"]
mod recording;
#[allow(dead_code, reason = "shared with the other tests")]
#[path = "../trezor/request.rs"]
mod request;
use bench::{Bench, Want};
use vitrine_bitcoin::Network;
use vitrine_device::{DeviceError, Prompt};

/// What is refused; everything else has to work. An emulator whose safety checks are set to prompt is told apart by the
/// variable `VITRINE_TREZOR_PROMPTS`.
fn is_refused(bench: &Bench, device: &str, case: &str) -> bool {
    match case {
        "foreign input" => !bench.is_simulated() && std::env::var("VITRINE_TREZOR_PROMPTS").is_err(),
        // Bare hashes name no chain: a simulated device signs none.
        "Safe EIP-712" | "permit" => device.starts_with("Trezor One (simulated)"),
        _ => false,
    }
}

#[test]
fn every_request_is_signed_refused_or_left_as_the_person_wants() {
    every_request(&Bench::find());
}

#[test]
fn the_simulated_first_model_signs_the_same() {
    let bench = Bench::find();
    if bench.is_simulated() {
        every_request(&bench.of_model("one"));
    } else {
        println!("an emulator is driven instead");
    }
}

fn every_request(bench: &Bench) {
    let device = bench.name();
    println!("driving {device}");
    let only = std::env::var("VITRINE_TREZOR_CASE").unwrap_or_default();
    let mut wrong = Vec::new();
    for case in cases::all().into_iter().filter(|case| case.name.contains(&only)) {
        let approved = bench.run(&case, Want::Approve);
        let works = matches!(approved, Ok(count) if count == case.signatures);
        let (refused, left) = if works {
            (bench.run(&case, Want::Refuse), bench.run(&case, Want::Unplug))
        } else {
            (approved.clone(), approved.clone())
        };
        println!("{device} | {} | approve: {approved:?} | refuse: {refused:?} | unplug: {left:?}", case.name);
        let as_wanted = works
            && matches!(refused, Err(DeviceError::RefusedOnDevice { .. }))
            && matches!(left, Err(DeviceError::Unplugged { .. }));
        if as_wanted == is_refused(bench, &device, case.name) {
            wrong.push(case.name);
        }
    }
    assert!(wrong.is_empty(), "{device}: {wrong:?}");
}

#[test]
fn a_hidden_wallet_is_opened_once_and_resumed() {
    let bench = Bench::protected();
    let mut session = bench.session("hidden wallet", Want::Approve);
    let mut fingerprint = || session.device.fingerprint(Network::Testnet3, &mut session.person).unwrap().to_string();
    let (first, second) = (fingerprint(), fingerprint());
    session.device.identify().unwrap();
    let third = session.device.fingerprint(Network::Testnet3, &mut session.person).unwrap().to_string();
    assert_eq!((&first, &first), (&second, &third));
    let asked = session.person.asked.iter().filter(|asked| **asked == Prompt::Passphrase).count();
    println!("{}: fingerprint {first}, asked for the passphrase {asked} times", bench.name());
    assert!(asked <= 1 && (asked == 1) == (first != "5c9e228d"), "{first}, asked {asked} times");
    assert!(asked == 1 || !bench.is_simulated());
}
