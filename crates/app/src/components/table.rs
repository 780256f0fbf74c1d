//! Labels with values, and the heads of panels.

use egui::{Pos2, Ui, pos2};

use super::pen::{Ink, Pen};
use super::words::Words;
use crate::tokens::{Tone, Type};

/// Paints a label and, `indent` points to its right, its value; returns the height.
pub fn labelled_row(ui: &mut Ui, at: Pos2, width: f32, indent: f32, label: &str, value: &Words) -> f32 {
    let pen = Pen::new(ui);
    let label = pen.paragraph(at, indent - 4.0, Ink::text(Type::LABEL).tone(Tone::T2), label);
    label.max(pen.words(pos2(at.x + indent, at.y), width - indent, Type::LABEL, Tone::T1, value))
}

/// Paints a panel's head: its title, and a remark at the right; returns the height.
///
/// A remark that does not fit beside the title stands below it.
pub fn panel_head(ui: &mut Ui, at: Pos2, width: f32, title: &str, remark: &str) -> f32 {
    let pen = Pen::new(ui);
    let (strong, quiet) = (Ink::strong(Type::BODY), Ink::text(Type::LABEL).tone(Tone::T2));
    let end = pen.line(at.x, at.y, strong, title);
    if end + 12.0 + pen.width(quiet, remark) <= at.x + width {
        pen.line_right(at.x + width, at.y + 1.0, quiet, remark);
        return Type::BODY.pitch;
    }
    Type::BODY.pitch + pen.paragraph(pos2(at.x, at.y + Type::BODY.pitch), width, quiet, remark)
}
