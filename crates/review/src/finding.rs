//! Findings: what a person must know, acknowledge or cannot override.

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; asks for nothing.
    Fact,
    /// Must be acknowledged, one by one, before signing.
    Caution,
    /// Refused unless the ceremony folder names this code for this very object beforehand.
    Restricted,
    /// Never signable.
    Refuse,
}

impl Severity {
    /// The word shown and recorded.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Caution => "caution",
            Self::Restricted => "restricted",
            Self::Refuse => "refuse",
        }
    }
}

/// One finding, attached to a field or to the whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code: `btc.fee-high`. Documented with the attack that it answers.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Code of the field that it is about; none for the whole request.
    pub field: Option<String>,
    /// What is true, in one sentence.
    pub truth: String,
    /// What follows from it.
    pub consequence: String,
    /// What to do.
    pub action: String,
}

/// All findings of a review, worst first, then in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Sorts the findings, worst first.
    pub fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
        Self(findings)
    }

    /// All findings, worst first.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Those of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(move |f| f.severity == severity)
    }

    /// How many of one severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.of(severity).count()
    }

    /// The worst severity; none if there are no findings.
    pub fn worst(&self) -> Option<Severity> {
        self.0.first().map(|f| f.severity)
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
