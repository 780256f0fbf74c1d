//! A payload as an endless stream of parts.

use bbqr::encode::Encoding;
use bbqr::file_type::FileType;
use bbqr::qr::Version;
use bbqr::split::{Split, SplitError, SplitOptions};
use data_encoding::{BASE64, HEXUPPER};

use crate::limits::{BBQR_PARTS, MESSAGE_BYTES};
use crate::modules::Modules;
use crate::payload::{BbqrEncoding, Payload, PayloadKind, Transport, UrType};
use crate::ur::UrParts;

mod error;

pub use error::EncodeError;

/// Characters of a BBQr header.
const BBQR_HEADER: usize = 8;

/// The parts of a payload, without end: a receiver may join and miss parts at any time.
#[derive(Clone, Debug)]
pub struct PartStream {
    parts: Parts,
    /// The next part, counted from 0 since the beginning.
    position: u32,
    version: u8,
}

#[derive(Clone, Debug)]
enum Parts {
    Fountain(UrParts),
    Loop(Vec<String>),
}

impl PartStream {
    /// Prepares the parts: `fragment_len` bytes in each at most, of the message for UR and of its encoded form for BBQr.
    /// Base64, hex and text are one part, whatever the length.
    ///
    /// # Errors
    ///
    /// When the payload is empty or too large, or the transport cannot carry it in fragments of this length, or a part
    /// fits into no code.
    pub fn new(payload: &Payload, transport: &Transport, fragment_len: usize) -> Result<Self, EncodeError> {
        check_payload(payload, *transport)?;
        let bytes = payload.bytes.as_slice();
        let mut parts = match *transport {
            Transport::Ur { ur_type } => Parts::Fountain(UrParts::new(ur_type, bytes, fragment_len)?),
            Transport::Bbqr { encoding } => Parts::Loop(bbqr_parts(payload, encoding, fragment_len)?),
            Transport::Base64 => Parts::Loop(vec![BASE64.encode(bytes)]),
            Transport::Hex => Parts::Loop(vec![HEXUPPER.encode(bytes)]),
            Transport::Text => Parts::Loop(vec![text(bytes, *transport)?]),
            Transport::Binary => return Err(EncodeError::NotText { transport: *transport }),
        };
        let version = Modules::version_for(&parts.longest())?;
        Ok(Self { parts, position: 0, version })
    }

    /// Parts that together are the whole message.
    #[must_use]
    pub fn pure_count(&self) -> usize {
        match &self.parts {
            Parts::Fountain(ur) => ur.count() as usize,
            Parts::Loop(parts) => parts.len(),
        }
    }

    /// The QR version, 1 to 40, that holds every part of this stream.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The next part to show: for UR pure and mixed parts in turn (1, k + 1, 2, k + 2 …), for the others round and round.
    pub fn next_part(&mut self) -> String {
        let position = self.position;
        self.position = position.wrapping_add(1);
        match &mut self.parts {
            Parts::Fountain(ur) => ur.alternating(position),
            Parts::Loop(parts) => {
                let index = position as usize % parts.len().max(1);
                parts.get(index).cloned().unwrap_or_default()
            }
        }
    }

    /// The next part as a code; all codes of one stream are equally large.
    ///
    /// # Errors
    ///
    /// When the part does not fit, which [`PartStream::new`] has made sure of.
    pub fn next_code(&mut self) -> Result<Modules, EncodeError> {
        let part = self.next_part();
        Modules::encode_at_version(&part, self.version)
    }

    /// The parts that together are the whole message, in order.
    #[must_use]
    pub fn pure_parts(&self) -> Vec<String> {
        match &self.parts {
            Parts::Fountain(ur) => {
                let mut ur = ur.clone();
                (1..=ur.count()).map(|sequence| ur.text(sequence)).collect()
            }
            Parts::Loop(parts) => parts.clone(),
        }
    }
}

impl Parts {
    fn longest(&mut self) -> String {
        match self {
            Self::Fountain(ur) => ur.longest(),
            Self::Loop(parts) => parts.iter().max_by_key(|part| part.len()).cloned().unwrap_or_default(),
        }
    }
}

fn check_payload(payload: &Payload, transport: Transport) -> Result<(), EncodeError> {
    let (kind, found) = (payload.kind, payload.bytes.len());
    if found == 0 {
        return Err(EncodeError::Empty);
    }
    if found > MESSAGE_BYTES {
        return Err(EncodeError::TooLarge { found });
    }
    let carried = match transport {
        Transport::Ur { ur_type: UrType::Bytes } => kind == PayloadKind::Psbt || kind.ur_type() == UrType::Bytes,
        Transport::Ur { ur_type } => ur_type.kind() == Some(kind),
        Transport::Bbqr { .. } => matches!(kind, PayloadKind::Psbt | PayloadKind::Transaction),
        Transport::Base64 | Transport::Binary => kind == PayloadKind::Psbt,
        Transport::Hex => matches!(kind, PayloadKind::Psbt | PayloadKind::EthTransaction),
        Transport::Text => kind == PayloadKind::Json,
    };
    if carried { Ok(()) } else { Err(EncodeError::Kind { transport, kind }) }
}

fn text(bytes: &[u8], transport: Transport) -> Result<String, EncodeError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| EncodeError::NotText { transport })
}

fn bbqr_parts(payload: &Payload, encoding: BbqrEncoding, fragment_len: usize) -> Result<Vec<String>, EncodeError> {
    let (encoding, characters) = match encoding {
        BbqrEncoding::Hex => (Encoding::Hex, fragment_len.saturating_mul(2)),
        BbqrEncoding::Base32 => (Encoding::Base32, fragment_len.saturating_mul(8).div_ceil(5)),
        BbqrEncoding::Zlib => (Encoding::Zlib, fragment_len.saturating_mul(8).div_ceil(5)),
    };
    let file_type = match payload.kind {
        PayloadKind::Psbt => FileType::Psbt,
        _ => FileType::Transaction,
    };
    let max_version = largest_version(characters).ok_or(EncodeError::FragmentLength { asked: fragment_len })?;
    let options = SplitOptions { encoding, max_version, ..SplitOptions::default() };
    let split = Split::try_from_data(&payload.bytes, file_type, options);
    split.map(|split| split.parts).map_err(|error| match error {
        SplitError::Empty => EncodeError::Empty,
        SplitError::CannotFit | SplitError::MaxSplitSizeTooLarge(_) => {
            let needed = payload.bytes.len().div_ceil(fragment_len.max(1));
            EncodeError::TooManyParts { needed, limit: BBQR_PARTS }
        }
        other => EncodeError::Picture { reason: other.to_string() },
    })
}

/// The largest version whose codes hold no more than these characters besides the header.
fn largest_version(characters: usize) -> Option<Version> {
    let room = characters.saturating_add(BBQR_HEADER);
    (1..=40_u8)
        .rev()
        .filter_map(|number| Version::try_from(number).ok())
        .find(|version| version.data_capacity() <= room)
}
