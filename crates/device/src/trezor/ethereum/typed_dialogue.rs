//! The dialogue while typed data (EIP-712) is signed.
//!
//! Core models ask for each struct type and each value and hash them themselves. The first model takes two hashes and
//! shows them: its signer compares them with the review's.

use protobuf::{EnumOrUnknown, MessageField};
use trezor_client::protos::ethereum_typed_data_struct_ack::{
    EthereumDataType, EthereumFieldType, EthereumStructMember,
};
use trezor_client::protos::{
    EthereumSignTypedData, EthereumSignTypedHash, EthereumTypedDataSignature, EthereumTypedDataStructAck,
    EthereumTypedDataStructRequest, EthereumTypedDataValueAck, EthereumTypedDataValueRequest, MessageType,
};
use vitrine_ethereum::ReturnedSignature;

use super::super::wire::{Dialogue, Wire, parse};
use super::Plan;
use super::typed::{Kind, Member, Typed};
use crate::error::{DeviceError, device_text};

const AT: &str = "EthereumSignTypedData";

const ANSWERS: [MessageType; 3] = [
    MessageType::MessageType_EthereumTypedDataStructRequest,
    MessageType::MessageType_EthereumTypedDataValueRequest,
    MessageType::MessageType_EthereumTypedDataSignature,
];

/// Has a core model ask for every part, show it, and sign.
pub(super) fn sign(
    wire: &mut Wire,
    plan: &Plan<'_>,
    data: &Typed,
    message_hash: bool,
    dialogue: &mut Dialogue<'_>,
) -> Result<ReturnedSignature, DeviceError> {
    let opening = EthereumSignTypedData {
        address_n: plan.path.to_vec(),
        primary_type: Some(data.primary_type.clone()),
        metamask_v4_compat: Some(true),
        show_message_hash: message_hash.then(|| data.message_hash.to_vec()),
        ..Default::default()
    };
    let mut received = wire.ask(&opening, &ANSWERS, dialogue)?;
    loop {
        let step = step(plan, data, &received).inspect_err(|error| wire.leave(error))?;
        received = match step {
            Step::Struct(ack) => wire.ask(&ack, &ANSWERS, dialogue)?,
            Step::Value(ack) => wire.ask(&ack, &ANSWERS, dialogue)?,
            Step::Signed(signature) => return Ok(signature),
        };
    }
}

enum Step {
    Struct(EthereumTypedDataStructAck),
    Value(EthereumTypedDataValueAck),
    Signed(ReturnedSignature),
}

fn step(plan: &Plan<'_>, data: &Typed, (kind, payload): &(MessageType, Vec<u8>)) -> Result<Step, DeviceError> {
    match kind {
        MessageType::MessageType_EthereumTypedDataStructRequest => {
            let request: EthereumTypedDataStructRequest = parse(payload, AT)?;
            struct_ack(data, request.name()).map(Step::Struct)
        }
        MessageType::MessageType_EthereumTypedDataValueRequest => {
            let request: EthereumTypedDataValueRequest = parse(payload, AT)?;
            let value = Some(data.at(&request.member_path)?);
            Ok(Step::Value(EthereumTypedDataValueAck { value, ..Default::default() }))
        }
        _ => signature(plan, &parse(payload, AT)?).map(Step::Signed),
    }
}

fn signature(plan: &Plan<'_>, answer: &EthereumTypedDataSignature) -> Result<ReturnedSignature, DeviceError> {
    super::taken(plan, answer.signature(), answer.address(), AT)
}

fn struct_ack(data: &Typed, name: &str) -> Result<EthereumTypedDataStructAck, DeviceError> {
    let members = data.members(name).ok_or_else(|| DeviceError::UnexpectedMessage {
        at: AT,
        received: format!("a question for the struct type “{}”, which is not part of it", device_text(name)),
    })?;
    Ok(EthereumTypedDataStructAck { members: members.iter().map(|m| member(data, m)).collect(), ..Default::default() })
}

fn member(data: &Typed, member: &Member) -> EthereumStructMember {
    EthereumStructMember {
        type_: MessageField::some(field_type(data, &member.kind)),
        name: Some(member.name.clone()),
        ..Default::default()
    }
}

fn field_type(data: &Typed, kind: &Kind) -> EthereumFieldType {
    let (data_type, size) = match kind {
        Kind::Uint(bytes) => (EthereumDataType::UINT, Some(*bytes)),
        Kind::Int(bytes) => (EthereumDataType::INT, Some(*bytes)),
        Kind::Bytes(bytes) => (EthereumDataType::BYTES, *bytes),
        Kind::String => (EthereumDataType::STRING, None),
        Kind::Bool => (EthereumDataType::BOOL, None),
        Kind::Address => (EthereumDataType::ADDRESS, None),
        Kind::Array(_, count) => (EthereumDataType::ARRAY, *count),
        Kind::Struct(name) => {
            let members = data.members(name).map_or(0, <[Member]>::len);
            (EthereumDataType::STRUCT, u32::try_from(members).ok())
        }
    };
    let entry_type = match kind {
        Kind::Array(item, _) => MessageField::some(field_type(data, item)),
        _ => MessageField::none(),
    };
    let struct_name = match kind {
        Kind::Struct(name) => Some(name.clone()),
        _ => None,
    };
    EthereumFieldType {
        data_type: Some(EnumOrUnknown::new(data_type)),
        size,
        entry_type,
        struct_name,
        ..Default::default()
    }
}

/// Has the first model show the two hashes and sign.
pub(super) fn sign_hashes(
    wire: &mut Wire,
    plan: &Plan<'_>,
    data: &Typed,
    dialogue: &mut Dialogue<'_>,
) -> Result<ReturnedSignature, DeviceError> {
    let question = EthereumSignTypedHash {
        address_n: plan.path.to_vec(),
        domain_separator_hash: Some(data.domain_hash.to_vec()),
        message_hash: Some(data.message_hash.to_vec()),
        ..Default::default()
    };
    let answer: EthereumTypedDataSignature = wire.call(&question, dialogue)?;
    signature(plan, &answer).inspect_err(|error| wire.leave(error))
}
