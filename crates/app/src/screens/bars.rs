//! The bar above the hints: gates and hold button, or the buttons of a screen.

use egui::{Rect, Ui, pos2};

use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, HOLD_MS, HoldState, Model};
use crate::tokens::{Tone, Type, gap, size};

/// The gates of the request, and what the button at their right shows.
pub struct GatesView {
    gates: Vec<c::GateView>,
    hold: HoldState,
}

impl GatesView {
    /// The gates as the session has them. Only the comparison arms the button; before it, one step is always left.
    pub fn of(model: &Model) -> Self {
        let compares = model.route == crate::model::Route::Compare;
        let left = if compares { model.steps_left() } else { model.steps_left().saturating_add(1) };
        let gates = model.gates().into_iter().map(|gate| c::GateView { label: gate.label, done: gate.done }).collect();
        Self { gates, hold: model.hold.state(left) }
    }
}

/// Gates where there is little room: those still open in words, the others as one count.
fn few(gates: &[c::GateView]) -> Vec<c::GateView> {
    let done = gates.iter().filter(|gate| gate.done).count();
    let label = if done == gates.len() { format!("All {done} steps are done") } else { format!("{done} done") };
    let open = gates.iter().filter(|gate| !gate.done).cloned();
    std::iter::once(c::GateView { label, done: true }).filter(|_| done > 0).chain(open).collect()
}

/// Shows the gates and the hold button.
pub fn gates_ui(ui: &mut Ui, rect: Rect, form: Form, view: &GatesView) {
    let hold = match view.hold {
        HoldState::Locked(steps_left) => c::HoldView::Locked { steps_left },
        HoldState::Armed => c::HoldView::Armed,
        HoldState::Held(held_ms) => c::HoldView::Held { held_ms, needed_ms: HOLD_MS },
    };
    let width = hold.width(ui).min(rect.width() * 0.6);
    let gates = if form.is_one() { few(&view.gates) } else { view.gates.clone() };
    let mut control = c::gate_bar(ui, rect, &gates, width);
    let height = (rect.height() - 12.0).min(44.0);
    control = Rect::from_center_size(control.center(), egui::vec2(control.width(), height));
    c::hold_button(ui, control, hold);
}

/// One button and what it asks for.
pub struct ButtonView {
    look: c::Button,
    action: Action,
}

impl ButtonView {
    /// A button of several.
    pub fn quiet(icon: Icon, key: KeyCap, label: &str, action: Action) -> Self {
        Self { look: c::Button::plain(icon, key, label), action }
    }

    /// A button whose key is shape enough.
    pub fn arrow(key: KeyCap, label: &str, action: Action) -> Self {
        Self { look: c::Button::choice(key, label), action }
    }

    /// The one primary action.
    pub fn primary(icon: Icon, label: &str, action: Action) -> Self {
        Self { look: c::Button::primary(icon, label), action }
    }

    /// The same, if it cannot be pressed yet.
    pub fn enabled(self, enabled: bool) -> Self {
        let icon =
            if self.look.weight == c::Weight::Primary { Icon::Lock } else { self.look.icon.unwrap_or(Icon::Lock) };
        match enabled {
            true => self,
            false => Self { look: c::Button::disabled(icon, self.look.label), action: self.action },
        }
    }
}

/// Shows the buttons of a screen: some at the left, a remark and the primary one at the right.
///
/// Of those at the left, the first are the most used: one that has no room is left to the hint bar, which names its key.
pub fn buttons_ui(
    ui: &mut Ui,
    bar: Rect,
    left: &[ButtonView],
    remark: &str,
    primary: Option<&ButtonView>,
) -> Option<Action> {
    let pen = Pen::new(ui);
    pen.fill(bar, Tone::Bg1);
    pen.rule(bar.left(), bar.right(), bar.top(), Tone::Line);
    let height = (bar.height() - 20.0).clamp(28.0, 36.0);
    let mut asked = None;
    let mut right = bar.right() - gap::LARGE;
    if let Some(view) = primary {
        let (width, tall) = (view.look.width(&pen), (bar.height() - 16.0).min(44.0));
        let rect = Rect::from_min_size(pos2(right - width, bar.center().y - tall / 2.0), egui::vec2(width, tall));
        asked = button_ui(ui, rect, view).or(asked);
        right = rect.left() - gap::LARGE;
    }
    let mut x = bar.left() + gap::LARGE;
    for view in left {
        let width = view.look.width(&pen);
        if x + width > right {
            continue;
        }
        asked =
            button_ui(ui, Rect::from_min_size(pos2(x, bar.center().y - height / 2.0), egui::vec2(width, height)), view)
                .or(asked);
        x += width + gap::LARGE;
    }
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    if x + pen.width(ink, remark) <= right {
        pen.line_right(right, bar.center().y - 9.0, ink, remark);
    }
    asked
}

fn button_ui(ui: &mut Ui, rect: Rect, view: &ButtonView) -> Option<Action> {
    c::button(ui, rect, &view.look).then(|| view.action.clone())
}

/// A panel with a head in its own margin; returns the room below the head.
pub fn card_ui(ui: &mut Ui, rect: Rect, title: &str, remark: &str) -> Rect {
    Pen::new(ui).card(rect, Tone::Bg1, Tone::Line);
    let inner = rect.inset(gap::MEDIUM, 10.0);
    let head = c::panel_head(ui, inner.min, inner.width(), title, remark);
    inner.cut_top(head + gap::SMALL).1
}

/// The line at the end of a list that goes on: what follows, and how much.
pub fn further_ui(ui: &mut Ui, rect: Rect, what: &str, remark: &str) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    pen.fill(rect.with_max_y(rect.top() + size::STROKE), Tone::Edge);
    let y = rect.center().y;
    pen.icon(pos2(rect.left() + 24.0, y), 15.0, Icon::Down, Tone::T1);
    let x = pen.line_at(rect.left() + 38.0, y, Ink::strong(Type::LABEL), "Further down: ");
    let end = pen.line_at(x, y, Ink::text(Type::LABEL), what);
    let ink = Ink::data(Type::LABEL).tone(Tone::T2);
    if end + gap::LARGE + pen.width(ink, remark) <= rect.right() - gap::LARGE {
        pen.line_right(rect.right() - gap::LARGE, y - 9.0, ink, remark);
    }
}
