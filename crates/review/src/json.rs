//! A review as JSON; the same document and the same formatter as the page of text.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::{ByteOwner, Effect, Field, Finding, Ownership, Review, WorstCase};

/// Version of the JSON schema; see `docs/formats/review-json.md`.
pub const JSON_VERSION: u32 = 1;

/// The review as JSON, schema version [`JSON_VERSION`].
pub fn to_json(review: &Review) -> String {
    let effects = review.effects();
    let json = json!({
        "version": JSON_VERSION,
        "chain": review.chain(),
        "network": review.network(),
        "digest": { "hex": review.digest().hex(), "words": review.digest().words() },
        "request_digest": { "hex": review.request_digest().hex(), "words": review.request_digest().words() },
        "leaving": effects.leaving.map(|a| amount_json(&a)),
        "worst_case": match &effects.worst_case {
            WorstCase::AtMost(amount) => json!({ "at_most": amount_json(amount) }),
            WorstCase::Unbounded(why) => json!({ "unbounded": why }),
        },
        "effects": effects.list.iter().map(effect_json).collect::<Vec<_>>(),
        "others_can_change": effects.others_can_change,
        "findings": review.findings().iter().enumerate().map(|(n, f)| finding_json(review, n, f)).collect::<Vec<_>>(),
        "sections": review.document().sections().iter().map(|s| json!({
            "code": s.code, "group": s.group, "title": s.title,
            "fields": s.fields.iter().map(field_json).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "bytes": {
            "total": review.account().total(),
            "explained": review.account().explained(),
            "unbound": review.account().unbound(),
            "owners": review.account().owners().iter().map(owner_json).collect::<Vec<_>>(),
        },
    });
    let mut out = String::new();
    // Writing to a string cannot fail; an empty document would be seen by every reader.
    let _ = write!(out, "{json:#}");
    out.push('\n');
    out
}

fn amount_json(amount: &crate::Amount) -> Json {
    json!({
        "text": amount.to_string(), "base_units": amount.base_units().to_string(),
        "decimals": amount.decimals(), "unit": amount.unit(),
    })
}

fn token_json(token: &crate::TokenAmount) -> Json {
    let quantity = |q: &crate::Quantity| json!({ "text": q.to_string(), "base_units": q.base_units(), "decimals": q.decimals(), "unit": q.unit() });
    json!({
        "contract": token.contract.as_str(), "id": token.id.as_ref().map(quantity),
        "quantity": token.quantity.as_ref().map(quantity), "unlimited": token.quantity.is_none(),
    })
}

fn proof_json(proof: &crate::Proof) -> Json {
    json!({ "state": proof.state(), "code": proof.code(), "text": proof.sentence() })
}

fn effect_json(effect: &Effect) -> Json {
    json!({
        "kind": effect.kind.word(), "role": effect.role, "text": effect.sentence,
        "amount": effect.amount.map(|a| amount_json(&a)),
        "token": effect.token.as_ref().map(token_json),
        "address": effect.address.as_ref().map(crate::Address::as_str),
        "proof": proof_json(&effect.proof), "provenance": effect.provenance, "fields": effect.fields,
    })
}

fn finding_json(review: &Review, n: usize, finding: &Finding) -> Json {
    json!({
        "code": finding.code, "severity": finding.severity.word(), "field": finding.field,
        "truth": finding.truth, "consequence": finding.consequence, "action": finding.action,
        "excepted": review.is_excepted(n), "must_be_acknowledged": review.must_be_acknowledged(n),
    })
}

fn field_json(field: &Field) -> Json {
    json!({
        "code": field.code, "label": field.label, "type": field.value.kind(),
        "text": field.value.to_text(), "proof": proof_json(&field.proof),
    })
}

fn owner_json(owner: &ByteOwner) -> Json {
    let ownership = match owner.ownership {
        Ownership::Meaning => "meaning",
        Ownership::Structure => "structure",
        Ownership::Unbound => "unbound",
        Ownership::Unknown => "unknown",
    };
    json!({
        "start": owner.span.start, "end": owner.span.end, "label": owner.label,
        "field": owner.field, "ownership": ownership,
    })
}
