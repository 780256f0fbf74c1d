//! Our driver and our simulator against exchanges recorded with the vendor's firmware.

mod support;

use protobuf::{Enum, Message};
use support::{Exchange, exchange, transcript};
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::Transport;
use vitrine_device::sim::{SimOptions, SimulatedTrezor};

const SAFE_5: &str = "trezor-safe5-2.11.1.txt";

/// Fields that a simulated device does not have: a descriptor with checksum, and a code only the device can check.
fn comparable(kind: MessageType, payload: &[u8]) -> Vec<u8> {
    match kind {
        MessageType::MessageType_PublicKey => {
            let mut key = protos::PublicKey::parse_from_bytes(payload).unwrap();
            key.descriptor = None;
            key.write_to_bytes().unwrap()
        }
        MessageType::MessageType_Address => {
            let mut address = protos::Address::parse_from_bytes(payload).unwrap();
            address.mac = None;
            address.write_to_bytes().unwrap()
        }
        _ => payload.to_vec(),
    }
}

fn simulator_answers_as(recorded: &Exchange) -> usize {
    let mut device = SimulatedTrezor::new(SimOptions::default());
    for (at, line) in recorded.lines.iter().enumerate() {
        if line.to_device {
            device.write_message(line.message()).unwrap();
            continue;
        }
        let reply = device.read_message().unwrap();
        let kind = reply.message_type();
        assert_eq!(kind.value(), i32::try_from(line.kind).unwrap(), "{}: message {at}: {kind:?}", recorded.name);
        let (ours, theirs) = (comparable(kind, reply.payload()), comparable(kind, &line.payload));
        assert_eq!(ours, theirs, "{}: message {at}", recorded.name);
    }
    recorded.lines.len()
}

#[test]
fn a_simulator_that_is_kinder_than_the_firmware_is_found_out() {
    let exchanges = transcript(SAFE_5);
    assert_eq!(exchanges.len(), 11);
    let compared: usize = exchanges.iter().filter(|e| e.name != "identify").map(simulator_answers_as).sum();
    assert!(compared > 230, "{compared}");
}

#[test]
fn a_recording_that_was_altered_is_noticed() {
    let mut altered = exchange(SAFE_5, "sign p2wpkh: payee, change");
    let last = altered.lines.last_mut().unwrap();
    let middle = last.payload.len() / 2;
    last.payload[middle] ^= 1;
    assert!(std::panic::catch_unwind(|| simulator_answers_as(&altered)).is_err());
}
