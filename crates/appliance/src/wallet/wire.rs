//! What travels between the interface and a wallet's process: packets, that the device is open, and the end.
//!
//! A frame is its kind (1 byte), the length of its content (1) and the content, of at most 64 bytes. Both sides hold the
//! other for hostile.

use std::fmt;

use vitrine_device::PACKET_BYTES;

const HEADER_BYTES: usize = 2;
/// Most bytes of a frame.
pub const FRAME_BYTES: usize = HEADER_BYTES + PACKET_BYTES;

const PACKET: u8 = b'P';
const OPENED: u8 = b'O';
const ENDED: u8 = b'E';

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A packet of 1 to 64 bytes; to the device, always of 64.
    Packet(Packet),
    /// The device is open; its product number. The first frame of the process, and said once.
    Opened(u16),
    /// The process ends, and why. Its last frame.
    Ended(End),
}

/// A packet of 1 to 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet(Vec<u8>);

/// Why a wallet's process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// There is no such device.
    NotFound,
    /// Its user may not open it.
    PermissionDenied,
    /// It cannot be opened.
    Unavailable,
    /// It was open, and is gone.
    Unplugged,
    /// The process could not be confined, and did not look at the device.
    Unconfined,
}

/// What is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what arrived is no frame of packets")
    }
}

impl std::error::Error for Malformed {}

impl Packet {
    /// A packet of these bytes; none if they are none, or more than 64.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (1..=PACKET_BYTES).contains(&bytes.len()).then(|| Self(bytes.to_vec()))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Frame {
    /// The bytes that travel.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, content) = match self {
            Self::Packet(packet) => (PACKET, packet.0.clone()),
            Self::Opened(product) => (OPENED, product.to_be_bytes().to_vec()),
            Self::Ended(end) => (ENDED, vec![end.code()]),
        };
        // A content has at most 64 bytes.
        let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
        [&[kind, length], content.as_slice()].concat()
    }

    fn decode(kind: u8, content: &[u8]) -> Option<Self> {
        match (kind, content) {
            (PACKET, bytes) => Packet::new(bytes).map(Self::Packet),
            (OPENED, [high, low]) => Some(Self::Opened(u16::from_be_bytes([*high, *low]))),
            (ENDED, [code]) => End::of(*code).map(Self::Ended),
            _ => None,
        }
    }
}

impl End {
    const ALL: [Self; 5] =
        [Self::NotFound, Self::PermissionDenied, Self::Unavailable, Self::Unplugged, Self::Unconfined];

    const fn code(self) -> u8 {
        match self {
            Self::NotFound => 1,
            Self::PermissionDenied => 2,
            Self::Unavailable => 3,
            Self::Unplugged => 4,
            Self::Unconfined => 5,
        }
    }

    fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.code() == code)
    }
}

/// Bytes as far as they arrived, of which frames are taken.
#[derive(Debug, Default)]
pub struct Frames {
    /// At most [`Frames::MOST`] bytes.
    bytes: Vec<u8>,
}

impl Frames {
    /// Most bytes that wait: who takes frames out before adding more never has as many.
    pub const MOST: usize = 64 * FRAME_BYTES;

    /// How many bytes may be added now.
    pub fn room(&self) -> usize {
        Self::MOST.saturating_sub(self.bytes.len())
    }

    /// Adds what arrived.
    ///
    /// # Errors
    /// [`Malformed`] if it is more than there is room for.
    pub fn add(&mut self, arrived: &[u8]) -> Result<(), Malformed> {
        if arrived.len() > self.room() {
            return Err(Malformed);
        }
        self.bytes.extend_from_slice(arrived);
        Ok(())
    }

    /// Takes the next whole frame; none if it is not whole yet.
    ///
    /// # Errors
    /// [`Malformed`], for good: where the next frame begins is not known.
    pub fn take(&mut self) -> Result<Option<Frame>, Malformed> {
        let [kind, length, rest @ ..] = self.bytes.as_slice() else { return Ok(None) };
        let length = usize::from(*length);
        if ![PACKET, OPENED, ENDED].contains(kind) || length > PACKET_BYTES {
            return Err(Malformed);
        }
        let Some(content) = rest.get(..length) else { return Ok(None) };
        let frame = Frame::decode(*kind, content).ok_or(Malformed)?;
        self.bytes.drain(..HEADER_BYTES.saturating_add(length));
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame() -> impl Strategy<Value = Frame> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 1..=PACKET_BYTES).prop_map(|bytes| Frame::Packet(Packet(bytes))),
            any::<u16>().prop_map(Frame::Opened),
            prop::sample::select(&End::ALL[..]).prop_map(Frame::Ended),
        ]
    }

    proptest! {
        #[test]
        fn frames_arrive_whole_however_the_bytes_are_cut(
            sent in prop::collection::vec(frame(), 0..40),
            cut in 1_usize..200,
        ) {
            let bytes: Vec<u8> = sent.iter().flat_map(Frame::encode).collect();
            let (mut frames, mut arrived) = (Frames::default(), Vec::new());
            for piece in bytes.chunks(cut) {
                frames.add(piece).unwrap();
                while let Some(frame) = frames.take().unwrap() {
                    arrived.push(frame);
                }
            }
            prop_assert_eq!(arrived, sent);
        }

        /// Whatever a process that was taken over sends: frames within their bounds or an error, and the same bytes back.
        #[test]
        fn no_bytes_break_the_reading(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut frames = Frames::default();
            frames.add(&bytes).unwrap();
            let mut taken = Vec::new();
            while let Ok(Some(frame)) = frames.take() {
                taken.extend(frame.encode());
                prop_assert!(bytes.starts_with(&taken));
            }
        }
    }

    #[test]
    fn a_flood_is_not_gathered() {
        let mut frames = Frames::default();
        assert_eq!(frames.add(&vec![PACKET; Frames::MOST + 1]), Err(Malformed));
        frames.add(&vec![PACKET; Frames::MOST]).unwrap();
        assert_eq!(frames.add(&[0]), Err(Malformed));
    }

    #[test]
    fn what_is_no_frame_is_refused_at_its_header() {
        for bytes in [[b'X', 0], [PACKET, 65], [OPENED, 255]] {
            let mut frames = Frames::default();
            frames.add(&bytes).unwrap();
            assert_eq!(frames.take(), Err(Malformed), "{bytes:?}");
        }
        for bytes in [vec![PACKET, 0], vec![OPENED, 1, 0], vec![ENDED, 1, 0], vec![ENDED, 1, 6], vec![ENDED, 0]] {
            let mut frames = Frames::default();
            frames.add(&bytes).unwrap();
            assert_eq!(frames.take(), Err(Malformed), "{bytes:?}");
        }
    }
}
