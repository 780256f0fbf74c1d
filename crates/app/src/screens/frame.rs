//! What stands around every screen: title bar, verdict strip, hint bar.

mod small;

use egui::{Rect, Ui};
use vitrine_review::{Review, Severity};

use super::leaving::leaving;
use super::place::Form;
use crate::components as c;
use crate::model::{Model, Route, clock_minutes, hints};
use crate::tokens::size;

/// Shows the title bar.
pub fn title_bar_ui(ui: &mut Ui, rect: Rect, model: &Model) {
    c::title_bar(ui, rect, &title_bar(model));
}

fn title_bar(model: &Model) -> c::TitleBar {
    let title = model.session.folder().map_or("No ceremony folder", |folder| folder.title());
    let route = if model.route == Route::Review { model.review.back.unwrap_or(Route::Review) } else { model.route };
    c::TitleBar {
        title: title.to_owned(),
        step: step(route),
        seat: "Signer".to_owned(),
        clock: clock_minutes(model.at()),
    }
}

const fn step(route: Route) -> c::Step {
    match route {
        Route::Open => c::Step::Open,
        Route::Scan => c::Step::Scan,
        Route::Review | Route::Refused => c::Step::Review,
        Route::Compare => c::Step::Compare,
        Route::Sign => c::Step::Sign,
        Route::Present => c::Step::Present,
        Route::Record => c::Step::Record,
    }
}

/// Shows the keys of the screen.
pub fn hint_bar_ui(ui: &mut Ui, rect: Rect, model: &Model) {
    let shown: Vec<c::Hint> = hints(model)
        .into_iter()
        .map(|hint| c::Hint { keys: hint.caps.iter().map(|cap| cap.key).collect(), verb: hint.verb.to_owned() })
        .collect();
    c::hint_bar(ui, rect, &shown);
}

/// Shows the verdict strip: one row of six cells, or two rows of three smaller ones.
pub fn strip_ui(ui: &mut Ui, rect: Rect, form: Form, view: &c::VerdictStrip) {
    if form.is_one() { small::strip_ui(ui, rect, form, view) } else { c::verdict_strip(ui, rect, view) }
}

/// Height of the verdict strip.
pub fn strip_height(form: Form) -> f32 {
    if form.is_one() { small::height(form) } else { size::VERDICT_STRIP }
}

/// The verdict strip of the request, from review to sign.
pub fn verdict_strip(model: &Model) -> Option<c::VerdictStrip> {
    let review = model.session.review()?;
    let account = review.account();
    let words = review.digest().words();
    Some(c::VerdictStrip {
        chain: review.chain().to_owned(),
        network: review.network().to_owned(),
        leaving_label: leaving_label(review).to_owned(),
        leaving: leaving(review.effects()),
        policy: policy(model),
        findings: findings(model, review),
        explained: number(account.explained()),
        total: number(account.total()),
        decoders: match account.unknown() {
            0 => "every byte has an owner".to_owned(),
            unknown => format!("{} unknown", number(unknown)),
        },
        decoders_agree: account.unknown() == 0,
        words: words.iter().take(6).map(|word| (*word).to_owned()).collect(),
        words_label: "Digest, words 1 to 6 of 32".to_owned(),
        refused: model.is_refused(),
    })
}

/// Whether the request is for Bitcoin, where wallets have coins and the request's fee is known.
pub fn is_bitcoin(review: &Review) -> bool {
    review.chain() == vitrine_ceremony::Chain::Bitcoin.name()
}

/// What the total is of.
pub fn leaving_label(review: &Review) -> &'static str {
    if is_bitcoin(review) { "Leaves this wallet, fee included" } else { "Leaves, largest fee included" }
}

fn policy(model: &Model) -> c::Cell {
    let Some(verdict) = model.session.verdict() else {
        return c::Cell { value: "None".to_owned(), state: c::State::Plain, detail: String::new() };
    };
    let (passed, rules) = (verdict.passed(), verdict.rules().len());
    if model.session.folder().is_none() {
        let detail = "no ceremony folder".to_owned();
        return c::Cell { value: "Refuses".to_owned(), state: c::State::Refused, detail };
    }
    match verdict.rules().iter().find(|rule| !rule.passed) {
        None => {
            c::Cell { value: "Passes".to_owned(), state: c::State::Good, detail: format!("{passed} of {rules} rules") }
        }
        Some(rule) => c::Cell {
            value: "Refuses".to_owned(),
            state: c::State::Refused,
            detail: format!("rule {} of {rules}", rule.number),
        },
    }
}

fn findings(model: &Model, review: &Review) -> c::Cell {
    let findings = review.findings();
    let cautions = model.session.cautions();
    let facts = findings.count(Severity::Fact);
    let refusals = findings.count(Severity::Refuse).saturating_add(findings.count(Severity::Restricted));
    let refusals = refusals.saturating_sub(model.session.verdict().map_or(0, |verdict| verdict.lifted().len()));
    let open = cautions.iter().filter(|finding| !model.session.acknowledged(**finding)).count();
    if refusals > 0 {
        let detail = format!("{}, {}", counted(cautions.len(), "caution"), counted(facts, "fact"));
        return c::Cell { value: counted(refusals, "refusal"), state: c::State::Refused, detail };
    }
    if cautions.is_empty() {
        return c::Cell { value: "No caution".to_owned(), state: c::State::Good, detail: counted(facts, "fact") };
    }
    let detail =
        if open == 0 { "all acknowledged".to_owned() } else { format!("0 refusals, {}", counted(facts, "fact")) };
    c::Cell { value: counted(cautions.len(), "caution"), state: c::State::Caution, detail }
}

/// A message with a capital first letter.
pub fn capital(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}

/// A message as a sentence: a capital first letter, a full stop.
pub fn sentence(message: &str) -> String {
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{}{stop}", capital(message))
}

/// "1 caution", "2 cautions".
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number(count))
}

/// A count with thousands apart: "2,381".
pub fn number(count: usize) -> String {
    vitrine_review::Value::Count(count as u64, "").to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_as_a_sentence() {
        assert_eq!(sentence("this QR is cut off"), "This QR is cut off.");
        assert_eq!(sentence("The film is over."), "The film is over.");
    }
}
