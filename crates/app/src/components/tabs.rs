//! Tabs of the inspector.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, size};

/// One tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// "Findings 6".
    pub label: String,
    /// A shape before the label.
    pub icon: Option<Icon>,
}

const PADDING: f32 = 9.0;

/// Paints tabs; returns the one that was clicked.
pub fn tab_bar(ui: &mut Ui, rect: Rect, tabs: &[Tab], chosen: usize) -> Option<usize> {
    let pen = Pen::new(ui);
    pen.rule(rect.left(), rect.right(), rect.bottom() - size::STROKE, Tone::Line);
    let mut clicked = None;
    let mut x = rect.left() + PADDING;
    for (place, tab) in tabs.iter().enumerate() {
        let width = paint_tab(&pen, x, rect, tab, place == chosen);
        let area = Rect::from_min_max(pos2(x, rect.top()), pos2(x + width, rect.bottom()));
        let response = ui.interact(area, ui.scope_id().with(("tab", place)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::labeled(Role::Tab, true, &tab.label));
        if response.clicked() {
            clicked = Some(place);
        }
        x += width;
    }
    clicked
}

fn paint_tab(pen: &Pen, x: f32, rect: Rect, tab: &Tab, chosen: bool) -> f32 {
    let ink = if chosen { Ink::strong(Type::LABEL) } else { Ink::text(Type::LABEL).tone(Tone::T2) };
    let y = rect.center().y;
    let mut text = x + PADDING;
    if let Some(icon) = tab.icon {
        pen.icon(pos2(text + 7.0, y - 1.0), 15.0, icon, ink.tone);
        text += 20.0;
    }
    let end = pen.line_at(text, y, ink, &tab.label) + PADDING;
    if chosen {
        let line = Rect::from_min_max(pos2(x, rect.bottom() - 2.0), pos2(end, rect.bottom()));
        pen.fill(line, Tone::Act);
    }
    end - x
}
