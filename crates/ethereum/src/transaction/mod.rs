//! Unsigned transactions: type 0 with chain id (EIP-155), 1 (EIP-2930), 2 (EIP-1559), 3 (EIP-4844) and 4 (EIP-7702).
//!
//! What is decoded is exactly what is hashed and signed. It is read twice, by our own reader, which knows where each
//! field lies, and by `alloy-consensus`; both have to agree on every field, and encoding what alloy read has to give the
//! same bytes.

mod authorization;
mod error;
mod fee;
mod fields;
mod input;
mod leaves;
mod read;
mod second_reading;
mod signed;

use alloy_consensus::TxEip4844;
use alloy_consensus::transaction::EthereumTypedTransaction;
use alloy_primitives::{Address, B256, U256};
use vitrine_review::Span;

pub use authorization::Authorization;
pub use error::{FieldProblem, TransactionError, TransactionProblem};
pub use fee::{BLOB_GAS, Fee};
pub use leaves::Leaf;
pub use signed::SignedTransactionError;

use crate::{Field, Located};

/// The types of transaction (EIP-2718).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransactionType {
    /// Without type byte, with chain id (EIP-155).
    Legacy,
    /// 1, with access list (EIP-2930).
    AccessList,
    /// 2, with base fee and tip (EIP-1559).
    DynamicFee,
    /// 3, with blobs (EIP-4844).
    Blob,
    /// 4, which sets code of accounts (EIP-7702).
    SetCode,
}

impl TransactionType {
    /// The number of the type, 0 to 4.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// One entry of an access list (EIP-2930).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessListItem {
    /// The account.
    pub address: Field<Address>,
    /// Slots of its storage.
    pub storage_keys: Vec<Field<B256>>,
}

/// What a blob transaction says about its blobs (EIP-4844).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    /// Most wei per blob gas.
    pub max_fee_per_blob_gas_wei: Field<u128>,
    /// Hashes of the blobs' commitments, version 1; at least one.
    pub blob_versioned_hashes: Vec<Field<B256>>,
}

/// An unsigned transaction, every byte of it read.
///
/// Only [`Transaction::decode`] and [`Transaction::from_request`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    bytes: Located,
    transaction_type: TransactionType,
    type_span: Option<Span>,
    chain_id: Field<u64>,
    nonce: Field<u64>,
    fee: Fee,
    gas_limit: Field<u64>,
    to: Field<Option<Address>>,
    value_wei: Field<U256>,
    data: Field<Located>,
    access_list: Vec<AccessListItem>,
    blobs: Option<Blobs>,
    authorization_list: Vec<Authorization>,
    structure: Vec<Span>,
    /// The items that a signed transaction repeats before its signature, as they are written.
    unsigned_items: Vec<u8>,
    worst_case_cost_wei: U256,
    signing_hash: B256,
    second_reading: EthereumTypedTransaction<TxEip4844>,
}

impl Transaction {
    /// Decodes a transaction that is the whole request: its bytes, or hexadecimal digits, with or without `0x`, blanks
    /// around them.
    ///
    /// # Errors
    /// [`TransactionError`] unless it is exactly one unsigned transaction with a chain id, canonically encoded.
    pub fn from_request(request: &[u8]) -> Result<Self, TransactionError> {
        let (data, around) = input::locate(request)?;
        let mut transaction = Self::decode(&data)?;
        transaction.structure.extend(around);
        Ok(transaction)
    }

    /// Decodes a transaction that is a part of a request.
    ///
    /// # Errors
    /// [`TransactionError`] unless it is exactly one unsigned transaction with a chain id, canonically encoded.
    pub fn decode(data: &Located) -> Result<Self, TransactionError> {
        read::read(data)
    }

    /// The bytes that are hashed and signed.
    pub fn bytes(&self) -> &Located {
        &self.bytes
    }

    /// The type.
    pub fn transaction_type(&self) -> TransactionType {
        self.transaction_type
    }

    /// Where the type byte lies; none of a legacy transaction, which has none.
    pub fn type_span(&self) -> Option<Span> {
        self.type_span
    }

    /// The chain, never 0.
    pub fn chain_id(&self) -> Field<u64> {
        self.chain_id
    }

    /// The sender's nonce.
    pub fn nonce(&self) -> Field<u64> {
        self.nonce
    }

    /// What is paid per gas.
    pub fn fee(&self) -> Fee {
        self.fee
    }

    /// Most gas that it may use.
    pub fn gas_limit(&self) -> Field<u64> {
        self.gas_limit
    }

    /// The recipient or contract; none creates a contract.
    pub fn to(&self) -> Field<Option<Address>> {
        self.to
    }

    /// The amount sent along.
    pub fn value_wei(&self) -> Field<U256> {
        self.value_wei
    }

    /// Calldata, or where a contract is created its init code. The span is that of the length where it is empty.
    pub fn data(&self) -> &Field<Located> {
        &self.data
    }

    /// Accounts and slots that it announces (types 1 to 4).
    pub fn access_list(&self) -> &[AccessListItem] {
        &self.access_list
    }

    /// What type 3 says about its blobs.
    pub fn blobs(&self) -> Option<&Blobs> {
        self.blobs.as_ref()
    }

    /// The authorizations of type 4, at least one there.
    pub fn authorization_list(&self) -> &[Authorization] {
        &self.authorization_list
    }

    /// Bytes that are structure, checked to be canonical: lengths, the two empty items of EIP-155, and in a text the
    /// blanks and `0x`.
    pub fn structure(&self) -> &[Span] {
        &self.structure
    }

    /// The hash that is signed, from our own reading; alloy's is the same.
    pub fn signing_hash(&self) -> B256 {
        self.signing_hash
    }

    /// Value and largest possible fee together: what it can cost the sender at worst, without what its calls move.
    pub fn worst_case_cost_wei(&self) -> U256 {
        self.worst_case_cost_wei
    }

    /// The largest possible fee, blobs included.
    pub fn worst_case_fee_wei(&self) -> U256 {
        self.worst_case_cost_wei.saturating_sub(self.value_wei.value)
    }
}
