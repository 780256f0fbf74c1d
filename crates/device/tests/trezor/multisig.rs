//! Multisig with simulated Trezors: two of three sign one after the other, and every fault on the way.

use vitrine_bitcoin::{CheckedPsbt, ReturnedSignature, ScriptKind, verify};
use vitrine_device::sim::{Fault, ScreenLog, SimModel, SimOptions, TestSeed, trezor, trezor_with_screen};
use vitrine_device::{DeviceError, DeviceScreen};

use crate::faults::{every_break_is_an_error, every_screen_can_be_refused, no_cut_yields_a_wrong_signature};
use crate::forms::{Form, account_key, checked, every_form, every_multisig, multisig, stranger};
use crate::request::Agreeing;
use crate::simulated::{looks, steps};

const MODELS: [SimModel; 2] = [SimModel::Safe5, SimModel::One];

fn sign(request: &CheckedPsbt, options: SimOptions) -> (Result<Vec<ReturnedSignature>, DeviceError>, ScreenLog) {
    let (mut device, screen) = trezor_with_screen(options);
    let outcome = device.identify().and_then(|_| device.sign_bitcoin(request, &mut Agreeing::default()));
    (outcome, screen)
}

fn foretold_is_shown(name: &str, request: &CheckedPsbt, options: SimOptions) -> Vec<DeviceScreen> {
    let (mut device, screen) = trezor_with_screen(options);
    device.identify().unwrap();
    let foretold = device.predicted_screens(request);
    let signatures = device.sign_bitcoin(request, &mut Agreeing::default());
    let signatures = signatures.unwrap_or_else(|error| panic!("{name}: {error}"));
    verify(request, &signatures).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(looks(&screen.shown()), looks(&foretold), "{name}");
    foretold
}

#[test]
fn every_form_is_signed_by_each_model_and_shows_what_was_foretold() {
    for form in every_form() {
        for model in MODELS {
            let options = SimOptions { model, ..SimOptions::default() };
            let screens = foretold_is_shown(form.name, &form.request(), options);
            let shown = steps(&screens);
            assert!(!shown.iter().any(|step| step.contains("Change")), "{}: {shown:?}", form.name);
        }
    }
}

#[test]
fn two_cosigners_with_two_devices_complete_the_transaction() {
    for form in every_multisig() {
        for (first, second) in [(TestSeed::Slip14, TestSeed::Bip39), (TestSeed::Bip39, TestSeed::Slip14)] {
            let request = form.request();
            let one = sign(&request, SimOptions { seed: first, ..SimOptions::default() }).0.unwrap();
            let half = verify(&request, &one).unwrap_or_else(|error| panic!("{}: {error}", form.name));
            assert_eq!((half.signature_count(), half.transaction()), (2, None), "{}", form.name);
            let request = checked(half.psbt(), &[&form.wallet]);
            assert_eq!(request.refusal(), None, "{}", form.name);
            let other = sign(&request, SimOptions { seed: second, ..SimOptions::default() }).0.unwrap();
            let whole = verify(&request, &other).unwrap_or_else(|error| panic!("{}: {error}", form.name));
            assert!(whole.transaction().is_some(), "{}", form.name);
            assert!(one.iter().zip(&other).all(|(a, b)| a.public_key != b.public_key), "{}", form.name);
        }
    }
}

#[test]
fn a_cosigner_who_signed_already_is_told_that_another_has_to() {
    let form = &every_multisig()[0];
    let request = form.request();
    let half = verify(&request, &sign(&request, SimOptions::default()).0.unwrap()).unwrap();
    let (again, screen) = sign(&checked(half.psbt(), &[&form.wallet]), SimOptions::default());
    let error = again.unwrap_err().to_string();
    assert!(error.contains("input 0, which it has signed already and another cosigner has to sign"), "{error}");
    assert!(screen.shown().is_empty());
}

#[test]
fn a_device_that_holds_none_of_the_keys_is_told_whose_they_are() {
    let path = "48'/1'/0'/2'";
    let keys = [stranger(path), account_key(TestSeed::Bip39, path)].join(",");
    let descriptor = format!("wsh(sortedmulti(2,{keys}))");
    let wallet = vitrine_bitcoin::Wallet::parse("Others", &descriptor, vitrine_bitcoin::Network::Testnet3).unwrap();
    let draft = crate::forms::Draft::default().spend(&wallet, 0).pay(60_000).change(&wallet, 7, 39_000);
    let (outcome, screen) = sign(&draft.checked(&[&wallet]), SimOptions::default());
    let error = outcome.unwrap_err();
    assert!(matches!(error, DeviceError::WrongSeed { .. }), "{error}");
    assert!(error.to_string().contains("cosigners"), "{error}");
    for fingerprint in wallet.keys().iter().map(|key| key.fingerprint.to_string()) {
        assert!(error.to_string().contains(&fingerprint), "{error}");
    }
    assert!(screen.shown().is_empty());
    let shown = trezor(SimOptions::default()).show_address(&wallet, false, 0, &mut Agreeing::default());
    assert_eq!(shown, Err(error));
}

#[test]
fn the_address_on_the_device_is_the_wallets() {
    for form in every_multisig() {
        for model in MODELS {
            let (mut device, screen) = trezor_with_screen(SimOptions { model, ..SimOptions::default() });
            for (change, index) in [(false, 0), (false, 9), (true, 3)] {
                let shown = device.show_address(&form.wallet, change, index, &mut Agreeing::default()).unwrap();
                assert_eq!(shown, form.wallet.address(change, index).unwrap(), "{}", form.name);
                let last = screen.shown().last().unwrap().clone();
                assert!(last.lines.concat().replace(' ', "").starts_with(&shown), "{last:?}");
            }
            let first = &screen.shown()[0];
            match model {
                SimModel::Safe5 => assert_eq!(first.lines[0], "Receiving to a multisig address."),
                SimModel::One => assert!(first.title.starts_with("Multisig  2 of  3"), "{first:?}"),
            }
        }
    }
}

#[test]
fn keys_behind_different_steps_are_signed_for_and_their_change_is_shown() {
    let path = "48'/1'/0'/2'";
    let other = account_key(TestSeed::Bip39, path).replace("<0;1>", "<2;3>");
    let keys = [other, account_key(TestSeed::Slip14, path)].join(",");
    let descriptor = format!("wsh(sortedmulti(2,{keys}))");
    let wallet = vitrine_bitcoin::Wallet::parse("Uneven", &descriptor, vitrine_bitcoin::Network::Testnet3).unwrap();
    let draft = crate::forms::Draft::default().spend(&wallet, 0).pay(60_000).change(&wallet, 7, 39_000);
    for model in MODELS {
        let options = SimOptions { model, ..SimOptions::default() };
        let screens = foretold_is_shown("uneven", &draft.checked(&[&wallet]), options.clone());
        assert!(steps(&screens).iter().any(|step| step.starts_with("Change, ")), "{screens:?}");
        let error = trezor(options).show_address(&wallet, false, 0, &mut Agreeing::default()).unwrap_err();
        assert!(error.to_string().contains("keys lie behind different steps"), "{error}");
    }
}

#[test]
fn change_of_another_multisig_of_the_same_account_is_shown() {
    let (sorted, in_order) = (multisig(ScriptKind::P2wsh, "sortedmulti"), multisig(ScriptKind::P2wsh, "multi"));
    let draft = crate::forms::Draft::default().spend(&sorted, 0).spend(&in_order, 1).pay(60_000);
    let draft = draft.change(&sorted, 7, 79_000).change(&in_order, 8, 60_000);
    for model in MODELS {
        let options = SimOptions { model, ..SimOptions::default() };
        let screens = foretold_is_shown("two wallets", &draft.checked(&[&sorted, &in_order]), options);
        let shown = steps(&screens);
        assert!(shown.iter().any(|step| step.starts_with("Change, ")), "{shown:?}");
        assert!(!shown.contains(&"Several accounts".to_owned()), "{shown:?}");
    }
}

/// One of each kind of dialogue.
fn short() -> Vec<Form> {
    let kept = ["wsh 2-of-3 sorted", "sh 2-of-3", "OP_RETURN", "p2pkh"];
    every_form().into_iter().filter(|form| kept.contains(&form.name)).collect()
}

#[test]
fn every_fault_of_the_link_is_an_error_in_every_form_and_on_each_model() {
    for form in short() {
        let request = form.request();
        for model in MODELS {
            let with = |fault| sign(&request, SimOptions { model, fault: Some(fault), ..SimOptions::default() }).0;
            let replies = every_break_is_an_error(form.name, with);
            assert!(replies > 15, "{}: {replies}", form.name);
            no_cut_yields_a_wrong_signature(form.name, with, |signatures| verify(&request, signatures).is_ok());
            let screens = sign(&request, SimOptions { model, ..SimOptions::default() }).1.shown().len();
            every_screen_can_be_refused(form.name, screens, with);
        }
    }
}

#[test]
fn a_device_that_signs_something_else_is_caught_by_the_verifier_in_every_form() {
    for form in every_form() {
        let request = form.request();
        for model in MODELS {
            let with = |fault| sign(&request, SimOptions { model, fault: Some(fault), ..SimOptions::default() }).0;
            for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::StaleSignature] {
                let error = verify(&request, &with(fault).unwrap()).unwrap_err();
                assert!(!error.to_string().is_empty(), "{} {fault:?}", form.name);
            }
            let is_taproot = form.name == "tr";
            assert_eq!(verify(&request, &with(Fault::HighS).unwrap()).is_ok(), is_taproot, "{}", form.name);
            for fault in [Fault::SignsTwice, Fault::SkipsSignature, Fault::AsksBeyond, Fault::AsksForeign] {
                let outcome = with(fault);
                let single = form.name == "OP_RETURN" && fault == Fault::SignsTwice;
                assert_eq!(outcome.as_ref().is_err_and(DeviceError::is_breach), !single, "{} {fault:?}", form.name);
            }
        }
    }
}
