//! Every recorded message, cut into packets and joined again on both ends.

use std::path::Path;

use trezor_client::transport::ProtoMessage;
use vitrine_device::Control;
use vitrine_device::hid::{bitbox_link, ledger_link, trezor_link};

use crate::cable::{Bench, LedgerFrames, TrezorFrames, ledger_frames, trezor_frames};
use crate::link::{Joined, cut};
use crate::{link, recording, trezor_recording};

fn files(vendor: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(vendor)).collect();
    names.sort();
    names
}

#[test]
fn every_recorded_command_to_a_ledger_travels_in_packets() {
    let mut messages = 0;
    for exchange in files("ledger").iter().flat_map(|file| recording::transcript(file)) {
        let (mut lines, mut frames) = (exchange.lines.clone().into_iter(), LedgerFrames::default());
        let device = Bench::new(
            0x5000,
            Box::new(move |packet| {
                let Some(command) = frames.take(packet) else { return Vec::new() };
                let (expected, answer) = lines.next().unwrap();
                assert_eq!(command, expected);
                ledger_frames(&answer)
            }),
        );
        let mut link = ledger_link(Box::new(device), Control::default());
        for (command, answer) in &exchange.lines {
            assert_eq!(link.exchange(command).as_ref(), Ok(answer), "{}", exchange.name);
            messages += 1;
        }
    }
    assert!(messages > 1_000, "{messages}");
}

#[test]
fn every_recorded_message_to_a_bitbox_travels_in_packets() {
    let mut messages = 0;
    for exchange in files("bitbox").iter().flat_map(|file| link::transcript(file)) {
        let (mut lines, mut joined) = (exchange.lines.clone().into_iter(), Joined::default());
        let device = Bench::new(
            0x2403,
            Box::new(move |packet| {
                let Some(message) = joined.take(packet) else { return Vec::new() };
                let (expected, answer) = lines.next().unwrap();
                assert_eq!(message, expected);
                cut(&answer).iter().map(|packet| packet.to_vec()).collect()
            }),
        );
        let mut link = bitbox_link(Box::new(device), Control::default());
        for (message, answer) in &exchange.lines {
            cut(message).iter().for_each(|packet| link.write(packet).unwrap());
            let mut back = Joined::default();
            let whole = std::iter::repeat_with(|| link.read().unwrap()).find_map(|packet| back.take(&packet));
            assert_eq!(whole.as_ref(), Some(answer), "{}", exchange.name);
            messages += 1;
        }
    }
    assert!(messages > 100, "{messages}");
}

#[test]
fn every_recorded_message_to_a_trezor_travels_in_packets() {
    let mut messages = 0;
    for exchange in files("trezor").iter().flat_map(|file| trezor_recording::transcript(file)) {
        let (mut lines, mut frames) = (exchange.lines.clone().into_iter().peekable(), TrezorFrames::default());
        let device = Bench::new(
            0x53c1,
            Box::new(move |packet| {
                let Some((kind, payload)) = frames.take(packet) else { return Vec::new() };
                let expected = lines.next().unwrap();
                assert!(expected.to_device && (kind, &payload) == (expected.kind, &expected.payload));
                let mut replies = Vec::new();
                while let Some(line) = lines.next_if(|line| !line.to_device) {
                    replies.extend(trezor_frames(line.kind, &line.payload));
                }
                replies
            }),
        );
        let mut link = trezor_link(Box::new(device), Control::default());
        for line in &exchange.lines {
            if line.to_device {
                link.write_message(line.message()).unwrap();
            } else {
                let reply: ProtoMessage = link.read_message().unwrap();
                assert_eq!(u32::try_from(protobuf::Enum::value(&reply.message_type())).unwrap(), line.kind);
                assert_eq!(reply.payload(), line.payload, "{}", exchange.name);
            }
            messages += 1;
        }
    }
    assert!(messages > 1_000, "{messages}");
}
