//! A cursor over hostile bytes that knows where it is.

use vitrine_review::Span;

/// What went wrong while reading, without saying in what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `needed` bytes were announced at `offset`, `left` are there.
    Truncated { offset: usize, needed: u64, left: usize },
    /// The CompactSize at `offset` has a shorter form.
    NonCanonical { offset: usize },
}

/// Reads `bytes` from `offset` up to `end`; offsets stay those of the whole request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `span` within `bytes`; a span past the end is cut.
    pub(crate) fn new(bytes: &'a [u8], span: Span) -> Self {
        let end = span.end.min(bytes.len());
        Self { bytes: bytes.get(..end).unwrap_or(bytes), offset: span.start.min(end) }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    /// The next `n` bytes as a span.
    pub(crate) fn span(&mut self, n: u64) -> Result<Span, Fault> {
        let fault = Fault::Truncated { offset: self.offset, needed: n, left: self.left() };
        let n = usize::try_from(n).ok().filter(|n| *n <= self.left()).ok_or(fault)?;
        let start = self.offset;
        self.offset = start.saturating_add(n);
        Ok(Span::new(start, self.offset))
    }

    /// The next byte without taking it.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let span = self.span(N as u64)?;
        let bytes = self.bytes.get(span.start..span.end).and_then(|b| b.try_into().ok());
        bytes.ok_or(Fault::Truncated { offset: span.start, needed: N as u64, left: 0 })
    }

    /// A CompactSize in its shortest form, and where it stands.
    pub(crate) fn compact_size(&mut self) -> Result<(u64, Span), Fault> {
        let start = self.offset;
        let [first] = self.array::<1>()?;
        let (value, least) = match first {
            0xfd => (u64::from(u16::from_le_bytes(self.array()?)), 0xfd),
            0xfe => (u64::from(u32::from_le_bytes(self.array()?)), 0x1_0000),
            0xff => (u64::from_le_bytes(self.array()?), 0x1_0000_0000),
            small => (u64::from(small), 0),
        };
        if value < least {
            return Err(Fault::NonCanonical { offset: start });
        }
        Ok((value, Span::new(start, self.offset)))
    }
}

/// The bytes of a span; empty if it lies outside.
pub(crate) fn slice(bytes: &[u8], span: Span) -> &[u8] {
    bytes.get(span.start..span.end).unwrap_or_default()
}

/// Four bytes, little-endian.
pub(crate) fn u32_le(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_le_bytes)
}

/// Eight bytes, little-endian.
pub(crate) fn u64_le(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

/// Appends a CompactSize in its shortest form.
pub(crate) fn push_compact_size(out: &mut Vec<u8>, value: usize) {
    let value = value as u64;
    match value {
        0..=0xfc => out.push(value as u8),
        0xfd..=0xffff => {
            out.push(0xfd);
            out.extend_from_slice(&(value as u16).to_le_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xfe);
            out.extend_from_slice(&(value as u32).to_le_bytes());
        }
        _ => {
            out.push(0xff);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_in_a_longer_form_than_needed_is_found() {
        for bytes in [&[0xfd, 0xfc, 0x00][..], &[0xfe, 0xff, 0xff, 0, 0], &[0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]] {
            let read = Reader::new(bytes, Span::new(0, bytes.len())).compact_size();
            assert_eq!(read, Err(Fault::NonCanonical { offset: 0 }));
        }
        for value in [0usize, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000] {
            let mut bytes = Vec::new();
            push_compact_size(&mut bytes, value);
            let read = Reader::new(&bytes, Span::new(0, bytes.len())).compact_size().unwrap();
            assert_eq!(read, (value as u64, Span::new(0, bytes.len())));
        }
    }

    #[test]
    fn a_length_past_the_end_takes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3], Span::new(1, 3));
        assert_eq!(reader.span(u64::MAX), Err(Fault::Truncated { offset: 1, needed: u64::MAX, left: 2 }));
        assert_eq!(reader.span(2), Ok(Span::new(1, 3)));
        assert_eq!(reader.left(), 0);
    }
}
