//! The driver with the simulated Trezor: what a person is shown, what a verifier accepts, and every fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::{ReturnedSignature, ScriptKind, verify};
use vitrine_device::sim::{Fault, ScreenLog, SimOptions, SimulatedTrezor, trezor, trezor_with_screen};
use vitrine_device::{
    AddressLayout, Answer, Control, Device, DeviceError, DeviceScreen, NonceOrigin, Prompt, Prompter, SignatureScheme,
    Trezor,
};

use crate::faults::{every_break_is_an_error, no_cut_yields_a_wrong_signature};
use crate::request::{Agreeing, Spend};

const KINDS: [ScriptKind; 4] = [ScriptKind::P2wpkh, ScriptKind::P2shP2wpkh, ScriptKind::P2pkh, ScriptKind::P2tr];

fn with(fault: Fault) -> SimOptions {
    SimOptions { fault: Some(fault), ..SimOptions::default() }
}

fn sign(spend: &Spend, options: SimOptions) -> (Result<Vec<ReturnedSignature>, DeviceError>, ScreenLog, Vec<Prompt>) {
    let (mut device, screen) = trezor_with_screen(options);
    let mut person = Agreeing::default();
    let request = spend.checked();
    let outcome = device.identify().and_then(|_| device.sign_bitcoin(&request, &mut person));
    (outcome, screen, person.0)
}

fn fails(fault: Fault) -> DeviceError {
    let spend = Spend::of(ScriptKind::P2wpkh, 3);
    sign(&spend, with(fault)).0.expect_err("the fault must be noticed")
}

#[test]
fn every_script_form_is_signed_and_every_signature_verifies() {
    for kind in KINDS {
        let spend = Spend::of(kind, 3);
        let (signatures, ..) = sign(&spend, SimOptions::default());
        let signatures = signatures.unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
        let verified = verify(&spend.checked(), &signatures).unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
        assert_eq!(verified.signature_count(), 3, "{}", kind.name());
        assert!(verified.transaction().is_some(), "{}", kind.name());
    }
}

#[test]
fn the_device_shows_nothing_that_was_not_foretold() {
    for (layout, height) in
        [(AddressLayout::Grouped, 0), (AddressLayout::Plain, 921_344), (AddressLayout::Plain, 1_800_000_000)]
    {
        let mut spend = Spend::of(ScriptKind::P2wpkh, 2);
        spend.transaction.lock_time = bitcoin::absolute::LockTime::from_consensus(height);
        let request = spend.checked();
        let (mut device, screen) = trezor_with_screen(SimOptions { layout, ..SimOptions::default() });
        device.identify().unwrap();
        let foretold = device.predicted_screens(&request);
        device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
        assert_eq!(screen.shown(), foretold);
        let steps: Vec<_> = foretold.iter().map(|screen| screen.step.as_str()).collect();
        let lock_time = match height {
            0 => None,
            921_344 => Some("Lock time, block 921,344"),
            _ => Some("Lock time, 2027-01-15 08:00:00 UTC"),
        };
        let expected = ["Payee 1, address", "Payee 1, amount"].into_iter().chain(lock_time);
        assert_eq!(steps, expected.chain(["Total and fee", "Hold to sign"]).collect::<Vec<_>>());
    }
}

/// What a screen looks like, whatever the step is called: the device does not know who is who.
pub fn looks(screens: &[DeviceScreen]) -> Vec<(String, Vec<String>, bool)> {
    screens.iter().map(|screen| (screen.title.clone(), screen.lines.clone(), screen.address)).collect()
}

pub fn steps(screens: &[DeviceScreen]) -> Vec<String> {
    screens.iter().map(|screen| screen.step.clone()).collect()
}

/// Signs and compares what was shown with what was foretold; returns the steps.
fn foretold_is_shown(spend: &Spend) -> Vec<String> {
    let request = spend.checked();
    let (mut device, screen) = trezor_with_screen(SimOptions::default());
    device.identify().unwrap();
    let foretold = device.predicted_screens(&request);
    let signatures = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
    assert!(verify(&request, &signatures).is_ok());
    assert_eq!(looks(&screen.shown()), looks(&foretold));
    steps(&foretold)
}

#[test]
fn data_many_change_outputs_and_a_dead_lock_time_are_foretold_too() {
    let mut spend = Spend::of(ScriptKind::P2wpkh, 2);
    spend.transaction.lock_time = bitcoin::absolute::LockTime::from_consensus(900_000);
    spend.transaction.input.iter_mut().for_each(|input| input.sequence = bitcoin::Sequence::MAX);
    let change = spend.transaction.output[1].value / 4;
    spend.transaction.output[1].value = change;
    for index in 8..10 {
        let script_pubkey = spend.account.script(1, index);
        spend.transaction.output.push(bitcoin::TxOut { value: change, script_pubkey });
        spend.own_outputs.push(Some((1, index)));
    }
    let script_pubkey = bitcoin::ScriptBuf::new_op_return(b"thirty-two bytes of public data.");
    spend.transaction.output.insert(0, bitcoin::TxOut { value: bitcoin::Amount::ZERO, script_pubkey });
    spend.own_outputs.insert(0, None);
    assert_eq!(
        foretold_is_shown(&spend),
        [
            "Data output, 32 bytes",
            "Payee 1, address",
            "Payee 1, amount",
            "Number of change outputs",
            "Lock time, without effect",
            "Total and fee",
            "Hold to sign",
        ]
    );
}

#[test]
fn change_that_the_device_would_not_take_for_change_is_foretold_as_shown() {
    let mut spend = Spend::of(ScriptKind::P2wpkh, 1);
    spend.transaction.output[1].script_pubkey = spend.account.script(1, 1_000_001);
    spend.own_outputs[1] = Some((1, 1_000_001));
    let steps = foretold_is_shown(&spend);
    assert!(steps.contains(&"Change, address".to_owned()), "{steps:?}");
}

#[test]
fn the_screen_shows_every_character_of_address_amount_total_and_fee() {
    let spend = Spend::of(ScriptKind::P2wpkh, 2);
    let (_, screen, prompts) = sign(&spend, SimOptions::default());
    let shown = screen.shown();
    let lines: Vec<_> = shown.iter().map(|screen| (screen.title.as_str(), screen.lines.join("|"))).collect();
    assert_eq!(
        lines,
        [
            ("Recipient #1", "tb1q qypq xpq9 qcrs|szg2 pvxq 6rs0 zqg3|yyc5 r7fx ez".to_owned()),
            ("Recipient #1", "0.0006 TEST".to_owned()),
            ("Summary", "Total amount|0.000609 TEST|incl. Transaction fee|0.000009 TEST".to_owned()),
            ("Sign transaction", "Hold to sign".to_owned()),
        ]
    );
    let confirm = |screen, what: &str| Prompt::ConfirmOnDevice { screen, what: what.to_owned() };
    let last = confirm(2, "the total and the fee, then the signature");
    assert_eq!(prompts, [confirm(0, "an output"), confirm(1, "an output"), last]);
}

#[test]
fn a_person_who_refuses_at_any_screen_leaves_no_signature() {
    for at_screen in 0..4 {
        let error = fails(Fault::Refuses { at_screen });
        assert!(error.is_refusal(), "{error}");
        assert!(error.to_string().starts_with("refused on the device"), "{error}");
    }
}

#[test]
fn a_cable_pulled_at_any_message_is_an_error_and_never_a_hang() {
    let spend = Spend::of(ScriptKind::P2wpkh, 1);
    let replies = every_break_is_an_error("p2wpkh", |fault| sign(&spend, with(fault)).0);
    assert!(replies > 15, "{replies}");
}

#[test]
fn a_reply_cut_short_at_any_message_never_yields_a_wrong_signature() {
    let spend = Spend::of(ScriptKind::P2wpkh, 1);
    let request = spend.checked();
    let verifies = |signatures: &Vec<ReturnedSignature>| verify(&request, signatures).is_ok();
    no_cut_yields_a_wrong_signature("p2wpkh", |fault| sign(&spend, with(fault)).0, verifies);
}

#[test]
fn a_device_of_another_seed_is_noticed_before_it_shows_anything() {
    let spend = Spend::of(ScriptKind::P2wpkh, 3);
    let (outcome, screen, _) = sign(&spend, with(Fault::WrongSeed));
    assert!(matches!(outcome, Err(DeviceError::WrongSeed { .. })));
    assert!(outcome.unwrap_err().to_string().contains("passphrase"));
    assert!(screen.shown().is_empty());
}

#[test]
fn a_locked_device_says_what_to_do() {
    let error = fails(Fault::Locked);
    assert_eq!(error, DeviceError::Locked { at: "GetPublicKey" });
    assert!(error.to_string().contains("PIN"));
}

#[test]
fn a_device_that_signs_something_else_is_caught_by_the_verifier() {
    for kind in KINDS {
        let spend = Spend::of(kind, 2);
        for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::StaleSignature] {
            let (signatures, screen, _) = sign(&spend, with(fault));
            assert_eq!(screen.shown().len(), 4, "the screen showed the right thing");
            let error = verify(&spend.checked(), &signatures.unwrap()).unwrap_err();
            assert!(!error.to_string().is_empty(), "{fault:?}");
        }
    }
}

#[test]
fn a_signature_that_others_would_not_relay_is_caught_by_the_verifier() {
    let spend = Spend::of(ScriptKind::P2wpkh, 2);
    let signatures = sign(&spend, with(Fault::HighS)).0.unwrap();
    assert!(verify(&spend.checked(), &signatures).is_err());
}

#[test]
fn a_device_that_breaks_the_protocol_is_not_to_be_used_again() {
    let expected = [
        (Fault::AsksBeyond, "the device asked for input 4294967295 of 3"),
        (Fault::AsksForeign, "foreign transaction 6666"),
        (Fault::AsksPaymentRequest, "TXPAYMENTREQ"),
        (Fault::AsksForever, "more than"),
        (Fault::SignsTwice, "unasked signature for input 0"),
        (Fault::SkipsSignature, "no signature for input 2"),
    ];
    for (fault, words) in expected {
        let error = fails(fault);
        assert!(error.is_breach(), "{fault:?}: {error}");
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
        assert!(error.to_string().contains("inspected"), "{error}");
    }
}

/// Agrees until the given question.
struct Leaving(usize);

impl Prompter for Leaving {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        match prompt {
            Prompt::ConfirmOnDevice { screen, .. } if screen < self.0 => Answer::Continue,
            _ => Answer::Cancel,
        }
    }
}

#[test]
fn after_a_cancel_at_this_machine_the_device_works_again() {
    let spend = Spend::of(ScriptKind::P2wpkh, 2);
    let request = spend.checked();
    for question in 0..3 {
        let mut device = trezor(SimOptions::default());
        device.identify().unwrap();
        let error = device.sign_bitcoin(&request, &mut Leaving(question)).unwrap_err();
        assert!(matches!(error, DeviceError::CancelledHere { .. }), "{error}");
        assert!(error.is_refusal());
        let signatures = device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
        assert!(verify(&request, &signatures).is_ok());
    }
}

#[test]
fn a_simulated_device_never_works_for_coins_of_value() {
    let path = "84'/0'/0'".parse().unwrap();
    let mut device = trezor(SimOptions::default());
    let error = device.account_key(&path, vitrine_bitcoin::Network::Mainnet, &mut Agreeing::default()).unwrap_err();
    assert!(error.to_string().contains("test networks only"), "{error}");
}

#[test]
fn a_simulated_device_calls_itself_simulated() {
    let identity = trezor(SimOptions::default()).identify().unwrap();
    assert!(identity.model.contains("simulated"), "{identity:?}");
}

#[test]
fn the_address_on_the_device_is_the_wallets() {
    for kind in KINDS {
        let spend = Spend::of(kind, 1);
        let (mut device, screen) = trezor_with_screen(SimOptions::default());
        let wallet = spend.account.wallet();
        let shown = device.show_address(&wallet, false, 0, &mut Agreeing::default()).unwrap();
        assert_eq!(shown, wallet.address(false, 0).unwrap());
        assert_eq!(screen.shown()[0].lines.concat().replace(' ', ""), shown);
    }
}

#[test]
fn a_device_says_which_seed_it_holds() {
    let ask = |fault| {
        let mut device = trezor(SimOptions { fault, ..SimOptions::default() });
        device.fingerprint(vitrine_bitcoin::Network::Testnet3, &mut Agreeing::default()).unwrap().to_string()
    };
    assert_eq!(ask(None), "5c9e228d");
    assert_eq!(ask(Some(Fault::WrongSeed)), "73c5da0a");
}

/// A link that looks at, or alters, each reply of the simulated device.
struct Tapped<F>(SimulatedTrezor, F);

impl<F: FnMut(&mut ProtoMessage) + Send + Sync> Transport for Tapped<F> {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        self.0.session_begin()
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        self.0.session_end()
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        self.0.write_message(message)
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        let mut reply = self.0.read_message()?;
        (self.1)(&mut reply);
        Ok(reply)
    }
}

fn tapped<F: FnMut(&mut ProtoMessage) + Send + Sync + 'static>(tap: F) -> Trezor {
    let link = Tapped(SimulatedTrezor::new(SimOptions::default()), tap);
    Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped)
}

fn messages_for(inputs: u32) -> usize {
    let spend = Spend::of(ScriptKind::P2wpkh, inputs);
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let mut device = tapped(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    device.sign_bitcoin(&spend.checked(), &mut Agreeing::default()).unwrap();
    count.load(Ordering::SeqCst)
}

#[test]
fn twice_the_inputs_never_cost_more_than_twice_the_messages() {
    let (ten, twenty, forty) = (messages_for(10), messages_for(20), messages_for(40));
    assert_eq!(forty - twenty, 2 * (twenty - ten));
    assert!(forty < 40 * 10, "{forty}");
}

#[test]
fn a_bit_flipped_anywhere_on_the_cable_never_yields_a_signature_that_passes_for_another() {
    let request = Spend::of(ScriptKind::P2wpkh, 1).checked();
    let honest = trezor(SimOptions::default()).sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for round in 0_u64..400 {
        let mut noise = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut device = tapped(move |reply| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let bits = reply.payload().len() * 8;
            if noise % 16 == 0 && bits > 0 {
                let bit = usize::try_from(noise >> 8).unwrap() % bits;
                reply.1[bit / 8] ^= 1 << (bit % 8);
            }
        });
        match device.sign_bitcoin(&request, &mut Agreeing::default()) {
            Ok(signatures) if verify(&request, &signatures).is_ok() => {
                assert_eq!(signatures, honest);
                accepted += 1;
            }
            Ok(_) => refused += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(accepted > 20 && refused > 100, "{accepted} {refused}");
}

/// A request of three inputs, the first of which carries a valid signature already.
fn signed_in_part(kind: ScriptKind) -> vitrine_bitcoin::CheckedPsbt {
    let spend = Spend::of(kind, 3);
    let all = verify(&spend.checked(), &sign(&spend, SimOptions::default()).0.unwrap()).unwrap();
    let mut psbt = spend.psbt();
    psbt.inputs[0] = bitcoin::Psbt::deserialize(all.psbt()).unwrap().inputs[0].clone();
    spend.checked_as(&psbt)
}

#[test]
fn a_signature_that_the_request_carries_is_kept_and_not_taken_again() {
    for kind in KINDS {
        let request = signed_in_part(kind);
        assert_eq!(request.refusal(), None, "{}", kind.name());
        let signatures = trezor(SimOptions::default()).sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
        assert_eq!(signatures.iter().map(|s| s.input).collect::<Vec<_>>(), [1, 2], "{}", kind.name());
        let verified = verify(&request, &signatures).unwrap();
        assert_eq!(verified.signature_count(), 2, "{}", kind.name());
        assert!(verified.transaction().is_some(), "{}", kind.name());
    }
}

#[test]
fn what_the_table_says_of_a_trezors_nonces_is_what_its_firmware_was_recorded_doing() {
    // The simulator signs with RFC 6979 and without auxiliary data; `firmware.rs` compares it with the recordings.
    for kind in KINDS {
        let spend = Spend::of(kind, 2);
        let signatures = |options| sign(&spend, options).0.unwrap();
        let rule = trezor(SimOptions::default()).nonces().origin(SignatureScheme::of(kind));
        assert_eq!(rule, NonceOrigin::Deterministic);
        assert_eq!(signatures(SimOptions::default()), signatures(SimOptions::default()), "{}", kind.name());
    }
}

#[test]
fn other_nonces_give_other_signatures_that_all_verify() {
    for kind in KINDS {
        let request = Spend::of(kind, 2).checked();
        let mut device = trezor(with(Fault::OtherNonce));
        let mut once = || device.sign_bitcoin(&request, &mut Agreeing::default()).unwrap();
        let (first, again) = (once(), once());
        assert!(verify(&request, &first).is_ok() && verify(&request, &again).is_ok(), "{}", kind.name());
        assert!(first.iter().zip(&again).all(|(a, b)| a.signature != b.signature), "{}", kind.name());
    }
}
