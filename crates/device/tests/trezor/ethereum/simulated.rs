//! The driver with the simulated Trezor: what a person is shown, what a verifier accepts, and every fault.

use vitrine_device::sim::{Attention, Fault, ScreenLog, SimModel, SimOptions, trezor, trezor_with_screen};
use vitrine_device::{AddressLayout, Answer, DeviceError, DeviceScreen, Prompt, Prompter};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::{CheckedRequest, ReturnedSignature, verify};

use super::request::{
    FIRST, Fee, HARDENED, PATH, PAYEE, SEPOLIA, Transaction, any_chain, every_type, json, message, safe_bundle,
};
use crate::faults::{every_break_is_an_error, every_screen_can_be_refused, no_cut_yields_a_wrong_signature};
use crate::request::Agreeing;

fn with(fault: Fault) -> SimOptions {
    SimOptions { fault: Some(fault), ..SimOptions::default() }
}

/// One request of each kind, all of Sepolia.
fn every_kind() -> Vec<(&'static str, CheckedRequest)> {
    let payment = Transaction::default();
    let data = |bytes: usize| (0..bytes).map(|i| u8::try_from(i % 251).unwrap()).collect::<Vec<_>>();
    let access_list = vec![(Address::repeat_byte(7), vec![[1; 32], [0; 32]]), (Address::repeat_byte(8), vec![])];
    vec![
        ("payment", payment.checked()),
        ("legacy", Transaction { fee: Fee::Legacy(20_000_000_000), ..payment.clone() }.checked()),
        ("data", Transaction { data: data(3000), ..payment.clone() }.checked()),
        ("legacy, data", Transaction { data: data(100), fee: Fee::Legacy(7), ..payment.clone() }.checked()),
        ("one byte", Transaction { data: vec![0], ..payment.clone() }.checked()),
        ("create", Transaction { to: None, data: data(1025), ..payment.clone() }.checked()),
        ("access list", Transaction { access_list, nonce: 0, value: U256::ZERO, ..payment.clone() }.checked()),
        ("message", message(b"I agree.\nTwo lines.", &PATH)),
        ("bytes", message(&[0xff, 0x00, 0x80], &PATH)),
        ("typed data", every_type()),
        ("safe", safe_bundle("1.4.1")),
    ]
}

fn sign(request: &CheckedRequest, options: SimOptions) -> (Result<ReturnedSignature, DeviceError>, ScreenLog) {
    let (mut device, screen) = trezor_with_screen(options);
    let outcome = device.identify().and_then(|_| device.sign_ethereum(request, &mut Agreeing::default()));
    (outcome, screen)
}

fn verifies(request: &CheckedRequest, returned: &ReturnedSignature) -> bool {
    verify(request.signable(), request.signer().unwrap(), returned).is_ok()
}

#[test]
fn every_kind_of_request_is_signed_and_every_signature_verifies() {
    for (name, request) in every_kind() {
        let returned = sign(&request, SimOptions::default()).0.unwrap_or_else(|error| panic!("{name}: {error}"));
        let verified = verify(request.signable(), request.signer().unwrap(), &returned);
        let verified = verified.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.signer().to_string(), FIRST, "{name}");
        let is_transaction = matches!(request.payload(), vitrine_ethereum::Payload::Transaction(_));
        assert_eq!(verified.transaction().is_some(), is_transaction, "{name}");
    }
}

fn foretold(request: &CheckedRequest, options: SimOptions) -> Vec<DeviceScreen> {
    let (mut device, screen) = trezor_with_screen(options);
    device.identify().unwrap();
    let foretold = device.predicted_ethereum_screens(request);
    let returned = device.sign_ethereum(request, &mut Agreeing::default()).unwrap();
    assert!(verifies(request, &returned));
    assert_eq!(screen.shown(), foretold);
    assert!(!foretold.is_empty());
    foretold
}

#[test]
fn the_device_shows_nothing_that_was_not_foretold() {
    for layout in [AddressLayout::Grouped, AddressLayout::Plain] {
        for (_, request) in every_kind() {
            foretold(&request, SimOptions { layout, ..SimOptions::default() });
        }
    }
}

/// The first model, for every chain: of typed data it takes hashes, which name none.
fn first_model(fault: Option<Fault>) -> SimOptions {
    SimOptions { model: SimModel::One, fault, ..any_chain() }
}

#[test]
fn the_first_model_signs_every_kind_and_shows_nothing_that_was_not_foretold() {
    for (_, request) in every_kind() {
        foretold(&request, first_model(None));
    }
    let long = "It is a long message that needs more than one page of the small screen, twice over.".repeat(2);
    for text in [long.as_bytes(), b"", &[0x80; 70]] {
        foretold(&message(text, &PATH), first_model(None));
    }
    let small = Transaction { value: U256::from(999), fee: Fee::Legacy(1), ..Transaction::default() };
    assert_eq!(foretold(&small.checked(), first_model(None))[0].lines[..2], ["999", "Wei to 0x8eA7a3fcc"]);
    let amounts = [U256::from(1), U256::from(1_500_000), U256::MAX];
    for (chain_id, amount) in [1, SEPOLIA, 31_337].into_iter().zip(amounts) {
        for fee in [Fee::Legacy(20_000_000_000), Fee::Dynamic(1, 2)] {
            let mut transfer = super::request::hex(TRANSFER);
            transfer.extend([0; 12]);
            transfer.extend(super::request::hex(PAYEE));
            transfer.extend(amount.to_be_bytes::<32>());
            let to = Some(USDC.parse().unwrap());
            for value in [U256::ZERO, U256::from(7)] {
                let data = transfer.clone();
                let request = Transaction { chain_id, fee, to, data, value, ..Transaction::default() }.checked();
                foretold(&request, first_model(None));
            }
        }
    }
}

#[test]
fn the_first_model_fails_as_the_others_do() {
    for (name, request) in short() {
        let screens = sign(&request, first_model(None)).1.shown().len();
        let faulty = |fault| sign(&request, first_model(Some(fault))).0;
        every_screen_can_be_refused(name, screens, faulty);
        assert!(every_break_is_an_error(name, faulty) > screens, "{name}");
        for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::StaleSignature, Fault::HighS] {
            let returned = sign(&request, first_model(Some(fault))).0.unwrap();
            assert!(!verifies(&request, &returned), "{name} {fault:?}");
        }
        assert!(matches!(sign(&request, first_model(Some(Fault::WrongSeed))).0, Err(DeviceError::WrongSeed { .. })));
    }
}

fn token(chain_id: u64, contract: &str, function: &str, to: &str, amount: U256) -> CheckedRequest {
    let mut data = super::request::hex(function);
    data.extend([0; 12]);
    data.extend(super::request::hex(to));
    data.extend(amount.to_be_bytes::<32>());
    let to = Some(contract.parse().unwrap());
    Transaction { chain_id, to, data, value: U256::ZERO, ..Transaction::default() }.checked()
}

const USDC: &str = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const LIFI: &str = "0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE";
const TRANSFER: &str = "a9059cbb";
const APPROVE: &str = "095ea7b3";

#[test]
fn tokens_are_foretold_as_the_firmware_knows_them() {
    let million = U256::from(1_000_000_000_000_u64);
    let half = U256::from(1) << 255;
    let mut steps = Vec::new();
    for chain_id in [1, SEPOLIA, 31_337] {
        for (function, amount) in
            [(TRANSFER, million), (APPROVE, million), (APPROVE, U256::ZERO), (APPROVE, U256::MAX), (APPROVE, half)]
        {
            for payee in [PAYEE, LIFI] {
                let request = token(chain_id, USDC, function, payee, amount);
                steps.push(foretold(&request, any_chain()).len());
            }
        }
    }
    assert_eq!(steps.len(), 30);
    let shown = foretold(&token(1, USDC, TRANSFER, PAYEE, million), any_chain());
    assert_eq!(shown[1].lines[..2], ["Amount", "1,000,000 USDC"]);
    let shown = foretold(&token(31_337, USDC, TRANSFER, PAYEE, million), any_chain());
    assert_eq!(shown[0].lines, ["Unknown contract address. Continue only if you know what you are doing!"]);
    assert_eq!(shown[1].lines.concat().replace(' ', ""), USDC);
    assert_eq!(shown[3].lines[..2], ["Amount", "1,000,000,000,000 Wei UNKN"]);
    assert_eq!(shown[3].lines[3], "0.002 UNKN");
    let shown = foretold(&token(31_337, USDC, APPROVE, LIFI, U256::MAX), any_chain());
    let text: Vec<_> = shown.iter().map(|screen| (screen.title.as_str(), screen.lines.join("|"))).collect();
    assert_eq!(text[2], ("Approve to", "LiFI Diamond".to_owned()));
    assert_eq!(text[3], ("Important", "Approving unlimited amount of Wei UNKN|Continue anyway?".to_owned()));
    assert_eq!(text[5], ("Chain ID", "31337 (0x7a69)".to_owned()));
}

#[test]
fn data_that_only_looks_like_a_transfer_is_shown_as_data() {
    let honest = token(1, USDC, TRANSFER, PAYEE, U256::from(1));
    assert!(!foretold(&honest, any_chain()).iter().any(|screen| screen.title == "Input data"));
    let mut data = super::request::hex(TRANSFER);
    data.extend([0xff; 64]);
    let to = Some(USDC.parse().unwrap());
    let dirty = Transaction { chain_id: 1, to, data, ..Transaction::default() }.checked();
    assert_eq!(foretold(&dirty, any_chain())[0].title, "Input data");
}

#[test]
fn the_screens_show_every_character_of_address_amount_and_fee() {
    let shown = foretold(&Transaction::default().checked(), SimOptions::default());
    let lines: Vec<_> = shown.iter().map(|screen| (screen.title.as_str(), screen.lines.join("|"))).collect();
    assert_eq!(
        lines,
        [
            ("Address: Recipient", "0x8e A7a3 fccC 211E|D48b 763b 4164 884D|Dbcf 3b0A 98".replace("Dbcf", "DbcF")),
            ("Summary", "Amount|1 tSEP|Maximum fee|0.002 tSEP".to_owned()),
            ("Fee info", "Gas limit|100000 units|Max fee per gas|20 Gwei|Max priority fee|1 Gwei".to_owned()),
            ("Sign transaction", "Hold to sign".to_owned()),
        ]
    );
}

#[test]
fn typed_data_is_shown_member_by_member() {
    let shown = foretold(&every_type(), SimOptions::default());
    let find = |step: &str| {
        let found = shown.iter().find(|screen| screen.step == step).unwrap_or_else(|| panic!("{step}"));
        (found.title.as_str(), found.lines.join("|"))
    };
    assert_eq!(find("Domain, name and version"), ("Confirm domain", "Name and version|Every type|1".to_owned()));
    assert_eq!(find("EIP712Domain.chainId"), ("EIP712Domain", "chainId (uint256)|11155111".to_owned()));
    assert_eq!(find("Order.maker, its members"), ("Order.maker", "Person|Contains 2 keys|name, wallets".to_owned()));
    assert_eq!(find("Order.takers, its items"), ("Order.takers", "Array of 2 Persons".to_owned()));
    assert_eq!(find("Order.nobody, its items"), ("Order.nobody", "Array of 0 Persons".to_owned()));
    assert_eq!(find("Order.numbers[0]"), ("Order.numbers", "[0] (int8)|-1".to_owned()));
    let lowest = "-57896044618658097711785492504343953926634992332820282019728792003956564819968";
    assert_eq!(find("Order.lowest"), ("Order", format!("lowest (int256)|{lowest}")));
    assert_eq!(find("Order.text").1, "text (string)|two|lines, caf\\u{e9}");
    assert_eq!(find("Order.flags[1]").1, "[1] (bool)|true");
    let hash = shown.iter().find(|screen| screen.title == "Confirm message hash").unwrap();
    let vitrine_ethereum::Payload::TypedData(data) = every_type().payload().clone() else { panic!("typed data") };
    assert_eq!(hash.lines, [data.message_hash().to_string()]);
}

#[test]
fn a_safe_bundle_is_signed_as_its_typed_data_for_every_version() {
    for version in ["1.0.0", "1.1.1", "1.2.0", "1.3.0", "1.4.1", "1.5.0"] {
        let request = safe_bundle(version);
        let shown = foretold(&request, any_chain());
        let names_chain = shown.iter().any(|screen| screen.step == "EIP712Domain.chainId");
        assert_eq!(names_chain, version >= "1.3.0", "{version}");
        let hash = request.safe().unwrap().hashes.message.to_string();
        assert!(shown.iter().any(|screen| screen.lines == [hash.clone()]), "{version}");
    }
}

#[test]
fn a_signature_that_would_hold_on_every_chain_is_not_given_by_a_simulated_device() {
    for request in [safe_bundle("1.1.1"), Transaction { chain_id: 1, ..Transaction::default() }.checked()] {
        let error = sign(&request, SimOptions::default()).0.unwrap_err();
        assert!(error.to_string().contains("test networks only"), "{error}");
    }
    for chain_id in [1337, 17_000, 31_337, 560_048, SEPOLIA] {
        let request = Transaction { chain_id, ..Transaction::default() }.checked();
        assert!(sign(&request, SimOptions::default()).0.is_ok(), "{chain_id}");
    }
}

#[test]
fn somebody_in_a_hurry_sees_less_and_signs_the_same() {
    for (name, request) in every_kind() {
        let (hurried, screen) = sign(&request, SimOptions { attention: Attention::Hurried, ..SimOptions::default() });
        let (looking, whole) = sign(&request, SimOptions::default());
        assert_eq!(hurried.unwrap(), looking.unwrap(), "{name}");
        let (few, all) = (screen.shown(), whole.shown());
        assert!(few.len() <= all.len() && few.iter().all(|screen| all.contains(screen)), "{name}");
    }
}

#[test]
fn a_person_who_refuses_at_any_screen_leaves_no_signature() {
    for (name, request) in every_kind() {
        let screens = sign(&request, SimOptions::default()).1.shown().len();
        for at_screen in 0..screens {
            let (outcome, screen) = sign(&request, with(Fault::Refuses { at_screen }));
            let error = outcome.unwrap_err();
            assert!(matches!(error, DeviceError::RefusedOnDevice { .. }), "{name} {at_screen}: {error}");
            assert!(error.to_string().contains("nothing was signed"), "{error}");
            assert_eq!(screen.shown().len(), at_screen + 1, "{name}");
        }
    }
}

/// Requests of few messages, one of each kind of dialogue.
fn short() -> Vec<(&'static str, CheckedRequest)> {
    let kept = ["payment", "legacy, data", "create", "message", "safe"];
    every_kind().into_iter().filter(|(name, _)| kept.contains(name)).collect()
}

#[test]
fn a_cable_pulled_at_any_message_is_an_error_and_never_a_hang() {
    for (name, request) in short() {
        let replies = every_break_is_an_error(name, |fault| sign(&request, with(fault)).0);
        assert!(replies >= 5, "{name}: {replies}");
    }
}

#[test]
fn a_reply_cut_short_at_any_message_never_yields_a_wrong_signature() {
    for (name, request) in short() {
        let verifies = |returned: &ReturnedSignature| verifies(&request, returned);
        no_cut_yields_a_wrong_signature(name, |fault| sign(&request, with(fault)).0, verifies);
    }
}

#[test]
fn a_device_of_another_seed_is_noticed_before_it_shows_anything() {
    for (name, request) in every_kind() {
        let (outcome, screen) = sign(&request, with(Fault::WrongSeed));
        let Err(DeviceError::WrongSeed { path, expected, found }) = outcome else { panic!("{name}") };
        assert_eq!((path.as_str(), expected.as_str()), ("m/44'/60'/0'/0/0", FIRST), "{name}");
        assert_ne!(found, expected);
        assert!(screen.shown().is_empty(), "{name}");
    }
}

#[test]
fn a_locked_device_says_what_to_do() {
    let error = sign(&every_type(), with(Fault::Locked)).0.unwrap_err();
    assert_eq!(error, DeviceError::Locked { at: "EthereumGetAddress" });
}

#[test]
fn a_device_that_signs_something_else_is_caught_by_the_verifier() {
    for (name, request) in every_kind() {
        let shown = sign(&request, SimOptions::default()).1.shown();
        for fault in [Fault::WrongKey, Fault::ChangesOutput, Fault::StaleSignature, Fault::HighS] {
            let (returned, screen) = sign(&request, with(fault));
            assert_eq!(screen.shown(), shown, "{name}: the screen showed the right thing");
            let returned = returned.unwrap_or_else(|error| panic!("{name} {fault:?}: {error}"));
            assert!(!verifies(&request, &returned), "{name} {fault:?}");
        }
    }
}

#[test]
fn a_device_that_breaks_the_protocol_is_not_to_be_used_again() {
    for (name, request) in every_kind() {
        let is_message = matches!(name, "message" | "bytes");
        let asks = [Fault::AsksBeyond, Fault::AsksForever];
        let faults = asks.into_iter().filter(|_| !is_message).chain([Fault::SkipsSignature]);
        for fault in faults {
            let error = sign(&request, with(fault)).0.expect_err(name);
            assert!(error.is_breach(), "{name} {fault:?}: {error}");
            assert!(error.to_string().contains("inspected"), "{error}");
        }
        let asks_host = ["data", "create", "typed data", "safe"].contains(&name);
        for fault in [Fault::AsksForeign, Fault::AsksPaymentRequest].into_iter().filter(|_| asks_host) {
            let error = sign(&request, with(fault)).0.expect_err(name);
            assert!(error.is_breach(), "{name} {fault:?}: {error}");
        }
    }
    let data = Transaction { data: vec![1; 2000], ..Transaction::default() }.checked();
    let error = sign(&data, with(Fault::SignsTwice)).0.unwrap_err();
    assert!(error.to_string().contains("before all data was asked for"), "{error}");
}

#[test]
fn other_nonces_give_other_signatures_that_all_verify() {
    for (name, request) in every_kind() {
        let mut device = trezor(with(Fault::OtherNonce));
        let mut once = || device.sign_ethereum(&request, &mut Agreeing::default()).unwrap();
        let (first, again) = (once(), once());
        assert!(verifies(&request, &first) && verifies(&request, &again), "{name}");
        assert_ne!(first, again, "{name}");
        let honest = |_| sign(&request, SimOptions::default()).0.unwrap();
        assert_eq!(honest(0), honest(1), "{name}");
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
    for (name, request) in short() {
        for question in 0..2 {
            let mut device = trezor(SimOptions::default());
            device.identify().unwrap();
            let error = device.sign_ethereum(&request, &mut Leaving(question)).unwrap_err();
            assert!(matches!(error, DeviceError::CancelledHere { .. }), "{name}: {error}");
            let returned = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap();
            assert!(verifies(&request, &returned), "{name}");
        }
    }
}

#[test]
fn the_address_on_the_device_is_the_accounts() {
    for layout in [AddressLayout::Grouped, AddressLayout::Plain] {
        let (mut device, screen) = trezor_with_screen(SimOptions { layout, ..SimOptions::default() });
        let address = device.ethereum_address(&PATH, SEPOLIA, true, &mut Agreeing::default()).unwrap();
        assert_eq!(address.to_string(), FIRST);
        assert_eq!(screen.shown()[0].lines.concat().replace(' ', ""), FIRST);
    }
    let (mut device, screen) = trezor_with_screen(SimOptions::default());
    device.ethereum_address(&PATH, SEPOLIA, false, &mut Agreeing::default()).unwrap();
    assert!(screen.shown().is_empty());
}

#[test]
fn a_path_that_the_firmware_refuses_is_foretold_as_nothing() {
    let path = [44 | HARDENED, 60 | HARDENED, HARDENED, 2, 0];
    let mut device = trezor(SimOptions::default());
    let error = device.ethereum_address(&path, SEPOLIA, false, &mut Agreeing::default()).unwrap_err();
    assert!(error.to_string().contains("Forbidden key path"), "{error}");
    let coin_of_bitcoin = [44 | HARDENED, HARDENED, HARDENED, 0, 0];
    assert!(device.ethereum_address(&coin_of_bitcoin, 1, false, &mut Agreeing::default()).is_err());
}

#[test]
fn arrays_of_arrays_are_refused_before_the_device_is_asked() {
    let text = r#"{"types": {"EIP712Domain": [{"name": "chainId", "type": "uint256"}],
        "Grid": [{"name": "cells", "type": "uint8[][]"}]}, "primaryType": "Grid",
        "domain": {"chainId": 11155111}, "message": {"cells": [[1], [2, 3]]}}"#;
    let (outcome, screen) = sign(&json(text, SEPOLIA), SimOptions::default());
    let error = outcome.unwrap_err();
    assert!(matches!(error, DeviceError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("arrays of arrays"), "{error}");
    assert!(screen.shown().is_empty());
}
