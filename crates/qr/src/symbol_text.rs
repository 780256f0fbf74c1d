//! What one symbol says, recognised by how it begins.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use sha2::{Digest, Sha256};

use crate::bbqr::{BbqrPart, Header};
use crate::limits::{MESSAGE_BYTES, PART_BYTES};
use crate::part_error::{PartError, quote_beginning};
use crate::payload::{PSBT_MAGIC, Payload, PayloadKind, Transport, UrType};
use crate::ur::{Part, UrError, UrText, unwrap};

/// How a PSBT begins in base64.
const PSBT_BASE64: &[u8] = b"cHNidP";

/// How a PSBT begins in hex.
const PSBT_HEX: &[u8] = b"70736274ff";

/// What a symbol says.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    /// One part of a UR message.
    UrPart(UrType, Part),
    /// One part of a BBQr message.
    BbqrPart(BbqrPart),
    /// A whole message.
    Whole(Payload),
}

/// Which whole message it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WholeId {
    pub(crate) transport: Transport,
    pub(crate) kind: PayloadKind,
    sha256: [u8; 32],
}

impl WholeId {
    pub(crate) fn of(payload: &Payload) -> Self {
        Self { transport: payload.transport, kind: payload.kind, sha256: Sha256::digest(&payload.bytes).into() }
    }
}

/// Reads one symbol.
pub(crate) fn understand(symbol: &[u8]) -> Result<Said, PartError> {
    if symbol.len() > PART_BYTES {
        return Err(PartError::TooLong { found: symbol.len() });
    }
    if symbol.starts_with(PSBT_MAGIC) {
        return Payload::psbt(Transport::Binary, symbol.to_vec()).map(Said::Whole);
    }
    let text = symbol.trim_ascii();
    if text.is_empty() {
        return Err(PartError::Empty);
    }
    if starts_with_ignoring_case(text, b"ur:") {
        return understand_ur(text);
    }
    if text.starts_with(b"B$") {
        return Ok(Said::BbqrPart(BbqrPart::parse(text)?));
    }
    if begins_like_psbt(text) {
        return psbt_from_text(text).map(Said::Whole);
    }
    if is_json(symbol) {
        let (kind, transport) = (PayloadKind::Json, Transport::Text);
        return Ok(Said::Whole(Payload { kind, transport, bytes: symbol.to_vec() }));
    }
    if let Some(bytes) = eth_transaction(text) {
        let (kind, transport) = (PayloadKind::EthTransaction, Transport::Hex);
        return Ok(Said::Whole(Payload { kind, transport, bytes }));
    }
    Err(PartError::SomethingElse { begins: quote_beginning(text) })
}

fn understand_ur(text: &[u8]) -> Result<Said, PartError> {
    match UrText::parse(text)? {
        UrText::Part(ur_type, part) => Ok(Said::UrPart(ur_type, part)),
        UrText::Single(ur_type, message) => Ok(Said::Whole(Payload::from_ur(ur_type, unwrap(ur_type, &message)?)?)),
    }
}

/// Reads a PSBT in base64 or hex, without blanks or line breaks.
fn psbt_from_text(text: &[u8]) -> Result<Payload, PartError> {
    let (form, transport, bytes) = if text.starts_with(PSBT_BASE64) {
        ("base64", Transport::Base64, BASE64.decode(text).ok())
    } else {
        ("hex", Transport::Hex, HEXLOWER_PERMISSIVE.decode(text).ok())
    };
    Payload::psbt(transport, bytes.ok_or(PartError::Text { form })?)
}

/// Says whether a text begins like a PSBT in base64 or hex.
pub(crate) fn begins_like_psbt(text: &[u8]) -> bool {
    text.starts_with(PSBT_BASE64) || starts_with_ignoring_case(text, PSBT_HEX)
}

/// Says whether bytes are a text that begins like a JSON object.
pub(crate) fn is_json(bytes: &[u8]) -> bool {
    bytes.len() <= MESSAGE_BYTES && bytes.trim_ascii_start().starts_with(b"{") && std::str::from_utf8(bytes).is_ok()
}

/// Reads hexadecimal digits, with or without `0x`, that begin like an Ethereum transaction: a list of RLP, or a type
/// byte of 1 to 4 and a list (EIP-2718).
///
/// Addresses, keys and hashes in hex are no transactions, though their first byte may be a list's: what is as short as
/// they are has to be a list of just its length.
pub(crate) fn eth_transaction(text: &[u8]) -> Option<Vec<u8>> {
    /// Bytes of the longest thing of cryptography in one hex text: a key or a signature.
    const KEY: usize = 65;
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    if digits.len() > MESSAGE_BYTES.saturating_mul(2) {
        return None;
    }
    let bytes = HEXLOWER_PERMISSIVE.decode(digits).ok()?;
    (is_rlp_list(&bytes) || (bytes.len() > KEY && begins_like_rlp_list(&bytes))).then_some(bytes)
}

/// The bytes behind a type byte of 1 to 4, if there is one (EIP-2718).
fn behind_type(bytes: &[u8]) -> &[u8] {
    match bytes.split_first() {
        Some((1..=4, list)) => list,
        _ => bytes,
    }
}

fn begins_like_rlp_list(bytes: &[u8]) -> bool {
    behind_type(bytes).first().is_some_and(|first| *first >= 0xc0)
}

/// Says whether bytes are one list of RLP of just its length, with or without a type byte.
fn is_rlp_list(bytes: &[u8]) -> bool {
    let Some((first, rest)) = behind_type(bytes).split_first() else { return false };
    match usize::from(*first) {
        short @ 0xc0..=0xf7 => short - 0xc0 == rest.len(),
        long @ 0xf8..=0xff => rest.split_at_checked(long - 0xf7).is_some_and(|(length, content)| {
            let digit = |number: usize, byte: &u8| number.checked_mul(256)?.checked_add(usize::from(*byte));
            length.first() != Some(&0) && length.iter().try_fold(0, digit) == Some(content.len())
        }),
        _ => false,
    }
}

pub(crate) fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
}

impl Payload {
    /// A PSBT that came whole: with its magic, not too large.
    fn psbt(transport: Transport, bytes: Vec<u8>) -> Result<Self, PartError> {
        if bytes.len() > MESSAGE_BYTES {
            return Err(PartError::TooLong { found: bytes.len() });
        }
        if !bytes.starts_with(PSBT_MAGIC) {
            return Err(PartError::Text { form: "base64" });
        }
        Ok(Self { kind: PayloadKind::Psbt, transport, bytes })
    }

    /// Bytes of a UR. Those of `bytes` that begin like a PSBT or like JSON, or are one whole
    /// list of RLP, say themselves what they are.
    pub(crate) fn from_ur(ur_type: UrType, bytes: Vec<u8>) -> Result<Self, UrError> {
        let is_psbt = bytes.starts_with(PSBT_MAGIC);
        let kind = match ur_type.kind() {
            Some(PayloadKind::Psbt) if !is_psbt => return Err(UrError::NotAPsbt { ur_type }),
            Some(kind) => kind,
            None if is_psbt => PayloadKind::Psbt,
            None if is_json(&bytes) => PayloadKind::Json,
            None if is_rlp_list(&bytes) => PayloadKind::EthTransaction,
            None => PayloadKind::Bytes,
        };
        Ok(Self { kind, transport: Transport::Ur { ur_type }, bytes })
    }

    /// Bytes of a BBQr, of the type that its header names.
    pub(crate) fn from_bbqr(header: Header, bytes: Vec<u8>) -> Self {
        Self { kind: header.file_type.kind(), transport: header.transport(), bytes }
    }
}

impl Header {
    pub(crate) fn transport(self) -> Transport {
        Transport::Bbqr { encoding: self.encoding }
    }
}
