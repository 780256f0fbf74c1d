//! Calldata of any signature: what is read is encoded again to the same bytes, each byte has one owner, and alloy reads
//! the same values. What is encoded canonically is read.
#![no_main]

#[path = "common/edits.rs"]
mod edits;
#[path = "common/ethereum.rs"]
mod ethereum;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use edits::{edited, take};
use ethereum::{assert_owned, is_small, some_value};
use libfuzzer_sys::fuzz_target;
use vitrine_ethereum::Located;
use vitrine_ethereum::abi::{AbiValue, Decoded, Function, Node, decode, encode};
use vitrine_ethereum::interface::signature_text;

/// Signatures with every kind of type.
const SIGNATURES: [&str; 8] = [
    "f(uint256 a,address b,bool c,bytes32 d,bytes e,string g)",
    "f((uint8 a,(bytes b,int24 c)[] d)[2] e,bytes4[] g)",
    "f(uint256[][] a,string[] b,bytes[3] c)",
    "f((address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 limits,uint256 gas)[] ops,address to)",
    "f(int8,int256,uint8,uint160,bytes1,bytes31)",
    "f(uint16[2][3] a,(bool x,bool x)[] b)",
    "f((bool x)[] a,(uint8)[2][] b,((bytes)[2] c,bytes d) e)",
    "f((((((uint8[][][] a)))))  b)",
];

fn types(function: &Function) -> Option<Vec<DynSolType>> {
    function.inputs.iter().map(|input| DynSolType::parse(&input.kind.to_string()).ok()).collect()
}

/// Whether alloy finds values of these types that have this encoding.
fn alloy_agrees(function: &Function, data: &[u8]) -> bool {
    let Some(types) = types(function) else { return true };
    match DynSolType::Tuple(types).abi_decode_params(data) {
        Ok(value) => value.abi_encode_params() == data,
        Err(_) => false,
    }
}

fn judge(function: &Function, data: &[u8]) -> Option<Decoded> {
    let decoded = decode(&function.inputs, &Located::hex(data.to_vec(), 9)).ok()?;
    let end = data.len() - decoded.trailing.len();
    assert_eq!(encode(&decoded.values), data[..end]);
    let leaves = decoded.leaves().into_iter().map(|node| node.span);
    let spans = leaves.chain(decoded.structure.iter().copied()).chain([decoded.trailing.span()]);
    assert_owned(spans, 9, 9 + 2 * data.len());
    let mut paths: Vec<String> = decoded.paths().into_iter().map(|(path, _)| path).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count);
    // alloy replaces what is no UTF-8.
    let is_text = |node: &&Node| !matches!(&node.value, AbiValue::String(s) if std::str::from_utf8(s.bytes()).is_err());
    let texts = decoded.leaves().iter().all(is_text);
    assert!(!texts || alloy_agrees(function, &data[..end]), "alloy reads {function} otherwise");
    Some(decoded)
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    let known = SIGNATURES.get(usize::from(mode >> 2)).map(|text| text.replace("  b", " b"));
    let text = match known {
        Some(text) => text,
        None => {
            let length = usize::from(take(input)).min(input.len());
            let (text, rest) = input.split_at(length);
            *input = rest;
            String::from_utf8_lossy(text).into_owned()
        }
    };
    let Ok(function) = Function::parse(&text) else { return };
    assert_eq!(Function::parse(&signature_text(&function)).as_ref(), Ok(&function));
    if mode & 3 == 0 || !function.inputs.iter().all(|input| is_small(&input.kind)) {
        judge(&function, input);
        return;
    }
    let Some(types) = types(&function) else { return };
    let length = usize::from(mode & 3);
    let values = types.iter().map(|kind| some_value(kind, input, length, 1)).collect();
    let data = DynSolValue::Tuple(values).abi_encode_params();
    let decoded = judge(&function, &data).unwrap_or_else(|| panic!("{function} {data:02x?}"));
    assert!(decoded.trailing.is_empty());
    judge(&function, &edited(&data, input));
});
