//! The inputs, one section each.

use bitcoin::Address;
use bitcoin::hashes::Hash as _;
use vitrine_review::{Amount, Proof, Section, Value};

use super::owner::{address_value, amount_proof, cosigners, derived, owner, signed_by};
use super::pairs::add_pairs;
use super::section::{SectionBuilder, term};
use crate::check::relative_lock;
use crate::keyvalue::{Map, MapKind};
use crate::{CheckedInput, CheckedPsbt};

pub(crate) fn sections(checked: &CheckedPsbt) -> Vec<Section> {
    let maps = &checked.request.maps.inputs;
    let inputs = checked.inputs().iter().zip(maps).enumerate();
    inputs.map(|(n, (input, map))| section(checked, n, input, map)).collect()
}

fn section(checked: &CheckedPsbt, n: usize, input: &CheckedInput, map: &Map) -> Section {
    let whose = if input.own().is_some() { "ours" } else { "not ours" };
    let mut section = SectionBuilder::new("Inputs", MapKind::Input(n).code(), format!("Input {n}, {whose}"));
    add_coin(&mut section, checked, input);
    let outpoint = input.outpoint();
    let txid = Value::Hash(reversed(outpoint.txid.to_byte_array()));
    section.add("outpoint-txid", "Spends transaction", txid, Proof::signed_bytes());
    let vout = Value::Count(u64::from(outpoint.vout), "");
    section.add("outpoint-vout", "Spends output number", vout, Proof::signed_bytes());
    let sequence = term(describe_sequence(checked, input));
    section.add("sequence", "Sequence", sequence, Proof::signed_bytes());
    if let Some(previous) = input.previous_transaction() {
        let size = Value::Count(previous.total_size() as u64, "bytes");
        let proof = Proof::Proven("transaction-id", "its hash, the transaction id".to_owned());
        section.add("previous-transaction", "Previous transaction", size, proof);
        let witnesses = previous.total_size().saturating_sub(previous.base_size());
        if witnesses > 0 {
            let proof = Proof::Unknown("not-committed", "the transaction id does not commit to them".to_owned());
            section.add("previous-witness", "Witnesses in it", Value::Count(witnesses as u64, "bytes"), proof);
        }
    }
    add_pairs(&mut section, checked, map, input.own());
    section.build()
}

/// Amount, address, owner and script of the coin, all as sure as the amount.
fn add_coin(section: &mut SectionBuilder, checked: &CheckedPsbt, input: &CheckedInput) {
    let proof = || amount_proof(input.amount());
    let amount = input.amount_sat().map(|sat| Amount::from_sat(sat, checked.network().unit()));
    section.add("amount", "Amount", amount.map_or_else(|| term("not stated"), Value::Amount), proof());
    let network = checked.network().to_bitcoin();
    let address = input.script_pubkey().and_then(|script| Address::from_script(script, network).ok());
    section.add("address", "Address", address_value(address.map(|a| a.to_string()).as_deref()), proof());
    let (value, owner_proof) = owner(input.own());
    section.add("owner", "Owner", value, owner_proof);
    add_cosigners(section, input);
    section.add("kind", "Kind", term(input.kind().name()), proof());
    let script = input.script_pubkey().map(|script| Value::Bytes(script.to_bytes()));
    section.add("script", "Locking script", script.unwrap_or_else(|| term("not stated")), proof());
}

/// Who can sign for an own coin, and who has signed for any.
fn add_cosigners(section: &mut SectionBuilder, input: &CheckedInput) {
    if let Some((own, cosigners)) = input.own().and_then(|own| Some((own, cosigners(own)?))) {
        section.add("cosigners", "Cosigners", term(cosigners), derived(own));
    }
    if let Some(signed) = signed_by(input) {
        let proof = Proof::Proven("signatures", "signatures that verify".to_owned());
        section.add("signed-by", "Signed by", term(signed), proof);
    }
}

fn describe_sequence(checked: &CheckedPsbt, input: &CheckedInput) -> String {
    let sequence = input.sequence();
    let mut text = format!("0x{:08x}", sequence.to_consensus_u32());
    if sequence.is_rbf() {
        text.push_str(", replaceable");
    }
    if let Some(lock) = relative_lock(checked.transaction(), sequence) {
        text.push_str(&format!(", not before {lock}"));
    }
    text
}

/// Bytes of a hash in the order in which it is written.
pub(crate) fn reversed(mut bytes: [u8; 32]) -> Vec<u8> {
    bytes.reverse();
    bytes.to_vec()
}
