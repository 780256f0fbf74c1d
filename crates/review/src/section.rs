//! Sections as they are filled.

use crate::{Field, Proof, Section, Value};

/// A section whose fields share its code as prefix.
#[derive(Debug)]
pub struct SectionBuilder {
    section: Section,
}

impl SectionBuilder {
    /// An empty section.
    pub fn new(group: &'static str, code: impl Into<String>, title: impl Into<String>) -> Self {
        Self { section: Section { code: code.into(), group, title: title.into(), fields: Vec::new() } }
    }

    /// Adds the field `<section>.<name>`.
    pub fn add(&mut self, name: &str, label: impl Into<String>, value: Value, proof: Proof) -> &mut Self {
        let code = format!("{}.{name}", self.section.code);
        self.add_code(code, label, value, proof)
    }

    /// Adds a field with a code of its own.
    pub fn add_code(&mut self, code: String, label: impl Into<String>, value: Value, proof: Proof) -> &mut Self {
        self.section.fields.push(Field::new(code, label, value, proof));
        self
    }

    /// The section.
    pub fn build(self) -> Section {
        self.section
    }
}
