//! Recorded exchanges, and a device that replays one strictly.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use protobuf::{Enum, Message};
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_device::DeviceScreen;
use vitrine_device::sim::{SimOptions, SimulatedTrezor};

/// One recorded message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub to_device: bool,
    pub kind: u32,
    pub payload: Vec<u8>,
}

/// One recorded exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub name: String,
    pub lines: Vec<Line>,
}

/// Reads the exchanges of one file in `tests/transcripts`.
pub fn transcript(file: &str) -> Vec<Exchange> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[') {
            Some(name) => exchanges.push(Exchange { name: name.trim_end_matches(']').to_owned(), lines: vec![] }),
            None => exchanges.last_mut().expect("a name comes first").lines.push(parse(line)),
        }
    }
    exchanges
}

/// What the firmware drew during each exchange of one file: the lines `# screen:`.
pub fn drawn(file: &str) -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut name, mut screens) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for line in text.lines() {
        if let Some(next) = line.strip_prefix('[') {
            next.trim_end_matches(']').clone_into(&mut name);
            screens.entry(name.clone()).or_default();
        } else if let Some(screen) = line.strip_prefix("# screen: ") {
            screens.entry(name.clone()).or_default().push(screen.to_owned());
        }
    }
    screens
}

pub fn exchange(file: &str, name: &str) -> Exchange {
    transcript(file).into_iter().find(|exchange| exchange.name == name).unwrap_or_else(|| panic!("{file}: no {name}"))
}

fn parse(line: &str) -> Line {
    let mut words = line.split(' ');
    let to_device = words.next() == Some("=>");
    let kind = words.next().expect("a message type").parse().expect("a number");
    let hex = words.next().unwrap_or("");
    let payload = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect();
    Line { to_device, kind, payload }
}

impl Line {
    pub fn message(&self) -> ProtoMessage {
        let kind = MessageType::from_i32(i32::try_from(self.kind).unwrap()).expect("a known message type");
        ProtoMessage::new(kind, self.payload.clone())
    }
}

/// Plays a recorded device: the first byte that we send otherwise fails with its place.
pub struct Replay {
    lines: Vec<Line>,
    next: usize,
    place: Arc<Mutex<usize>>,
}

impl Replay {
    /// Plays exchanges one after the other. The second value counts the messages played, for the test to look at.
    pub fn new(exchanges: &[Exchange]) -> (Self, Arc<Mutex<usize>>) {
        let lines = exchanges.iter().flat_map(|exchange| exchange.lines.clone()).collect();
        let place = Arc::new(Mutex::new(0));
        (Self { lines, next: 0, place: place.clone() }, place)
    }

    fn take(&mut self) -> (usize, Line) {
        let at = self.next;
        self.next += 1;
        *self.place.lock().unwrap() = self.next;
        (at, self.lines.get(at).cloned().unwrap_or_else(|| panic!("message {at}: the recording is over")))
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }
}

impl Transport for Replay {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        let (at, recorded) = self.take();
        let kind = u32::try_from(message.message_type().value()).unwrap();
        assert!(recorded.to_device, "message {at}: we speak, but the device was to answer");
        assert_eq!(kind, recorded.kind, "message {at}: another type of message");
        let differs = message.payload().iter().zip(&recorded.payload).position(|(ours, theirs)| ours != theirs);
        assert_eq!(
            message.payload(),
            recorded.payload,
            "message {at} (type {kind}): first differing byte {}",
            differs.map_or("past the end of one".to_owned(), |byte| byte.to_string())
        );
        Ok(())
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        let (at, recorded) = self.take();
        assert!(!recorded.to_device, "message {at}: we listen, but it was our turn");
        Ok(recorded.message())
    }
}

/// What a simulated device does not have: a descriptor with checksum, and a code only the device can check.
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
        MessageType::MessageType_EthereumAddress => {
            let mut address = protos::EthereumAddress::parse_from_bytes(payload).unwrap();
            address.mac = None;
            address.write_to_bytes().unwrap()
        }
        _ => payload.to_vec(),
    }
}

/// Fails unless a simulated device answers as recorded; what it showed meanwhile.
pub fn answers_as(recorded: &Exchange, options: SimOptions) -> Vec<DeviceScreen> {
    let mut device = SimulatedTrezor::new(options);
    let screen = device.screen();
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
    screen.shown()
}
