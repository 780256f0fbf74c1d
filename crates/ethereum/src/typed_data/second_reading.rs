//! The second opinion: alloy reads the same bytes and has to find the same digest.
//!
//! Alone it would not do: it leaves the declared `EIP712Domain` unread, takes `"true"` for a truth value, and writes
//! each type out in place, so that the reader before it has to bound that. It refuses types that refer to themselves,
//! which EIP-712 allows; there it is given our values and hashes them by its own rules.

use alloy_dyn_abi::{DynSolValue, Error, TypedData as Alloy};
use alloy_primitives::B256;

use super::kind::Kind;
use super::value::{TypedNode, TypedValue};
use super::{TypedDataProblem, hash};
use crate::abi::AbiType;

/// Whether alloy finds this digest too.
pub(super) fn agrees(json: &[u8], message: &TypedNode, digest: B256) -> Result<(), TypedDataProblem> {
    let alloy: Alloy = serde_json::from_slice(json).map_err(|_| TypedDataProblem::SecondReadingFails)?;
    let found = match alloy.eip712_signing_hash() {
        Ok(found) => found,
        Err(Error::CircularDependency(_)) => by_values(&alloy, message)?,
        Err(_) => return Err(TypedDataProblem::SecondReadingFails),
    };
    match found == digest {
        true => Ok(()),
        false => Err(TypedDataProblem::SecondReadingDiffers),
    }
}

fn by_values(alloy: &Alloy, message: &TypedNode) -> Result<B256, TypedDataProblem> {
    let fails = TypedDataProblem::SecondReadingFails;
    let value = value_of(message).ok_or_else(|| fails.clone())?;
    let message_hash = alloy.resolver.eip712_data_word(&value).map_err(|_| fails)?;
    Ok(hash::digest(alloy.domain.separator(), message_hash))
}

fn value_of(node: &TypedNode) -> Option<DynSolValue> {
    let values = |parts: &[TypedNode]| parts.iter().map(value_of).collect::<Option<Vec<_>>>();
    Some(match (&node.value, &node.kind) {
        (TypedValue::Uint(value), Kind::Elementary(AbiType::Uint(bits))) => {
            DynSolValue::Uint(*value, usize::from(*bits))
        }
        (TypedValue::Int(value), Kind::Elementary(AbiType::Int(bits))) => DynSolValue::Int(*value, usize::from(*bits)),
        (TypedValue::Address(value), _) => DynSolValue::Address(*value),
        (TypedValue::Bool(value), _) => DynSolValue::Bool(*value),
        (TypedValue::FixedBytes(value), _) => {
            DynSolValue::FixedBytes(B256::right_padding_from(value.bytes()), value.len())
        }
        (TypedValue::Bytes(value), _) => DynSolValue::Bytes(value.bytes().to_vec()),
        (TypedValue::String(value), _) => DynSolValue::String(value.clone()),
        (TypedValue::Array(items), _) => DynSolValue::Array(values(items)?),
        (TypedValue::Struct(members), Kind::Struct(name)) => DynSolValue::CustomStruct {
            name: name.clone(),
            prop_names: members.iter().map(|member| member.name.clone()).collect(),
            tuple: values(members)?,
        },
        _ => return None,
    })
}
