//! Vectors, and a way to write what nobody should.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::Value;
use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, B256};
use vitrine_ethereum::transaction::Fee;
use vitrine_review::Span;

/// What `ethers` and Keystone's registry wrote; see vectors/SOURCE.md.
pub fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/sign-requests.json")).unwrap()
}

pub fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap()
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex(value[key].as_str().unwrap())
}

pub fn name(value: &Value) -> String {
    value["name"].as_str().unwrap().to_owned()
}

pub fn address(value: &Value, key: &str) -> Address {
    Address::from_slice(&bytes(value, key))
}

pub fn hash(value: &Value, key: &str) -> B256 {
    B256::from_slice(&bytes(value, key))
}

/// The entry of this name.
pub fn named(list: &Value, wanted: &str) -> Value {
    list.as_array().unwrap().iter().find(|entry| entry["name"] == wanted).unwrap().clone()
}

/// The unsigned transaction of this name.
pub fn unsigned(wanted: &str) -> Vec<u8> {
    bytes(&named(&vectors()["transactions"], wanted), "unsigned")
}

/// Writes a string of RLP.
pub fn string(content: &[u8]) -> Vec<u8> {
    match content {
        [0..0x80] => content.to_vec(),
        _ => [header(0x80, content.len()), content.to_vec()].concat(),
    }
}

/// Writes a list of RLP.
pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

fn header(base: u8, length: usize) -> Vec<u8> {
    if length < 56 {
        return vec![base + length as u8];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    [vec![base + 55 + digits.len() as u8], digits].concat()
}

/// Every named field of a transaction and its value.
pub fn values(transaction: &Transaction) -> Vec<(String, String)> {
    let mut values = vec![
        ("type".to_owned(), transaction.transaction_type().number().to_string()),
        ("chain_id".to_owned(), transaction.chain_id().value.to_string()),
        ("nonce".to_owned(), transaction.nonce().value.to_string()),
        ("gas_limit".to_owned(), transaction.gas_limit().value.to_string()),
        ("to".to_owned(), format!("{:?}", transaction.to().value)),
        ("value".to_owned(), transaction.value_wei().value.to_string()),
        ("data".to_owned(), format!("{:02x?}", transaction.data().value.bytes())),
    ];
    values.push(match transaction.fee() {
        Fee::GasPrice { gas_price_wei } => ("gas_price".to_owned(), gas_price_wei.value.to_string()),
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => (
            "max_fee_per_gas".to_owned(),
            format!("{} {}", max_priority_fee_per_gas_wei.value, max_fee_per_gas_wei.value),
        ),
    });
    for item in transaction.access_list() {
        values.push(("access_list".to_owned(), item.address.value.to_string()));
        values.extend(item.storage_keys.iter().map(|key| ("storage_key".to_owned(), key.value.to_string())));
    }
    if let Some(blobs) = transaction.blobs() {
        values.push(("max_fee_per_blob_gas".to_owned(), blobs.max_fee_per_blob_gas_wei.value.to_string()));
        values.extend(blobs.blob_versioned_hashes.iter().map(|hash| ("blob".to_owned(), hash.value.to_string())));
    }
    for item in transaction.authorization_list() {
        let (chain, address, nonce) = (item.chain_id.value, item.address.value, item.nonce.value);
        let signature = (item.y_parity.value, item.r.value, item.s.value);
        values.push(("authorization".to_owned(), format!("{chain} {address} {nonce} {signature:?}")));
    }
    values
}

/// That these spans are all bytes of the range, each once.
pub fn assert_owned(mut spans: Vec<Span>, start: usize, end: usize, what: &str) {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut at = start;
    for span in spans {
        assert_eq!(span.start, at, "{what}: {span:?}");
        at = span.end;
    }
    assert_eq!(at, end, "{what}");
}
