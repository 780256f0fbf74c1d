//! Typed data streamed to the device: every type, then every value in the order in which they are hashed.
//!
//! Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, EIP712 SEND STRUCT DEFINITION and IMPLEMENTATION.

use vitrine_ethereum::abi::AbiType;
use vitrine_ethereum::alloy_primitives::U256;
use vitrine_ethereum::typed_data::{Kind, TypedData, TypedNode, TypedValue};

use super::super::apdu::{Apdu, DATA_BYTES};
use super::super::wire::Wire;
use super::filters::KnownTypedData;
use crate::error::DeviceError;

const TYPES: &str = "telling the types";
const VALUES: &str = "telling the values";
const SIGN: &str = "signing the typed data";

const DEFINITION: u8 = 0x1a;
const IMPLEMENTATION: u8 = 0x1c;
const SIGN_TYPED_DATA: u8 = 0x0c;

const COMPLETE: u8 = 0x00;
const PARTIAL: u8 = 0x01;
const NAME: u8 = 0x00;
const ARRAY: u8 = 0x0f;
const FIELD: u8 = 0xff;

/// Most members of a path to a value, and most arrays around it.
const PATH_DEPTH: usize = 16;
const ARRAY_DEPTH: usize = 8;

/// Commands that tell types and values.
pub(super) struct Stream {
    types: Vec<Apdu>,
    values: Vec<Apdu>,
}

/// Cuts typed data into commands.
///
/// # Errors
/// [`DeviceError::Unsupported`] for what the app's own limits do not take: it would refuse in the middle.
pub(super) fn stream(data: &TypedData) -> Result<Stream, DeviceError> {
    let known = KnownTypedData::of(data);
    let mut types = Vec::new();
    for declared in data.types() {
        types.push(command(TYPES, [DEFINITION, COMPLETE, NAME], declared.name.as_bytes())?);
        for member in &declared.members {
            types.push(command(TYPES, [DEFINITION, COMPLETE, FIELD], &definition(&member.kind, &member.name)?)?);
        }
    }
    let mut values = write_root("EIP712Domain", &data.domain().node, Vec::new())?;
    let mut before = Vec::new();
    if let Some(known) = &known {
        types.push(KnownTypedData::activation());
        values.push(known.title());
        before = known.commands();
    }
    values.extend(write_root(data.primary_type(), data.message(), before)?);
    Ok(Stream { types, values })
}

/// Values in the making.
struct Writer {
    commands: Vec<Apdu>,
    /// What is told before each elementary value, in their order; values behind the last are told nothing.
    before: std::vec::IntoIter<Vec<Apdu>>,
}

fn write_root(name: &str, root: &TypedNode, before: Vec<Vec<Apdu>>) -> Result<Vec<Apdu>, DeviceError> {
    if root.parts().is_empty() {
        return Err(unsupported("typed data with an empty domain or message"));
    }
    let name = command(VALUES, [IMPLEMENTATION, COMPLETE, NAME], name.as_bytes())?;
    let mut out = Writer { commands: vec![name], before: before.into_iter() };
    write_struct(root, Depth { path: 1, arrays: 0 }, &mut out)?;
    Ok(out.commands)
}

/// Sends the types.
pub(super) fn send_types(wire: &mut Wire, stream: &Stream) -> Result<(), DeviceError> {
    for command in &stream.types {
        let reply = wire.ask(command)?;
        if !reply.is_empty() {
            wire.leave();
            return Err(DeviceError::Malformed { at: command.at, what: "an answer to a type" });
        }
    }
    Ok(())
}

/// The values, and the command that asks for the signature.
pub(super) fn value_commands(path: &[u8], stream: &Stream) -> Vec<Apdu> {
    let mut commands = stream.values.clone();
    commands.push(Apdu::new(SIGN, [SIGN_TYPED_DATA, 0x00, 0x01], path));
    commands
}

/// The hashes alone.
pub(super) fn hashes_command(path: &[u8], data: &TypedData) -> Apdu {
    let bytes = [path, data.domain_hash().as_slice(), data.message_hash().as_slice()].concat();
    Apdu::new(SIGN, [SIGN_TYPED_DATA, 0x00, 0x00], &bytes)
}

/// Type's number with flags, then name or size, the array's levels, the member's name.
fn definition(kind: &Kind, name: &str) -> Result<Vec<u8>, DeviceError> {
    let mut levels = Vec::new();
    let mut item = kind;
    while let Kind::Array(inner, count) = item {
        levels.push(*count);
        item = inner;
    }
    let (number, size) = match item {
        Kind::Struct(_) => (0, None),
        Kind::Elementary(kind) => elementary(kind)?,
        Kind::Array(..) => return Err(unsupported("this type")),
    };
    let flags = if levels.is_empty() { 0 } else { 0x80 } | if size.is_some() { 0x40 } else { 0 };
    let mut bytes = vec![number | flags];
    if let Kind::Struct(name) = item {
        bytes.extend(sized(name)?);
    }
    bytes.extend(size);
    if !levels.is_empty() {
        bytes.push(byte(levels.len(), "levels of an array")?);
    }
    // As they are spelled: the innermost array first.
    for level in levels.iter().rev() {
        match level {
            None => bytes.push(0),
            Some(count) => bytes.extend([1, byte(*count, "items of an array")?]),
        }
    }
    bytes.extend(sized(name)?);
    Ok(bytes)
}

fn elementary(kind: &AbiType) -> Result<(u8, Option<u8>), DeviceError> {
    let bytes_of = |bits: &u16| u8::try_from(bits / 8).unwrap_or(u8::MAX);
    Ok(match kind {
        AbiType::Int(bits) => (1, Some(bytes_of(bits))),
        AbiType::Uint(bits) => (2, Some(bytes_of(bits))),
        AbiType::Address => (3, None),
        AbiType::Bool => (4, None),
        AbiType::String => (5, None),
        AbiType::FixedBytes(size) => (6, Some(*size)),
        AbiType::Bytes => (7, None),
        AbiType::Array(_) | AbiType::FixedArray(..) | AbiType::Tuple(_) => return Err(unsupported("this type")),
    })
}

#[derive(Clone, Copy)]
struct Depth {
    path: usize,
    arrays: usize,
}

fn write_struct(node: &TypedNode, depth: Depth, out: &mut Writer) -> Result<(), DeviceError> {
    if depth.path > PATH_DEPTH {
        return Err(unsupported("structs within structs deeper than 16"));
    }
    node.parts().iter().try_for_each(|member| write_value(member, depth, out))
}

fn write_value(node: &TypedNode, depth: Depth, out: &mut Writer) -> Result<(), DeviceError> {
    match &node.value {
        TypedValue::Struct(_) => write_struct(node, Depth { path: depth.path.saturating_add(1), ..depth }, out),
        TypedValue::Array(items) => {
            let depth = Depth { arrays: depth.arrays.saturating_add(1), ..depth };
            if depth.arrays > ARRAY_DEPTH {
                return Err(unsupported("arrays within arrays deeper than 8"));
            }
            let count = byte(items.len(), "items of an array")?;
            out.commands.push(command(VALUES, [IMPLEMENTATION, COMPLETE, ARRAY], &[count])?);
            items.iter().try_for_each(|item| write_value(item, depth, out))
        }
        _ => {
            out.commands.extend(out.before.next().unwrap_or_default());
            write_field(&encoded(node), &mut out.commands)
        }
    }
}

/// Length in two bytes, then the value, over as many packets as it takes.
fn write_field(value: &[u8], out: &mut Vec<Apdu>) -> Result<(), DeviceError> {
    let length = u16::try_from(value.len()).map_err(|_| unsupported("a value of more than 65535 bytes"))?;
    let bytes = [length.to_be_bytes().as_slice(), value].concat();
    let mut packets = bytes.chunks(DATA_BYTES).peekable();
    while let Some(packet) = packets.next() {
        let p1 = if packets.peek().is_some() { PARTIAL } else { COMPLETE };
        out.push(command(VALUES, [IMPLEMENTATION, p1, FIELD], packet)?);
    }
    Ok(())
}

/// A value as the app takes it: numbers without leading zeros, a negative one in its type's full width.
fn encoded(node: &TypedNode) -> Vec<u8> {
    match &node.value {
        TypedValue::Uint(value) => number(*value, 32),
        TypedValue::Int(value) => number(value.into_raw(), width(&node.kind)),
        TypedValue::Address(address) => address.to_vec(),
        TypedValue::Bool(value) => vec![u8::from(*value)],
        TypedValue::FixedBytes(bytes) | TypedValue::Bytes(bytes) => bytes.bytes().to_vec(),
        TypedValue::String(text) => text.as_bytes().to_vec(),
        TypedValue::Array(_) | TypedValue::Struct(_) => Vec::new(), // written part by part
    }
}

fn number(value: U256, width: usize) -> Vec<u8> {
    let bytes = value.to_be_bytes::<32>();
    let kept = bytes.get(32usize.saturating_sub(width)..).unwrap_or(&bytes);
    let first = kept.iter().position(|byte| *byte != 0).unwrap_or(kept.len().saturating_sub(1));
    kept.get(first..).unwrap_or_default().to_vec()
}

fn width(kind: &Kind) -> usize {
    match kind {
        Kind::Elementary(AbiType::Int(bits)) => usize::from(bits / 8),
        _ => 32,
    }
}

fn sized(name: &str) -> Result<Vec<u8>, DeviceError> {
    let mut bytes = vec![byte(name.len(), "letters of a name")?];
    bytes.extend(name.as_bytes());
    Ok(bytes)
}

fn byte(count: usize, what: &str) -> Result<u8, DeviceError> {
    u8::try_from(count).map_err(|_| unsupported(&format!("{count} {what}: the app takes 255")))
}

fn command(at: &'static str, header: [u8; 3], data: &[u8]) -> Result<Apdu, DeviceError> {
    if data.len() > DATA_BYTES {
        return Err(unsupported("names of types and members of more than a packet"));
    }
    Ok(Apdu::new(at, header, data))
}

fn unsupported(what: &str) -> DeviceError {
    DeviceError::Unsupported { what: format!("{what}, with a Ledger") }
}
