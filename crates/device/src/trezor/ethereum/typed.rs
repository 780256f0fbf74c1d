//! Typed data (EIP-712) as a Trezor asks for it: struct types by name, values by their place.

use std::collections::BTreeMap;

use vitrine_ethereum::abi::AbiType;
use vitrine_ethereum::alloy_primitives::{B256, U256};
use vitrine_ethereum::call::Operation;
use vitrine_ethereum::safe::SafeBundle;
use vitrine_ethereum::typed_data::{Kind as DeclaredKind, StructMember, TypedData, TypedNode, TypedValue};

use super::plan::unsupported;
use crate::error::DeviceError;

/// Name of the domain's type.
pub(super) const DOMAIN: &str = "EIP712Domain";

/// Most items of an array: the device takes their number in two bytes.
const ITEMS: usize = 0xffff;

/// Everything that the device may ask for, and the hashes that it should find.
pub(in crate::trezor) struct Typed {
    pub(super) primary_type: String,
    pub(super) structs: BTreeMap<String, Vec<Member>>,
    pub(super) domain: Value,
    pub(super) message: Value,
    pub(super) domain_hash: B256,
    pub(super) message_hash: B256,
}

/// A member of a struct type.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A type, with sizes in bytes.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Uint(u32),
    Int(u32),
    /// None: as many as there are.
    Bytes(Option<u32>),
    String,
    Bool,
    Address,
    /// None: as many as there are.
    Array(Box<Self>, Option<u32>),
    Struct(String),
}

/// A value as the device takes it.
pub(super) enum Value {
    /// Big-endian as long as its type, or bytes, or UTF-8.
    Leaf(Vec<u8>),
    Items(Vec<Self>),
    Members(Vec<Self>),
}

impl Typed {
    /// Takes over typed data that was reviewed.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] for arrays whose number of items the protocol cannot say.
    pub(super) fn of(data: &TypedData) -> Result<Self, DeviceError> {
        let member = |m: &StructMember| Ok::<_, DeviceError>(Member { name: m.name.clone(), kind: Kind::of(&m.kind)? });
        let structs = data.types().map(|declared| {
            let members = declared.members.iter().map(member).collect::<Result<Vec<_>, _>>()?;
            Ok((declared.name.clone(), members))
        });
        Ok(Self {
            primary_type: data.primary_type().to_owned(),
            structs: structs.collect::<Result<_, DeviceError>>()?,
            domain: Value::of(&data.domain().node)?,
            message: Value::of(data.message())?,
            domain_hash: data.domain_hash(),
            message_hash: data.message_hash(),
        })
    }

    /// The typed data that a SafeTx is signed as (`Safe.sol`); before version 1.3.0 its domain names no chain.
    pub(super) fn of_safe(bundle: &SafeBundle) -> Self {
        let transaction = &bundle.transaction;
        let operation = u8::from(transaction.operation == Operation::DelegateCall);
        let chain = bundle.version.names_chain().then(|| ("chainId", uint(U256::from(bundle.chain_id))));
        let contract = ("verifyingContract", (Kind::Address, Value::Leaf(bundle.safe.to_vec())));
        let message = [
            ("to", (Kind::Address, Value::Leaf(transaction.to.to_vec()))),
            ("value", uint(transaction.value_wei)),
            ("data", (Kind::Bytes(None), Value::Leaf(transaction.data.bytes().to_vec()))),
            ("operation", (Kind::Uint(1), Value::Leaf(vec![operation]))),
            ("safeTxGas", uint(transaction.safe_tx_gas)),
            ("baseGas", uint(transaction.base_gas)),
            ("gasPrice", uint(transaction.gas_price)),
            ("gasToken", (Kind::Address, Value::Leaf(transaction.gas_token.to_vec()))),
            ("refundReceiver", (Kind::Address, Value::Leaf(transaction.refund_receiver.to_vec()))),
            ("nonce", uint(transaction.nonce)),
        ];
        let (domain_type, domain) = split(chain.into_iter().chain([contract]));
        let (message_type, message) = split(message.into_iter());
        let structs = [(DOMAIN.to_owned(), domain_type), ("SafeTx".to_owned(), message_type)];
        Self {
            primary_type: "SafeTx".to_owned(),
            structs: structs.into_iter().collect(),
            domain,
            message,
            domain_hash: bundle.hashes.domain,
            message_hash: bundle.hashes.message,
        }
    }

    /// Refuses what core firmware does not take while it streams.
    pub(super) fn check_streaming(&self) -> Result<(), DeviceError> {
        let nested =
            |member: &Member| matches!(&member.kind, Kind::Array(item, _) if matches!(**item, Kind::Array(..)));
        if self.structs.values().flatten().any(nested) {
            return Err(unsupported(
                "typed data with arrays of arrays: a Trezor takes arrays of values and of structs",
            ));
        }
        Ok(())
    }

    /// Counts types and values, for a bound on the device's questions.
    pub(super) fn parts(&self) -> usize {
        self.structs.len().saturating_add(self.domain.count()).saturating_add(self.message.count())
    }

    /// The members of a struct type that was approved.
    pub(super) fn members(&self, name: &str) -> Option<&[Member]> {
        self.structs.get(name).map(Vec::as_slice)
    }

    /// What the device asks for by its place: a value, or the number of an array's items.
    ///
    /// # Errors
    /// [`DeviceError`] for a place that the data does not have, or a struct, which is no value.
    pub(super) fn at(&self, path: &[u32]) -> Result<Vec<u8>, DeviceError> {
        let (root, steps) = path.split_first().ok_or_else(|| no_value("a question for no value"))?;
        let mut value = match root {
            0 => &self.domain,
            1 => &self.message,
            _ => return Err(no_part(*root, 2)),
        };
        for step in steps {
            let parts = match value {
                Value::Leaf(_) => return Err(no_value("a question for a part of what has no parts")),
                Value::Items(parts) | Value::Members(parts) => parts,
            };
            let index = usize::try_from(*step).unwrap_or(usize::MAX);
            value = parts.get(index).ok_or_else(|| no_part(*step, parts.len()))?;
        }
        match value {
            Value::Leaf(bytes) => Ok(bytes.clone()),
            Value::Items(items) => u16::try_from(items.len())
                .map(|count| count.to_be_bytes().to_vec())
                .map_err(|_| unsupported("an array of more than 65,535 items")),
            Value::Members(_) => Err(no_value("a question for a struct as if it were a value")),
        }
    }
}

fn no_part(index: u32, count: usize) -> DeviceError {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    DeviceError::NoSuchPart { part: "member of the typed data", index, count }
}

const fn no_value(what: &'static str) -> DeviceError {
    DeviceError::Malformed { at: "EthereumTypedDataValueAck", what }
}

fn uint(value: U256) -> (Kind, Value) {
    (Kind::Uint(32), Value::Leaf(value.to_be_bytes_vec()))
}

/// The type and the value of a struct of these members.
fn split<'a>(members: impl Iterator<Item = (&'a str, (Kind, Value))>) -> (Vec<Member>, Value) {
    let (mut types, mut values) = (Vec::new(), Vec::new());
    for (name, (kind, value)) in members {
        types.push(Member { name: name.to_owned(), kind });
        values.push(value);
    }
    (types, Value::Members(values))
}

impl Kind {
    fn of(kind: &DeclaredKind) -> Result<Self, DeviceError> {
        Ok(match kind {
            DeclaredKind::Struct(name) => Self::Struct(name.clone()),
            DeclaredKind::Array(item, count) => Self::array(Self::of(item)?, *count)?,
            DeclaredKind::Elementary(AbiType::Uint(bits)) => Self::Uint(u32::from(bits.div_ceil(8))),
            DeclaredKind::Elementary(AbiType::Int(bits)) => Self::Int(u32::from(bits.div_ceil(8))),
            DeclaredKind::Elementary(AbiType::FixedBytes(bytes)) => Self::Bytes(Some(u32::from(*bytes))),
            DeclaredKind::Elementary(AbiType::Bytes) => Self::Bytes(None),
            DeclaredKind::Elementary(AbiType::String) => Self::String,
            DeclaredKind::Elementary(AbiType::Bool) => Self::Bool,
            DeclaredKind::Elementary(AbiType::Address) => Self::Address,
            DeclaredKind::Elementary(other) => return Err(unsupported(&format!("typed data with a {other}"))),
        })
    }

    fn array(item: Self, count: Option<usize>) -> Result<Self, DeviceError> {
        let too_long = |_| unsupported("an array of more than 65,535 items");
        let count = count.map(u16::try_from).transpose().map_err(too_long)?;
        Ok(Self::Array(Box::new(item), count.map(u32::from)))
    }

    /// The spelling that enters the hash, and that the device shows.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Uint(bytes) => format!("uint{}", bytes.saturating_mul(8)),
            Self::Int(bytes) => format!("int{}", bytes.saturating_mul(8)),
            Self::Bytes(Some(bytes)) => format!("bytes{bytes}"),
            Self::Bytes(None) => "bytes".to_owned(),
            Self::String => "string".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Address => "address".to_owned(),
            Self::Array(item, Some(count)) => format!("{}[{count}]", item.name()),
            Self::Array(item, None) => format!("{}[]", item.name()),
            Self::Struct(name) => name.clone(),
        }
    }
}

impl Value {
    fn of(node: &TypedNode) -> Result<Self, DeviceError> {
        let parts = |parts: &[TypedNode]| parts.iter().map(Self::of).collect::<Result<Vec<_>, _>>();
        Ok(match &node.value {
            TypedValue::Uint(value) => Self::Leaf(tail(&value.to_be_bytes::<32>(), width(&node.kind))),
            TypedValue::Int(value) => Self::Leaf(tail(&value.to_be_bytes::<32>(), width(&node.kind))),
            TypedValue::Address(value) => Self::Leaf(value.to_vec()),
            TypedValue::Bool(value) => Self::Leaf(vec![u8::from(*value)]),
            TypedValue::FixedBytes(value) | TypedValue::Bytes(value) => Self::Leaf(value.bytes().to_vec()),
            TypedValue::String(value) => Self::Leaf(value.as_bytes().to_vec()),
            TypedValue::Array(items) if items.len() > ITEMS => {
                return Err(unsupported("an array of more than 65,535 items"));
            }
            TypedValue::Array(items) => Self::Items(parts(items)?),
            TypedValue::Struct(members) => Self::Members(parts(members)?),
        })
    }

    fn count(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Items(parts) | Self::Members(parts) => {
                parts.iter().fold(1, |count: usize, part| count.saturating_add(part.count()))
            }
        }
    }
}

/// Bytes of a number's type.
fn width(kind: &DeclaredKind) -> usize {
    match kind {
        DeclaredKind::Elementary(AbiType::Uint(bits) | AbiType::Int(bits)) => usize::from(bits.div_ceil(8)),
        _ => 32,
    }
}

fn tail(word: &[u8; 32], bytes: usize) -> Vec<u8> {
    word.get(32_usize.saturating_sub(bytes)..).unwrap_or_default().to_vec()
}
