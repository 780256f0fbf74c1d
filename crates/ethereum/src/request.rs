//! What may arrive: a closed list, each form read strictly.

use std::fmt;

use crate::safe::{BundleError, SafeBundle, is_safe_bundle};
use crate::sign_request::{RequestError, SignRequest};
use crate::transaction::{Transaction, TransactionError};
use crate::typed_data::{TypedData, TypedDataError};

/// How the bytes are said to be meant: by the transport, or by whoever named the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestForm {
    /// CBOR of an `eth-sign-request` (ERC-4527).
    EthSignRequest,
    /// An unsigned transaction, in bytes or hexadecimal digits.
    Transaction,
    /// JSON: typed data (EIP-712) or a Safe bundle.
    Json,
}

/// What is asked to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An `eth-sign-request`, whatever it holds.
    SignRequest(Box<SignRequest>),
    /// A transaction alone.
    Transaction(Box<Transaction>),
    /// Typed data alone.
    TypedData(Box<TypedData>),
    /// A SafeTx with its Safe.
    SafeBundle(Box<SafeBundle>),
}

/// A well-formed request, nothing about it believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthRequest {
    pub(crate) bytes: Vec<u8>,
    pub(crate) asked: Asked,
    /// Typed data of an `eth-sign-request`, read.
    pub(crate) typed_data: Option<Box<TypedData>>,
}

/// Why bytes are no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// No strict `eth-sign-request`.
    SignRequest(RequestError),
    /// No strict unsigned transaction.
    Transaction(TransactionError),
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
            Self::TypedData(error) => write!(f, "not typed data that can be read: {error}"),
            Self::SafeBundle(error) => write!(f, "not a Safe bundle that can be read: {error}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Reads a request, to the last byte.
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
            Asked::Transaction(Box::new(transaction))
        }
        RequestForm::Json if is_safe_bundle(bytes) => {
            Asked::SafeBundle(Box::new(SafeBundle::decode(bytes, 0).map_err(DecodeError::SafeBundle)?))
        }
        RequestForm::Json => Asked::TypedData(Box::new(TypedData::decode(bytes, 0).map_err(DecodeError::TypedData)?)),
    };
    let typed_data = typed_data_of(&asked)?;
    Ok(EthRequest { bytes: bytes.to_vec(), asked, typed_data })
}

fn typed_data_of(asked: &Asked) -> Result<Option<Box<TypedData>>, DecodeError> {
    use crate::sign_request::SignData;
    let Asked::SignRequest(request) = asked else { return Ok(None) };
    let SignData::TypedData(json) = request.sign_data() else { return Ok(None) };
    let offset = json.span().start;
    TypedData::decode(json.bytes(), offset).map(|data| Some(Box::new(data))).map_err(DecodeError::TypedData)
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
