//! The parts of a message, by their number.

use crate::limits::{MESSAGE_BYTES, UR_FRAGMENTS};
use crate::payload::UrType;
use crate::stream::EncodeError;
use crate::ur::chooser::Chooser;
use crate::ur::{Part, crc32, encode_single, wrap};

/// Fragments shorter than this are not made: the part's own numbers would outweigh them.
const MIN_FRAGMENT: usize = 10;

/// Mixed parts before their numbers begin again, so that numbers and codes stay small.
const MIXED_PARTS: u32 = 4096;

/// A message cut into fragments, from which any part can be made.
#[derive(Clone, Debug)]
pub(crate) struct UrParts {
    ur_type: UrType,
    message: Vec<u8>,
    fragment_len: usize,
    count: u32,
    checksum: u32,
    chooser: Chooser,
}

impl UrParts {
    /// Cuts the payload's bytes, in their CBOR, into equal fragments of `fragment_len` bytes at most.
    pub(crate) fn new(ur_type: UrType, bytes: &[u8], fragment_len: usize) -> Result<Self, EncodeError> {
        if fragment_len < MIN_FRAGMENT {
            return Err(EncodeError::FragmentLength { asked: fragment_len });
        }
        let message = wrap(ur_type, bytes);
        if message.len() > MESSAGE_BYTES {
            return Err(EncodeError::TooLarge { found: bytes.len() });
        }
        let needed = message.len().div_ceil(fragment_len).max(1);
        let fragment_len = message.len().div_ceil(needed).max(1);
        let needed = message.len().div_ceil(fragment_len);
        let limit = UR_FRAGMENTS as usize;
        let count = u32::try_from(needed).ok().filter(|count| *count <= UR_FRAGMENTS);
        let count = count.ok_or(EncodeError::TooManyParts { needed, limit })?;
        let (checksum, chooser) = (crc32(&message), Chooser::new(needed));
        Ok(Self { ur_type, message, fragment_len, count, checksum, chooser })
    }

    /// Parts that carry one fragment each.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The n-th part to show: 1, k + 1, 2, k + 2 … A receiver that joins late, and one that misses parts of a certain
    /// rhythm, then gets pure and mixed ones alike.
    pub(crate) fn alternating(&mut self, position: u32) -> String {
        let half = position / 2;
        if position.is_multiple_of(2) {
            self.text(half % self.count.max(1) + 1)
        } else {
            self.text(self.count + 1 + half % MIXED_PARTS)
        }
    }

    /// A part with the most digits in its number: no other part of the message needs more room.
    pub(crate) fn longest(&mut self) -> String {
        self.text(self.count + MIXED_PARTS)
    }

    /// The part with this number, in capitals; the whole message when there is but one fragment.
    pub(crate) fn text(&mut self, sequence: u32) -> String {
        if self.count == 1 {
            return encode_single(self.ur_type, &self.message);
        }
        let mut data = vec![0; self.fragment_len];
        for fragment in self.chooser.fragments(sequence, self.checksum) {
            let start = fragment.saturating_mul(self.fragment_len);
            let bytes = self.message.iter().skip(start);
            data.iter_mut().zip(bytes).for_each(|(mixed, byte)| *mixed ^= byte);
        }
        let (count, message_len, checksum) = (self.count, self.message.len(), self.checksum);
        Part { sequence, count, message_len, checksum, data }.to_text(self.ur_type)
    }
}
