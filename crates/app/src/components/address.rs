//! Addresses in groups of four, so that people can read "row 2, group 3" aloud.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, gap, size};

/// An address, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressBlock {
    /// Groups of four characters; the last may be shorter.
    pub groups: Vec<String>,
    /// Groups a row: four, unless the device shows another number.
    pub per_row: usize,
    /// One of [`Type::MIRROR`], [`Type::ADDRESS`], [`Type::REFERENCE`], [`Type::LABEL`].
    pub kind: Type,
}

impl AddressBlock {
    /// A block of four groups a row.
    pub fn new(groups: impl IntoIterator<Item = impl Into<String>>, kind: Type) -> Self {
        Self { groups: groups.into_iter().map(Into::into).collect(), per_row: 4, kind }
    }

    /// Rows of the block.
    pub fn rows(&self) -> usize {
        self.groups.len().div_ceil(self.per_row.max(1))
    }

    fn rows_of_groups(&self) -> impl Iterator<Item = (usize, &[String])> {
        self.groups.chunks(self.per_row.max(1)).enumerate()
    }
}

/// Two addresses that look alike, and in which characters they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What this request pays.
    pub ours: AddressBlock,
    /// The entry of the address book.
    pub book: AddressBlock,
    /// The entry's label.
    pub book_label: String,
}

impl Comparison {
    /// Rows and groups, counted from 1, that differ.
    pub fn differing(&self) -> Vec<(usize, usize)> {
        let per_row = self.ours.per_row.max(1);
        let count = self.ours.groups.len().max(self.book.groups.len());
        (0..count)
            .filter(|place| self.ours.groups.get(*place) != self.book.groups.get(*place))
            .map(|place| (place / per_row + 1, place % per_row + 1))
            .collect()
    }

    /// "2 of 16 groups differ: row 2 group 3, row 3 group 2".
    pub fn sentence(&self) -> String {
        let differing = self.differing();
        let places: Vec<String> = differing.iter().map(|(row, group)| format!("row {row} group {group}")).collect();
        let verb = if differing.len() == 1 { "differs" } else { "differ" };
        let total = self.ours.groups.len().max(self.book.groups.len());
        format!("{} of {total} groups {verb}: {}", differing.len(), places.join(", "))
    }
}

/// How one group is drawn.
#[derive(Clone, Copy)]
enum Side {
    /// Solid frame; differing characters inverse and semibold.
    Ours,
    /// Dashed frame; differing characters semibold.
    Book,
}

/// Width of the column of row numbers.
const NUMBERS: f32 = 18.0;

/// Paints an address with its row numbers; returns its width and height.
pub fn address_block(ui: &mut Ui, at: Pos2, view: &AddressBlock) -> egui::Vec2 {
    let pen = Pen::new(ui);
    block(&pen, at, view, None)
}

/// The width and height of an address with its row numbers.
pub fn address_size(pen: &Pen, view: &AddressBlock) -> egui::Vec2 {
    let widest = view.rows_of_groups().map(|(_, row)| row_width(pen, view.kind, row)).fold(0.0, f32::max);
    vec2(NUMBERS + widest, view.kind.pitch * count(view.rows()))
}

/// Paints a request's address beside the book's; returns the height. The sentence that counts the differences stands below.
pub fn compared_addresses(ui: &mut Ui, at: Pos2, width: f32, view: &Comparison) -> f32 {
    compared(&Pen::new(ui), at, width, view)
}

/// Paints a comparison with a pen.
pub fn compared(pen: &Pen, at: Pos2, width: f32, view: &Comparison) -> f32 {
    let ours = address_size(pen, &view.ours);
    if ours.x + gap::WIDE + address_size(pen, &view.book).x > width {
        return stacked(pen, at, width, view);
    }
    let book = pos2(at.x + (ours.x + gap::WIDE).max(width * 0.5), at.y);
    let head = Type::LABEL;
    pen.line(at.x, at.y, Ink::strong(head), "This request pays");
    let x = pen.line(book.x, at.y, Ink::text(head).tone(Tone::T2), "Address book: ");
    pen.line(x, at.y, Ink::strong(head), &view.book_label);
    let below = vec2(0.0, head.pitch + 3.0);
    let left = block(pen, at + below, &view.ours, Some((&view.book, Side::Ours)));
    let right = block(pen, book + below, &view.book, Some((&view.ours, Side::Book)));
    let top = at.y + below.y + left.y.max(right.y) + 6.0;
    top + differences(pen, pos2(at.x, top), width, view) - at.y
}

/// The sentence that counts the differences.
fn differences(pen: &Pen, at: Pos2, width: f32, view: &Comparison) -> f32 {
    pen.icon(at + vec2(7.0, 9.0), 15.0, Icon::Differs, Tone::Caution);
    let ink = Ink::strong(Type::LABEL).tone(Tone::Caution);
    pen.paragraph(at + vec2(19.0, 0.0), width - 19.0, ink, &view.sentence())
}

/// Both addresses one above the other, row by row; a row equal in both is shown once and said to be so.
fn stacked(pen: &Pen, at: Pos2, width: f32, view: &Comparison) -> f32 {
    let per_row = view.ours.per_row.max(1);
    let rows = view.ours.rows().max(view.book.rows());
    let words = at.x + NUMBERS + groups_width(pen, view.ours.kind, per_row) + gap::MEDIUM;
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let label_fits = words + pen.width(quiet, &view.book_label) <= at.x + width;
    let book_said = if label_fits { view.book_label.as_str() } else { "address book" };
    let mut top = at.y;
    if !label_fits {
        top += pen.paragraph(at, width, quiet, &format!("Address book: {}", view.book_label));
    }
    for row in 0..rows {
        let side =
            |block: &AddressBlock| block.groups.iter().skip(row * per_row).take(per_row).cloned().collect::<Vec<_>>();
        let (ours, book) = (side(&view.ours), side(&view.book));
        let lines: &[(&Vec<String>, &Vec<String>, Side, &str)] = if ours == book {
            &[(&ours, &book, Side::Ours, "same in both")]
        } else {
            &[(&ours, &book, Side::Ours, "this request"), (&book, &ours, Side::Book, book_said)]
        };
        let pitch = view.ours.kind.pitch;
        let middle = top + pitch * count(lines.len()) / 2.0;
        pen.line_at(at.x, middle, Ink::data(Type::ORDINAL).tone(Tone::T3), &(row + 1).to_string());
        for (groups, other, side, said) in lines {
            groups_row(pen, pos2(at.x + NUMBERS, top), view.ours.kind, (row, groups), Some((other, *side)));
            let ink =
                if *said == "this request" { Ink::strong(Type::LABEL) } else { Ink::text(Type::LABEL).tone(Tone::T2) };
            pen.line_at(words, top + pitch / 2.0, ink, said);
            top += pitch;
        }
        pen.rule(at.x, at.x + width, top, Tone::Line);
        top += size::STROKE;
    }
    top += gap::TINY;
    top + differences(pen, pos2(at.x, top), width, view) - at.y
}

/// Paints an address with a pen; returns its width and height.
pub fn paint(pen: &Pen, at: Pos2, view: &AddressBlock) -> egui::Vec2 {
    block(pen, at, view, None)
}

/// Paints an address with a pen; `other` is what it is compared with.
fn block(pen: &Pen, at: Pos2, view: &AddressBlock, other: Option<(&AddressBlock, Side)>) -> egui::Vec2 {
    for (row, groups) in view.rows_of_groups() {
        let top = at.y + count(row) * view.kind.pitch;
        let number = Ink::data(Type::ORDINAL).tone(Tone::T3);
        pen.line_at(at.x, top + view.kind.pitch / 2.0, number, &(row + 1).to_string());
        let other = other.map(|(other, side)| (other.groups.get(row * view.per_row..).unwrap_or_default(), side));
        groups_row(pen, pos2(at.x + NUMBERS, top), view.kind, (row, groups), other);
    }
    address_size(pen, view)
}

/// Paints the groups of one row without its number, for a device's own screen.
pub fn bare_row(pen: &Pen, at: Pos2, kind: Type, row: usize, groups: &[String]) {
    groups_row(pen, at, kind, (row, groups), None);
}

/// Paints the groups of one row; `other` are the groups of the other address from this row on.
fn groups_row(pen: &Pen, at: Pos2, kind: Type, (row, groups): (usize, &[String]), other: Option<(&[String], Side)>) {
    let mut x = at.x;
    for (column, group) in groups.iter().enumerate() {
        let cell = Rect::from_min_size(pos2(x, at.y), vec2(group_width(pen, kind, group), kind.pitch));
        match other.filter(|(other, _)| other.get(column) != Some(group)) {
            Some((other, side)) => {
                let other = other.get(column).map_or("", String::as_str);
                differing_group(pen, cell, kind, (group, other), side);
            }
            None => plain_group(pen, cell, kind, group, (row + column).is_multiple_of(2)),
        }
        x += group_width(pen, kind, "0000");
    }
}

fn plain_group(pen: &Pen, cell: Rect, kind: Type, group: &str, shaded: bool) {
    if shaded {
        pen.fill_round(cell, size::RADIUS, Tone::Bg3);
    }
    pen.line(cell.left() + padding(kind), cell.top(), Ink::data(kind), group);
}

fn differing_group(pen: &Pen, cell: Rect, kind: Type, (group, other): (&str, &str), side: Side) {
    let frame = cell.shrink2(vec2(padding(kind) - 1.5, 0.0));
    match side {
        Side::Ours => pen.frame(frame, size::FOCUS, 2.0, Tone::Caution),
        Side::Book => pen.dashed(frame, size::FOCUS, Tone::Caution),
    }
    let mut x = cell.left() + padding(kind);
    let advance = pen.advance(kind);
    for (place, character) in group.chars().enumerate() {
        let same = other.chars().nth(place) == Some(character);
        let ink = match (same, side) {
            (true, _) => Ink::data(kind),
            (false, Side::Book) => Ink::data_strong(kind),
            (false, Side::Ours) => {
                let ground = Rect::from_min_max(pos2(x - 1.0, frame.top()), pos2(x + advance, frame.bottom()));
                let ground = if place == 3 { ground.with_max_x(frame.right()) } else { ground };
                pen.fill(ground, Tone::Caution);
                Ink::data_strong(kind).tone(Tone::CautionInk)
            }
        };
        pen.line(x, cell.top(), ink, character.encode_utf8(&mut [0; 4]));
        x += advance;
    }
}

fn row_width(pen: &Pen, kind: Type, groups: &[String]) -> f32 {
    groups.iter().map(|group| group_width(pen, kind, group)).sum()
}

/// The width of a group's cell; that of a whole group is in whole points, so that all look alike.
fn group_width(pen: &Pen, kind: Type, group: &str) -> f32 {
    let width = pen.advance(kind) * count(group.chars().count()) + 2.0 * padding(kind);
    if group.chars().count() == 4 { width.round() } else { width }
}

fn padding(kind: Type) -> f32 {
    0.39 * kind.size
}

/// The width of so many whole groups.
pub fn groups_width(pen: &Pen, kind: Type, groups: usize) -> f32 {
    group_width(pen, kind, "0000") * count(groups)
}

/// The width of an address of four groups a row, with its row numbers.
pub fn address_width(pen: &Pen, kind: Type) -> f32 {
    NUMBERS + groups_width(pen, kind, 4)
}

/// A small count as a length's factor.
pub fn count(count: usize) -> f32 {
    u16::try_from(count).map_or(f32::from(u16::MAX), f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(ours: &[&str], book: &[&str]) -> Comparison {
        Comparison {
            ours: AddressBlock::new(ours.iter().copied(), Type::ADDRESS),
            book: AddressBlock::new(book.iter().copied(), Type::ADDRESS),
            book_label: "Kestrel Custody".to_owned(),
        }
    }

    #[test]
    fn a_look_alike_is_counted_by_row_and_group() {
        let view = comparison(&["bc1p", "h029", "sl0p", "7u9c", "rtmn"], &["bc1p", "h029", "slop", "7u9c", "rtmm"]);
        assert_eq!(view.sentence(), "2 of 5 groups differ: row 1 group 3, row 2 group 1");
    }

    #[test]
    fn a_longer_look_alike_is_not_taken_for_equal() {
        let view = comparison(&["bc1p", "h029"], &["bc1p", "h029", "97"]);
        assert_eq!(view.sentence(), "1 of 3 groups differs: row 1 group 3");
    }
}
