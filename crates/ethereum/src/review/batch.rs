//! One review over all requests of a batch: each as it would be alone, with its number.

use vitrine_review::{
    Amount, ByteOwner, Context, Effect, Effects, Finding, Notes, Proof, Review, Says, Section, SectionBuilder, Value,
    WorstCase,
};

use super::values::term;
use super::{Names, Parts, Told, computed, digits, told, whole};
use crate::check::{Account, CheckedRequests, Sequence};
use crate::limits;

/// Group of each request's sections.
const GROUPS: [&str; limits::BATCH] = [
    "Request 1",
    "Request 2",
    "Request 3",
    "Request 4",
    "Request 5",
    "Request 6",
    "Request 7",
    "Request 8",
    "Request 9",
    "Request 10",
    "Request 11",
    "Request 12",
    "Request 13",
    "Request 14",
    "Request 15",
    "Request 16",
];

/// Makes the review; a pure function of the checked requests and the context.
pub(crate) fn review_batch(batch: &CheckedRequests, context: &Context) -> Review {
    let (mut parts, notes) = head(batch);
    let (mut effects, mut findings, mut networks) = (Vec::new(), Vec::new(), Vec::new());
    for (n, request) in batch.requests().iter().enumerate() {
        let member = Member { number: n.saturating_add(1), group: GROUPS.get(n).copied().unwrap_or("Requests") };
        let told = told(request);
        let Parts { sections, owners } = told.parts;
        parts.sections.extend(sections.into_iter().map(|section| member.section(section)));
        parts.owners.extend(owners.into_iter().map(|owner| member.owner(owner)));
        findings.extend(told.findings.into_iter().map(|finding| member.finding(finding)));
        effects.push(member.effects(told.effects));
        networks.push(told.network);
    }
    networks.dedup();
    let network = if networks.len() == 1 { networks.concat() } else { "several chains".to_owned() };
    let findings = notes.into_vec().into_iter().chain(findings).collect();
    whole(batch.bytes(), Told { parts, effects: joined(effects), findings, network }, context)
}

/// What is to be said of the batch itself.
fn head(batch: &CheckedRequests) -> (Parts, Notes) {
    let (mut parts, mut notes) = (Parts::default(), crate::findings::notes());
    parts.structure(batch.structure(), "CBOR");
    let mut section = SectionBuilder::new("Batch", "eth.batch", "Batch");
    let count = u64::try_from(batch.requests().len()).unwrap_or(u64::MAX);
    section.add("requests", "Requests", Value::Count(count, "requests, each signed by itself"), computed());
    for (n, (account, sequence)) in batch.sequences().iter().enumerate() {
        let (name, whose) = (format!("order[{n}]"), whose(account, batch));
        let label = format!("Order of execution, {whose}");
        section.add(&name, label, term(order(sequence)), Proof::signed_bytes());
        judge(sequence, &whose, &format!("eth.batch.{name}"), &mut notes);
    }
    parts.sections.push(section.build());
    (parts, notes)
}

/// All consequences, in order; each request may be used without the others, so that the worst case is that all are.
fn joined(all: Vec<Effects>) -> Effects {
    let sum = |amounts: Vec<Amount>| {
        let mut amounts = amounts.into_iter();
        let first = amounts.next()?;
        amounts.try_fold(first, |sum, amount| sum.checked_add(&amount).ok())
    };
    let leaving = all.iter().map(|effects| effects.leaving).collect::<Option<Vec<_>>>().and_then(sum);
    let bound = |effects: &Effects| match &effects.worst_case {
        WorstCase::AtMost(amount) => Ok(*amount),
        WorstCase::Unbounded(why) => Err(why.clone()),
    };
    let worst_case = match all.iter().map(bound).collect::<Result<Vec<_>, _>>() {
        Ok(amounts) => {
            sum(amounts).map_or_else(|| WorstCase::Unbounded("the sum is out of range".to_owned()), WorstCase::AtMost)
        }
        Err(why) => WorstCase::Unbounded(why),
    };
    let alone = "Each request is signed by itself: whoever has one signature can use it without the others.";
    let mut effects = Effects { list: Vec::new(), leaving, worst_case, others_can_change: vec![alone.to_owned()] };
    for mut one in all {
        effects.list.append(&mut one.list);
        effects.others_can_change.append(&mut one.others_can_change);
    }
    effects
}

fn whose(account: &Account, batch: &CheckedRequests) -> String {
    match (account, batch.requests().first()) {
        (Account::Known(account), Some(first)) => first.known().who(*account),
        (Account::Known(account), None) => account.to_checksum(None),
        (Account::AtPath(path), _) => format!("the account at {path}"),
    }
}

/// The requests in the order of their nonces.
fn order(sequence: &Sequence) -> String {
    let mut nonces = sequence.nonces.clone();
    nonces.sort_by_key(|(n, nonce)| (*nonce, *n));
    let one = |(n, nonce): &(usize, _)| format!("request {} (nonce {})", n.saturating_add(1), digits(*nonce));
    nonces.iter().map(one).collect::<Vec<_>>().join(", then ")
}

fn judge(sequence: &Sequence, whose: &str, field: &str, notes: &mut Notes) {
    if let Some((first, second)) = sequence.rivals() {
        let (first, second) = (first.saturating_add(1), second.saturating_add(1));
        let truth = format!("Requests {first} and {second} have the same nonce of {whose}: only one takes effect.");
        let consequence = "Whoever has both signatures chooses which one.";
        notes.add("eth.nonce-replaces", Some(field.to_owned()), Says(truth, consequence, "Sign one of them alone."));
    } else if !sequence.is_in_order() {
        let truth = format!("The nonces of {whose} do not follow one another in the order of the batch.");
        let consequence = "They take effect in the order of their nonces; one that is missing holds up those after it.";
        let action = "Ask for the requests in their order, or for the one that is missing.";
        notes.add("eth.batch-order", Some(field.to_owned()), Says(truth, consequence, action));
    }
}

/// A request of the batch, by its number from 1.
struct Member {
    number: usize,
    group: &'static str,
}

impl Member {
    /// `eth.tx.nonce` of the second request is `eth.request[2].tx.nonce`.
    fn code(&self, code: &str) -> String {
        format!("eth.request[{}].{}", self.number, code.strip_prefix("eth.").unwrap_or(code))
    }

    fn text(&self, text: &str) -> String {
        format!("Request {}: {text}", self.number)
    }

    fn section(&self, mut section: Section) -> Section {
        section.code = self.code(&section.code);
        section.group = self.group;
        for field in &mut section.fields {
            field.code = self.code(&field.code);
        }
        section
    }

    fn owner(&self, owner: ByteOwner) -> ByteOwner {
        let field = owner.field.as_deref().map(|field| self.code(field));
        ByteOwner { label: format!("request {}, {}", self.number, owner.label), field, ..owner }
    }

    fn finding(&self, finding: Finding) -> Finding {
        let field = finding.field.as_deref().map(|field| self.code(field));
        Finding { field, truth: self.text(&finding.truth), ..finding }
    }

    fn effect(&self, effect: Effect) -> Effect {
        let fields = effect.fields.iter().map(|field| self.code(field)).collect();
        Effect { role: format!("Request {}, {}", self.number, effect.role), fields, ..effect }
    }

    fn effects(&self, effects: Effects) -> Effects {
        let worst_case = match effects.worst_case {
            WorstCase::Unbounded(why) => WorstCase::Unbounded(format!("request {}: {why}", self.number)),
            bounded @ WorstCase::AtMost(_) => bounded,
        };
        Effects {
            list: effects.list.into_iter().map(|effect| self.effect(effect)).collect(),
            leaving: effects.leaving,
            worst_case,
            others_can_change: effects.others_can_change.iter().map(|sentence| self.text(sentence)).collect(),
        }
    }
}
