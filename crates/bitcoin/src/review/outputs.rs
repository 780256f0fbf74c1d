//! The outputs, one section each.

use bitcoin::Script;
use bitcoin::script::Instruction;
use vitrine_review::{Amount, Context, Proof, Section, Value};

use super::names::{Standing, add_name};
use super::owner::{address_value, owner};
use super::pairs::add_pairs;
use super::section::{SectionBuilder, computed, term};
use crate::keyvalue::{Map, MapKind};
use crate::{CheckedOutput, CheckedPsbt, OutputRole, ScriptKind};

pub(crate) fn sections(checked: &CheckedPsbt, context: &Context) -> Vec<Section> {
    let maps = &checked.request.maps.outputs;
    let outputs = checked.outputs().iter().zip(maps).enumerate();
    outputs.map(|(n, (output, map))| section(checked, context, n, (output, map))).collect()
}

fn section(checked: &CheckedPsbt, context: &Context, n: usize, (output, map): (&CheckedOutput, &Map)) -> Section {
    let title = format!("Output {n}, {}", output.role().name());
    let mut section = SectionBuilder::new("Outputs", MapKind::Output(n).code(), title);
    let amount = Amount::from_sat(output.amount_sat(), checked.network().unit());
    section.add("amount", "Amount", Value::Amount(amount), Proof::signed_bytes());
    section.add("address", "Address", address_value(output.address()), Proof::signed_bytes());
    if let Some(address) = output.silent_payment() {
        let proof = Proof::Proven("dleq", "a DLEQ proof".to_owned());
        section.add("silent-payment-address", "Silent payment address", address_value(Some(address)), proof);
    }
    let (value, proof) = owner(output.own());
    section.add("owner", "Owner", value, proof);
    if let Some(label) = output.label() {
        let proof = Proof::Proven("address-book", "the address book".to_owned());
        section.add("payee", "Payee", term(label), proof);
    }
    if let Some(standing) = Standing::of(output, context) {
        add_name(&mut section, checked, map, standing);
    }
    section.add("kind", "Kind", term(explain(output.kind())), Proof::signed_bytes());
    let script = Value::Bytes(output.script_pubkey().to_bytes());
    section.add("script", "Locking script", script, Proof::signed_bytes());
    add_dust(&mut section, checked, output);
    if output.role() == OutputRole::Data {
        add_data(&mut section, output.script_pubkey());
    }
    add_pairs(&mut section, checked, map, output.own());
    section.build()
}

/// Each push of a data output, as text where it is text, and as bytes.
fn add_data(section: &mut SectionBuilder, script: &Script) {
    let pushes = script.instructions().map_while(Result::ok).skip(1);
    let pushes = pushes.filter_map(|instruction| match instruction {
        Instruction::PushBytes(bytes) => Some(bytes.as_bytes().to_vec()),
        Instruction::Op(_) => None,
    });
    for (k, push) in pushes.enumerate() {
        if let Ok(text) = std::str::from_utf8(&push)
            && !text.is_empty()
        {
            let value = Value::Untrusted(text.to_owned());
            section.add(&format!("data-text[{k}]"), format!("Data {k} as text"), value, computed());
        }
        section.add(&format!("data[{k}]"), format!("Data {k}"), Value::Bytes(push), Proof::signed_bytes());
    }
}

/// The amount below which nodes do not relay an output of this script.
fn add_dust(section: &mut SectionBuilder, checked: &CheckedPsbt, output: &CheckedOutput) {
    if output.own().is_none() && !matches!(output.kind(), ScriptKind::OpReturn | ScriptKind::Anchor) {
        let least = output.script_pubkey().minimal_non_dust().to_sat();
        let least = Value::Amount(Amount::from_sat(least, checked.network().unit()));
        section.add("dust-limit", "Dust below", least, computed());
    }
}

/// What a form of script means for whoever shall spend it.
fn explain(kind: ScriptKind) -> &'static str {
    match kind {
        ScriptKind::P2pk => "P2PK: one key, bare, without an address",
        ScriptKind::P2pkh => "P2PKH: one key, by its hash",
        ScriptKind::P2sh => "P2SH: a script, by its hash; what it says is known when it is spent",
        ScriptKind::P2shP2wpkh => "P2SH-P2WPKH: one key, segwit nested in P2SH",
        ScriptKind::P2shP2wsh => "P2SH-P2WSH: a script, segwit nested in P2SH",
        ScriptKind::P2wpkh => "P2WPKH: one key, by its hash, segwit version 0",
        ScriptKind::P2wsh => "P2WSH: a script, by its hash, segwit version 0; what it says is known when it is spent",
        ScriptKind::P2tr => "P2TR: a key, and perhaps scripts behind it, taproot",
        ScriptKind::BareMultisig => "bare multisig: several keys, without an address",
        ScriptKind::OpReturn => "OP_RETURN: data, which nobody can ever spend",
        ScriptKind::Anchor => "pay to anchor: anyone can spend it",
        ScriptKind::FutureWitness => "future witness version: anyone can spend it until it has rules",
        ScriptKind::Unknown => "non-standard script: nobody can say who can spend it",
    }
}
