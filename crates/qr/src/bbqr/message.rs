//! The parts of one BBQr message.

use std::collections::BTreeMap;

use crate::assembler::PartState;
use crate::bbqr::inflate::inflate;
use crate::bbqr::{BbqrError, BbqrPart, BbqrType, Header};
use crate::limits::MESSAGE_BYTES;
use crate::payload::{BbqrEncoding, PSBT_MAGIC};

/// Contradictions, with nothing new between them, after which everything is dropped: one of the first contents was wrong.
const CONTRADICTIONS: usize = 3;

/// Collects the parts of one message.
#[derive(Clone, Debug)]
pub(crate) struct BbqrMessage {
    header: Header,
    parts: BTreeMap<usize, Vec<u8>>,
    contradictions: usize,
}

/// What a part added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// Its place was taken, by the same.
    Seen,
    /// Its place was free.
    New,
}

impl BbqrMessage {
    /// Prepares for the message with this header.
    pub(crate) fn new(header: Header) -> Self {
        Self { header, parts: BTreeMap::new(), contradictions: 0 }
    }

    /// Takes a part with the same header. After [`BbqrError::StartedOver`] nothing is left.
    pub(crate) fn place(&mut self, part: BbqrPart) -> Result<Placed, BbqrError> {
        match self.check(&part) {
            Ok(Placed::Seen) => Ok(Placed::Seen),
            Ok(Placed::New) => {
                self.contradictions = 0;
                self.parts.insert(part.index, part.data);
                Ok(Placed::New)
            }
            Err(error) => Err(self.contradicted(part.index, error)),
        }
    }

    fn check(&self, part: &BbqrPart) -> Result<Placed, BbqrError> {
        let index = part.index;
        match self.parts.get(&index) {
            Some(data) if *data == part.data => return Ok(Placed::Seen),
            Some(_) => return Err(BbqrError::Conflict { index }),
            None => {}
        }
        self.check_length(index, part.data.len())?;
        let others = self.header.total.saturating_sub(1).saturating_mul(self.part_len(part));
        if others > MESSAGE_BYTES { Err(BbqrError::TooLarge) } else { Ok(Placed::New) }
    }

    /// All parts but the last are equally long, and the last is not longer.
    fn check_length(&self, index: usize, found: usize) -> Result<(), BbqrError> {
        let last = self.header.total.saturating_sub(1);
        let wrong = |others: usize| Err(BbqrError::Length { index, found, others });
        for (&place, data) in &self.parts {
            let others = data.len();
            let fits = match (index == last, place == last) {
                (true, _) => found <= others,
                (false, true) => others <= found,
                (false, false) => found == others,
            };
            if !fits {
                return wrong(others);
            }
        }
        Ok(())
    }

    fn part_len(&self, part: &BbqrPart) -> usize {
        self.parts.values().map(Vec::len).max().unwrap_or(0).max(part.data.len())
    }

    fn contradicted(&mut self, index: usize, error: BbqrError) -> BbqrError {
        self.contradictions = self.contradictions.saturating_add(1);
        if self.contradictions < CONTRADICTIONS {
            return error;
        }
        self.parts.clear();
        self.contradictions = 0;
        BbqrError::StartedOver { index }
    }

    /// What all parts have in common.
    pub(crate) fn header(&self) -> Header {
        self.header
    }

    /// Parts that are there.
    pub(crate) fn received(&self) -> usize {
        self.parts.len()
    }

    /// Says whether all parts are there.
    pub(crate) fn is_complete(&self) -> bool {
        self.parts.len() == self.header.total
    }

    /// Says what is known of each part.
    pub(crate) fn states(&self) -> Vec<PartState> {
        let state = |index| if self.parts.contains_key(&index) { PartState::Read } else { PartState::Missing };
        (0..self.header.total).map(state).collect()
    }

    /// Puts the parts together, inflates them and looks at the first bytes.
    pub(crate) fn message(&self) -> Result<Vec<u8>, BbqrError> {
        let joined: Vec<u8> = self.parts.values().flatten().copied().collect();
        let message = match self.header.encoding {
            BbqrEncoding::Zlib => inflate(&joined, MESSAGE_BYTES)?,
            BbqrEncoding::Hex | BbqrEncoding::Base32 => joined,
        };
        if message.len() > MESSAGE_BYTES {
            return Err(BbqrError::TooLarge);
        }
        match self.header.file_type {
            BbqrType::Psbt if !message.starts_with(PSBT_MAGIC) => Err(BbqrError::NotAPsbt),
            BbqrType::Psbt | BbqrType::Transaction => Ok(message),
        }
    }
}
