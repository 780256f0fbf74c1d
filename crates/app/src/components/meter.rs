//! Meters: how far a measured value is from where reading is reliable.

use egui::{Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type};

/// A measured value against what it must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Meter {
    /// "Module size".
    pub label: String,
    /// How full the bar is, 0 to 1.
    pub share: f32,
    /// Where the bar is good enough, 0 to 1.
    pub threshold: f32,
    /// "2.4 of 3.0 px".
    pub reading: String,
    /// Whether it is good enough.
    pub good: bool,
}

const LABELS: f32 = 118.0;
const BAR: f32 = 112.0;
const THICK: f32 = 8.0;

/// Paints a meter in one row.
pub fn meter(ui: &mut Ui, rect: Rect, view: &Meter) {
    let pen = Pen::new(ui);
    let y = rect.center().y;
    pen.line_at(rect.left(), y, Ink::text(Type::BODY).tone(Tone::T2), &view.label);
    let bar = Rect::from_min_size(pos2(rect.left() + LABELS, y - THICK / 2.0), vec2(BAR, THICK));
    bar_and_threshold(&pen, bar, view);
    let x = bar.right() + 10.0;
    if view.good {
        pen.icon(pos2(x + 7.0, y), 14.0, Icon::Tick, Tone::T1);
        pen.line_at(x + 18.0, y, Ink::text(Type::LABEL), &view.reading);
    } else {
        pen.icon(pos2(x + 7.0, y - 1.0), 14.0, Icon::Caution, Tone::Caution);
        pen.line_at(x + 18.0, y, Ink::strong(Type::LABEL).tone(Tone::Caution), &view.reading);
    }
}

fn bar_and_threshold(pen: &Pen, bar: Rect, view: &Meter) {
    pen.fill(bar, Tone::Bg3);
    let full = bar.with_max_x(bar.left() + bar.width() * view.share.clamp(0.0, 1.0));
    pen.fill(full, if view.good { Tone::T2 } else { Tone::Caution });
    let x = bar.left() + bar.width() * view.threshold.clamp(0.0, 1.0);
    pen.fill(Rect::from_min_max(pos2(x, bar.top() - 3.0), pos2(x + 2.0, bar.bottom() + 3.0)), Tone::T1);
}

/// Paints a bar of progress, `share` from 0 to 1.
pub fn progress_bar(ui: &mut Ui, rect: Rect, share: f32) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg3);
    pen.fill(rect.with_max_x(rect.left() + rect.width() * share.clamp(0.0, 1.0)), Tone::T1);
}
