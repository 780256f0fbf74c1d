//! The hashes of EIP-712, in our own words.

use alloy_primitives::{B256, Keccak256, U256, keccak256};

use super::kind::Kind;
use super::types::Types;
use super::value::{TypedNode, TypedValue};

/// `keccak256(0x19 0x01 ‖ domainSeparator ‖ hashStruct(message))`.
pub(super) fn digest(domain_hash: B256, message_hash: B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([0x19, 0x01]);
    hasher.update(domain_hash);
    hasher.update(message_hash);
    hasher.finalize()
}

/// The 32 bytes that stand for a value: for a struct its `hashStruct`.
pub(super) fn word(types: &Types, node: &TypedNode) -> B256 {
    match &node.value {
        TypedValue::Uint(value) => B256::from(*value),
        TypedValue::Int(value) => B256::from(value.into_raw()),
        TypedValue::Address(value) => value.into_word(),
        TypedValue::Bool(value) => B256::from(U256::from(u8::from(*value))),
        TypedValue::FixedBytes(value) => B256::right_padding_from(value.bytes()),
        TypedValue::Bytes(value) => keccak256(value.bytes()),
        TypedValue::String(value) => keccak256(value),
        TypedValue::Array(items) => words(types, None, items),
        TypedValue::Struct(members) => words(types, type_hash(types, &node.kind), members),
    }
}

fn words(types: &Types, first: Option<B256>, parts: &[TypedNode]) -> B256 {
    let mut hasher = Keccak256::new();
    if let Some(first) = first {
        hasher.update(first);
    }
    for part in parts {
        hasher.update(word(types, part));
    }
    hasher.finalize()
}

fn type_hash(types: &Types, kind: &Kind) -> Option<B256> {
    kind.struct_name().map(|name| types.type_hash(name))
}
