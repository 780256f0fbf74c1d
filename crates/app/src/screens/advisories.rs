//! What is known against a device, page by page: it is acknowledged once all of it was on the screen.

use egui::{Rect, Ui, pos2, vec2};

use super::bars::{ButtonView, buttons_ui};
use super::frame::counted;
use super::place::Form;
use crate::components::{Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Reading, Step};
use crate::tokens::{Tone, Type, gap};

/// What the screen shows.
pub struct AdvisoriesView {
    /// Each in a sentence.
    pub problems: Vec<&'static str>,
    /// Which of them are on the screen, and which were.
    pub reading: Reading,
}

impl AdvisoriesView {
    fn is_whole(&self) -> bool {
        self.reading.is_whole(self.problems.len())
    }
}

/// Shows the buttons: `A` answers once everything was on the screen.
pub fn advisories_bar_ui(ui: &mut Ui, bar: Rect, cancel: ButtonView, view: &AdvisoriesView) -> Option<Action> {
    let acknowledge = match view.is_whole() {
        true => ButtonView::quiet(Icon::Tick, KeyCap::Letter('A'), "Acknowledge", Action::Acknowledge),
        false => ButtonView::quiet(Icon::Lock, KeyCap::Letter('A'), "Acknowledge", Action::Acknowledge).enabled(false),
    };
    let mut buttons = vec![acknowledge];
    if view.reading.first() > 0 && view.is_whole() {
        buttons.push(ButtonView::arrow(KeyCap::Up, "Further up", Action::ReadOn(Step::Previous)));
    } else if view.reading.end() < view.problems.len() {
        buttons.push(ButtonView::arrow(KeyCap::Down, "Further down", Action::ReadOn(Step::Next)));
    }
    buttons.push(cancel);
    let remark = if view.is_whole() { "The record says so" } else { "A opens once all were on the screen" };
    buttons_ui(ui, bar, &buttons, remark, None)
}

/// Shows one page, one card each, and says how many follow. A page ends at a whole card.
pub fn advisories_ui(pen: &Pen, room: Rect, form: Form, view: &AdvisoriesView) -> Option<Action> {
    let room = room.with_max_x(room.left() + room.width().min(720.0));
    let (first, total) = (view.reading.first(), view.problems.len());
    let further = Type::LABEL.pitch + gap::TINY;
    let mut y = room.top();
    let mut end = first;
    for (place, problem) in view.problems.iter().enumerate().skip(first) {
        let next = place.saturating_add(1);
        let height = card_ui(&pen.unseen(), room.with_min_y(y), form, problem, "");
        let below = if next == total { 0.0 } else { gap::SMALL + further };
        if y + height + below > room.bottom() && place > first {
            break;
        }
        card_ui(pen, room.with_min_y(y), form, problem, &format!("Caution {next} of {total}"));
        y += height + gap::SMALL;
        end = next;
    }
    let rest = total.saturating_sub(end);
    if rest > 0 {
        let centre = y + Type::LABEL.pitch / 2.0;
        pen.icon(pos2(room.left() + 10.0, centre), 15.0, Icon::Down, Tone::T1);
        pen.line(
            room.left() + 24.0,
            y,
            Ink::strong(Type::LABEL),
            &format!("Further down: {}", counted(rest, "caution")),
        );
    }
    (end != view.reading.end()).then_some(Action::Shown { first, end })
}

/// Paints a card at the top of its room; returns its height.
fn card_ui(pen: &Pen, room: Rect, form: Form, problem: &str, title: &str) -> f32 {
    const TEXT_LEFT: f32 = 44.0;
    let ink = Ink::text(if form.is_one() { Type::BODY } else { Type::SENTENCE });
    let padding = if form == Form::Tight { 6.0 } else { 10.0 };
    let (left, top) = (room.left(), room.top());
    let text_width = room.width() - TEXT_LEFT - gap::LARGE;
    let height = 2.0 * padding + Type::LABEL.pitch + pen.height(text_width, ink, problem);
    let card = Rect::from_min_size(room.min, vec2(room.width(), height));
    pen.card(card, Tone::CautionBg, Tone::Caution);
    pen.left_bar(card, 5.0, Tone::Caution);
    let title_top = top + padding;
    pen.icon(pos2(left + 24.0, title_top + Type::LABEL.pitch / 2.0), 18.0, Icon::Caution, Tone::Caution);
    pen.line(left + TEXT_LEFT, title_top, Ink::strong(Type::LABEL).tone(Tone::Caution), title);
    pen.paragraph(pos2(left + TEXT_LEFT, title_top + Type::LABEL.pitch), text_width, ink, problem);
    height
}
