//! The digest: hex in groups of four, and words from the PGP list.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::address::{self, AddressBlock, count};
use super::pen::{Ink, Pen};
use crate::tokens::{Tone, Type, gap};

/// Paints the hex groups of a digest, `per_row` a row; returns the height.
///
/// At [`Type::ADDRESS`] and above rows are numbered as an address's are; below, they stand bare.
pub fn digest_groups(ui: &mut Ui, at: Pos2, kind: Type, per_row: usize, groups: &[String]) -> f32 {
    let pen = Pen::new(ui);
    let block = AddressBlock { groups: groups.to_vec(), per_row, kind };
    if kind.size >= Type::ADDRESS.size {
        return address::paint(&pen, at, &block).y;
    }
    for (row, groups) in groups.chunks(per_row.max(1)).enumerate() {
        address::bare_row(&pen, at + vec2(0.0, count(row) * kind.pitch), kind, row, groups);
    }
    count(block.rows()) * kind.pitch
}

/// Paints all words of a digest in four numbered columns; returns the height.
pub fn digest_words(ui: &mut Ui, at: Pos2, width: f32, words: &[String]) -> f32 {
    const COLUMNS: usize = 4;
    const PITCH: f32 = 22.0;
    let pen = Pen::new(ui);
    for (place, word) in words.iter().enumerate() {
        let x = at.x + count(place % COLUMNS) * width / count(COLUMNS);
        let y = at.y + count(place / COLUMNS) * PITCH + PITCH / 2.0;
        pen.line_at(x, y, Ink::data(Type::ORDINAL).tone(Tone::T3), &(place + 1).to_string());
        pen.line_at(x + 22.0, y, Ink::data(Type::LABEL), word);
    }
    count(words.len().div_ceil(COLUMNS)) * PITCH
}

/// Paints six comparison words, two a row, as large as nothing else on the screen; returns the height.
pub fn six_words(ui: &mut Ui, at: Pos2, width: f32, words: &[String]) -> f32 {
    const HEIGHT: f32 = 63.0;
    let pen = Pen::new(ui);
    let cell = vec2((width - gap::SMALL) / 2.0, HEIGHT);
    for (place, word) in words.iter().enumerate() {
        let (column, row) = (count(place % 2), count(place / 2));
        let corner = pos2(at.x + column * (cell.x + gap::SMALL), at.y + row * (cell.y + gap::SMALL));
        let rect = Rect::from_min_size(corner, cell);
        pen.card(rect, Tone::Bg0, Tone::Edge);
        let number = Ink::data(Type::LABEL).tone(Tone::T3);
        let x = pen.on_baseline(rect.left() + 15.0, rect.top() + 42.0, number, &(place + 1).to_string());
        pen.on_baseline(x + 13.0, rect.top() + 42.0, Ink::data_strong(Type::WORDS), word);
    }
    let rows = count(words.len().div_ceil(2));
    rows * HEIGHT + (rows - 1.0).max(0.0) * gap::SMALL
}
