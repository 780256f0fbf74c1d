//! Safe bundles: any text, and bundles with edits, with confirmations and with one within another. Every byte has one
//! owner, and the hash is that of the fields.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/ethereum.rs"]
mod ethereum;

use std::sync::LazyLock;

use edits::{edited, take};
use ethereum::{assert_owned, judge, town};
use libfuzzer_sys::fuzz_target;
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::safe::SafeBundle;
use vitrine_ethereum::{Payload, RequestForm};

/// A bundle of the outer Safe that approves one of the inner Safe, with an owner's signature.
static NESTED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let inner = town::requests::bundle("", town::requests::PAYEE, 5, &[], 0, 3).bytes;
    let hash = SafeBundle::decode(&inner, 0).expect("a bundle").hashes.safe_tx;
    let word = alloy_dyn_abi::DynSolValue::FixedBytes(hash, 32);
    let data = town::calldata("approveHash(bytes32)", vec![word]);
    let outer = town::requests::bundle("", town::requests::SAFE, 0, &data, 0, 1).bytes;
    let outer = String::from_utf8(outer).expect("text").replace(
        &format!("\"safe\":\"{}\"", town::requests::SAFE),
        &format!("\"safe\":\"{}\"", Address::repeat_byte(0x5b).to_checksum(None)),
    );
    let signature = "07".repeat(64);
    let rest = format!(
        r#","confirmations":[{{"owner":"{}","signature":"0x{signature}1b"}}],"approves":{}}}"#,
        town::requests::OWNER,
        String::from_utf8(inner).expect("text")
    );
    let body = outer.strip_suffix('}').expect("an object");
    format!("{body}{rest}").into_bytes()
});

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    let (bytes, is_whole) = match mode & 3 {
        0 => (edited(&NESTED, input), false),
        1 => {
            let sample = ethereum::sample(input);
            (edited(&sample.bytes, input), false)
        }
        2 => (input.to_vec(), false),
        _ => (NESTED.clone(), true),
    };
    let decoded = SafeBundle::decode(&bytes, 3);
    assert!(!is_whole || decoded.is_ok(), "{decoded:?}");
    let Ok(bundle) = decoded else { return };
    let request = vitrine_ethereum::decode(&bytes, RequestForm::Json).expect("a bundle is a request");
    assert!(matches!(request.asked().payload(), Payload::SafeBundle(_)));
    let spans = bundle.values.iter().map(|(_, span)| *span).chain(bundle.structure.iter().copied());
    assert_owned(spans, 3, 3 + bytes.len());
    assert_eq!(bundle.hashes, bundle.transaction.hashes(bundle.version, bundle.chain_id, bundle.safe));
    let reviewed = judge(&bytes, RequestForm::Json);
    assert!(reviewed || !is_whole);
});
