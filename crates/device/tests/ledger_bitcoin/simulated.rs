//! Our driver and the simulated app: every form, every fault, and what the verifier says to it.

use std::sync::{Arc, Mutex};

use vitrine_bitcoin::{CheckedPsbt, Registration, ReturnedSignature, ScriptKind, Wallet, verify};
use vitrine_device::sim::{Fault, LedgerOptions, ScreenLog, SimApp, SimulatedLedger, ledger_with_screen};
use vitrine_device::{
    Answer, ApduExchange, Control, Device, DeviceError, DeviceScreen, Ledger, LedgerScreen, LinkError, Prompt,
    Prompter, Registered,
};

use crate::cases::{cases, wallets};
use crate::request::{Agreeing, FINGERPRINT, NETWORK, Spend};

fn device(fault: Option<Fault>) -> (Box<dyn Device>, ScreenLog) {
    ledger_with_screen(LedgerOptions { fault, app: SimApp::BitcoinTest, ..LedgerOptions::default() })
}

fn registrations() -> Vec<(String, Registration)> {
    let of = |wallet: &Wallet| match device(None).0.register_wallet(wallet, &mut Agreeing::default()) {
        Ok(Registered::Kept(registration)) => Some((wallet.name().to_owned(), registration)),
        Ok(_) => None,
        Err(error) => panic!("{}: {error}", wallet.name()),
    };
    wallets().iter().filter_map(of).collect()
}

/// Every case with its wallets registered.
fn requests() -> Vec<(String, CheckedPsbt)> {
    let registrations = registrations();
    assert_eq!(registrations.len(), 7);
    let checked = |(name, spend): (String, Spend)| (name, spend.registered(&registrations).checked());
    cases().into_iter().map(checked).collect()
}

fn sign(device: &mut dyn Device, request: &CheckedPsbt) -> Result<Vec<ReturnedSignature>, DeviceError> {
    device.sign_bitcoin(request, &mut Agreeing::default())
}

/// What came back and held; otherwise what was said.
fn signed(device: &mut dyn Device, request: &CheckedPsbt) -> Result<Vec<ReturnedSignature>, String> {
    let signatures = sign(device, request).map_err(|error| error.to_string())?;
    verify(request, &signatures).map_err(|error| error.to_string())?;
    Ok(signatures)
}

/// What a person compares: the words for the step are ours.
fn texts(screens: &[DeviceScreen]) -> Vec<(String, Vec<String>, bool)> {
    screens.iter().map(|screen| (screen.title.clone(), screen.lines.clone(), screen.address)).collect()
}

#[test]
fn every_request_is_signed_verified_and_shown_as_foretold() {
    for (name, request) in requests() {
        let (mut device, log) = device(None);
        let signatures = signed(device.as_mut(), &request).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!signatures.is_empty(), "{name}");
        assert_eq!(texts(&log.shown()), texts(&device.predicted_screens(&request)), "{name}");
        assert!(signed(device.as_mut(), &request).is_ok(), "{name}: again");
    }
}

#[test]
fn a_wallet_of_every_form_is_registered_and_its_addresses_are_shown() {
    let registrations = registrations();
    for wallet in wallets() {
        let own: Vec<_> = registrations.iter().filter(|(name, _)| name == wallet.name()).cloned().collect();
        let is_registered = !own.is_empty();
        let wallet = wallet.with_registrations(own.into_iter().map(|(_, registration)| registration).collect());
        let (mut device, log) = device(None);
        for (change, index) in [(false, 0), (true, 5), (false, 50_000)] {
            let address = device.show_address(&wallet, change, index, &mut Agreeing::default()).unwrap();
            assert_eq!(Some(&address), wallet.address(change, index).ok().as_ref(), "{}", wallet.name());
            let shown = log.shown();
            assert!(shown.iter().any(|screen| screen.address && screen.lines == [address.clone()]));
            let named = shown.iter().any(|screen| screen.lines == [wallet.name().to_owned()]);
            assert_eq!(named, is_registered, "{}", wallet.name());
        }
    }
    let (mut device, _) = device(None);
    assert_eq!(device.fingerprint(NETWORK, &mut Agreeing::default()).unwrap().to_string(), FINGERPRINT);
    assert_eq!(device.identify().unwrap().app.as_deref(), Some("Bitcoin Test 2.4.6"));
}

#[test]
fn a_wrong_signature_is_never_accepted() {
    for (name, request) in requests() {
        for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::StaleSignature] {
            let (mut device, log) = device(Some(fault));
            let error = signed(device.as_mut(), &request).err();
            assert!(error.as_ref().is_some_and(|error| error.len() > 30), "{name}: {fault:?}: {error:?}");
            assert_eq!(texts(&log.shown()), texts(&device.predicted_screens(&request)), "{name}: the screen lies too");
        }
        // The fault leaves out the last input, which nobody asked for where it is somebody else's.
        let is_last_own = request.inputs().last().is_some_and(|input| input.own().is_some());
        for fault in [Some(Fault::SignsTwice), is_last_own.then_some(Fault::SkipsSignature)].into_iter().flatten() {
            let error = sign(device(Some(fault)).0.as_mut(), &request).err();
            let is_breach = error.as_ref().is_some_and(|error| error.to_string().len() > 30);
            assert!(is_breach, "{name}: {fault:?}: {error:?}");
        }
    }
}

/// Of Schnorr signatures there is no other form.
#[test]
fn the_other_form_of_a_signature_is_refused() {
    for (name, request) in requests() {
        let result = signed(device(Some(Fault::HighS)).0.as_mut(), &request);
        let is_taproot =
            request.inputs().iter().filter_map(|input| input.own()).all(|own| own.kind() == ScriptKind::P2tr);
        assert_eq!(result.is_ok(), is_taproot, "{name}: {result:?}");
    }
}

#[test]
fn other_nonces_are_as_good_and_never_the_same_twice() {
    for (name, request) in requests() {
        let (mut device, _) = device(Some(Fault::OtherNonce));
        let both =
            [(); 2].map(|()| signed(device.as_mut(), &request).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert_ne!(both[0], both[1], "{name}");
    }
}

#[test]
fn a_device_that_asks_for_what_is_not_its_business_is_left() {
    for (name, request) in requests() {
        for fault in [Fault::AsksForever, Fault::AsksBeyond, Fault::AsksForeign] {
            let (mut device, log) = device(Some(fault));
            let error = sign(device.as_mut(), &request).unwrap_err().to_string();
            assert!(error.len() > 30, "{name}: {fault:?}: {error}");
            assert!(log.shown().is_empty(), "{name}: {fault:?}");
        }
    }
}

#[test]
fn the_wrong_device_or_app_is_known_before_anything_is_shown() {
    for (name, request) in requests() {
        let failed = |fault| {
            let (mut device, log) = device(Some(fault));
            let error = sign(device.as_mut(), &request).unwrap_err();
            assert!(log.shown().is_empty(), "{name}: {error}");
            error
        };
        let error = failed(Fault::WrongSeed);
        assert!(matches!(error, DeviceError::WrongSeed { .. } | DeviceError::NotRegistered { .. }), "{name}: {error}");
        let error = failed(Fault::WrongApp);
        assert!(matches!(error, DeviceError::WrongApp { .. }), "{name}: {error}");
        assert!(error.to_string().contains("Bitcoin Test"), "{name}: {error}");
        assert!(matches!(failed(Fault::Locked), DeviceError::Locked { .. }), "{name}");
    }
}

#[test]
fn a_person_may_refuse_at_every_screen() {
    for (name, request) in requests() {
        let screens = device(None).0.predicted_screens(&request).len();
        assert!(screens >= 4, "{name}");
        for at_screen in 0..screens {
            let (mut device, log) = device(Some(Fault::Refuses { at_screen }));
            let error = sign(device.as_mut(), &request).unwrap_err();
            assert!(error.is_refusal(), "{name}: at {at_screen}: {error}");
            assert_eq!(log.shown().len(), at_screen + 1, "{name}");
            assert!(signed(device.as_mut(), &request).is_ok(), "{name}: after a refusal at {at_screen}");
        }
    }
    for wallet in wallets() {
        for at_screen in 0..3 {
            let (mut device, _) = device(Some(Fault::Refuses { at_screen }));
            match device.register_wallet(&wallet, &mut Agreeing::default()) {
                Ok(registered) => assert_eq!(registered, Registered::NotNeeded, "{}", wallet.name()),
                Err(error) => assert!(error.is_refusal(), "{}: {error}", wallet.name()),
            }
        }
    }
}

/// Agrees to nothing.
struct Refusing;

impl Prompter for Refusing {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Cancel
    }
}

#[test]
fn a_person_may_cancel_here_and_the_device_has_signed_nothing() {
    for (name, request) in requests() {
        let (mut device, _) = device(None);
        let error = device.sign_bitcoin(&request, &mut Refusing).unwrap_err();
        assert!(matches!(error, DeviceError::CancelledHere { .. }), "{name}: {error}");
        assert!(signed(device.as_mut(), &request).is_ok(), "{name}: after a cancel");
    }
}

/// A link that counts the commands that went over it.
struct Counting(SimulatedLedger, Arc<Mutex<usize>>);

impl ApduExchange for Counting {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        *self.1.lock().unwrap() += 1;
        self.0.exchange(apdu)
    }
}

fn commands_for(request: &CheckedPsbt) -> usize {
    let count = Arc::new(Mutex::new(0));
    let options = LedgerOptions { app: SimApp::BitcoinTest, ..LedgerOptions::default() };
    let link = Counting(SimulatedLedger::new(options), count.clone());
    let mut device = Ledger::new(Box::new(link), Control::default(), LedgerScreen::Nano);
    signed(&mut device, request).unwrap();
    *count.lock().unwrap()
}

#[test]
fn whatever_happens_to_any_answer_ends_in_words_and_the_next_request_is_signed() {
    let chosen = ["wpkh", "Two of three", "Leaves"];
    for (name, request) in requests().iter().filter(|(name, _)| chosen.contains(&name.as_str())) {
        let commands = commands_for(request);
        assert!(commands > 150, "{name}: {commands}");
        for at_message in 0..commands {
            for fault in [
                Fault::Silence { at_message },
                Fault::Truncated { at_message },
                Fault::Oversized { at_message },
                Fault::WrongMessage { at_message },
            ] {
                let (mut device, _) = device(Some(fault));
                // Name, fingerprint and key are asked for again; of the end it matters only that it is one.
                let is_harmless = at_message <= 2 || at_message + 1 == commands;
                match signed(device.as_mut(), request) {
                    Ok(_) => assert!(is_harmless, "{name}: {fault:?}"),
                    Err(error) => assert!(error.len() > 30, "{name}: {fault:?}: {error}"),
                }
                if at_message % 16 == 0 {
                    let next = signed(device.as_mut(), request);
                    assert!(next.is_ok(), "{name}: after {fault:?}: {next:?}");
                }
            }
            let (mut device, _) = device(Some(Fault::Unplugged { at_message }));
            let error = sign(device.as_mut(), request).unwrap_err();
            assert!(matches!(error, DeviceError::Unplugged { .. }), "{name}: {error}");
            assert!(sign(device.as_mut(), request).is_err(), "{name}");
        }
    }
}

/// The operating system's name of the app tells nothing of it: the app itself answers once that it expected more.
#[test]
fn what_another_program_left_half_said_is_passed_over() {
    for (name, request) in requests() {
        let mut simulated =
            SimulatedLedger::new(LedgerOptions { app: SimApp::BitcoinTest, ..LedgerOptions::default() });
        let half = [&[0xe1, 3, 0, 1, 70], [0; 70].as_slice()].concat();
        assert!(simulated.exchange(&half).unwrap().ends_with(&[0xe0, 0x00]), "{name}: no question");
        let mut device = Ledger::new(Box::new(simulated), Control::default(), LedgerScreen::Nano);
        assert!(signed(&mut device, &request).is_ok(), "{name}");
    }
}

/// Its keys are public: in a program they are for coins without value.
#[test]
fn a_simulated_device_never_works_for_coins_of_value() {
    let (mut device, log) = device(None);
    let path = "m/84'/0'/0'".parse().unwrap();
    let error = device.account_key(&path, vitrine_bitcoin::Network::Mainnet, &mut Agreeing::default()).unwrap_err();
    assert!(matches!(error, DeviceError::WrongApp { .. }), "{error}");
    assert!(device.account_key(&path, NETWORK, &mut Agreeing::default()).is_err());
    assert!(log.shown().is_empty());
    let path = "m/84'/1'/0'".parse().unwrap();
    assert!(device.account_key(&path, NETWORK, &mut Agreeing::default()).is_ok());
}
