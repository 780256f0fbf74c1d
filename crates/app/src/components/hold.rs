//! The hold button. It never answers `Enter`, never has the focus, and a click does nothing.

use egui::{Rect, Ui, pos2};

use super::hints;
use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::tokens::{Tone, Type, gap, size};

/// The hold button's state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HoldView {
    /// Gates are open.
    Locked {
        /// How many.
        steps_left: usize,
    },
    /// Everything is done, nobody holds.
    Armed,
    /// Space is held.
    Held {
        /// For how long, in milliseconds.
        held_ms: u64,
        /// How long it must be, in milliseconds.
        needed_ms: u64,
    },
}

/// Width the button asks of the gate bar in the state that needs most.
pub const HOLD_WIDTH: f32 = 330.0;
const LABEL: Ink = Ink::strong(Type::BODY);

impl HoldView {
    /// What the button says.
    pub fn label(self) -> String {
        match self {
            Self::Locked { steps_left: 1 } => "Signing is locked · 1 step left".to_owned(),
            Self::Locked { steps_left } => format!("Signing is locked · {steps_left} steps left"),
            Self::Armed => "Hold Space 2 s to sign".to_owned(),
            Self::Held { .. } => "Keep holding to sign".to_owned(),
        }
    }

    /// The width the button needs.
    pub fn width(self, ui: &Ui) -> f32 {
        match self {
            Self::Locked { .. } => Pen::new(ui).width(Ink::text(Type::BODY), &self.label()) + 57.0,
            Self::Armed | Self::Held { .. } => HOLD_WIDTH,
        }
    }
}

/// Paints the hold button.
pub fn hold_button(ui: &mut Ui, rect: Rect, view: HoldView) {
    let pen = Pen::new(ui);
    match view {
        HoldView::Locked { .. } => locked(&pen, rect, view),
        HoldView::Armed => armed(&pen, rect, view, ""),
        HoldView::Held { held_ms, needed_ms } => held(&pen, rect, view, held_ms, needed_ms),
    }
    let response = ui.interact(rect, ui.scope_id().with("hold"), egui::Sense::hover());
    let enabled = !matches!(view, HoldView::Locked { .. });
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, view.label()));
}

fn locked(pen: &Pen, rect: Rect, view: HoldView) {
    pen.frame(rect, size::STROKE, size::CARD_RADIUS, Tone::Edge);
    let y = rect.center().y;
    let ink = Ink::text(Type::BODY).tone(Tone::T3);
    let x = rect.center().x - (pen.width(ink, &view.label()) + 24.0) / 2.0;
    pen.icon(pos2(x + 8.0, y - 2.0), 17.0, Icon::Lock, Tone::T3);
    pen.line_at(x + 24.0, y, ink, &view.label());
}

fn armed(pen: &Pen, rect: Rect, view: HoldView, left: &str) {
    pen.frame(rect, size::FOCUS, size::CARD_RADIUS, Tone::Act);
    let y = rect.center().y;
    let cap = hints::key_cap_width(pen, KeyCap::Space) + gap::MEDIUM;
    let seconds = if left.is_empty() { 0.0 } else { gap::MEDIUM + pen.width(Ink::data_strong(Type::BODY), left) };
    let x = rect.center().x - (cap + pen.width(LABEL, &view.label()) + seconds) / 2.0;
    let x = hints::caps(pen, x, y, &[KeyCap::Space], Tone::T1, Tone::T1) + gap::MEDIUM;
    let x = pen.line_at(x, y, LABEL, &view.label());
    pen.line_at(x + gap::MEDIUM, y, Ink::data_strong(Type::BODY), left);
}

fn held(pen: &Pen, rect: Rect, view: HoldView, held_ms: u64, needed_ms: u64) {
    let left_ms = needed_ms.saturating_sub(held_ms);
    let tenths = left_ms.div_ceil(100);
    let share = part(held_ms, needed_ms);
    let inner = rect.shrink(size::STROKE);
    let bar = Rect::from_min_max(
        pos2(inner.left(), inner.bottom() - 8.0),
        pos2(inner.left() + inner.width() * share, inner.bottom()),
    );
    pen.fill(bar, Tone::Act);
    armed(pen, rect, view, &format!("{}.{} s", tenths / 10, tenths % 10));
}

fn part(held_ms: u64, needed_ms: u64) -> f32 {
    let thousandths = held_ms.min(needed_ms).saturating_mul(1000).checked_div(needed_ms).unwrap_or(0);
    u16::try_from(thousandths).map_or(1.0, |share| f32::from(share) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_button_says_how_many_steps_are_left() {
        assert_eq!(HoldView::Locked { steps_left: 1 }.label(), "Signing is locked · 1 step left");
        assert_eq!(HoldView::Locked { steps_left: 3 }.label(), "Signing is locked · 3 steps left");
    }

    #[test]
    fn the_bar_is_full_only_at_the_end() {
        assert!(part(1_999, 2_000) < 1.0);
        assert!((part(2_000, 2_000) - 1.0).abs() < f32::EPSILON);
        assert!(part(5, 0).abs() < f32::EPSILON);
    }
}
