//! Two readers of the same bytes, ours and rust-bitcoin's, must have read the same.

use bitcoin::hashes::Hash as _;
use bitcoin::{Psbt, Txid, consensus};
use vitrine_review::Span;

use super::error::{DecodeError, Place, Problem};
use super::keys::{
    NON_WITNESS_UTXO, OUT_AMOUNT, OUT_SCRIPT, OUTPUT_INDEX, PREVIOUS_TXID, SEQUENCE, TX_VERSION, UNSIGNED_TX,
    WITNESS_UTXO,
};
use super::transaction::{InputSpans, OutputSpans, TxSpans, output};
use crate::bytes::{Reader, slice, u32_le, u64_le};
use crate::keyvalue::{Map, MapKind, Maps};

/// Compares txid, inputs, outputs and amounts of both readings of version 0.
pub(crate) fn check_agreement(bytes: &[u8], maps: &Maps, spans: &TxSpans, psbt: &Psbt) -> Result<(), DecodeError> {
    let global = |what| disagreement(what, Place::in_map(spans.version.start, MapKind::Global));
    let value = maps.global.single(UNSIGNED_TX).map_or(Span::new(0, 0), |kv| kv.value);
    if Txid::hash(slice(bytes, value)) != psbt.unsigned_tx.compute_txid() {
        return Err(global("transaction id"));
    }
    if !same_inputs(bytes, spans, psbt) || psbt.inputs.len() != maps.inputs.len() {
        return Err(global("inputs"));
    }
    if !same_outputs(bytes, spans, psbt) || psbt.outputs.len() != maps.outputs.len() {
        return Err(global("outputs"));
    }
    for ((map, input), of_tx) in maps.inputs.iter().zip(&psbt.inputs).zip(&spans.inputs) {
        check_input(bytes, map, input, of_tx)?;
    }
    Ok(())
}

/// Compares our maps, written anew, with the bytes.
pub(crate) fn check_rewritten(bytes: &[u8], maps: &Maps) -> Result<(), DecodeError> {
    if maps.write(bytes, &[]) != bytes {
        return Err(disagreement("bytes, written anew", Place::at(0)));
    }
    Ok(())
}

/// Compares the transaction that rust-bitcoin read with the maps of version 2, field by field (BIP-370).
pub(crate) fn check_version_2(bytes: &[u8], maps: &Maps, psbt: &Psbt) -> Result<(), DecodeError> {
    let tx = &psbt.unsigned_tx;
    let differs = |what, map: &Map| Err(disagreement(what, Place::in_map(maps.start(map.kind), map.kind)));
    if value(bytes, &maps.global, TX_VERSION) != Some(tx.version.0.to_le_bytes().as_slice()) {
        return differs("transaction version", &maps.global);
    }
    if tx.input.len() != maps.inputs.len() || tx.output.len() != maps.outputs.len() {
        return differs("numbers of inputs and outputs", &maps.global);
    }
    for (map, input) in maps.inputs.iter().zip(&tx.input) {
        let sequence = value(bytes, map, SEQUENCE).map_or(Some(u32::MAX), u32_le);
        let same = value(bytes, map, PREVIOUS_TXID) == Some(input.previous_output.txid.as_byte_array().as_slice())
            && value(bytes, map, OUTPUT_INDEX).and_then(u32_le) == Some(input.previous_output.vout)
            && sequence == Some(input.sequence.to_consensus_u32());
        if !same {
            return differs("outpoint or the sequence", map);
        }
    }
    for (map, output) in maps.outputs.iter().zip(&tx.output) {
        let same = value(bytes, map, OUT_AMOUNT).and_then(u64_le) == Some(output.value.to_sat())
            && value(bytes, map, OUT_SCRIPT).unwrap_or_default() == output.script_pubkey.as_bytes();
        if !same {
            return differs("amount or the script", map);
        }
    }
    Ok(())
}

fn value<'a>(bytes: &'a [u8], map: &Map, key: u64) -> Option<&'a [u8]> {
    map.single(key).map(|kv| slice(bytes, kv.value))
}

pub(crate) fn disagreement(what: &'static str, place: Place) -> DecodeError {
    DecodeError::Malformed { problem: Problem::Disagreement { what }, place }
}

fn same_inputs(bytes: &[u8], spans: &TxSpans, psbt: &Psbt) -> bool {
    let tx = &psbt.unsigned_tx;
    tx.input.len() == spans.inputs.len()
        && u32_le(slice(bytes, spans.lock_time)) == Some(tx.lock_time.to_consensus_u32())
        && tx.input.iter().zip(&spans.inputs).all(|(input, ours)| {
            slice(bytes, ours.txid) == input.previous_output.txid.as_byte_array()
                && ours.vout(bytes) == Some(input.previous_output.vout)
                && u32_le(slice(bytes, ours.sequence)) == Some(input.sequence.to_consensus_u32())
        })
}

fn same_outputs(bytes: &[u8], spans: &TxSpans, psbt: &Psbt) -> bool {
    let tx = &psbt.unsigned_tx;
    tx.output.len() == spans.outputs.len()
        && tx.output.iter().zip(&spans.outputs).all(|(theirs, ours)| same_output(bytes, ours, theirs))
}

fn same_output(bytes: &[u8], ours: &OutputSpans, theirs: &bitcoin::TxOut) -> bool {
    ours.amount_sat(bytes) == Some(theirs.value.to_sat())
        && slice(bytes, ours.script) == theirs.script_pubkey.as_bytes()
}

fn check_input(bytes: &[u8], map: &Map, input: &bitcoin::psbt::Input, of_tx: &InputSpans) -> Result<(), DecodeError> {
    let place = Place::in_map(of_tx.txid.start, map.kind);
    let ours = map.single(WITNESS_UTXO).and_then(|kv| output(&mut Reader::new(bytes, kv.value)).ok());
    let same = match (&ours, &input.witness_utxo) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => same_output(bytes, ours, theirs),
        _ => false,
    };
    if !same {
        return Err(disagreement("witness UTXO", place));
    }
    let same = match (map.single(NON_WITNESS_UTXO), &input.non_witness_utxo) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => consensus::serialize(theirs) == slice(bytes, ours.value),
        _ => false,
    };
    if same { Ok(()) } else { Err(disagreement("previous transaction", place)) }
}
