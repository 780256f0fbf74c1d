//! Foreign text that can mislead: each field with some has its finding.

use vitrine_review::{Notes, Says, Section, Value, escape};

use crate::text::{TextFact, facts};

/// Notes every field whose foreign text is more than plain letters of one script.
pub(super) fn note_text(sections: &[Section], notes: &mut Notes) {
    for field in sections.iter().flat_map(|section| &section.fields) {
        let Value::Untrusted(text) = &field.value else { continue };
        let is_message = field.code == super::message::FIELD;
        let shown = |fact: &&TextFact| !(is_message && is_lines(fact));
        let found: Vec<String> = facts(text).iter().filter(shown).map(sentence).collect();
        if !found.is_empty() {
            let truth = format!("“{}” {}.", field.label, found.join(", and "));
            let says = Says(truth, "It may look like other text elsewhere.", "Read it here, where it is escaped.");
            notes.add("eth.text-hostile", Some(field.code.clone()), says);
        }
    }
}

/// Line ends alone: messages have lines, values of typed data have none.
fn is_lines(fact: &TextFact) -> bool {
    matches!(fact, TextFact::Control(found) if found.iter().all(|c| *c == '\n'))
}

fn sentence(fact: &TextFact) -> String {
    match fact {
        TextFact::Control(_) => "has control characters".to_owned(),
        TextFact::Bidi(_) => "turns the direction of writing".to_owned(),
        TextFact::Invisible(_) => "has invisible characters".to_owned(),
        TextFact::NotNormalized => "is spelled in an unusual way (not NFC)".to_owned(),
        TextFact::LooksLike(other) => format!("looks like “{}”", escape(other)),
        TextFact::MixedScripts(words) => {
            let words: Vec<String> = words.iter().map(|word| escape(word)).collect();
            format!("mixes scripts in {}", words.join(", "))
        }
    }
}
