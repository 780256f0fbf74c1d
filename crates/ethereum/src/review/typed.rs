//! Typed data: domain, message and types, every value that is hashed and every key that is not.

use vitrine_review::{Notes, Ownership, Proof, Says, SectionBuilder, Span, Value};

use super::values::{address, number, term};
use super::{Names, Parts, computed, signed};
use crate::check::CheckedRequest;
use crate::typed_data::{TypedData, TypedNode, TypedPartOwner, TypedValue};

/// Sections and owners; the bytes of a SafeTx's data belong to the calls.
pub(super) fn parts(data: &TypedData, checked: &CheckedRequest, notes: &mut Notes) -> Parts {
    let mut parts = Parts::default();
    let called = checked.safe().map(|signing| signing.transaction.data.span()).filter(|span| !span.is_empty());
    for part in data.parts() {
        let prefix = called.filter(|called| part.span.start < called.start && called.end == part.span.end);
        let (span, path) = (part.span, part.path);
        match (part.owner, prefix) {
            (TypedPartOwner::Value, Some(called)) => {
                parts.own(Span::new(span.start, called.start), "0x", None, Ownership::Structure);
            }
            (TypedPartOwner::Value, None) => parts.own(span, &path, Some(code(&path)), Ownership::Meaning),
            (TypedPartOwner::Type, _) => {
                parts.own(span, &path, Some("eth.typed.primary-type".to_owned()), Ownership::Meaning);
            }
            (TypedPartOwner::Structure, _) => parts.own(span, "JSON", None, Ownership::Structure),
            (TypedPartOwner::NotSigned, _) => parts.own(span, "not signed", None, Ownership::Unknown),
        }
    }
    parts.sections.push(section("eth.typed.domain", "Domain", "domain", &data.domain().node, checked));
    parts.sections.push(section("eth.typed.message", "Message", "message", data.message(), checked));
    let mut types = SectionBuilder::new("Typed data", "eth.typed", "Types and hashes");
    types.add("primary-type", "Type", Value::Untrusted(data.encode_type().to_owned()), signed());
    types.add("domain-hash", "Domain hash", Value::Hash(data.domain_hash().to_vec()), computed());
    types.add("message-hash", "Message hash", Value::Hash(data.message_hash().to_vec()), computed());
    types.add("digest", "Hash that is signed", Value::Hash(data.digest().to_vec()), computed());
    parts.sections.push(types.build());
    not_signed(data, &mut parts, notes);
    parts
}

fn code(path: &str) -> String {
    format!("eth.typed.{path}")
}

fn section(
    section_code: &str,
    title: &str,
    root: &str,
    node: &TypedNode,
    checked: &CheckedRequest,
) -> vitrine_review::Section {
    let mut section = SectionBuilder::new("Typed data", format!("{section_code}-values"), title);
    for (path, leaf) in node.leaves(root) {
        let proof = match leaf.value {
            TypedValue::Address(account) => checked.known().proof(account),
            _ => signed(),
        };
        section.add_code(code(&path), format!("{path} ({})", leaf.kind), value(&leaf.value), proof);
    }
    section.build()
}

fn value(value: &TypedValue) -> Value {
    match value {
        TypedValue::Uint(value) => number(*value),
        TypedValue::Int(value) => term(value.to_string()),
        TypedValue::Address(value) => address(*value),
        TypedValue::Bool(value) => term(if *value { "true" } else { "false" }),
        TypedValue::FixedBytes(value) if value.len() == 32 => Value::Hash(value.bytes().to_vec()),
        TypedValue::FixedBytes(value) | TypedValue::Bytes(value) => Value::Bytes(value.bytes().to_vec()),
        TypedValue::String(value) => Value::Untrusted(value.clone()),
        TypedValue::Array(_) | TypedValue::Struct(_) => term("list"),
    }
}

fn not_signed(data: &TypedData, parts: &mut Parts, notes: &mut Notes) {
    if data.not_signed().is_empty() {
        return;
    }
    let mut section = SectionBuilder::new("Typed data", "eth.typed.not-signed", "NOT SIGNED");
    for (n, left) in data.not_signed().iter().enumerate() {
        let proof = Proof::Unknown("not-signed", "the hash does not cover it".to_owned());
        section.add(&format!("[{n}]"), "Key that nobody signs", Value::Untrusted(left.path.clone()), proof);
    }
    parts.sections.push(section.build());
    let truth = format!("{} keys of the request are not signed.", data.not_signed().len());
    let says = Says(truth, "What they say is not part of the signature.", "Ask for the request without them.");
    notes.add("eth.not-signed", None, says);
}
