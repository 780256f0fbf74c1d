//! The gate bar: everything that must be true before signing, done or pending, with numbers.

use egui::{Rect, Ui, pos2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, gap, size};

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateView {
    /// "28 of 66 fields seen".
    pub label: String,
    /// Whether it is passed.
    pub done: bool,
}

/// Paints the bar and its gates; returns the rectangle at the right for the hold button or another control.
///
/// `control` is that control's width. Gates that do not fit in one row go into a second.
pub fn gate_bar(ui: &mut Ui, rect: Rect, gates: &[GateView], control: f32) -> Rect {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    let right = rect.right() - gap::LARGE - control;
    let rows = rows(&pen, rect.left() + gap::LARGE, right - gap::LARGE, gates);
    let pitch = 22.0;
    let count = super::address::count(rows.len());
    let mut y = rect.center().y + 0.5 - pitch * (count - 1.0) / 2.0;
    for row in rows {
        let mut x = rect.left() + gap::LARGE;
        for gate in row {
            x = paint_gate(&pen, x, y, gate) + 17.0;
        }
        y += pitch;
    }
    Rect::from_min_max(pos2(right, rect.top() + 11.0), pos2(rect.right() - gap::LARGE, rect.bottom() - 9.0))
}

fn rows<'a>(pen: &Pen, left: f32, right: f32, gates: &'a [GateView]) -> Vec<Vec<&'a GateView>> {
    let mut rows: Vec<Vec<&GateView>> = vec![Vec::new()];
    let mut x = left;
    for gate in gates {
        let width = 22.0 + pen.width(Ink::text(Type::LABEL), &gate.label);
        let fits = x + width <= right;
        match rows.last_mut() {
            Some(row) if fits || row.is_empty() => row.push(gate),
            _ => {
                rows.push(vec![gate]);
                x = left;
            }
        }
        x += width + 17.0;
    }
    rows
}

fn paint_gate(pen: &Pen, x: f32, y: f32, gate: &GateView) -> f32 {
    let (icon, tone, ink) =
        if gate.done { (Icon::Done, Tone::Proven, Tone::T2) } else { (Icon::Circle, Tone::T2, Tone::T1) };
    pen.icon(pos2(x + 8.0, y - 1.0), 16.0, icon, tone);
    pen.line_at(x + 22.0, y, Ink::text(Type::LABEL).tone(ink), &gate.label)
}

const _: () = assert!(size::GATE_BAR > 20.0, "a control must fit between the bar's margins");
