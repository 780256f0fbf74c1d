//! A review as one page of text: what a signer decides upon first, then every field, last every byte.

use std::collections::BTreeMap;

use crate::{Digest, EffectKind, Field, Finding, Ownership, Review, Section, Severity, TokenAmount, WorstCase};

/// Column in which values of the summary start.
const VALUE_COLUMN: usize = 35;
/// Lines are filled up to here; a value that is longer stands whole.
const COLUMNS: usize = 100;
/// Fields of a section that are compared with those of others at most: what is alike stands among the first.
const COMPARED: usize = 64;

/// Effects with tokens that the head names one by one.
const TOKENS: usize = 6;

/// One rule of an approval policy, as it judged the review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRule {
    /// Number of the rule, from 1.
    pub number: usize,
    /// Whether the review passes.
    pub passed: bool,
    /// The rule and the reason, in sentences.
    pub text: String,
}

/// The review as plain text; nothing is left out or shortened. Addresses are in groups of four.
pub fn to_text(review: &Review) -> String {
    to_judged_text(review, &[])
}

/// The same with what the approval policy says: what refuses near the top, every rule near the end.
pub fn to_judged_text(review: &Review, rules: &[JudgedRule]) -> String {
    let mut out = String::new();
    head(&mut out, review, rules);
    findings(&mut out, review, "REFUSED", &[Severity::Refuse]);
    effects(&mut out, review);
    findings(&mut out, review, "FINDINGS", &[Severity::Restricted, Severity::Caution, Severity::Fact]);
    policy(&mut out, "APPROVAL POLICY REFUSES", rules.iter().filter(|rule| !rule.passed));
    digests(&mut out, review);
    document(&mut out, review);
    policy(&mut out, "APPROVAL POLICY", rules.iter());
    account(&mut out, review);
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn head(out: &mut String, review: &Review, rules: &[JudgedRule]) {
    use EffectKind::{GrantsSpending, Pays};
    line(out, &format!("{} {}", review.chain(), review.network()));
    let effects = review.effects();
    let worst = match &effects.worst_case {
        WorstCase::AtMost(amount) => format!("{amount}{}", tokens(review, &[Pays, GrantsSpending])),
        WorstCase::Unbounded(why) => format!("no bound: {why}"),
    };
    let leaving = effects.leaving.map_or("cannot be known".to_owned(), |a| a.to_string()) + &tokens(review, &[Pays]);
    let mut explained = format!("{} of {}", review.account().explained(), review.account().total());
    if review.account().unbound() > 0 {
        explained.push_str(&format!(", {} of them bound by nothing", review.account().unbound()));
    }
    let mut row = |label: &str, value: &str| line(out, &format!("{label:<VALUE_COLUMN$}{value}"));
    row("Leaves this wallet, fee included", &leaving);
    row("Worst case", &worst);
    row("Findings", &counts(review));
    if !rules.is_empty() {
        row("Approval policy", &verdict(rules));
    }
    row("Bytes explained", &explained);
    row("Review digest, first six words", &review.digest().first_words());
}

/// ", and tokens: Payee 1, Right 2": what no amount of the chain's own coin includes; nothing if there is none.
fn tokens(review: &Review, kinds: &[EffectKind]) -> String {
    let is_some = |token: &TokenAmount| token.quantity.as_ref().is_none_or(|q| q.big_endian().iter().any(|b| *b != 0));
    let those = review.effects().list.iter().filter(|effect| kinds.contains(&effect.kind));
    let roles = those.filter(|effect| effect.token.as_ref().is_some_and(is_some)).map(|effect| effect.role.as_str());
    let roles: Vec<&str> = roles.collect();
    match roles.get(TOKENS..).filter(|rest| !rest.is_empty()) {
        _ if roles.is_empty() => String::new(),
        None => format!(", and tokens: {}", roles.join(", ")),
        Some(rest) => {
            let shown = roles.get(..TOKENS).unwrap_or_default().join(", ");
            format!(", and tokens: {shown} and {} more", rest.len())
        }
    }
}

/// "1 refusal, 2 cautions".
fn counts(review: &Review) -> String {
    use Severity::{Caution, Fact, Refuse, Restricted};
    let names = [
        (Refuse, "refusal", "refusals"),
        (Restricted, "restricted", "restricted"),
        (Caution, "caution", "cautions"),
        (Fact, "fact", "facts"),
    ];
    let counts = names.iter().map(|(severity, one, more)| (review.findings().count(*severity), one, more));
    let words = counts.filter(|(count, ..)| *count > 0);
    let words: Vec<String> = words.map(|(n, one, more)| format!("{n} {}", if n == 1 { one } else { more })).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn verdict(rules: &[JudgedRule]) -> String {
    let refusing: Vec<String> = rules.iter().filter(|rule| !rule.passed).map(|rule| rule.number.to_string()).collect();
    match refusing.as_slice() {
        [] => format!("all {} rules pass", rules.len()),
        [one] => format!("REFUSES, by rule {one}"),
        several => format!("REFUSES, by rules {}", several.join(", ")),
    }
}

fn effects(out: &mut String, review: &Review) {
    line(out, "\nWHAT THIS DOES");
    for effect in &review.effects().list {
        line(out, &format!("  {}: {}", effect.role, effect.sentence));
        if let Some(address) = &effect.address {
            line(out, &format!("    {}", address.groups().join(" ")));
        }
        filled(out, std::iter::once(&effect.proof.sentence()).chain(&effect.provenance));
    }
    line(out, "\nWHAT OTHERS CAN STILL CHANGE");
    if review.effects().others_can_change.is_empty() {
        line(out, "  Nothing.");
    }
    for sentence in &review.effects().others_can_change {
        line(out, &format!("  {sentence}"));
    }
}

/// What stands between a part and the next: nothing after a whole sentence.
fn stop(part: &str) -> &'static str {
    if part.ends_with('.') { "" } else { ";" }
}

/// As many parts on a line as fit; no part is broken.
fn filled<'a>(out: &mut String, parts: impl Iterator<Item = &'a String>) {
    let mut row = String::new();
    for part in parts {
        let width = row.chars().count().saturating_add(part.chars().count()).saturating_add(6);
        if !row.is_empty() && width > COLUMNS {
            line(out, &format!("    {row}{}", stop(&row)));
            row.clear();
        }
        if !row.is_empty() {
            row.push_str(stop(&row));
            row.push(' ');
        }
        row.push_str(part);
    }
    line(out, &format!("    {row}"));
}

fn findings(out: &mut String, review: &Review, title: &str, severities: &[Severity]) {
    let findings = review.findings().iter().enumerate().filter(|(_, f)| severities.contains(&f.severity));
    let findings: Vec<(usize, &Finding)> = findings.collect();
    if !findings.is_empty() {
        line(out, &format!("\n{title}"));
    }
    for (n, finding) in findings {
        let excepted = if review.is_excepted(n) { ", excepted by the ceremony folder: a caution" } else { "" };
        line(out, &format!("  [{}{excepted}] {}", finding.severity.word(), finding.code));
        for sentence in [&finding.truth, &finding.consequence, &finding.action] {
            if !sentence.is_empty() {
                line(out, &format!("    {sentence}"));
            }
        }
    }
}

fn policy<'a>(out: &mut String, title: &str, rules: impl Iterator<Item = &'a JudgedRule>) {
    let mut rules = rules.peekable();
    if rules.peek().is_some() {
        line(out, &format!("\n{title}"));
    }
    for rule in rules {
        let word = if rule.passed { "passed" } else { "REFUSED" };
        line(out, &format!("  Rule {} {word}: {}", rule.number, rule.text));
    }
}

fn digests(out: &mut String, review: &Review) {
    line(out, "\nDIGESTS TO COMPARE");
    let whole = |out: &mut String, title: &str, digest: Digest| {
        line(out, &format!("  {title}"));
        line(out, &format!("    {}", digest.groups().join(" ")));
        for words in digest.words().chunks(8) {
            line(out, &format!("    {}", words.join(" ")));
        }
    };
    whole(out, "Review: the request, the circumstances and everything that this page says", review.digest());
    whole(out, "Request: its bytes alone", review.request_digest());
}

fn document(out: &mut String, review: &Review) {
    for (group, sections) in review.document().groups() {
        line(out, &format!("\n{}", group.to_uppercase()));
        let common = Common::of(&sections);
        let mut open = "";
        for section in sections {
            let stem = stem(section);
            if open != stem {
                common.write(out, stem);
                open = stem;
            }
            line(out, &format!("  {}", section.title));
            let own: Vec<&Field> = section.fields.iter().filter(|field| !common.has(stem, field)).collect();
            fields(out, &own);
        }
    }
}

/// The code without its last number: what sections of one kind share.
fn stem(section: &Section) -> &str {
    let numbered = section.code.strip_suffix(']').and_then(|code| code.rsplit_once('['));
    numbered.map_or(section.code.as_str(), |(stem, _)| stem)
}

/// Fields below one line for what vouches for them.
fn fields(out: &mut String, fields: &[&Field]) {
    let (mut groups, mut places): (Vec<Vec<&Field>>, BTreeMap<String, usize>) = Default::default();
    for field in fields {
        let place = *places.entry(field.proof.sentence()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(field),
            None => groups.push(vec![field]),
        }
    }
    for group in groups {
        if let Some(first) = group.first() {
            line(out, &format!("    {}", first.proof.sentence()));
        }
        for field in group {
            line(out, &format!("      {:<24} {}", field.label, field.value.to_text()));
        }
    }
}

/// Fields that all sections of one kind have alike: label, value and proof. They are written once.
struct Common<'a>(BTreeMap<&'a str, (usize, Vec<&'a Field>)>);

impl<'a> Common<'a> {
    fn of(sections: &[&'a Section]) -> Self {
        let mut common: BTreeMap<&str, (usize, Vec<&Field>)> = BTreeMap::new();
        for section in sections {
            match common.get_mut(stem(section)) {
                None => {
                    common.insert(stem(section), (1, section.fields.iter().take(COMPARED).collect()));
                }
                Some((count, shared)) => {
                    *count = count.saturating_add(1);
                    let fields = section.fields.get(..COMPARED).unwrap_or(&section.fields);
                    shared.retain(|field| fields.iter().any(|other| is_alike(field, other)));
                }
            }
        }
        common.retain(|_, (count, shared)| *count > 1 && !shared.is_empty());
        Self(common)
    }

    fn has(&self, stem: &str, field: &Field) -> bool {
        self.0.get(stem).is_some_and(|(_, shared)| shared.iter().any(|other| is_alike(field, other)))
    }

    fn write(&self, out: &mut String, stem: &str) {
        if let Some((count, shared)) = self.0.get(stem) {
            line(out, &format!("  Alike in all {count} that follow"));
            fields(out, shared);
        }
    }
}

fn is_alike(a: &Field, b: &Field) -> bool {
    (&a.label, &a.value, &a.proof) == (&b.label, &b.value, &b.proof)
}

fn account(out: &mut String, review: &Review) {
    line(out, "\nEVERY BYTE");
    for owner in review.account().owners() {
        let mark = match owner.ownership {
            Ownership::Unknown => "  UNKNOWN",
            Ownership::Unbound => "  BOUND BY NOTHING",
            Ownership::Meaning | Ownership::Structure => "",
        };
        line(out, &format!("  {:06x}..{:06x}  {}{mark}", owner.span.start, owner.span.end, owner.label));
    }
}
