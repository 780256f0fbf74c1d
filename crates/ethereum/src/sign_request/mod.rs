//! Requests to sign and their answers as they travel in QR codes: ERC-4527 `eth-sign-request` and `eth-signature`, and
//! the batches of them that Keystone's library writes.
//!
//! Everything is read strictly: known keys, each once, definite lengths in their shortest form, nothing behind the end.

mod batch;
mod cbor;
mod error;
mod eth_signature;
mod key_path;

use alloy_primitives::Address;
use vitrine_review::Span;

pub use batch::BatchSignRequest;
pub use error::{CborProblem, RequestError, RequestProblem};
pub use eth_signature::{EthSignature, decode_batch, encode_batch};
pub use key_path::{Component, KeyPath};

use crate::message::PersonalMessage;
use crate::request::Payload;
use crate::transaction::{Leaf, Transaction, TransactionType};
use crate::typed_data::TypedData;
use crate::{Field, Located, limits};
use cbor::Reader;
use key_path::set;

/// Tag of a request within another message.
const REQUEST_TAG: u64 = 401;
/// Tag of a UUID (IANA, CBOR tags).
const UUID_TAG: u64 = 37;
/// The chain of a request that states none (ERC-4527).
const DEFAULT_CHAIN_ID: u64 = 1;

/// The number that pairs an answer with its request.
pub type RequestId = [u8; 16];

/// What a request says that its bytes are (ERC-4527, sign-data-type).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// 1: a legacy transaction.
    Transaction,
    /// 2: typed data (EIP-712) as JSON.
    TypedData,
    /// 3: a personal message (EIP-191).
    PersonalMessage,
    /// 4: a transaction with a type byte (EIP-2718).
    TypedTransaction,
}

impl DataType {
    fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::Transaction,
            2 => Self::TypedData,
            3 => Self::PersonalMessage,
            4 => Self::TypedTransaction,
            _ => return None,
        })
    }

    /// What it promises, in words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Transaction => "a legacy transaction",
            Self::TypedData => "typed data",
            Self::PersonalMessage => "a message",
            Self::TypedTransaction => "a transaction with a type",
        }
    }
}

/// A request to sign, every byte of it read.
///
/// Only [`SignRequest::decode`] and [`BatchSignRequest::decode`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignRequest {
    request_id: Option<Field<RequestId>>,
    data_type: Field<DataType>,
    payload: Payload,
    data_span: Span,
    chain_id: Option<Field<u64>>,
    derivation_path: KeyPath,
    address: Option<Field<Address>>,
    origin: Option<Field<String>>,
    structure: Vec<Span>,
}

impl SignRequest {
    /// Decodes the message of a `ur:eth-sign-request`.
    ///
    /// # Errors
    /// [`RequestError`] unless the message is exactly one request whose data type, chain and transaction agree.
    pub fn decode(message: &[u8]) -> Result<Self, RequestError> {
        check_size(message)?;
        let mut reader = Reader::new(message);
        let mut request = Self::read(&mut reader)?;
        reader.end()?;
        request.structure.append(&mut reader.structure);
        Ok(request)
    }

    /// Reads a request, with or without its tag. What is structure stays with the reader.
    fn read(reader: &mut Reader<'_>) -> Result<Self, RequestError> {
        if reader.is_tagged() {
            reader.tag(REQUEST_TAG)?;
        }
        Keys::read(reader)?.check()
    }

    /// Pairs the answer with the request; MetaMask demands one.
    pub fn request_id(&self) -> Option<Field<RequestId>> {
        self.request_id
    }

    /// What the request says that its bytes are; [`SignRequest::payload`] agrees.
    pub fn data_type(&self) -> Field<DataType> {
        self.data_type
    }

    /// What shall be signed, read: a transaction of the request's chain, typed data or a message; never a Safe bundle.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The bytes of what shall be signed.
    pub fn data_span(&self) -> Span {
        self.data_span
    }

    /// The chain that the request states. ERC-4527 says 1 where there is none, yet MetaMask leaves it out of every
    /// request for typed data and messages, whatever their chain.
    pub fn stated_chain_id(&self) -> Option<Field<u64>> {
        self.chain_id
    }

    /// The key that shall sign.
    pub fn derivation_path(&self) -> &KeyPath {
        &self.derivation_path
    }

    /// The account that shall sign, as the request claims.
    pub fn address(&self) -> Option<Field<Address>> {
        self.address
    }

    /// Who asks, as the request claims. It is somebody else's text: escape it wherever it is shown.
    pub fn origin(&self) -> Option<&Field<String>> {
        self.origin.as_ref()
    }

    /// Bytes that are structure, checked to be canonical, without those within a transaction. None of a request in a
    /// batch: there they are the batch's.
    pub fn structure(&self) -> &[Span] {
        &self.structure
    }

    /// Every field of the request in the order of its bytes, what shall be signed as one. Together with
    /// [`SignRequest::structure`] these are all its bytes, each once.
    pub fn leaves(&self) -> Vec<Leaf> {
        let leaf = |name: &str, span| Leaf { name: name.to_owned(), span };
        let mut leaves = vec![leaf("data-type", self.data_type.span), leaf("sign-data", self.data_span)];
        leaves.extend(self.request_id.map(|id| leaf("request-id", id.span)));
        leaves.extend(self.chain_id.map(|id| leaf("chain-id", id.span)));
        leaves.extend(self.address.map(|address| leaf("address", address.span)));
        leaves.extend(self.origin.as_ref().map(|origin| leaf("origin", origin.span)));
        for component in &self.derivation_path.components {
            leaves.push(leaf("derivation-path", component.index.span));
            leaves.push(leaf("derivation-path", component.hardened.span));
        }
        leaves.extend(self.derivation_path.source_fingerprint.map(|f| leaf("source-fingerprint", f.span)));
        leaves.extend(self.derivation_path.depth.map(|depth| leaf("depth", depth.span)));
        leaves.sort_by_key(|leaf| leaf.span.start);
        leaves
    }
}

fn check_size(message: &[u8]) -> Result<(), RequestError> {
    if message.len() <= limits::REQUEST_BYTES {
        return Ok(());
    }
    let problem = RequestProblem::TooLarge { found: message.len() };
    Err(RequestError { offset: limits::REQUEST_BYTES, problem })
}

/// The values of a request, each if it is there.
#[derive(Default)]
struct Keys {
    start: usize,
    request_id: Option<Field<RequestId>>,
    sign_data: Option<Field<Located>>,
    data_type: Option<Field<DataType>>,
    chain_id: Option<Field<u64>>,
    derivation_path: Option<KeyPath>,
    address: Option<Field<Address>>,
    origin: Option<Field<String>>,
}

impl Keys {
    fn read(reader: &mut Reader<'_>) -> Result<Self, RequestError> {
        let mut keys = Self { start: reader.at(), ..Self::default() };
        for _ in 0..reader.map(7)? {
            let at = reader.at();
            match reader.key()? {
                1 => set(at, "request-id", &mut keys.request_id, read_request_id(reader)?)?,
                2 => set(at, "sign-data", &mut keys.sign_data, reader.bytes()?)?,
                3 => set(at, "data-type", &mut keys.data_type, read_data_type(reader)?)?,
                4 => set(at, "chain-id", &mut keys.chain_id, read_chain_id(reader)?)?,
                5 => set(at, "derivation-path", &mut keys.derivation_path, key_path::read(reader)?)?,
                6 => set(at, "address", &mut keys.address, read_address(reader)?)?,
                7 => set(at, "origin", &mut keys.origin, read_origin(reader)?)?,
                key => return Err(RequestError { offset: at, problem: RequestProblem::UnknownKey { key } }),
            }
        }
        Ok(keys)
    }

    fn check(self) -> Result<SignRequest, RequestError> {
        let missing = |key| RequestError { offset: self.start, problem: RequestProblem::MissingKey { key } };
        let data = self.sign_data.ok_or_else(|| missing("sign-data"))?;
        let data_type = self.data_type.ok_or_else(|| missing("data-type"))?;
        let derivation_path = self.derivation_path.ok_or_else(|| missing("derivation-path"))?;
        let data_span = data.span;
        let payload = match data_type.value {
            DataType::Transaction | DataType::TypedTransaction => transaction(&data, data_type, self.chain_id)?,
            DataType::TypedData => typed_data(&data.value)?,
            DataType::PersonalMessage => Payload::Message(PersonalMessage::new(data.value)),
        };
        Ok(SignRequest {
            request_id: self.request_id,
            data_type,
            payload,
            data_span,
            chain_id: self.chain_id,
            derivation_path,
            address: self.address,
            origin: self.origin,
            structure: Vec::new(),
        })
    }
}

/// Decodes the transaction; data type and chain of the request have to be its own.
fn transaction(
    data: &Field<Located>,
    data_type: Field<DataType>,
    chain_id: Option<Field<u64>>,
) -> Result<Payload, RequestError> {
    let transaction = Transaction::decode(&data.value)
        .map_err(|error| RequestError { offset: error.offset, problem: RequestProblem::Transaction(error) })?;
    let legacy = transaction.transaction_type() == TransactionType::Legacy;
    if legacy != (data_type.value == DataType::Transaction) {
        let problem = RequestProblem::WrongDataType { stated: data_type.value.says() };
        return Err(RequestError { offset: data_type.span.start, problem });
    }
    let request = chain_id.map_or(DEFAULT_CHAIN_ID, |chain_id| chain_id.value);
    if request != transaction.chain_id().value {
        let problem = RequestProblem::ChainId { request, transaction: transaction.chain_id().value };
        return Err(RequestError { offset: chain_id.map_or(data.span.start, |id| id.span.start), problem });
    }
    Ok(Payload::Transaction(Box::new(transaction)))
}

fn typed_data(json: &Located) -> Result<Payload, RequestError> {
    let data = TypedData::decode(json.bytes(), json.span().start)
        .map_err(|error| RequestError { offset: error.offset, problem: RequestProblem::TypedData(error) })?;
    Ok(Payload::TypedData(Box::new(data)))
}

fn read_request_id(reader: &mut Reader<'_>) -> Result<Field<RequestId>, RequestError> {
    reader.tag(UUID_TAG)?;
    let Field { value, span } = reader.bytes()?;
    let problem = RequestProblem::Length { key: "request-id", expected: 16, found: value.len() };
    let id = RequestId::try_from(value.bytes()).map_err(|_| RequestError { offset: span.start, problem })?;
    Ok(Field { value: id, span })
}

fn read_data_type(reader: &mut Reader<'_>) -> Result<Field<DataType>, RequestError> {
    let Field { value, span } = reader.uint()?;
    let unknown = RequestError { offset: span.start, problem: RequestProblem::DataType { found: value } };
    Ok(Field { value: DataType::from_number(value).ok_or(unknown)?, span })
}

fn read_chain_id(reader: &mut Reader<'_>) -> Result<Field<u64>, RequestError> {
    let chain_id = reader.uint()?;
    if chain_id.value == 0 {
        let problem = RequestProblem::Range { key: "chain-id" };
        return Err(RequestError { offset: chain_id.span.start, problem });
    }
    Ok(chain_id)
}

fn read_address(reader: &mut Reader<'_>) -> Result<Field<Address>, RequestError> {
    let Field { value, span } = reader.bytes()?;
    let problem = RequestProblem::Length { key: "address", expected: 20, found: value.len() };
    let address = Address::try_from(value.bytes()).map_err(|_| RequestError { offset: span.start, problem })?;
    Ok(Field { value: address, span })
}

fn read_origin(reader: &mut Reader<'_>) -> Result<Field<String>, RequestError> {
    let origin = reader.text()?;
    if origin.value.len() > limits::ORIGIN_BYTES {
        return Err(RequestError { offset: origin.span.start, problem: RequestProblem::Range { key: "origin" } });
    }
    Ok(origin)
}
