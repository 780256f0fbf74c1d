//! A device that asks for what it must not get, and requests that a Trezor does not take.

use protobuf::Message;
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_device::sim::{SimOptions, SimulatedTrezor, trezor};
use vitrine_device::{AddressLayout, Control, Device, DeviceError, Trezor};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::{CheckedRequest, RequestForm, ReturnedSignature, Surroundings, decode, verify};

use super::request::{
    FIRST, PATH, SEPOLIA, Transaction, checked, every_type, list, message, number, safe_bundle, string,
};
use crate::request::Agreeing;
use crate::scripted::{Messages, Scripted, Sent, features, reply};

type Outcome = Result<ReturnedSignature, DeviceError>;

fn address(text: &str) -> (MessageType, Vec<u8>) {
    reply(&protos::EthereumAddress { address: Some(text.to_owned()), ..Default::default() })
}

/// Signs with a scripted device, which has said who it is and which account it has.
fn scripted(major: u32, request: &CheckedRequest, replies: Vec<(MessageType, Vec<u8>)>) -> (Outcome, Messages) {
    let sent = Sent::default();
    let replies = [vec![reply(&features(major)), address(FIRST)], replies].concat();
    let link = Scripted { replies: replies.into(), sent: sent.clone() };
    let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
    device.identify().unwrap();
    let outcome = device.sign_ethereum(request, &mut Agreeing::default());
    let sent = sent.lock().unwrap().clone();
    (outcome, sent)
}

/// What the first model is asked for a request; it never answers.
pub fn asked_of_the_first_model(request: &CheckedRequest) -> (Messages, Outcome) {
    let (outcome, sent) = scripted(1, request, vec![]);
    (sent, outcome)
}

fn asks_value(path: &[u32]) -> (MessageType, Vec<u8>) {
    reply(&protos::EthereumTypedDataValueRequest { member_path: path.to_vec(), ..Default::default() })
}

fn asks_struct(name: &str) -> (MessageType, Vec<u8>) {
    reply(&protos::EthereumTypedDataStructRequest { name: Some(name.to_owned()), ..Default::default() })
}

/// The value that the driver gives for a place, or why it gives none.
fn value(path: &[u32]) -> Result<Vec<u8>, DeviceError> {
    let (outcome, sent) = scripted(2, &every_type(), vec![asks_value(path)]);
    let given = sent.iter().find(|(kind, _)| *kind == MessageType::MessageType_EthereumTypedDataValueAck);
    match given {
        Some((_, payload)) => {
            Ok(protos::EthereumTypedDataValueAck::parse_from_bytes(payload).unwrap().value.unwrap_or_default())
        }
        None => Err(outcome.unwrap_err()),
    }
}

#[test]
fn values_are_given_by_their_place_and_as_long_as_their_type() {
    assert_eq!(value(&[0, 0]).unwrap(), b"Every type");
    assert_eq!(value(&[0, 2]).unwrap(), U256::from(SEPOLIA).to_be_bytes::<32>());
    assert_eq!(value(&[1, 0, 1]).unwrap(), [0, 1]);
    assert_eq!(value(&[1, 1, 1, 1, 0]).unwrap(), [0xbb; 20]);
    assert_eq!(value(&[1, 2]).unwrap(), [0, 0]);
    assert_eq!(value(&[1, 3]).unwrap(), [255]);
    assert_eq!(value(&[1, 5]).unwrap(), [1, 0, 0]);
    assert_eq!(value(&[1, 6]).unwrap(), [0xff, 0xfe]);
    assert_eq!(value(&[1, 9, 1]).unwrap(), [1]);
    assert_eq!(value(&[1, 11]).unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(value(&[1, 14]).unwrap(), "two\nlines, caf\u{e9}".as_bytes());
}

#[test]
fn a_place_that_the_data_does_not_have_is_a_breach() {
    let hostile: [&[u32]; 14] = [
        &[],
        &[2],
        &[u32::MAX],
        &[0],
        &[1],
        &[0, 5],
        &[1, 18],
        &[1, u32::MAX],
        &[0, 0, 0],
        &[1, 0],
        &[1, 1, 2],
        &[1, 2, 0],
        &[1, 3, 0],
        &[1, 0, 1, 1],
    ];
    for path in hostile {
        let error = value(path).unwrap_err();
        assert!(error.is_breach(), "{path:?}: {error}");
        assert!(error.to_string().contains("inspected"), "{path:?}: {error}");
    }
    let deep = vec![1; 10_000];
    assert!(value(&deep).unwrap_err().is_breach());
}

#[test]
fn a_struct_type_that_was_not_reviewed_is_not_described() {
    for name in ["", "Persons", "person", "Order ", "Mail\n\u{202e}"] {
        let (outcome, sent) = scripted(2, &every_type(), vec![asks_struct(name)]);
        let error = outcome.unwrap_err();
        assert!(error.is_breach(), "{name}: {error}");
        assert!(error.to_string().is_ascii() || !error.to_string().contains('\u{202e}'), "{error}");
        assert!(sent.iter().all(|(kind, _)| *kind != MessageType::MessageType_EthereumTypedDataStructAck));
    }
}

#[test]
fn a_device_that_asks_for_values_without_end_is_left() {
    let endless = (0..100_000).map(|_| asks_value(&[0, 0])).collect();
    let (outcome, sent) = scripted(2, &every_type(), endless);
    assert!(matches!(outcome, Err(DeviceError::TooManyMessages { .. })));
    assert!(sent.len() < 1_000, "{}", sent.len());
}

fn asks_data(length: Option<u32>) -> (MessageType, Vec<u8>) {
    reply(&protos::EthereumTxRequest { data_length: length, ..Default::default() })
}

#[test]
fn each_byte_of_the_data_is_given_once_in_order_and_no_other() {
    let data: Vec<u8> = (0..2_500_u32).map(|i| u8::try_from(i % 253).unwrap()).collect();
    let request = Transaction { data: data.clone(), ..Transaction::default() }.checked();
    let lengths = [1, 1000, 7, 400, 68];
    let (outcome, sent) = scripted(2, &request, lengths.map(|length| asks_data(Some(length))).to_vec());
    assert!(matches!(outcome, Err(DeviceError::Timeout { .. })));
    let first = sent.iter().find(|(kind, _)| *kind == MessageType::MessageType_EthereumSignTxEIP1559).unwrap();
    let mut given = protos::EthereumSignTxEIP1559::parse_from_bytes(&first.1).unwrap().take_data_initial_chunk();
    assert_eq!(given.len(), 1024);
    for (_, payload) in sent.iter().filter(|(kind, _)| *kind == MessageType::MessageType_EthereumTxAck) {
        given.extend(protos::EthereumTxAck::parse_from_bytes(payload).unwrap().data_chunk());
    }
    assert_eq!(given, data);
    for lengths in [vec![0], vec![1025], vec![u32::MAX], vec![1024, 453], vec![1024, 452, 1]] {
        let replies = lengths.iter().map(|length| asks_data(Some(*length))).collect();
        let error = scripted(2, &request, replies).0.unwrap_err();
        assert!(error.is_breach(), "{lengths:?}: {error}");
    }
}

#[test]
fn a_signature_that_is_none_is_not_taken() {
    let payment = Transaction::default().checked();
    let signature = |r: usize, s: usize| protos::EthereumTxRequest {
        signature_v: Some(1),
        signature_r: Some(vec![1; r]),
        signature_s: Some(vec![1; s]),
        ..Default::default()
    };
    let mut both = signature(32, 32);
    both.data_length = Some(1);
    let mut half = signature(32, 32);
    half.signature_s = None;
    for answer in [signature(31, 32), signature(32, 33), signature(0, 0), both, half, Default::default()] {
        let error = scripted(2, &payment, vec![reply(&answer)]).0.unwrap_err();
        assert!(matches!(error, DeviceError::Malformed { .. }), "{error}");
    }
    let returned = scripted(2, &payment, vec![reply(&signature(32, 32))]).0.unwrap();
    assert!(verify(payment.signable(), payment.signer().unwrap(), &returned).is_err());
}

#[test]
fn a_signature_said_to_be_by_another_account_is_not_taken() {
    let other = "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98";
    let wrong = [(FIRST, 64), (FIRST, 66), (FIRST, 0), (other, 65), ("", 65), ("0x73d0", 65)];
    for (who, bytes) in wrong.into_iter().chain([("0x73d0385f4d8E00C5e6504C6030F47BF6212736A8", 65)]) {
        let (signature, address) = (Some(vec![1; bytes]), Some(who.to_owned()));
        let answer = protos::EthereumMessageSignature { signature, address, ..Default::default() };
        let error = scripted(2, &message(b"hello", &PATH), vec![reply(&answer)]).0.unwrap_err();
        assert!(matches!(error, DeviceError::Malformed { .. }), "{who} {bytes}: {error}");
    }
}

#[test]
fn an_address_without_a_right_checksum_is_not_taken() {
    for text in ["", "0x", "73d0385F4d8E00C5e6504C6030F47BF6212736A8", "0x73d0385f4d8e00c5e6504c6030f47bf6212736a8"] {
        let link = Scripted { replies: vec![reply(&features(2)), address(text)].into(), sent: Sent::default() };
        let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
        let error = device.ethereum_address(&PATH, 1, false, &mut Agreeing::default()).unwrap_err();
        assert!(error.is_breach(), "{text}: {error}");
    }
}

#[test]
fn types_of_transaction_that_a_trezor_does_not_take_are_named() {
    let body = |kind: u8| {
        let common = [number(u128::from(SEPOLIA)), number(0)];
        let fees = if kind == 1 { vec![number(1)] } else { vec![number(1), number(2)] };
        let rest = [number(21_000), string(&[0x11; 20]), number(1), string(&[]), list(&[])];
        let mut items = [common.to_vec(), fees, rest.to_vec()].concat();
        match kind {
            3 => {
                let hash = [vec![1], vec![0x22; 31]].concat();
                items.extend([number(1), list(&[string(&hash)])]);
            }
            4 => {
                let signed = [number(1), number(5), number(6)];
                let authorization = [number(u128::from(SEPOLIA)), string(&[0x33; 20]), number(0)];
                items.push(list(&[list(&[authorization.to_vec(), signed.to_vec()].concat())]));
            }
            _ => {}
        }
        [vec![kind], list(&items)].concat()
    };
    for (kind, words) in [(1, "EIP-2930"), (3, "EIP-4844"), (4, "EIP-7702")] {
        let request = checked(&body(kind), RequestForm::Transaction, SEPOLIA, &PATH);
        let mut device = trezor(SimOptions::default());
        assert!(device.predicted_ethereum_screens(&request).is_empty());
        let error = device.sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
        assert!(matches!(error, DeviceError::Unsupported { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("takes types 0 (EIP-155) and 2 (EIP-1559)"), "{text}");
    }
}

#[test]
fn a_request_whose_account_is_not_registered_is_not_sent() {
    let request = decode(&Transaction::default().bytes(), RequestForm::Transaction).unwrap();
    let request = request.check(&Surroundings::without_folder(SEPOLIA)).unwrap();
    let error = trezor(SimOptions::default()).sign_ethereum(&request, &mut Agreeing::default()).unwrap_err();
    assert!(error.to_string().contains("not registered"), "{error}");
}

#[test]
fn the_first_model_gets_hashes_and_shows_them() {
    let request = safe_bundle("1.4.1");
    let hashes = request.safe().unwrap().hashes;
    let (sent, outcome) = asked_of_the_first_model(&request);
    assert!(matches!(outcome, Err(DeviceError::Timeout { .. })));
    let question = protos::EthereumSignTypedHash::parse_from_bytes(&sent.last().unwrap().1).unwrap();
    assert_eq!(question.domain_separator_hash(), hashes.domain.as_slice());
    assert_eq!(question.message_hash(), hashes.message.as_slice());
    let link = Scripted { replies: vec![reply(&features(1))].into(), sent: Sent::default() };
    let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
    device.identify().unwrap();
    let screens = device.predicted_ethereum_screens(&request);
    assert_eq!(screens[0].lines, ["EIP-712 data.", "", "Sign at your own risk."]);
    assert_eq!(screens[2].lines.concat(), hashes.domain.to_string().trim_start_matches("0x").to_uppercase());
    assert_eq!(screens[3].lines.concat(), hashes.message.to_string().trim_start_matches("0x").to_uppercase());
    assert!(screens[2].lines.iter().all(|line| line.len() == 16));
}

#[test]
fn what_the_first_model_has_no_room_for_is_refused_here() {
    let keys = vec![[7; 32]; 13];
    let access_list = vec![(Address::repeat_byte(1), keys)];
    let long = Transaction { access_list, ..Transaction::default() }.checked();
    let (sent, outcome) = asked_of_the_first_model(&long);
    assert!(outcome.unwrap_err().to_string().contains("Trezor One does not take"));
    assert!(sent.iter().all(|(kind, _)| *kind != MessageType::MessageType_EthereumSignTxEIP1559));
    let (_, outcome) = asked_of_the_first_model(&message(&[b'a'; 1025], &PATH));
    assert!(outcome.unwrap_err().to_string().contains("1024 bytes"));
}

/// A link that alters replies of the simulated device.
struct Noisy(SimulatedTrezor, u64);

impl Transport for Noisy {
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
        self.1 ^= self.1 << 13;
        self.1 ^= self.1 >> 7;
        self.1 ^= self.1 << 17;
        let bits = reply.payload().len() * 8;
        if self.1.is_multiple_of(16) && bits > 0 {
            let bit = usize::try_from(self.1 >> 8).unwrap() % bits;
            reply.1[bit / 8] ^= 1 << (bit % 8);
        }
        Ok(reply)
    }
}

#[test]
fn a_bit_flipped_anywhere_on_the_cable_never_yields_a_signature_that_passes_for_another() {
    for request in [safe_bundle("1.3.0"), Transaction { data: vec![9; 1500], ..Transaction::default() }.checked()] {
        let honest = trezor(SimOptions::default()).sign_ethereum(&request, &mut Agreeing::default()).unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for round in 0_u64..150 {
            let noise = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let link = Noisy(SimulatedTrezor::new(SimOptions::default()), noise);
            let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
            match device.sign_ethereum(&request, &mut Agreeing::default()) {
                Ok(returned) if verify(request.signable(), request.signer().unwrap(), &returned).is_ok() => {
                    assert_eq!(returned, honest);
                    accepted += 1;
                }
                Ok(_) => refused += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
        assert!(accepted > 3 && refused > 30, "{accepted} {refused}");
    }
}

/// Screens that a device says nothing about but its version.
fn foretold(version: (u32, u32, u32), model: &str, request: &CheckedRequest) -> Vec<vitrine_device::DeviceScreen> {
    let features = protos::Features {
        major_version: Some(version.0),
        minor_version: Some(version.1),
        patch_version: Some(version.2),
        model: Some(model.to_owned()),
        initialized: Some(true),
        ..Default::default()
    };
    let link = Scripted { replies: vec![reply(&features)].into(), sent: Sent::default() };
    let mut device = Trezor::new(Box::new(link), Control::default(), AddressLayout::Grouped);
    device.identify().unwrap();
    device.predicted_ethereum_screens(request)
}

#[test]
fn firmware_that_is_newer_than_what_was_read_is_said_to_be() {
    let data: Vec<u8> = (0..100).collect();
    let request = Transaction { data: data.clone(), ..Transaction::default() }.checked();
    let recorded = foretold((2, 11, 1), "Safe 5", &request);
    let newer = foretold((2, 12, 4), "Safe 5", &request);
    assert!(!recorded.iter().any(|screen| screen.step.contains("newer")));
    assert!(newer.last().unwrap().step.contains("newer than what was read"));
    let preimage = [U256::from(100).to_be_bytes::<32>().as_slice(), &data].concat();
    let digest = vitrine_ethereum::alloy_primitives::keccak256(preimage).to_string();
    let shown: Vec<_> = newer.iter().filter(|s| s.lines.iter().any(|line| digest.ends_with(line.as_str()))).collect();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].lines[..2], ["Size: 100 bytes", "ERC-8213 digest"]);
    let address = newer.iter().find(|screen| screen.address).unwrap();
    assert_eq!(address.lines[0], "  0x 8eA7 a3fc cC21");
    assert!(foretold((1, 14, 2), "1", &request).last().unwrap().step.contains("newer"));
}

/// Source: trezor-firmware, `core/src/apps/ethereum/clear_signing.py` at the tags of both versions.
#[test]
fn coins_beside_a_tokens_transfer_are_foretold_only_where_the_firmware_shows_them() {
    let words = [[0; 12].as_slice(), &[0x11; 20], &U256::from(9).to_be_bytes::<32>()].concat();
    for selector in [[0xa9, 0x05, 0x9c, 0xbb], [0x09, 0x5e, 0xa7, 0xb3]] {
        let data = [selector.as_slice(), &words].concat();
        let value = U256::from(3_000_000_000_000_000_000_u64);
        let request = Transaction { data, value, ..Transaction::default() }.checked();
        for (version, model, shown) in [
            ((2, 11, 1), "Safe 5", false),
            ((2, 12, 1), "Safe 5", false),
            ((2, 12, 1), "T", false),
            ((2, 12, 2), "Safe 5", true),
        ] {
            let lines: Vec<_> =
                foretold(version, model, &request).into_iter().flat_map(|screen| screen.lines).collect();
            assert!(!lines.is_empty());
            assert_eq!(lines.iter().any(|line| line.starts_with("3 ")), shown, "{version:?} {model}: {lines:?}");
        }
    }
}

#[test]
fn each_model_has_its_own_pages_of_data() {
    let data: Vec<u8> = vec![7; 1100];
    let request = Transaction { data, ..Transaction::default() }.checked();
    let pages = |version, model: &str| {
        let screens = foretold(version, model, &request);
        screens.iter().filter(|screen| screen.step.starts_with("Data, bytes")).count()
    };
    assert_eq!(pages((2, 11, 1), "Safe 5"), 17 + 2);
    assert_eq!(pages((2, 11, 1), "Safe 3"), 29 + 3);
    assert_eq!(pages((2, 11, 1), "T"), 38 + 3);
    assert_eq!(pages((2, 12, 4), "Safe 5"), 18);
    assert_eq!(pages((1, 14, 1), "1"), 5);
}

#[test]
fn a_new_domain_is_one_screen_of_every_member() {
    let screens = foretold((2, 12, 4), "Safe 5", &every_type());
    let domain: Vec<_> = screens.iter().filter(|screen| screen.title == "EIP712Domain").collect();
    assert_eq!(domain.len(), 1);
    assert_eq!(domain[0].lines.len(), 10);
    assert_eq!(domain[0].lines[4..6], ["chainId (uint256)", "11155111"]);
    let older = foretold((2, 11, 1), "Safe 5", &every_type());
    assert_eq!(older.iter().filter(|screen| screen.title == "EIP712Domain").count(), 5);
}

#[test]
fn a_path_that_the_firmware_refuses_has_no_screens() {
    let refused = [44 | 1 << 31, 60 | 1 << 31, 1 << 31, 0, 1_000_001];
    let account = vitrine_ethereum::OwnAccount {
        name: "Own".to_owned(),
        address: FIRST.parse().unwrap(),
        path: refused.to_vec(),
    };
    let known = Surroundings::new(SEPOLIA, vec![account], Vec::new(), Vec::new(), Interfaces::built_in().clone());
    let request = decode(&Transaction::default().bytes(), RequestForm::Transaction).unwrap().check(&known).unwrap();
    assert!(foretold((2, 11, 1), "Safe 5", &request).is_empty());
    assert!(foretold((1, 14, 1), "1", &request).is_empty());
    assert!(!foretold((2, 11, 1), "Safe 5", &Transaction::default().checked()).is_empty());
}
