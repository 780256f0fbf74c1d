//! Bytes to maps: lengths, keys and their order checked, nothing believed.

use std::collections::BTreeMap;

use vitrine_review::Span;

use super::error::{DecodeError, Place, Problem};
use super::keys::{self, PsbtVersion, key_type};
use super::transaction::{TxForm, TxSpans, read_transaction};
use super::values::{check_value, is_key, problem_of};
use super::version_2;
use crate::bytes::{Reader, slice, u32_le};
use crate::keyvalue::{KeyValue, MAGIC, Map, MapKind, Maps};
use crate::limits::{MAX_INPUTS, MAX_KEY_BYTES, MAX_KEY_VALUES, MAX_OUTPUTS, MAX_PSBT_BYTES};

/// Reads all maps of a PSBT and its version.
pub(crate) fn read_maps(bytes: &[u8]) -> Result<(Maps, Described), DecodeError> {
    if bytes.len() > MAX_PSBT_BYTES {
        return Err(DecodeError::TooLarge { size: bytes.len() });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(DecodeError::NotPsbt { found: bytes.iter().take(MAGIC.len()).copied().collect() });
    }
    let r = Reader::new(bytes, Span::new(MAGIC.len(), bytes.len()));
    let mut reader = MapReader { bytes, r, pairs: 0, version: PsbtVersion::Zero };
    let global = reader.map(MapKind::Global)?;
    reader.version = version(bytes, &global)?;
    check_keys(bytes, &global, reader.version)?;
    let (described, inputs, outputs) = describe(bytes, &global, reader.version)?;
    let inputs = (0..inputs).map(|n| reader.checked_map(MapKind::Input(n)));
    let inputs = inputs.collect::<Result<_, _>>()?;
    let outputs = (0..outputs).map(|n| reader.checked_map(MapKind::Output(n)));
    let outputs = outputs.collect::<Result<_, _>>()?;
    match reader.r.left() {
        0 => Ok((Maps { global, inputs, outputs }, described)),
        count => Err(malformed(Problem::Trailing { count }, Place::at(reader.r.offset()))),
    }
}

/// Where the transaction is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Described {
    /// In one field (version 0): where its parts lie.
    Whole(TxSpans),
    /// By fields of all maps (version 2).
    ByMaps,
}

/// Where the transaction is described, and the numbers of its inputs and outputs.
fn describe(bytes: &[u8], global: &Map, version: PsbtVersion) -> Result<(Described, usize, usize), DecodeError> {
    match version {
        PsbtVersion::Zero => {
            let spans = unsigned_transaction(bytes, global)?;
            let (inputs, outputs) = (spans.inputs.len(), spans.outputs.len());
            Ok((Described::Whole(spans), inputs, outputs))
        }
        PsbtVersion::Two => {
            let (inputs, outputs) = version_2::counts(bytes, global)?;
            Ok((Described::ByMaps, inputs, outputs))
        }
    }
}

pub(super) fn malformed(problem: Problem, place: Place) -> DecodeError {
    DecodeError::Malformed { problem, place }
}

struct MapReader<'a> {
    bytes: &'a [u8],
    r: Reader<'a>,
    /// Pairs read so far; at most [`MAX_KEY_VALUES`].
    pairs: usize,
    version: PsbtVersion,
}

impl MapReader<'_> {
    fn checked_map(&mut self, kind: MapKind) -> Result<Map, DecodeError> {
        let map = self.map(kind)?;
        check_keys(self.bytes, &map, self.version)?;
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

/// The version that the request states; 0 if it states none. All other versions are not read.
fn version(bytes: &[u8], global: &Map) -> Result<PsbtVersion, DecodeError> {
    let Some(kv) = global.single(keys::VERSION) else { return Ok(PsbtVersion::Zero) };
    match u32_le(slice(bytes, kv.value)) {
        // The form of the value is checked with all others.
        Some(0) | None => Ok(PsbtVersion::Zero),
        Some(2) => Ok(PsbtVersion::Two),
        Some(version) => {
            let place = Place::in_key(kv.value.start, MapKind::Global, "PSBT_GLOBAL_VERSION");
            Err(DecodeError::UnsupportedVersion { version, place })
        }
    }
}

/// Checks each pair of a map: no key twice, no key of the other version, key and value of the right form.
fn check_keys(bytes: &[u8], map: &Map, version: PsbtVersion) -> Result<(), DecodeError> {
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    for kv in &map.pairs {
        let known = key_type(map.kind, kv.key_type);
        let place = Place::in_key(kv.type_bytes.start, map.kind, known.name);
        if let Some(first) = seen.insert(slice(bytes, kv.key()), kv.type_bytes.start) {
            return Err(malformed(Problem::DuplicateKey { first }, place));
        }
        if known.only_in.is_some_and(|only| only != version) {
            return Err(malformed(Problem::KeyOfOtherVersion { version: version.number() }, place));
        }
        if !known.key.fits(kv.key_data.len()) {
            let problem = Problem::KeyLength { expected: known.key.name(), found: kv.key_data.len() };
            return Err(malformed(problem, place));
        }
        if !is_key(bytes, kv.key_data, known.key) {
            return Err(malformed(Problem::KeyData { expected: known.key.name() }, place));
        }
        check_value(bytes, kv.value, known.value)
            .map_err(|(offset, problem)| malformed(problem, Place { offset, ..place }))?;
    }
    Ok(())
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
