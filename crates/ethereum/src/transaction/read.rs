//! Our own reading of a transaction.

use alloy_primitives::keccak256;
use vitrine_review::Span;

use super::error::{FieldProblem, TransactionError, TransactionProblem};
use super::fee::worst_case_cost_wei;
use super::fields::Fields;
use super::second_reading;
use super::{AccessListItem, Authorization, Blobs, Fee, Transaction, TransactionType, authorization};
use crate::rlp::{self, Item};
use crate::{Field, Located, limits};

/// First byte of the shortest RLP list: from here on a transaction has no type byte (EIP-2718).
const LIST: u8 = 0xc0;

pub(super) fn read(data: &Located) -> Result<Transaction, TransactionError> {
    let error = |index: usize, problem| TransactionError { offset: data.offset_of(index), problem };
    if data.len() > limits::REQUEST_BYTES {
        return Err(error(limits::REQUEST_BYTES, TransactionProblem::TooLarge { found: data.len() }));
    }
    let first = *data.bytes().first().ok_or_else(|| error(0, TransactionProblem::Empty))?;
    let transaction_type = transaction_type(first).map_err(|problem| error(0, problem))?;
    let start = usize::from(first < LIST);
    let item = rlp::read(data.bytes(), start).map_err(|e| error(e.at, TransactionProblem::Rlp(e.problem)))?;
    let items = item.list.as_deref().ok_or_else(|| error(start, TransactionProblem::NoList))?;
    check_count(transaction_type, items).map_err(|problem| error(item.payload.end, problem))?;
    let type_span = data.slice(0..start).map(|byte| byte.span()).filter(|span| !span.is_empty());
    let reading = Reading { data, transaction_type, type_span };
    let transaction = reading.read(Fields::of(data, &item, items))?;
    second_reading::compare(&transaction)?;
    Ok(transaction)
}

fn transaction_type(first: u8) -> Result<TransactionType, TransactionProblem> {
    match first {
        1 => Ok(TransactionType::AccessList),
        2 => Ok(TransactionType::DynamicFee),
        3 => Ok(TransactionType::Blob),
        4 => Ok(TransactionType::SetCode),
        LIST.. => Ok(TransactionType::Legacy),
        found @ 0..0x80 => Err(TransactionProblem::UnknownType { found }),
        _ => Err(TransactionProblem::NoList),
    }
}

impl TransactionType {
    /// Items of the unsigned transaction.
    fn items(self) -> usize {
        match self {
            Self::Legacy | Self::DynamicFee => 9,
            Self::AccessList => 8,
            Self::Blob => 11,
            Self::SetCode => 10,
        }
    }
}

/// Tells what is commonly scanned by mistake from what is malformed.
fn check_count(transaction_type: TransactionType, items: &[Item]) -> Result<(), TransactionProblem> {
    let (expected, found) = (transaction_type.items(), items.len());
    let legacy = transaction_type == TransactionType::Legacy;
    let says_signature = |item: &Item| item.list.is_none() && !item.payload.is_empty();
    match found {
        6 if legacy => Err(TransactionProblem::WithoutChainId),
        9 if legacy && items.iter().skip(7).any(says_signature) => Err(TransactionProblem::AlreadySigned),
        _ if found == expected => Ok(()),
        _ if !legacy && found == expected.saturating_add(3) => Err(TransactionProblem::AlreadySigned),
        _ if transaction_type == TransactionType::Blob && items.first().is_some_and(|item| item.list.is_some()) => {
            Err(TransactionProblem::WithBlobs)
        }
        _ => Err(TransactionProblem::ItemCount { expected, found }),
    }
}

/// The fields of every type, in the order of each.
struct Reading<'a> {
    data: &'a Located,
    transaction_type: TransactionType,
    type_span: Option<Span>,
}

impl Reading<'_> {
    fn read(self, mut fields: Fields<'_>) -> Result<Transaction, TransactionError> {
        let (transaction_type, legacy) = (self.transaction_type, self.transaction_type == TransactionType::Legacy);
        let unsigned_items = fields.written(if legacy { 6 } else { transaction_type.items() }).to_vec();
        let before = if legacy { None } else { Some(chain_id(&mut fields)?) };
        let nonce = nonce(&mut fields)?;
        let fee = self.fee(&mut fields)?;
        let gas_limit = fields.narrow("gas_limit", 64)?;
        let to = fields.to("to")?;
        let creates = !matches!(transaction_type, TransactionType::Blob | TransactionType::SetCode);
        if to.value.is_none() && !creates {
            return Err(fields.error(to.span.start, "to", FieldProblem::NoAddress));
        }
        let value_wei = fields.uint("value", 256)?;
        let data = fields.bytes("data")?;
        let chain_id = match before {
            Some(chain_id) => chain_id,
            None => eip_155(&mut fields)?,
        };
        let access_list = if legacy { Vec::new() } else { access_list(&mut fields)? };
        let blobs = self.blobs(&mut fields)?;
        let authorization_list = self.authorization_list(&mut fields)?;
        let cost = worst_case_cost_wei(fee, gas_limit.value, value_wei.value, blobs.as_ref());
        let too_large = || fields.error(value_wei.span.start, "value", FieldProblem::CostTooLarge);
        Ok(Transaction {
            bytes: self.data.clone(),
            transaction_type,
            type_span: self.type_span,
            chain_id,
            nonce,
            fee,
            gas_limit,
            to,
            value_wei,
            data,
            access_list,
            blobs,
            authorization_list,
            worst_case_cost_wei: cost.ok_or_else(too_large)?,
            structure: fields.structure,
            unsigned_items,
            signing_hash: keccak256(self.data.bytes()),
            second_reading: second_reading::decode(self.data)?,
        })
    }

    fn fee(&self, fields: &mut Fields<'_>) -> Result<Fee, TransactionError> {
        if matches!(self.transaction_type, TransactionType::Legacy | TransactionType::AccessList) {
            return Ok(Fee::GasPrice { gas_price_wei: fields.narrow("gas_price", 128)? });
        }
        let max_priority_fee_per_gas_wei: Field<u128> = fields.narrow("max_priority_fee_per_gas", 128)?;
        let max_fee_per_gas_wei: Field<u128> = fields.narrow("max_fee_per_gas", 128)?;
        if max_priority_fee_per_gas_wei.value > max_fee_per_gas_wei.value {
            let (tip, at) = ("max_priority_fee_per_gas", max_priority_fee_per_gas_wei.span.start);
            return Err(fields.error(at, tip, FieldProblem::TipAboveFee));
        }
        Ok(Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei })
    }

    fn blobs(&self, fields: &mut Fields<'_>) -> Result<Option<Blobs>, TransactionError> {
        if self.transaction_type != TransactionType::Blob {
            return Ok(None);
        }
        let max_fee_per_blob_gas_wei: Field<u128> = fields.narrow("max_fee_per_blob_gas", 128)?;
        let blob_versioned_hashes = fields.list("blob_versioned_hashes", blob_versioned_hash)?;
        if blob_versioned_hashes.is_empty() {
            let at = max_fee_per_blob_gas_wei.span.end;
            return Err(fields.error(at, "blob_versioned_hashes", FieldProblem::EmptyList));
        }
        Ok(Some(Blobs { max_fee_per_blob_gas_wei, blob_versioned_hashes }))
    }

    fn authorization_list(&self, fields: &mut Fields<'_>) -> Result<Vec<Authorization>, TransactionError> {
        if self.transaction_type != TransactionType::SetCode {
            return Ok(Vec::new());
        }
        let mut count = 0usize;
        let list = fields.list("authorization_list", |fields| {
            count = count.saturating_add(1);
            match count > limits::AUTHORIZATIONS {
                true => Err(fields.too_many("authorization_list", limits::AUTHORIZATIONS)),
                false => authorization::read(fields),
            }
        })?;
        if list.is_empty() {
            return Err(fields.error(self.data.span().end, "authorization_list", FieldProblem::EmptyList));
        }
        Ok(list)
    }
}

fn chain_id(fields: &mut Fields<'_>) -> Result<Field<u64>, TransactionError> {
    let chain_id: Field<u64> = fields.narrow("chain_id", 64)?;
    if chain_id.value == 0 {
        return Err(fields.error(chain_id.span.start, "chain_id", FieldProblem::Zero));
    }
    Ok(chain_id)
}

/// The three items that EIP-155 adds: the chain id and two that are empty.
fn eip_155(fields: &mut Fields<'_>) -> Result<Field<u64>, TransactionError> {
    let chain_id = chain_id(fields)?;
    for name in ["r", "s"] {
        let empty = fields.bytes(name)?;
        if !empty.value.is_empty() {
            return Err(fields.error(
                empty.span.start,
                name,
                FieldProblem::Length { expected: 0, found: empty.value.len() },
            ));
        }
        fields.structure.push(empty.span);
    }
    Ok(chain_id)
}

fn nonce(fields: &mut Fields<'_>) -> Result<Field<u64>, TransactionError> {
    let nonce: Field<u64> = fields.narrow("nonce", 64)?;
    if nonce.value == u64::MAX {
        return Err(fields.error(nonce.span.start, "nonce", FieldProblem::LastNonce));
    }
    Ok(nonce)
}

fn access_list(fields: &mut Fields<'_>) -> Result<Vec<AccessListItem>, TransactionError> {
    fields.list("access_list", |fields| {
        fields.tuple("access_list", 2, |fields| {
            let address = fields.address("access_list.address")?;
            let storage_keys = fields.list("access_list.storage_keys", |keys| keys.word("access_list.storage_keys"))?;
            Ok(AccessListItem { address, storage_keys })
        })
    })
}

fn blob_versioned_hash(fields: &mut Fields<'_>) -> Result<Field<alloy_primitives::B256>, TransactionError> {
    let hash = fields.word("blob_versioned_hashes")?;
    match hash.value.first() {
        Some(1) => Ok(hash),
        version => {
            let found = version.copied().unwrap_or_default();
            Err(fields.error(hash.span.start, "blob_versioned_hashes", FieldProblem::BlobVersion { found }))
        }
    }
}
