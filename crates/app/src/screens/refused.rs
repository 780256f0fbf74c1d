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
    rules: Vec<String>,
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
            rules: model.session.refusals(),
            steps: vec![
                "Nobody signs. Unplug the hardware wallet.".to_owned(),
                format!("Record this refusal. Entry {entry} closes the record, which keeps the request byte for byte."),
                "Call the person who prepared it, on a number you already had. Treat their machine as taken over until shown otherwise.".to_owned(),
            ],
            bytes: BytesView::of(model),
            fields: model.session.fields_seen().1,
        }
    }
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
    if form.is_one() {
        return;
    }
    steps_ui(&pen, room.with_min_y(end), view);
}

fn steps_height(pen: &Pen, width: f32, form: Form, view: &RefusedView) -> f32 {
    if form.is_one() {
        return 0.0;
    }
    let step = |step: &String| pen.height(width - 22.0, Ink::text(Type::SENTENCE), step) + gap::SMALL;
    30.0 + view.steps.iter().map(step).sum::<f32>()
}

fn steps_ui(pen: &Pen, rect: Rect, view: &RefusedView) {
    pen.line(rect.left(), rect.top(), Ink::strong(Type::SENTENCE), "What to do now");
    let mut y = rect.top() + 30.0;
    for (place, step) in view.steps.iter().enumerate() {
        let number = place.saturating_add(1).to_string();
        pen.line(rect.left(), y, Ink::data(Type::SENTENCE).tone(Tone::T3), &number);
        let at = pos2(rect.left() + 22.0, y);
        y += pen.paragraph(at, rect.width() - 22.0, Ink::text(Type::SENTENCE), step) + gap::SMALL;
    }
}

fn side_ui(ui: &mut Ui, rect: Rect, view: &RefusedView) {
    let (upper, lower) = rect.cut_top(rect.height() * 0.55);
    if let Some(bytes) = &view.bytes {
        bytes_ui(ui, upper, bytes);
    }
    let room = card_ui(ui, lower.with_min_y(lower.top() + gap::MEDIUM), "The rule", "approval policy");
    let pen = Pen::new(ui);
    let mut y = room.top();
    for (place, rule) in view.rules.iter().enumerate() {
        let height = pen.height(room.width(), Ink::text(Type::BODY), rule) + gap::SMALL;
        if place > 0 && y + height > room.bottom() {
            let rest = view.rules.len().saturating_sub(place);
            pen.line(
                room.left(),
                y,
                Ink::text(Type::LABEL).tone(Tone::T2),
                &format!("Further rules refuse it: {rest}."),
            );
            break;
        }
        pen.paragraph(pos2(room.left(), y), room.width(), Ink::text(Type::BODY), rule);
        y += height;
    }
}
