//! One field: label, whole value, and what vouches for it.

use egui::{Pos2, Rect, Ui, pos2, vec2};
use vitrine_review::{Amount, Field, Value, groups_of_four};

use super::ledger::proof_mark;
use crate::components::{self as c, Ink, Pen, Words};
use crate::model::Chunk;
use crate::tokens::{Tone, Type, gap, size};

/// What a row shows.
pub struct FieldView<'a> {
    /// Title of the section that begins here.
    pub heading: Option<String>,
    /// The field.
    pub field: &'a Field,
    /// Which part of a long value.
    pub chunk: Option<Chunk>,
    /// What a finding says of it.
    pub mark: Option<&'a str>,
    /// Whether it has the focus.
    pub focused: bool,
}

const PADDING: f32 = 9.0;
/// Height of a section's title.
pub const HEADING: f32 = 30.0;
/// Proofs stand in one column where values leave room.
const PROOFS: f32 = 300.0;
/// Bytes in a line of hex.
const LINE_BYTES: usize = 16;

/// Shows a field with the rule below it; returns its height.
pub fn field_row(ui: &mut Ui, at: Pos2, width: f32, view: &FieldView<'_>) -> f32 {
    let top = at.y + if view.heading.is_some() { HEADING } else { 0.0 };
    let height = c::measure(ui, |ui| content(ui, pos2(at.x, top), width, view)) + top - at.y;
    let pen = Pen::new(ui);
    if let Some(heading) = &view.heading {
        pen.line_at(at.x + gap::LARGE, at.y + HEADING / 2.0 + 3.0, Ink::strong(Type::BODY), heading);
    }
    if view.focused {
        let row = Rect::from_min_max(pos2(at.x, top), pos2(at.x + width, at.y + height));
        pen.fill(row, Tone::Bg2);
        pen.fill(row.with_max_x(row.left() + size::HEAVY), Tone::Act);
    }
    content(ui, pos2(at.x, top), width, view);
    pen.rule(at.x, at.x + width, at.y + height - size::STROKE, Tone::Line);
    height
}

fn content(ui: &mut Ui, at: Pos2, width: f32, view: &FieldView<'_>) -> f32 {
    let pen = Pen::new(ui);
    let (top, left) = (at.y + PADDING, at.x + gap::LARGE);
    let label_column = if width < 600.0 { 118.0 } else { size::LEDGER_AMOUNTS };
    let value_left = at.x + label_column + gap::LARGE;
    let room = at.x + width - gap::LARGE - value_left;
    let label_room = label_column - gap::LARGE;
    let label = Ink::text(Type::LABEL).tone(Tone::T2);
    let mut label_bottom = top + pen.paragraph(pos2(left, top + 1.0), label_room, label, &view.field.label);
    if let Some(chunk) = view.chunk {
        let part = format!("part {} of {}", chunk.index.saturating_add(1), chunk.count);
        pen.line(left, label_bottom, Ink::text(Type::ORDINAL).tone(Tone::T3), &part);
        label_bottom += Type::ORDINAL.pitch;
    }
    let value = value_ui(ui, pos2(value_left, top), room, view);
    let bottom = proof_ui(ui, pos2(value_left, top), room, value, view);
    bottom.max(label_bottom) + PADDING - at.y + size::STROKE
}

fn proof_ui(ui: &mut Ui, at: Pos2, room: f32, value: egui::Vec2, view: &FieldView<'_>) -> f32 {
    let mark = proof_mark(&view.field.proof);
    let width = proof_width(&Pen::new(ui), &mark);
    let beside = if value.x + gap::LARGE <= PROOFS { PROOFS } else { value.x + gap::WIDE };
    let mut bottom = at.y + value.y;
    let corner = if beside + width <= room { pos2(at.x + beside, at.y + 1.0) } else { pos2(at.x, bottom + 2.0) };
    bottom = bottom.max(corner.y + c::proof_mark(ui, corner, at.x + room - corner.x, &mark));
    if let Some(mark) = view.mark {
        let words = if mark == "Refused" { Words::default().refusal(mark) } else { Words::default().caution(mark) };
        bottom += gap::TINY;
        bottom += Pen::new(ui).words(pos2(at.x, bottom), room, Type::LABEL, Tone::T1, &words);
    }
    bottom
}

fn proof_width(pen: &Pen, mark: &c::ProofMark) -> f32 {
    let frame = if mark.mark == c::Mark::Unknown { 16.0 } else { 0.0 };
    frame + 28.0 + pen.width(Ink::strong(Type::LABEL), mark.mark.word()) + pen.width(Ink::text(Type::LABEL), &mark.by)
}

/// Shows the value; returns its width and height.
fn value_ui(ui: &mut Ui, at: Pos2, room: f32, view: &FieldView<'_>) -> egui::Vec2 {
    let pen = Pen::new(ui);
    match &view.field.value {
        Value::Amount(amount) => amount_ui(&pen, at, amount),
        Value::Address(address) => c::address_block(ui, at, &c::AddressBlock::new(address.groups(), Type::REFERENCE)),
        Value::Hash(bytes) if bytes.len() <= 32 => hash_ui(ui, at, room, view),
        Value::Hash(bytes) | Value::Bytes(bytes) => hex_ui(&pen, at, room, bytes, view.chunk),
        other => {
            let ink = Ink::text(Type::BODY);
            let text = other.to_text();
            let size = pen.galley(ink, &text, room).size();
            pen.paragraph(at, room, ink, &text);
            size
        }
    }
}

fn amount_ui(pen: &Pen, at: Pos2, amount: &Amount) -> egui::Vec2 {
    let number = amount.number();
    let view = c::Amount::new(number.as_str());
    let (digits, zeros) = view.split();
    let ink = Ink::data(Type::SENTENCE);
    let x = pen.line(at.x, at.y - 1.0, ink, digits);
    let x = pen.line(x, at.y - 1.0, ink.tone(Tone::T3), zeros);
    let x = pen.line(x, at.y - 1.0, ink.tone(Tone::T2), &format!(" {}", amount.unit()));
    vec2(x - at.x, Type::SENTENCE.pitch)
}

fn hash_ui(ui: &mut Ui, at: Pos2, room: f32, view: &FieldView<'_>) -> egui::Vec2 {
    let text = view.field.value.to_text();
    let groups: Vec<String> = groups_of_four(&text).into_iter().map(str::to_owned).collect();
    let group = Pen::new(ui).advance(Type::LABEL) * 4.0 + 10.0;
    let per_row = if group * 8.0 <= room { 8 } else { 4 };
    let height = c::digest_groups(ui, at, Type::LABEL, per_row, &groups);
    let widest = groups.len().min(per_row) as f32;
    vec2(widest * group, height)
}

/// Shows bytes, 16 a line with their offset; a chunk shows its own lines only.
fn hex_ui(pen: &Pen, at: Pos2, room: f32, bytes: &[u8], chunk: Option<Chunk>) -> egui::Vec2 {
    let (start, end) = chunk.map_or((0, bytes.len()), |chunk| (chunk.start, chunk.end));
    let shown = bytes.get(start..end).unwrap_or_default();
    let with_offset = bytes.len() > LINE_BYTES;
    let kind = if room >= 364.0 { Type::LABEL } else { Type::ORDINAL };
    let ink = Ink::data(kind);
    let left = if with_offset { at.x + pen.advance(kind) * 5.0 } else { at.x };
    let mut top = at.y;
    let mut right: f32 = left;
    for (line, bytes) in shown.chunks(LINE_BYTES).enumerate() {
        if with_offset {
            let offset = start.saturating_add(line.saturating_mul(LINE_BYTES));
            pen.line(at.x, top, ink.tone(Tone::T3), &format!("{offset:04x}"));
        }
        let text = Value::Bytes(bytes.to_vec()).to_text();
        right = right.max(pen.line(left, top, ink, &groups_of_four(&text).join(" ")));
        top += kind.pitch;
    }
    vec2(right - at.x, (top - at.y).max(kind.pitch))
}
