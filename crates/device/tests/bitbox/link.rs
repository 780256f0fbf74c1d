//! Messages to a BitBox02 and from it: recorded, replayed strictly, or answered by a closure.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vitrine_device::{Control, Entropy, HidPackets, LinkError, PACKET_BYTES};
use vitrine_ethereum::alloy_primitives::hex;

/// 32 times 1, then 32 times 2: so that our half of a recording is the same each time.
#[derive(Default)]
pub struct Counted(u8);

impl Entropy for Counted {
    fn bytes(&mut self) -> Option<[u8; 32]> {
        self.0 = self.0.checked_add(1)?;
        Some([self.0; 32])
    }
}

/// One recorded exchange.
#[derive(Clone, Default, Debug)]
pub struct Exchange {
    pub name: String,
    /// A message and its answer.
    pub lines: Vec<(Vec<u8>, Vec<u8>)>,
    /// What the device showed: title, and text in its rows.
    pub screens: Vec<(String, String)>,
}

pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file)
}

/// Reads the exchanges of one file in `tests/transcripts`.
pub fn transcript(file: &str) -> Vec<Exchange> {
    let text = std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            exchanges.push(Exchange { name: name.trim_end_matches(']').to_owned(), ..Exchange::default() });
            continue;
        }
        let exchange = exchanges.last_mut().expect("a name comes first");
        match line.split_once(' ').unwrap() {
            ("=>", message) => exchange.lines.push((hex::decode(message).unwrap(), Vec::new())),
            ("<=", answer) => exchange.lines.last_mut().unwrap().1 = hex::decode(answer).unwrap(),
            (_, screen) => {
                let (title, text) = screen.split_once(" | ").unwrap();
                let rows = |text: &str| text.replace(" / ", "\n");
                exchange.screens.push((rows(title.strip_prefix("screen: ").unwrap()), rows(text)));
            }
        }
    }
    exchanges
}

#[cfg(feature = "emulator")]
impl Exchange {
    pub fn to_text(&self) -> String {
        let mut text = format!("[{}]\n", self.name);
        for (message, answer) in &self.lines {
            text += &format!("=> {}\n<= {}\n", hex::encode(message), hex::encode(answer));
        }
        for (title, rows) in &self.screens {
            text += &format!("-- screen: {} | {}\n", title.replace('\n', " / "), rows.replace('\n', " / "));
        }
        text
    }
}

/// Joins packets to messages; written again here, so that the driver's own framing is not what checks it.
#[derive(Default)]
pub struct Joined(Vec<u8>, usize);

impl Joined {
    pub fn take(&mut self, packet: &[u8; PACKET_BYTES]) -> Option<Vec<u8>> {
        assert_eq!(packet[..4], [0xff, 0x00, 0xff, 0x00]);
        if self.0.is_empty() && self.1 == 0 {
            assert_eq!(packet[4], 0xc1);
            self.1 = usize::from(packet[5]) * 256 + usize::from(packet[6]);
            self.0.extend(&packet[7..]);
        } else {
            self.0.extend(&packet[5..]);
        }
        (self.0.len() >= self.1).then(|| {
            let mut whole = std::mem::take(&mut self.0);
            whole.truncate(std::mem::take(&mut self.1));
            whole
        })
    }
}

pub fn cut(message: &[u8]) -> Vec<[u8; PACKET_BYTES]> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let mut packets = Vec::new();
    let mut rest = message;
    let mut number = 0;
    loop {
        let mut packet = vec![0xff, 0x00, 0xff, 0x00];
        if number == 0 {
            packet.extend([0xc1, length[0], length[1]]);
        } else {
            packet.push(number - 1);
        }
        let (now, later) = rest.split_at(rest.len().min(PACKET_BYTES - packet.len()));
        packet.extend(now);
        packet.resize(PACKET_BYTES, 0);
        packets.push(packet.try_into().unwrap());
        (rest, number) = (later, number + 1);
        if rest.is_empty() {
            return packets;
        }
    }
}

/// A device that answers each message by a closure.
pub struct Answering<F> {
    pub control: Control,
    joined: Joined,
    waiting: Vec<[u8; PACKET_BYTES]>,
    answer: F,
}

impl<F: FnMut(&[u8]) -> Result<Vec<u8>, LinkError> + Send> Answering<F> {
    pub fn new(control: Control, answer: F) -> Self {
        Self { control, joined: Joined::default(), waiting: Vec::new(), answer }
    }
}

impl<F: FnMut(&[u8]) -> Result<Vec<u8>, LinkError> + Send> HidPackets for Answering<F> {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        if let Some(message) = self.joined.take(packet) {
            self.waiting = cut(&(self.answer)(&message)?);
        }
        Ok(())
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        if self.waiting.is_empty() { Err(LinkError::Timeout) } else { Ok(self.waiting.remove(0)) }
    }

    fn pause(&mut self, _: u64) -> Result<(), LinkError> {
        if self.control.is_cancelled() { Err(LinkError::Cancelled) } else { Ok(()) }
    }
}

/// Plays a recording; the first byte that differs fails with its place.
pub fn replay(exchange: &Exchange, control: &Control, played: &Arc<Mutex<usize>>) -> Box<dyn HidPackets> {
    let (lines, name, played) = (exchange.lines.clone(), exchange.name.clone(), Arc::clone(played));
    Box::new(Answering::new(control.clone(), move |message| {
        let mut at = played.lock().unwrap();
        let Some((expected, answer)) = lines.get(*at) else { return Err(LinkError::Unplugged) };
        if let Some(byte) = (0..message.len().max(expected.len())).find(|n| message.get(*n) != expected.get(*n)) {
            panic!("{name}: message {at} differs at byte {byte}");
        }
        *at += 1;
        Ok(answer.clone())
    }))
}
