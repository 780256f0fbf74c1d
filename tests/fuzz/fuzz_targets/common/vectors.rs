//! What `ethers` and Keystone's registry wrote: transactions, requests, and the answers to them.
#![allow(dead_code, reason = "each target uses some of it")]

use std::sync::LazyLock;

use serde_json::Value;
use vitrine_ethereum::alloy_primitives::Address;

static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../../crates/ethereum/tests/vectors/sign-requests.json");
    serde_json::from_str(text).expect("the vectors are JSON")
});

/// A transaction, unsigned and signed.
pub struct KnownTransaction {
    pub name: String,
    pub unsigned: Vec<u8>,
    pub signed: Vec<u8>,
    pub from: Address,
}

pub static TRANSACTIONS: LazyLock<Vec<KnownTransaction>> = LazyLock::new(|| {
    let known = |value: &Value| KnownTransaction {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        unsigned: bytes(value, "unsigned"),
        signed: bytes(value, "signed"),
        from: Address::from_slice(&bytes(value, "from")),
    };
    list("transactions").map(known).collect()
});

/// Requests by name (`eth-sign-request`).
pub static REQUESTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| messages("requests"));

/// Answers by name (`eth-signature`).
pub static ANSWERS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| messages("answers"));

fn messages(key: &'static str) -> Vec<(String, Vec<u8>)> {
    list(key).map(|value| (value["name"].as_str().unwrap_or_default().to_owned(), bytes(value, "cbor"))).collect()
}

fn list(key: &'static str) -> impl Iterator<Item = &'static Value> {
    VECTORS[key].as_array().expect("a list").iter()
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    let text = value[key].as_str().expect("digits");
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).expect("digits")
}

/// A batch of requests, and the batch of answers to it.
pub static BATCH: LazyLock<[Vec<u8>; 2]> =
    LazyLock::new(|| ["request", "answer"].map(|key| bytes(&VECTORS["batch"][key], "cbor")));

/// Typed data of the kinds that wallets are asked to sign.
pub static TYPED_DATA: LazyLock<Vec<&'static [u8]>> = LazyLock::new(|| {
    let text = include_str!("../../../../crates/ethereum/tests/vectors/typed_data.tsv");
    text.lines().filter_map(|line| line.split('\t').nth(4)).map(str::as_bytes).collect()
});
