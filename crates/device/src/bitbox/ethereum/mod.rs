//! Ethereum requests: what the firmware takes, in its messages, and the signature with a shared nonce.
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `hww/api/ethereum`.

mod screens;
mod typed;

use bitbox_api::pb::eth_pub_request::OutputType;
use bitbox_api::pb::eth_request::Request as EthRequest;
use bitbox_api::pb::eth_response::Response as EthResponse;
use bitbox_api::pb::{self, request::Request, response::Response};
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::transaction::{Fee, TransactionType};
use vitrine_ethereum::typed_data::{DomainChain, TypedData};
use vitrine_ethereum::{CheckedRequest, Payload, ReturnedSignature, Transaction};

pub(crate) use self::screens::{foretold, not_shown};
use super::antiklepto::HostNonce;
use super::wire::{Wire, confirm_on_device, unexpected};
use crate::error::DeviceError;
use crate::ledger::safe_typed_data;
use crate::prompt::Prompter;

/// Most bytes of data in one message; more is asked for piece by piece.
const WHOLE_BYTES: usize = 6144;
/// Most bytes of data in pieces.
const STREAMED_BYTES: usize = 1024 * 1024;
/// Most bytes of a personal message.
const MESSAGE_BYTES: usize = 7000;
/// r, s, and a byte that is not looked at.
const SIGNATURE_BYTES: usize = 65;

const HARDENED: u32 = 1 << 31;

/// A request that the firmware can be asked to sign, and who is to sign it.
pub(super) struct Order<'a> {
    signer: Address,
    path: &'a [u32],
    task: Task<'a>,
}

enum Task<'a> {
    Transaction(&'a Transaction),
    TypedData(Box<TypedData>),
    Message(&'a [u8], u64),
}

impl<'a> Order<'a> {
    /// # Errors
    /// [`DeviceError::Unsupported`] for what the firmware would refuse or could not be given.
    pub(super) fn of(request: &'a CheckedRequest) -> Result<Self, DeviceError> {
        let signer = request.signer().ok_or_else(|| unsupported("a request that says nowhere who is to sign"))?;
        let path = request.signer_path().ok_or_else(|| unsupported("an account that is not registered"))?;
        check_path(path)?;
        let task = match request.payload() {
            Payload::Transaction(transaction) => {
                check_transaction(transaction).map(|()| Task::Transaction(transaction))?
            }
            Payload::TypedData(data) => typed::check(data).map(|()| Task::TypedData(data.clone()))?,
            Payload::SafeBundle(bundle) => {
                let data = safe_typed_data(bundle).ok_or_else(|| unsupported("this SafeTx as typed data"))?;
                typed::check(&data)?;
                Task::TypedData(Box::new(data))
            }
            Payload::Message(message) => {
                let bytes = message.bytes().bytes();
                check_message(bytes)?;
                Task::Message(bytes, request.chain_id().unwrap_or(1))
            }
        };
        Ok(Self { signer, path, task })
    }

    /// Lets the device sign, after its account was compared.
    pub(super) fn sign(&self, wire: &mut Wire, prompter: &mut dyn Prompter) -> Result<ReturnedSignature, DeviceError> {
        let found = address(wire, self.path, 1, None)?;
        if found != self.signer {
            let (expected, found) = (self.signer.to_string(), found.to_string());
            return Err(DeviceError::WrongSeed { path: path_text(self.path), expected, found });
        }
        let nonce = wire.host_nonce()?;
        let outcome = self.ask(wire, &nonce, prompter);
        outcome.inspect_err(|error| match error {
            DeviceError::RefusedOnDevice { .. } | DeviceError::Failure { .. } => {}
            _ => wire.leave(),
        })
    }

    fn ask(
        &self,
        wire: &mut Wire,
        nonce: &HostNonce,
        prompter: &mut dyn Prompter,
    ) -> Result<ReturnedSignature, DeviceError> {
        let commitment = Some(pb::AntiKleptoHostNonceCommitment { commitment: nonce.commitment() });
        match &self.task {
            Task::Transaction(transaction) => {
                const AT: &str = "signing the transaction";
                confirm_on_device(prompter, AT, "a transaction")?;
                let answer = call(wire, self.transaction(transaction, commitment), AT)?;
                let answer = typed::stream(wire, transaction.data().value.bytes(), answer, AT)?;
                finish(wire, nonce, answer, AT)
            }
            Task::TypedData(data) => {
                const AT: &str = "signing the typed data";
                confirm_on_device(prompter, AT, "typed data")?;
                let chain_id = match data.domain().chain_id {
                    DomainChain::Chain(id) => u64::try_from(id).unwrap_or(0),
                    DomainChain::Absent | DomainChain::Zero => 1,
                };
                let question = typed::question(data, self.path, chain_id, commitment)?;
                let answer = call(wire, EthRequest::SignTypedMsg(question), AT)?;
                let answer = typed::answer_questions(wire, data, answer, AT)?;
                finish(wire, nonce, answer, AT)
            }
            Task::Message(message, chain_id) => {
                const AT: &str = "signing the message";
                confirm_on_device(prompter, AT, "a message")?;
                let question = pb::EthSignMessageRequest {
                    keypath: self.path.to_vec(),
                    msg: message.to_vec(),
                    host_nonce_commitment: commitment,
                    chain_id: *chain_id,
                    ..Default::default()
                };
                let answer = call(wire, EthRequest::SignMsg(question), AT)?;
                finish(wire, nonce, answer, AT)
            }
        }
    }

    fn transaction(
        &self,
        transaction: &Transaction,
        host_nonce_commitment: Option<pb::AntiKleptoHostNonceCommitment>,
    ) -> EthRequest {
        let data = transaction.data().value.bytes();
        let streamed = data.len() > WHOLE_BYTES;
        let data_length = if streamed { u32::try_from(data.len()).unwrap_or(u32::MAX) } else { 0 };
        let data = if streamed { Vec::new() } else { data.to_vec() };
        let keypath = self.path.to_vec();
        let chain_id = transaction.chain_id().value;
        let nonce = trimmed(&transaction.nonce().value.to_be_bytes());
        let gas_limit = trimmed(&transaction.gas_limit().value.to_be_bytes());
        let recipient = transaction.to().value.map(|to| to.to_vec()).unwrap_or_default();
        let value = trimmed(&transaction.value_wei().value.to_be_bytes::<32>());
        match transaction.fee() {
            Fee::GasPrice { gas_price_wei } => EthRequest::Sign(pb::EthSignRequest {
                keypath,
                nonce,
                gas_price: trimmed(&gas_price_wei.value.to_be_bytes()),
                gas_limit,
                recipient,
                value,
                data,
                host_nonce_commitment,
                chain_id,
                data_length,
                ..Default::default()
            }),
            Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
                EthRequest::SignEip1559(pb::EthSignEip1559Request {
                    chain_id,
                    keypath,
                    nonce,
                    max_priority_fee_per_gas: trimmed(&max_priority_fee_per_gas_wei.value.to_be_bytes()),
                    max_fee_per_gas: trimmed(&max_fee_per_gas_wei.value.to_be_bytes()),
                    gas_limit,
                    recipient,
                    value,
                    data,
                    host_nonce_commitment,
                    data_length,
                    ..Default::default()
                })
            }
        }
    }
}

/// Asks for the address of the key at `path`; `prompter` where the device is to show it.
pub(super) fn address(
    wire: &mut Wire,
    path: &[u32],
    chain_id: u64,
    prompter: Option<&mut dyn Prompter>,
) -> Result<Address, DeviceError> {
    const AT: &str = "asking for the address";
    check_path(path)?;
    let display = prompter.is_some();
    if let Some(prompter) = prompter {
        confirm_on_device(prompter, AT, "an address")?;
    }
    let output_type = OutputType::Address.into();
    let question = pb::EthPubRequest { keypath: path.to_vec(), output_type, display, chain_id, ..Default::default() };
    match call(wire, EthRequest::Pub(question), AT)? {
        EthResponse::Pub(answer) if answer.r#pub.len() == 42 => {
            answer.r#pub.parse().map_err(|_| DeviceError::Malformed { at: AT, what: "not an address" })
        }
        _ => Err(unexpected(AT, "no address")),
    }
}

/// The device has committed itself to its nonce: it is told ours, and signs.
fn finish(
    wire: &mut Wire,
    nonce: &HostNonce,
    answer: EthResponse,
    at: &'static str,
) -> Result<ReturnedSignature, DeviceError> {
    let EthResponse::AntikleptoSignerCommitment(committed) = answer else {
        return Err(unexpected(at, "no commitment"));
    };
    let host_nonce = nonce.bytes();
    let answer = call(wire, EthRequest::AntikleptoSignature(pb::AntiKleptoSignatureRequest { host_nonce }), at)?;
    let EthResponse::Sign(signed) = answer else { return Err(unexpected(at, "no signature")) };
    let malformed = DeviceError::Malformed { at, what: "not a signature of 65 bytes" };
    let scalars: [u8; SIGNATURE_BYTES] = signed.signature.try_into().map_err(|_| malformed.clone())?;
    let (r, rest) = scalars.split_first_chunk::<32>().ok_or_else(|| malformed.clone())?;
    let s = rest.first_chunk::<32>().ok_or(malformed)?;
    nonce.check(&committed.commitment, r, at)?;
    Ok(ReturnedSignature::from_scalars(*r, *s))
}

/// Sends a request about Ethereum; the person may have to answer it.
fn call(wire: &mut Wire, request: EthRequest, at: &'static str) -> Result<EthResponse, DeviceError> {
    match wire.call_person(Request::Eth(pb::EthRequest { request: Some(request) }), at)? {
        Response::Eth(pb::EthResponse { response: Some(response) }) => Ok(response),
        _ => Err(unexpected(at, "an answer about something else")),
    }
}

/// m/44'/60'/0'/0/0 to 99, or the same of test networks.
fn check_path(path: &[u32]) -> Result<(), DeviceError> {
    const PURPOSE: u32 = 44 | HARDENED;
    match path {
        [PURPOSE, coin, HARDENED, 0, 0..=99] if [60 | HARDENED, 1 | HARDENED].contains(coin) => Ok(()),
        _ => Err(unsupported(&format!("a key at {}: it knows m/44'/60'/0'/0/0 to 99", path_text(path)))),
    }
}

fn check_transaction(transaction: &Transaction) -> Result<(), DeviceError> {
    match transaction.transaction_type() {
        TransactionType::Legacy | TransactionType::DynamicFee => {}
        other => return Err(unsupported(&format!("a transaction of type {}", other.number()))),
    }
    if !transaction.access_list().is_empty() {
        return Err(unsupported("a transaction with an access list"));
    }
    if transaction.to().value.is_none_or(|to| to.is_zero()) {
        return Err(unsupported("creation of a contract"));
    }
    if transaction.data().value.bytes().len() > STREAMED_BYTES {
        return Err(unsupported("data of more than 1 MiB"));
    }
    Ok(())
}

fn check_message(message: &[u8]) -> Result<(), DeviceError> {
    match message.len() {
        1..=MESSAGE_BYTES => Ok(()),
        bytes => Err(unsupported(&format!("a message of {bytes} bytes: it takes 1 to {MESSAGE_BYTES}"))),
    }
}

/// Big endian, without zeros at the beginning.
fn trimmed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}

fn path_text(path: &[u32]) -> String {
    let step = |step: &u32| if *step >= HARDENED { format!("/{}'", step & !HARDENED) } else { format!("/{step}") };
    format!("m{}", path.iter().map(step).collect::<String>())
}

fn unsupported(what: &str) -> DeviceError {
    DeviceError::Unsupported { what: format!("{what}, with a BitBox02") }
}
