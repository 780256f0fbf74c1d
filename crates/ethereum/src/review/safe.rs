//! A SafeTx: the Safe, its owners, its nonce, and the three hashes that devices show.

use vitrine_review::{Notes, Ownership, Proof, Says, Section, SectionBuilder, Span, Value};

use super::sentences::operation;
use super::values::{address, number, term};
use super::{Names, Parts, computed, signed};
use crate::check::{CheckedRequest, SafeSigning};
use crate::safe::{Confirmation, ConfirmationProof, SafeBundle, SafeTx};
use alloy_primitives::{B256, U256};

/// The SafeTx as its owners sign it.
pub(super) fn section(signing: &SafeSigning, checked: &CheckedRequest) -> Section {
    let (names, tx) = (checked.known(), &signing.transaction);
    let mut section = SectionBuilder::new("Safe", "eth.safe", "Transaction of the Safe");
    section.add("safe", "Safe", address(signing.safe), names.proof(signing.safe));
    if let Some(safe) = names.safe(signing.safe) {
        section.add("name", "Name", term(vitrine_review::escape(&safe.name)), names.proof(signing.safe));
        let owners = safe.owners.len();
        let rule = format!("{} of {owners} owners", safe.threshold);
        section.add("threshold", "Must sign", term(rule), names.proof(signing.safe));
    }
    section.add(
        "chainId",
        "Chain id",
        checked.chain_id().map_or_else(|| term("none"), |id| number(U256::from(id))),
        signed(),
    );
    section.add("nonce", "Nonce of the Safe", number(tx.nonce), signed());
    transaction_fields(&mut section, tx, names);
    if tx.data.is_empty() {
        section.add("data", "Data", term("empty"), signed());
    }
    section.add("domain-hash", "Domain hash", Value::Hash(signing.hashes.domain.to_vec()), computed());
    section.add("message-hash", "Message hash", Value::Hash(signing.hashes.message.to_vec()), computed());
    section.add("safeTxHash", "safeTxHash, which is signed", Value::Hash(signing.hashes.safe_tx.to_vec()), computed());
    section.build()
}

/// What a SafeTx says, but for its data and its nonce.
fn transaction_fields(section: &mut SectionBuilder, tx: &SafeTx, names: &dyn Names) {
    section.add("to", "To", address(tx.to), names.proof(tx.to));
    section.add("value", "Value in wei", number(tx.value_wei), signed());
    section.add("operation", "Operation", term(operation(tx.operation)), signed());
    section.add("safeTxGas", "safeTxGas", number(tx.safe_tx_gas), signed());
    section.add("baseGas", "baseGas", number(tx.base_gas), signed());
    section.add("gasPrice", "gasPrice", number(tx.gas_price), signed());
    section.add("gasToken", "gasToken", address(tx.gas_token), signed());
    section.add("refundReceiver", "refundReceiver", address(tx.refund_receiver), signed());
}

/// What a bundle says of itself, and who is said to have signed.
fn bundle_fields(section: &mut SectionBuilder, code: &str, bundle: &SafeBundle, notes: &mut Notes) {
    section.add("format", "Format", term("vitrine-safe-bundle"), computed());
    section.add("version", "Version", term("1"), computed());
    section.add("safeVersion", "Version of the Safe", term(bundle.version.text()), super::claimed());
    let mut told = Confirmations { safe_tx_hash: bundle.hashes.safe_tx, notes };
    for (n, confirmation) in bundle.confirmations.iter().enumerate() {
        told.confirmation(section, code, n, confirmation);
    }
}

/// Owners of a bundle's bytes, and what it says besides the SafeTx.
pub(super) fn bundle_parts(bundle: &SafeBundle, names: &dyn Names, notes: &mut Notes) -> Parts {
    let mut parts = Parts::default();
    parts.structure(&bundle.structure, "JSON");
    let data = data_spans(bundle);
    for (name, span) in &bundle.values {
        let field = match name.as_str() {
            "format" | "version" | "safeVersion" => Some(format!("eth.bundle.{name}")),
            _ if name.contains('.') => Some(format!("eth.bundle.{name}")),
            _ => Some(format!("eth.safe.{name}")),
        };
        if let Some(called) = data.iter().find(|data| data.end == span.end && data.start > span.start) {
            parts.own(Span::new(span.start, called.start), "0x", None, Ownership::Structure);
        } else {
            parts.own(*span, name, field, Ownership::Meaning);
        }
    }
    let mut section = SectionBuilder::new("Safe", "eth.bundle", "Bundle");
    bundle_fields(&mut section, "eth.bundle", bundle, notes);
    parts.sections.push(section.build());
    approved_sections(bundle, "approves", names, &mut parts, notes);
    parts
}

/// What the approved hashes are made of, Safe by Safe.
fn approved_sections(bundle: &SafeBundle, path: &str, names: &dyn Names, parts: &mut Parts, notes: &mut Notes) {
    let Some(inner) = bundle.approves.as_deref() else { return };
    let mut section = SectionBuilder::new("Safe", format!("eth.bundle.{path}"), "Transaction that is approved");
    let tx = &inner.transaction;
    section.add("chainId", "Chain id", number(U256::from(inner.chain_id)), signed());
    section.add("safe", "Safe", address(inner.safe), names.proof(inner.safe));
    section.add("nonce", "Nonce of the Safe", number(tx.nonce), signed());
    transaction_fields(&mut section, tx, names);
    section.add("data", "Data", Value::Bytes(tx.data.bytes().to_vec()), signed());
    section.add("safeTxHash", "safeTxHash, which is approved", Value::Hash(inner.hashes.safe_tx.to_vec()), computed());
    bundle_fields(&mut section, &format!("eth.bundle.{path}"), inner, notes);
    parts.sections.push(section.build());
    approved_sections(inner, &format!("{path}.approves"), names, parts, notes);
}

/// Signatures that are there already, each with what it is worth.
struct Confirmations<'a> {
    safe_tx_hash: B256,
    notes: &'a mut Notes,
}

impl Confirmations<'_> {
    fn confirmation(&mut self, section: &mut SectionBuilder, code: &str, n: usize, confirmation: &Confirmation) {
        let (name, owner) = (format!("confirmations[{n}]"), confirmation.owner.to_checksum(None));
        let (label, proof) = match confirmation.proof(self.safe_tx_hash) {
            ConfirmationProof::Recovered => ("Signed already by", recovered()),
            ConfirmationProof::OnChain => ("Signed already, it says, by", super::claimed()),
            ConfirmationProof::Wrong(signer) => {
                let whose = signer.map_or("nobody's".to_owned(), |signer| format!("{}'s", signer.to_checksum(None)));
                let truth = format!("The signature is said to be {owner}'s; over this transaction it is {whose}.");
                let action = "Do not sign. Ask the owner, on another way, what was signed.";
                let field = Some(format!("{code}.{name}.owner"));
                let says = Says(truth, "Somebody signed something else than what is shown here.", action);
                self.notes.add("eth.confirmation-wrong", field, says);
                ("Signed already, it says, by", super::claimed())
            }
        };
        section.add(&format!("{name}.owner"), label, address(confirmation.owner), proof.clone());
        let bytes = Value::Bytes(confirmation.signature.bytes().to_vec());
        section.add(&format!("{name}.signature"), "Signature", bytes, proof);
    }
}

fn recovered() -> Proof {
    Proof::Proven("signature", "the signature, over this transaction".to_owned())
}

/// Places of the data of a bundle and of all bundles within it, which the calls own.
fn data_spans(bundle: &SafeBundle) -> Vec<Span> {
    let mut spans = vec![bundle.transaction.data.span()];
    if let Some(inner) = bundle.approves.as_deref() {
        spans.extend(data_spans(inner));
    }
    spans.retain(|span| !span.is_empty());
    spans
}
