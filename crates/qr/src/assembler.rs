//! Parts in, payload out.

use crate::part_error::PartError;
use crate::payload::Payload;

/// Collects the parts of one message, whatever the transport, and never mixes two messages.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    payload: Option<Payload>,
}

/// What became of one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Not a part, or a part that had to be refused; the reason in words.
    NotAPart(PartError),
    /// A part of another message than the one being collected; refused.
    OtherMessage,
    /// A part that adds nothing to what is known.
    Seen,
    /// A part that added something.
    New {
        /// The part's place: the fragment of a pure part; for a mixed UR part its sequence number less one.
        index: usize,
    },
    /// The message is complete and its checksums hold; [`Assembler::payload`] has it.
    Complete,
}

/// What is known about one fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    /// Nothing is known.
    Missing,
    /// It is mixed into a part that was read, and follows once enough others are known.
    Mixed,
    /// It is known.
    Read,
}

/// How far a message is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The transport in words: "ur:crypto-psbt, fountain parts".
    pub kind: Option<String>,
    /// What the message says it is: "Bitcoin PSBT".
    pub says: Option<String>,
    /// Each fragment's state, in order.
    pub parts: Vec<PartState>,
    /// Parts that added something; the message is complete when this reaches the number of fragments.
    pub received: usize,
    /// Parts refused: of another message, damaged or contradictory.
    pub refused: usize,
    /// Bytes of the message, where the transport says so before it is complete.
    pub size: Option<usize>,
    /// CRC-32 of the message as its parts state it.
    pub checksum: Option<[u8; 4]>,
    /// Several parts of one other message came in a row: starting over with [`Assembler::reset`] can be offered.
    pub restart_offered: bool,
}

impl Assembler {
    /// Starts with nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the bytes of one symbol.
    pub fn receive(&mut self, symbol: &[u8]) -> Received {
        Received::NotAPart(PartError::SomethingElse { begins: crate::part_error::quote_beginning(symbol) })
    }

    /// Says how far the message is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::default()
    }

    /// The payload, once complete.
    #[must_use]
    pub fn payload(&self) -> Option<&Payload> {
        self.payload.as_ref()
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Self::new();
    }
}
