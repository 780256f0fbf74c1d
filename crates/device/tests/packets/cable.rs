//! The far end of a cable: devices that answer, play a recording, or misbehave. The framing is written again here, so that the
//! driver's own is not what checks it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vitrine_device::hid::Cable;
use vitrine_device::{Control, LinkError, PACKET_BYTES};

pub type Packet = [u8; PACKET_BYTES];

/// What a device sends next: packets of any length, an empty one for a slice of silence.
pub type Reply = Box<dyn FnMut(&Packet) -> Vec<Vec<u8>> + Send>;

/// A device behind a cable whose clock goes on only while something is awaited.
pub struct Bench {
    pub product: u16,
    reply: Reply,
    pub waiting: VecDeque<Vec<u8>>,
    /// What comes when nothing else does: `None` is silence, otherwise it never stops.
    pub endless: Option<Vec<u8>>,
    pub unplugged: bool,
    pub state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub struct State {
    pub now: Duration,
    pub reads: usize,
    pub written: usize,
    /// Cancels at this read.
    pub cancel: Option<(usize, Control)>,
}

impl Bench {
    pub fn new(product: u16, reply: Reply) -> Self {
        let state = Arc::default();
        Self { product, reply, waiting: VecDeque::new(), endless: None, unplugged: false, state }
    }

    pub fn silent() -> Self {
        Self::new(0, Box::new(|_| Vec::new()))
    }
}

impl Cable for Bench {
    fn product(&self) -> u16 {
        self.product
    }

    fn write(&mut self, packet: &Packet) -> Result<(), LinkError> {
        self.state.lock().unwrap().written += 1;
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        self.waiting.extend((self.reply)(packet));
        Ok(())
    }

    fn read(&mut self, packet: &mut Packet, slice: Duration) -> Result<usize, LinkError> {
        let mut state = self.state.lock().unwrap();
        state.reads += 1;
        assert!(state.reads < 2_000_000, "the wait does not end");
        if let Some((_, control)) = state.cancel.as_ref().filter(|(at, _)| *at == state.reads) {
            control.cancel();
        }
        if self.unplugged {
            return Err(LinkError::Unplugged);
        }
        let arrived = self.waiting.pop_front().or_else(|| self.endless.clone()).unwrap_or_default();
        state.now += if arrived.is_empty() { slice } else { Duration::from_millis(1) };
        packet[..arrived.len()].copy_from_slice(&arrived);
        Ok(arrived.len())
    }

    fn now(&self) -> Duration {
        self.state.lock().unwrap().now
    }

    fn pause(&mut self, time: Duration) {
        self.state.lock().unwrap().now += time;
    }
}

/// Joins a Ledger's packets to commands.
#[derive(Default)]
pub struct LedgerFrames(Vec<u8>, usize, u16);

impl LedgerFrames {
    pub fn take(&mut self, packet: &Packet) -> Option<Vec<u8>> {
        assert_eq!(packet[..5], [1, 1, 5, self.2.to_be_bytes()[0], self.2.to_be_bytes()[1]]);
        let data = if self.2 == 0 {
            self.1 = usize::from(packet[5]) * 256 + usize::from(packet[6]);
            &packet[7..]
        } else {
            &packet[5..]
        };
        self.0.extend(data);
        self.2 += 1;
        (self.0.len() >= self.1).then(|| {
            let Self(mut whole, length, _) = std::mem::take(self);
            whole.truncate(length);
            whole
        })
    }
}

pub fn ledger_frames(answer: &[u8]) -> Vec<Vec<u8>> {
    let mut message = u16::try_from(answer.len()).unwrap().to_be_bytes().to_vec();
    message.extend(answer);
    let frame = |(number, data): (usize, &[u8])| {
        let mut packet = vec![1, 1, 5, u8::try_from(number >> 8).unwrap(), u8::try_from(number & 255).unwrap()];
        packet.extend(data);
        packet.resize(PACKET_BYTES, 0);
        packet
    };
    message.chunks(PACKET_BYTES - 5).enumerate().map(frame).collect()
}

/// Joins a Trezor's packets to messages: type and payload.
#[derive(Default)]
pub struct TrezorFrames(Vec<u8>);

impl TrezorFrames {
    pub fn take(&mut self, packet: &Packet) -> Option<(u32, Vec<u8>)> {
        if self.0.is_empty() {
            assert_eq!(packet[..3], *b"?##");
            self.0.extend(&packet[3..]);
        } else {
            assert_eq!(packet[0], b'?');
            self.0.extend(&packet[1..]);
        }
        let kind = u32::from(self.0[0]) * 256 + u32::from(self.0[1]);
        let length = usize::try_from(u32::from_be_bytes(self.0[2..6].try_into().unwrap())).unwrap();
        (self.0.len() >= length + 6).then(|| (kind, std::mem::take(&mut self.0)[6..length + 6].to_vec()))
    }
}

pub fn trezor_frames(kind: u32, payload: &[u8]) -> Vec<Vec<u8>> {
    let mut message = b"##".to_vec();
    message.extend(u16::try_from(kind).unwrap().to_be_bytes());
    message.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    message.extend(payload);
    let frame = |data: &[u8]| {
        let mut packet = vec![b'?'];
        packet.extend(data);
        packet.resize(PACKET_BYTES, 0);
        packet
    };
    message.chunks(PACKET_BYTES - 1).map(frame).collect()
}
