//! Findings as they are made, from a chain's table.

use crate::{Finding, Severity};

/// A chain's findings: code, severity, and what the finding answers.
pub type FindingTable = &'static [(&'static str, Severity, &'static str)];

/// What a finding says: what is true, what follows, what to do.
#[derive(Clone, Debug)]
pub struct Says<'a>(pub String, pub &'a str, pub &'a str);

/// Findings as they are made.
#[derive(Clone, Debug)]
pub struct Notes {
    table: FindingTable,
    list: Vec<Finding>,
}

impl Notes {
    /// No findings yet, of this table.
    pub const fn new(table: FindingTable) -> Self {
        Self { table, list: Vec::new() }
    }

    /// Adds a finding of the table; a code that is not in it refuses.
    pub fn add(&mut self, code: &'static str, field: Option<String>, says: Says<'_>) {
        let entry = self.table.iter().find(|(c, _, _)| *c == code);
        debug_assert!(entry.is_some(), "{code} is not in the table of findings");
        let severity = entry.map_or(Severity::Refuse, |(_, severity, _)| *severity);
        let Says(truth, consequence, action) = says;
        let (consequence, action) = (consequence.to_owned(), action.to_owned());
        self.list.push(Finding { code, severity, field, truth, consequence, action });
    }

    /// Adds all findings of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// The findings, in the order in which they were made.
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}
