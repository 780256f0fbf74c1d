//! Version 2: the transaction is spread over the maps, and built from them (BIP-370).

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, consensus};
use vitrine_review::Span;

use super::error::{DecodeError, Place, Problem};
use super::keys::{
    FALLBACK_LOCKTIME, INPUT_COUNT, OUT_AMOUNT, OUT_SCRIPT, OUTPUT_COUNT, OUTPUT_INDEX, PREVIOUS_TXID, PsbtVersion,
    REQUIRED_HEIGHT_LOCKTIME, REQUIRED_TIME_LOCKTIME, SEQUENCE, SP_V0_INFO, TX_VERSION, VERSION, key_type,
};
use super::maps::malformed;
use crate::bytes::{Reader, slice, u32_le, u64_le};
use crate::keyvalue::{MAGIC, Map, MapKind, Maps, write_pair};
use crate::limits::{MAX_INPUTS, MAX_OUTPUTS};

/// Numbers of inputs and outputs, within the limits.
pub(crate) fn counts(bytes: &[u8], global: &Map) -> Result<(usize, usize), DecodeError> {
    require(bytes, global, TX_VERSION)?;
    let inputs = count(bytes, global, INPUT_COUNT, "inputs", MAX_INPUTS)?;
    Ok((inputs, count(bytes, global, OUTPUT_COUNT, "outputs", MAX_OUTPUTS)?))
}

fn count(bytes: &[u8], global: &Map, key: u64, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
    let span = require(bytes, global, key)?.1;
    let place = Place::in_key(span.start, global.kind, key_type(global.kind, key).name);
    let read = Reader::new(bytes, span).compact_size();
    let (count, _) = read.map_err(|fault| malformed(fault.into(), place))?;
    let within = usize::try_from(count).ok().filter(|count| *count <= limit);
    within.ok_or_else(|| malformed(Problem::TooMany { what, count, limit }, place))
}

/// The value of a key that version 2 requires.
fn require<'a>(bytes: &'a [u8], map: &Map, key: u64) -> Result<(&'a [u8], Span), DecodeError> {
    let missing = || {
        let problem = Problem::Missing { key: key_type(map.kind, key).name };
        malformed(problem, Place::in_map(map.end.start, map.kind))
    };
    let kv = map.single(key).ok_or_else(missing)?;
    Ok((slice(bytes, kv.value), kv.value))
}

/// The same PSBT in version 0: the transaction built from the maps, all fields that both versions have unchanged.
///
/// rust-bitcoin reads no other version; what it reads is compared with the maps.
///
/// # Errors
/// The field that is missing.
pub(crate) fn to_version_0(bytes: &[u8], maps: &Maps) -> Result<Vec<u8>, DecodeError> {
    let transaction = consensus::serialize(&build(bytes, maps)?);
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(MAGIC);
    write_pair(&mut out, &[0], &transaction);
    for map in maps.iter() {
        for kv in &map.pairs {
            let version = map.kind == MapKind::Global && kv.key_type == VERSION;
            if !version && key_type(map.kind, kv.key_type).only_in != Some(PsbtVersion::Two) {
                write_pair(&mut out, slice(bytes, kv.key()), slice(bytes, kv.value));
            }
        }
        out.push(0);
    }
    Ok(out)
}

/// The unsigned transaction. An input without sequence is final; without any lock time it is 0.
fn build(bytes: &[u8], maps: &Maps) -> Result<Transaction, DecodeError> {
    let version = u32_le(require(bytes, &maps.global, TX_VERSION)?.0).unwrap_or_default();
    let lock_time = match lock_time(bytes, maps) {
        Some(lock_time) => lock_time,
        // No transaction fits: there is a finding that refuses it.
        None => fallback(bytes, maps),
    };
    Ok(Transaction {
        version: Version(i32::from_le_bytes(version.to_le_bytes())),
        lock_time: LockTime::from_consensus(lock_time),
        input: maps.inputs.iter().map(|map| input(bytes, map)).collect::<Result<_, _>>()?,
        output: maps.outputs.iter().map(|map| output(bytes, map)).collect::<Result<_, _>>()?,
    })
}

fn input(bytes: &[u8], map: &Map) -> Result<TxIn, DecodeError> {
    let txid = <[u8; 32]>::try_from(require(bytes, map, PREVIOUS_TXID)?.0).unwrap_or_default();
    let vout = u32_le(require(bytes, map, OUTPUT_INDEX)?.0).unwrap_or_default();
    let sequence = number(bytes, map, SEQUENCE).map_or(Sequence::MAX, Sequence);
    let previous_output = OutPoint { txid: Txid::from_byte_array(txid), vout };
    Ok(TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() })
}

/// An output; its script may be missing until it is computed for a silent payment (BIP-375).
fn output(bytes: &[u8], map: &Map) -> Result<TxOut, DecodeError> {
    let amount = u64_le(require(bytes, map, OUT_AMOUNT)?.0).unwrap_or_default();
    let script = match map.single(OUT_SCRIPT) {
        None if map.single(SP_V0_INFO).is_some() => &[],
        _ => require(bytes, map, OUT_SCRIPT)?.0,
    };
    Ok(TxOut { value: Amount::from_sat(amount), script_pubkey: ScriptBuf::from_bytes(script.to_vec()) })
}

/// The value of a key of four bytes, if it is there.
fn number(bytes: &[u8], map: &Map, key: u64) -> Option<u32> {
    map.single(key).and_then(|kv| u32_le(slice(bytes, kv.value)))
}

fn fallback(bytes: &[u8], maps: &Maps) -> u32 {
    number(bytes, &maps.global, FALLBACK_LOCKTIME).unwrap_or_default()
}

/// The lock time that satisfies every input; none if one asks for a height and another for a time (BIP-370).
///
/// Where both would do, it is a height.
pub(crate) fn lock_time(bytes: &[u8], maps: &Maps) -> Option<u32> {
    let asked = |map: &Map| {
        let height = number(bytes, map, REQUIRED_HEIGHT_LOCKTIME);
        (height, number(bytes, map, REQUIRED_TIME_LOCKTIME))
    };
    let asked: Vec<_> = maps.inputs.iter().map(asked).filter(|asked| *asked != (None, None)).collect();
    if asked.is_empty() {
        return Some(fallback(bytes, maps));
    }
    let highest = |all: Option<Vec<u32>>| all.and_then(|all| all.into_iter().max());
    let height = highest(asked.iter().map(|(height, _)| *height).collect());
    height.or_else(|| highest(asked.iter().map(|(_, time)| *time).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;

    fn number_pair(key: u64, value: u32) -> Vec<u8> {
        let mut out = Vec::new();
        write_pair(&mut out, &[key as u8], &value.to_le_bytes());
        out
    }

    /// A request of version 2 without outputs whose inputs ask for these heights and times.
    fn request(fallback: u32, asked: &[(Option<u32>, Option<u32>)]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(number_pair(TX_VERSION, 2));
        out.extend(number_pair(FALLBACK_LOCKTIME, fallback));
        write_pair(&mut out, &[INPUT_COUNT as u8], &[asked.len() as u8]);
        write_pair(&mut out, &[OUTPUT_COUNT as u8], &[0]);
        out.extend(number_pair(VERSION, 2));
        out.push(0);
        for (n, (height, time)) in asked.iter().enumerate() {
            write_pair(&mut out, &[PREVIOUS_TXID as u8], &[n as u8 + 1; 32]);
            out.extend(number_pair(OUTPUT_INDEX, 0));
            out.extend(time.iter().flat_map(|time| number_pair(REQUIRED_TIME_LOCKTIME, *time)));
            out.extend(height.iter().flat_map(|height| number_pair(REQUIRED_HEIGHT_LOCKTIME, *height)));
            out.push(0);
        }
        out
    }

    #[test]
    fn a_lock_time_that_one_input_needs_is_never_lowered_by_another() {
        const TIME: u32 = 1_657_048_460;
        let any = (None, None);
        let cases: &[(&[_], Option<u32>)] = &[
            (&[any, any], Some(7)),
            (&[(Some(100), None), any], Some(100)),
            (&[(Some(100), None), (Some(200), Some(TIME))], Some(200)),
            (&[(Some(100), Some(TIME)), (Some(90), Some(TIME + 1))], Some(100)),
            (&[(Some(100), Some(TIME)), (None, Some(TIME - 1))], Some(TIME)),
            (&[(Some(100), None), (None, Some(TIME))], None),
        ];
        for (asked, expected) in cases {
            let request = decode(&request(7, asked)).unwrap();
            assert_eq!(lock_time(&request.bytes, &request.maps), *expected, "{asked:?}");
            assert_eq!(request.transaction().lock_time.to_consensus_u32(), expected.unwrap_or(7));
        }
    }
}
