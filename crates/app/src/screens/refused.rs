//! Refused: one loud thing, why, and what to do now.

use egui::{Rect, Ui, pos2};
use vitrine_review::Severity;

use super::bars::{ButtonView, buttons_ui, card_ui};
use super::frame;
use super::place::{Cut, Form};
use super::review::{BytesView, bytes_ui};
use crate::components::{self as c, Ink, Pen, Words};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Model};
use crate::tokens::{Tone, Type, gap};

/// Why a request is refused.
struct Reason {
    code: String,
    words: Words,
}

/// What the screen shows.
pub struct RefusedView {
    strip: Option<c::VerdictStrip>,
    reasons: Vec<Reason>,
    rules: Vec<(bool, String)>,
    effects: Vec<String>,
    steps: Vec<String>,
    bytes: Option<BytesView>,
    fields: usize,
}

impl RefusedView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let entry = model.session.record().entries().len().saturating_add(1);
        Self {
            strip: frame::verdict_strip(model),
            reasons: reasons(model),
            rules: rules(model),
            effects: effects(model),
            steps: vec![
                "Nobody signs. Unplug the hardware wallet.".to_owned(),
                format!("Record this refusal. Entry {entry} closes the record, which keeps the request byte for byte."),
                "Call the person who prepared it, on a number you already had. Treat their machine as taken over until shown otherwise.".to_owned(),
            ],
            bytes: model.refusing_field().and_then(|_| BytesView::of(model)),
            fields: model.session.fields_seen().1,
        }
    }
}

fn rules(model: &Model) -> Vec<(bool, String)> {
    let rules = model.session.verdict().map(|verdict| verdict.rules()).unwrap_or_default();
    let passed = |rule: &vitrine_ceremony::RuleResult| match rule.passed {
        true => (true, format!("{}  {}", rule.number, rule.rule)),
        false => (false, format!("{}  {}. {}", rule.number, rule.rule, rule.reason)),
    };
    rules.iter().map(passed).collect()
}

fn effects(model: &Model) -> Vec<String> {
    let list = model.session.review().map(|review| review.effects().list.as_slice()).unwrap_or_default();
    list.iter().map(|effect| effect.sentence.clone()).collect()
}

fn reasons(model: &Model) -> Vec<Reason> {
    let Some(review) = model.session.review() else { return Vec::new() };
    let lifted = model.session.verdict().map(|verdict| verdict.lifted().to_vec()).unwrap_or_default();
    let findings = review.findings().iter().enumerate();
    let refuses =
        findings.filter(|(index, finding)| finding.severity >= Severity::Restricted && !lifted.contains(index));
    let mut reasons: Vec<Reason> = refuses
        .map(|(_, finding)| Reason {
            code: finding.code.to_owned(),
            words: Words::name(finding.truth.clone()).then(format!(" {} {}", finding.consequence, finding.action)),
        })
        .collect();
    if reasons.is_empty() {
        let sentences = model.session.refusals();
        reasons
            .extend(sentences.into_iter().map(|sentence| Reason { code: String::new(), words: Words::name(sentence) }));
    }
    reasons
}

/// Shows the screen.
pub fn refused_ui(ui: &mut Ui, body: Rect, form: Form, view: &RefusedView) -> Option<Action> {
    let (strip, rest) = body.cut_top(frame::strip_height(form));
    let (bar, middle) = rest.cut_bottom(form.gate_bar());
    if let Some(strip_view) = &view.strip {
        frame::strip_ui(ui, strip, form, strip_view);
    }
    let middle = middle.inset(form.margin(), if form.is_one() { 6.0 } else { gap::LARGE });
    if form == Form::Three {
        let (side, main) = middle.cut_right(440.0);
        main_ui(ui, main.with_max_x(main.right() - gap::LARGE), form, view);
        side_ui(ui, side, view);
    } else {
        main_ui(ui, middle, form, view);
    }
    let see = format!("See all {} decoded fields", view.fields);
    let left = [ButtonView::quiet(Icon::Eye, KeyCap::Letter('V'), &see, Action::ReadReview)];
    let primary = ButtonView::primary(Icon::Notebook, "Record refusal and close", Action::RecordRefusal);
    buttons_ui(ui, bar, &left, "", Some(&primary))
}

const OVERRIDE: &str = "No key, role or setting in this ceremony can override a refusal.";

fn main_ui(ui: &mut Ui, rect: Rect, form: Form, view: &RefusedView) {
    let band = c::RefusalBand {
        title: if rect.width() < 520.0 { "Refused. Not to be signed." } else { "Refused. This will not be signed." }
            .to_owned(),
        detail: if rect.width() < 520.0 { "Nothing can override a refusal." } else { OVERRIDE }.to_owned(),
    };
    let room = c::refusal_band(ui, rect, &band);
    let pen = Pen::new(ui);
    let sentence = if form.is_one() { Type::BODY } else { Type::SENTENCE };
    let steps = steps_height(&pen, room.width(), form, view);
    let mut y = room.top();
    let end = room.bottom() - steps;
    for (place, reason) in view.reasons.iter().enumerate() {
        let kind = if place == 0 && !form.is_one() { Type { size: 20.0, pitch: 26.0 } } else { sentence };
        let height = pen.words_size(room.width(), kind, Tone::T1, &reason.words).y;
        if place > 0 && y + height + 18.0 > end {
            let rest = view.reasons.len().saturating_sub(place);
            let ink = Ink::text(Type::LABEL).tone(Tone::T2);
            pen.line(room.left(), y, ink, &format!("Further reasons: {rest}. All are under the decoded fields."));
            break;
        }
        y += pen.words(pos2(room.left(), y), room.width(), kind, Tone::T1, &reason.words);
        pen.line(room.left(), y + 2.0, Ink::data(Type::ORDINAL).tone(Tone::T2), &reason.code);
        y += if reason.code.is_empty() { 8.0 } else { 28.0 };
    }
    effects_ui(
        &pen,
        Rect::from_min_max(pos2(room.left(), y + gap::SMALL), pos2(room.right(), end - gap::MEDIUM)),
        view,
    );
    if steps > 0.0 {
        steps_ui(&pen, room.with_min_y(end), form, view);
    }
}

/// What the request would have done: whole sentences, as many as there is room for.
fn effects_ui(pen: &Pen, rect: Rect, view: &RefusedView) {
    let ink = Ink::text(Type::BODY).tone(Tone::T2);
    let mut y = rect.top();
    if y + 26.0 + 22.0 > rect.bottom() || view.effects.is_empty() {
        return;
    }
    pen.line(rect.left(), y, Ink::strong(Type::BODY), "What it would have done");
    y += 26.0;
    for (place, sentence) in view.effects.iter().enumerate() {
        let rest = view.effects.len().saturating_sub(place);
        let height = pen.height(rect.width(), ink, sentence) + 2.0;
        if y + height + if rest > 1 { 22.0 } else { 0.0 } > rect.bottom() {
            pen.line(rect.left(), y, ink, &format!("Further down: {rest} more. V shows all."));
            return;
        }
        y += pen.paragraph(pos2(rect.left(), y), rect.width(), ink, sentence) + 2.0;
    }
}

fn steps_kind(form: Form) -> Type {
    if form.is_one() { Type::LABEL } else { Type::SENTENCE }
}

/// Height of what to do now; nothing where there is no room for it.
fn steps_height(pen: &Pen, width: f32, form: Form, view: &RefusedView) -> f32 {
    if form == Form::Tight {
        return 0.0;
    }
    let step = |step: &String| pen.height(width - 22.0, Ink::text(steps_kind(form)), step) + steps_gap(form);
    30.0 + view.steps.iter().map(step).sum::<f32>()
}

fn steps_gap(form: Form) -> f32 {
    if form.is_one() { 2.0 } else { gap::SMALL }
}

fn steps_ui(pen: &Pen, rect: Rect, form: Form, view: &RefusedView) {
    let kind = steps_kind(form);
    pen.line(rect.left(), rect.top(), Ink::strong(Type::SENTENCE), "What to do now");
    let mut y = rect.top() + 26.0;
    for (place, step) in view.steps.iter().enumerate() {
        let number = place.saturating_add(1).to_string();
        pen.line(rect.left(), y, Ink::data(kind).tone(Tone::T3), &number);
        y += pen.paragraph(pos2(rect.left() + 22.0, y), rect.width() - 22.0, Ink::text(kind), step) + steps_gap(form);
    }
}

fn side_ui(ui: &mut Ui, rect: Rect, view: &RefusedView) {
    let mut rest = rect;
    if let Some(bytes) = &view.bytes {
        let height = super::review::bytes_height(ui, rect.width(), bytes).min(rect.height() * 0.5);
        bytes_ui(ui, rect.cut_top(height).0, bytes);
        rest = rect.with_min_y(rect.top() + height + gap::MEDIUM);
    }
    let refusing = view.rules.iter().filter(|(passed, _)| !passed).count();
    let room = card_ui(ui, rest, "The rules", &format!("{refusing} of {} refuse", view.rules.len()));
    let pen = Pen::new(ui);
    let mut y = room.top();
    // Those that refuse come first: they must be on the screen.
    let order = view.rules.iter().filter(|(passed, _)| !passed).chain(view.rules.iter().filter(|(passed, _)| *passed));
    for (place, (passed, rule)) in order.enumerate() {
        let (icon, tone, ink) = match passed {
            true => (Icon::Done, Tone::Proven, Ink::text(Type::LABEL).tone(Tone::T2)),
            false => (Icon::Refuse, Tone::Refuse, Ink::strong(Type::LABEL)),
        };
        let height = pen.height(room.width() - 24.0, ink, rule) + 6.0;
        let left = view.rules.len().saturating_sub(place);
        if y + height + if left > 1 { 20.0 } else { 0.0 } > room.bottom() + 4.0 {
            pen.line(
                room.left(),
                y,
                Ink::text(Type::LABEL).tone(Tone::T2),
                &format!("Further down: {left} more rules"),
            );
            break;
        }
        pen.icon(pos2(room.left() + 8.0, y + 9.0), 15.0, icon, tone);
        pen.paragraph(pos2(room.left() + 24.0, y), room.width() - 24.0, ink, rule);
        y += height;
    }
}
