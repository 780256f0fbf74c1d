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
const SENTENCE_TO_ADDRESS: f32 = 5.0;
const AMOUNT_TO_SENTENCE: f32 = 18.0;
const LINE: f32 = 22.0;

/// Paints an effect row with the rule below it; returns its height.
///
/// The amount stands in the first [`size::LEDGER_AMOUNTS`] points, right-aligned.
pub fn effect_row(ui: &mut Ui, at: Pos2, width: f32, view: &EffectRow) -> f32 {
    let pen = Pen::new(ui);
    let height = content(&unseen(ui), at, width, view);
    if view.state == EffectState::Focused {
        pen.fill(Rect::from_min_size(at, vec2(width, height)), Tone::Bg2);
        pen.fill(Rect::from_min_size(at, vec2(size::HEAVY, height)), Tone::Act);
    }
    content(&pen, at, width, view);
    pen.rule(at.x, at.x + width, at.y + height - size::STROKE, Tone::Line);
    height
}

/// A pen that leaves no marks, to learn the height before the ground is painted.
fn unseen(ui: &mut Ui) -> Pen {
    Pen::new(&ui.new_child(egui::UiBuilder::new().invisible()))
}

fn content(pen: &Pen, at: Pos2, width: f32, view: &EffectRow) -> f32 {
    let top = at.y + PADDING;
    let right = at.x + size::LEDGER_AMOUNTS - 2.0;
    let mut amount_bottom = top;
    let role = Ink::text(Type::LABEL).tone(Tone::T2);
    if let Some(amount) = &view.amount {
        amount::amount_right(pen, right, top - 2.0, Type::LEDGER, amount);
        amount_bottom += Type::LEDGER.pitch;
    }
    if !view.role.is_empty() {
        pen.line_right(right, amount_bottom, role, &view.role);
        amount_bottom += role.kind.pitch;
    }
    let left = right + AMOUNT_TO_SENTENCE;
    let room = at.x + width - gap::LARGE - left;
    let sentence = sentence(pen, pos2(left, top - 1.0), room, view);
    let below = pos2(left, top + sentence + SENTENCE_TO_ADDRESS);
    let bottom = body(pen, below, room, view);
    bottom.max(amount_bottom).max(top + sentence - 1.0) + PADDING - 1.0 - at.y + size::STROKE
}

/// The sentence; a proof without an address stands at its right where it fits.
fn sentence(pen: &Pen, at: Pos2, room: f32, view: &EffectRow) -> f32 {
    pen.words(at, room, Type::SENTENCE, Tone::T1, &view.sentence)
}

fn body(pen: &Pen, at: Pos2, room: f32, view: &EffectRow) -> f32 {
    if let Some(comparison) = &view.comparison {
        return at.y + address::compared(pen, at, room, comparison);
    }
    let Some(block) = &view.address else { return provenance(pen, at, room, view) };
    let size = address::paint(pen, at, block);
    let beside = pos2(at.x + size.x + gap::WIDE, at.y + (block.kind.pitch - LINE) / 2.0);
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
    top
}
