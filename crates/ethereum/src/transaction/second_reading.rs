//! The second reading: alloy's.

use alloy_consensus::transaction::EthereumTypedTransaction;
use alloy_consensus::{SignableTransaction, Transaction as _, TxEip4844, Typed2718};

use super::error::{TransactionError, TransactionProblem};
use super::{AccessListItem, Authorization, Transaction};
use crate::Located;

/// A transaction as alloy reads it.
pub(super) type SecondReading = EthereumTypedTransaction<TxEip4844>;

/// Has alloy decode the same bytes, all of them, and encode them again.
pub(super) fn decode(data: &Located) -> Result<SecondReading, TransactionError> {
    let differs =
        |what| TransactionError { offset: data.span().start, problem: TransactionProblem::SecondReading { what } };
    let mut rest = data.bytes();
    let decoded = SecondReading::decode_unsigned(&mut rest).map_err(|_| differs("it reads no transaction"))?;
    if !rest.is_empty() {
        return Err(differs("it leaves bytes unread"));
    }
    let mut encoded = Vec::with_capacity(decoded.payload_len_for_signature());
    decoded.encode_for_signing(&mut encoded);
    if encoded != data.bytes() {
        return Err(differs("what it reads has other bytes to sign"));
    }
    Ok(decoded)
}

/// Compares every field of both readings.
pub(super) fn compare(ours: &Transaction) -> Result<(), TransactionError> {
    let theirs = &ours.second_reading;
    let differs = |what| TransactionError {
        offset: ours.bytes.span().start,
        problem: TransactionProblem::SecondReading { what },
    };
    let checks = [
        ("type", theirs.ty() == ours.transaction_type.number()),
        ("chain_id", theirs.chain_id() == Some(ours.chain_id.value)),
        ("nonce", theirs.nonce() == ours.nonce.value),
        ("gas_limit", theirs.gas_limit() == ours.gas_limit.value),
        ("to", theirs.to() == ours.to.value),
        ("value", theirs.value() == ours.value_wei.value),
        ("data", theirs.input().as_ref() == ours.data.value.bytes()),
        ("fee", same_fee(ours)),
        ("access_list", same_access_list(ours)),
        ("blobs", same_blobs(ours)),
        ("authorization_list", same_authorizations(ours)),
        ("signing hash", theirs.signature_hash() == ours.signing_hash),
    ];
    match checks.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(differs(what)),
        None => Ok(()),
    }
}

fn same_fee(ours: &Transaction) -> bool {
    use super::Fee;
    let theirs = &ours.second_reading;
    match ours.fee {
        Fee::GasPrice { gas_price_wei } => {
            theirs.gas_price() == Some(gas_price_wei.value) && theirs.max_priority_fee_per_gas().is_none()
        }
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
            theirs.max_fee_per_gas() == max_fee_per_gas_wei.value
                && theirs.max_priority_fee_per_gas() == Some(max_priority_fee_per_gas_wei.value)
        }
    }
}

fn same_access_list(ours: &Transaction) -> bool {
    let theirs = ours.second_reading.access_list().map(|list| list.0.as_slice()).unwrap_or_default();
    let same = |(a, b): (&AccessListItem, &alloy_eips::eip2930::AccessListItem)| {
        a.address.value == b.address && a.storage_keys.iter().map(|key| &key.value).eq(b.storage_keys.iter())
    };
    theirs.len() == ours.access_list.len() && ours.access_list.iter().zip(theirs).all(same)
}

fn same_blobs(ours: &Transaction) -> bool {
    let theirs = (ours.second_reading.max_fee_per_blob_gas(), ours.second_reading.blob_versioned_hashes());
    match (&ours.blobs, theirs) {
        (None, (None, None)) => true,
        (Some(blobs), (Some(fee), Some(hashes))) => {
            fee == blobs.max_fee_per_blob_gas_wei.value
                && blobs.blob_versioned_hashes.iter().map(|hash| &hash.value).eq(hashes.iter())
        }
        _ => false,
    }
}

fn same_authorizations(ours: &Transaction) -> bool {
    let theirs = ours.second_reading.authorization_list().unwrap_or_default();
    let same = |(a, b): (&Authorization, &alloy_eips::eip7702::SignedAuthorization)| {
        a.chain_id.value == b.chain_id
            && a.address.value == b.address
            && a.nonce.value == b.nonce
            && (a.y_parity.value, a.r.value, a.s.value) == (b.y_parity(), b.r(), b.s())
            && a.hash == b.signature_hash()
            && a.authority.is_none_or(|authority| b.recover_authority().is_ok_and(|theirs| theirs == authority))
    };
    theirs.len() == ours.authorization_list.len() && ours.authorization_list.iter().zip(theirs).all(same)
}
