//! What may arrive: a closed list, each form read strictly, each payload read once.

use std::fmt;
use std::sync::Arc;

use vitrine_review::Span;

use crate::json::{self, JsonError};
use crate::message::PersonalMessage;
use crate::safe::{BundleError, SafeBundle, is_safe_bundle};
use crate::sign_request::{BatchSignRequest, RequestError, SignRequest};
use crate::transaction::{Transaction, TransactionError};
use crate::typed_data::{TypedData, TypedDataError};

/// How the bytes of one request are said to be meant: by the transport, or by whoever named the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestForm {
    /// CBOR of an `eth-sign-request` (ERC-4527).
    EthSignRequest,
    /// An unsigned transaction, in bytes or hexadecimal digits.
    Transaction,
    /// JSON: typed data (EIP-712) or a Safe bundle.
    Json,
}

/// What is signed, whatever it came in. What was read as one kind never becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A transaction.
    Transaction(Box<Transaction>),
    /// Typed data (EIP-712).
    TypedData(Box<TypedData>),
    /// A personal message (EIP-191).
    Message(PersonalMessage),
    /// A SafeTx, signed as typed data.
    SafeBundle(Box<SafeBundle>),
}

/// What is asked to be signed, and in which envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An `eth-sign-request`, whatever it holds.
    SignRequest(Box<SignRequest>),
    /// The payload alone.
    Bare(Payload),
}

impl Asked {
    /// What is signed.
    pub fn payload(&self) -> &Payload {
        match self {
            Self::SignRequest(request) => request.payload(),
            Self::Bare(payload) => payload,
        }
    }

    /// The envelope, if there is one.
    pub fn sign_request(&self) -> Option<&SignRequest> {
        match self {
            Self::SignRequest(request) => Some(request),
            Self::Bare(_) => None,
        }
    }
}

/// A well-formed request, nothing about it believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthRequest {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) asked: Asked,
}

/// Well-formed requests of one message, nothing about them believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthBatch {
    pub(crate) bytes: Arc<[u8]>,
    /// At least one.
    pub(crate) asked: Vec<Asked>,
    pub(crate) structure: Vec<Span>,
}

/// Why bytes are no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// No strict `eth-sign-request`, or no strict batch of them.
    SignRequest(RequestError),
    /// No strict unsigned transaction.
    Transaction(TransactionError),
    /// No strict JSON.
    Json(JsonError),
    /// No strict typed data.
    TypedData(TypedDataError),
    /// No strict Safe bundle.
    SafeBundle(BundleError),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignRequest(error) => write!(f, "not a request that can be read: {error}"),
            Self::Transaction(error) => write!(f, "not an unsigned transaction that can be read: {error}"),
            Self::Json(error) => write!(f, "neither typed data nor a Safe bundle that can be read: {error}"),
            Self::TypedData(error) => write!(f, "not typed data that can be read: {error}"),
            Self::SafeBundle(error) => write!(f, "not a Safe bundle that can be read: {error}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads one request, to the last byte.
///
/// # Errors
/// [`DecodeError`] saying what is wrong, where, and what to do. Nothing is guessed or repaired.
pub fn decode(bytes: &[u8], form: RequestForm) -> Result<EthRequest, DecodeError> {
    let asked = match form {
        RequestForm::EthSignRequest => {
            Asked::SignRequest(Box::new(SignRequest::decode(bytes).map_err(DecodeError::SignRequest)?))
        }
        RequestForm::Transaction => {
            let transaction = Transaction::from_request(bytes).map_err(DecodeError::Transaction)?;
            Asked::Bare(Payload::Transaction(Box::new(transaction)))
        }
        RequestForm::Json => Asked::Bare(of_json(bytes)?),
    };
    Ok(EthRequest { bytes: bytes.into(), asked })
}

/// Reads a batch of requests (`eth-batch-sign-request`), to the last byte.
///
/// # Errors
/// [`DecodeError`] for whatever is wrong with the batch or with any request of it.
pub fn decode_batch(bytes: &[u8]) -> Result<EthBatch, DecodeError> {
    let (requests, structure) = BatchSignRequest::decode(bytes).map_err(DecodeError::SignRequest)?.into_parts();
    let asked = requests.into_iter().map(|request| Asked::SignRequest(Box::new(request))).collect();
    Ok(EthBatch { bytes: bytes.into(), asked, structure })
}

fn of_json(bytes: &[u8]) -> Result<Payload, DecodeError> {
    let document = json::read(bytes, 0).map_err(DecodeError::Json)?;
    if is_safe_bundle(&document.root) {
        let bundle = SafeBundle::read(document).map_err(DecodeError::SafeBundle)?;
        return Ok(Payload::SafeBundle(Box::new(bundle)));
    }
    let data = TypedData::read(document, bytes, 0).map_err(DecodeError::TypedData)?;
    Ok(Payload::TypedData(Box::new(data)))
}

impl EthRequest {
    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is asked.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }
}

impl EthBatch {
    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is asked, in order; at least one.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }
}
