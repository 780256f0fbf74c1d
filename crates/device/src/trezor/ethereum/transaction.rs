//! The dialogue while a transaction is signed: its fields at once, its data as the device asks for it.

use trezor_client::protos::ethereum_sign_tx_eip1559::EthereumAccessList;
use trezor_client::protos::{EthereumSignTx, EthereumSignTxEIP1559, EthereumTxAck, EthereumTxRequest};
use vitrine_ethereum::transaction::{AccessListItem, Fee};
use vitrine_ethereum::{ReturnedSignature, Transaction};

use super::super::wire::{Dialogue, Wire};
use crate::error::DeviceError;

const AT: &str = "EthereumTxAck";

/// Most bytes of data in one message: what every model takes.
const CHUNK_BYTES: usize = 1024;

/// Has the device sign a transaction of type 0 or 2.
pub(super) fn sign(
    wire: &mut Wire,
    path: &[u32],
    transaction: &Transaction,
    chunkify: Option<bool>,
    dialogue: &mut Dialogue<'_>,
) -> Result<ReturnedSignature, DeviceError> {
    let bytes = transaction.data().value.bytes();
    let (first, rest) = bytes.split_at(bytes.len().min(CHUNK_BYTES));
    let mut rest = Rest { bytes: rest, sent: first.len() };
    let mut request: EthereumTxRequest = match transaction.fee() {
        Fee::GasPrice { gas_price_wei } => {
            wire.call(&legacy(path, transaction, gas_price_wei.value, first, chunkify)?, dialogue)?
        }
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
            let fees = (max_priority_fee_per_gas_wei.value, max_fee_per_gas_wei.value);
            wire.call(&dynamic(path, transaction, fees, first, chunkify)?, dialogue)?
        }
    };
    loop {
        match rest.answer(&request).inspect_err(|error| wire.leave(error))? {
            Step::Chunk(ack) => request = wire.call(&ack, dialogue)?,
            Step::Signed(signature) => return Ok(signature),
        }
    }
}

/// Data that the device has not got yet.
struct Rest<'a> {
    bytes: &'a [u8],
    sent: usize,
}

enum Step {
    Chunk(EthereumTxAck),
    Signed(ReturnedSignature),
}

impl Rest<'_> {
    fn answer(&mut self, request: &EthereumTxRequest) -> Result<Step, DeviceError> {
        let malformed = |what| DeviceError::Malformed { at: AT, what };
        match (request.data_length, &request.signature_r, &request.signature_s) {
            (Some(length), None, None) => self.chunk(length).map(Step::Chunk),
            (None, Some(_), Some(_)) if !self.bytes.is_empty() => {
                Err(malformed("a signature before all data was asked for"))
            }
            (None, Some(r), Some(s)) => {
                let scalar = |bytes: &[u8]| {
                    <[u8; 32]>::try_from(bytes).map_err(|_| malformed("a signature that is not r and s of 32 bytes"))
                };
                Ok(Step::Signed(ReturnedSignature::from_scalars(scalar(r)?, scalar(s)?)))
            }
            _ => Err(malformed("neither a question about the data nor a whole signature")),
        }
    }

    /// Each byte once, in order.
    fn chunk(&mut self, length: u32) -> Result<EthereumTxAck, DeviceError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 || length > CHUNK_BYTES {
            return Err(DeviceError::Malformed { at: AT, what: "a question for no data or for more than 1024 bytes" });
        }
        let count = self.sent.saturating_add(self.bytes.len());
        let beyond = DeviceError::NoSuchPart { part: "data byte", index: self.sent.saturating_add(length), count };
        let (chunk, rest) = self.bytes.split_at_checked(length).ok_or(beyond)?;
        self.bytes = rest;
        self.sent = self.sent.saturating_add(length);
        Ok(EthereumTxAck { data_chunk: Some(chunk.to_vec()), ..Default::default() })
    }
}

fn legacy(
    path: &[u32],
    transaction: &Transaction,
    gas_price_wei: u128,
    first: &[u8],
    chunkify: Option<bool>,
) -> Result<EthereumSignTx, DeviceError> {
    Ok(EthereumSignTx {
        address_n: path.to_vec(),
        nonce: Some(minimal(&transaction.nonce().value.to_be_bytes())),
        gas_price: Some(minimal(&gas_price_wei.to_be_bytes())),
        gas_limit: Some(minimal(&transaction.gas_limit().value.to_be_bytes())),
        to: Some(recipient(transaction)),
        value: Some(minimal(&transaction.value_wei().value.to_be_bytes::<32>())),
        data_initial_chunk: Some(first.to_vec()),
        data_length: Some(data_length(transaction)?),
        chain_id: Some(transaction.chain_id().value),
        chunkify,
        ..Default::default()
    })
}

fn dynamic(
    path: &[u32],
    transaction: &Transaction,
    (max_priority_fee_per_gas_wei, max_fee_per_gas_wei): (u128, u128),
    first: &[u8],
    chunkify: Option<bool>,
) -> Result<EthereumSignTxEIP1559, DeviceError> {
    Ok(EthereumSignTxEIP1559 {
        address_n: path.to_vec(),
        nonce: Some(minimal(&transaction.nonce().value.to_be_bytes())),
        max_gas_fee: Some(minimal(&max_fee_per_gas_wei.to_be_bytes())),
        max_priority_fee: Some(minimal(&max_priority_fee_per_gas_wei.to_be_bytes())),
        gas_limit: Some(minimal(&transaction.gas_limit().value.to_be_bytes())),
        to: Some(recipient(transaction)),
        value: Some(minimal(&transaction.value_wei().value.to_be_bytes::<32>())),
        data_initial_chunk: Some(first.to_vec()),
        data_length: Some(data_length(transaction)?),
        chain_id: Some(transaction.chain_id().value),
        access_list: transaction.access_list().iter().map(access).collect(),
        chunkify,
        ..Default::default()
    })
}

fn access(item: &AccessListItem) -> EthereumAccessList {
    EthereumAccessList {
        address: Some(item.address.value.to_string()),
        storage_keys: item.storage_keys.iter().map(|key| key.value.to_vec()).collect(),
        ..Default::default()
    }
}

/// The address with its checksum; empty where a contract is created.
fn recipient(transaction: &Transaction) -> String {
    transaction.to().value.map(|to| to.to_string()).unwrap_or_default()
}

fn data_length(transaction: &Transaction) -> Result<u32, DeviceError> {
    let bytes = transaction.data().value.len();
    u32::try_from(bytes).map_err(|_| super::plan::unsupported("data above four gigabytes"))
}

/// The bytes of a number that the device hashes as they are: without leading zeros, none for zero.
fn minimal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}
