//! An effect: the amount and its role, what happens in a sentence, to which address, and how that is known.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::address::{self, AddressBlock, Comparison};
use super::amount::{self, Amount};
use super::pen::{Ink, Pen};
use super::proof::{self, ProofMark};
use super::words::Words;
use crate::tokens::{Tone, Type, gap, size};

/// How an effect row stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EffectState {
    /// Not focused.
    #[default]
    Plain,
    /// Focused: `bg2`, a bar of `act`.
    Focused,
}

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EffectRow {
    /// What is moved, if something is.
    pub amount: Option<Amount>,
    /// The role below the amount: "Payee 2", "Change".
    pub role: String,
    /// "Sends to Halden Freight AS".
    pub sentence: Words,
    /// The address, whole.
    pub address: Option<AddressBlock>,
    /// Instead of the address: it and the book's entry that it resembles.
    pub comparison: Option<Comparison>,
    /// How the row is known.
    pub proof: Option<ProofMark>,
    /// Lines below the proof: "Added 2026-03-14 by M. Okafor".
    pub provenance: Vec<Words>,
    /// Whether the row is focused.
    pub state: EffectState,
}

const PADDING: f32 = 12.0;
const SENTENCE_TO_ADDRESS: f32 = 4.0;
const AMOUNT_TO_SENTENCE: f32 = 18.0;
const LINE: f32 = 22.0;

/// Paints an effect row with the rule below it; returns its height.
///
/// The amount stands in the first [`size::LEDGER_AMOUNTS`] points, right-aligned.
pub fn effect_row(ui: &mut Ui, at: Pos2, width: f32, view: &EffectRow) -> f32 {
    row(ui, at, width, view, content)
}

/// The same, written smaller and closer where it would be higher than `room`.
pub fn effect_row_within(ui: &mut Ui, at: Pos2, (width, room): (f32, f32), view: &EffectRow) -> f32 {
    let fits = content(&Pen::new(ui).unseen(), at, width, view) <= room;
    row(ui, at, width, view, if fits { content } else { dense_content })
}

type Content = fn(&Pen, Pos2, f32, &EffectRow) -> f32;

fn row(ui: &mut Ui, at: Pos2, width: f32, view: &EffectRow, content: Content) -> f32 {
    let pen = Pen::new(ui);
    let height = content(&pen.unseen(), at, width, view);
    if view.state == EffectState::Focused {
        pen.fill(Rect::from_min_size(at, vec2(width, height)), Tone::Bg2);
        pen.fill(Rect::from_min_size(at, vec2(size::HEAVY, height)), Tone::Act);
    }
    content(&pen, at, width, view);
    pen.rule(at.x, at.x + width, at.y + height - size::STROKE, Tone::Line);
    height
}

fn content(pen: &Pen, at: Pos2, width: f32, view: &EffectRow) -> f32 {
    let top = at.y + PADDING;
    let (left, sentence_top, amount_bottom) = if width < STACKED {
        let bottom = amount_above(pen, pos2(at.x + gap::LARGE, top), view);
        (at.x + gap::LARGE, bottom, bottom)
    } else {
        let right = at.x + size::LEDGER_AMOUNTS - 2.0;
        (right + AMOUNT_TO_SENTENCE, top, amount_aside(pen, right, top, view))
    };
    let room = at.x + width - gap::LARGE - left;
    let sentence = sentence(pen, pos2(left, sentence_top - 1.0), room, view);
    let sentence_bottom = sentence_top + sentence;
    let body = if aside_width(pen, room, view).is_some() {
        sentence_bottom
    } else {
        body(pen, pos2(left, sentence_bottom + SENTENCE_TO_ADDRESS), room, view)
    };
    body.max(amount_bottom).max(sentence_bottom - 1.0) + PADDING - 1.0 - at.y + size::STROKE
}

/// Sentences where there is little room: the smallest size, rows closer.
pub(super) const DENSE: Type = Type { size: 12.0, pitch: 16.0 };
/// An address where there is little room.
const DENSE_ADDRESS: Type = Type { size: 13.0, pitch: 16.0 };
const DENSE_PADDING: f32 = 4.0;

/// The same things closer to each other: what is said of the effect stands in rows as wide as the sentence.
fn dense_content(pen: &Pen, at: Pos2, width: f32, view: &EffectRow) -> f32 {
    let (left, room) = (at.x + gap::LARGE, width - 2.0 * gap::LARGE);
    let mut y = amount_above(pen, pos2(left, at.y + DENSE_PADDING), view);
    y += pen.words(pos2(left, y), room, DENSE, Tone::T1, &view.sentence) + 2.0;
    let mut beside = pos2(left, y);
    let mut bottom = y;
    if let Some(comparison) = &view.comparison {
        bottom += address::compared(pen, beside, room, comparison);
        beside.y = bottom;
    } else if let Some(block) = &view.address {
        let size = address::paint(pen, beside, &AddressBlock { kind: DENSE_ADDRESS, ..block.clone() });
        bottom += size.y;
        beside.x += size.x + gap::MEDIUM;
    }
    if let Some(mark) = &view.proof {
        bottom = bottom.max(beside.y + proof::proof(pen, beside, left + room - beside.x, mark));
    }
    let mut said = view.provenance.iter();
    if let Some(first) = said.next() {
        let words = said.fold(first.clone(), |words, line| words.then("  ").and(line));
        bottom += 2.0 + pen.words(pos2(left, bottom + 2.0), room, DENSE, Tone::T2, &words);
    }
    bottom + DENSE_PADDING - at.y + size::STROKE
}

/// Below this width the amount stands above its sentence.
const STACKED: f32 = 700.0;
const ROLE: Ink = Ink::text(Type::LABEL).tone(Tone::T2);

/// The amount and below it the role, right-aligned; returns where they end.
fn amount_aside(pen: &Pen, right: f32, top: f32, view: &EffectRow) -> f32 {
    let mut bottom = top;
    if let Some(amount) = &view.amount {
        amount::amount_right(pen, right, top - 2.0, Type::LEDGER, amount);
        bottom += Type::LEDGER.pitch;
    }
    if !view.role.is_empty() {
        pen.line_right(right, bottom, ROLE, &view.role);
        bottom += ROLE.kind.pitch;
    }
    bottom
}

/// The amount and beside it the role; returns where they end.
fn amount_above(pen: &Pen, at: Pos2, view: &EffectRow) -> f32 {
    let mut x = at.x;
    if let Some(amount) = &view.amount {
        x = amount::amount_left(pen, x, at.y, Type::LEDGER, amount) + gap::MEDIUM;
    }
    pen.line_at(x, at.y + Type::LEDGER.pitch / 2.0 + 1.0, ROLE, &view.role);
    let empty = view.amount.is_none() && view.role.is_empty();
    if empty { at.y } else { at.y + Type::LEDGER.pitch + gap::TINY }
}

/// The sentence; where there is no address, a short provenance stands at its right.
fn sentence(pen: &Pen, at: Pos2, room: f32, view: &EffectRow) -> f32 {
    if let Some(width) = aside_width(pen, room, view) {
        aside(pen, pos2(at.x + room - width, at.y + (Type::SENTENCE.pitch - Type::LABEL.pitch) / 2.0), view);
    }
    pen.words(at, room, Type::SENTENCE, Tone::T1, &view.sentence)
}

const ASIDE_GAP: f32 = gap::SMALL;

/// The width of the provenance in one row, if it fits beside the sentence.
fn aside_width(pen: &Pen, room: f32, view: &EffectRow) -> Option<f32> {
    if view.address.is_some() || view.comparison.is_some() || view.provenance.len() > 1 {
        return None;
    }
    let one_row = |words: &Words, kind| pen.words_size(f32::INFINITY, kind, Tone::T1, words).x;
    let provenance: f32 = view.provenance.iter().map(|words| one_row(words, Type::LABEL) + ASIDE_GAP).sum();
    let width = provenance + view.proof.as_ref().map_or(0.0, |mark| proof::proof_width(pen, mark));
    (one_row(&view.sentence, Type::SENTENCE) + gap::WIDE + width <= room).then_some(width)
}

fn aside(pen: &Pen, at: Pos2, view: &EffectRow) {
    let mut x = at.x;
    for words in &view.provenance {
        x = pen.words_line(x, at.y, Type::LABEL, Tone::T2, words) + ASIDE_GAP;
    }
    if let Some(mark) = &view.proof {
        proof::proof(pen, pos2(x, at.y), f32::INFINITY, mark);
    }
}

fn body(pen: &Pen, at: Pos2, room: f32, view: &EffectRow) -> f32 {
    if let Some(comparison) = &view.comparison {
        return at.y + address::compared(pen, at, room, comparison);
    }
    let Some(block) = &view.address else { return provenance(pen, at, room, view) };
    let size = address::paint(pen, at, block);
    let beside = pos2(at.x + size.x + gap::WIDE, at.y - size::STROKE);
    let beside_room = at.x + room - beside.x;
    let bottom = if beside_room >= 180.0 {
        provenance(pen, beside, beside_room, view)
    } else {
        provenance(pen, pos2(at.x, at.y + size.y + gap::TINY), room, view)
    };
    bottom.max(at.y + size.y)
}

fn provenance(pen: &Pen, at: Pos2, room: f32, view: &EffectRow) -> f32 {
    let mut top = at.y;
    let inset = (LINE - Type::LABEL.pitch) / 2.0;
    if let Some(mark) = &view.proof {
        top += proof::proof(pen, pos2(at.x, top + inset), room, mark) + 2.0 * inset;
    }
    for line in &view.provenance {
        top += pen.words(pos2(at.x, top + inset), room, Type::LABEL, Tone::T2, line) + 2.0 * inset;
    }
    top - 2.0 * inset
}
