//! The steps on the device, in the order in which it asks for them.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, size};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Confirmed on the device.
    Done,
    /// The device waits for a hand.
    Present,
    /// Later.
    Pending,
}

/// One step on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStep {
    /// "Payee 1, address".
    pub label: String,
    /// Where it stands.
    pub state: StepState,
}

const ROW: f32 = 38.0;

/// Paints the steps; returns their height.
pub fn device_steps(ui: &mut Ui, at: Pos2, width: f32, steps: &[DeviceStep]) -> f32 {
    let pen = Pen::new(ui);
    let mut top = at.y;
    for (place, step) in steps.iter().enumerate() {
        let height = ROW.max(pen.height(width - 80.0, Ink::strong(Type::BODY), &step.label) + 18.0);
        paint_step(&pen, Rect::from_min_size(pos2(at.x, top), vec2(width, height)), place + 1, step);
        top += height;
    }
    top - at.y
}

fn paint_step(pen: &Pen, row: Rect, number: usize, step: &DeviceStep) {
    let y = row.top() + ROW / 2.0;
    if step.state == StepState::Present {
        let focused = row.shrink2(vec2(0.0, 1.0));
        pen.fill_round(focused, size::RADIUS, Tone::Bg2);
        pen.left_bar(focused, size::HEAVY, Tone::Act);
    }
    pen.line_centred(pos2(row.left() + 18.0, y), Ink::data(Type::LABEL).tone(Tone::T3), &number.to_string());
    let (icon, tone, ink) = match step.state {
        StepState::Done => (Icon::Tick, Tone::Proven, Ink::text(Type::BODY)),
        StepState::Present => (Icon::Hand, Tone::Act, Ink::strong(Type::BODY)),
        StepState::Pending => (Icon::Circle, Tone::T2, Ink::text(Type::BODY)),
    };
    pen.icon(pos2(row.left() + 48.0, y), 17.0, icon, tone);
    pen.paragraph(pos2(row.left() + 72.0, y - ink.kind.pitch / 2.0), row.width() - 80.0, ink, &step.label);
}
