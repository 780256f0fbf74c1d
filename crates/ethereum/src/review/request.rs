//! The envelope of a request (ERC-4527): nothing of it is signed.

use alloy_primitives::U256;
use vitrine_review::{Ownership, SectionBuilder, Value};

use super::values::{address, number, term};
use super::{Parts, claimed};
use crate::check::CheckedRequest;

/// Section and owners of the envelope; the bytes of what is signed belong to that.
pub(super) fn parts(checked: &CheckedRequest) -> Parts {
    let mut parts = Parts::default();
    let Some(request) = checked.sign_request() else { return parts };
    for leaf in request.leaves().into_iter().filter(|leaf| leaf.name != "sign-data") {
        let field = Some(format!("eth.request.{}", leaf.name));
        parts.own(leaf.span, &leaf.name, field, Ownership::Meaning);
    }
    parts.structure(request.structure(), "CBOR");
    let mut section = SectionBuilder::new("Request", "eth.request", "Request, not signed");
    section.add("data-type", "Says that it holds", term(request.data_type().value.says()), claimed());
    if let Some(id) = request.request_id() {
        section.add("request-id", "Number", Value::Bytes(id.value.to_vec()), claimed());
    }
    if let Some(chain_id) = request.stated_chain_id() {
        section.add("chain-id", "Chain id", number(U256::from(chain_id.value)), claimed());
    }
    section.add("derivation-path", "Key", term(request.derivation_path().to_string()), claimed());
    if let Some(fingerprint) = request.derivation_path().source_fingerprint() {
        let bytes = Value::Bytes(fingerprint.value.to_be_bytes().to_vec());
        section.add("source-fingerprint", "Fingerprint", bytes, claimed());
    }
    if let Some(depth) = request.derivation_path().depth() {
        section.add("depth", "Depth", number(U256::from(depth.value)), claimed());
    }
    if let Some(account) = request.address() {
        section.add("address", "Account", address(account.value), claimed());
    }
    if let Some(origin) = request.origin() {
        section.add("origin", "Origin", Value::Untrusted(origin.value.clone()), claimed());
    }
    parts.sections.push(section.build());
    parts
}
