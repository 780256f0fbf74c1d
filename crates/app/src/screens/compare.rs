//! Compare: six words, as large as nothing else; then Space is held.

use egui::{Rect, Ui, pos2};

use super::bars::{GatesView, gates_ui};
use super::frame::{self, number};
use super::leaving::leaving_line;
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen};
use crate::model::{Action, Model};
use crate::tokens::{Tone, Type, gap, size};
use vitrine_ceremony::Askings;
use vitrine_review::{EffectKind, Review};

/// What the screen shows.
pub struct CompareView {
    strip: Option<c::VerdictStrip>,
    words: Vec<String>,
    groups: Vec<String>,
    facts: Vec<(&'static str, String)>,
    gates: GatesView,
    next: &'static str,
    note: Option<String>,
}

impl CompareView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let review = model.session.review();
        let digest = review.map(Review::digest);
        Self {
            strip: frame::verdict_strip(model),
            words: digest.iter().flat_map(|digest| digest.words()).map(str::to_owned).collect(),
            groups: digest.iter().flat_map(|digest| digest.groups()).collect(),
            facts: review.map(facts).unwrap_or_default(),
            gates: GatesView::of(model),
            next: next(model.session.askings()),
            note: model.note.clone(),
        }
    }
}

/// What follows once the digest is approved.
const fn next(askings: Askings) -> &'static str {
    match askings {
        Askings::Once => {
            "Holding Space approves exactly this digest. The hardware wallet then asks for its own confirmation."
        }
        Askings::Twice => {
            "Holding Space approves exactly this digest. The hardware wallet then asks for its own confirmation, twice: \
             it must give the same signatures both times, for one whose nonces vary can leak its key."
        }
    }
}

fn facts(review: &Review) -> Vec<(&'static str, String)> {
    let effects = review.effects();
    let payees = effects.list.iter().filter(|effect| effect.kind == EffectKind::Pays).count();
    vec![
        (frame::leaving_label(review), leaving_line(effects)),
        ("Payees", number(payees)),
        ("Bytes of the request", number(review.account().total())),
        ("Findings", number(review.findings().len())),
    ]
}

/// Shows the screen.
pub fn compare_ui(ui: &mut Ui, body: Rect, form: Form, view: &CompareView) -> Option<Action> {
    let (strip, rest) = body.cut_top(frame::strip_height(form));
    let (gates, middle) = rest.cut_bottom(form.gate_bar());
    if let Some(strip_view) = &view.strip {
        frame::strip_ui(ui, strip, form, strip_view);
    }
    gates_ui(ui, gates, form, &view.gates);
    if form.is_one() {
        words_ui(ui, middle, form, view);
        return None;
    }
    let (left, right) = middle.cut_left(middle.width() / 2.0);
    words_ui(ui, left, form, view);
    digest_ui(ui, right, view);
    None
}

fn words_ui(ui: &mut Ui, rect: Rect, form: Form, view: &CompareView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let one = form.is_one();
    let inner = rect.inset(if one { gap::MEDIUM } else { gap::WIDE }, if one { 4.0 } else { gap::LARGE });
    let title = if one { Ink::strong(Type::SENTENCE) } else { Ink::strong(Type::TITLE) };
    let mut y = inner.top();
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), title, "Do all screens show these six words?");
    let how = "Read them aloud, one person per machine. Any difference, even one letter: press N.";
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), Ink::text(Type::BODY).tone(Tone::T2), how);
    y += if one { 4.0 } else { gap::MEDIUM };
    let six = view.words.get(..6).unwrap_or_default();
    if form == Form::Tight {
        return tight_words_ui(ui, inner.with_min_y(y), six);
    }
    y += c::six_words(ui, pos2(inner.left(), y), inner.width(), six) + gap::LARGE;
    let pen = Pen::new(ui);
    if let Some(note) = &view.note {
        let ink = Ink::strong(Type::BODY).tone(Tone::Caution);
        pen.paragraph(pos2(inner.left(), y), inner.width(), ink, note);
    } else if !one {
        let why = "Every machine scanned the operator's screen itself and read the request on its own. The words stand for the request, the ceremony folder and everything the review says.";
        y += pen.paragraph(pos2(inner.left(), y), inner.width(), Ink::text(Type::LABEL).tone(Tone::T2), why);
        let at = pos2(inner.left(), y + gap::SMALL);
        pen.paragraph(at, inner.width(), Ink::text(Type::LABEL).tone(Tone::T2), view.next);
    }
}

/// Six words in a low window: smaller, and still larger than anything else.
fn tight_words_ui(ui: &mut Ui, room: Rect, words: &[String]) {
    let pen = Pen::new(ui);
    let (width, height) = ((room.width() - gap::SMALL) / 2.0, ((room.height() - 2.0 * gap::TINY) / 3.0).min(63.0));
    for (place, word) in words.iter().enumerate() {
        let (column, row) = ((place % 2) as f32, (place / 2) as f32);
        let corner = pos2(room.left() + column * (width + gap::SMALL), room.top() + row * (height + gap::TINY));
        let cell = Rect::from_min_size(corner, egui::vec2(width, height));
        pen.card(cell, Tone::Bg0, Tone::Edge);
        let number = Ink::data(Type::LABEL).tone(Tone::T3);
        let x = pen.line_at(cell.left() + 10.0, cell.center().y + 4.0, number, &place.saturating_add(1).to_string());
        pen.line_at(x + 10.0, cell.center().y, Ink::data_strong(Type { size: 24.0, pitch: 32.0 }), word);
    }
}

fn digest_ui(ui: &mut Ui, rect: Rect, view: &CompareView) {
    Pen::new(ui).upright(rect.left(), rect.top(), rect.bottom(), Tone::Line);
    let inner = rect.inset(20.0, gap::LARGE);
    let (left, width) = (inner.left(), inner.width());
    let mut y = inner.top();
    y += c::panel_head(ui, inner.min, width, "The whole digest", "for those who want to compare all of it") + 10.0;
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    y += Pen::new(ui).paragraph(pos2(left, y), width, quiet, "SHA-256, 16 groups of four") + 4.0;
    y += c::digest_groups(ui, pos2(left, y), Type::ADDRESS, 4, &view.groups) + 10.0;
    Pen::new(ui).rule(left, inner.right(), y, Tone::Line);
    y += 10.0;
    let same = "The same as 32 words. Odd places have two syllables, even places three.";
    y += Pen::new(ui).paragraph(pos2(left, y), width, quiet, same) + 4.0;
    y += c::digest_words(ui, pos2(left, y), width, &view.words) + 10.0;
    Pen::new(ui).rule(left, inner.right(), y, Tone::Line);
    y += 10.0;
    let pen = Pen::new(ui);
    let head = 26.0;
    if y + head + 21.0 * view.facts.len() as f32 > inner.bottom() + size::STROKE {
        return;
    }
    pen.line(left, y, quiet, "What all machines must also agree on");
    y += head;
    for (label, value) in &view.facts {
        pen.line(left, y, Ink::text(Type::LABEL), label);
        pen.line_right(inner.right(), y, Ink::data(Type::LABEL), value);
        y += 21.0;
    }
}
