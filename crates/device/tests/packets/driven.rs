//! Drivers built over a cable, with the simulated devices at its other end.

use protobuf::Enum;
use trezor_client::protos::MessageType;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_device::hid::over;
use vitrine_device::sim::{LedgerOptions, SimOptions, SimulatedLedger, SimulatedTrezor};
use vitrine_device::{ApduExchange, DeviceError};

use crate::cable::{Bench, LedgerFrames, TrezorFrames, ledger_frames, trezor_frames};

fn ledger() -> Bench {
    let (mut device, mut frames) = (SimulatedLedger::new(LedgerOptions::default()), LedgerFrames::default());
    let reply = move |packet: &_| match frames.take(packet) {
        Some(command) => ledger_frames(&device.exchange(&command).unwrap()),
        None => Vec::new(),
    };
    Bench::new(0x5000, Box::new(reply))
}

fn trezor() -> Bench {
    let (mut device, mut frames) = (SimulatedTrezor::new(SimOptions::default()), TrezorFrames::default());
    let reply = move |packet: &_| {
        let Some((kind, payload)) = frames.take(packet) else { return Vec::new() };
        let kind = MessageType::from_i32(i32::try_from(kind).unwrap()).unwrap();
        device.write_message(ProtoMessage::new(kind, payload)).unwrap();
        let answer = device.read_message().unwrap();
        trezor_frames(u32::try_from(answer.message_type().value()).unwrap(), answer.payload())
    };
    Bench::new(0x53c1, Box::new(reply))
}

#[test]
fn a_ledger_says_who_it_is_through_a_cable() {
    let mut device = over("ledger:usb:hidraw3", Box::new(ledger())).unwrap();
    let identity = device.identify().unwrap();
    assert_eq!(identity.vendor, "Ledger");
    assert!(identity.model.contains("Nano S Plus"), "the model is the one of the product number: {}", identity.model);
}

#[test]
fn a_trezor_says_who_it_is_through_a_cable() {
    let mut device = over("trezor:usb:1:2", Box::new(trezor())).unwrap();
    assert_eq!(device.identify().unwrap().vendor, "Trezor");
}

/// Whoever holds the far end of a cable decides nothing about the driver: the identifier does.
#[test]
fn an_identifier_of_no_vendor_gets_no_driver() {
    for id in ["", "ledger", "hidraw3", "coldcard:usb:1", "Ledger:usb:hidraw3"] {
        let outcome = over(id, Box::new(Bench::silent()));
        assert!(matches!(outcome, Err(DeviceError::NotFound { .. })), "{id}");
    }
}

/// A late answer of the old exchange is on the cable when the next driver starts on the same device.
#[test]
fn what_is_still_on_the_cable_is_no_answer() {
    let mut cable = ledger();
    cable.waiting.extend(ledger_frames(&[0x55; 67]));
    let mut device = over("ledger:usb:hidraw3", Box::new(cable)).unwrap();
    assert_eq!(device.identify().unwrap().vendor, "Ledger");
}
