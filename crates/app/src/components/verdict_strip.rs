//! The verdict strip: six cells that never leave between review and signature.

use egui::{Rect, Ui, pos2};

use super::hints::{self, key_cap_width};
use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::tokens::{Tone, Type, gap, size};

/// A state's mark and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing to say beyond the words.
    Plain,
    /// Passed, verified.
    Good,
    /// Needs attention.
    Caution,
    /// Refused.
    Refused,
}

impl State {
    /// The state's shape, if it has one.
    pub const fn icon(self) -> Option<Icon> {
        match self {
            Self::Plain => None,
            Self::Good => Some(Icon::Done),
            Self::Caution => Some(Icon::Caution),
            Self::Refused => Some(Icon::Refuse),
        }
    }

    /// The state's colour.
    pub const fn tone(self) -> Tone {
        match self {
            Self::Plain => Tone::T1,
            Self::Good => Tone::Proven,
            Self::Caution => Tone::Caution,
            Self::Refused => Tone::Refuse,
        }
    }
}

/// A cell with a word and a line of detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What the cell says: "Passes", "2 cautions".
    pub value: String,
    /// The state behind it.
    pub state: State,
    /// One line of detail: "9 of 9 rules".
    pub detail: String,
}

/// What leaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaving {
    /// A known total and its worst case.
    Known {
        /// The number, whole: "3.75018420".
        number: String,
        /// Its unit: "BTC".
        unit: String,
        /// "Worst case 3.75018420 BTC, the same".
        worst: String,
        /// Whether the worst case is unbounded or higher: then a caution.
        worst_is_caution: bool,
    },
    /// Nothing can be said: "Worst case: everything the Safe owns".
    Unknown {
        /// What the worst case is.
        worst: String,
    },
}

/// What the verdict strip says.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictStrip {
    /// "Bitcoin".
    pub chain: String,
    /// "mainnet".
    pub network: String,
    /// "Leaves this treasury, fee included".
    pub leaving_label: String,
    /// The total.
    pub leaving: Leaving,
    /// The approval policy's verdict.
    pub policy: Cell,
    /// The findings.
    pub findings: Cell,
    /// Bytes with a named meaning: "2,381".
    pub explained: String,
    /// Bytes of the request: "2,381".
    pub total: String,
    /// "two decoders agree".
    pub decoders: String,
    /// Whether they do.
    pub decoders_agree: bool,
    /// Six words of the digest.
    pub words: Vec<String>,
    /// Where in the digest they stand: "Digest, words 1 to 6 of 32".
    pub words_label: String,
    /// Whether the request is refused: a red rule stands below the strip.
    pub refused: bool,
}

const LABEL: Ink = Ink::text(Type::ORDINAL).tone(Tone::T3);
const DETAIL: Ink = Ink::text(Type::LABEL).tone(Tone::T2);
const VALUE: Type = Type { size: 18.0, pitch: 24.0 };
const WORD: Type = Type { size: 16.0, pitch: 22.0 };
const UNIT: Type = Type { size: 18.0, pitch: 24.0 };
const PADDING: f32 = gap::LARGE;

/// Paints the strip in one row of six cells, or in two rows of three where it is at least twice as high.
pub fn verdict_strip(ui: &mut Ui, rect: Rect, view: &VerdictStrip) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let cells: [fn(&Pen, Rect, &VerdictStrip) -> f32; 6] = [chain, leaving, policy, findings, bytes, words];
    if rect.height() >= 1.5 * size::VERDICT_STRIP {
        let (upper, lower) = rect.split_top_bottom_at_y(rect.center().y.round());
        row(&pen, upper, view, cells.get(..3).unwrap_or_default());
        row(&pen, lower, view, cells.get(3..).unwrap_or_default());
    } else {
        row(&pen, rect, view, &cells);
    }
    let (height, tone) = if view.refused { (2.0, Tone::Refuse) } else { (size::STROKE, Tone::Line) };
    pen.fill(Rect::from_min_max(pos2(rect.left(), rect.bottom() - height), rect.max), tone);
}

type PaintCell = fn(&Pen, Rect, &VerdictStrip) -> f32;

fn row(pen: &Pen, rect: Rect, view: &VerdictStrip, cells: &[PaintCell]) {
    let mut left = rect.left();
    for (place, cell) in cells.iter().enumerate() {
        let inner = Rect::from_min_max(pos2(left + PADDING, rect.top()), pos2(rect.right() - PADDING, rect.bottom()));
        let end = cell(pen, inner, view) + PADDING;
        if place + 1 < cells.len() {
            pen.upright(end, rect.top(), rect.bottom(), Tone::Line);
        }
        left = end + size::STROKE;
    }
    pen.rule(rect.left(), rect.right(), rect.bottom() - size::STROKE, Tone::Line);
}

fn chain(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, "Chain and network");
    let value = pen.line(rect.left(), rect.top() + 29.0, Ink::strong(VALUE), &view.chain);
    let detail = pen.line(rect.left(), rect.top() + 55.0, Ink::strong(Type::LABEL), &view.network);
    label.max(value).max(detail)
}

fn leaving(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, &view.leaving_label);
    let (value, worst) = match &view.leaving {
        Leaving::Known { number, unit, worst, worst_is_caution } => {
            let number = pen.on_baseline(rect.left(), rect.top() + 53.0, Ink::data(Type::TOTAL), number);
            let unit = pen.on_baseline(
                number + 18.0,
                rect.top() + 53.0,
                Ink::data(Type { size: 16.0, ..UNIT }).tone(Tone::T2),
                unit,
            );
            (unit, worst_case(pen, rect, worst, *worst_is_caution))
        }
        Leaving::Unknown { worst } => {
            let ink = Ink::strong(Type::TOTAL).tone(Tone::Refuse);
            (
                pen.on_baseline(rect.left(), rect.top() + 53.0, ink, "Cannot be known"),
                worst_case(pen, rect, worst, false),
            )
        }
    };
    label.max(value).max(worst)
}

fn worst_case(pen: &Pen, rect: Rect, worst: &str, caution: bool) -> f32 {
    let top = rect.top() + 60.0;
    if !caution {
        return pen.line(rect.left(), top, DETAIL, worst);
    }
    pen.icon(pos2(rect.left() + 7.0, top + 9.0), 14.0, Icon::Caution, Tone::Caution);
    pen.line(rect.left() + 18.0, top, Ink::strong(Type::LABEL).tone(Tone::Caution), worst)
}

fn policy(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    state_cell(pen, rect, "Policy", &view.policy)
}

fn findings(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    state_cell(pen, rect, "Findings", &view.findings)
}

fn state_cell(pen: &Pen, rect: Rect, label: &str, cell: &Cell) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, label);
    let mut x = rect.left();
    if let Some(icon) = cell.state.icon() {
        pen.icon(pos2(x + 10.0, rect.top() + 40.0), 21.0, icon, cell.state.tone());
        x += 28.0;
    }
    let value = pen.line(x, rect.top() + 29.0, Ink::strong(VALUE).tone(cell.state.tone()), &cell.value);
    let detail = pen.line(rect.left(), rect.top() + 55.0, DETAIL, &cell.detail);
    label.max(value).max(detail)
}

fn bytes(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, "Bytes explained");
    let (count, of) = (Ink::data(VALUE), Ink::data(Type { size: 16.0, ..VALUE }).tone(Tone::T2));
    let baseline = rect.top() + 47.0;
    let x = pen.on_baseline(rect.left(), baseline, count, &view.explained);
    let x = pen.on_baseline(x + 12.0, baseline, of, "of");
    let value = pen.on_baseline(x + 12.0, baseline, count, &view.total);
    let (icon, tone) = if view.decoders_agree { (Icon::Equals, Tone::T2) } else { (Icon::Differs, Tone::Refuse) };
    pen.icon(pos2(rect.left() + 7.0, rect.top() + 64.0), 14.0, icon, tone);
    let detail = pen.line(rect.left() + 18.0, rect.top() + 55.0, DETAIL, &view.decoders);
    label.max(value).max(detail)
}

fn words(pen: &Pen, rect: Rect, view: &VerdictStrip) -> f32 {
    pen.line(rect.left(), rect.top() + 10.0, LABEL, &view.words_label);
    let all = LABEL.tone(Tone::T2);
    let x = pen.line_right(rect.right(), rect.top() + 10.0, all, "all 32");
    let cap = KeyCap::Letter('W');
    hints::key_cap_at(pen, x - 5.0 - key_cap_width(pen, cap), rect.top() + 19.0, cap);
    for (row, words) in view.words.chunks(3).enumerate().take(2) {
        let top = if row == 0 { 32.0 } else { 54.0 };
        pen.line(rect.left(), rect.top() + top, Ink::data(WORD), &words.join(" "));
    }
    rect.right()
}
