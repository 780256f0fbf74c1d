//! Our driver and our simulator against exchanges recorded with the vendor's app.

use vitrine_device::sim::{LedgerOptions, NetworkGuard, SimApp, SimulatedLedger};
use vitrine_device::{
    ApduExchange, Control, Device, DeviceScreen, Ledger, LedgerScreen, ScreenModel, foretold_ethereum,
};
use vitrine_ethereum::alloy_primitives::hex;
use vitrine_ethereum::{CheckedRequest, RequestForm, Transaction, verify};

use crate::recording::{Exchange, Line, Replay, bare, difference, exchange, transcript, without_earlier_token};
use crate::request::{ACCOUNT, OF_UNKNOWN_TOKEN, PATH, checked, matrix, message};
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
    let compared: usize = exchanges.iter().map(|known| simulator_answers_as(&known.name, &known.lines)).sum();
    assert_eq!(compared, 9);
}

#[test]
fn a_recording_that_was_altered_is_noticed() {
    for Exchange { name, mut lines, .. } in transcript(RECORDING) {
        let last = &mut lines.last_mut().unwrap().1;
        let middle = last.len() / 2;
        last[middle] ^= 1;
        assert!(std::panic::catch_unwind(|| simulator_answers_as(&name, &lines)).is_err(), "{name}");
    }
}

/// The transaction or message of recorded packets: all data without the first packet's path; none if it is neither.
fn recorded_request(lines: &[Line]) -> Option<CheckedRequest> {
    let of = |instruction: u8| lines.iter().filter(move |(command, _)| command[..2] == [0xe0, instruction]);
    let data = |instruction| {
        let bytes: Vec<u8> = of(instruction).flat_map(|(command, _)| command[5..].to_vec()).collect();
        bytes.get(1 + 4 * PATH.len()..).map(<[u8]>::to_vec)
    };
    if let Some(bytes) = data(0x04) {
        let chain_id = Transaction::from_request(hex::encode(&bytes).as_bytes()).unwrap().chain_id().value;
        return Some(checked(&bytes, RequestForm::Transaction, chain_id));
    }
    data(0x08).map(|bytes| message(&bytes[4..]))
}

/// Signs the recorded request anew: every byte of ours must be the recorded one.
fn driver_repeats(name: &str, signing: &[Line], request: &CheckedRequest) {
    let lines =
        [&exchange(RECORDING, "settings"), &exchange(RECORDING, "address"), signing].map(|l| l.to_vec()).concat();
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
    for name in
        ["sign a payment", "sign a transfer of an unknown token", "sign 600 bytes of calldata", "sign a message"]
    {
        let lines = exchange(RECORDING, name);
        driver_repeats(name, &lines, &recorded_request(&lines).unwrap());
    }
}

const BLIND: &str = "ledger-ethereum-1.23.0-nanosp-blind.txt";
const DESCRIPTORS: &str = "ledger-ethereum-1.23.0-nanosp-descriptors.txt";

fn shown(screens: &[DeviceScreen]) -> Vec<String> {
    screens.iter().map(|screen| bare(&format!("{}{}", screen.title, screen.lines.concat()))).collect()
}

#[test]
fn the_simulated_screen_shows_what_the_real_one_showed() {
    let mut compared = 0;
    for (file, blind_signing) in [(BLIND, true), (DESCRIPTORS, false)] {
        for recorded in transcript(file) {
            let network_guard = NetworkGuard::AnyForTests;
            let app = SimApp::Ethereum;
            let options = LedgerOptions { blind_signing, network_guard, app, ..LedgerOptions::default() };
            let mut device = SimulatedLedger::new(options);
            for (at, (command, answer)) in recorded.lines.iter().enumerate() {
                let ours = device.exchange(command).unwrap();
                assert_eq!(hex::encode(ours), hex::encode(answer), "{}: command {at}", recorded.name);
            }
            assert_eq!(shown(&device.screen().shown()), recorded.screens, "{}", recorded.name);
            compared += 1;
        }
    }
    assert_eq!(compared, 77);
}

/// Without a token's descriptor, where our driver would have given it: other packets, other screens.
fn was_recorded_otherwise(file: &str, name: &str) -> bool {
    file == BLIND && name.contains("ERC-20") && name.ends_with("mainnet") && !name.contains("unknown token")
}

#[test]
fn what_is_foretold_is_what_the_real_screen_showed_and_every_packet_is_the_recorded_one() {
    let mut compared = 0;
    for file in [BLIND, DESCRIPTORS] {
        for recorded in transcript(file) {
            let is_signed = recorded.lines.last().is_some_and(|(_, answer)| answer.len() == 67);
            let request = recorded_request(&recorded.lines).filter(|_| is_signed);
            let Some(request) = request.filter(|_| !was_recorded_otherwise(file, &recorded.name)) else { continue };
            let foretold = foretold_ethereum(ScreenModel::LedgerNano, &request).screens;
            assert_eq!(shown(&foretold), recorded.screens, "{}", recorded.name);
            compared += 1;
            // Recorded with other cuts, of which the app takes any.
            if recorded.name != "legacy data of 3000 bytes, mainnet" {
                driver_repeats(&recorded.name, &recorded.lines, &request);
            }
        }
    }
    assert!(compared > 35, "{compared}");
}

/// Recorded by `tests/live_ledger`, each request as our driver puts it.
#[test]
fn the_matrix_is_signed_as_it_was_recorded_and_shown_as_foretold_on_both_screens() {
    for (file, screen, model) in [
        ("ledger-ethereum-1.23.0-nanosp-driver.txt", LedgerScreen::Nano, ScreenModel::LedgerNano),
        ("ledger-ethereum-1.23.0-stax-driver.txt", LedgerScreen::Touch, ScreenModel::LedgerTouch),
    ] {
        let recorded = transcript(file);
        assert_eq!(recorded.len(), matrix().len(), "{file}");
        for (name, request) in matrix() {
            let known = recorded.iter().find(|known| known.name == name).unwrap_or_else(|| panic!("{file}: no {name}"));
            let (replay, played) = Replay::new(known.lines.clone());
            let mut device = Ledger::new(Box::new(replay), Control::default(), screen).found_running();
            let returned = device.sign_ethereum(&request, &mut Agreeing::default());
            let returned = returned.unwrap_or_else(|error| panic!("{file}, {name}: {error}"));
            assert_eq!(*played.lock().unwrap(), known.lines.len(), "{file}, {name}: the device would have said more");
            assert_eq!(verify(request.signable(), ACCOUNT, &returned).unwrap().signer(), ACCOUNT, "{file}, {name}");
            simulator_signs_as(name, &known.lines);
            let mut shown = known.screens.clone();
            if name == OF_UNKNOWN_TOKEN && screen == LedgerScreen::Nano {
                assert!(without_earlier_token(&mut shown), "what docs/devices.md says of it was not recorded");
            }
            let foretold = foretold_ethereum(model, &request).screens;
            assert_eq!(difference(screen, &shown, &foretold), None, "{file}, {name}");
        }
    }
}

/// Every answer but those about its version and to the command that has to fail.
fn simulator_signs_as(name: &str, recorded: &[Line]) {
    let mut device = simulator();
    for (at, (command, answer)) in recorded.iter().enumerate() {
        let ours = device.exchange(command).unwrap();
        if at > 0 && command[1] != 0x06 {
            assert_eq!(hex::encode(ours), hex::encode(answer), "{name}: command {at}");
        }
    }
}
