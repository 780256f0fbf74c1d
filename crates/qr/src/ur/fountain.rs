//! Fragments from parts, by elimination over GF(2).

use std::collections::BTreeMap;

use crate::assembler::PartState;
use crate::ur::chooser::Chooser;
use crate::ur::{Part, UrError, crc32};

/// Collects parts of one message as linear equations between its fragments.
///
/// The rows are kept fully reduced: each holds its pivot, which no other row holds. A row with one fragment left is that
/// fragment. Memory grows only with what is received: a row has `count` bits and one fragment.
#[derive(Clone, Debug)]
pub(crate) struct Fountain {
    count: usize,
    message_len: usize,
    checksum: u32,
    chooser: Chooser,
    rows: BTreeMap<usize, Row>,
}

/// What a part added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing that did not follow from the others.
    Nothing,
    /// One equation more.
    Something,
    /// The opposite of what the others say.
    Contradiction,
}

impl Fountain {
    /// Prepares for the message that this part belongs to; does not take the part.
    pub(crate) fn for_message_of(part: &Part) -> Self {
        let count = part.count as usize;
        Self {
            count,
            message_len: part.message_len,
            checksum: part.checksum,
            chooser: Chooser::new(count),
            rows: BTreeMap::new(),
        }
    }

    /// Takes a part of the same message: same count, lengths and checksum.
    pub(crate) fn hear(&mut self, part: &Part) -> Heard {
        let fragments = self.chooser.fragments(part.sequence, part.checksum);
        let mut row = Row::new(self.count, &fragments, part.data.clone());
        fragments.iter().filter_map(|fragment| self.rows.get(fragment)).for_each(|known| row.add(known));
        let Some(pivot) = row.first() else {
            let zero = row.data.iter().all(|&byte| byte == 0);
            return if zero { Heard::Nothing } else { Heard::Contradiction };
        };
        self.rows.values_mut().filter(|other| other.has(pivot)).for_each(|other| other.add(&row));
        self.rows.insert(pivot, row);
        Heard::Something
    }

    /// Bytes that the message will have.
    pub(crate) fn message_len(&self) -> usize {
        self.message_len
    }

    /// Parts that added something.
    pub(crate) fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Says whether every fragment follows from the parts.
    pub(crate) fn is_complete(&self) -> bool {
        self.rows.len() == self.count
    }

    /// Says what is known of each fragment.
    pub(crate) fn states(&self) -> Vec<PartState> {
        let mut mixed = Row::new(self.count, &[], Vec::new());
        let (read, unsolved): (Vec<_>, Vec<_>) = self.rows.iter().partition(|(_, row)| row.is_single());
        unsolved.into_iter().for_each(|(_, row)| mixed.include(row));
        let mut states: Vec<PartState> = (0..self.count)
            .map(|fragment| if mixed.has(fragment) { PartState::Mixed } else { PartState::Missing })
            .collect();
        for (&fragment, _) in read {
            if let Some(state) = states.get_mut(fragment) {
                *state = PartState::Read;
            }
        }
        states
    }

    /// Puts the fragments together and checks the filling and the checksum.
    pub(crate) fn message(&self) -> Result<Vec<u8>, UrError> {
        let mut message = Vec::with_capacity(self.message_len);
        self.rows.values().for_each(|row| message.extend_from_slice(&row.data));
        if message.get(self.message_len..).is_none_or(|filling| filling.iter().any(|&byte| byte != 0)) {
            return Err(UrError::Padding);
        }
        message.truncate(self.message_len);
        let (stated, found) = (self.checksum, crc32(&message));
        if stated == found { Ok(message) } else { Err(UrError::MessageChecksum { stated, found }) }
    }
}

/// One equation: the exclusive or of the marked fragments is the data.
#[derive(Clone, Debug)]
struct Row {
    marks: Vec<u64>,
    data: Vec<u8>,
}

impl Row {
    fn new(count: usize, fragments: &[usize], data: Vec<u8>) -> Self {
        let mut marks = vec![0_u64; count.div_ceil(64)];
        for fragment in fragments {
            if let Some(word) = marks.get_mut(fragment / 64) {
                *word ^= 1 << (fragment % 64);
            }
        }
        Self { marks, data }
    }

    fn add(&mut self, other: &Self) {
        self.marks.iter_mut().zip(&other.marks).for_each(|(left, right)| *left ^= right);
        self.data.iter_mut().zip(&other.data).for_each(|(left, right)| *left ^= right);
    }

    fn include(&mut self, other: &Self) {
        self.marks.iter_mut().zip(&other.marks).for_each(|(left, right)| *left |= right);
    }

    fn has(&self, fragment: usize) -> bool {
        self.marks.get(fragment / 64).is_some_and(|word| word >> (fragment % 64) & 1 == 1)
    }

    fn first(&self) -> Option<usize> {
        let (index, word) = self.marks.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(index * 64 + word.trailing_zeros() as usize)
    }

    fn is_single(&self) -> bool {
        self.marks.iter().map(|word| word.count_ones()).sum::<u32>() == 1
    }
}
