//! A review as text and as JSON. Both walk the same document with the same formatter.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::{ByteOwner, Effect, Field, Finding, Ownership, Review, Severity, WorstCase};

/// Version of the JSON schema; see `docs/formats/review-json.md`.
pub const JSON_VERSION: u32 = 1;

/// The review as plain text, 100 columns where values allow it; addresses in groups of four.
pub fn to_text(review: &Review) -> String {
    let mut out = String::new();
    head(&mut out, review);
    effects(&mut out, review);
    findings(&mut out, review);
    document(&mut out, review);
    account(&mut out, review);
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn head(out: &mut String, review: &Review) {
    line(out, &format!("{} {}", review.chain(), review.network()));
    let effects = review.effects();
    let leaving = effects.leaving.map_or("cannot be known".to_owned(), |a| a.to_string());
    line(out, &format!("Leaves this wallet, fee included   {leaving}"));
    let worst = match &effects.worst_case {
        WorstCase::AtMost(amount) => amount.to_string(),
        WorstCase::Unbounded(why) => format!("no bound: {why}"),
    };
    line(out, &format!("Worst case                         {worst}"));
    let account = review.account();
    line(out, &format!("Bytes explained                    {} of {}", account.explained(), account.total()));
    for (label, digest) in [("Review digest ", review.digest()), ("Request digest", review.request_digest())] {
        let groups = digest.groups();
        for (row, chunk) in groups.chunks(8).enumerate() {
            let title = if row == 0 { label } else { "" };
            line(out, &format!("{title:<35}{}", chunk.join(" ")));
        }
        for chunk in digest.words().chunks(6) {
            line(out, &format!("{:<35}{}", "", chunk.join(" ")));
        }
    }
}

fn effects(out: &mut String, review: &Review) {
    line(out, "\nWHAT THIS DOES");
    for effect in &review.effects().list {
        line(out, &format!("  {}: {}", effect.role, effect.sentence));
        if let Some(address) = &effect.address {
            line(out, &format!("    {}", address.groups().join(" ")));
        }
        line(out, &format!("    {}", effect.proof.sentence()));
        for provenance in &effect.provenance {
            line(out, &format!("    {provenance}"));
        }
    }
    line(out, "\nWHAT OTHERS CAN STILL CHANGE");
    if review.effects().others_can_change.is_empty() {
        line(out, "  Nothing.");
    }
    for sentence in &review.effects().others_can_change {
        line(out, &format!("  {sentence}"));
    }
}

fn findings(out: &mut String, review: &Review) {
    line(out, "\nFINDINGS");
    if review.findings().is_empty() {
        line(out, "  None.");
    }
    for finding in review.findings().iter() {
        line(out, &format!("  [{}] {}", finding.severity.word(), finding.code));
        for sentence in [&finding.truth, &finding.consequence, &finding.action] {
            if !sentence.is_empty() {
                line(out, &format!("    {sentence}"));
            }
        }
    }
}

fn document(out: &mut String, review: &Review) {
    for (group, sections) in review.document().groups() {
        line(out, &format!("\n{}", group.to_uppercase()));
        for section in sections {
            line(out, &format!("  {}", section.title));
            for field in &section.fields {
                line(out, &format!("    {:<24} {}", field.label, field.value.to_text()));
                line(out, &format!("    {:<24} {}", "", field.proof.sentence()));
            }
        }
    }
}

fn account(out: &mut String, review: &Review) {
    line(out, "\nEVERY BYTE");
    for owner in review.account().owners() {
        let unknown = if owner.ownership == Ownership::Unknown { "  UNKNOWN" } else { "" };
        line(out, &format!("  {:06x}..{:06x}  {}{unknown}", owner.span.start, owner.span.end, owner.label));
    }
}

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
        "findings": review.findings().iter().map(finding_json).collect::<Vec<_>>(),
        "sections": review.document().sections().iter().map(|s| json!({
            "code": s.code, "group": s.group, "title": s.title,
            "fields": s.fields.iter().map(field_json).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "bytes": {
            "total": review.account().total(),
            "explained": review.account().explained(),
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

fn finding_json(finding: &Finding) -> Json {
    json!({
        "code": finding.code, "severity": finding.severity.word(), "field": finding.field,
        "truth": finding.truth, "consequence": finding.consequence, "action": finding.action,
        "must_be_acknowledged": finding.severity == Severity::Caution,
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
        Ownership::Unknown => "unknown",
    };
    json!({
        "start": owner.span.start, "end": owner.span.end, "label": owner.label,
        "field": owner.field, "ownership": ownership,
    })
}
