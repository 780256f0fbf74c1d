//! The vendor's own expectations of its devices: see tests/vectors/SOURCE.md.

use serde_json::Value;
use vitrine_device::sim::trezor;
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::{CheckedRequest, RequestForm, ReturnedSignature, verify};

use super::request::{Fee, Transaction, account, any_chain, checked, hex, hex_number, message, path};
use crate::request::Agreeing;

fn vectors(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../vectors/trezor-ethereum.json")).unwrap();
    all[part].as_array().unwrap().clone()
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap()
}

fn scalars(r: &[u8], s: &[u8]) -> ReturnedSignature {
    ReturnedSignature::from_scalars(r.try_into().unwrap(), s.try_into().unwrap())
}

/// Driver and simulator sign; the signature is the vendor's, and the verifier takes it.
fn signs_as_the_vendor(name: &str, request: &CheckedRequest, expected: &ReturnedSignature) {
    let returned = trezor(any_chain())
        .sign_ethereum(request, &mut Agreeing::default())
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(returned, *expected, "{name}");
    verify(request.signable(), request.signer().unwrap(), &returned).unwrap_or_else(|e| panic!("{name}: {e}"));
}

#[test]
fn transactions_are_signed_as_the_vendor_expects() {
    let cases = vectors("transactions");
    assert_eq!(cases.len(), 19);
    for case in cases {
        let fee = match case["type"].as_u64().unwrap() {
            0 => Fee::Legacy(hex_number(&case["gas_price"])),
            _ => Fee::Dynamic(hex_number(&case["priority_fee"]), hex_number(&case["max_fee"])),
        };
        let access_list = case["access_list"].as_array().unwrap().iter().map(|item| {
            let keys = item["storage_keys"].as_array().unwrap();
            let keys = keys.iter().map(|key| hex(key.as_str().unwrap()).try_into().unwrap());
            (text(item, "address").parse().unwrap(), keys.collect())
        });
        let transaction = Transaction {
            chain_id: text(&case, "chain_id").parse().unwrap(),
            nonce: hex_number(&case["nonce"]).try_into().unwrap(),
            fee,
            gas_limit: hex_number(&case["gas_limit"]).try_into().unwrap(),
            to: Some(text(&case, "to").parse().unwrap()),
            value: U256::from(hex_number(&case["value"])),
            data: hex(text(&case, "data")),
            access_list: access_list.collect(),
        };
        let request = transaction.checked_at(&path(text(&case, "path")));
        let expected = scalars(&hex(text(&case, "r")), &hex(text(&case, "s")));
        signs_as_the_vendor(text(&case, "name"), &request, &expected);
    }
}

#[test]
fn messages_are_signed_as_the_vendor_expects() {
    let cases = vectors("messages");
    assert_eq!(cases.len(), 9);
    for case in cases {
        let name = text(&case, "message");
        let path = path(text(&case, "path"));
        assert_eq!(account(&path), text(&case, "address").parse::<Address>().unwrap(), "{name}");
        let signature = hex(text(&case, "signature"));
        signs_as_the_vendor(name, &message(name.as_bytes(), &path), &scalars(&signature[..32], &signature[32..64]));
    }
}

#[test]
fn typed_data_is_signed_as_the_vendor_expects() {
    let cases = vectors("typed_data");
    assert_eq!(cases.len(), 6);
    let mut signed = 0;
    for case in cases {
        let name = text(&case, "name");
        let json = case["data"].to_string();
        let chain_id = case["data"]["domain"]["chainId"].as_u64().unwrap_or(1);
        let request = checked(json.as_bytes(), RequestForm::Json, chain_id, &path(text(&case, "path")));
        let signature = hex(text(&case, "signature"));
        signs_as_the_vendor(name, &request, &scalars(&signature[..32], &signature[32..64]));
        signed += 1;
    }
    assert_eq!(signed, 6);
}

#[test]
fn addresses_are_those_that_the_vendor_expects() {
    let cases = vectors("addresses");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let path = path(text(&case, "path"));
        assert_eq!(account(&path).to_string(), text(&case, "address"), "{path:?}");
    }
}
