//! Buttons with their key, and the small field for one group of an address.

use egui::{Rect, Response, Role, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::hints;
use super::pen::{Ink, Pen};
use crate::fonts::Face;
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::tokens::{Tone, Type, gap, size};

/// How much a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// One of several.
    Plain,
    /// The one primary action: filled with `act`, with the focus ring.
    Primary,
    /// Cannot be pressed yet.
    Disabled,
}

/// A button: icon, key, verb.
#[derive(Debug, Clone, PartialEq)]
pub struct Button {
    /// A shape before the key.
    pub icon: Option<Icon>,
    /// The key that does the same.
    pub key: Option<KeyCap>,
    /// What it does.
    pub label: String,
    /// How much it asks for.
    pub weight: Weight,
}

impl Button {
    /// A plain button.
    pub fn plain(icon: Icon, key: KeyCap, label: impl Into<String>) -> Self {
        Self { icon: Some(icon), key: Some(key), label: label.into(), weight: Weight::Plain }
    }

    /// A choice: key and word, no icon, no weight above its neighbours.
    pub fn choice(key: KeyCap, label: impl Into<String>) -> Self {
        Self { icon: None, key: Some(key), label: label.into(), weight: Weight::Plain }
    }

    /// The one primary action.
    pub fn primary(icon: Icon, label: impl Into<String>) -> Self {
        Self { icon: Some(icon), key: Some(KeyCap::Enter), label: label.into(), weight: Weight::Primary }
    }

    /// A button that cannot be pressed yet.
    pub fn disabled(icon: Icon, label: impl Into<String>) -> Self {
        Self { icon: Some(icon), key: None, label: label.into(), weight: Weight::Disabled }
    }

    /// The width the button needs.
    pub fn width(&self, pen: &Pen) -> f32 {
        let icon = self.icon.map_or(0.0, |_| 17.0 + 6.0);
        let key = self.key.map_or(0.0, |key| hints::key_cap_width(pen, key) + gap::MEDIUM);
        (2.0 * gap::LARGE + icon + key + pen.width(LABEL, &self.label)).ceil()
    }
}

const LABEL: Ink = Ink::text(Type::BODY);

/// Paints a button in a rectangle; true when it was clicked.
///
/// Keys are read elsewhere; a disabled button is never clicked, and no button takes the keyboard's focus.
pub fn button(ui: &mut Ui, rect: Rect, view: &Button) -> bool {
    let pen = Pen::new(ui);
    paint(&pen, rect, view);
    let sense = if view.weight == Weight::Disabled { Sense::hover() } else { Sense::CLICK };
    let response = ui.interact(rect, ui.scope_id().with(("button", &view.label)), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, view.weight != Weight::Disabled, &view.label));
    response.clicked()
}

fn paint(pen: &Pen, rect: Rect, view: &Button) {
    let (edge, ink) = match view.weight {
        Weight::Plain => (Tone::Edge, Tone::T1),
        Weight::Primary => (Tone::ActInk, Tone::ActInk),
        Weight::Disabled => (Tone::Edge, Tone::T3),
    };
    if view.weight == Weight::Primary {
        pen.fill_round(rect, size::CARD_RADIUS, Tone::Act);
        pen.focus_ring(rect);
    } else {
        pen.frame(rect, size::STROKE, size::CARD_RADIUS, Tone::Edge);
    }
    let y = rect.center().y;
    let mut x = rect.left() + (rect.width() - view.width(pen)) / 2.0 + gap::LARGE;
    if let Some(icon) = view.icon {
        pen.icon(pos2(x + 8.0, y - 1.0), 17.0, icon, ink);
        x += 23.0;
    }
    if let Some(key) = view.key {
        x = hints::caps(pen, x, y, &[key], edge, ink) + gap::MEDIUM;
    }
    let label = if view.weight == Weight::Primary { Ink::strong(Type::BODY) } else { LABEL };
    pen.line_at(x, y, label.tone(ink), &view.label);
}

/// A field for the characters of one group, typed from the payee's own document; with the focus ring while it is typed in.
pub fn group_field(ui: &mut Ui, rect: Rect, name: &str, text: &mut String) -> Response {
    let pen = Pen::new(ui);
    pen.fill_round(rect, size::RADIUS, Tone::Bg0);
    pen.frame(rect, size::STROKE, size::RADIUS, Tone::Edge);
    let inner = rect.shrink2(vec2(9.0, (rect.height() - 20.0).max(0.0) / 2.0));
    let edit = TextEdit::singleline(text)
        .id_salt(name)
        .font(Face::Data.at(Type::BODY.size))
        .frame(egui::Frame::NONE)
        .margin(egui::Margin::ZERO)
        .desired_width(inner.width());
    let response = ui.put(inner, edit);
    if response.has_focus() {
        pen.frame(rect.expand(3.0), size::FOCUS, size::RADIUS + 3.0, Tone::Act);
    }
    response
}
