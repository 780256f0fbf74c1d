//! The CBOR of a UR's message: one byte string, by old encoders in a tag; of the types of ERC-4527 a map, which is the
//! payload itself.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};

use crate::payload::UrType;
use crate::ur::UrError;

/// Takes the payload out of a message. A string must be definite, minimal and alone, a tag the type's own; a map is
/// handed on as it is, to be read by the chain.
pub(crate) fn unwrap(ur_type: UrType, message: &[u8]) -> Result<Vec<u8>, UrError> {
    if is_map(ur_type) {
        return unwrap_map(ur_type, message);
    }
    let wrong = |what: &'static str| UrError::Envelope { ur_type, what };
    let mut decoder = Decoder::new(message);
    let mut tagged = None;
    if matches!(decoder.datatype(), Ok(Type::Tag)) {
        let tag = decoder.tag().map_err(|_| wrong("its tag is cut off"))?.as_u64();
        if !tags(ur_type).contains(&tag) {
            return Err(wrong("it has the tag of something else"));
        }
        tagged = Some(tag);
    }
    let bytes = decoder.bytes().map_err(|_| wrong("it is not a complete byte string of definite length"))?;
    if encode(tagged, bytes) != message {
        return Err(wrong("it is not the shortest form, or something follows it"));
    }
    Ok(bytes.to_vec())
}

/// Puts a payload into the untagged form that every decoder takes.
pub(crate) fn wrap(ur_type: UrType, bytes: &[u8]) -> Vec<u8> {
    if is_map(ur_type) { bytes.to_vec() } else { encode(None, bytes) }
}

fn is_map(ur_type: UrType) -> bool {
    !matches!(ur_type, UrType::CryptoPsbt | UrType::Psbt | UrType::Bytes)
}

fn unwrap_map(ur_type: UrType, message: &[u8]) -> Result<Vec<u8>, UrError> {
    let wrong = |what: &'static str| UrError::Envelope { ur_type, what };
    let mut decoder = Decoder::new(message);
    if matches!(decoder.datatype(), Ok(Type::Tag)) {
        let tag = decoder.tag().map_err(|_| wrong("its tag is cut off"))?.as_u64();
        if !tags(ur_type).contains(&tag) {
            return Err(wrong("it has the tag of something else"));
        }
    }
    match decoder.datatype() {
        Ok(Type::Map) => Ok(message.to_vec()),
        _ => Err(wrong("it is not a map of definite length")),
    }
}

/// Both tags of a PSBT, since the two type names are used for the same; none for bytes.
fn tags(ur_type: UrType) -> &'static [u64] {
    match ur_type {
        UrType::CryptoPsbt | UrType::Psbt => &[310, 40_310],
        UrType::Bytes => &[],
        UrType::EthSignRequest => &[401],
        UrType::EthBatchSignRequest => &[40_404],
        UrType::EthSignature => &[402],
        UrType::EthBatchSignature => &[40_405],
    }
}

fn encode(tag: Option<u64>, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::with_capacity(bytes.len().saturating_add(16)));
    if let Some(tag) = tag {
        let _ = encoder.tag(Tag::new(tag));
    }
    let _ = encoder.bytes(bytes);
    encoder.into_writer()
}
