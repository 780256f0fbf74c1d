//! A checked request as a Trezor takes it.

use bitcoin::bip32::{ChildNumber, DerivationPath};
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::transaction::TransactionType;
use vitrine_ethereum::{CheckedRequest, Payload, Transaction};

use super::super::identity::Model;
use super::typed::Typed;
use crate::error::DeviceError;

/// Fewest bytes of data that any model shows on one page: those of the first.
const PAGE_BYTES: usize = 24;

/// Most entries of an access list, and most keys of an entry, that the first model takes.
const ONE_ACCESS_LIST: usize = 12;

/// Longest message that the first model takes, in bytes.
const ONE_MESSAGE_BYTES: usize = 1024;

/// What the driver will tell the device.
pub(in crate::trezor) struct Plan<'a> {
    /// Path of the account's key.
    pub(super) path: &'a [u32],
    /// The registered account.
    pub(super) signer: Address,
    pub(super) asked: Asked<'a>,
}

/// What is to be signed, in the device's terms.
pub(in crate::trezor) enum Asked<'a> {
    Transaction(&'a Transaction),
    TypedData(Typed),
    Message(&'a [u8]),
}

impl<'a> Plan<'a> {
    /// Plans a request.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] saying what a Trezor takes instead.
    pub(in crate::trezor) fn of(request: &'a CheckedRequest) -> Result<Self, DeviceError> {
        let account = request.signer().zip(request.signer_path());
        let (signer, path) =
            account.ok_or_else(|| unsupported("a request whose signer's key path is not registered"))?;
        let asked = match request.payload() {
            Payload::Transaction(transaction) => Asked::Transaction(taken(transaction)?),
            Payload::TypedData(data) => Asked::TypedData(Typed::of(data)?),
            Payload::SafeBundle(bundle) => Asked::TypedData(Typed::of_safe(bundle)),
            Payload::Message(message) => Asked::Message(message.bytes().bytes()),
        };
        Ok(Self { path, signer, asked })
    }

    /// Whether it is typed data, or a Safe's transaction, which is signed as such.
    pub(in crate::trezor) const fn is_typed_data(&self) -> bool {
        matches!(self.asked, Asked::TypedData(_))
    }

    /// Refuses what this model's firmware does not take.
    pub(super) fn check(&self, model: &Model) -> Result<(), DeviceError> {
        match &self.asked {
            Asked::Transaction(transaction) if model.one => check_access_list(transaction),
            Asked::Message(message) if model.one && message.len() > ONE_MESSAGE_BYTES => {
                Err(unsupported(&format!("a message above {ONE_MESSAGE_BYTES} bytes, which Trezor One does not take")))
            }
            Asked::TypedData(data) if !model.one => data.check_streaming(),
            _ => Ok(()),
        }
    }

    /// Counts the messages that an honest device needs at most while signing, twice over.
    pub(in crate::trezor) fn message_limit(&self) -> usize {
        let bytes = match &self.asked {
            Asked::Transaction(transaction) => transaction.data().value.len(),
            Asked::Message(message) => message.len(),
            Asked::TypedData(data) => return data.parts().saturating_mul(6).saturating_add(64),
        };
        bytes.div_ceil(PAGE_BYTES).saturating_mul(3).saturating_add(64)
    }
}

fn taken(transaction: &Transaction) -> Result<&Transaction, DeviceError> {
    let kind = match transaction.transaction_type() {
        TransactionType::Legacy | TransactionType::DynamicFee => return Ok(transaction),
        TransactionType::AccessList => "1 (access list, EIP-2930)",
        TransactionType::Blob => "3 (blobs, EIP-4844)",
        TransactionType::SetCode => "4 (code of accounts, EIP-7702)",
    };
    Err(unsupported(&format!("a transaction of type {kind}: a Trezor takes types 0 (EIP-155) and 2 (EIP-1559)")))
}

fn check_access_list(transaction: &Transaction) -> Result<(), DeviceError> {
    let list = transaction.access_list();
    if list.len() > ONE_ACCESS_LIST || list.iter().any(|item| item.storage_keys.len() > ONE_ACCESS_LIST) {
        return Err(unsupported("an access list above 12 accounts of 12 keys each, which Trezor One does not take"));
    }
    Ok(())
}

/// Writes a path as people read it.
pub(super) fn path_text(path: &[u32]) -> String {
    let path: DerivationPath = path.iter().map(|step| ChildNumber::from(*step)).collect();
    format!("m/{path}")
}

pub(super) fn unsupported(what: &str) -> DeviceError {
    DeviceError::Unsupported { what: what.to_owned() }
}
