//! Our driver, our simulator and what is foretold, against three models' firmware: every form, with what was drawn.

use vitrine_bitcoin::verify;
use vitrine_device::sim::{SafetyChecks, SimModel, SimOptions};
use vitrine_device::{AddressLayout, Control, Device, DeviceScreen, Trezor};

use crate::forms::{Case, every_case, every_multisig};
use crate::recording::{Exchange, Replay, answers_as, drawn, exchange};
use crate::request::Agreeing;

const ONE: &str = "trezor-bitcoin-one-1.14.2.txt";
const SAFE_3: &str = "trezor-bitcoin-safe3-2.11.1.txt";
const SAFE_5: &str = "trezor-bitcoin-safe5-2.11.1.txt";

/// The cases of a recording, each with the exchange that names the device before it.
fn cases(file: &str) -> impl Iterator<Item = (Case, [Exchange; 2])> {
    // Of Omni transactions a Safe 3 makes an error of its own: “unexpected keyword argument 'verb'”.
    let is_failed = move |case: &Case| file == SAFE_3 && matches!(case.name.as_str(), "data 8" | "data 20");
    let taken = move |case: &Case| (file != ONE || case.on_one) && !is_failed(case);
    every_case().into_iter().filter(taken).map(move |case| {
        let who = if case.prompting { "identify, safety checks on prompt" } else { "identify" };
        let exchanges = [exchange(file, who), exchange(file, &case.name)];
        (case, exchanges)
    })
}

/// Signs each recorded request anew: every message of ours must be the recorded one, byte for byte, and every screen
/// foretold must have been drawn. Returns the number of screens.
fn driver_repeats(file: &str) -> usize {
    let screens = drawn(file);
    let mut compared = 0;
    for (case, exchanges) in cases(file) {
        let (replay, played) = Replay::new(&exchanges);
        let length = replay.len();
        let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
        device.identify().unwrap();
        let foretold = device.predicted_screens(&case.request);
        let signatures = device.sign_bitcoin(&case.request, &mut Agreeing::default());
        let signatures = signatures.unwrap_or_else(|error| panic!("{file}: {}: {error}", case.name));
        assert_eq!(*played.lock().unwrap(), length, "{file}: {}: the device would have said more", case.name);
        verify(&case.request, &signatures).unwrap_or_else(|error| panic!("{file}: {}: {error}", case.name));
        let foretold: Vec<&DeviceScreen> = foretold.iter().filter(|screen| screen.step != "Hold to sign").collect();
        let theirs = &screens[&case.name];
        assert_eq!(foretold.len(), theirs.len(), "{file}: {}: {theirs:?}", case.name);
        for (ours, theirs) in foretold.into_iter().zip(theirs) {
            same_screen(ours, theirs, &format!("{file}: {}", case.name));
            compared += 1;
        }
    }
    compared
}

/// Compares what is read from top to bottom; where a row ends is a matter of the font.
fn same_screen(ours: &DeviceScreen, theirs: &str, name: &str) {
    let parts: Vec<&str> = theirs.split(" | ").collect();
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let (title, rest) = match parts.split_first() {
        Some((title, rest)) if title.starts_with('[') => (title.trim_matches(['[', ']']), rest),
        _ => ("", parts.as_slice()),
    };
    let is_subtitle = |part: &&&str| part.starts_with('(') && title.ends_with(part.trim_matches(['(', ')']));
    let shown: String = rest.iter().filter(|part| !is_subtitle(part)).filter_map(|part| content(part)).collect();
    let (title, shown) = (squeezed(title), squeezed(&shown));
    let (our_title, our_lines) = (squeezed(&ours.title), squeezed(&ours.lines.concat()));
    if title.is_empty() {
        assert_eq!([our_title, our_lines].concat(), shown, "{name}");
        return;
    }
    assert!(title.ends_with(&our_title), "{name}: {ours:?} {theirs}");
    if our_lines.is_empty() {
        // A page without content repeats its title to whoever listens.
        assert!(shown.starts_with(&title), "{name}: {theirs}");
        return;
    }
    let is_paged = theirs.contains("ICON_ARROW_DOWN") || ours.title == "OP_RETURN" && shown.len() > 100;
    let first_page = our_lines.get(..shown.len()).filter(|_| is_paged);
    assert_eq!(first_page.unwrap_or(&our_lines), shown, "{name}: {theirs}");
}

/// What a part of a recorded screen says, without what is on every screen.
fn content(part: &str) -> Option<&str> {
    let part =
        part.strip_prefix("<footer: ").map_or(part, |footer| footer.trim_end_matches('>').trim_end_matches("Tap"));
    let fixed = ["Cancel", "Confirm", "Tap to continue", "Abort", "Continue", "QR Code"];
    (!part.starts_with("<buttons") && !fixed.contains(&part.trim())).then_some(part)
}

#[test]
fn the_first_model_is_told_what_was_recorded_and_draws_what_is_foretold() {
    assert_eq!(driver_repeats(ONE), 62);
}

#[test]
fn safe_3_is_told_what_was_recorded_and_draws_what_is_foretold() {
    assert_eq!(driver_repeats(SAFE_3), 91);
}

#[test]
fn safe_5_is_told_what_was_recorded_and_draws_what_is_foretold() {
    assert_eq!(driver_repeats(SAFE_5), 95);
}

/// A simulated model answers each recorded message as the firmware did, down to the bytes of the transaction.
fn simulator_answers(file: &str, model: SimModel) {
    let screens = drawn(file);
    for (case, [_, recorded]) in cases(file) {
        let safety_checks = if case.prompting { SafetyChecks::Prompt } else { SafetyChecks::Strict };
        let shown = answers_as(&recorded, SimOptions { model, safety_checks, ..SimOptions::default() });
        let shown: Vec<_> = shown.into_iter().filter(|screen| screen.step != "Hold to sign").collect();
        assert_eq!(shown.len(), screens[&case.name].len(), "{}", case.name);
        for (ours, theirs) in shown.iter().zip(&screens[&case.name]) {
            same_screen(ours, theirs, &format!("{file}: {}", case.name));
        }
    }
    for form in every_multisig() {
        let name = format!("address {}", form.name);
        let shown = answers_as(&exchange(file, &name), SimOptions { model, ..SimOptions::default() });
        assert_eq!(shown.len(), screens[&name].len(), "{name}");
        for (ours, theirs) in shown.iter().zip(&screens[&name]) {
            same_screen(ours, theirs, &format!("{file}: {name}"));
        }
    }
}

#[test]
fn the_simulated_first_model_answers_as_its_firmware_did() {
    simulator_answers(ONE, SimModel::One);
}

#[test]
fn the_simulated_safe_5_answers_as_its_firmware_did() {
    simulator_answers(SAFE_5, SimModel::Safe5);
}

#[test]
fn addresses_of_several_keys_are_asked_for_as_recorded() {
    for file in [ONE, SAFE_3, SAFE_5] {
        for form in every_multisig() {
            let (replay, played) =
                Replay::new(&[exchange(file, "identify"), exchange(file, &format!("address {}", form.name))]);
            let length = replay.len();
            let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
            device.identify().unwrap();
            let shown = device.show_address(&form.wallet, false, 0, &mut Agreeing::default()).unwrap();
            assert_eq!(shown, form.wallet.address(false, 0).unwrap(), "{file}: {}", form.name);
            assert_eq!(*played.lock().unwrap(), length);
        }
    }
}
