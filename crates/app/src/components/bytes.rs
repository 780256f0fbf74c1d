//! Bytes: all of them to scale in a strip, and eight a row with their meaning.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::address::count;
use super::pen::{Ink, Pen};
use crate::tokens::{Tone, Type, size};

/// One owner of bytes, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteOwnerView {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Whether the bytes have a named meaning.
    pub explained: bool,
    /// Whether the focused field owns them.
    pub focused: bool,
}

/// All bytes of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct ByteMap {
    /// How many there are.
    pub total: usize,
    /// Their owners in order.
    pub owners: Vec<ByteOwnerView>,
}

/// At most eight bytes of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct HexRow {
    /// Where the first byte stands.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they mean; empty in the rows that follow.
    pub meaning: String,
    /// Whether the focused field owns them.
    pub lit: bool,
    /// Whether these bytes are what a refusal is about.
    pub refused: bool,
}

const STRIP: f32 = 22.0;
const PROUD: f32 = 4.0;
const LEAST: f32 = 9.0;
const HEX_PITCH: f32 = 19.0;

/// Paints the strip and the numbers below it; returns the height.
pub fn byte_map(ui: &mut Ui, at: Pos2, width: f32, view: &ByteMap) -> f32 {
    let pen = Pen::new(ui);
    let strip = Rect::from_min_size(at + vec2(0.0, PROUD), vec2(width, STRIP));
    let inner = strip.shrink(size::STROKE);
    pen.fill(strip, Tone::Bg0);
    for (place, owner) in view.owners.iter().enumerate() {
        paint_owner(&pen, span(inner, view.total, owner), owner, place);
    }
    pen.frame(strip, size::STROKE, 0.0, Tone::Edge);
    for owner in view.owners.iter().filter(|owner| owner.focused) {
        let lit = at_least(span(inner, view.total, owner), LEAST, strip);
        let proud = lit.expand2(vec2(0.0, PROUD));
        pen.fill(proud, Tone::T1);
        pen.fill(proud.shrink(2.0), Tone::Act);
    }
    let numbers = Ink::data(Type::ORDINAL).tone(Tone::T3);
    let top = strip.bottom() + 3.0;
    pen.line(at.x, top, numbers, "0");
    pen.line_right(at.x + width, top, numbers, &thousands(view.total));
    top + Type::ORDINAL.pitch - at.y
}

/// Owners stand in two alternating greys with a dark pixel between them; unexplained bytes are hatched.
fn paint_owner(pen: &Pen, rect: Rect, owner: &ByteOwnerView, place: usize) {
    let cell = if rect.width() > 2.0 { rect.with_max_x(rect.right() - size::STROKE) } else { rect };
    if owner.explained {
        pen.fill(cell, if place.is_multiple_of(2) { Tone::Edge } else { Tone::T3 });
        return;
    }
    let pen = pen.clipped(pen.snap(at_least(cell, 3.0, cell)));
    let stroke = egui::Stroke::new(2.0, pen.colour(Tone::Refuse));
    let mut x = cell.left() - cell.height();
    while x < cell.right() {
        pen.painter().line_segment([pos2(x, cell.bottom()), pos2(x + cell.height(), cell.top())], stroke);
        x += 5.0;
    }
}

fn span(strip: Rect, total: usize, owner: &ByteOwnerView) -> Rect {
    let scale = strip.width() / count(total.max(1));
    let (left, right) = (strip.left() + scale * count(owner.start), strip.left() + scale * count(owner.end));
    Rect::from_min_max(pos2(left, strip.top()), pos2(right, strip.bottom()))
}

fn at_least(rect: Rect, width: f32, within: Rect) -> Rect {
    if rect.width() >= width {
        return rect;
    }
    let left = (rect.center().x - width / 2.0).clamp(within.left(), (within.right() - width).max(within.left()));
    Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()))
}

/// Paints rows of bytes, offset at the left, meaning at the right; returns their height.
pub fn hex_rows(ui: &mut Ui, at: Pos2, width: f32, rows: &[HexRow]) -> f32 {
    let pen = Pen::new(ui);
    let mut top = at.y;
    for row in rows {
        hex_row(&pen, pos2(at.x, top), width, row);
        top += HEX_PITCH;
    }
    top - at.y
}

fn hex_row(pen: &Pen, at: Pos2, width: f32, row: &HexRow) {
    let hex = Ink::data(Type::ORDINAL);
    let advance = pen.advance(Type::ORDINAL);
    let y = at.y + HEX_PITCH / 2.0;
    let digits = if row.offset > 0xffff { 6 } else { 4 };
    pen.line_at(at.x, y, hex.tone(Tone::T3), &format!("{:0digits$x}", row.offset));
    let left = at.x + advance * count(digits) + 12.0;
    let text: Vec<String> = row.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = text.join(" ");
    let right = left + advance * count(text.len());
    let (ground, ink) = match (row.refused, row.lit) {
        (true, _) => (Some(Tone::RefuseSolid), Tone::White),
        (false, true) => (Some(Tone::Act), Tone::ActInk),
        (false, false) => (None, Tone::T1),
    };
    if let Some(tone) = ground {
        pen.fill(Rect::from_min_max(pos2(left - 3.0, at.y), pos2(right + 3.0, at.y + HEX_PITCH - 1.0)), tone);
    }
    pen.line_at(left, y, hex.tone(ink), &text);
    let meaning = left + advance * 23.0 + 12.0;
    let tone = if row.lit || row.refused { Tone::T1 } else { Tone::T2 };
    let clip = Rect::from_min_max(at, pos2(at.x + width, at.y + HEX_PITCH));
    pen.clipped(clip).line_at(meaning, y, Ink::text(Type::ORDINAL).tone(tone), &row.meaning);
}

/// A count with a comma between thousands.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_never_lose_a_digit() {
        for (count, text) in [(0, "0"), (999, "999"), (2_381, "2,381"), (1_048_576, "1,048,576")] {
            assert_eq!(thousands(count), text);
        }
    }

    #[test]
    fn one_byte_of_many_is_still_seen() {
        let strip = Rect::from_min_size(pos2(0.0, 0.0), vec2(340.0, 22.0));
        let owner = ByteOwnerView { start: 60_000, end: 60_001, explained: true, focused: true };
        let lit = at_least(span(strip, 60_001, &owner), LEAST, strip);
        assert!(lit.width() >= LEAST && strip.contains_rect(lit), "{lit:?}");
    }
}
