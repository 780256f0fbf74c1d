use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;
use crate::control::{DEVICE_LIMIT_S, PERSON_LIMIT_S};

/// What the device does, step by step; each wait takes the time that it is given.
#[derive(Default)]
struct Script {
    /// What comes after each read: a packet, silence, or an error.
    reads: VecDeque<Result<Vec<u8>, LinkError>>,
    written: Vec<[u8; PACKET_BYTES]>,
    now: Duration,
    cancels: Option<(usize, Control)>,
    reads_done: usize,
}

#[derive(Clone, Default)]
struct Bench(Arc<Mutex<Script>>);

impl Cable for Bench {
    fn product(&self) -> u16 {
        0x1011
    }

    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        self.0.lock().unwrap().written.push(*packet);
        Ok(())
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        let mut script = self.0.lock().unwrap();
        script.reads_done += 1;
        assert!(script.reads_done < 100_000, "the wait does not end");
        if let Some((at, control)) = &script.cancels
            && script.reads_done == *at
        {
            control.cancel();
        }
        match script.reads.pop_front() {
            Some(Ok(bytes)) if !bytes.is_empty() => {
                script.now += Duration::from_millis(1);
                packet[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Some(Err(error)) => Err(error),
            _ => {
                script.now += slice;
                Ok(0)
            }
        }
    }

    fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }
}

/// The packets of an answer: a device cuts them as we do.
fn answer(bytes: &[u8]) -> Vec<Result<Vec<u8>, LinkError>> {
    packets(bytes).unwrap().iter().map(|packet| Ok(packet.to_vec())).collect()
}

fn silence() -> Vec<Result<Vec<u8>, LinkError>> {
    vec![Ok(Vec::new())]
}

/// A link after its first look for leftovers, which finds none.
fn link(reads: Vec<Result<Vec<u8>, LinkError>>) -> (PacketLink, Bench, Control) {
    let (bench, control) = (Bench::default(), Control::default());
    bench.0.lock().unwrap().reads = [silence(), reads].concat().into();
    (PacketLink::new(Box::new(bench.clone()), control.clone()), bench, control)
}

fn numbered(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

/// As `ledger-transport-hid` 0.11.0 and the vendor's library frame it.
#[test]
fn a_command_is_framed_as_others_frame_it() {
    let packet = packets(&[0xe0, 0x06, 0x00, 0x00, 0x00]).unwrap();
    let mut expected = vec![0x01, 0x01, 0x05, 0x00, 0x00, 0x00, 0x05, 0xe0, 0x06, 0x00, 0x00, 0x00];
    expected.resize(64, 0);
    assert_eq!(packet, [<[u8; 64]>::try_from(expected).unwrap()]);
    let long = packets(&[0xaa; 58]).unwrap();
    assert_eq!(long.len(), 2);
    assert_eq!(long[0][..8], [0x01, 0x01, 0x05, 0x00, 0x00, 0x00, 0x3a, 0xaa]);
    assert_eq!(long[1][..8], [0x01, 0x01, 0x05, 0x00, 0x01, 0xaa, 0x00, 0x00]);
    assert_eq!(packets(&[0; 65_535]).unwrap().len(), 1_111);
    assert_eq!(packets(&[0; 65_536]), None);
}

#[test]
fn every_length_of_an_answer_arrives_whole() {
    for length in 1..=REPLY_BYTES {
        let (mut link, _, _) = link(answer(&numbered(length)));
        assert_eq!(link.exchange(&[0; 5]), Ok(numbered(length)), "{length}");
    }
}

#[test]
fn what_is_larger_than_an_answer_is_refused_at_its_first_packet() {
    for length in [REPLY_BYTES + 1, 1_000, 65_535] {
        let (mut link, bench, _) = link(answer(&numbered(length)));
        assert_eq!(link.exchange(&[0; 5]), Err(LinkError::TooLarge(length)));
        assert_eq!(bench.0.lock().unwrap().reads_done, 2, "one packet after the silence");
    }
}

#[test]
fn packets_out_of_order_or_of_another_protocol_are_refused() {
    let good = packets(&numbered(150)).unwrap();
    let spoiled = |at: usize, byte: usize, value: u8| {
        let mut all = good.clone();
        all[at][byte] = value;
        all.iter().map(|packet| Ok(packet.to_vec())).collect::<Vec<_>>()
    };
    for reads in [spoiled(0, 2, 0x02), spoiled(0, 4, 1), spoiled(1, 4, 2), spoiled(2, 3, 9)] {
        assert_eq!(link(reads).0.exchange(&[0; 5]), Err(LinkError::Malformed));
    }
    for length in 1..7 {
        let cut = vec![Ok(good[0][..length].to_vec())];
        assert_eq!(link(cut).0.exchange(&[0; 5]), Err(LinkError::Malformed), "{length}");
    }
    let empty = vec![Ok(good[0].to_vec()), Ok(good[1][..5].to_vec())];
    assert_eq!(link(empty).0.exchange(&[0; 5]), Err(LinkError::Malformed), "a packet without data ends nothing");
}

#[test]
fn an_answer_to_another_program_is_passed_over() {
    let mut foreign = packets(&[0x66; 100]).unwrap();
    foreign.iter_mut().for_each(|packet| packet[0] = 0x77);
    let foreign = foreign.iter().map(|packet| Ok(packet.to_vec())).collect::<Vec<_>>();
    let (mut link, _, _) = link([foreign.clone(), answer(&[1, 0x90, 0x00]), foreign].concat());
    assert_eq!(link.exchange(&[0; 5]), Ok(vec![1, 0x90, 0x00]));
}

#[test]
fn what_was_asked_before_the_link_was_opened_is_no_answer() {
    let (bench, control) = (Bench::default(), Control::default());
    let reads = [answer(&[0x22; 67]), silence(), answer(&[0x90, 0x00])].concat();
    bench.0.lock().unwrap().reads = reads.into();
    assert_eq!(PacketLink::new(Box::new(bench), control).exchange(&[0; 5]), Ok(vec![0x90, 0x00]));
}

#[test]
fn a_wait_ends_at_its_limit_and_not_before() {
    for (person, limit_s) in [(false, DEVICE_LIMIT_S), (true, PERSON_LIMIT_S)] {
        let (mut link, bench, control) = link(Vec::new());
        if person {
            control.wait_for_person();
        }
        assert_eq!(link.exchange(&[0; 5]), Err(LinkError::Timeout));
        let waited = bench.0.lock().unwrap().now;
        let limit = Duration::from_secs(limit_s);
        assert!(waited >= limit && waited < limit + SLICE * 3, "{waited:?}");
    }
}

/// A device that sends packets without end, each of which is none of ours, holds nobody.
#[test]
fn packets_without_end_do_not_keep_a_wait_alive() {
    let (mut link, bench, _) = link(Vec::new());
    bench.0.lock().unwrap().reads.extend(vec![Ok(vec![0x77; 64]); 60_000]);
    assert_eq!(link.exchange(&[0; 5]), Err(LinkError::Timeout));
}

#[test]
fn a_cancel_ends_the_wait_at_the_next_look() {
    let (mut link, bench, control) = link(Vec::new());
    bench.0.lock().unwrap().cancels = Some((5, control));
    assert_eq!(link.exchange(&[0; 5]), Err(LinkError::Cancelled));
    assert_eq!(bench.0.lock().unwrap().reads_done, 5);
}

/// The person confirmed after all: the signature of the first request is not the answer to the second.
#[test]
fn a_late_answer_is_never_that_of_a_later_command() {
    let late = answer(&[0x55; 67]);
    for arrived_before in 0..late.len() {
        let (mut link, bench, control) = link(late[..arrived_before].to_vec());
        bench.0.lock().unwrap().cancels = Some((arrived_before + 3, control.clone()));
        assert_eq!(link.exchange(&[1; 5]), Err(LinkError::Cancelled));
        control.begin();
        bench.0.lock().unwrap().cancels = None;
        bench.0.lock().unwrap().reads.extend([late[arrived_before..].to_vec(), answer(&[2, 0x90, 0x00])].concat());
        assert_eq!(link.exchange(&[2; 5]), Ok(vec![2, 0x90, 0x00]), "{arrived_before}");
    }
}

#[test]
fn nothing_is_sent_while_the_device_still_owes_an_answer() {
    let (mut link, bench, _) = link(Vec::new());
    for _ in 0..3 {
        assert_eq!(link.exchange(&[1; 5]), Err(LinkError::Timeout));
    }
    assert_eq!(bench.0.lock().unwrap().written.len(), 1);
}

#[test]
fn after_packets_that_make_no_sense_the_link_waits_for_silence() {
    let rest = answer(&numbered(150));
    let noise = [rest[1..].to_vec(), silence(), answer(&[0x90, 0x00])].concat();
    let (mut link, bench, _) = link(noise);
    assert_eq!(link.exchange(&[1; 5]), Err(LinkError::Malformed));
    assert_eq!(link.exchange(&[2; 5]), Ok(vec![0x90, 0x00]));
    assert_eq!(bench.0.lock().unwrap().written.len(), 2);
}

#[test]
fn a_cable_that_was_pulled_out_is_said_to_be() {
    let (mut link, _, _) = link(vec![Ok(packets(&numbered(200)).unwrap()[0].to_vec()), Err(LinkError::Unplugged)]);
    assert_eq!(link.exchange(&[0; 5]), Err(LinkError::Unplugged));
}

/// Any bytes at all: an answer within its bounds, or an error, and the state never grows.
#[test]
fn no_sequence_of_packets_breaks_the_framing() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20_000 {
        let mut answer = Answer::default();
        for sequence in 0..random() % 8 {
            let length = usize::try_from(random() % 65).unwrap();
            let mut packet: Vec<u8> = (0..length).map(|_| random().to_be_bytes()[0]).collect();
            let head = [0x01, 0x01, 0x05, 0x00, sequence.to_be_bytes()[7], 0x00];
            packet.iter_mut().zip(head).take(usize::try_from(random() % 7).unwrap()).for_each(|(to, from)| *to = from);
            match answer.take(&packet) {
                Ok(Some(whole)) => assert!(whole.len() <= REPLY_BYTES),
                Ok(None) => assert!(answer.bytes.len() <= REPLY_BYTES),
                Err(_) => break,
            }
        }
    }
}
