//! Sections as they are filled.

use vitrine_review::{Field, Proof, Section, Value};

/// A section whose fields share its code as prefix.
pub(crate) struct SectionBuilder {
    section: Section,
}

impl SectionBuilder {
    pub(crate) fn new(group: &'static str, code: impl Into<String>, title: impl Into<String>) -> Self {
        Self { section: Section { code: code.into(), group, title: title.into(), fields: Vec::new() } }
    }

    /// Adds the field `<section>.<name>`.
    pub(crate) fn add(&mut self, name: &str, label: impl Into<String>, value: Value, proof: Proof) -> &mut Self {
        let code = format!("{}.{name}", self.section.code);
        self.add_code(code, label, value, proof)
    }

    /// Adds a field with a code of its own.
    pub(crate) fn add_code(&mut self, code: String, label: impl Into<String>, value: Value, proof: Proof) -> &mut Self {
        self.section.fields.push(Field::new(code, label, value, proof));
        self
    }

    pub(crate) fn build(self) -> Section {
        self.section
    }
}

/// A term of ours.
pub(crate) fn term(text: impl Into<String>) -> Value {
    Value::Term(text.into())
}

/// Follows from what is signed by counting or hashing it.
pub(crate) fn computed() -> Proof {
    Proof::Proven("computed", "computation from the request".to_owned())
}

/// Says so the request alone.
pub(crate) fn claimed() -> Proof {
    Proof::Claimed("request", "the request".to_owned())
}
