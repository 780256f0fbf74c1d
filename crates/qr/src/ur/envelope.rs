//! The CBOR around a UR's message: one byte string, by old encoders in a tag.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};

use crate::payload::UrType;
use crate::ur::UrError;

/// Takes the bytes out of a message; the string must be definite, minimal, alone, and a tag must be the type's own.
pub(crate) fn unwrap(ur_type: UrType, message: &[u8]) -> Result<Vec<u8>, UrError> {
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

/// Puts bytes into the untagged byte string that every decoder takes.
pub(crate) fn wrap(bytes: &[u8]) -> Vec<u8> {
    encode(None, bytes)
}

/// Both tags of a PSBT, since the two type names are used for the same; none for bytes.
fn tags(ur_type: UrType) -> &'static [u64] {
    match ur_type {
        UrType::CryptoPsbt | UrType::Psbt => &[310, 40_310],
        UrType::Bytes => &[],
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
