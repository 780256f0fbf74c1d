//! A transaction's own fields: every one of them, whatever its type.

use vitrine_review::{Ownership, Section, SectionBuilder, Value};

use super::values::{address, number, term};
use super::{Names, Parts, computed, signed};
use crate::check::CheckedRequest;
use crate::interface::{DataFee, data_fee};
use crate::transaction::{Fee, Transaction, TransactionType};
use alloy_primitives::U256;

/// Sections and owners; the bytes of non-empty data belong to the calls.
pub(super) fn parts(transaction: &Transaction, checked: &CheckedRequest) -> Parts {
    let mut parts = Parts::default();
    let code = |name: &str| format!("eth.tx.{name}");
    let data = &transaction.data().value;
    for leaf in transaction.leaves() {
        if leaf.name != "data" || data.is_empty() {
            parts.own(leaf.span, &leaf.name, Some(code(&leaf.name)), Ownership::Meaning);
        }
    }
    parts.structure(transaction.structure(), "RLP lengths");
    let mut section = SectionBuilder::new("Transaction", "eth.tx", "Transaction");
    main_fields(&mut section, transaction, checked);
    parts.sections.push(section.build());
    parts.sections.extend(lists(transaction, &code));
    parts
}

fn main_fields(section: &mut SectionBuilder, transaction: &Transaction, checked: &CheckedRequest) {
    let names = checked.known();
    let number_of = |n: u64| number(U256::from(n));
    let wei = |n: u128| number(U256::from(n));
    section.add("type", "Type", term(type_name(transaction.transaction_type())), signed());
    section.add("chain_id", "Chain id", number_of(transaction.chain_id().value), signed());
    section.add("nonce", "Nonce", number_of(transaction.nonce().value), signed());
    match transaction.to().value {
        Some(to) => section.add("to", "To", address(to), names.proof(to)),
        None => section.add("to", "To", term("none: a contract is created"), signed()),
    };
    if let (None, Some(signer)) = (transaction.to().value, checked.signer()) {
        let contract = signer.create(transaction.nonce().value);
        section.add("creates", "Address that the contract gets", address(contract), computed());
    }
    section.add("value", "Value in wei", number(transaction.value_wei().value), signed());
    section.add("gas_limit", "Gas limit", number_of(transaction.gas_limit().value), signed());
    match transaction.fee() {
        Fee::GasPrice { gas_price_wei } => {
            section.add("gas_price", "Gas price in wei", wei(gas_price_wei.value), signed());
        }
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
            section.add("max_fee_per_gas", "Max fee per gas in wei", wei(max_fee_per_gas_wei.value), signed());
            let tip = wei(max_priority_fee_per_gas_wei.value);
            section.add("max_priority_fee_per_gas", "Max priority fee per gas in wei", tip, signed());
        }
    }
    if transaction.data().value.is_empty() {
        section.add("data", "Data", term("empty"), signed());
    }
    let fee = match data_fee(transaction.chain_id().value) {
        DataFee::Within => "Largest fee in wei",
        DataFee::Beside | DataFee::Unknown => "Largest fee in wei, without a fee for data",
    };
    section.add("worst-case-fee", fee, number(transaction.worst_case_fee_wei()), computed());
    let hash = Value::Hash(transaction.signing_hash().to_vec());
    section.add("signing-hash", "Hash that is signed", hash, computed());
}

/// Access list, blobs and authorizations, each in full.
fn lists(transaction: &Transaction, code: &dyn Fn(&str) -> String) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut add = |title: &str, name: &str, fields: Vec<(String, String, Value)>| {
        if fields.is_empty() {
            return;
        }
        let mut section = SectionBuilder::new("Transaction", format!("eth.tx.{name}"), title);
        for (name, label, value) in fields {
            section.add_code(code(&name), label, value, signed());
        }
        sections.push(section.build());
    };
    add("Access list", "access_list", access_list(transaction));
    add("Blobs", "blobs", blobs(transaction));
    add("Authorizations to run code", "authorization_list", authorizations(transaction));
    sections
}

type Named = (String, String, Value);

fn access_list(transaction: &Transaction) -> Vec<Named> {
    let mut fields = Vec::new();
    for (n, item) in transaction.access_list().iter().enumerate() {
        let account = address(item.address.value);
        fields.push((format!("access_list[{n}].address"), format!("Account {}", n.saturating_add(1)), account));
        for (k, key) in item.storage_keys.iter().enumerate() {
            let slot = Value::Hash(key.value.to_vec());
            fields.push((format!("access_list[{n}].storage_keys[{k}]"), "Slot".to_owned(), slot));
        }
    }
    fields
}

fn blobs(transaction: &Transaction) -> Vec<Named> {
    let Some(blobs) = transaction.blobs() else { return Vec::new() };
    let fee = number(U256::from(blobs.max_fee_per_blob_gas_wei.value));
    let mut fields = vec![("max_fee_per_blob_gas".to_owned(), "Max fee per blob gas in wei".to_owned(), fee)];
    for (n, hash) in blobs.blob_versioned_hashes.iter().enumerate() {
        let value = Value::Hash(hash.value.to_vec());
        fields.push((format!("blob_versioned_hashes[{n}]"), format!("Blob {}", n.saturating_add(1)), value));
    }
    fields
}

fn authorizations(transaction: &Transaction) -> Vec<Named> {
    let mut fields = Vec::new();
    for (n, item) in transaction.authorization_list().iter().enumerate() {
        let mut add = |name: &str, label: &str, value: Value| {
            let label = format!("Authorization {}, {label}", n.saturating_add(1));
            fields.push((format!("authorization_list[{n}].{name}"), label, value));
        };
        let whose = item.authority.map_or_else(|| term("nobody: the signature is not valid"), address);
        add("authority", "account, recovered", whose);
        add("address", "code of", address(item.address.value));
        add("chain_id", "chain (0: every chain)", number(item.chain_id.value));
        add("nonce", "nonce", number(U256::from(item.nonce.value)));
        add("y_parity", "y parity", number(U256::from(item.y_parity.value)));
        add("r", "r", number(item.r.value));
        add("s", "s", number(item.s.value));
    }
    fields
}

const fn type_name(transaction_type: TransactionType) -> &'static str {
    match transaction_type {
        TransactionType::Legacy => "0, legacy with chain id (EIP-155)",
        TransactionType::AccessList => "1, access list (EIP-2930)",
        TransactionType::DynamicFee => "2, dynamic fee (EIP-1559)",
        TransactionType::Blob => "3, blobs (EIP-4844)",
        TransactionType::SetCode => "4, sets code of accounts (EIP-7702)",
    }
}
