//! Our driver and our simulators against what the firmware answered in the live tests: Bitcoin in every form.

use vitrine_bitcoin::verify;
use vitrine_device::sim::{SafetyChecks, SimModel, SimOptions};
use vitrine_device::{AddressLayout, Control, Device, Trezor};

use crate::cases::{self, Request};
use crate::recording::{Exchange, Replay, answers_as, transcript};
use crate::request::Agreeing;

const ONE: &str = "trezor-forms-one-1.14.2.txt";
const SAFE_3: &str = "trezor-forms-safe3-2.11.1.txt";
const SAFE_5: &str = "trezor-forms-safe5-2.11.1.txt";

/// Signs each recorded request anew: every message of ours must be the recorded one, byte for byte.
fn driver_repeats(file: &str) {
    let exchanges = transcript(file);
    assert_eq!(exchanges.len(), 7, "{file}");
    let cases = cases::all();
    for exchange in &exchanges {
        let case = cases.iter().find(|case| case.name == exchange.name).unwrap_or_else(|| panic!("{}", exchange.name));
        let Request::Bitcoin(request) = &case.request else { panic!("{}", case.name) };
        let (replay, played) = Replay::new(core::slice::from_ref(exchange));
        let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Grouped);
        device.identify().unwrap();
        let signatures = device.sign_bitcoin(request, &mut Agreeing::default());
        let signatures = signatures.unwrap_or_else(|error| panic!("{file}: {}: {error}", case.name));
        assert_eq!(*played.lock().unwrap(), exchange.lines.len(), "{file}: {}: it would have said more", case.name);
        assert_eq!(verify(request, &signatures).unwrap().signature_count(), case.signatures, "{file}: {}", case.name);
    }
}

#[test]
fn a_trezor_one_signed_every_form() {
    driver_repeats(ONE);
}

#[test]
fn a_safe_3_signed_every_form() {
    driver_repeats(SAFE_3);
}

#[test]
fn a_safe_5_signed_every_form() {
    driver_repeats(SAFE_5);
}

/// Without what each device says of itself, and what was left over from the exchange before.
fn after_features(exchange: &Exchange) -> Exchange {
    const FEATURES: u32 = 17;
    let features = exchange.lines.iter().position(|line| line.kind == FEATURES).unwrap();
    Exchange { name: exchange.name.clone(), lines: exchange.lines[features + 1..].to_vec() }
}

#[test]
fn a_simulator_that_is_kinder_than_the_firmware_is_found_out_in_every_form() {
    for (file, model) in [(ONE, SimModel::One), (SAFE_5, SimModel::Safe5)] {
        for exchange in transcript(file) {
            let options = SimOptions { model, safety_checks: SafetyChecks::Prompt, ..SimOptions::default() };
            answers_as(&after_features(&exchange), options);
        }
    }
}
