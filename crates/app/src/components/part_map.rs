//! The part map: one numbered cell per part of the request, and the strip of parts of the result.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::address::count;
use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, size};

/// What is known of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartCell {
    /// Read: filled, tick.
    Read,
    /// Known through a mixed part: dashed, plus.
    Mixed,
    /// Not seen yet: empty.
    Missing,
}

/// A number and a tick stand side by side from this width on.
const LEAST_NUMBERED: f32 = 44.0;

/// How large cells are; many parts get small ones, every part gets one.
struct Grid {
    columns: usize,
    cell: egui::Vec2,
    gap: f32,
    numbered: bool,
}

impl Grid {
    fn new(width: f32, height: f32, parts: usize) -> Self {
        let sizes = [
            (7, 56.0, 5.0, true),
            (10, 40.0, 4.0, true),
            (4, 40.0, 4.0, true),
            (14, 26.0, 3.0, false),
            (28, 13.0, 2.0, false),
            (56, 7.0, 1.0, false),
        ];
        let grid = |(columns, tall, gap, numbered)| Self {
            columns,
            cell: vec2((width + gap) / count(columns) - gap, tall),
            gap,
            numbered,
        };
        let legible = |grid: &Self| !grid.numbered || grid.cell.x >= LEAST_NUMBERED;
        let fits = |grid: &Self| grid.height(parts) <= height && legible(grid);
        sizes.into_iter().map(grid).find(fits).unwrap_or_else(|| grid((112, 3.0, 1.0, false)))
    }

    fn height(&self, parts: usize) -> f32 {
        count(parts.div_ceil(self.columns)) * (self.cell.y + self.gap)
    }

    fn rect(&self, at: Pos2, place: usize) -> Rect {
        let (column, row) = (count(place % self.columns), count(place / self.columns));
        Rect::from_min_size(at + vec2(column * (self.cell.x + self.gap), row * (self.cell.y + self.gap)), self.cell)
    }
}

/// Paints one cell per part in a rectangle; returns the height used.
pub fn part_map(ui: &mut Ui, rect: Rect, parts: &[PartCell]) -> f32 {
    let pen = Pen::new(ui);
    let grid = Grid::new(rect.width(), rect.height(), parts.len());
    for (place, part) in parts.iter().enumerate() {
        let cell = pen.snap(grid.rect(rect.min, place));
        paint_cell(&pen, cell, *part, grid.numbered.then_some(place + 1));
    }
    grid.height(parts.len())
}

/// The height that the part map uses of a rectangle of this size.
pub fn part_map_height(width: f32, height: f32, parts: usize) -> f32 {
    Grid::new(width, height, parts).height(parts)
}

fn paint_cell(pen: &Pen, cell: Rect, part: PartCell, number: Option<usize>) {
    let (ink, icon) = match part {
        PartCell::Read => (Tone::Bg1, Some(Icon::Tick)),
        PartCell::Mixed => (Tone::T1, Some(Icon::Plus)),
        PartCell::Missing => (Tone::T2, None),
    };
    match part {
        PartCell::Read => pen.fill_round(cell, size::RADIUS, Tone::T2),
        PartCell::Mixed => pen.dashed(cell, size::STROKE, Tone::T1),
        PartCell::Missing => pen.frame(cell, size::STROKE, size::RADIUS, Tone::Edge),
    }
    let y = cell.center().y;
    if let Some(number) = number {
        pen.line_at(cell.left() + 7.0, y, Ink::data(Type::LABEL).tone(ink), &format!("{number:02}"));
    }
    match (icon, number) {
        (Some(icon), Some(_)) => pen.icon(pos2(cell.right() - 14.0, y), 14.0, icon, ink),
        (Some(icon), None) if cell.height() >= 13.0 => pen.icon(cell.center(), 11.0, icon, ink),
        _ => {}
    }
}

/// The parts of the result: those shown, the one on the screen, those to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartStrip {
    /// How many parts there are.
    pub parts: usize,
    /// The part on the screen, counted from 0.
    pub present: usize,
}

/// Paints one small cell per part, ending at the rectangle's right.
pub fn part_strip(ui: &mut Ui, rect: Rect, view: PartStrip) {
    let pen = Pen::new(ui);
    let step = (rect.width() / count(view.parts.max(1))).min(20.0);
    let left = rect.right() - step * count(view.parts);
    for place in 0..view.parts {
        let corner = pos2(left + step * count(place), rect.center().y - 5.0);
        let cell = Rect::from_min_size(corner, vec2((step - 3.0).max(1.0), 10.0));
        match place.cmp(&view.present) {
            std::cmp::Ordering::Less => pen.fill(cell, Tone::Edge),
            std::cmp::Ordering::Equal => pen.fill(cell, Tone::Act),
            std::cmp::Ordering::Greater => pen.frame(cell, size::STROKE, 0.0, Tone::Edge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_cell_inside_the_map() {
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(456.0, 305.0));
        for parts in [1, 31, 60, 140, 700, 3_000] {
            let grid = Grid::new(area.width(), area.height(), parts);
            let last = grid.rect(area.min, parts - 1);
            assert!(area.expand(0.5).contains_rect(last), "{parts}: {last:?}");
        }
    }
}
