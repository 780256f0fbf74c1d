//! Our driver and our simulator against exchanges recorded with the vendor's app.

use vitrine_device::sim::{LedgerOptions, NetworkGuard, SimulatedLedger};
use vitrine_device::{ApduExchange, Control, Device, Ledger, LedgerScreen};
use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::{CheckedRequest, RequestForm, verify};

use crate::recording::{Line, Replay, exchange, transcript};
use crate::request::{ACCOUNT, PATH, checked, message};
use crate::simulated::Agreeing;

const RECORDING: &str = "ledger-ethereum-1.22.0-nanosp.txt";

/// The simulated device for the recording's chain, the main one.
fn simulator() -> SimulatedLedger {
    SimulatedLedger::new(LedgerOptions { network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() })
}

fn simulator_answers_as(name: &str, recorded: &[Line]) -> usize {
    let mut device = simulator();
    for (at, (command, answer)) in recorded.iter().enumerate() {
        let ours = device.exchange(command).unwrap();
        assert_eq!(hex::encode(ours), hex::encode(answer), "{name}: command {at}");
    }
    recorded.len()
}

#[test]
fn a_simulator_that_is_kinder_than_the_app_is_found_out() {
    let exchanges = transcript(RECORDING);
    assert_eq!(exchanges.len(), 7);
    let compared: usize = exchanges.iter().map(|(name, lines)| simulator_answers_as(name, lines)).sum();
    assert_eq!(compared, 9);
}

#[test]
fn a_recording_that_was_altered_is_noticed() {
    for (name, mut lines) in transcript(RECORDING) {
        let last = &mut lines.last_mut().unwrap().1;
        let middle = last.len() / 2;
        last[middle] ^= 1;
        assert!(std::panic::catch_unwind(|| simulator_answers_as(&name, &lines)).is_err(), "{name}");
    }
}

/// The transaction of recorded packets: all data without the first packet's path.
fn recorded_transaction(lines: &[Line]) -> CheckedRequest {
    let bytes: Vec<u8> = lines.iter().flat_map(|(command, _)| command[5..].to_vec()).collect();
    checked(&bytes[1 + 4 * PATH.len()..], RequestForm::Transaction, 1)
}

/// Signs the recorded request anew: every byte of ours must be the recorded one.
fn driver_repeats(name: &str, request: &CheckedRequest) {
    let signing = exchange(RECORDING, name);
    let lines = [exchange(RECORDING, "settings"), exchange(RECORDING, "address"), signing].concat();
    let length = lines.len();
    let (replay, played) = Replay::new(lines);
    let mut device = Ledger::new(Box::new(replay), Control::default(), LedgerScreen::Nano);
    let returned = device.sign_ethereum(request, &mut Agreeing::default());
    let returned = returned.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(*played.lock().unwrap(), length, "{name}: the device would have said more");
    let verified = verify(request.signable(), ACCOUNT, &returned).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(verified.signer(), ACCOUNT);
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out() {
    for name in ["sign a payment", "sign a transfer of an unknown token", "sign 600 bytes of calldata"] {
        driver_repeats(name, &recorded_transaction(&exchange(RECORDING, name)));
    }
    driver_repeats("sign a message", &message(b"hello ledger"));
}
