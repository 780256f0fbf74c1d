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

/// How large things are written: as wide as the pictures, or so that six cells fit into a smaller window.
#[derive(Clone, Copy)]
struct Scale {
    padding: f32,
    total: Type,
    unit: Type,
    value: Type,
    count: Type,
    detail: Type,
    word: Type,
    words_a_row: usize,
    icon: f32,
}

const WIDE: Scale = Scale {
    padding: gap::LARGE,
    total: Type::TOTAL,
    unit: Type { size: 16.0, pitch: 24.0 },
    value: Type { size: 18.0, pitch: 24.0 },
    count: Type::LEDGER,
    detail: Type::LABEL,
    word: Type::SENTENCE,
    words_a_row: 3,
    icon: 21.0,
};

const NARROW: Scale = Scale {
    padding: gap::SMALL,
    total: Type { size: 22.0, pitch: 34.0 },
    unit: Type { size: 14.0, pitch: 24.0 },
    value: Type { size: 16.0, pitch: 24.0 },
    count: Type { size: 15.0, pitch: 24.0 },
    detail: Type::ORDINAL,
    word: Type::LABEL,
    words_a_row: 2,
    icon: 18.0,
};

/// Paints the strip in one row of six cells.
///
/// Where the digest's words would not fit whole, they are left out and their key is named instead.
pub fn verdict_strip(ui: &mut Ui, rect: Rect, view: &VerdictStrip) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let room = |scale: &Scale| rect.right() - cells(&pen.unseen(), rect, view, scale) - 2.0 * scale.padding;
    let fits = |scale: &&Scale| words_width(&pen, view, scale) <= room(scale);
    let scale = [WIDE, NARROW].iter().find(fits).copied().unwrap_or(NARROW);
    let left = cells(&pen, rect, view, &scale) + scale.padding;
    let last = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right() - scale.padding, rect.bottom()));
    words(&pen, last, view, &scale);
    let (height, tone) = if view.refused { (2.0, Tone::Refuse) } else { (size::STROKE, Tone::Line) };
    pen.fill(Rect::from_min_max(pos2(rect.left(), rect.bottom() - height), rect.max), tone);
}

/// Paints the first five cells with a rule after each; returns where the sixth begins.
fn cells(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    type PaintCell = fn(&Pen, Rect, &VerdictStrip, &Scale) -> f32;
    let cells: [PaintCell; 5] = [chain, leaving, policy, findings, bytes];
    let mut left = rect.left();
    for cell in cells {
        let inner = rect.with_min_x(left + scale.padding);
        let end = cell(pen, inner, view, scale) + scale.padding;
        pen.upright(end, rect.top(), rect.bottom(), Tone::Line);
        left = end + size::STROKE;
    }
    left
}

fn chain(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, "Chain and network");
    let value = pen.line(rect.left(), rect.top() + 29.0, Ink::strong(scale.value), &view.chain);
    let detail = pen.line(rect.left(), rect.top() + 55.0, Ink::strong(scale.detail), &view.network);
    label.max(value).max(detail)
}

fn leaving(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    let baseline = rect.top() + 53.0;
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, &view.leaving_label);
    let (value, worst) = match &view.leaving {
        Leaving::Known { number, unit, worst, worst_is_caution } => {
            let end = pen.on_baseline(rect.left(), baseline, Ink::data(scale.total), number);
            let end = pen.on_baseline(end + 18.0, baseline, Ink::data(scale.unit).tone(Tone::T2), unit);
            (end, worst_case(pen, rect, scale, worst, *worst_is_caution))
        }
        Leaving::Unknown { worst } => {
            let ink = Ink::strong(scale.total).tone(Tone::Refuse);
            let end = pen.on_baseline(rect.left(), baseline, ink, "Cannot be known");
            (end, worst_case(pen, rect, scale, worst, false))
        }
    };
    label.max(value).max(worst)
}

fn worst_case(pen: &Pen, rect: Rect, scale: &Scale, worst: &str, caution: bool) -> f32 {
    let top = rect.top() + 60.0;
    if !caution {
        return pen.line(rect.left(), top, Ink::text(scale.detail).tone(Tone::T2), worst);
    }
    pen.icon(pos2(rect.left() + 7.0, top + 9.0), 14.0, Icon::Caution, Tone::Caution);
    pen.line(rect.left() + 18.0, top, Ink::strong(scale.detail).tone(Tone::Caution), worst)
}

fn policy(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    state_cell(pen, rect, scale, "Policy", &view.policy)
}

fn findings(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    state_cell(pen, rect, scale, "Findings", &view.findings)
}

fn state_cell(pen: &Pen, rect: Rect, scale: &Scale, label: &str, cell: &Cell) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, label);
    let mut x = rect.left();
    if let Some(icon) = cell.state.icon() {
        pen.icon(pos2(x + scale.icon / 2.0, rect.top() + 40.0), scale.icon, icon, cell.state.tone());
        x += scale.icon + 7.0;
    }
    let value = pen.line(x, rect.top() + 29.0, Ink::strong(scale.value).tone(cell.state.tone()), &cell.value);
    let detail = pen.line(rect.left(), rect.top() + 55.0, Ink::text(scale.detail).tone(Tone::T2), &cell.detail);
    label.max(value).max(detail)
}

fn bytes(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) -> f32 {
    let label = pen.line(rect.left(), rect.top() + 9.0, LABEL, "Bytes explained");
    let (count, of) = (Ink::data(scale.count), Ink::data(scale.detail).tone(Tone::T2));
    let baseline = rect.top() + 47.0;
    let x = pen.on_baseline(rect.left(), baseline, count, &view.explained);
    let x = pen.on_baseline(x + 10.0, baseline, of, "of");
    let value = pen.on_baseline(x + 10.0, baseline, count, &view.total);
    let (icon, tone) = if view.decoders_agree { (Icon::Equals, Tone::T2) } else { (Icon::Differs, Tone::Refuse) };
    pen.icon(pos2(rect.left() + 7.0, rect.top() + 64.0), 14.0, icon, tone);
    let detail = Ink::text(scale.detail).tone(Tone::T2);
    let detail = pen.line(rect.left() + 18.0, rect.top() + 55.0, detail, &view.decoders);
    label.max(value).max(detail)
}

/// The words in rows, as they are written.
fn word_rows(view: &VerdictStrip, scale: &Scale) -> Vec<String> {
    view.words.chunks(scale.words_a_row).map(|words| words.join(" ")).collect()
}

fn words_width(pen: &Pen, view: &VerdictStrip, scale: &Scale) -> f32 {
    let rows = word_rows(view, scale);
    rows.iter().map(|row| pen.width(Ink::data(scale.word), row)).fold(pen.width(LABEL, &view.words_label), f32::max)
}

fn words(pen: &Pen, rect: Rect, view: &VerdictStrip, scale: &Scale) {
    let label_end = pen.width(LABEL, &view.words_label) + rect.left();
    let cap = KeyCap::Letter('W');
    let all = rect.right() - pen.width(LABEL, "all 32") - 5.0 - key_cap_width(pen, cap);
    let fit = words_width(pen, view, scale) <= rect.width();
    if all > label_end + gap::SMALL || !fit {
        let x = hints::key_cap_at(pen, if fit { all } else { rect.left() }, rect.top() + 19.0, cap);
        pen.line(x + 5.0, rect.top() + 10.0, LABEL, "all 32");
    }
    if !fit {
        return;
    }
    pen.line(rect.left(), rect.top() + 10.0, LABEL, &view.words_label);
    let rows = word_rows(view, scale);
    let pitch = if rows.len() > 2 { 17.0 } else { scale.word.pitch };
    let mut y = rect.top() + if rows.len() > 2 { 37.0 } else { 43.0 };
    for row in rows {
        pen.line_at(rect.left(), y, Ink::data(scale.word), &row);
        y += pitch;
    }
}
