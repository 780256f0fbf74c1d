//! The transaction and the request as bytes: sizes, counts and hashes.

use bitcoin::hashes::Hash as _;
use vitrine_review::{Proof, Section, Value, sha256};

use super::inputs::reversed;
use super::pairs::add_pairs;
use super::section::{SectionBuilder, computed, term};
use crate::CheckedPsbt;
use crate::check::{Malleability, malleability};

pub(crate) fn sections(checked: &CheckedPsbt) -> Vec<Section> {
    vec![transaction(checked), request(checked)]
}

fn transaction(checked: &CheckedPsbt) -> Section {
    let transaction = checked.transaction();
    let mut section = SectionBuilder::new("Raw bytes", "btc.transaction", "Unsigned transaction");
    let version = term(transaction.version.0.to_string());
    section.add("version", "Version", version, Proof::signed_bytes());
    let count = |count: usize, unit| Value::Count(count as u64, unit);
    section.add("input-count", "Inputs", count(transaction.input.len(), "inputs"), Proof::signed_bytes());
    section.add("output-count", "Outputs", count(transaction.output.len(), "outputs"), Proof::signed_bytes());
    let txid = Value::Hash(reversed(transaction.compute_txid().to_byte_array()));
    section.add("txid", "Unsigned transaction id", txid, computed());
    let all_native = checked.inputs().iter().all(|input| input.script_pubkey().is_some_and(|s| s.is_witness_program()));
    let stays = match malleability(checked.inputs()) {
        Malleability::Final if all_native => "yes, signatures are not part of it".to_owned(),
        Malleability::Final => "no, nested inputs change it once, when they are signed".to_owned(),
        Malleability::Through(n) => format!("no, others can change it through input {n}"),
        Malleability::Untold(n) => format!("cannot be told, nothing proves the script of input {n}"),
    };
    section.add("txid-final", "Id stays when signed", term(stays), computed());
    section.build()
}

fn request(checked: &CheckedPsbt) -> Section {
    let bytes = checked.bytes();
    let maps = &checked.request.maps;
    let mut section = SectionBuilder::new("Raw bytes", "btc.request", "Request");
    let network = Proof::Claimed("ceremony", "the ceremony; a PSBT names no network".to_owned());
    section.add_code("btc.network".to_owned(), "Network", term(checked.network().name()), network);
    section.add("size", "Size", Value::Count(bytes.len() as u64, "bytes"), computed());
    section.add("sha256", "SHA-256", Value::Hash(sha256(bytes).as_bytes().to_vec()), computed());
    let pairs: usize = maps.iter().map(|map| map.pairs.len()).sum();
    section.add("pairs", "Key-value pairs", Value::Count(pairs as u64, "pairs"), computed());
    add_pairs(&mut section, checked, &maps.global, None);
    section.build()
}
