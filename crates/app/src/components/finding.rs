//! Findings: cards for cautions, a band for refusals, a list for facts.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::effect_row::DENSE;
use super::hints::{self, Hint};
use super::pen::{Ink, Pen};
use super::words::Words;
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::tokens::{Tone, Type, gap, size};

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// Must be acknowledged.
    Caution,
    /// Was acknowledged.
    Acknowledged,
    /// Refused unless the ceremony folder allows this code for this object.
    Restricted,
    /// Never signable.
    Refuse,
}

impl FindingKind {
    const fn tones(self) -> (Tone, Tone) {
        match self {
            Self::Caution | Self::Acknowledged => (Tone::Caution, Tone::CautionBg),
            Self::Restricted | Self::Refuse => (Tone::Refuse, Tone::RefuseBg),
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Caution | Self::Acknowledged => Icon::Caution,
            Self::Restricted | Self::Refuse => Icon::Refuse,
        }
    }
}

/// A card: the mark, the stable code, what is true, what follows, what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingCard {
    /// What it is about.
    pub kind: FindingKind,
    /// "Caution 1 of 2".
    pub title: String,
    /// The stable code, or what stands at the right of the title.
    pub code: String,
    /// What is true and what follows from it.
    pub truth: Words,
    /// What to do.
    pub action: Words,
    /// `A` acknowledges it.
    pub acknowledge: bool,
    /// Whether it is the card that keys act on.
    pub focused: bool,
}

const BAR: f32 = 5.0;
const LEFT: f32 = 17.0;
const RIGHT: f32 = 13.0;

/// How large a card is written, and how close.
#[derive(Clone, Copy)]
struct Scale {
    top: f32,
    title: Type,
    title_to_text: f32,
    text: Type,
    action: Type,
}

const ROOMY: Scale = Scale { top: 11.0, title: Type::BODY, title_to_text: 4.0, text: Type::BODY, action: Type::LABEL };
const CLOSE: Scale =
    Scale { top: 5.0, title: Type { pitch: 18.0, ..Type::LABEL }, title_to_text: 1.0, text: DENSE, action: DENSE };

/// Paints a card; returns its height.
pub fn finding_card(ui: &mut Ui, at: Pos2, width: f32, view: &FindingCard) -> f32 {
    card(ui, at, width, ROOMY, view)
}

/// The same, written smaller and closer where it would be higher than `room`.
pub fn finding_card_within(ui: &mut Ui, at: Pos2, (width, room): (f32, f32), view: &FindingCard) -> f32 {
    let fits = card_content(&Pen::new(ui).unseen(), at, width, ROOMY, view) <= room;
    card(ui, at, width, if fits { ROOMY } else { CLOSE }, view)
}

fn card(ui: &mut Ui, at: Pos2, width: f32, scale: Scale, view: &FindingCard) -> f32 {
    let pen = Pen::new(ui);
    let height = card_content(&pen.unseen(), at, width, scale, view);
    let rect = Rect::from_min_size(at, vec2(width, height));
    let (edge, ground) = view.kind.tones();
    pen.card(rect, ground, edge);
    pen.left_bar(rect, BAR, edge);
    if view.focused {
        pen.frame(rect.expand(3.0), size::FOCUS, size::CARD_RADIUS + 3.0, Tone::Act);
    }
    card_content(&pen, at, width, scale, view)
}

fn card_content(pen: &Pen, at: Pos2, width: f32, scale: Scale, view: &FindingCard) -> f32 {
    let (left, right) = (at.x + LEFT, at.x + width - RIGHT);
    let scale = Scale { text: unbroken(pen, right - left, scale.text, &view.truth), ..scale };
    let top = at.y + scale.top;
    card_title(pen, (left, right), top, scale, view);
    let mut y = top + scale.title.pitch + scale.title_to_text;
    let room = right - left;
    y += pen.words(pos2(left, y), room, scale.text, Tone::T1, &view.truth);
    y = action(pen, (left, right), y, scale, view);
    y + scale.top - at.y
}

/// The largest size, from `kind` down, in which no word has to be broken: an address is one word.
fn unbroken(pen: &Pen, room: f32, kind: Type, words: &Words) -> Type {
    let spoken = words.spoken();
    let fits = |kind: &Type| spoken.split_whitespace().all(|word| pen.width(Ink::text(*kind), word) <= room);
    let smaller = [Type::LABEL, Type::ORDINAL].into_iter().filter(|smaller| smaller.size < kind.size);
    std::iter::once(kind).chain(smaller).find(fits).unwrap_or(kind)
}

fn card_title(pen: &Pen, (left, right): (f32, f32), top: f32, scale: Scale, view: &FindingCard) {
    let (tone, _) = view.kind.tones();
    pen.icon(pos2(left + 8.0, top + scale.title.pitch / 2.0), 16.0, view.kind.icon(), tone);
    let end = pen.line(left + 20.0, top, Ink::strong(scale.title).tone(tone), &view.title);
    let code = Ink::data(Type::ORDINAL).tone(Tone::T2);
    if end + 9.0 + pen.width(code, &view.code) <= right {
        pen.line(end + 9.0, top + 1.0, code, &view.code);
    }
}

fn action(pen: &Pen, (left, right): (f32, f32), y: f32, scale: Scale, view: &FindingCard) -> f32 {
    let answers = view.acknowledge || view.kind == FindingKind::Acknowledged;
    let at_right = if answers { 110.0 } else { 0.0 };
    let truth = pen.words_size(f32::INFINITY, scale.text, Tone::T1, &view.truth).x;
    let beside = answers && truth + at_right <= right - left;
    if view.action.is_empty() && (beside || !answers) {
        if beside {
            answer(pen, right, y - scale.text.pitch / 2.0, view);
        }
        return y;
    }
    let top = y + gap::TINY;
    let room = right - left - at_right;
    let height = pen.words(pos2(left, top), room, scale.action, Tone::T2, &view.action).max(Type::LABEL.pitch);
    answer(pen, right, top + height - Type::LABEL.pitch / 2.0, view);
    top + height
}

/// The key that acknowledges, or that it was acknowledged.
fn answer(pen: &Pen, right: f32, y: f32, view: &FindingCard) {
    if view.kind == FindingKind::Acknowledged {
        let ink = Ink::text(Type::LABEL).tone(Tone::T2);
        let x = pen.line_right(right, y - ink.kind.pitch / 2.0, ink, "acknowledged");
        pen.icon(pos2(x - 9.0, y), 14.0, Icon::Tick, Tone::Proven);
    } else if view.acknowledge {
        hints::hint_right(pen, right, y, &Hint::new(KeyCap::Letter('A'), "acknowledge"));
    }
}

/// Facts: listed, never carded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FactList {
    /// One sentence each.
    pub facts: Vec<Words>,
}

/// Paints the facts with a rule between them; returns their height.
pub fn fact_list(ui: &mut Ui, at: Pos2, width: f32, view: &FactList) -> f32 {
    let pen = Pen::new(ui);
    let mut top = at.y;
    for (place, fact) in view.facts.iter().enumerate() {
        if place > 0 {
            pen.rule(at.x, at.x + width, top, Tone::Line);
        }
        top += 6.0 + pen.words(pos2(at.x, top + 6.0), width, Type::LABEL, Tone::T1, fact) + 6.0;
    }
    top - at.y
}

/// The refusal: a solid band with white text in a 3 pt frame that holds everything that is said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusalBand {
    /// "Refused. This will not be signed."
    pub title: String,
    /// "No key, role or setting in this ceremony can override a refusal."
    pub detail: String,
}

/// Paints the band and its frame; returns the rectangle left for what is said.
pub fn refusal_band(ui: &mut Ui, rect: Rect, view: &RefusalBand) -> Rect {
    let pen = Pen::new(ui);
    let band = Rect::from_min_size(rect.min, vec2(rect.width(), 84.0));
    pen.fill_round(rect, size::CARD_RADIUS, Tone::Bg1);
    pen.fill_round(band, size::CARD_RADIUS, Tone::RefuseSolid);
    pen.fill(band.with_min_y(band.bottom() - 8.0), Tone::RefuseSolid);
    pen.frame(rect, size::HEAVY, size::CARD_RADIUS, Tone::Refuse);
    pen.icon(pos2(rect.left() + 48.0, band.center().y + 1.0), 50.0, Icon::Refuse, Tone::White);
    let text = rect.left() + 89.0;
    pen.line(text, rect.top() + 17.0, Ink::strong(Type::TOTAL).tone(Tone::White), &view.title);
    pen.line(text, rect.top() + 52.0, Ink::text(Type::LABEL).tone(Tone::White), &view.detail);
    Rect::from_min_max(pos2(rect.left() + 23.0, band.bottom() + gap::LARGE), rect.max - vec2(23.0, gap::LARGE))
}
