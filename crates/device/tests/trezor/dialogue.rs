//! What a device may ask between question and answer, played by a scripted device.

use protobuf::{EnumOrUnknown, Message};
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::Network;
use vitrine_device::sim::{SimOptions, SimulatedTrezor};
use vitrine_device::{AddressLayout, Answer, Control, Device, DeviceError, PinKind, Prompt, Prompter, Trezor};

use crate::scripted::{Scripted, Sent, features, reply};

fn failure(code: i32, text: &str) -> protos::Failure {
    let code = Some(EnumOrUnknown::from_i32(code));
    protos::Failure { code, message: Some(text.to_owned()), ..Default::default() }
}

/// The public key of a simulated device, as the end of a script.
fn key() -> (MessageType, Vec<u8>) {
    let mut device = SimulatedTrezor::new(SimOptions::default());
    let question = protos::GetPublicKey {
        address_n: vec![84 | 1 << 31, 1 | 1 << 31, 1 << 31],
        coin_name: Some("Testnet".to_owned()),
        ..Default::default()
    };
    let (kind, payload) = reply(&question);
    device.write_message(ProtoMessage::new(kind, payload)).unwrap();
    let answer = device.read_message().unwrap();
    (answer.message_type(), answer.into_payload())
}

fn device(replies: Vec<(MessageType, Vec<u8>)>) -> (Trezor, Sent) {
    let sent = Sent::default();
    let link = Scripted { replies: replies.into(), sent: sent.clone() };
    (Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped), sent)
}

/// Gives the same answer to every question.
struct Person(Answer, Vec<Prompt>);

impl Prompter for Person {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.1.push(prompt);
        self.0.clone()
    }
}

fn ask_key(replies: Vec<(MessageType, Vec<u8>)>, answer: Answer) -> (Result<(), DeviceError>, Vec<Prompt>, Sent) {
    let (mut device, sent) = device(replies);
    let mut person = Person(answer, vec![]);
    let path = "84'/1'/0'".parse().unwrap();
    let outcome = device.account_key(&path, Network::Testnet3, &mut person).map(drop);
    (outcome, person.1, sent)
}

#[test]
fn the_pin_goes_to_the_device_and_nowhere_else() {
    let request = protos::PinMatrixRequest::new();
    let script = vec![reply(&features(1)), reply(&request), key()];
    let (outcome, prompts, sent) = ask_key(script, Answer::pin("7391".to_owned()));
    outcome.unwrap();
    assert_eq!(prompts, [Prompt::Pin(PinKind::Current)]);
    let (kind, payload) = sent.lock().unwrap().last().cloned().unwrap();
    assert_eq!(kind, MessageType::MessageType_PinMatrixAck);
    assert_eq!(protos::PinMatrixAck::parse_from_bytes(&payload).unwrap().pin(), "7391");
}

#[test]
fn a_wrong_pin_warns_of_the_erasure() {
    let script = vec![reply(&features(1)), reply(&protos::PinMatrixRequest::new()), reply(&failure(7, "PIN invalid"))];
    let (outcome, ..) = ask_key(script, Answer::pin("1111".to_owned()));
    assert_eq!(outcome, Err(DeviceError::WrongPin));
    assert!(DeviceError::WrongPin.to_string().contains("erases itself"));
}

#[test]
fn no_pin_leaves_the_device_locked_and_says_so() {
    let script = vec![reply(&features(1)), reply(&protos::PinMatrixRequest::new())];
    let (outcome, _, sent) = ask_key(script, Answer::Cancel);
    assert!(matches!(outcome, Err(DeviceError::Locked { .. })));
    assert_eq!(sent.lock().unwrap().last().unwrap().0, MessageType::MessageType_Cancel);
}

#[test]
fn the_passphrase_is_asked_for_and_may_be_entered_on_the_device() {
    let script = || vec![reply(&features(1)), reply(&protos::PassphraseRequest::new()), key()];
    let (outcome, prompts, sent) = ask_key(script(), Answer::passphrase("hidden"));
    outcome.unwrap();
    assert_eq!(prompts, [Prompt::Passphrase]);
    let ack = protos::PassphraseAck::parse_from_bytes(&sent.lock().unwrap().last().unwrap().1).unwrap();
    assert_eq!((ack.passphrase(), ack.on_device), ("hidden", None));
    let (outcome, _, sent) = ask_key(script(), Answer::Continue);
    outcome.unwrap();
    let ack = protos::PassphraseAck::parse_from_bytes(&sent.lock().unwrap().last().unwrap().1).unwrap();
    assert_eq!((ack.passphrase.as_deref(), ack.on_device), (None, Some(true)));
}

#[test]
fn every_failure_has_words_and_a_next_step() {
    let expected = [
        (4, "refused on the device"),
        (5, "locked"),
        (7, "PIN is wrong"),
        (11, "no seed"),
        (17, "THP"),
        (9, "code 9: out of paper"),
        (77, "code 77"),
    ];
    for (code, words) in expected {
        let (outcome, ..) = ask_key(vec![reply(&features(1)), reply(&failure(code, "out of paper"))], Answer::Continue);
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains(words) && message.contains("; "), "{code}: {message}");
    }
}

#[test]
fn text_of_a_device_cannot_forge_a_line_on_our_screen() {
    let hostile = format!("ok\n\u{202e}VERIFIED\u{7f}{}", "x".repeat(5_000));
    let (outcome, ..) = ask_key(vec![reply(&features(1)), reply(&failure(9, &hostile))], Answer::Continue);
    let message = outcome.unwrap_err().to_string();
    assert!(message.is_ascii() && message.len() < 500 && !message.contains('\n'), "{message}");
    let label = protos::Features { label: Some(hostile.clone()), model: Some(hostile), ..features(1) };
    let identity = device(vec![reply(&label)]).0.identify().unwrap();
    assert!(identity.label.chars().chain(identity.model.chars()).all(|c| c.is_ascii_graphic() || c == ' '));
}

#[test]
fn a_device_that_cannot_work_is_named_before_anything_is_asked() {
    let bootloader = protos::Features { bootloader_mode: Some(true), ..features(1) };
    assert_eq!(device(vec![reply(&bootloader)]).0.identify(), Err(DeviceError::Bootloader));
    let empty = protos::Features { initialized: Some(false), ..features(1) };
    assert_eq!(device(vec![reply(&empty)]).0.identify(), Err(DeviceError::NoSeed));
    let newer = device(vec![reply(&failure(17, "Invalid protocol"))]).0.identify();
    assert_eq!(newer, Err(DeviceError::NeedsThp));
}

#[test]
fn a_message_that_another_program_left_half_sent_is_no_reason_to_give_up() {
    let half = reply(&failure(3, "messages.c:232:zero tag"));
    device(vec![half.clone(), reply(&features(1))]).0.identify().unwrap();
    assert!(matches!(device(vec![half.clone(), half]).0.identify(), Err(DeviceError::Failure { code: 3, .. })));
}

#[test]
fn answers_to_another_program_are_passed_over_at_first_and_not_without_end() {
    let (left, cancelled) = (reply(&protos::EntropyRequest::new()), reply(&failure(4, "Cancelled")));
    let button = reply(&protos::ButtonRequest::new());
    let path = "84'/1'/0'".parse().unwrap();
    for script in [
        // Its half message took our first question for its end; or the question was heard behind it.
        vec![left.clone(), cancelled.clone(), reply(&features(1)), key()],
        vec![button, reply(&features(1)), cancelled.clone(), reply(&features(1)), key()],
    ] {
        let mut device = device(script).0;
        device.identify().unwrap();
        device.account_key(&path, Network::Testnet3, &mut Person(Answer::Continue, vec![])).unwrap();
    }
    let error = device(vec![left; 9]).0.identify().unwrap_err();
    assert!(matches!(error, DeviceError::UnexpectedMessage { .. }), "{error}");
}

#[test]
fn the_first_model_is_recognised_without_a_name() {
    let identity = device(vec![reply(&features(1))]).0.identify().unwrap();
    assert_eq!((identity.model.as_str(), identity.firmware.as_str()), ("Trezor One", "1.14.1"));
}

#[test]
fn a_key_of_another_path_or_network_is_not_taken() {
    for (path, network) in
        [("84'/1'/1'", Network::Testnet3), ("84'/1'", Network::Testnet3), ("84'/1'/0'", Network::Mainnet)]
    {
        let (mut device, _) = device(vec![reply(&features(1)), key()]);
        let error =
            device.account_key(&path.parse().unwrap(), network, &mut Person(Answer::Continue, vec![])).unwrap_err();
        assert!(error.is_breach(), "{error}");
        assert!(error.to_string().contains("extended public key of another"), "{error}");
    }
}

#[test]
fn a_device_that_asks_without_end_is_left() {
    let mut script = vec![reply(&features(1))];
    script.extend((0..1_000).map(|_| reply(&protos::ButtonRequest::new())));
    let (outcome, prompts, _) = ask_key(script, Answer::Continue);
    assert!(matches!(outcome, Err(DeviceError::TooManyMessages { .. })));
    assert!(prompts.len() < 100);
}

#[test]
fn left_over_answers_of_a_broken_exchange_are_skipped_once() {
    let stale = reply(&protos::EntropyRequest::new());
    let broken = vec![reply(&features(1)), stale.clone()];
    let script = [broken, vec![stale.clone(), reply(&failure(4, "Cancelled")), reply(&features(1)), key()]].concat();
    let (mut device, sent) = device(script);
    let path = "84'/1'/0'".parse().unwrap();
    let mut person = Person(Answer::Continue, vec![]);
    let error = device.account_key(&path, Network::Testnet3, &mut person).unwrap_err();
    assert!(matches!(error, DeviceError::UnexpectedMessage { .. }), "{error}");
    device.account_key(&path, Network::Testnet3, &mut person).unwrap();
    let kinds: Vec<_> = sent.lock().unwrap().iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        [
            MessageType::MessageType_Initialize,
            MessageType::MessageType_GetPublicKey,
            MessageType::MessageType_Cancel,
            MessageType::MessageType_Initialize,
            MessageType::MessageType_GetPublicKey,
        ]
    );
}

#[test]
fn a_pin_asked_on_the_device_is_not_taken_for_the_first_payee() {
    let button = |code| {
        let code = Some(EnumOrUnknown::from_i32(code));
        reply(&protos::ButtonRequest { code, ..Default::default() })
    };
    let script = vec![reply(&features(1)), button(19), button(10), button(20), button(10), key()];
    let (outcome, prompts, _) = ask_key(script, Answer::Continue);
    outcome.unwrap();
    let expected = [(0, "its PIN"), (0, "an address"), (1, "its passphrase"), (1, "an address")];
    let confirm = |(screen, what): (usize, &str)| Prompt::ConfirmOnDevice { screen, what: what.to_owned() };
    assert_eq!(prompts, expected.map(confirm));
}
