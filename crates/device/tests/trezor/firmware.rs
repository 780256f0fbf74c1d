//! Our driver and our simulator against exchanges recorded with the vendor's firmware.

use crate::recording::{Exchange, Replay, answers_as, exchange, transcript};
use crate::request::{Agreeing, Spend, simulated_key};
use vitrine_bitcoin::{ScriptKind, verify};
use vitrine_device::sim::SimOptions;
use vitrine_device::{AddressLayout, Control, Device, Trezor};

const SAFE_5: &str = "trezor-safe5-2.11.1.txt";

fn simulator_answers_as(recorded: &Exchange) -> usize {
    answers_as(recorded, SimOptions::default());
    recorded.lines.len()
}

#[test]
fn a_simulator_that_is_kinder_than_the_firmware_is_found_out() {
    let exchanges = transcript(SAFE_5);
    assert_eq!(exchanges.len(), 11);
    let compared: usize = exchanges.iter().filter(|e| e.name != "identify").map(simulator_answers_as).sum();
    assert!(compared > 230, "{compared}");
}

#[test]
fn a_recording_that_was_altered_is_noticed() {
    let mut altered = exchange(SAFE_5, "sign p2wpkh: payee, change");
    let last = altered.lines.last_mut().unwrap();
    let middle = last.payload.len() / 2;
    last.payload[middle] ^= 1;
    assert!(std::panic::catch_unwind(|| simulator_answers_as(&altered)).is_err());
}

const RECORDED: [(ScriptKind, &str); 5] = [
    (ScriptKind::P2wpkh, "sign p2wpkh: payee, change"),
    (ScriptKind::P2wpkh, "sign p2wpkh: payee, change, data"),
    (ScriptKind::P2shP2wpkh, "sign p2sh-p2wpkh: payee, change"),
    (ScriptKind::P2pkh, "sign p2pkh: payee, change"),
    (ScriptKind::P2tr, "sign p2tr: payee, change"),
];

/// Signs the recorded transaction anew: every message of ours must be the recorded one, byte for byte.
fn driver_repeats(file: &str, kind: ScriptKind, name: &str) {
    let signing = exchange(file, name);
    let key = match kind {
        ScriptKind::P2wpkh => exchange(file, "account key"),
        _ => simulated_key(kind),
    };
    let request = Spend::recorded(kind, &signing).checked();
    let (replay, played) = Replay::new(&[exchange(file, "identify"), key, signing]);
    let length = replay.len();
    let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
    device.identify().unwrap();
    let mut person = Agreeing::default();
    let signatures =
        device.sign_bitcoin(&request, &mut person).unwrap_or_else(|error| panic!("{file}: {name}: {error}"));
    assert_eq!(*played.lock().unwrap(), length, "{file}: {name}: the device would have said more");
    let verified = verify(&request, &signatures).unwrap_or_else(|error| panic!("{file}: {name}: {error}"));
    assert_eq!(verified.signature_count(), 1);
    let asked = person.0.len();
    let foretold = device.predicted_screens(&request).len();
    let covered_by_last = usize::from(file == SAFE_5);
    assert_eq!(asked + covered_by_last, foretold, "{file}: {name}: {:?}", person.0);
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_safe_5() {
    RECORDED.iter().for_each(|(kind, name)| driver_repeats(SAFE_5, *kind, name));
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_safe_3() {
    RECORDED.iter().for_each(|(kind, name)| driver_repeats("trezor-safe3-2.11.1.txt", *kind, name));
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_the_first_model() {
    RECORDED.iter().for_each(|(kind, name)| driver_repeats("trezor-one-1.14.1.txt", *kind, name));
}
