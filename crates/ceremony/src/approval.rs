//! The approval policy: rules of the ceremony folder that a request must pass.
//!
//! It judges effects and findings, never labels. A rule that is not set is listed as not set.

mod ethereum;

pub use ethereum::{EthereumRules, TokenLimit, TypedDataRule, UnknownCall, WorstCaseRule};
use serde::Deserialize;
use vitrine_review::{Digest, EffectKind, Effects, Finding, Review, Severity, WorstCase};

/// Who may be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipients {
    /// Anybody: an address outside the book is a caution.
    #[default]
    Any,
    /// Only addresses of the address book.
    AddressBook,
}

/// A restricted finding that the folder allows beforehand, for one request alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Code of the finding.
    pub code: String,
    /// Field that the finding must be attached to, if it is attached to one.
    pub field: Option<String>,
    /// SHA-256 of the request's bytes.
    pub request: Digest,
    /// Why, for the record.
    pub reason: String,
}

/// The rules. Amounts in satoshis; a rule that is `None` is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalPolicy {
    /// Most that may leave in the worst case, fee included.
    pub max_amount_sat: Option<u64>,
    /// Largest fee.
    pub max_fee_sat: Option<u64>,
    /// Largest fee in thousandths of what is sent.
    pub max_fee_per_mille: Option<u64>,
    /// Who may be paid.
    pub recipients: Recipients,
    /// Whether a device is asked twice for the same signatures, to compare its nonces.
    pub sign_twice: bool,
    /// Restricted findings that are allowed.
    pub exceptions: Vec<Exception>,
    /// Rules for Ethereum, in place of the amounts above; none for Bitcoin.
    pub ethereum: Option<EthereumRules>,
}

/// What one rule says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// Number of the rule, from 1.
    pub number: usize,
    /// The rule in one sentence.
    pub rule: String,
    /// Whether it is passed.
    pub passed: bool,
    /// What was found.
    pub reason: String,
}

/// What all rules say of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    rules: Vec<RuleResult>,
    lifted: Vec<usize>,
}

impl Verdict {
    /// Each rule with its result, in order.
    pub fn rules(&self) -> &[RuleResult] {
        &self.rules
    }

    /// Whether every rule is passed.
    pub fn passes(&self) -> bool {
        self.rules.iter().all(|rule| rule.passed)
    }

    /// How many rules are passed.
    pub fn passed(&self) -> usize {
        self.rules.iter().filter(|rule| rule.passed).count()
    }

    /// Numbers (in [`Review::findings`]) of restricted findings that the folder allows: they are cautions now.
    pub fn lifted(&self) -> &[usize] {
        &self.lifted
    }
}

impl ApprovalPolicy {
    /// Judges a review by every rule.
    pub fn judge(&self, review: &Review) -> Verdict {
        let lifted = self.lifted(review);
        let effects = review.effects();
        let mut results = vec![refusals(review), restrictions(review, &lifted), every_byte(review)];
        results.extend(match &self.ethereum {
            Some(rules) => rules.judge(effects, self.recipients),
            None => self.bitcoin(effects),
        });
        let rules = results
            .into_iter()
            .enumerate()
            .map(|(i, (rule, passed, reason))| RuleResult { number: i.saturating_add(1), rule, passed, reason })
            .collect();
        Verdict { rules, lifted }
    }

    fn bitcoin(&self, effects: &Effects) -> Vec<RuleParts> {
        vec![
            bounded(effects),
            self.amount(effects),
            self.fee(effects),
            self.fee_share(effects),
            self.recipients(effects),
        ]
    }

    fn lifted(&self, review: &Review) -> Vec<usize> {
        let allowed = |finding: &Finding| {
            self.exceptions
                .iter()
                .any(|e| e.code == finding.code && e.field == finding.field && e.request == review.request_digest())
        };
        let restricted = |f: &Finding| f.severity == Severity::Restricted && allowed(f);
        review.findings().iter().enumerate().filter(|(_, f)| restricted(f)).map(|(i, _)| i).collect()
    }

    fn amount(&self, effects: &Effects) -> RuleParts {
        // What others can still change could take more than what leaves by the request.
        let worst = match &effects.worst_case {
            WorstCase::AtMost(amount) => effects.leaving.map(|leaving| leaving.base_units().max(amount.base_units())),
            WorstCase::Unbounded(_) => None,
        };
        limit(
            "The amount that leaves in the worst case, fee included, is at most",
            self.max_amount_sat.map(u128::from),
            worst,
            "sat",
        )
    }

    fn fee(&self, effects: &Effects) -> RuleParts {
        limit("The fee is at most", self.max_fee_sat.map(u128::from), fee_base_units(effects), "sat")
    }

    fn fee_share(&self, effects: &Effects) -> RuleParts {
        let rule = "The fee in thousandths of what is sent, or comes back, is at most";
        limit(rule, self.max_fee_per_mille.map(u128::from), fee_per_mille(effects), "per mille")
    }

    fn recipients(&self, effects: &Effects) -> RuleParts {
        let rule = "Only addresses of the address book, and wallets of the folder, are paid".to_owned();
        if self.recipients == Recipients::Any {
            return ("Anybody may be paid".to_owned(), true, "Not limited by the folder.".to_owned());
        }
        let strangers: Vec<&str> = effects
            .list
            .iter()
            .filter(|e| e.kind == EffectKind::Pays && e.proof.code() != "address-book")
            .map(|e| e.role.as_str())
            .collect();
        match strangers.is_empty() {
            true => (rule, true, "Every payee is in the book, or a wallet of the folder.".to_owned()),
            false => (rule, false, format!("Not in the book: {}.", strangers.join(", "))),
        }
    }
}

type RuleParts = (String, bool, String);

fn refusals(review: &Review) -> RuleParts {
    let rule = "No finding refuses the request".to_owned();
    match review.findings().of(Severity::Refuse).next() {
        None => (rule, true, "None does.".to_owned()),
        Some(finding) => (rule, false, format!("{} {}", finding.code, finding.truth)),
    }
}

fn restrictions(review: &Review, lifted: &[usize]) -> RuleParts {
    let rule = "No restricted finding, unless the folder names it for this very request".to_owned();
    let open =
        review.findings().iter().enumerate().find(|(i, f)| f.severity == Severity::Restricted && !lifted.contains(i));
    match open {
        Some((_, finding)) => (rule, false, format!("{} {}", finding.code, finding.truth)),
        None if lifted.is_empty() => (rule, true, "None found.".to_owned()),
        None => (rule, true, format!("{} allowed by the folder.", lifted.len())),
    }
}

fn every_byte(review: &Review) -> RuleParts {
    let (explained, total) = (review.account().explained(), review.account().total());
    let rule = "Every byte has an owner".to_owned();
    (
        rule,
        review.account().owners().iter().map(|o| o.span.len()).sum::<usize>() == total,
        format!("{explained} of {total} bytes explained."),
    )
}

fn bounded(effects: &Effects) -> RuleParts {
    let rule = "The worst case is bounded".to_owned();
    match &effects.worst_case {
        WorstCase::AtMost(amount) => (rule, true, format!("At most {amount}.")),
        WorstCase::Unbounded(why) => (rule, false, why.clone()),
    }
}

fn limit(rule: &str, most: Option<u128>, found: Option<u128>, unit: &str) -> RuleParts {
    let Some(most) = most else {
        return (format!("{rule} any number"), true, "Not limited by the folder.".to_owned());
    };
    let rule = format!("{rule} {most} {unit}");
    match found {
        None => (rule, false, "It cannot be known.".to_owned()),
        Some(found) => (rule, found <= most, format!("Found {found} {unit}.")),
    }
}

fn fee_base_units(effects: &Effects) -> Option<u128> {
    if effects.list.iter().all(|e| e.kind == EffectKind::SignsMessage) && !effects.list.is_empty() {
        return Some(0);
    }
    effects.list.iter().find(|e| e.kind == EffectKind::PaysFee)?.amount.map(|a| a.base_units())
}

/// Fee in thousandths of what is sent, rounded up; where nothing is sent, of what comes back.
fn fee_per_mille(effects: &Effects) -> Option<u128> {
    let fee = fee_base_units(effects)?;
    if fee == 0 {
        return Some(0);
    }
    let sent = effects.leaving?.base_units().checked_sub(fee)?;
    let base = if sent == 0 { returned_sat(effects)? } else { sent };
    if base == 0 {
        return None;
    }
    Some(fee.checked_mul(1000)?.div_ceil(base))
}

fn returned_sat(effects: &Effects) -> Option<u128> {
    let change = effects.list.iter().filter(|e| e.kind == EffectKind::ReturnsChange);
    change.map(|e| e.amount.map(|a| a.base_units())).try_fold(0u128, |sum, sat| sum.checked_add(sat?))
}
