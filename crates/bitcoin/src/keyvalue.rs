//! The maps of a PSBT as they lie in the bytes: key-value pairs with their spans, in order (BIP-174).

use std::fmt;

use vitrine_review::Span;

use crate::bytes::{push_compact_size, slice};

/// First bytes of every PSBT.
pub(crate) const MAGIC: &[u8; 5] = b"psbt\xff";

/// Which map of a PSBT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MapKind {
    /// The map about the whole transaction.
    Global,
    /// The map about an input, from 0.
    Input(usize),
    /// The map about an output, from 0.
    Output(usize),
}

impl MapKind {
    /// Prefix of the codes of its fields: `btc.input[0]`.
    pub(crate) fn code(self) -> String {
        match self {
            Self::Global => "btc.global".to_owned(),
            Self::Input(n) => format!("btc.input[{n}]"),
            Self::Output(n) => format!("btc.output[{n}]"),
        }
    }
}

impl fmt::Display for MapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global map"),
            Self::Input(n) => write!(f, "input {n}"),
            Self::Output(n) => write!(f, "output {n}"),
        }
    }
}

/// One key-value pair and where its parts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyValue {
    /// Key type, a CompactSize.
    pub(crate) key_type: u64,
    /// Length of the key.
    pub(crate) key_length: Span,
    /// Key type in the bytes; key and its length lie around it without gap.
    pub(crate) type_bytes: Span,
    /// Rest of the key.
    pub(crate) key_data: Span,
    /// Length of the value.
    pub(crate) value_length: Span,
    /// The value.
    pub(crate) value: Span,
}

impl KeyValue {
    /// The whole key: type and data.
    pub(crate) fn key(&self) -> Span {
        Span::new(self.type_bytes.start, self.key_data.end)
    }
}

/// One map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Map {
    pub(crate) kind: MapKind,
    pub(crate) pairs: Vec<KeyValue>,
    /// The zero byte that ends the map.
    pub(crate) end: Span,
}

impl Map {
    /// The value of a key that has no data, if the map has it.
    pub(crate) fn single(&self, key_type: u64) -> Option<&KeyValue> {
        self.pairs.iter().find(|kv| kv.key_type == key_type && kv.key_data.is_empty())
    }
}

/// All maps of a PSBT: global, inputs, outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Maps {
    pub(crate) global: Map,
    pub(crate) inputs: Vec<Map>,
    pub(crate) outputs: Vec<Map>,
}

impl Maps {
    /// Offset of the first byte of a map; 0 if there is no such map.
    pub(crate) fn start(&self, kind: MapKind) -> usize {
        let map = self.iter().find(|map| map.kind == kind);
        map.map_or(0, |map| map.pairs.first().map_or(map.end.start, |kv| kv.key_length.start))
    }

    /// All maps in the order of the bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Map> {
        std::iter::once(&self.global).chain(&self.inputs).chain(&self.outputs)
    }

    /// The PSBT written anew from the maps, with `added` pairs for some inputs.
    ///
    /// An added pair stands before the first pair of its map whose key is greater, byte by byte; the order of all
    /// other pairs stays that of the request.
    pub(crate) fn write(&self, bytes: &[u8], added: &[AddedPair]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len().saturating_add(added.len().saturating_mul(128)));
        out.extend_from_slice(MAGIC);
        for map in self.iter() {
            let mut extra: Vec<&AddedPair> = match map.kind {
                MapKind::Input(n) => of_input(added, n).iter().collect(),
                MapKind::Global | MapKind::Output(_) => Vec::new(),
            };
            extra.sort_by(|a, b| a.key.cmp(&b.key));
            write_map(&mut out, map, bytes, &extra);
        }
        out
    }
}

/// A pair that we add to an input's map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddedPair {
    pub(crate) input: usize,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// The pairs of one input; `added` is sorted by input.
fn of_input(added: &[AddedPair], input: usize) -> &[AddedPair] {
    let start = added.partition_point(|pair| pair.input < input);
    let end = added.partition_point(|pair| pair.input <= input);
    added.get(start..end).unwrap_or_default()
}

fn write_map(out: &mut Vec<u8>, map: &Map, bytes: &[u8], extra: &[&AddedPair]) {
    let mut extra = extra.iter().peekable();
    for pair in &map.pairs {
        let key = slice(bytes, pair.key());
        while let Some(added) = extra.next_if(|added| added.key.as_slice() < key) {
            write_pair(out, &added.key, &added.value);
        }
        write_pair(out, key, slice(bytes, pair.value));
    }
    for added in extra {
        write_pair(out, &added.key, &added.value);
    }
    out.push(0);
}

/// Appends one key-value pair.
pub(crate) fn write_pair(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    push_compact_size(out, key.len());
    out.extend_from_slice(key);
    push_compact_size(out, value.len());
    out.extend_from_slice(value);
}
