//! The interface's calls, against a stand-in for the first process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use proptest::prelude::*;
use vitrine_appliance::broker::message::{Answer, Call, Malformed};
use vitrine_appliance::broker::server::{Serve, serve};
use vitrine_appliance::broker::{Broker, Check, Files, Notice, wire};

struct StandIn {
    heard: Sender<String>,
}

impl Serve for StandIn {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(vec![("1-2".into(), "A camera".into())])
    }
    fn wallets(&mut self) -> Result<Vec<(String, String)>, String> {
        Err("no wallet may be looked for".into())
    }
    fn open_camera(&mut self, id: &str) -> Result<UnixStream, String> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&ours).write_all(id.as_bytes()).unwrap();
        Ok(theirs)
    }
    fn open_wallet(&mut self, id: &str) -> Result<UnixStream, String> {
        Err(format!("{id} is not there"))
    }
    fn save(&mut self, name: &str, bytes: Vec<u8>) -> Result<String, String> {
        Ok(format!("{name}: {} bytes, {}", bytes.len(), bytes.iter().all(|b| *b == 7)))
    }
    fn folder(&mut self) -> Result<Option<Files>, String> {
        Ok(Some(vec![("wallets/a.toml".into(), vec![1, 2]), ("ceremony.toml".into(), vec![])]))
    }
    fn self_test(&mut self) -> Result<Vec<Check>, String> {
        Ok(vec![Check { property: "p".into(), passed: true, seen: "s".into() }])
    }
    fn notices(&mut self) -> Vec<Notice> {
        vec![Notice { text: "t".into(), next: "n".into() }]
    }
    fn alive(&mut self) {
        self.heard.send("alive".into()).unwrap();
    }
    fn power_off(&mut self) {
        self.heard.send("power off".into()).unwrap();
    }
}

fn stand_in() -> (Broker, std::sync::mpsc::Receiver<String>) {
    let (interface, first) = UnixStream::pair().unwrap();
    let (heard, hear) = channel();
    thread::spawn(move || serve(&first, &mut StandIn { heard }));
    (Broker::over(interface).unwrap(), hear)
}

#[test]
fn each_call_gets_its_own_answer() {
    let (broker, hear) = stand_in();
    assert_eq!(broker.cameras().unwrap(), [("1-2".into(), "A camera".into())]);
    assert_eq!(broker.wallets().unwrap_err(), "no wallet may be looked for");
    assert_eq!(broker.open_wallet("9-9").unwrap_err(), "9-9 is not there");
    assert_eq!(broker.folder().unwrap().unwrap()[0], ("wallets/a.toml".into(), vec![1, 2]));
    assert_eq!(broker.self_test().unwrap(), [Check { property: "p".into(), passed: true, seen: "s".into() }]);
    assert_eq!(broker.notices(), [Notice { text: "t".into(), next: "n".into() }]);
    broker.alive();
    broker.power_off();
    assert_eq!([hear.recv().unwrap(), hear.recv().unwrap()], ["alive", "power off"]);
}

#[test]
fn a_socket_of_a_child_crosses() {
    let (broker, _hear) = stand_in();
    let mut camera = broker.open_camera("1-2").unwrap();
    let mut said = String::new();
    camera.read_to_string(&mut said).unwrap();
    assert_eq!(said, "1-2");
}

#[test]
fn a_file_larger_than_the_sockets_buffer_crosses_while_others_say_that_they_live() {
    let (broker, hear) = stand_in();
    let other = broker.clone();
    let beat = thread::spawn(move || (0..50).for_each(|_| other.alive()));
    let size = 4 * 1024 * 1024;
    assert_eq!(broker.save("record.jsonl", &vec![7; size]).unwrap(), format!("record.jsonl: {size} bytes, true"));
    beat.join().unwrap();
    assert_eq!(hear.try_iter().count() + usize::from(broker.cameras().is_err()), 50);
}

#[test]
fn a_first_process_that_is_gone_is_a_refusal_in_words_and_a_notice() {
    let (interface, first) = UnixStream::pair().unwrap();
    drop(first);
    let broker = Broker::over(interface).unwrap();
    assert!(broker.cameras().unwrap_err().contains("first process"));
    assert!(broker.notices()[0].text.contains("first process"));
    broker.alive();
    broker.power_off();
}

#[test]
fn an_answer_to_an_earlier_call_is_passed_over() {
    let (interface, first) = UnixStream::pair().unwrap();
    wire::send(&first, &Answer::Said("late".into()).encode(0), None).unwrap();
    wire::send(&first, &Answer::Devices(vec![]).encode(1), None).unwrap();
    let broker = Broker::over(interface).unwrap();
    assert_eq!(broker.cameras().unwrap(), []);
}

#[test]
fn an_answer_of_another_kind_is_refused() {
    let (interface, first) = UnixStream::pair().unwrap();
    wire::send(&first, &Answer::Cable.encode(1), None).unwrap();
    wire::send(&first, &Answer::Said("x".into()).encode(2), None).unwrap();
    let broker = Broker::over(interface).unwrap();
    assert!(broker.open_camera("1").unwrap_err().contains("no socket"));
    assert!(broker.cameras().unwrap_err().contains("something else"));
}

#[test]
fn four_gigabytes_announced_are_refused_before_they_come() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    theirs.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert_eq!(wire::receive(&ours, None).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    let mut list = 1u32.to_le_bytes().to_vec();
    list.push(7);
    list.extend(u32::MAX.to_le_bytes());
    assert_eq!(Answer::decode(&list).unwrap_err(), Malformed::Count(u32::MAX as usize));
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        Just(Call::Cameras),
        Just(Call::Wallets),
        ".*".prop_map(Call::OpenCamera),
        ".*".prop_map(Call::OpenWallet),
        (".*", proptest::collection::vec(any::<u8>(), 0..99)).prop_map(|(name, bytes)| Call::Save { name, bytes }),
        Just(Call::Folder),
        Just(Call::SelfTest),
        Just(Call::Notices),
        Just(Call::Alive),
        Just(Call::PowerOff),
    ]
}

proptest! {
    #[test]
    fn calls_come_back_as_they_were(call in call(), number: u32) {
        let bytes = call.encode(number);
        prop_assert_eq!(Call::decode(&bytes), Ok((number, call)));
        for end in 0..bytes.len() {
            prop_assert!(Call::decode(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn whatever_is_read_as_a_message_is_written_alike(bytes in proptest::collection::vec(0u8..12, 0..64)) {
        if let Ok((number, call)) = Call::decode(&bytes) {
            prop_assert_eq!(call.encode(number), bytes.clone());
        }
        if let Ok((number, answer)) = Answer::decode(&bytes) {
            prop_assert_eq!(answer.encode(number), bytes);
        }
    }
}
