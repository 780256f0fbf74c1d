//! The rail: the groups of the document, and how many of their fields were seen.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, gap, size};

/// One group of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RailItem {
    /// "Outputs".
    pub label: String,
    /// Fields seen.
    pub seen: usize,
    /// Fields there are.
    pub total: usize,
}

/// The rail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rail {
    /// The groups in order.
    pub items: Vec<RailItem>,
    /// The group that the ledger shows.
    pub chosen: usize,
    /// Fields seen, of all.
    pub seen: usize,
    /// All fields.
    pub total: usize,
}

const ITEM: f32 = 30.0;

/// Paints the rail; returns the item that was clicked.
pub fn rail(ui: &mut Ui, rect: Rect, view: &Rail) -> Option<usize> {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    pen.upright(rect.right() - size::STROKE, rect.top(), rect.bottom(), Tone::Line);
    let mut clicked = None;
    let mut top = rect.top() + 11.0;
    for (place, item) in view.items.iter().enumerate() {
        let row = Rect::from_min_max(pos2(rect.left() + 8.0, top), pos2(rect.right() - 9.0, top + ITEM));
        paint_item(&pen, row, item, place == view.chosen);
        let response = ui.interact(row, ui.scope_id().with(("rail", place)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::labeled(Role::Tab, true, &item.label));
        if response.clicked() {
            clicked = Some(place);
        }
        top += ITEM;
    }
    total(&pen, rect, top + 8.0, view);
    clicked
}

fn paint_item(pen: &Pen, row: Rect, item: &RailItem, chosen: bool) {
    let y = row.center().y;
    if chosen {
        pen.fill_round(Rect::from_center_size(row.center(), vec2(row.width(), 28.0)), size::CARD_RADIUS, Tone::Bg3);
    }
    let label = if chosen { Ink::strong(Type::LABEL) } else { Ink::text(Type::LABEL) };
    let done = item.seen >= item.total;
    let tone = if done { Tone::Proven } else { Tone::T3 };
    let ink = Ink::data(Type::ORDINAL).tone(if chosen && !done { Tone::T2 } else { tone });
    let count = format!("{}/{}", item.seen, item.total);
    let (left, mut right) = (row.left() + 8.0, row.right() - 8.0);
    let tick = if done { 22.0 } else { 0.0 };
    let room = right - left - gap::TINY - tick;
    let fits = |label: Ink| pen.width(label, &item.label) + pen.width(ink, &count) <= room;
    let small = Ink { kind: Type::ORDINAL, ..label };
    pen.line_at(left, y, if fits(label) { label } else { small }, &item.label);
    if done {
        pen.icon(pos2(right - 7.0, y), 14.0, Icon::Tick, Tone::Proven);
        right -= 22.0;
    }
    // A long name leaves no room for the count of what is done: the tick says the same.
    if !done || fits(label) || fits(small) {
        pen.line_right(right, y - ink.kind.pitch / 2.0, ink, &count);
    }
}

fn total(pen: &Pen, rect: Rect, top: f32, view: &Rail) {
    let left = rect.left() + gap::LARGE;
    pen.rule(rect.left() + 8.0, rect.right() - 9.0, top, Tone::Line);
    pen.line(left, top + 11.0, Ink::text(Type::LABEL).tone(Tone::T2), "Fields seen");
    let baseline = top + 50.0;
    let seen = Ink::data(Type { size: 22.0, pitch: 28.0 });
    let x = pen.on_baseline(left, baseline, seen, &view.seen.to_string());
    let of = Ink::data(Type::LABEL).tone(Tone::T2);
    pen.on_baseline(x + 5.0, baseline, of, &format!("of {}", view.total));
}
