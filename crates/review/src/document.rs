//! Sections of labelled, typed values, each with its proof.

use std::fmt;

use crate::Value;

/// What vouches for a value. The code is stable and enters the digest; the words are for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Proven, by what: ("previous-transaction", "the previous transaction").
    Proven(&'static str, String),
    /// Somebody says so: ("request", "the request").
    Claimed(&'static str, String),
    /// Nothing is known, and why.
    Unknown(&'static str, String),
}

impl Proof {
    /// Part of the signed bytes themselves: true by being what is signed.
    pub fn signed_bytes() -> Self {
        Self::Proven("signed-bytes", "the bytes that are signed".to_owned())
    }

    /// The state's word: `proven`, `claimed`, `unknown`.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Proven(..) => "proven",
            Self::Claimed(..) => "claimed",
            Self::Unknown(..) => "unknown",
        }
    }

    /// Stable code of the basis.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Proven(code, _) | Self::Claimed(code, _) | Self::Unknown(code, _) => code,
        }
    }

    /// As shown beside the value: "Proven by the previous transaction".
    pub fn sentence(&self) -> String {
        match self {
            Self::Proven(_, by) => format!("Proven by {by}"),
            Self::Claimed(_, by) => format!("Claimed by {by}"),
            Self::Unknown(_, why) => format!("Unknown, {why}"),
        }
    }
}

/// One labelled value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Stable code, unique in the document: `btc.output[1].amount`.
    pub code: String,
    /// Label as shown: "Amount".
    pub label: String,
    /// The value.
    pub value: Value,
    /// What vouches for it.
    pub proof: Proof,
}

impl Field {
    /// A field.
    pub fn new(code: impl Into<String>, label: impl Into<String>, value: Value, proof: Proof) -> Self {
        Self { code: code.into(), label: label.into(), value, proof }
    }
}

/// Fields that belong together: one output, one input, the fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Stable code: `btc.output[1]`.
    pub code: String,
    /// Group that it is listed under: "Outputs", "Inputs", "Fee", "Time locks", "Raw bytes".
    pub group: &'static str,
    /// Title as shown: "Output 1".
    pub title: String,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

/// The document: everything that a person can look at, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    sections: Vec<Section>,
    /// Places of all fields, by section and within it, in order of their codes.
    by_code: Vec<(usize, usize)>,
}

/// Two fields of a document had the same code: a bug of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateCode(pub String);

impl fmt::Display for DuplicateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "two fields have the code {}", self.0)
    }
}

impl std::error::Error for DuplicateCode {}

impl Document {
    /// A document of these sections.
    ///
    /// # Errors
    /// [`DuplicateCode`] if two fields share a code: findings and bytes could then point at the wrong one.
    pub fn new(sections: Vec<Section>) -> Result<Self, DuplicateCode> {
        let mut by_code = Vec::new();
        for (n, section) in sections.iter().enumerate() {
            by_code.extend((0..section.fields.len()).map(|place| (n, place)));
        }
        by_code.sort_by_key(|place| code(&sections, *place));
        let mut neighbours = by_code.iter().zip(by_code.iter().skip(1));
        match neighbours.find(|(a, b)| code(&sections, **a) == code(&sections, **b)) {
            Some((place, _)) => Err(DuplicateCode(code(&sections, *place).to_owned())),
            None => Ok(Self { sections, by_code }),
        }
    }

    /// The sections in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// All fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.sections.iter().flat_map(|s| &s.fields)
    }

    /// The field with this code.
    pub fn field(&self, code: &str) -> Option<&Field> {
        let found = self.by_code.binary_search_by_key(&code, |place| self::code(&self.sections, *place)).ok()?;
        field_at(&self.sections, *self.by_code.get(found)?)
    }

    /// Groups in order of first appearance, with their sections.
    pub fn groups(&self) -> Vec<(&'static str, Vec<&Section>)> {
        let mut groups: Vec<(&'static str, Vec<&Section>)> = Vec::new();
        for section in &self.sections {
            match groups.iter_mut().find(|(name, _)| *name == section.group) {
                Some((_, sections)) => sections.push(section),
                None => groups.push((section.group, vec![section])),
            }
        }
        groups
    }
}

fn field_at(sections: &[Section], (section, place): (usize, usize)) -> Option<&Field> {
    sections.get(section)?.fields.get(place)
}

fn code(sections: &[Section], place: (usize, usize)) -> &str {
    field_at(sections, place).map_or("", |field| &field.code)
}
