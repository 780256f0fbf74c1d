//! The driver against the simulated device: every kind of request, and everything that can go wrong.

use std::sync::{Arc, Mutex};

use vitrine_device::sim::{Fault, LedgerOptions, NetworkGuard, ScreenLog, SimApp, SimulatedLedger, ledger_with_screen};
use vitrine_device::{
    Answer, ApduExchange, Control, Device, DeviceError, Ledger, LedgerScreen, LinkError, Prompt, Prompter,
    TypedDataForm,
};
use vitrine_ethereum::alloy_primitives::{Address, U256, address, hex};
use vitrine_ethereum::{CheckedRequest, RequestForm, Verified, verify};

use crate::request::{self, ACCOUNT, Fields, MAIL, PATH, SEPOLIA, checked, message, token_call, typed_data};

/// Agrees to everything, and notes what it was asked.
#[derive(Default)]
pub struct Agreeing(pub Vec<Prompt>);

impl Prompter for Agreeing {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        self.0.push(prompt);
        Answer::Continue
    }
}

struct Refusing;

impl Prompter for Refusing {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Cancel
    }
}

fn device(fault: Option<Fault>) -> (Box<dyn Device>, ScreenLog) {
    let (network_guard, app) = (NetworkGuard::AnyForTests, SimApp::Ethereum);
    ledger_with_screen(LedgerOptions { fault, network_guard, app, ..LedgerOptions::default() })
}

fn verified(request: &CheckedRequest, device: &mut dyn Device) -> Result<Verified, String> {
    let returned = device.sign_ethereum(request, &mut Agreeing::default()).map_err(|error| error.to_string())?;
    verify(request.signable(), ACCOUNT, &returned).map_err(|error| error.to_string())
}

fn test_chain() -> Fields {
    Fields { chain_id: SEPOLIA, ..Fields::default() }
}

const USDC: Address = address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");

/// Every kind of request that the app takes.
pub fn requests() -> Vec<(&'static str, CheckedRequest)> {
    let payment = test_chain();
    let on = |bytes: Vec<u8>| checked(&bytes, RequestForm::Transaction, SEPOLIA);
    let transfer = token_call("a9059cbb", Address::repeat_byte(0x44), U256::from(123_456));
    let token = Fields { to: Some(USDC), value_wei: U256::ZERO, data: transfer.clone(), ..Fields::default() };
    let with_more = Fields { data: [transfer.clone(), vec![0xfe; 40]].concat(), ..token.clone() };
    let unknown = Fields { value_wei: U256::ZERO, data: transfer, ..test_chain() };
    let long_message: Vec<u8> = b"all work and no play\n".iter().copied().cycle().take(3_000).collect();
    let listed = Fields { access_list: request::access_entry(), ..test_chain() };
    vec![
        ("legacy", on(payment.legacy())),
        ("access list", on(listed.with_access_list())),
        ("dynamic fee", payment.checked()),
        ("dynamic fee with an access list", listed.checked()),
        ("set code", on(payment.set_code())),
        ("calldata", Fields { data: vec![0xab; 600], ..test_chain() }.checked()),
        ("few bytes of calldata", Fields { data: vec![1, 2, 3], ..test_chain() }.checked()),
        ("creation", Fields { to: None, data: vec![0x60; 3_000], ..test_chain() }.checked()),
        ("known token", token.checked()),
        ("known token, more data", with_more.checked()),
        ("unknown token", unknown.checked()),
        ("message", message(b"hello ledger")),
        ("empty message", message(b"")),
        ("bytes", message(&[0xff; 300])),
        ("long message", message(&long_message)),
        ("typed data", typed_data(MAIL)),
        ("typed data with long values", typed_data(&long_typed_data())),
        ("permit", request::permit(USDC, 1)),
        ("limit order", request::limit_order()),
        ("Safe 1.1.1", request::safe_bundle("1.1.1")),
        ("Safe 1.4.1", request::safe_bundle("1.4.1")),
    ]
}

fn long_typed_data() -> String {
    let long =
        |contents: &str| MAIL.replace("Hello, Bob!", contents).replace("0x00ff", &format!("0x{}", "5a".repeat(700)));
    long(&"x".repeat(510))
}

#[test]
fn every_kind_of_request_is_signed_and_shown_as_foretold() {
    for (name, request) in requests() {
        for screen in [LedgerScreen::Nano, LedgerScreen::Touch] {
            let options =
                LedgerOptions { screen, network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
            let (mut device, log) = ledger_with_screen(options);
            let verified = verified(&request, device.as_mut()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(verified.hash(), request.signable().hash(), "{name}");
            assert_eq!(log.shown(), device.predicted_ethereum_screens(&request), "{name}, {screen:?}");
            assert!(!log.shown().is_empty(), "{name}");
        }
    }
}

#[test]
fn typed_data_by_its_hashes_is_signed_and_shown_as_foretold() {
    let request = typed_data(MAIL);
    let options = LedgerOptions { network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
    let simulated = SimulatedLedger::new(options);
    let log = simulated.screen();
    let device = Ledger::new(Box::new(simulated), Control::default(), LedgerScreen::Nano);
    let mut device = device.with_typed_data(TypedDataForm::Hashes);
    assert!(verified(&request, &mut device).is_ok());
    assert_eq!(log.shown(), device.predicted_ethereum_screens(&request));
    assert!(log.shown().iter().any(|screen| screen.title == "Domain hash"));
}

/// Older apps took a packet that ended with the calldata for a whole transaction, and signed it without chain: valid on
/// every chain.
#[test]
fn no_length_of_calldata_makes_an_older_app_sign_without_chain() {
    let old =
        LedgerOptions { legacy_parser: true, network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
    for chain_id in [1, 300, SEPOLIA, 11_297_108_109] {
        for length in (150..240).chain(420..440) {
            let fields = Fields { chain_id, data: vec![0xab; length], ..Fields::default() };
            let request = checked(&fields.legacy(), RequestForm::Transaction, chain_id);
            let (mut device, _) = ledger_with_screen(old.clone());
            verified(&request, device.as_mut()).unwrap_or_else(|error| panic!("{chain_id}, {length} bytes: {error}"));
        }
    }
}

/// Cut as a program does that knows nothing of it, one of these lengths is signed without chain.
#[test]
fn the_simulated_older_app_has_the_trap_at_all() {
    let trapped = (150..240).filter(|length| {
        let fields = Fields { data: vec![0xab; *length], ..Fields::default() };
        let path: Vec<u8> = PATH.iter().flat_map(|step| step.to_be_bytes()).collect();
        let bytes = [vec![5], path, fields.legacy()].concat();
        let options =
            LedgerOptions { legacy_parser: true, network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
        let mut device = SimulatedLedger::new(options);
        let Some((first, rest)) = bytes.split_at_checked(255) else { return false };
        let mut reply = device.exchange(&[vec![0xe0, 4, 0, 0, 255], first.to_vec()].concat()).unwrap();
        if reply.len() == 2 && reply == [0x90, 0x00] {
            let more = [vec![0xe0, 4, 0x80, 0, u8::try_from(rest.len()).unwrap()], rest.to_vec()].concat();
            reply = device.exchange(&more).unwrap();
        }
        matches!(reply[0], 27 | 28) && reply.len() == 67
    });
    assert_eq!(trapped.count(), 1);
}

/// A link that counts the commands that went over it.
struct Counting(SimulatedLedger, Arc<Mutex<usize>>);

impl ApduExchange for Counting {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        *self.1.lock().unwrap() += 1;
        self.0.exchange(apdu)
    }
}

fn commands_for(request: &CheckedRequest) -> usize {
    let count = Arc::new(Mutex::new(0));
    let options = LedgerOptions { network_guard: NetworkGuard::AnyForTests, ..LedgerOptions::default() };
    let link = Counting(SimulatedLedger::new(options), count.clone());
    let mut device = Ledger::new(Box::new(link), Control::default(), LedgerScreen::Nano);
    verified(request, &mut device).unwrap();
    *count.lock().unwrap()
}

#[test]
fn whatever_happens_to_any_answer_ends_in_words_and_the_next_request_is_signed() {
    let chosen = ["dynamic fee", "calldata", "known token", "long message", "typed data"];
    for (name, request) in requests().iter().filter(|(name, _)| chosen.contains(name)) {
        let commands = commands_for(request);
        for at_message in 0..commands {
            for fault in [
                Fault::Silence { at_message },
                Fault::Truncated { at_message },
                Fault::Oversized { at_message },
                Fault::WrongMessage { at_message },
            ] {
                let (mut device, _) = device(Some(fault));
                let error = verified(request, device.as_mut()).err();
                assert!(error.as_ref().is_some_and(|error| error.len() > 30), "{name}: {fault:?}: {error:?}");
                let next = verified(request, device.as_mut());
                assert!(next.is_ok(), "{name}: after {fault:?}: {next:?}");
            }
            let (mut device, _) = device(Some(Fault::Unplugged { at_message }));
            let error = device.sign_ethereum(request, &mut Agreeing::default()).unwrap_err();
            assert!(matches!(error, DeviceError::Unplugged { .. }), "{name}: {error}");
            assert!(device.sign_ethereum(request, &mut Agreeing::default()).is_err(), "{name}");
        }
    }
}

#[test]
fn a_person_may_refuse_at_every_screen() {
    for (name, request) in requests() {
        let screens = device(None).0.predicted_ethereum_screens(&request).len();
        for at_screen in 0..screens {
            let (mut device, log) = device(Some(Fault::Refuses { at_screen }));
            let error = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
            assert!(error.is_refusal(), "{name}: {error}");
            assert_eq!(log.shown().len(), at_screen + 1, "{name}");
            assert!(verified(&request, device.as_mut()).is_ok(), "{name}: after a refusal at {at_screen}");
        }
    }
}

#[test]
fn a_person_may_cancel_here_before_the_device_shows_anything() {
    for (name, request) in requests() {
        let (mut device, log) = device(None);
        let error = device.sign_ethereum(&request, &mut Refusing).unwrap_err();
        assert!(matches!(error, DeviceError::CancelledHere { .. }), "{name}: {error}");
        assert!(log.shown().is_empty(), "{name}");
        assert!(verified(&request, device.as_mut()).is_ok(), "{name}: after a cancel");
    }
}

#[test]
fn a_dishonest_device_is_caught_by_the_verifier() {
    let chosen = ["legacy", "dynamic fee", "known token", "message", "typed data"];
    for (name, request) in requests().iter().filter(|(name, _)| chosen.contains(name)) {
        for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::HighS, Fault::StaleSignature] {
            let (mut device, log) = device(Some(fault));
            let returned = device.sign_ethereum(request, &mut Agreeing::default()).unwrap();
            assert!(verify(request.signable(), ACCOUNT, &returned).is_err(), "{name}: {fault:?}");
            assert_eq!(log.shown(), device.predicted_ethereum_screens(request), "{name}: the screen lies too");
        }
        let (mut device, _) = device(Some(Fault::OtherNonce));
        let signed = [(); 2].map(|()| verified(request, device.as_mut()).unwrap());
        assert_ne!(signed[0].signature(), signed[1].signature(), "{name}");
    }
}

#[test]
fn the_wrong_device_or_app_is_known_before_anything_is_shown() {
    let request = test_chain().checked();
    let failed = |fault| {
        let (mut device, log) = device(Some(fault));
        let error = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
        assert!(log.shown().is_empty(), "{error}");
        error
    };
    let error = failed(Fault::WrongSeed);
    assert!(matches!(&error, DeviceError::WrongSeed { path, .. } if path == "m/44'/60'/0'/0/0"), "{error}");
    let error = failed(Fault::WrongApp);
    assert!(
        error.to_string().contains("“BOLOS” open") && error.to_string().contains("open the app Ethereum"),
        "{error}"
    );
    let error = failed(Fault::Locked);
    assert!(matches!(error, DeviceError::Locked { .. }), "{error}");
}

#[test]
fn without_blind_signing_only_what_the_app_explains_is_asked_for() {
    let explained = [
        "legacy",
        "access list",
        "dynamic fee",
        "dynamic fee with an access list",
        "set code",
        "known token",
        "known token, more data",
        "message",
        "empty message",
        "bytes",
        "long message",
        "permit",
        "limit order",
    ];
    for (name, request) in requests() {
        let options = LedgerOptions {
            blind_signing: false,
            network_guard: NetworkGuard::AnyForTests,
            ..LedgerOptions::default()
        };
        let (mut device, log) = ledger_with_screen(options);
        match device.sign_ethereum(&request, &mut Agreeing::default()) {
            Ok(_) => assert!(explained.contains(&name), "{name}"),
            Err(error) => {
                assert!(!explained.contains(&name), "{name}: {error}");
                assert!(error.to_string().contains("App settings, Blind signing, Enabled"), "{name}: {error}");
                assert!(log.shown().is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn what_the_app_does_not_take_is_refused_in_words() {
    let refused = |request: &CheckedRequest, words: &str| {
        let (mut device, log) = device(None);
        let error = device.sign_ethereum(request, &mut Agreeing::default()).unwrap_err();
        assert!(matches!(error, DeviceError::Unsupported { .. }) && error.to_string().contains(words), "{error}");
        assert!(log.shown().is_empty());
    };
    refused(&checked(&test_chain().blob(), RequestForm::Transaction, SEPOLIA), "type 3");
    let data = token_call("a9059cbb", Address::repeat_byte(0x44), U256::from(5));
    refused(&Fields { data, ..test_chain() }.checked(), "also sends coins");
    refused(&message(&[b'a'; 32_767]), "32767 bytes");
    let many = MAIL.replace(r#""none":[]"#, &format!(r#""none":[{}]"#, [r#"{"name":"","wallets":[]}"#; 256].join(",")));
    refused(&typed_data(&many), "256 items");
}

#[test]
fn a_simulated_device_never_works_for_coins_of_value() {
    let (mut device, _) = ledger_with_screen(LedgerOptions::default());
    assert!(device.sign_ethereum(&Fields::default().checked(), &mut Agreeing::default()).is_err());
    let on_every_chain = request::safe_bundle("1.1.1");
    assert!(device.sign_ethereum(&on_every_chain, &mut Agreeing::default()).is_err());
    for request in [test_chain().checked(), request::safe_bundle("1.3.0"), message(b"hello")] {
        assert!(verified(&request, device.as_mut()).is_ok());
    }
}

#[test]
fn a_device_shows_its_own_address_and_says_who_it_is() {
    let (mut device, log) = device(None);
    let mut person = Agreeing::default();
    assert_eq!(device.ethereum_address(&PATH, 1, false, &mut person), Ok(ACCOUNT));
    assert!(log.shown().is_empty() && person.0.is_empty());
    assert_eq!(device.ethereum_address(&PATH, SEPOLIA, true, &mut person), Ok(ACCOUNT));
    assert_eq!(log.shown()[0].title, "Verify Sepolia address");
    assert_eq!(log.shown()[1].lines, [ACCOUNT.to_checksum(None)]);
    let identity = device.identify().unwrap();
    assert_eq!((identity.vendor, identity.app.as_deref()), ("Ledger", Some("Ethereum 1.22.0")));
}

#[test]
fn a_token_whose_descriptor_was_altered_is_not_believed() {
    let mut simulated = SimulatedLedger::new(LedgerOptions::default());
    let interfaces = vitrine_ethereum::interface::Interfaces::built_in();
    let mut descriptor = interfaces.ledger_token_descriptor(1, USDC).unwrap();
    let mut send = |descriptor: &[u8]| {
        let length = u8::try_from(descriptor.len()).unwrap();
        simulated.exchange(&[&[0xe0, 0x0a, 0, 0, length], descriptor].concat()).unwrap()
    };
    assert_eq!(hex::encode(send(&descriptor)), "009000");
    descriptor[1] ^= 1;
    assert_eq!(hex::encode(send(&descriptor)), "6a80");
}
