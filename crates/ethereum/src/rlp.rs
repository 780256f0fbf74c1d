//! Recursive length prefix: one encoding for each value, and nobody else's.
//!
//! Source: Ethereum yellow paper, appendix B.

use std::fmt;
use std::ops::Range;

use crate::limits;

/// What is wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RlpProblem {
    /// The bytes end within an item.
    TooShort,
    /// A length that is not written in its shortest form.
    LengthNotShortest,
    /// A single byte below 0x80 that is written with a length.
    ByteNotShortest,
    /// An item that reaches past the end of its list.
    OutsideList,
    /// Bytes after the item.
    Trailing,
    /// Lists nested deeper than any transaction's.
    TooDeep,
    /// More items than are read.
    TooManyItems,
}

impl fmt::Display for RlpProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "the bytes end within an RLP item",
            Self::LengthNotShortest => "an RLP length is not written in its shortest form",
            Self::ByteNotShortest => "a single RLP byte is written with a length",
            Self::OutsideList => "an RLP item reaches past the end of its list",
            Self::Trailing => "something follows the RLP item",
            Self::TooDeep => "RLP lists are nested too deeply",
            Self::TooManyItems => "there are more RLP items than can be read",
        })
    }
}

/// An encoding that is not canonical, and the index of the byte where it ceases to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RlpError {
    pub(crate) at: usize,
    pub(crate) problem: RlpProblem,
}

/// An item and where it lies; `header.end == payload.start`. A single byte below 0x80 has an empty header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) header: Range<usize>,
    pub(crate) payload: Range<usize>,
    /// The items of a list; none of a string of bytes.
    pub(crate) list: Option<Vec<Self>>,
}

/// Deepest list: storage keys in an access list's entry in the list in the transaction, and one around it where a blob
/// transaction comes with its blobs, so that it is refused as that.
const DEPTH: usize = 5;

/// Reads the one item that starts at `start` and ends with the bytes.
pub(crate) fn read(bytes: &[u8], start: usize) -> Result<Item, RlpError> {
    let mut reader = Reader { bytes, items: 0 };
    let item = reader.item(start..bytes.len(), 0)?;
    if item.payload.end != bytes.len() {
        return Err(RlpError { at: item.payload.end, problem: RlpProblem::Trailing });
    }
    Ok(item)
}

struct Reader<'a> {
    bytes: &'a [u8],
    items: usize,
}

impl Reader<'_> {
    /// Reads the item at the beginning of `within`.
    fn item(&mut self, within: Range<usize>, depth: usize) -> Result<Item, RlpError> {
        let at = within.start;
        self.items = self.items.saturating_add(1);
        if self.items > limits::RLP_ITEMS {
            return Err(RlpError { at, problem: RlpProblem::TooManyItems });
        }
        let (is_list, header, payload) = self.extent(at)?;
        if payload.end > self.bytes.len() {
            return Err(RlpError { at, problem: RlpProblem::TooShort });
        }
        if payload.end > within.end {
            return Err(RlpError { at, problem: RlpProblem::OutsideList });
        }
        let list = if is_list { Some(self.list(payload.clone(), depth.saturating_add(1))?) } else { None };
        Ok(Item { header, payload, list })
    }

    fn list(&mut self, within: Range<usize>, depth: usize) -> Result<Vec<Item>, RlpError> {
        if depth > DEPTH {
            return Err(RlpError { at: within.start, problem: RlpProblem::TooDeep });
        }
        let (mut at, mut items) = (within.start, Vec::new());
        while at < within.end {
            let item = self.item(at..within.end, depth)?;
            at = item.payload.end;
            items.push(item);
        }
        Ok(items)
    }

    /// Header and payload of the item at `at`; whether the payload lies within the bytes is not checked.
    fn extent(&self, at: usize) -> Result<(bool, Range<usize>, Range<usize>), RlpError> {
        let first = self.byte(at)?;
        let next = at.saturating_add(1);
        let (is_list, base) = (first >= 0xc0, if first >= 0xc0 { 0xc0 } else { 0x80 });
        let short = usize::from(first.wrapping_sub(base));
        let (start, length) = match first {
            0..0x80 => return Ok((false, at..at, at..next)),
            _ if short < 56 => (next, short),
            _ => self.long_length(at, short.saturating_sub(55))?,
        };
        if first == 0x81 && self.byte(next)? < 0x80 {
            return Err(RlpError { at, problem: RlpProblem::ByteNotShortest });
        }
        let end = start.checked_add(length).ok_or(RlpError { at, problem: RlpProblem::TooShort })?;
        Ok((is_list, at..start, start..end))
    }

    /// The length written in `width` bytes after `at`, and where it ends.
    fn long_length(&self, at: usize, width: usize) -> Result<(usize, usize), RlpError> {
        let start = at.saturating_add(1);
        let end = start.saturating_add(width);
        let digits = self.bytes.get(start..end).ok_or(RlpError { at, problem: RlpProblem::TooShort })?;
        let length = digits.iter().try_fold(0usize, |sum, digit| sum.checked_mul(256)?.checked_add((*digit).into()));
        let shortest = digits.first() != Some(&0) && length.is_none_or(|length| length >= 56);
        if !shortest {
            return Err(RlpError { at, problem: RlpProblem::LengthNotShortest });
        }
        Ok((end, length.ok_or(RlpError { at, problem: RlpProblem::TooShort })?))
    }

    fn byte(&self, at: usize) -> Result<u8, RlpError> {
        self.bytes.get(at).copied().ok_or(RlpError { at, problem: RlpProblem::TooShort })
    }
}

/// Writes a string of bytes.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    if !matches!(bytes, [0..0x80]) {
        write_header(0x80, bytes.len(), out);
    }
    out.extend_from_slice(bytes);
}

/// Writes a list of items that are already written.
pub(crate) fn write_list(items: &[u8], out: &mut Vec<u8>) {
    write_header(0xc0, items.len(), out);
    out.extend_from_slice(items);
}

fn write_header(base: u8, length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < 56 => out.push(base.saturating_add(short)),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
            out.push(base.saturating_add(55).saturating_add(u8::try_from(digits.len()).unwrap_or(u8::MAX)));
            out.extend_from_slice(&digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(hex: &str) -> RlpProblem {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        read(&bytes, 0).unwrap_err().problem
    }

    #[test]
    fn what_others_let_pass_is_refused() {
        for (hex, expected) in [
            ("", RlpProblem::TooShort),
            ("8100", RlpProblem::ByteNotShortest),
            ("817f", RlpProblem::ByteNotShortest),
            ("81", RlpProblem::TooShort),
            ("82ff", RlpProblem::TooShort),
            ("b801ff", RlpProblem::LengthNotShortest),
            ("b837", RlpProblem::LengthNotShortest),
            ("b90038", RlpProblem::LengthNotShortest),
            ("f80180", RlpProblem::LengthNotShortest),
            ("f900380000", RlpProblem::LengthNotShortest),
            ("bfffffffffffffffff", RlpProblem::TooShort),
            ("ffffffffffffffffff", RlpProblem::TooShort),
            ("b8", RlpProblem::TooShort),
            ("c0c0", RlpProblem::Trailing),
            ("0000", RlpProblem::Trailing),
            ("c28282ff", RlpProblem::OutsideList),
            ("c4c282ffff", RlpProblem::OutsideList),
            ("c5c4c3c2c1c0", RlpProblem::TooDeep),
        ] {
            assert_eq!(problem(hex), expected, "{hex}");
        }
    }

    #[test]
    fn every_byte_has_a_place() {
        let bytes = data_encoding::HEXLOWER.decode(b"c98201020380c3c28080").unwrap();
        let item = read(&bytes, 0).unwrap();
        assert_eq!((item.header.clone(), item.payload.clone()), (0..1, 1..10));
        let list = item.list.unwrap();
        assert_eq!(list[0].payload, 2..4);
        assert_eq!((list[1].header.clone(), list[1].payload.clone()), (4..4, 4..5));
        assert_eq!((list[2].header.clone(), list[2].payload.clone()), (5..6, 6..6));
        assert_eq!(list[3].list.as_ref().unwrap()[0].list.as_ref().unwrap().len(), 2);
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for length in [0, 1, 2, 55, 56, 255, 256, 65_535, 65_536] {
            for byte in [0, 0x7f, 0x80, 0xff] {
                let (content, mut out, mut list) = (vec![byte; length], Vec::new(), Vec::new());
                write_bytes(&content, &mut out);
                assert_eq!(&out[read(&out, 0).unwrap().payload], content);
                let mut other = Vec::new();
                alloy_rlp::Encodable::encode(content.as_slice(), &mut other);
                assert_eq!(out, other);
                write_list(&out, &mut list);
                assert_eq!(&list[read(&list, 0).unwrap().payload], out);
            }
        }
    }

    #[test]
    fn items_are_bounded() {
        let mut out = Vec::new();
        write_list(&vec![0x80; limits::RLP_ITEMS], &mut out);
        assert_eq!(read(&out, 0).unwrap_err().problem, RlpProblem::TooManyItems);
    }
}
