//! Values of typed data, each read as its declared type asks, each with its place.

use std::collections::BTreeMap;

use alloy_primitives::{Address, I256, U256};
use vitrine_review::Span;

use super::account::Seen;
use super::kind::Kind;
use super::types::Types;
use super::{TypedDataError, TypedDataProblem, number, wrong_kind};
use crate::Located;
use crate::abi::AbiType;
use crate::json::{Json, JsonValue, Member};

/// A value of typed data with its name, type and place in the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedNode {
    /// Name of the member: an identifier; or the number in brackets of an item of an array.
    pub name: String,
    /// Its declared type.
    pub kind: Kind,
    /// Where its content lies, without quotes. Empty for structs and arrays: their parts have theirs.
    pub span: Span,
    /// The value.
    pub value: TypedValue,
}

/// A value of typed data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypedValue {
    /// `uintN`.
    Uint(U256),
    /// `intN`.
    Int(I256),
    /// `address`.
    Address(Address),
    /// `bool`.
    Bool(bool),
    /// `bytesN`.
    FixedBytes(Located),
    /// `bytes`.
    Bytes(Located),
    /// `string`; hostile.
    String(String),
    /// The items of an array.
    Array(Vec<TypedNode>),
    /// The members of a struct, in the order of its type.
    Struct(Vec<TypedNode>),
}

impl TypedNode {
    /// The member of this name, if it is a struct and has one.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.value {
            TypedValue::Struct(members) => members.iter().find(|member| member.name == name),
            _ => None,
        }
    }

    /// Members of a struct, items of an array; of anything else none.
    pub fn parts(&self) -> &[Self] {
        match &self.value {
            TypedValue::Struct(parts) | TypedValue::Array(parts) => parts,
            _ => &[],
        }
    }

    /// The number, if it is a `uintN`.
    pub fn uint(&self) -> Option<U256> {
        match self.value {
            TypedValue::Uint(value) => Some(value),
            _ => None,
        }
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<Address> {
        match self.value {
            TypedValue::Address(value) => Some(value),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            TypedValue::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes of `bytes` and `bytesN`.
    pub fn bytes(&self) -> Option<&Located> {
        match &self.value {
            TypedValue::Bytes(value) | TypedValue::FixedBytes(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is a `string`. Hostile.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            TypedValue::String(value) => Some(value),
            _ => None,
        }
    }
}

/// Reads values, and notes what their types do not ask for.
pub(super) struct Reader<'a> {
    pub(super) types: &'a Types,
    pub(super) seen: &'a mut Seen,
    /// Bytes of type descriptions that hashing these values hashes, if nothing is remembered.
    pub(super) hashed: usize,
}

impl Reader<'_> {
    /// Reads a struct, the domain or the message. `path` is the value's name in the request.
    pub(super) fn root(&mut self, type_name: &str, json: &Json, path: &str) -> Result<TypedNode, TypedDataError> {
        self.node(path.to_owned(), &Kind::Struct(type_name.to_owned()), json, path)
    }

    fn node(&mut self, name: String, kind: &Kind, json: &Json, path: &str) -> Result<TypedNode, TypedDataError> {
        self.seen.path(path.len(), json.span.start)?;
        let (value, span) = match kind {
            Kind::Elementary(kind) => {
                let value = elementary(kind, json);
                (value.map_err(|problem| TypedDataError { offset: json.span.start, problem })?, json.span)
            }
            Kind::Struct(type_name) => (self.members(type_name, json, path)?, start_of(json)),
            Kind::Array(item, count) => (self.items(item, *count, json, path)?, start_of(json)),
        };
        Ok(TypedNode { name, kind: kind.clone(), span, value })
    }

    fn members(&mut self, type_name: &str, json: &Json, path: &str) -> Result<TypedValue, TypedDataError> {
        let given = json.members().ok_or_else(|| wrong_kind(json, "an object"))?;
        let types = self.types;
        let declared = types.members(type_name);
        self.hashed = self.hashed.saturating_add(types.described(type_name));
        let mut left: BTreeMap<&str, &Member> = given.iter().map(|member| (member.key.as_str(), member)).collect();
        let mut members = Vec::new();
        for member in declared {
            let value = self.seen.found(left.remove(member.name.as_str()), &member.name, json.span.start)?;
            let inner = format!("{path}.{}", member.name);
            members.push(self.node(member.name.clone(), &member.kind, value, &inner)?);
        }
        let unasked = given.iter().filter(|given| left.contains_key(given.key.as_str()));
        self.seen.not_signed(path, unasked)?;
        Ok(TypedValue::Struct(members))
    }

    fn items(
        &mut self,
        kind: &Kind,
        count: Option<usize>,
        json: &Json,
        path: &str,
    ) -> Result<TypedValue, TypedDataError> {
        let given = json.items().ok_or_else(|| wrong_kind(json, "an array"))?;
        if let Some(count) = count.filter(|count| *count != given.len()) {
            let problem = TypedDataProblem::WrongCount(count, given.len());
            return Err(TypedDataError { offset: json.span.start, problem });
        }
        let item = |(i, item)| self.node(format!("[{i}]"), kind, item, &format!("{path}[{i}]"));
        Ok(TypedValue::Array(given.iter().enumerate().map(item).collect::<Result<_, _>>()?))
    }
}

fn start_of(json: &Json) -> Span {
    Span::new(json.span.start, json.span.start)
}

fn elementary(kind: &AbiType, json: &Json) -> Result<TypedValue, TypedDataProblem> {
    let wrong = |expected| TypedDataProblem::WrongKind(expected, json.kind());
    match kind {
        AbiType::Uint(bits) => number::uint(*bits, json).map(TypedValue::Uint),
        AbiType::Int(bits) => number::int(*bits, json).map(TypedValue::Int),
        AbiType::Address => address(json).map(TypedValue::Address),
        AbiType::Bool => match json.value {
            JsonValue::Bool(value) => Ok(TypedValue::Bool(value)),
            _ => Err(wrong("true or false")),
        },
        AbiType::FixedBytes(n) => {
            let value = hex(json)?;
            match usize::from(*n) == value.len() {
                true => Ok(TypedValue::FixedBytes(value)),
                false => Err(TypedDataProblem::WrongLength(usize::from(*n), value.len())),
            }
        }
        AbiType::Bytes => hex(json).map(TypedValue::Bytes),
        AbiType::String => json.text().map(|text| TypedValue::String(text.to_owned())).ok_or_else(|| wrong("a string")),
        AbiType::Array(_) | AbiType::FixedArray(..) | AbiType::Tuple(_) => {
            Err(TypedDataProblem::BadType(kind.to_string()))
        }
    }
}

/// `0x` and an even number of digits, without escapes.
fn hex(json: &Json) -> Result<Located, TypedDataProblem> {
    if json.text().is_none() {
        return Err(TypedDataProblem::WrongKind("a string of 0x and hexadecimal digits", json.kind()));
    }
    let digits = json.plain_text().and_then(|text| text.strip_prefix("0x")).ok_or(TypedDataProblem::BadHex)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| TypedDataProblem::BadHex)?;
    Ok(Located::hex(bytes, json.span.start.saturating_add(2)))
}

/// 20 bytes; letters of both cases are an EIP-55 checksum.
fn address(json: &Json) -> Result<Address, TypedDataProblem> {
    let bytes = hex(json)?;
    let wrong_length = |_| TypedDataProblem::WrongLength(20, bytes.len());
    let address = Address::from(<[u8; 20]>::try_from(bytes.bytes()).map_err(wrong_length)?);
    let digits = json.text().unwrap_or_default().get(2..).unwrap_or_default();
    let has = |is: fn(&u8) -> bool| digits.bytes().any(|b| is(&b));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    match is_mixed && address.to_checksum(None).get(2..) != Some(digits) {
        true => Err(TypedDataProblem::BadChecksum),
        false => Ok(address),
    }
}
