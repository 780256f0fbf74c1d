//! Parts in, payload out.

use crate::bbqr::{BbqrMessage, BbqrPart, Header};
use crate::limits::OTHER_PARTS_BEFORE_RESTART;
use crate::part_error::PartError;
use crate::payload::{Payload, UrType};
use crate::symbol_text::{Said, WholeId, understand};
use crate::ur::{Fountain, Heard, Part, unwrap};

/// Collects the parts of one message, whatever the transport, and never mixes two messages.
///
/// The first part decides which message it is. Parts of another are refused and counted; once several of one other
/// message came in a row, [`Progress::restart_offered`] says that the human may want to start over.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    collection: Option<Collection>,
    refused: usize,
    /// Consecutive parts of one other message.
    other: Option<(MessageId, usize)>,
}

/// What is being collected, and of which message.
#[derive(Clone, Debug)]
struct Collection {
    id: MessageId,
    parts: Parts,
    payload: Option<Payload>,
}

/// What the parts of one message have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
enum MessageId {
    Ur { ur_type: UrType, count: u32, message_len: usize, checksum: u32, fragment_len: usize },
    Bbqr(Header),
    Whole(WholeId),
}

#[derive(Clone, Debug)]
enum Parts {
    Ur(Fountain),
    Bbqr(BbqrMessage),
    Whole,
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
        /// The part's place, from 0: the fragment of a pure part; for a mixed UR part its sequence number less one.
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

    /// Takes the bytes of one symbol, or one line of a file.
    pub fn receive(&mut self, symbol: &[u8]) -> Received {
        let said = match understand(symbol) {
            Ok(said) => said,
            Err(error) => return self.refuse(error),
        };
        let id = said.id();
        match &self.collection {
            Some(collection) if collection.id != id => self.refuse_other(id),
            Some(collection) if collection.payload.is_some() => self.ours(Received::Seen),
            Some(_) | None => self.collect(id, said),
        }
    }

    /// Counts what was meant to be a part; a code of something else is no part of anything.
    fn refuse(&mut self, error: PartError) -> Received {
        if !matches!(error, PartError::SomethingElse { .. } | PartError::Empty) {
            self.refused = self.refused.saturating_add(1);
        }
        Received::NotAPart(error)
    }

    fn refuse_other(&mut self, id: MessageId) -> Received {
        self.refused = self.refused.saturating_add(1);
        let before = match self.other.take() {
            Some((other, count)) if other == id => count,
            _ => 0,
        };
        self.other = Some((id, before.saturating_add(1)));
        Received::OtherMessage
    }

    fn ours(&mut self, received: Received) -> Received {
        self.other = None;
        received
    }

    fn collect(&mut self, id: MessageId, said: Said) -> Received {
        let mut collection = self.collection.take().unwrap_or_else(|| Collection::new(id, &said));
        match collection.add(said) {
            Ok(received) => {
                self.collection = Some(collection);
                self.ours(received)
            }
            Err(error) => {
                self.collection = Some(collection).filter(|_| !drops_all(&error));
                self.refuse(error)
            }
        }
    }

    /// Says how far the message is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let offered = |(_, count): &(MessageId, usize)| *count >= OTHER_PARTS_BEFORE_RESTART;
        let mut progress = self.collection.as_ref().map(Collection::progress).unwrap_or_default();
        progress.refused = self.refused;
        progress.restart_offered = self.payload().is_none() && self.other.as_ref().is_some_and(offered);
        progress
    }

    /// The payload, once complete.
    #[must_use]
    pub fn payload(&self) -> Option<&Payload> {
        self.collection.as_ref().and_then(|collection| collection.payload.as_ref())
    }

    /// Forgets everything, counts too.
    pub fn reset(&mut self) {
        *self = Self::new();
    }
}

/// Says whether an error leaves nothing of what was collected worth keeping.
fn drops_all(error: &PartError) -> bool {
    use crate::{BbqrError as B, UrError as U};
    match error {
        PartError::Ur(error) => {
            matches!(error, U::MessageChecksum { .. } | U::Padding | U::Envelope { .. } | U::NotAPsbt { .. })
        }
        PartError::Bbqr(error) => {
            matches!(error, B::StartedOver { .. } | B::Deflate { .. } | B::NotAPsbt | B::TooLarge)
        }
        PartError::Empty | PartError::TooLong { .. } | PartError::SomethingElse { .. } | PartError::Text { .. } => {
            false
        }
    }
}

impl Said {
    fn id(&self) -> MessageId {
        match self {
            Self::UrPart(ur_type, part) => MessageId::Ur {
                ur_type: *ur_type,
                count: part.count,
                message_len: part.message_len,
                checksum: part.checksum,
                fragment_len: part.data.len(),
            },
            Self::BbqrPart(part) => MessageId::Bbqr(part.header),
            Self::Whole(payload) => MessageId::Whole(WholeId::of(payload)),
        }
    }
}

impl Collection {
    fn new(id: MessageId, said: &Said) -> Self {
        let parts = match said {
            Said::UrPart(_, part) => Parts::Ur(Fountain::for_message_of(part)),
            Said::BbqrPart(part) => Parts::Bbqr(BbqrMessage::new(part.header)),
            Said::Whole(_) => Parts::Whole,
        };
        Self { id, parts, payload: None }
    }

    fn add(&mut self, said: Said) -> Result<Received, PartError> {
        match said {
            Said::UrPart(ur_type, part) => self.add_ur(ur_type, &part),
            Said::BbqrPart(part) => self.add_bbqr(part),
            Said::Whole(payload) => {
                self.payload = Some(payload);
                Ok(Received::Complete)
            }
        }
    }

    fn add_ur(&mut self, ur_type: UrType, part: &Part) -> Result<Received, PartError> {
        let Parts::Ur(fountain) = &mut self.parts else { return Ok(Received::OtherMessage) };
        let sequence = part.sequence;
        match fountain.hear(part) {
            Heard::Nothing => return Ok(Received::Seen),
            Heard::Contradiction => return Err(crate::UrError::Contradiction { sequence }.into()),
            Heard::Something => {}
        }
        if !fountain.is_complete() {
            return Ok(Received::New { index: sequence.saturating_sub(1) as usize });
        }
        let bytes = unwrap(ur_type, &fountain.message()?)?;
        self.payload = Some(Payload::from_ur(ur_type, bytes)?);
        Ok(Received::Complete)
    }

    fn add_bbqr(&mut self, part: BbqrPart) -> Result<Received, PartError> {
        use crate::bbqr::Placed;
        let Parts::Bbqr(message) = &mut self.parts else { return Ok(Received::OtherMessage) };
        let index = part.index;
        if message.place(part)? == Placed::Seen {
            return Ok(Received::Seen);
        }
        if !message.is_complete() {
            return Ok(Received::New { index });
        }
        self.payload = Some(Payload::from_bbqr(message.header(), message.message()?));
        Ok(Received::Complete)
    }

    fn progress(&self) -> Progress {
        let (kind, says) = self.id.words();
        let (parts, received) = match &self.parts {
            Parts::Ur(fountain) => (fountain.states(), fountain.rank()),
            Parts::Bbqr(message) => (message.states(), message.received()),
            Parts::Whole => (vec![PartState::Read], 1),
        };
        let (size, checksum) = match (&self.parts, &self.id) {
            (Parts::Ur(fountain), MessageId::Ur { checksum, .. }) => {
                (Some(fountain.message_len()), Some(checksum.to_be_bytes()))
            }
            _ => (self.payload.as_ref().map(|payload| payload.bytes.len()), None),
        };
        Progress {
            kind: Some(kind),
            says: Some(says),
            parts,
            received,
            refused: 0,
            size,
            checksum,
            restart_offered: false,
        }
    }
}

impl MessageId {
    /// The transport, and what the message says it is.
    fn words(&self) -> (String, String) {
        match self {
            Self::Ur { ur_type, .. } => (format!("ur:{}, fountain parts", ur_type.name()), ur_type.says()),
            Self::Bbqr(header) => {
                let parts = if header.total == 1 { "one part" } else { "numbered parts" };
                (format!("{}, {parts}", header.transport()), header.file_type.kind().to_string())
            }
            Self::Whole(whole) => (format!("{}, one part", whole.transport), whole.kind.to_string()),
        }
    }
}
