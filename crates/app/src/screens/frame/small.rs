//! The verdict strip where there is little room: two rows of three cells, label and value.

use egui::{Rect, Ui, pos2};

use crate::components::{self as c, Ink, Pen};
use crate::screens::place::Cut;
use crate::tokens::{Tone, Type, gap, size};

const ROW: f32 = 50.0;
const WORDS_ROW: f32 = 62.0;

/// Height of both rows.
pub const HEIGHT: f32 = ROW + WORDS_ROW;

const LABEL: Ink = Ink::text(Type::ORDINAL).tone(Tone::T3);
const VALUE: Type = Type { size: 17.0, pitch: 24.0 };
const WORD: Ink = Ink::data(Type { size: 13.5, pitch: 19.0 });

/// Below this width labels stand without details.
const BRIEF: f32 = 640.0;

/// Shows the strip.
pub fn strip_ui(ui: &mut Ui, rect: Rect, view: &c::VerdictStrip) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let (upper, lower) = rect.cut_top(ROW);
    let x = cell(&pen, upper, upper.left(), "Chain", &format!("{} {}", view.chain, view.network), c::State::Plain);
    let x = leaving(&pen, upper, x, view);
    let brief = rect.width() < BRIEF;
    state(&pen, upper, x, "Policy", &view.policy, brief);
    let x = state(&pen, lower, lower.left(), "Findings", &view.findings, brief);
    let explained = format!("{} of {}", view.explained, view.total);
    let x = cell(&pen, lower, x, "Bytes explained", &explained, c::State::Plain);
    words(&pen, lower, x, view);
    pen.rule(rect.left(), rect.right(), upper.bottom() - size::STROKE, Tone::Line);
    let (height, tone) = if view.refused { (2.0, Tone::Refuse) } else { (size::STROKE, Tone::Line) };
    pen.fill(rect.with_min_y(rect.bottom() - height), tone);
}

/// Shows a cell; returns where the next one begins.
fn cell(pen: &Pen, row: Rect, left: f32, label: &str, value: &str, state: c::State) -> f32 {
    let x = left + gap::MEDIUM;
    let label_end = pen.line(x, row.top() + 4.0, LABEL, label);
    let mut text = x;
    if let Some(icon) = state.icon() {
        pen.icon(pos2(x + 9.0, row.top() + 33.0), 18.0, icon, state.tone());
        text += 24.0;
    }
    let end = pen.line(text, row.top() + 22.0, Ink::strong(VALUE).tone(state.tone()), value);
    divide(pen, row, label_end.max(end))
}

fn divide(pen: &Pen, row: Rect, end: f32) -> f32 {
    let x = end + gap::MEDIUM;
    pen.upright(x, row.top(), row.bottom(), Tone::Line);
    x + size::STROKE
}

fn state(pen: &Pen, row: Rect, left: f32, label: &str, view: &c::Cell, brief: bool) -> f32 {
    let detailed = format!("{label}, {}", view.detail);
    let label = if brief || view.detail.is_empty() { label } else { &detailed };
    cell(pen, row, left, label, &view.value, view.state)
}

fn leaving(pen: &Pen, row: Rect, left: f32, view: &c::VerdictStrip) -> f32 {
    let x = left + gap::MEDIUM;
    match &view.leaving {
        c::Leaving::Unknown { worst } => cell(pen, row, left, worst, "Cannot be known", c::State::Refused),
        c::Leaving::Known { number, unit, worst, worst_is_caution } => {
            let label = match (worst_is_caution, worst.ends_with("the same")) {
                (false, true) if row.width() < BRIEF => "Leaves, worst case the same".to_owned(),
                (false, true) => "Leaves, fee included, worst case the same".to_owned(),
                _ => format!("Leaves, fee included. {worst}"),
            };
            let ink = if *worst_is_caution { Ink::strong(Type::ORDINAL).tone(Tone::Caution) } else { LABEL };
            let label_end = pen.line(x, row.top() + 4.0, ink, &label);
            let baseline = row.top() + 40.0;
            let end = pen.on_baseline(x, baseline, Ink::data(Type { size: 20.0, pitch: 24.0 }), number);
            let end = pen.on_baseline(end + 6.0, baseline, Ink::text(Type::BODY).tone(Tone::T2), unit);
            divide(pen, row, label_end.max(end))
        }
    }
}

fn words(pen: &Pen, row: Rect, left: f32, view: &c::VerdictStrip) {
    let x = left + gap::MEDIUM;
    pen.line(x, row.top() + 3.0, LABEL, &view.words_label);
    let three: Vec<String> = view.words.chunks(3).map(|words| words.join(" ")).collect();
    let widest = three.iter().map(|row| pen.width(WORD, row)).fold(0.0, f32::max);
    if x + widest + gap::SMALL <= row.right() {
        for (text, top) in three.iter().zip([20.0, 39.0]) {
            pen.line(x, row.top() + top, WORD, text);
        }
        return;
    }
    let small = Ink::data(Type { size: 12.0, pitch: 14.0 });
    for (text, top) in view.words.chunks(2).map(|words| words.join(" ")).zip([18.0, 32.0, 46.0]) {
        pen.line(x, row.top() + top, small, &text);
    }
}
