//! Values of the ABI as values of the document.

use alloy_primitives::{Address, U256};
use vitrine_review::{Quantity, Value};

use crate::Located;
use crate::abi::AbiValue;

/// A bare whole number.
pub(crate) fn number(value: U256) -> Value {
    Value::Quantity(Quantity::whole(value.to_be_bytes()))
}

/// An address with its checksum (EIP-55).
pub(crate) fn address(value: Address) -> Value {
    Value::Address(vitrine_review::Address::new(&value.to_checksum(None)))
}

/// A term of ours.
pub(crate) fn term(text: impl Into<String>) -> Value {
    Value::Term(text.into())
}

/// A value of the ABI that is no list, or an empty one.
pub(crate) fn leaf(value: &AbiValue) -> Value {
    match value {
        AbiValue::Uint(value) => number(*value),
        AbiValue::Int(value) => term(value.to_string()),
        AbiValue::Address(value) => address(*value),
        AbiValue::Bool(value) => term(if *value { "true" } else { "false" }),
        AbiValue::FixedBytes(value) if value.len() == 32 => Value::Hash(value.bytes().to_vec()),
        AbiValue::FixedBytes(value) | AbiValue::Bytes(value) => Value::Bytes(value.bytes().to_vec()),
        AbiValue::String(value) => text(value),
        AbiValue::List(_) => term("empty list"),
    }
}

/// Foreign text; what is no UTF-8 is shown as bytes.
pub(crate) fn text(value: &Located) -> Value {
    match std::str::from_utf8(value.bytes()) {
        Ok(text) => Value::Untrusted(text.to_owned()),
        Err(_) => Value::Bytes(value.bytes().to_vec()),
    }
}
