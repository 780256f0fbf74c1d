//! Typed data (EIP-712): types at once, values as the device asks for them.

use bitbox_api::pb;
use bitbox_api::pb::eth_request::Request as EthRequest;
use bitbox_api::pb::eth_response::Response as EthResponse;
use bitbox_api::pb::eth_sign_typed_message_request::{DataType, Member, MemberType, StructType};
use bitbox_api::pb::eth_typed_message_value_response::RootObject;
use vitrine_ethereum::abi::AbiType;
use vitrine_ethereum::typed_data::{DomainChain, Kind, TypedData, TypedNode, TypedValue};

use super::super::wire::{Wire, unexpected};
use super::{STREAMED_BYTES, WHOLE_BYTES, call, unsupported};
use crate::error::DeviceError;

/// Deepest path to a value that the firmware follows.
const DEPTH: usize = 16;
/// Most pieces of one value: the device asks for 4096 bytes or so at a time.
const PIECES: usize = 4096;

/// # Errors
/// [`DeviceError::Unsupported`] for what the firmware would refuse in the middle.
pub(super) fn check(data: &TypedData) -> Result<(), DeviceError> {
    if let DomainChain::Chain(id) = data.domain().chain_id
        && u64::try_from(id).is_err()
    {
        return Err(unsupported("a chain of more than 64 bits"));
    }
    if data.domain().chain_id == DomainChain::Zero {
        return Err(unsupported("typed data for chain 0"));
    }
    check_node(&data.domain().node, 0)?;
    check_node(data.message(), 0)
}

fn check_node(node: &TypedNode, depth: usize) -> Result<(), DeviceError> {
    match &node.value {
        TypedValue::Struct(parts) | TypedValue::Array(parts) => {
            if depth >= DEPTH {
                return Err(unsupported("typed data deeper than 16 levels"));
            }
            parts.iter().try_for_each(|part| check_node(part, depth.saturating_add(1)))
        }
        TypedValue::String(text) => {
            let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\n');
            let what = "typed data with text that is not ASCII, or longer than 6144 letters";
            if printable && text.len() <= WHOLE_BYTES { Ok(()) } else { Err(unsupported(what)) }
        }
        TypedValue::Bytes(bytes) if bytes.bytes().len() > STREAMED_BYTES => Err(unsupported("data of more than 1 MiB")),
        _ => Ok(()),
    }
}

/// The request, with every type.
pub(super) fn question(
    data: &TypedData,
    path: &[u32],
    chain_id: u64,
    host_nonce_commitment: Option<pb::AntiKleptoHostNonceCommitment>,
) -> Result<pb::EthSignTypedMessageRequest, DeviceError> {
    let mut types = Vec::new();
    for declared in data.types() {
        let member = |member: &vitrine_ethereum::typed_data::StructMember| {
            Ok(Member { name: member.name.clone(), r#type: Some(member_type(&member.kind)?) })
        };
        let members = declared.members.iter().map(member).collect::<Result<_, DeviceError>>()?;
        types.push(StructType { name: declared.name.clone(), members });
    }
    let (keypath, primary_type) = (path.to_vec(), data.primary_type().to_owned());
    Ok(pb::EthSignTypedMessageRequest { chain_id, keypath, types, primary_type, host_nonce_commitment })
}

fn member_type(kind: &Kind) -> Result<MemberType, DeviceError> {
    let plain = |data: DataType, size: u32| MemberType { r#type: data.into(), size, ..Default::default() };
    Ok(match kind {
        Kind::Struct(name) => MemberType { struct_name: name.clone(), ..plain(DataType::Struct, 0) },
        Kind::Array(item, count) => {
            let size = u32::try_from(count.unwrap_or(0)).map_err(|_| unsupported("an array of so many items"))?;
            MemberType { array_type: Some(Box::new(member_type(item)?)), ..plain(DataType::Array, size) }
        }
        Kind::Elementary(kind) => match kind {
            AbiType::Uint(bits) => plain(DataType::Uint, u32::from(bits / 8)),
            AbiType::Int(bits) => plain(DataType::Int, u32::from(bits / 8)),
            AbiType::Address => plain(DataType::Address, 0),
            AbiType::Bool => plain(DataType::Bool, 0),
            AbiType::String => plain(DataType::String, 0),
            AbiType::FixedBytes(size) => plain(DataType::Bytes, u32::from(*size)),
            AbiType::Bytes => plain(DataType::Bytes, 0),
            AbiType::Array(_) | AbiType::FixedArray(..) | AbiType::Tuple(_) => return Err(unsupported("this type")),
        },
    })
}

/// Gives the values that the device asks for, each by its place, until it asks for none.
pub(super) fn answer_questions(
    wire: &mut Wire,
    data: &TypedData,
    mut answer: EthResponse,
    at: &'static str,
) -> Result<EthResponse, DeviceError> {
    let limit = parts(&data.domain().node).saturating_add(parts(data.message())).saturating_add(2);
    for _ in 0..limit {
        let EthResponse::TypedMsgValue(asked) = &answer else { return Ok(answer) };
        let value = value_at(data, asked).ok_or_else(|| unexpected(at, "asked for a value that is not there"))?;
        let streamed = value.len() > WHOLE_BYTES;
        let data_length = if streamed { u32::try_from(value.len()).unwrap_or(u32::MAX) } else { 0 };
        let whole = if streamed { Vec::new() } else { value.clone() };
        let question = EthRequest::TypedMsgValue(pb::EthTypedMessageValueRequest { value: whole, data_length });
        answer = call(wire, question, at)?;
        if streamed {
            answer = stream(wire, &value, answer, at)?;
        }
    }
    match answer {
        EthResponse::TypedMsgValue(_) => Err(DeviceError::TooManyMessages { at, limit }),
        answer => Ok(answer),
    }
}

/// Number of values, structs and arrays.
fn parts(node: &TypedNode) -> usize {
    node.parts().iter().map(parts).fold(1, usize::saturating_add)
}

fn value_at(data: &TypedData, asked: &pb::EthTypedMessageValueResponse) -> Option<Vec<u8>> {
    let root = match RootObject::try_from(asked.root_object).ok()? {
        RootObject::Domain => &data.domain().node,
        RootObject::Message => data.message(),
        RootObject::Unknown => return None,
    };
    let mut node = root;
    for step in asked.path.iter().take(DEPTH.saturating_add(1)) {
        node = node.parts().get(usize::try_from(*step).ok()?)?;
    }
    if asked.path.len() > DEPTH.saturating_add(1) { None } else { encoded(node) }
}

/// A value as the firmware takes it: numbers in big endian, addresses in their letters, of arrays the number of items.
fn encoded(node: &TypedNode) -> Option<Vec<u8>> {
    Some(match &node.value {
        TypedValue::Uint(value) => last(&value.to_be_bytes::<32>(), value.byte_len().max(1)),
        TypedValue::Int(value) => last(&value.into_raw().to_be_bytes::<32>(), width(&node.kind)),
        TypedValue::Address(address) => address.to_string().into_bytes(),
        TypedValue::Bool(value) => vec![u8::from(*value)],
        TypedValue::FixedBytes(bytes) | TypedValue::Bytes(bytes) => bytes.bytes().to_vec(),
        TypedValue::String(text) => text.as_bytes().to_vec(),
        TypedValue::Array(items) => u32::try_from(items.len()).ok()?.to_be_bytes().to_vec(),
        TypedValue::Struct(_) => return None,
    })
}

fn last(bytes: &[u8; 32], width: usize) -> Vec<u8> {
    bytes.get(32_usize.saturating_sub(width)..).unwrap_or(bytes).to_vec()
}

fn width(kind: &Kind) -> usize {
    match kind {
        Kind::Elementary(AbiType::Int(bits)) => usize::from(bits / 8),
        _ => 32,
    }
}

/// Gives pieces of `data`, in order, each byte once.
pub(super) fn stream(
    wire: &mut Wire,
    data: &[u8],
    mut answer: EthResponse,
    at: &'static str,
) -> Result<EthResponse, DeviceError> {
    let mut rest = data;
    for _ in 0..PIECES {
        let EthResponse::DataRequestChunk(asked) = &answer else { return Ok(answer) };
        let (offset, length) = (usize::try_from(asked.offset).ok(), usize::try_from(asked.length).ok());
        let given = data.len().checked_sub(rest.len());
        let piece = length.filter(|length| *length > 0 && offset == given);
        let piece = piece.and_then(|length| rest.split_at_checked(length));
        let (piece, behind) = piece.ok_or_else(|| unexpected(at, "asked for data that is not there, or twice"))?;
        rest = behind;
        let chunk = piece.to_vec();
        answer = call(wire, EthRequest::DataResponseChunk(pb::EthSignDataResponseChunkRequest { chunk }), at)?;
    }
    Err(DeviceError::TooManyMessages { at, limit: PIECES })
}
