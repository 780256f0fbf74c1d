//! Decoded values, each with its place.

use std::collections::BTreeMap;

use alloy_primitives::{Address, I256, U256};
use vitrine_review::Span;

use super::kind::AbiType;
use crate::Located;

/// One decoded value with its name, type and place in the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Name of the parameter, or its number in brackets for an item of an array.
    pub name: String,
    /// Its type.
    pub kind: AbiType,
    /// Where its own bytes lie, without padding, offsets and lengths. Empty for a list: its items have theirs.
    pub span: Span,
    /// The value.
    pub value: AbiValue,
}

/// A value of the contract ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AbiValue {
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
    /// `string`; not necessarily UTF-8, always hostile.
    String(Located),
    /// An array or a tuple.
    List(Vec<Node>),
}

/// Decoded parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The values in order.
    pub values: Vec<Node>,
    /// Offsets, lengths and padding: checked to be canonical.
    pub structure: Vec<Span>,
    /// What follows the canonical encoding; empty in an honest call.
    pub trailing: Located,
}

impl Decoded {
    /// All values that are no lists, in order.
    pub fn leaves(&self) -> Vec<&Node> {
        self.values.iter().flat_map(Node::leaves).collect()
    }

    /// All values that are no lists, and lists that are empty, each with its path: `ops[0].sender`. No two paths are
    /// alike: a name that is missing, or stands twice beside another, is written with its number (`#1`, `to#1`).
    pub fn paths(&self) -> Vec<(String, &Node)> {
        let mut out = Vec::new();
        for (step, node) in named(&self.values) {
            node.gather(step, &mut out);
        }
        out
    }

    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<&Node> {
        self.values.iter().find(|node| node.name == name)
    }
}

/// Members with names that tell them apart.
fn named(nodes: &[Node]) -> impl Iterator<Item = (String, &Node)> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for node in nodes {
        let count = uses.entry(&node.name).or_default();
        *count = count.saturating_add(1);
    }
    nodes.iter().enumerate().map(move |(i, node)| {
        let alone = !node.name.is_empty() && uses.get(node.name.as_str()) == Some(&1);
        (if alone { node.name.clone() } else { format!("{}#{i}", node.name) }, node)
    })
}

impl Node {
    fn gather<'a>(&'a self, path: String, out: &mut Vec<(String, &'a Self)>) {
        match &self.value {
            AbiValue::List(items) if !items.is_empty() => match self.kind {
                AbiType::Tuple(_) => named(items).for_each(|(step, item)| item.gather(format!("{path}.{step}"), out)),
                _ => items.iter().enumerate().for_each(|(i, item)| item.gather(format!("{path}[{i}]"), out)),
            },
            _ => out.push((path, self)),
        }
    }

    /// The value itself, or those of its items that are no lists.
    pub fn leaves(&self) -> Vec<&Self> {
        match &self.value {
            AbiValue::List(items) => items.iter().flat_map(Self::leaves).collect(),
            _ => vec![self],
        }
    }

    /// The number, if it is a `uintN`.
    pub fn uint(&self) -> Option<U256> {
        match self.value {
            AbiValue::Uint(value) => Some(value),
            _ => None,
        }
    }

    /// The address, if it is one.
    pub fn address(&self) -> Option<Address> {
        match self.value {
            AbiValue::Address(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes of `bytes` and `bytesN`.
    pub fn bytes(&self) -> Option<&Located> {
        match &self.value {
            AbiValue::Bytes(value) | AbiValue::FixedBytes(value) => Some(value),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            AbiValue::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Items of an array or a tuple.
    pub fn list(&self) -> Option<&[Self]> {
        match &self.value {
            AbiValue::List(items) => Some(items),
            _ => None,
        }
    }
}
