//! Answers: `eth-signature`, and batches of them.
//!
//! ```cddl
//! eth-signature = { ? 1: #6.37(bstr .size 16), 2: bstr, ? 3: tstr }
//! eth-batch-signature = { 1: [ + #6.402(eth-signature) ] }
//! ```

use minicbor::Encoder;
use minicbor::data::Tag;

use super::batch::read_list;
use super::cbor::Reader;
use super::error::{RequestError, RequestProblem};
use super::key_path::set;
use super::{RequestId, UUID_TAG, check_size, read_origin, read_request_id};

/// Tag of a signature within another message.
const SIGNATURE_TAG: u64 = 402;
/// Tag of a batch.
const BATCH_TAG: u64 = 40_405;

/// An answer: nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthSignature {
    /// The request's number, if it has one.
    pub request_id: Option<RequestId>,
    /// r, s and v.
    pub signature: Vec<u8>,
    /// Who signed, in the words of whoever wrote it. It is somebody else's text: escape it wherever it is shown.
    pub origin: Option<String>,
}

impl EthSignature {
    /// Writes the message of a `ur:eth-signature`.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::with_capacity(128));
        self.write(&mut encoder);
        encoder.into_writer()
    }

    /// Writing into memory cannot fail; what was written is read again before it is shown.
    fn write(&self, encoder: &mut Encoder<Vec<u8>>) {
        let pairs = 1 + u64::from(self.request_id.is_some()) + u64::from(self.origin.is_some());
        let _ = encoder.map(pairs);
        if let Some(id) = &self.request_id {
            let _ = encoder.u8(1).and_then(|e| e.tag(Tag::new(UUID_TAG))).and_then(|e| e.bytes(id));
        }
        let _ = encoder.u8(2).and_then(|e| e.bytes(&self.signature));
        if let Some(origin) = &self.origin {
            let _ = encoder.u8(3).and_then(|e| e.str(origin));
        }
    }

    /// Decodes the message of a `ur:eth-signature`.
    ///
    /// # Errors
    /// [`RequestError`] unless the message is exactly one answer.
    pub fn decode(message: &[u8]) -> Result<Self, RequestError> {
        check_size(message)?;
        let mut reader = Reader::new(message);
        if reader.is_tagged() {
            reader.tag(SIGNATURE_TAG)?;
        }
        let signature = Self::read(&mut reader)?;
        reader.end()?;
        Ok(signature)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, RequestError> {
        let (start, mut request_id, mut signature, mut origin) = (reader.at(), None, None, None);
        for _ in 0..reader.map(3)? {
            let at = reader.at();
            match reader.key()? {
                1 => set(at, "request-id", &mut request_id, read_request_id(reader)?.value)?,
                2 => set(at, "signature", &mut signature, reader.bytes()?.value.bytes().to_vec())?,
                3 => set(at, "origin", &mut origin, read_origin(reader)?.value)?,
                key => return Err(RequestError { offset: at, problem: RequestProblem::UnknownKey { key } }),
            }
        }
        let missing = RequestError { offset: start, problem: RequestProblem::MissingKey { key: "signature" } };
        Ok(Self { request_id, signature: signature.ok_or(missing)?, origin })
    }
}

/// Writes the message of a `ur:eth-batch-signature`.
pub fn encode_batch(signatures: &[EthSignature]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    let _ = encoder.map(1).and_then(|e| e.u8(1)).and_then(|e| e.array(signatures.len() as u64));
    for signature in signatures {
        let _ = encoder.tag(Tag::new(SIGNATURE_TAG));
        signature.write(&mut encoder);
    }
    encoder.into_writer()
}

/// Decodes the message of a `ur:eth-batch-signature`.
///
/// # Errors
/// [`RequestError`] unless the message is exactly one batch of answers.
pub fn decode_batch(message: &[u8]) -> Result<Vec<EthSignature>, RequestError> {
    check_size(message)?;
    let mut reader = Reader::new(message);
    if reader.is_tagged() {
        reader.tag(BATCH_TAG)?;
    }
    let signatures = read_list(&mut reader, |reader| {
        reader.tag(SIGNATURE_TAG)?;
        EthSignature::read(reader)
    })?;
    reader.end()?;
    Ok(signatures)
}
