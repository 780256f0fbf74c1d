//! CBOR as wallets write it: definite lengths, each in its shortest form (RFC 8949, 4.2.1), and nothing else.

use std::ops::Range;

use vitrine_review::Span;

use super::error::{CborProblem, RequestError, RequestProblem};
use crate::{Field, Located};

/// Reads CBOR from its beginning.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Heads of everything but integers and truth values, which are nothing but their head.
    pub(super) structure: Vec<Span>,
}

/// Major types (RFC 8949, 3.1).
const UINT: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, structure: Vec::new() }
    }

    /// Where the next item starts.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn cbor(&self, problem: CborProblem) -> RequestError {
        RequestError { offset: self.at, problem: RequestProblem::Cbor(problem) }
    }

    /// The head's argument and its bytes, if the next item is of this major type.
    fn head(&mut self, major: u8) -> Result<(u64, Range<usize>), RequestError> {
        let too_short = |reader: &Self| reader.cbor(CborProblem::TooShort);
        let first = *self.bytes.get(self.at).ok_or_else(|| too_short(self))?;
        if first >> 5 != major {
            return Err(self.cbor(CborProblem::Kind));
        }
        let width = match first & 0x1f {
            0..=23 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(self.cbor(CborProblem::Indefinite)),
        };
        let start = self.at.saturating_add(1);
        let digits = self.bytes.get(start..start.saturating_add(width)).ok_or_else(|| too_short(self))?;
        let value = match width {
            0 => u64::from(first & 0x1f),
            _ => digits.iter().fold(0, |sum: u64, digit| sum << 8 | u64::from(*digit)),
        };
        let shortest = match width {
            0 => true,
            1 => value >= 24,
            _ => value >> (width * 4) != 0,
        };
        if !shortest {
            return Err(self.cbor(CborProblem::NotShortest));
        }
        let head = self.at..start.saturating_add(width);
        self.at = head.end;
        Ok((value, head))
    }

    fn structural_head(&mut self, major: u8) -> Result<u64, RequestError> {
        let (value, head) = self.head(major)?;
        self.structure.push(Span::new(head.start, head.end));
        Ok(value)
    }

    /// An unsigned integer.
    pub(super) fn uint(&mut self) -> Result<Field<u64>, RequestError> {
        let (value, head) = self.head(UINT)?;
        Ok(Field { value, span: Span::new(head.start, head.end) })
    }

    /// A key of a map: structure.
    pub(super) fn key(&mut self) -> Result<u64, RequestError> {
        self.structural_head(UINT)
    }

    /// The number of items of an array, of which at most `most` are read.
    pub(super) fn array(&mut self, most: usize) -> Result<usize, RequestError> {
        self.count(ARRAY, most)
    }

    /// The number of pairs of a map, of which at most `most` are read.
    pub(super) fn map(&mut self, most: usize) -> Result<usize, RequestError> {
        self.count(MAP, most)
    }

    fn count(&mut self, major: u8, most: usize) -> Result<usize, RequestError> {
        let at = self.at;
        let found = self.structural_head(major)?;
        let count = usize::try_from(found).ok().filter(|count| *count <= most);
        count.ok_or(RequestError { offset: at, problem: RequestProblem::Cbor(CborProblem::TooMany { most }) })
    }

    /// The tag with this number.
    pub(super) fn tag(&mut self, expected: u64) -> Result<(), RequestError> {
        let at = self.at;
        let found = self.structural_head(TAG)?;
        if found == expected {
            return Ok(());
        }
        Err(RequestError { offset: at, problem: RequestProblem::Cbor(CborProblem::Tag { expected, found }) })
    }

    /// Whether the next item has a tag.
    pub(super) fn is_tagged(&self) -> bool {
        self.bytes.get(self.at).is_some_and(|first| first >> 5 == TAG)
    }

    /// Whether the next item is an array.
    pub(super) fn is_array(&self) -> bool {
        self.bytes.get(self.at).is_some_and(|first| first >> 5 == ARRAY)
    }

    /// `true` or `false`.
    pub(super) fn bool(&mut self) -> Result<Field<bool>, RequestError> {
        let value = match self.bytes.get(self.at) {
            Some(0xf4) => false,
            Some(0xf5) => true,
            Some(_) => return Err(self.cbor(CborProblem::Kind)),
            None => return Err(self.cbor(CborProblem::TooShort)),
        };
        let span = Span::new(self.at, self.at.saturating_add(1));
        self.at = span.end;
        Ok(Field { value, span })
    }

    /// A string of bytes; one that is empty owns its head.
    pub(super) fn bytes(&mut self) -> Result<Field<Located>, RequestError> {
        self.string(BYTES)
    }

    /// A text, which must be UTF-8; one that is empty owns its head.
    pub(super) fn text(&mut self) -> Result<Field<String>, RequestError> {
        let at = self.at;
        let Field { value, span } = self.string(TEXT)?;
        let text = std::str::from_utf8(value.bytes()).map(str::to_owned);
        let not_utf8 = RequestError { offset: at, problem: RequestProblem::Cbor(CborProblem::NotUtf8) };
        Ok(Field { value: text.map_err(|_| not_utf8)?, span })
    }

    fn string(&mut self, major: u8) -> Result<Field<Located>, RequestError> {
        let at = self.at;
        let (length, head) = self.head(major)?;
        let too_short = RequestError { offset: at, problem: RequestProblem::Cbor(CborProblem::TooShort) };
        let end = usize::try_from(length).ok().and_then(|length| head.end.checked_add(length));
        let content = end.and_then(|end| self.bytes.get(head.end..end)).ok_or(too_short)?;
        self.at = head.end.saturating_add(content.len());
        let (head, value) = (Span::new(head.start, head.end), Located::binary(content.to_vec(), head.end));
        if content.is_empty() {
            return Ok(Field { value, span: head });
        }
        self.structure.push(head);
        Ok(Field { span: value.span(), value })
    }

    /// The end: nothing may follow.
    pub(super) fn end(&self) -> Result<(), RequestError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.cbor(CborProblem::Trailing)) }
    }
}
