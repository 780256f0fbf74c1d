//! One part of a BBQr message: eight characters of header, then data.

use data_encoding::{BASE32_NOPAD, HEXUPPER};

use crate::bbqr::BbqrError;
use crate::limits::BBQR_PARTS;
use crate::payload::{BbqrEncoding, PayloadKind};

/// Characters of the header.
const HEADER: usize = 8;

/// What the type letter promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BbqrType {
    /// `P`.
    Psbt,
    /// `T`.
    Transaction,
}

impl BbqrType {
    pub(crate) fn kind(self) -> PayloadKind {
        match self {
            Self::Psbt => PayloadKind::Psbt,
            Self::Transaction => PayloadKind::Transaction,
        }
    }

    fn from_letter(letter: u8) -> Result<Self, BbqrError> {
        let unsupported = |means| Err(BbqrError::UnsupportedType { letter: char::from(letter), means });
        match letter {
            b'P' => Ok(Self::Psbt),
            b'T' => Ok(Self::Transaction),
            b'J' => unsupported("JSON"),
            b'C' => unsupported("CBOR"),
            b'U' => unsupported("text"),
            b'B' => unsupported("binary data"),
            b'X' => unsupported("an executable"),
            b'R' | b'S' | b'E' => unsupported("a key teleport"),
            b'A'..=b'Z' => unsupported("something of an unknown type"),
            _ => Err(BbqrError::Header { what: "its type is not a capital letter" }),
        }
    }
}

/// What all parts of one message have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) encoding: BbqrEncoding,
    pub(crate) file_type: BbqrType,
    /// `1 <= total <= BBQR_PARTS`
    pub(crate) total: usize,
}

/// One part, its characters decoded, not yet inflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BbqrPart {
    pub(crate) header: Header,
    /// `index < header.total`
    pub(crate) index: usize,
    /// Not empty.
    pub(crate) data: Vec<u8>,
}

impl BbqrPart {
    /// Reads a part that begins with `B$`.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, BbqrError> {
        let (head, body) = text.split_at_checked(HEADER).ok_or(BbqrError::Header { what: "it is cut off" })?;
        let &[b'B', b'$', encoding, letter, t1, t0, i1, i0] = head else {
            return Err(BbqrError::Header { what: "it does not begin with B$" });
        };
        let encoding = parse_encoding(encoding)?;
        let file_type = BbqrType::from_letter(letter)?;
        let (total, index) = (base36(t1, t0)?, base36(i1, i0)?);
        if total == 0 || total > BBQR_PARTS || index >= total {
            return Err(BbqrError::Place { index, total });
        }
        let data = decode(encoding, body).filter(|data| !data.is_empty()).ok_or(BbqrError::Characters { index })?;
        Ok(Self { header: Header { encoding, file_type, total }, index, data })
    }
}

fn parse_encoding(letter: u8) -> Result<BbqrEncoding, BbqrError> {
    match letter {
        b'H' => Ok(BbqrEncoding::Hex),
        b'2' => Ok(BbqrEncoding::Base32),
        b'Z' => Ok(BbqrEncoding::Zlib),
        _ => Err(BbqrError::Header { what: "its encoding is none of H, 2 and Z" }),
    }
}

/// Reads two digits 0 to 9 and A to Z; no sign, no small letters.
fn base36(high: u8, low: u8) -> Result<usize, BbqrError> {
    let digit = |character: u8| match character {
        b'0'..=b'9' => Ok(usize::from(character - b'0')),
        b'A'..=b'Z' => Ok(usize::from(character - b'A') + 10),
        _ => Err(BbqrError::Header { what: "its count or place is not two digits of 0 to 9 and A to Z" }),
    };
    Ok(digit(high)? * 36 + digit(low)?)
}

fn decode(encoding: BbqrEncoding, body: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        BbqrEncoding::Hex => HEXUPPER.decode(body).ok(),
        BbqrEncoding::Base32 | BbqrEncoding::Zlib => BASE32_NOPAD.decode(body).ok(),
    }
}
