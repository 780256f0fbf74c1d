//! PIN, passphrase and sessions: the driver with the simulated device, which asks as the firmware does.

use std::sync::{Arc, Mutex};

use protobuf::Message;
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::{Network, ScriptKind, verify};
use vitrine_device::sim::{ScreenLog, SimModel, SimOptions, SimulatedTrezor};
use vitrine_device::{AddressLayout, Answer, Control, Device, DeviceError, Prompt, Prompter, Trezor};

use crate::ethereum::request::{PATH, message};
use crate::request::Spend;
use crate::scripted::{Scripted, Sent};

/// Remembers the types of the messages that went to the device.
struct Watched(SimulatedTrezor, Arc<Mutex<Vec<MessageType>>>);

impl Transport for Watched {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        self.1.lock().unwrap().push(message.message_type());
        self.0.write_message(message)
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        self.0.read_message()
    }
}

/// A person who knows a PIN and a passphrase, reads the matrix on the screen, and counts what they are asked.
struct Person {
    screen: ScreenLog,
    pin: &'static str,
    passphrase: Answer,
    asked: Vec<Prompt>,
}

impl Person {
    /// Where the digits are on the matrix that is shown, as places on a number pad.
    fn positions(&self) -> String {
        let matrix = self.screen.shown().last().unwrap().lines.clone();
        let pad = ["789", "456", "123"];
        let place = |digit: char| {
            let found = matrix.iter().zip(pad).find_map(|(row, places)| Some((row.find(digit)?, places)));
            let (column, places) = found.unwrap();
            places.as_bytes()[column] as char
        };
        self.pin.chars().map(place).collect()
    }

    fn times_asked(&self, what: &Prompt) -> usize {
        self.asked.iter().filter(|asked| *asked == what).count()
    }
}

impl Prompter for Person {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let answer = match &prompt {
            Prompt::Pin(_) if self.pin.is_empty() => Answer::Cancel,
            Prompt::Pin(_) => Answer::pin(self.positions()),
            Prompt::Passphrase => self.passphrase.clone(),
            _ => Answer::Continue,
        };
        self.asked.push(prompt);
        answer
    }
}

/// Answers nothing.
struct Leaving;

impl Prompter for Leaving {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Cancel
    }
}

struct Bench {
    device: Trezor,
    person: Person,
    sent: Arc<Mutex<Vec<MessageType>>>,
}

fn bench(options: SimOptions, pin: &'static str, passphrase: Answer) -> Bench {
    let simulated = SimulatedTrezor::new(options);
    let screen = simulated.screen();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let link = Watched(simulated, sent.clone());
    let device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
    Bench { device, person: Person { screen, pin, passphrase, asked: vec![] }, sent }
}

impl Bench {
    fn fingerprint(&mut self) -> Result<String, DeviceError> {
        Ok(self.device.fingerprint(Network::Testnet3, &mut self.person)?.to_string())
    }

    fn sign(&mut self) -> Result<usize, DeviceError> {
        let request = Spend::of(ScriptKind::P2wpkh, 2).checked();
        let signatures = self.device.sign_bitcoin(&request, &mut self.person)?;
        Ok(verify(&request, &signatures).unwrap().signature_count())
    }

    fn was_sent(&self, kind: MessageType) -> bool {
        self.sent.lock().unwrap().contains(&kind)
    }
}

fn with_pin(model: SimModel) -> SimOptions {
    SimOptions { model, pin: Some("7391".to_owned()), ..SimOptions::default() }
}

fn hidden() -> SimOptions {
    SimOptions { passphrase_protection: true, ..SimOptions::default() }
}

fn typed(passphrase: &str) -> Answer {
    Answer::passphrase(passphrase)
}

const OPEN: &str = "5c9e228d";

#[test]
fn the_matrix_of_the_first_model_opens_it_once() {
    let mut bench = bench(with_pin(SimModel::One), "7391", Answer::Cancel);
    assert_eq!(bench.fingerprint().unwrap(), OPEN);
    assert_eq!(bench.fingerprint().unwrap(), OPEN);
    assert_eq!(bench.person.times_asked(&Prompt::Pin(vitrine_device::PinKind::Current)), 1);
}

#[test]
fn a_wrong_pin_opens_nothing_and_the_right_one_opens_afterwards() {
    let mut bench = bench(with_pin(SimModel::One), "7392", Answer::Cancel);
    assert_eq!(bench.fingerprint(), Err(DeviceError::WrongPin));
    bench.person.pin = "7391";
    assert_eq!(bench.fingerprint().unwrap(), OPEN);
}

#[test]
fn a_pin_that_is_not_entered_leaves_the_device_locked_and_usable() {
    let mut bench = bench(with_pin(SimModel::One), "", Answer::Cancel);
    assert!(matches!(bench.fingerprint(), Err(DeviceError::Locked { .. })));
    bench.person.pin = "7391";
    assert_eq!(bench.fingerprint().unwrap(), OPEN);
}

#[test]
fn an_entry_that_no_pin_can_be_is_not_a_wrong_attempt() {
    struct Types(&'static str);
    impl Prompter for Types {
        fn prompt(&mut self, _: Prompt) -> Answer {
            Answer::pin(self.0.to_owned())
        }
    }
    for entry in ["", "7301", "7 91", "seven", "1111111111111111111111111111111111111111111111111111"] {
        let mut bench = bench(with_pin(SimModel::One), "", Answer::Cancel);
        let outcome = bench.device.fingerprint(Network::Testnet3, &mut Types(entry));
        assert!(matches!(outcome, Err(DeviceError::Locked { .. })), "{entry}");
        assert!(!bench.was_sent(MessageType::MessageType_PinMatrixAck), "{entry}");
    }
}

#[test]
fn a_core_model_takes_its_pin_itself() {
    let mut bench = bench(with_pin(SimModel::Safe5), "", Answer::Cancel);
    assert_eq!(bench.sign().unwrap(), 2);
    let first = Prompt::ConfirmOnDevice { screen: 0, what: "its PIN".to_owned() };
    assert_eq!(bench.person.asked.first(), Some(&first));
    assert_eq!(bench.person.times_asked(&first), 1);
}

#[test]
fn a_passphrase_opens_another_wallet_and_is_asked_for_once_in_a_session() {
    for (passphrase, expected) in [("", OPEN), ("hidden", "")] {
        let mut bench = bench(hidden(), "", typed(passphrase));
        let found = bench.fingerprint().unwrap();
        assert_eq!(found == OPEN, expected == OPEN, "{found}");
        bench.device.identify().unwrap();
        assert_eq!(bench.fingerprint().unwrap(), found);
        assert_eq!(bench.person.times_asked(&Prompt::Passphrase), 1);
    }
}

#[test]
fn a_hidden_wallet_is_still_open_after_an_exchange_that_broke_off() {
    let mut bench = bench(hidden(), "", typed("hidden"));
    let found = bench.fingerprint().unwrap();
    let path = [44, 60, 0].map(|step| step | 1 << 31);
    let shown = bench.device.ethereum_address(&[path.as_slice(), &[0, 0]].concat(), 1, true, &mut Leaving);
    assert!(matches!(shown, Err(DeviceError::CancelledHere { .. })), "{shown:?}");
    assert_eq!(bench.fingerprint().unwrap(), found);
    assert_eq!(bench.person.times_asked(&Prompt::Passphrase), 1);
}

#[test]
fn no_address_of_another_wallet_is_shown_and_the_right_passphrase_is_asked_for() {
    let mut bench = bench(hidden(), "", typed("hidden"));
    let wallet = Spend::of(ScriptKind::P2wpkh, 1).account.wallet();
    let shown = bench.device.show_address(&wallet, false, 0, &mut bench.person);
    assert!(matches!(shown, Err(DeviceError::WrongSeed { .. })), "{shown:?}");
    assert!(!bench.was_sent(MessageType::MessageType_GetAddress));
    bench.person.passphrase = typed("");
    let shown = bench.device.show_address(&wallet, false, 0, &mut bench.person);
    assert_eq!(shown.unwrap(), wallet.address(false, 0).unwrap());
    assert_eq!(bench.person.times_asked(&Prompt::Passphrase), 2);
}

#[test]
fn a_passphrase_means_the_same_wallet_however_its_letters_were_typed() {
    let fingerprint = |passphrase: &str| bench(hidden(), "", typed(passphrase)).fingerprint().unwrap();
    // BIP-39 has NFKD: a letter and its accent, apart; a ligature in its letters.
    assert_eq!(fingerprint("caf\u{e9} \u{fb01}"), fingerprint("cafe\u{301} fi"));
    assert_ne!(fingerprint("caf\u{e9}"), fingerprint("cafe"));
}

#[test]
fn a_passphrase_that_firmware_does_not_take_is_not_sent() {
    for long in ["x".repeat(51), "\u{e9}".repeat(17)] {
        let mut bench = bench(hidden(), "", typed(&long));
        let error = bench.fingerprint().unwrap_err();
        assert!(matches!(error, DeviceError::Unsupported { .. }), "{error}");
        assert!(!bench.was_sent(MessageType::MessageType_PassphraseAck));
        bench.person.passphrase = typed(&"x".repeat(50));
        bench.fingerprint().unwrap();
    }
}

#[test]
fn the_passphrase_may_be_entered_on_the_device_where_it_has_the_means() {
    let options = SimOptions { typed_passphrase: "hidden".to_owned(), ..hidden() };
    let on_device = bench(options.clone(), "", Answer::Continue).fingerprint().unwrap();
    assert_eq!(on_device, bench(hidden(), "", typed("hidden")).fingerprint().unwrap());
    let error = bench(SimOptions { model: SimModel::One, ..options }, "", Answer::Continue).fingerprint().unwrap_err();
    assert!(error.to_string().contains("incapable of passphrase entry on the device"), "{error}");
}

#[test]
fn a_wrong_passphrase_is_found_before_anything_is_signed_and_the_right_one_asked_for() {
    for passphrase in ["mistyped", "Hidden"] {
        let mut bench = bench(hidden(), "", typed(passphrase));
        let error = bench.sign().unwrap_err();
        assert!(matches!(error, DeviceError::WrongSeed { .. }), "{error}");
        assert!(!bench.was_sent(MessageType::MessageType_SignTx));
        assert!(!error.to_string().contains(passphrase) && !format!("{error:?}").contains(passphrase));
        bench.person.passphrase = typed("");
        assert_eq!(bench.sign().unwrap(), 2);
        assert_eq!(bench.person.times_asked(&Prompt::Passphrase), 2);
    }
}

#[test]
fn a_wrong_passphrase_is_found_before_an_ethereum_message_is_signed() {
    let mut bench = bench(hidden(), "", typed("mistyped"));
    let request = message(b"Hello, Vitrine!", &PATH);
    let error = bench.device.sign_ethereum(&request, &mut bench.person).unwrap_err();
    assert!(matches!(error, DeviceError::WrongSeed { .. }), "{error}");
    assert!(!bench.was_sent(MessageType::MessageType_EthereumSignMessage));
    bench.person.passphrase = typed("");
    let returned = bench.device.sign_ethereum(&request, &mut bench.person).unwrap();
    vitrine_ethereum::verify(request.signable(), request.signer().unwrap(), &returned).unwrap();
}

#[test]
fn screens_about_the_passphrase_do_not_move_those_of_the_request() {
    let mut bench = bench(hidden(), "", typed("hidden"));
    bench.fingerprint().unwrap();
    let about = Prompt::ConfirmOnDevice { screen: 0, what: "its passphrase".to_owned() };
    assert_eq!(bench.person.asked, [Prompt::Passphrase, about.clone(), about]);
}

fn answered(kind: MessageType, payload: Vec<u8>) -> (DeviceError, Sent) {
    let sent = Sent::default();
    let link = Scripted { replies: vec![(kind, payload)].into(), sent: sent.clone() };
    let error = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped).identify().unwrap_err();
    (error, sent)
}

/// The packet that firmware with THP sends to whoever speaks the older protocol.
#[test]
fn a_safe_7_is_recognised_by_what_it_answers() {
    let (error, _) = answered(MessageType::MessageType_Failure, vec![0x08, 0x11]);
    assert_eq!(error, DeviceError::NeedsThp);
    assert!(error.to_string().contains("THP"), "{error}");
}

#[test]
fn a_device_that_is_busy_or_locked_says_what_to_do() {
    let failure = |code| {
        let code = Some(protobuf::EnumOrUnknown::from_i32(code));
        protos::Failure { code, ..Default::default() }.write_to_bytes().unwrap()
    };
    let (busy, _) = answered(MessageType::MessageType_Failure, failure(15));
    assert_eq!(busy, DeviceError::Busy { at: "Initialize" });
    assert!(busy.to_string().contains("finish or leave what the device shows"), "{busy}");
    let (locked, _) = answered(MessageType::MessageType_Failure, failure(19));
    assert!(matches!(locked, DeviceError::Locked { .. }), "{locked}");
}
