//! The app of the vendor was recorded; the simulated one says and shows the same.

use vitrine_device::sim::{Fault, LedgerOptions, SimApp, SimulatedLedger};
use vitrine_ethereum::alloy_primitives::hex;

use super::{ask, device, exchange, exchanges, is_signature, said};
use crate::recording::bare;

/// A Schnorr signature with its status word: the real app draws its nonce.
const DRAWN: usize = 64 + 2;

#[test]
fn every_question_and_every_answer_is_the_recorded_one() {
    let exchanges = exchanges();
    assert_eq!(exchanges.len(), 29);
    let (mut lines, mut signatures) = (0, 0);
    let mut device = device(None);
    for exchange in exchanges {
        for (at, (command, answer)) in exchange.lines.iter().enumerate() {
            let ours = ask(&mut device, command);
            let is_drawn = exchange.name.contains("tr(") && is_signature(answer);
            let compared = answer.len() - if is_drawn { DRAWN } else { 0 };
            let place = format!("{}, command {at}: {}", exchange.name, hex::encode(command));
            assert_eq!(hex::encode(&ours[..compared]), hex::encode(&answer[..compared]), "{place}");
            assert_eq!(ours.len(), answer.len(), "{place}");
            lines += 1;
            signatures += usize::from(is_signature(answer));
        }
    }
    assert_eq!((lines, signatures), (2_751, 12));
}

#[test]
fn every_screen_is_the_recorded_one() {
    let mut shown = 0;
    for exchange in exchanges() {
        let mut device = device(None);
        let log = device.screen();
        for (command, _) in &exchange.lines {
            ask(&mut device, command);
        }
        let ours: Vec<String> =
            log.shown().iter().map(|screen| bare(&format!("{}{}", screen.title, screen.lines.concat()))).collect();
        assert_eq!(ours, exchange.screens, "{}", exchange.name);
        shown += ours.len();
    }
    assert_eq!(shown, 114);
}

#[test]
fn a_person_may_refuse_at_every_screen_and_nothing_is_given_then() {
    for exchange in exchanges().into_iter().filter(|exchange| !exchange.screens.is_empty()) {
        for at_screen in 0..exchange.screens.len() {
            let mut device = device(Some(Fault::Refuses { at_screen }));
            let mut last = Vec::new();
            for (command, _) in &exchange.lines {
                last = ask(&mut device, command);
                assert!(!is_signature(&last), "{}: refused at {at_screen}", exchange.name);
                if last.len() == 2 {
                    break;
                }
            }
            assert_eq!(hex::encode(&last), "6985", "{}: refused at {at_screen}", exchange.name);
            assert_eq!(device.screen().shown().len(), at_screen + 1);
            assert_eq!(said(&mut device, "e105000100"), "f5acc2fd9000", "the next command is answered");
        }
    }
}

/// Seen on the vendor's app in its emulator.
#[test]
fn an_exchange_that_ends_in_the_middle_costs_one_command() {
    let address = exchange("address wpkh(@0/**)").lines;
    let mut device = device(None);
    for steps in 1..address.len() {
        for (command, answer) in &address[..steps] {
            assert_eq!(ask(&mut device, command), *answer);
        }
        let version = "010c426974636f696e205465737405322e342e36";
        assert!(said(&mut device, "b001000000").starts_with(version), "the operating system answers in between");
        assert_eq!(said(&mut device, "e105000100"), "6a80");
        assert_eq!(said(&mut device, "e105000100"), "f5acc2fd9000");
    }
}

/// Seen on the vendor's app in its emulator.
#[test]
fn what_is_no_command_is_answered_as_the_real_app_does() {
    let mut device = device(None);
    for (command, answer) in [
        ("f801000100", "b007"),
        ("e155000100", "6d00"),
        ("e105000200", "6a86"),
        ("e005000100", "6e00"),
        ("e10500", "6a87"),
        ("e10500010100", "f5acc2fd9000"),
    ] {
        assert_eq!(said(&mut device, command), answer, "{command}");
    }
}

#[test]
fn each_command_finds_its_app_unless_one_is_chosen() {
    let mut any = SimulatedLedger::new(LedgerOptions::default());
    assert_eq!(said(&mut any, "e105000100"), "f5acc2fd9000");
    assert!(said(&mut any, "b001000000").starts_with("010c426974636f696e"));
    assert_eq!(said(&mut any, "e006000000"), "030116009000");
    assert!(said(&mut any, "b001000000").starts_with("010c426974636f696e"));
    let mut ethereum = SimulatedLedger::new(LedgerOptions { app: SimApp::Ethereum, ..LedgerOptions::default() });
    assert_eq!(said(&mut ethereum, "e105000100"), "6e00");
    assert!(said(&mut ethereum, "b001000000").starts_with("0108457468657265756d"));
    assert_eq!(said(&mut device(Some(Fault::WrongApp)), "e105000100"), "6e00");
    assert_eq!(said(&mut device(Some(Fault::Locked)), "e105000100"), "5515");
    assert_eq!(said(&mut device(Some(Fault::WrongSeed)), "e105000100"), "73c5da0a9000");
}
