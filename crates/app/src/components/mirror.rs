//! The device mirror: the same characters and row breaks that the device will show.

use egui::{Rect, Ui, pos2, vec2};

use super::address::{bare_row, count, groups_width};
use super::pen::{Ink, Pen};
use crate::tokens::{Tone, Type, gap, size};

/// What the device shows now.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceMirror {
    /// The title: "Recipient #2".
    pub title: String,
    /// Rows, broken as the device breaks them.
    pub rows: Vec<String>,
    /// Whether the rows are an address: then in groups, shaded and numbered.
    pub address: bool,
    /// The button at the left of the device's screen, or empty.
    pub left: String,
    /// The button at the right of the device's screen, or empty.
    pub right: String,
}

const OUTSIDE: f32 = 22.0;
const MARGIN: f32 = 20.0;
const ROUND: f32 = 18.0;

/// Paints the device's screen in its frame, the row numbers outside it.
///
/// Rows that would not fit are set in a smaller size, never broken otherwise than by the device.
pub fn device_mirror(ui: &mut Ui, rect: Rect, view: &DeviceMirror) {
    let pen = Pen::new(ui);
    let frame = rect.with_min_x(rect.left() + OUTSIDE);
    pen.fill_round(frame, ROUND, Tone::Black);
    pen.frame(frame, size::FOCUS, ROUND, Tone::Edge);
    let screen = pen.on_black();
    screen.line(frame.left() + 30.0, frame.top() + 20.0, Ink::text(Type::SENTENCE).tone(Tone::T2), &view.title);
    let kind = row_kind(&pen, frame.width() - MARGIN - 10.0, frame.height() - 48.0 - 44.0, view);
    for (row, text) in view.rows.iter().enumerate() {
        let top = frame.top() + 48.0 + count(row) * kind.pitch;
        mirror_row(&pen, rect.left(), pos2(frame.left() + MARGIN, top), kind, (row, text), view.address);
    }
    let bottom = frame.bottom() - 35.0;
    screen.line(frame.left() + 30.0, bottom, Ink::text(Type::BODY).tone(Tone::T2), &view.left);
    screen.line_right(frame.right() - 30.0, bottom, Ink::strong(Type::BODY), &view.right);
}

fn mirror_row(pen: &Pen, numbers: f32, at: egui::Pos2, kind: Type, (row, text): (usize, &str), address: bool) {
    if !address {
        pen.on_black().line(at.x + 10.0, at.y, Ink::data(kind), text);
        return;
    }
    let number = Ink::data(Type::BODY).tone(Tone::T3);
    pen.line_at(numbers, at.y + kind.pitch / 2.0, number, &(row + 1).to_string());
    let groups: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    bare_row(&pen.on_black(), at, kind, row, &groups);
}

/// The largest size in which the widest row and all rows fit.
fn row_kind(pen: &Pen, width: f32, height: f32, view: &DeviceMirror) -> Type {
    const KINDS: [Type; 4] = [Type::MIRROR, Type { size: 22.0, pitch: 32.0 }, Type::ADDRESS, Type::REFERENCE];
    let longest = view.rows.iter().map(|row| row.chars().count()).max().unwrap_or(0);
    let groups = view.rows.iter().map(|row| row.split_whitespace().count()).max().unwrap_or(0);
    let row_width = |kind: Type| match view.address {
        true => groups_width(pen, kind, groups),
        false => pen.advance(kind) * count(longest) + 20.0,
    };
    let fits = |kind: &Type| row_width(*kind) <= width && kind.pitch * count(view.rows.len()) <= height;
    KINDS.into_iter().find(fits).unwrap_or(Type::LABEL)
}

/// A screen that the device will show later.
#[derive(Debug, Clone, PartialEq)]
pub struct NextScreen {
    /// Its place among the steps.
    pub number: usize,
    /// "Amount".
    pub title: String,
    /// "2.50000000 BTC".
    pub summary: String,
}

/// Paints the next screens side by side, at most three.
pub fn next_screens(ui: &mut Ui, rect: Rect, screens: &[NextScreen]) {
    let pen = Pen::new(ui);
    let width = (rect.width() - 2.0 * gap::SMALL) / 3.0;
    for (place, screen) in screens.iter().take(3).enumerate() {
        let corner = pos2(rect.left() + count(place) * (width + gap::SMALL), rect.top());
        let card = Rect::from_min_size(corner, vec2(width, rect.height()));
        pen.fill_round(card, 8.0, Tone::Black);
        pen.frame(card, size::STROKE, 8.0, Tone::Edge);
        let inside = pen.on_black().clipped(card.shrink(2.0));
        let head = format!("{}  {}", screen.number, screen.title);
        inside.line(card.left() + 13.0, card.top() + 7.0, Ink::text(Type::LABEL).tone(Tone::T2), &head);
        inside.line(card.left() + 13.0, card.top() + 26.0, Ink::data(Type::BODY), &screen.summary);
    }
}
