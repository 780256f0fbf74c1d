//! Inputs of others beside the device's own, and what the device says about the whole.

use bitcoin::{ScriptBuf, Witness};
use protobuf::{EnumOrUnknown, Message, MessageField};
use trezor_client::protos::tx_request::{RequestType, TxRequestDetailsType};
use trezor_client::protos::{Features, InputScriptType, TxAck, TxRequest};
use vitrine_bitcoin::{CheckedPsbt, ReturnedSignature, ScriptKind, verify};
use vitrine_device::sim::{SafetyChecks, SimModel, SimOptions, TestSeed, trezor, trezor_with_screen};
use vitrine_device::{AddressLayout, Control, Device, DeviceError, DeviceScreen, Trezor};

use crate::forms::{Draft, Joint, every_form, hundred_inputs, joint, single_of};
use crate::request::{Agreeing, simulated_key};
use crate::scripted::{Scripted, Sent, features, reply};
use crate::simulated::{looks, steps};

fn prompting(seed: TestSeed, model: SimModel) -> SimOptions {
    SimOptions { seed, model, safety_checks: SafetyChecks::Prompt, ..SimOptions::default() }
}

fn sign(
    request: &CheckedPsbt,
    options: SimOptions,
) -> Result<(Vec<ReturnedSignature>, Vec<DeviceScreen>), DeviceError> {
    let (mut device, screen) = trezor_with_screen(options);
    device.identify()?;
    let foretold = device.predicted_screens(request);
    let signatures = device.sign_bitcoin(request, &mut Agreeing::default())?;
    assert_eq!(looks(&screen.shown()), looks(&foretold));
    Ok((signatures, foretold))
}

/// The joint transaction with the other's signature in it.
pub fn signed_by_other(mut joint: Joint) -> Joint {
    let request = joint.request_of_other();
    let (signatures, screens) = sign(&request, prompting(TestSeed::Bip39, SimModel::Safe5)).unwrap();
    assert!(steps(&screens).contains(&"Inputs of others".to_owned()), "{screens:?}");
    let ReturnedSignature { input, public_key, signature } = signatures[0].clone();
    assert_eq!((signatures.len(), input), (1, 1));
    let witness = match joint.other.kind() {
        ScriptKind::P2tr => Witness::from(vec![signature]),
        _ => Witness::from(vec![[signature, vec![1]].concat(), public_key.to_bytes()]),
    };
    joint.draft.finished.push((1, ScriptBuf::new(), witness));
    joint
}

#[test]
fn an_unsigned_input_of_others_is_refused_in_words_before_anything_is_shown() {
    for model in [SimModel::Safe5, SimModel::One] {
        let request = joint(ScriptKind::P2wpkh, ScriptKind::P2wpkh).request();
        let (mut device, screen) = trezor_with_screen(SimOptions { model, ..SimOptions::default() });
        device.identify().unwrap();
        assert!(device.predicted_screens(&request).is_empty());
        let error = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap_err();
        assert!(matches!(error, DeviceError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("input 1, which is not this device's and is not signed yet"), "{error}");
        assert!(error.to_string().contains("safety-checks prompt"), "{error}");
        assert!(screen.shown().is_empty());
    }
}

#[test]
fn with_its_safety_checks_on_prompt_the_device_warns_of_it() {
    for model in [SimModel::Safe5, SimModel::One] {
        for own in [ScriptKind::P2wpkh, ScriptKind::P2pkh, ScriptKind::P2tr] {
            let request = joint(own, ScriptKind::P2wpkh).request();
            let (signatures, screens) = sign(&request, prompting(TestSeed::Slip14, model)).unwrap();
            assert_eq!(signatures.iter().map(|s| s.input).collect::<Vec<_>>(), [0]);
            assert!(verify(&request, &signatures).is_ok(), "{}", own.name());
            assert!(steps(&screens).contains(&"Inputs of others".to_owned()), "{screens:?}");
        }
    }
}

#[test]
fn a_signed_input_of_others_is_verified_by_core_models_which_then_show_the_own_part() {
    for other in [ScriptKind::P2wpkh, ScriptKind::P2tr] {
        for own in [ScriptKind::P2wpkh, ScriptKind::P2pkh, ScriptKind::P2tr] {
            let request = signed_by_other(joint(own, other)).request();
            let (signatures, screens) = sign(&request, SimOptions::default()).unwrap();
            let verified = verify(&request, &signatures).unwrap();
            assert!(verified.transaction().is_some(), "{} {}", own.name(), other.name());
            let own_part = screens.iter().find(|screen| screen.step == "Own part and total").unwrap();
            let lines = ["You are contributing:", "0.00021 TEST", "To the total amount:", "0.00121 TEST"];
            assert_eq!(own_part.lines, lines);
        }
    }
}

#[test]
fn the_first_model_does_not_verify_a_signature_of_others() {
    let request = signed_by_other(joint(ScriptKind::P2wpkh, ScriptKind::P2wpkh)).request();
    let error = sign(&request, SimOptions { model: SimModel::One, ..SimOptions::default() }).unwrap_err();
    assert!(error.to_string().contains("whose signature this model does not verify"), "{error}");
    let (signatures, screens) = sign(&request, prompting(TestSeed::Slip14, SimModel::One)).unwrap();
    assert!(verify(&request, &signatures).is_ok());
    assert!(steps(&screens).contains(&"Inputs of others".to_owned()), "{screens:?}");
}

#[test]
fn a_signature_of_others_that_is_for_something_else_is_refused_by_the_device() {
    let mut joint = signed_by_other(joint(ScriptKind::P2wpkh, ScriptKind::P2wpkh));
    joint.draft = joint.draft.data(b"added later");
    let error = sign(&joint.request(), SimOptions::default()).unwrap_err();
    assert!(error.to_string().contains("Invalid signature"), "{error}");
}

#[test]
fn inputs_of_two_accounts_are_warned_of_and_their_change_is_shown() {
    let one = single_of(TestSeed::Slip14, ScriptKind::P2wpkh);
    let two = single_of(TestSeed::Slip14, ScriptKind::P2tr);
    let draft = Draft::default().spend(&one, 0).spend(&two, 0).pay(120_000).change(&one, 7, 79_000);
    let request = draft.checked(&[&one, &two]);
    let (signatures, screens) = sign(&request, SimOptions::default()).unwrap();
    assert!(verify(&request, &signatures).unwrap().transaction().is_some());
    let expected = ["Payee 1, address", "Payee 1, amount", "Change, address", "Change, amount", "Several accounts"];
    assert_eq!(steps(&screens)[..5], expected);
    assert_eq!(screens[2].title, "SegWit #1");
    let (_, screens) = sign(&request, SimOptions { model: SimModel::One, ..SimOptions::default() }).unwrap();
    assert_eq!(steps(&screens), ["Payee 1, amount and address", "Change, amount and address", "Total and fee"]);
    assert_eq!(screens[1].lines.last().unwrap(), "TEST SegWit account #1");
}

#[test]
fn a_high_fee_is_asked_about_and_a_ten_times_higher_one_refused_before() {
    let wallet = single_of(TestSeed::Slip14, ScriptKind::P2wpkh);
    // 109 and a half vbytes: 10,000 sat each are not too many.
    for (fee_sat, asked, refused) in [(1_090_000, false, false), (1_100_001, true, false), (11_000_001, true, true)] {
        let mut draft = Draft::default().spend(&wallet, 0).pay(60_000);
        draft.more_sat = fee_sat + 60_000 - 100_000;
        let request = draft.checked(&[&wallet]);
        assert_eq!(request.fee_sat(), Some(fee_sat));
        for model in [SimModel::Safe5, SimModel::One] {
            match sign(&request, SimOptions { model, ..SimOptions::default() }) {
                Ok((_, screens)) => {
                    assert!(!refused || model == SimModel::One, "{fee_sat} {model:?}");
                    assert_eq!(steps(&screens).contains(&"High fee".to_owned()), asked, "{fee_sat} {screens:?}");
                }
                Err(error) => {
                    assert!(refused && model == SimModel::Safe5, "{error}");
                    assert!(error.to_string().contains("more than ten times"), "{error}");
                }
            }
            assert!(sign(&request, prompting(TestSeed::Slip14, model)).is_ok());
        }
    }
}

#[test]
fn what_the_first_model_writes_of_the_fee_rate_is_what_its_firmware_wrote() {
    let wallets = [
        (ScriptKind::P2wpkh, "(4.96 sat/vB)"),
        (ScriptKind::P2shP2wpkh, "(4.24 sat/vB)"),
        (ScriptKind::P2pkh, "(3.14 sat/vB)"),
        (ScriptKind::P2tr, "(4.93 sat/vB)"),
    ];
    for (kind, rate) in wallets {
        let wallet = single_of(TestSeed::Slip14, kind);
        let draft = Draft::default().spend(&wallet, 0).pay(60_000).change(&wallet, 7, 39_300);
        let options = SimOptions { model: SimModel::One, ..SimOptions::default() };
        let (_, screens) = sign(&draft.checked(&[&wallet]), options).unwrap();
        assert_eq!(screens.last().unwrap().lines.last().unwrap(), rate, "{}", kind.name());
    }
}

#[test]
fn a_lock_time_is_asked_about_by_each_model_in_its_own_words() {
    for form in every_form().into_iter().filter(|form| ["wpkh", "wsh 2-of-3 sorted"].contains(&form.name)) {
        for lock_time in [921_344, 1_800_000_000] {
            let mut draft = form.draft.clone();
            draft.lock_time = lock_time;
            for model in [SimModel::Safe5, SimModel::One] {
                let request = draft.checked(&[&form.wallet]);
                let (_, screens) = sign(&request, SimOptions { model, ..SimOptions::default() }).unwrap();
                assert!(steps(&screens).iter().any(|step| step.starts_with("Lock time, ")), "{screens:?}");
            }
        }
    }
}

#[test]
fn data_is_shown_as_each_model_does_and_what_it_has_no_room_for_is_refused() {
    let wallet = single_of(TestSeed::Slip14, ScriptKind::P2wpkh);
    let long: Vec<u8> = (0..=255).collect();
    let omni = [b"omni\0\0\0\0\0\0\0\x1f".as_slice(), &150_000_000_u64.to_be_bytes()].concat();
    for data in [b"".as_slice(), &[5], &[0; 75], &[1; 76], &long[..150], b"omnibus", b"omni\0\0\0\x32", &omni, &long] {
        let draft = Draft::default().spend(&wallet, 0).data(data).change(&wallet, 7, 99_000);
        let request = draft.checked(&[&wallet]);
        for model in [SimModel::Safe5, SimModel::One] {
            let outcome = sign(&request, SimOptions { model, ..SimOptions::default() });
            if model == SimModel::One && data.len() > 150 {
                let error = outcome.unwrap_err().to_string();
                assert!(error.contains("output 0, data of 256 bytes: it takes 150"), "{error}");
            } else {
                assert!(verify(&request, &outcome.unwrap().0).is_ok(), "{}", data.len());
            }
        }
    }
}

#[test]
fn a_device_that_asks_for_what_nobody_announced_is_left_in_words() {
    let expected = [
        (RequestType::TXORIGINPUT, "an input of a transaction to be replaced"),
        (RequestType::TXORIGOUTPUT, "an output of a transaction to be replaced"),
        (RequestType::TXPAYMENTREQ, "a payment request"),
        (RequestType::TXEXTRADATA, "data of another coin"),
    ];
    let key = simulated_key(ScriptKind::P2wpkh).lines.pop().unwrap().message();
    let key = (key.message_type(), key.into_payload());
    for (kind, words) in expected {
        let asked = TxRequest { request_type: Some(EnumOrUnknown::new(kind)), ..Default::default() };
        let replies = vec![reply(&features(2)), key.clone(), reply(&asked)];
        let link = Scripted { replies: replies.into(), sent: Sent::default() };
        let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Plain);
        let request = every_form()[2].request();
        let error = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap_err();
        assert!(error.is_breach() && error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains("which nobody announced"), "{error}");
    }
}

/// To core firmware 2.11.1 a field that is there is a signature, though it be empty: it takes the input for verified.
#[test]
fn an_unsigned_input_of_others_is_told_without_a_field_for_its_signature() {
    let prompting = Features { safety_checks: Some(EnumOrUnknown::from_i32(2)), ..features(2) };
    let key = simulated_key(ScriptKind::P2wpkh).lines.pop().unwrap().message();
    let details = TxRequestDetailsType { request_index: Some(1), ..Default::default() };
    let (request_type, details) = (Some(EnumOrUnknown::new(RequestType::TXINPUT)), MessageField::some(details));
    let asked = TxRequest { request_type, details, ..Default::default() };
    let replies = vec![reply(&prompting), (key.message_type(), key.into_payload()), reply(&asked)];
    let (sent, request) = (Sent::default(), joint(ScriptKind::P2wpkh, ScriptKind::P2wpkh).request());
    let link = Scripted { replies: replies.into(), sent: sent.clone() };
    let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Plain);
    device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap_err();
    let (_, payload) = sent.lock().unwrap().last().cloned().unwrap();
    let told = TxAck::parse_from_bytes(&payload).unwrap().tx.unwrap().inputs.pop().unwrap();
    assert_eq!(told.script_type(), InputScriptType::EXTERNAL);
    assert_eq!((told.script_sig, told.witness, told.address_n), (None, None, vec![]));
}

#[test]
fn firmware_that_is_newer_than_what_was_recorded_is_said_to_be() {
    let last_step = |major, patch| {
        let features = Features { patch_version: Some(patch), ..features(major) };
        let features = if major == 1 { features } else { Features { minor_version: Some(11), ..features } };
        let link = Scripted { replies: vec![reply(&features)].into(), sent: Sent::default() };
        let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Plain);
        device.identify().unwrap();
        device.predicted_screens(&every_form()[0].request()).pop().unwrap().step
    };
    for (major, recorded) in [(1, 2), (2, 1)] {
        assert!(!last_step(major, recorded).contains("newer"));
        assert!(last_step(major, recorded + 1).contains("This firmware is newer than what was read"));
    }
}

#[test]
fn keys_that_older_firmware_does_not_sort_are_refused_in_words() {
    let form = &every_form()[4];
    for (major, minor, patch, since) in [(1, 12, 1, "1.13.0"), (2, 8, 6, "2.8.7")] {
        let features = Features { minor_version: Some(minor), patch_version: Some(patch), ..features(major) };
        let link = Scripted { replies: vec![reply(&features)].into(), sent: Sent::default() };
        let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Plain);
        device.identify().unwrap();
        assert!(device.predicted_screens(&form.request()).is_empty(), "{since}");
        assert!(!device.predicted_screens(&every_form()[5].request()).is_empty(), "{since}");
    }
}

#[test]
fn a_hundred_inputs_are_signed() {
    let form = hundred_inputs();
    for model in [SimModel::Safe5, SimModel::One] {
        let request = form.request();
        let mut device = trezor(SimOptions { model, ..SimOptions::default() });
        let signatures = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
        assert!(verify(&request, &signatures).unwrap().transaction().is_some());
    }
}
