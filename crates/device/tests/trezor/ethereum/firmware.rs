//! Our driver and our simulator against exchanges recorded with the vendor's firmware.

use protobuf::{Enum, Message};
use trezor_client::protos::{self, MessageType};
use vitrine_device::sim::{Attention, SimModel, SimOptions};
use vitrine_device::{AddressLayout, Control, Device, DeviceScreen, Trezor};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::{CheckedRequest, verify};

use super::request::{FIRST, Fee, PATH, PAYEE, Transaction, any_chain, json, message};
use crate::recording::{Exchange, Replay, answers_as, exchange, transcript};
use crate::request::Agreeing;

const ONE: &str = "trezor-ethereum-one-1.14.1.txt";
const SAFE_3: &str = "trezor-ethereum-safe3-2.11.1.txt";
const SAFE_5: &str = "trezor-ethereum-safe5-2.11.1.txt";

/// The recorded requests, as somebody would have reviewed them.
fn recorded(name: &str) -> CheckedRequest {
    let payment = Transaction { chain_id: 1, ..Transaction::default() };
    match name {
        "sign type 2" => payment.checked(),
        "sign type 2: 3000 bytes of data" => Transaction { data: vec![0xab; 3000], ..payment }.checked(),
        "sign type 0" => {
            let (fee, value) = (Fee::Legacy(20_000_000_000), U256::from(1));
            Transaction { fee, gas_limit: 21_000, value, ..payment }.checked()
        }
        "message" => message(b"hello", &PATH),
        "typed data" => json(MAIL, 1),
        _ => panic!("{name}"),
    }
}

const MAIL: &str = r#"{
  "types": {
    "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"},
      {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}],
    "Person": [{"name": "name", "type": "string"}, {"name": "wallets", "type": "address[]"}],
    "Mail": [{"name": "from", "type": "Person"}, {"name": "to", "type": "Person"},
      {"name": "contents", "type": "string"}]
  },
  "primaryType": "Mail",
  "domain": {"name": "Simple Mail", "version": "1", "chainId": 1,
    "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
  "message": {
    "from": {"name": "Cow", "wallets": ["0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
      "0xDeaDbeefdEAdbeefdEadbEEFdeadbeEFdEaDbeeF"]},
    "to": {"name": "Bob", "wallets": ["0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
      "0xB0BdaBea57B0BDABeA57b0bdABEA57b0BDabEa57", "0xB0B0b0b0b0b0B000000000000000000000000000"]},
    "contents": "Hello, Bob!"
  }
}"#;

/// Signs the recorded request anew: every message of ours must be the recorded one, byte for byte. Returns how often the
/// person was asked, and how many screens were foretold.
fn driver_repeats(file: &str, name: &str) -> (usize, usize) {
    let request = recorded(name);
    let parts = ["identify", "address", name].map(|name| exchange(file, name));
    let (replay, played) = Replay::new(&parts);
    let length = replay.len();
    let device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
    let mut device = device.without_message_hash();
    device.identify().unwrap();
    let mut person = Agreeing::default();
    let returned = device.sign_ethereum(&request, &mut person).unwrap_or_else(|e| panic!("{file}: {name}: {e}"));
    assert_eq!(*played.lock().unwrap(), length, "{file}: {name}: the device would have said more");
    let signer = request.signer().unwrap();
    assert_eq!(signer.to_string(), FIRST);
    verify(request.signable(), signer, &returned).unwrap_or_else(|e| panic!("{file}: {name}: {e}"));
    (person.0.len(), device.predicted_ethereum_screens(&request).len())
}

const REQUESTS: [&str; 4] = ["sign type 2", "sign type 2: 3000 bytes of data", "sign type 0", "message"];

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_safe_5() {
    for name in REQUESTS {
        let (asked, foretold) = driver_repeats(SAFE_5, name);
        // The last question covers the summary, its menu and the page with “Hold to sign”; that of a message two pages.
        let covered_by_last = if name == "message" { 1 } else { 2 };
        assert_eq!(asked + covered_by_last, foretold, "{name}");
    }
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_safe_3() {
    for name in REQUESTS.into_iter().chain(["typed data"]) {
        let (asked, foretold) = driver_repeats(SAFE_3, name);
        match name {
            "sign type 2" | "sign type 0" => assert_eq!(asked + 1, foretold, "{name}"),
            "message" => assert_eq!(asked, foretold),
            // At the recording nobody asked for more: foretold is what is seen by somebody who does.
            _ => assert!(asked < foretold, "{name}: {asked} {foretold}"),
        }
    }
}

#[test]
fn a_driver_that_only_pleases_our_own_simulator_is_found_out_by_the_first_model() {
    for name in REQUESTS {
        let (asked, foretold) = driver_repeats(ONE, name);
        assert_eq!(asked, foretold, "{name}");
    }
}

#[test]
fn the_first_model_was_given_hashes_that_nobody_reviewed_and_its_messages_have_the_form_of_ours() {
    // The recording signs two constants, which no request stands for: the form of the message is compared instead.
    let recorded = exchange(ONE, "typed hashes");
    let question = protos::EthereumSignTypedHash::parse_from_bytes(&recorded.lines[0].payload).unwrap();
    assert_eq!(question.address_n, PATH);
    assert_eq!((question.domain_separator_hash(), question.message_hash()), (&[1; 32][..], &[2; 32][..]));
    let ours = recorded_hashes_as_we_ask();
    assert_eq!(ours.special_fields, question.special_fields);
    let mut theirs = question;
    theirs.domain_separator_hash.clone_from(&ours.domain_separator_hash);
    theirs.message_hash.clone_from(&ours.message_hash);
    assert_eq!(ours.write_to_bytes().unwrap(), theirs.write_to_bytes().unwrap());
    let buttons = recorded.lines.iter().filter(|line| line.kind == 26).count();
    assert_eq!(buttons, 4);
    assert_eq!(one_screens(&json(MAIL, 1)).len(), buttons);
}

fn one_screens(request: &CheckedRequest) -> Vec<DeviceScreen> {
    let (replay, _) = Replay::new(&[exchange(ONE, "identify")]);
    let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
    device.identify().unwrap();
    device.predicted_ethereum_screens(request)
}

/// The question that our driver asks the first model about typed data.
fn recorded_hashes_as_we_ask() -> protos::EthereumSignTypedHash {
    let (sent, device) = super::hostile::asked_of_the_first_model(&json(MAIL, 1));
    assert!(device.is_err(), "the scripted device does not sign");
    let (kind, payload) = sent.into_iter().find(|(kind, _)| kind.value() == 470).unwrap();
    assert_eq!(kind, MessageType::MessageType_EthereumSignTypedHash);
    protos::EthereumSignTypedHash::parse_from_bytes(&payload).unwrap()
}

#[test]
fn the_addresses_that_three_models_say_are_those_of_the_seed() {
    for file in [ONE, SAFE_3, SAFE_5] {
        let (replay, _) = Replay::new(&[exchange(file, "identify"), exchange(file, "address")]);
        let mut device = Trezor::new(Box::new(replay), Control::default(), AddressLayout::Plain);
        device.identify().unwrap();
        let address = device.ethereum_address(&PATH, 1, false, &mut Agreeing::default()).unwrap();
        assert_eq!(address, FIRST.parse::<Address>().unwrap(), "{file}");
    }
}

#[test]
fn the_signatures_of_three_models_are_the_same_so_their_nonces_are_of_key_and_digest_alone() {
    let signature = |file: &str, name: &str| {
        let last = exchange(file, name).lines.pop().unwrap();
        let mut answer = protos::EthereumTxRequest::parse_from_bytes(&last.payload).unwrap();
        (answer.take_signature_r(), answer.take_signature_s())
    };
    for name in ["sign type 2", "sign type 2: 3000 bytes of data", "sign type 0"] {
        let (one, safe_3, safe_5) = (signature(ONE, name), signature(SAFE_3, name), signature(SAFE_5, name));
        assert!(one == safe_3 && safe_3 == safe_5, "{name}");
        assert_eq!(one.0.len(), 32);
    }
}

fn simulator_answers_as(recorded: &Exchange, attention: Attention) -> usize {
    answered(recorded, SimOptions { attention, ..any_chain() })
}

fn answered(recorded: &Exchange, options: SimOptions) -> usize {
    answers_as(recorded, options);
    recorded.lines.len()
}

#[test]
fn a_simulator_that_is_kinder_than_the_firmware_is_found_out() {
    let exchanges = transcript(SAFE_5);
    assert_eq!(exchanges.len(), 7);
    let compared: usize =
        exchanges.iter().filter(|e| e.name != "identify").map(|e| simulator_answers_as(e, Attention::Full)).sum();
    assert!(compared > 125, "{compared}");
}

#[test]
fn a_simulated_first_model_that_is_kinder_than_the_firmware_is_found_out() {
    let options = SimOptions { model: SimModel::One, ..any_chain() };
    // The last exchange ends with words that name a line of the firmware's source.
    let compared: usize = ["address", "typed hashes"]
        .into_iter()
        .chain(REQUESTS)
        .map(|name| answered(&exchange(ONE, name), options.clone()))
        .sum();
    assert_eq!(compared, 60);
}

#[test]
fn a_simulator_that_asks_otherwise_about_typed_data_is_found_out_by_safe_3() {
    assert_eq!(simulator_answers_as(&exchange(SAFE_3, "typed data"), Attention::Hurried), 48);
}

#[test]
fn a_recording_that_was_altered_is_noticed() {
    for (file, name) in [(SAFE_5, "sign type 2"), (SAFE_3, "typed data")] {
        let mut altered = exchange(file, name);
        let last = altered.lines.last_mut().unwrap();
        let middle = last.payload.len() / 2;
        last.payload[middle] ^= 1;
        assert!(std::panic::catch_unwind(|| simulator_answers_as(&altered, Attention::Hurried)).is_err());
    }
}

#[test]
fn the_recorded_payee_is_who_the_test_says() {
    let lines = exchange(ONE, "sign type 0").lines;
    assert_eq!(protos::EthereumSignTx::parse_from_bytes(&lines[0].payload).unwrap().to(), PAYEE);
}
