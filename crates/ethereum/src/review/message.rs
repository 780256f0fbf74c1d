//! A personal message (EIP-191), and what signing in with it says (ERC-4361).

use alloy_primitives::U256;
use vitrine_review::{Notes, Ownership, Says, Section, SectionBuilder, Value};

use super::values::{address, number, term, text};
use super::{Parts, computed, signed};
use crate::check::CheckedRequest;
use crate::message::{PersonalMessage, SignIn, SignInReading};

pub(super) const FIELD: &str = "eth.message.text";

/// The message as text, or as bytes where it is none.
pub(super) fn parts(message: &PersonalMessage, checked: &CheckedRequest, notes: &mut Notes) -> Parts {
    let mut parts = Parts::default();
    let readable = message.text().is_some();
    let ownership = if readable { Ownership::Meaning } else { Ownership::Unknown };
    parts.own(message.bytes().span(), "message", Some(FIELD.to_owned()), ownership);
    let mut section = SectionBuilder::new("Message", "eth.message", "Message");
    section.add("text", if readable { "Text" } else { "Bytes, no text" }, text(message.bytes()), signed());
    let length = Value::Count(u64::try_from(message.bytes().len()).unwrap_or(u64::MAX), "bytes");
    section.add("length", "Length", length, computed());
    section.add("hash", "Hash that is signed", Value::Hash(message.digest().to_vec()), computed());
    parts.sections.push(section.build());
    if let SignInReading::SignIn(sign_in) = message.sign_in() {
        parts.sections.push(sign_in_section(sign_in));
    }
    judge(message, checked, notes);
    parts
}

fn judge(message: &PersonalMessage, checked: &CheckedRequest, notes: &mut Notes) {
    let mut note = |code, truth: String, consequence, action| {
        notes.add(code, Some(FIELD.to_owned()), Says(truth, consequence, action));
    };
    if let Some(hash) = message.hidden_hash() {
        let truth = format!("The message is nothing but the hash {hash}.");
        note("eth.hash-only", truth, "Nobody can say what it authorises.", "Do not sign. Ask for what was hashed.");
    }
    match message.sign_in() {
        SignInReading::Absent => {}
        SignInReading::Malformed(error) => {
            let truth = format!("The message claims to be a sign-in and is none: {error}.");
            note("eth.sign-in", truth, "A site could read it as another one.", "Do not sign.");
        }
        SignInReading::SignIn(sign_in) if !fits(sign_in, checked) => {
            let truth = format!("The sign-in is for {} on chain {}.", sign_in.address, sign_in.chain_id);
            note("eth.sign-in", truth, "That is not who signs here, or not this chain.", "Do not sign.");
        }
        SignInReading::SignIn(_) => {}
    }
    let truth = "The signature makes these words ours.".to_owned();
    let action = "Read every word. Sign only if it is what you mean.";
    note("eth.message", truth, "Whoever has it can show it to anybody.", action);
}

fn fits(sign_in: &SignIn, checked: &CheckedRequest) -> bool {
    checked.signer() == Some(sign_in.address) && sign_in.chain_id == checked.known().chain_id()
}

fn sign_in_section(sign_in: &SignIn) -> Section {
    let mut section = SectionBuilder::new("Message", "eth.sign-in", "Sign-in (ERC-4361)");
    let untrusted = |text: &str| Value::Untrusted(text.to_owned());
    section.add("domain", "Signs in at", untrusted(&sign_in.domain), signed());
    section.add("address", "Who", address(sign_in.address), signed());
    section.add("chain-id", "Chain id", number(U256::from(sign_in.chain_id)), signed());
    section.add("uri", "For", untrusted(&sign_in.uri), signed());
    section.add("nonce", "Nonce", untrusted(&sign_in.nonce), signed());
    section.add("issued-at", "Issued", Value::Time(sign_in.issued_at), signed());
    let until = sign_in.expiration_time.map_or_else(|| term("for ever"), Value::Time);
    section.add("until", "Until", until, signed());
    if let Some(not_before) = sign_in.not_before {
        section.add("not-before", "Not before", Value::Time(not_before), signed());
    }
    if let Some(request_id) = &sign_in.request_id {
        section.add("request-id", "Number", untrusted(request_id), signed());
    }
    if let Some(statement) = &sign_in.statement {
        section.add("statement", "Says", untrusted(statement), signed());
    }
    for (n, resource) in sign_in.resources.iter().enumerate() {
        section.add(&format!("resource[{n}]"), "Agrees to", untrusted(resource), signed());
    }
    section.build()
}
