//! The proof mark: shape, word, "by" what. It stands directly beside the value it vouches for.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, size};

/// What is known about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Filled square with a tick, `proven`.
    Proven,
    /// Quotation marks, `claimed`.
    Claimed,
    /// Question mark in a disc, in a dashed frame.
    Unknown,
}

impl Mark {
    /// The mark's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "Proven",
            Self::Claimed => "Claimed",
            Self::Unknown => "Unknown",
        }
    }

    /// The mark's shape.
    pub const fn icon(self) -> Icon {
        match self {
            Self::Proven => Icon::Proven,
            Self::Claimed => Icon::Claimed,
            Self::Unknown => Icon::Unknown,
        }
    }

    /// The mark's colour.
    pub const fn tone(self) -> Tone {
        match self {
            Self::Proven => Tone::Proven,
            Self::Claimed => Tone::Claimed,
            Self::Unknown => Tone::Unknown,
        }
    }
}

/// A proof mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofMark {
    /// What is known.
    pub mark: Mark,
    /// By what, by whom, or why not: "by the address book". May be empty.
    pub by: String,
}

impl ProofMark {
    /// A mark and what stands behind it.
    pub fn new(mark: Mark, by: impl Into<String>) -> Self {
        Self { mark, by: by.into() }
    }
}

const WORD: Ink = Ink::strong(Type::LABEL);
const BY: Ink = Ink::text(Type::LABEL).tone(Tone::T2);
const TEXT: f32 = 21.0;

/// Paints a proof mark no wider than `width`; returns its height.
pub fn proof_mark(ui: &mut Ui, at: Pos2, width: f32, view: &ProofMark) -> f32 {
    proof(&Pen::new(ui), at, width, view)
}

/// Paints a proof mark with a pen: in one row where it fits, otherwise what stands behind it goes below the word.
pub fn proof(pen: &Pen, at: Pos2, width: f32, view: &ProofMark) -> f32 {
    let inset = if view.mark == Mark::Unknown { 8.0 } else { 0.0 };
    let start = at.x + inset;
    let word_end = start + TEXT + pen.width(WORD, view.mark.word());
    let room = width - (word_end + 5.0 - at.x) - inset;
    let height = if view.by.is_empty() || pen.width(BY, &view.by) <= room {
        pen.line(word_end + 5.0, at.y, BY, &view.by);
        Type::LABEL.pitch
    } else {
        let below = pos2(start + TEXT, at.y + Type::LABEL.pitch);
        Type::LABEL.pitch + pen.paragraph(below, width - TEXT - 2.0 * inset, BY, &view.by)
    };
    if view.mark == Mark::Unknown {
        let right = (word_end + 5.0 + pen.width(BY, &view.by) + inset).min(at.x + width);
        let frame = Rect::from_min_size(pos2(at.x, at.y - 1.0), vec2(right - at.x, height + 2.0));
        pen.dashed(frame, size::STROKE, Tone::Unknown);
    }
    pen.icon(pos2(start + 8.0, at.y + 9.0), 15.0, view.mark.icon(), view.mark.tone());
    pen.line(start + TEXT, at.y, WORD.tone(view.mark.tone()), view.mark.word());
    height
}

/// The width of a proof mark in one row.
pub fn proof_width(pen: &Pen, view: &ProofMark) -> f32 {
    let inset = if view.mark == Mark::Unknown { 16.0 } else { 0.0 };
    let by = if view.by.is_empty() { 0.0 } else { 5.0 + pen.width(BY, &view.by) };
    inset + TEXT + pen.width(WORD, view.mark.word()) + by
}
