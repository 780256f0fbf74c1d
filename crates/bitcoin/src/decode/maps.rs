//! Bytes to maps: lengths, keys and their order checked, nothing believed.

use std::collections::BTreeMap;

use vitrine_review::Span;

use super::error::{DecodeError, Place, Problem};
use super::keys::{self, KeyForm, key_type};
use super::transaction::{TxForm, TxSpans, read_transaction};
use super::values::{check_value, problem_of};
use crate::bytes::{Reader, slice, u32_le};
use crate::keyvalue::{KeyValue, MAGIC, Map, MapKind, Maps};
use crate::limits::{MAX_INPUTS, MAX_KEY_BYTES, MAX_KEY_VALUES, MAX_OUTPUTS, MAX_PSBT_BYTES};

/// Reads all maps of a PSBT version 0, and where the parts of its unsigned transaction lie.
pub(crate) fn read_maps(bytes: &[u8]) -> Result<(Maps, TxSpans), DecodeError> {
    if bytes.len() > MAX_PSBT_BYTES {
        return Err(DecodeError::TooLarge { size: bytes.len() });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(DecodeError::NotPsbt { found: bytes.iter().take(MAGIC.len()).copied().collect() });
    }
    let mut reader = MapReader { bytes, r: Reader::new(bytes, Span::new(MAGIC.len(), bytes.len())), pairs: 0 };
    let global = reader.map(MapKind::Global)?;
    check_version(bytes, &global)?;
    check_keys(bytes, &global)?;
    let transaction = unsigned_transaction(bytes, &global)?;
    let inputs = (0..transaction.inputs.len()).map(|n| reader.checked_map(MapKind::Input(n)));
    let inputs = inputs.collect::<Result<_, _>>()?;
    let outputs = (0..transaction.outputs.len()).map(|n| reader.checked_map(MapKind::Output(n)));
    let outputs = outputs.collect::<Result<_, _>>()?;
    match reader.r.left() {
        0 => Ok((Maps { global, inputs, outputs }, transaction)),
        count => Err(malformed(Problem::Trailing { count }, Place::at(reader.r.offset()))),
    }
}

fn malformed(problem: Problem, place: Place) -> DecodeError {
    DecodeError::Malformed { problem, place }
}

struct MapReader<'a> {
    bytes: &'a [u8],
    r: Reader<'a>,
    /// Pairs read so far; at most [`MAX_KEY_VALUES`].
    pairs: usize,
}

impl MapReader<'_> {
    fn checked_map(&mut self, kind: MapKind) -> Result<Map, DecodeError> {
        let map = self.map(kind)?;
        check_keys(self.bytes, &map)?;
        Ok(map)
    }

    fn map(&mut self, kind: MapKind) -> Result<Map, DecodeError> {
        let mut pairs = Vec::new();
        loop {
            let (length, key_length) = self.r.compact_size().map_err(|f| f.in_map(kind, None))?;
            if length == 0 {
                return Ok(Map { kind, pairs, end: key_length });
            }
            self.pairs = self.pairs.saturating_add(1);
            if self.pairs > MAX_KEY_VALUES {
                let count = self.pairs as u64;
                let problem = Problem::TooMany { what: "key-value pairs", count, limit: MAX_KEY_VALUES };
                return Err(malformed(problem, Place::in_map(key_length.start, kind)));
            }
            pairs.push(self.pair(kind, length, key_length)?);
        }
    }

    fn pair(&mut self, kind: MapKind, length: u64, key_length: Span) -> Result<KeyValue, DecodeError> {
        if length > MAX_KEY_BYTES as u64 {
            let problem = Problem::TooMany { what: "bytes in a key", count: length, limit: MAX_KEY_BYTES };
            return Err(malformed(problem, Place::in_map(key_length.start, kind)));
        }
        let key = self.r.span(length).map_err(|f| f.in_map(kind, None))?;
        let mut inside = Reader::new(self.bytes, key);
        let (key_type, type_bytes) = inside.compact_size().map_err(|f| f.in_map(kind, None))?;
        let name = Some(self::key_type(kind, key_type).name);
        let (length, value_length) = self.r.compact_size().map_err(|f| f.in_map(kind, name))?;
        let value = self.r.span(length).map_err(|f| f.in_map(kind, name))?;
        let key_data = Span::new(type_bytes.end, key.end);
        Ok(KeyValue { key_type, key_length, type_bytes, key_data, value_length, value })
    }
}

/// A version other than 0 is a request we do not read; its keys would otherwise be refused one by one.
fn check_version(bytes: &[u8], global: &Map) -> Result<(), DecodeError> {
    let Some(kv) = global.single(keys::VERSION) else { return Ok(()) };
    match u32_le(slice(bytes, kv.value)) {
        Some(0) | None => Ok(()),
        Some(version) => {
            let place = Place::in_key(kv.value.start, MapKind::Global, "PSBT_GLOBAL_VERSION");
            Err(DecodeError::UnsupportedVersion { version, place })
        }
    }
}

/// Checks each pair of a map: no key twice, no key of version 2, key and value of the right form.
fn check_keys(bytes: &[u8], map: &Map) -> Result<(), DecodeError> {
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    for kv in &map.pairs {
        let known = key_type(map.kind, kv.key_type);
        let place = Place::in_key(kv.type_bytes.start, map.kind, known.name);
        if let Some(first) = seen.insert(slice(bytes, kv.key()), kv.type_bytes.start) {
            return Err(malformed(Problem::DuplicateKey { first }, place));
        }
        if known.version_2 {
            return Err(malformed(Problem::KeyOfVersion2, place));
        }
        if !known.key.fits(kv.key_data.len()) {
            let problem = Problem::KeyLength { expected: known.key.name(), found: kv.key_data.len() };
            return Err(malformed(problem, place));
        }
        if known.key == KeyForm::Proprietary && !is_proprietary_key(bytes, kv.key_data) {
            return Err(malformed(Problem::Value { expected: "an identifier and a subtype" }, place));
        }
        check_value(bytes, kv.value, known.value)
            .map_err(|(offset, problem)| malformed(problem, Place { offset, ..place }))?;
    }
    Ok(())
}

/// An identifier with its length, then a subtype; any data after them.
fn is_proprietary_key(bytes: &[u8], data: Span) -> bool {
    let mut r = Reader::new(bytes, data);
    let identifier = r.compact_size().and_then(|(length, _)| r.span(length));
    identifier.and_then(|_| r.compact_size()).is_ok()
}

fn unsigned_transaction(bytes: &[u8], global: &Map) -> Result<TxSpans, DecodeError> {
    let missing = malformed(Problem::NoUnsignedTransaction, Place::in_map(global.end.start, MapKind::Global));
    let kv = global.single(keys::UNSIGNED_TX).ok_or(missing)?;
    let place = |offset| Place::in_key(offset, MapKind::Global, "PSBT_GLOBAL_UNSIGNED_TX");
    let spans = read_transaction(bytes, kv.value, TxForm::Unsigned).map_err(|fault| {
        let (offset, problem) = problem_of(fault);
        malformed(problem, place(offset))
    })?;
    for (what, count, limit, span) in [
        ("inputs", spans.inputs.len(), MAX_INPUTS, spans.input_count),
        ("outputs", spans.outputs.len(), MAX_OUTPUTS, spans.output_count),
    ] {
        if count > limit {
            return Err(malformed(Problem::TooMany { what, count: count as u64, limit }, place(span.start)));
        }
    }
    match spans.inputs.iter().find(|input| !input.script.is_empty()) {
        Some(input) => Err(malformed(Problem::SignedTransaction, place(input.script.start))),
        None => Ok(spans),
    }
}
