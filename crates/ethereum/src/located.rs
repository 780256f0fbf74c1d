//! Bytes of a request, and where in the request they lie.

use std::ops::Range;

use alloy_primitives::Bytes;
use vitrine_review::Span;

/// Bytes read from a request, with their place in it: one byte of these is `width` bytes of the request (1 where the
/// request is binary, 2 where it spells them as hexadecimal digits). Slices share the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    bytes: Bytes,
    offset: usize,
    width: usize,
}

impl Located {
    /// Bytes that begin at `offset` of a binary request.
    pub fn binary(bytes: impl Into<Bytes>, offset: usize) -> Self {
        Self { bytes: bytes.into(), offset, width: 1 }
    }

    /// Bytes whose first hexadecimal digit stands at `offset` of a request in text.
    pub fn hex(bytes: impl Into<Bytes>, offset: usize) -> Self {
        Self { bytes: bytes.into(), offset, width: 2 }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A part of the bytes; none if the range is not within them.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.bytes.len() {
            return None;
        }
        let offset = range.start.checked_mul(self.width)?.checked_add(self.offset)?;
        Some(Self { bytes: self.bytes.slice(range), offset, width: self.width })
    }

    /// Everything from `start`; none if it is past the end.
    pub fn from(&self, start: usize) -> Option<Self> {
        self.slice(start..self.bytes.len())
    }

    /// The bytes' place in the request.
    pub fn span(&self) -> Span {
        Span::new(self.offset, self.offset.saturating_add(self.bytes.len().saturating_mul(self.width)))
    }

    /// Offset in the request of the byte with this index.
    pub fn offset_of(&self, index: usize) -> usize {
        self.offset.saturating_add(index.saturating_mul(self.width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_knows_its_place() {
        let data = Located::hex(vec![1, 2, 3, 4], 10);
        let part = data.slice(1..3).unwrap();
        assert_eq!((part.bytes(), part.span()), (&[2, 3][..], Span::new(12, 16)));
        assert_eq!(part.from(1).unwrap().span(), Span::new(14, 16));
        assert_eq!(data.slice(3..5), None);
        assert_eq!(Located::binary(vec![0; 4], 7).from(2).unwrap().span(), Span::new(9, 11));
    }
}
