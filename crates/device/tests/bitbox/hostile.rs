//! Devices that are not what they say, over the whole encrypted channel.

use std::sync::{Arc, Mutex};

use bitbox_api::pb::btc_sign_next_response::Type as Next;
use bitbox_api::pb::{self, request::Request, response::Response};
use vitrine_device::{Answer, BitBox02, Control, Device, DeviceError, Prompt, Prompter};
use vitrine_ethereum::verify;

use crate::cases::{self, Case, Task, message};
use crate::device::{Cheat, Manners, behind, device, failure, pass, signer};
use crate::link::{Answering, Counted};
use crate::request::{Agreeing, FINGERPRINT, NETWORK, Spend, account, xpub};

const TEXT: &[u8] = b"I was here";

fn signs(cheat: Cheat) -> Result<(), DeviceError> {
    let (mut device, _) = device(Manners::default(), signer(cheat, TEXT.to_vec()));
    let request = message(TEXT);
    let signature = device.sign_ethereum(&request, &mut Agreeing::default())?;
    let verified = verify(request.signable(), account(), &signature);
    assert_eq!(verified.is_err(), [Cheat::OtherKey, Cheat::OtherMessage, Cheat::HighS].contains(&cheat), "{cheat:?}");
    Ok(())
}

#[test]
fn a_nonce_that_was_not_shared_is_caught_and_the_signature_never_seen() {
    assert_eq!(signs(Cheat::Nothing), Ok(()));
    for cheat in [Cheat::IgnoresTheHostNonce, Cheat::ChangesItsNonce, Cheat::AddsToTheHostNonce] {
        let error = signs(cheat).unwrap_err();
        assert_eq!(error, DeviceError::NonceNotShared { at: "signing the message" }, "{cheat:?}");
        assert!(error.is_breach() && error.to_string().contains("leak its key"), "{error}");
    }
    for cheat in [Cheat::SignsAtOnce, Cheat::CommitsToNothing, Cheat::ShortSignature] {
        assert!(signs(cheat).unwrap_err().is_breach(), "{cheat:?}");
    }
}

#[test]
fn another_key_or_message_or_a_high_s_is_caught_by_the_verifier() {
    for cheat in [Cheat::OtherKey, Cheat::OtherMessage, Cheat::HighS] {
        assert_eq!(signs(cheat), Ok(()), "{cheat:?}: the nonce was shared; see what the verifier says");
    }
}

/// Answers the question about the code, and notes every question.
struct Person {
    answer: Answer,
    asked: Vec<Prompt>,
}

impl Prompter for Person {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let is_code = matches!(prompt, Prompt::Pairing { .. });
        self.asked.push(prompt);
        if is_code { self.answer.clone() } else { Answer::Continue }
    }
}

fn fingerprints(request: Request) -> Response {
    match request {
        Request::Fingerprint(_) => Response::Fingerprint(pb::RootFingerprintResponse { fingerprint: vec![1, 2, 3, 4] }),
        _ => failure(105),
    }
}

#[test]
fn both_screens_show_one_code_and_both_have_to_agree() {
    let (mut driver, fake) = device(Manners::default(), fingerprints);
    let mut person = Person { answer: Answer::Continue, asked: Vec::new() };
    assert_eq!(driver.fingerprint(NETWORK, &mut person).unwrap().to_string(), "01020304");
    let code = fake.lock().unwrap().code();
    assert_eq!(person.asked.last(), Some(&Prompt::Pairing { code: code.clone() }));
    assert!(
        matches!(&person.asked[0], Prompt::ConfirmOnDevice { what, .. } if what.contains(&code)),
        "{:?}",
        person.asked
    );

    // The person says that the codes differ.
    let (mut driver, _) = device(Manners::default(), fingerprints);
    let mut person = Person { answer: Answer::Cancel, asked: Vec::new() };
    let outcome = driver.fingerprint(NETWORK, &mut person);
    assert!(matches!(outcome, Err(DeviceError::CancelledHere { .. })), "{outcome:?}");

    // The person refuses on the device.
    let (mut driver, _) = device(Manners { verify: 1, ..Manners::default() }, fingerprints);
    let mut person = Person { answer: Answer::Continue, asked: Vec::new() };
    let outcome = driver.fingerprint(NETWORK, &mut person);
    assert!(matches!(outcome, Err(DeviceError::RefusedOnDevice { .. })), "{outcome:?}");
    assert!(!person.asked.iter().any(|asked| matches!(asked, Prompt::Pairing { .. })));
}

#[test]
fn a_device_in_between_shows_another_code() {
    let code = |static_key| {
        let (mut driver, fake) = device(Manners { static_key, ..Manners::default() }, fingerprints);
        driver.fingerprint(NETWORK, &mut Agreeing::default()).unwrap();
        fake.lock().unwrap().code()
    };
    assert_ne!(code([0x77; 32]), code([0x78; 32]));
}

#[test]
fn a_device_that_says_it_knows_us_is_compared_all_the_same_and_then_once_only() {
    let (mut driver, fake) = device(Manners { asks: false, ..Manners::default() }, fingerprints);
    let mut person = Person { answer: Answer::Continue, asked: Vec::new() };
    let mut codes = |driver: &mut BitBox02| {
        let outcome = driver.fingerprint(NETWORK, &mut person);
        (outcome.is_ok(), person.asked.iter().filter(|asked| matches!(asked, Prompt::Pairing { .. })).count())
    };
    assert_eq!(codes(&mut driver), (true, 1));
    // The channel is lost: it is made anew with the same device, of whom the person was asked before.
    fake.lock().unwrap().instead = Some(vec![0, 1]);
    assert_eq!(codes(&mut driver), (false, 1));
    assert_eq!((codes(&mut driver), fake.lock().unwrap().handshakes), ((true, 1), 2));
    // Another device answers.
    fake.lock().unwrap().instead = Some(vec![0, 1]);
    fake.lock().unwrap().manners.static_key = [0x79; 32];
    assert_eq!(codes(&mut driver), (false, 1));
    assert_eq!(codes(&mut driver), (true, 2));
}

#[test]
fn a_device_that_was_never_set_up_or_stays_locked_is_named() {
    let outcome = |manners| device(manners, fingerprints).0.fingerprint(NETWORK, &mut Agreeing::default()).unwrap_err();
    assert_eq!(outcome(Manners { unlock: 2, ..Manners::default() }), DeviceError::NoSeed);
    assert!(matches!(outcome(Manners { unlock: 1, ..Manners::default() }), DeviceError::Locked { .. }));
    let info = |tail: [u8; 4]| Manners { info: [b"\x07v9.27.0", tail.as_slice()].concat(), ..Manners::default() };
    assert_eq!(outcome(info([0, 0, 0, 0])), DeviceError::NoSeed);
    let mut bitcoin_only = device(info([0, 1, 1, 1]), fingerprints).0;
    let refused = bitcoin_only.sign_ethereum(&message(TEXT), &mut Agreeing::default());
    assert!(matches!(refused, Err(DeviceError::Unsupported { .. })), "{refused:?}");
}

#[test]
fn a_device_that_is_never_ready_or_always_busy_is_left_after_the_limit() {
    for never in [1_u8, 2] {
        let link = move |fake: &mut crate::device::Fake, message: &[u8]| match message {
            [0, b'n', ..] | [1] => vec![never],
            message => pass(fake, message),
        };
        let mut driver = behind(link, Box::new(fingerprints));
        let outcome = driver.fingerprint(NETWORK, &mut Agreeing::default());
        assert!(matches!(outcome, Err(DeviceError::Timeout { limit_s: 30, .. })), "{outcome:?}");
    }
}

#[test]
fn a_wait_is_ended_from_another_thread() {
    let control = Arc::new(Mutex::new(None::<Control>));
    let seen = Arc::clone(&control);
    let link = move |fake: &mut crate::device::Fake, message: &[u8]| match message {
        [0, b'n', ..] => {
            seen.lock().unwrap().as_ref().unwrap().cancel();
            vec![1]
        }
        message => pass(fake, message),
    };
    let mut driver = behind(link, Box::new(fingerprints));
    *control.lock().unwrap() = Some(driver.control());
    let outcome = driver.fingerprint(NETWORK, &mut Agreeing::default());
    assert!(matches!(outcome, Err(DeviceError::CancelledHere { .. })), "{outcome:?}");
}

/// A device with the test seed that answers signing by `next`, from the question's number.
fn bitcoin(next: impl FnMut(usize) -> Response + Send + 'static) -> Result<(), DeviceError> {
    let (mut next, mut asked) = (next, 0);
    let (mut driver, _) = device(Manners::default(), move |request| match request {
        Request::Fingerprint(_) => {
            let fingerprint = data_encoding::HEXLOWER.decode(FINGERPRINT.as_bytes()).unwrap();
            Response::Fingerprint(pb::RootFingerprintResponse { fingerprint })
        }
        Request::BtcPub(pub_request) => {
            Response::Pub(pb::PubResponse { r#pub: xpub(&pub_request.keypath).to_string() })
        }
        _ => {
            asked += 1;
            next(asked - 1)
        }
    });
    let case = Case { name: "hostile", task: Task::Bitcoin(cases::wpkh()) };
    cases::run(&case, &mut driver)
}

fn next(kind: Next, index: u32, prev_index: u32) -> Response {
    let r#type = kind.into();
    Response::BtcSignNext(pb::BtcSignNextResponse { r#type, index, prev_index, ..Default::default() })
}

#[test]
fn anything_but_the_next_part_ends_the_exchange() {
    for first in [
        next(Next::Done, 0, 0),
        next(Next::Input, 1, 0),
        next(Next::Input, u32::MAX, 0),
        next(Next::Output, 0, 0),
        next(Next::PrevtxInit, 0, 0),
        next(Next::HostNonce, 0, 0),
        next(Next::PaymentRequest, 0, 0),
        Response::Success(pb::Success {}),
    ] {
        let said = format!("{first:?}");
        let outcome = bitcoin(move |_| first.clone());
        assert!(matches!(outcome, Err(DeviceError::UnexpectedMessage { .. })), "{said}: {outcome:?}");
    }
    // Previous transactions have one input and two outputs.
    let steps = [next(Next::Input, 0, 0), next(Next::PrevtxInit, 0, 0), next(Next::PrevtxInput, 0, 7)];
    let outcome = bitcoin(move |at| steps[at.min(2)].clone());
    assert!(matches!(outcome, Err(DeviceError::UnexpectedMessage { .. })), "{outcome:?}");
}

#[test]
fn failures_of_the_device_are_in_its_words_and_refusals_are_refusals() {
    let outcome = bitcoin(|_| failure(101));
    assert!(matches!(&outcome, Err(DeviceError::Failure { code: 101, .. })), "{outcome:?}");
    let outcome = bitcoin(|_| failure(104));
    assert!(matches!(outcome, Err(DeviceError::RefusedOnDevice { .. })), "{outcome:?}");
}

#[test]
fn another_seed_is_named_before_anything_is_shown() {
    let (mut driver, _) = device(Manners::default(), fingerprints);
    let mut person = Agreeing::default();
    let error = driver.sign_bitcoin(&cases::wpkh().checked(), &mut person).unwrap_err();
    assert!(matches!(&error, DeviceError::WrongSeed { found, .. } if found.contains("01020304")), "{error}");
    let shown = person
        .0
        .iter()
        .filter(|asked| matches!(asked, Prompt::ConfirmOnDevice { what, .. } if what == "a transaction"));
    assert_eq!(shown.count(), 0);
}

#[test]
fn what_the_device_cannot_sign_is_refused_before_it_is_asked() {
    let silent = || {
        let control = Control::default();
        let link = Answering::new(control.clone(), |_: &[u8]| -> Result<Vec<u8>, _> { panic!("the device was asked") });
        BitBox02::new(Box::new(link), Box::<Counted>::default(), control)
    };
    let p2pkh = crate::request::wallet("Old", "pkh(A/<0;1>/*)", "44'/1'/0'");
    let date = Spend { lock_time: 1_700_000_000, ..cases::wpkh() };
    let burnt = Spend { outputs: vec![crate::request::paid(0)], ..cases::wpkh() };
    for (what, checked) in
        [("P2PKH", Spend::of(p2pkh, 1).checked()), ("date", date.checked()), ("no amount", burnt.checked())]
    {
        let error = silent().sign_bitcoin(&checked, &mut Agreeing::default()).unwrap_err();
        assert!(matches!(&error, DeviceError::Unsupported { .. }) && error.to_string().contains(what), "{error}");
        assert!(silent().predicted_screens(&checked).is_empty());
    }
    // An input of somebody else beside ours.
    let spend = cases::wpkh();
    let mut psbt = spend.psbt();
    let foreign = cases::multisig().psbt();
    psbt.unsigned_tx.input.push(foreign.unsigned_tx.input[0].clone());
    psbt.inputs.push(foreign.inputs[0].clone());
    let error = silent().sign_bitcoin(&spend.checked_as(&psbt), &mut Agreeing::default()).unwrap_err();
    assert!(error.to_string().contains("input 2, which is not ours"), "{error}");
}
