//! The safe stop: something of ours broke down, and nothing is shown any more that could be out of date.

use egui::{Rect, Ui, pos2};

use crate::components::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type};

/// Covers the window with what stopped, a phrase without a full stop, and what to do.
pub fn safe_stop_ui(ui: &mut Ui, what: &str, steps: &[&str]) {
    let window = ui.max_rect();
    let pen = Pen::new(ui);
    pen.fill(window, Tone::Bg0);
    let longest = egui::vec2(720.0, if steps.len() > STEPS.len() { 460.0 } else { 320.0 });
    let card = Rect::from_center_size(window.center(), (window.size() - egui::vec2(64.0, 64.0)).min(longest));
    pen.card(card, Tone::Bg1, Tone::Refuse);
    pen.frame(card, 3.0, 4.0, Tone::Refuse);
    let (x, width) = (card.left() + 28.0, card.width() - 56.0);
    pen.icon(pos2(x + 20.0, card.top() + 48.0), 40.0, Icon::Refuse, Tone::Refuse);
    pen.line(x + 56.0, card.top() + 31.0, Ink::strong(Type::TOTAL), "Stopped safely");
    let mut y = card.top() + 84.0;
    y += pen.paragraph(pos2(x, y), width, Ink::text(Type::SENTENCE), &format!("This program stopped: {what}.")) + 12.0;
    for (number, sentence) in steps.iter().enumerate() {
        pen.line(x, y, Ink::data(Type::BODY).tone(Tone::T3), &number.saturating_add(1).to_string());
        y += pen.paragraph(pos2(x + 22.0, y), width - 22.0, Ink::text(Type::BODY), sentence) + 8.0;
    }
}

/// What to do after a safe stop of the program where the whole machine is its own.
pub const STEPS_OF_MACHINE: [&str; 3] = [
    "Nothing is signed from here on, and nothing more is shown. What stood on this screen before does not count.",
    "If a hardware wallet still asks for something, press Cancel on it, then unplug it.",
    "Write down the sentence above, switch this machine off and start the session again from its beginning.",
];

/// What to do after a safe stop of the program.
pub const STEPS: [&str; 3] = [
    "Nothing is signed from here on, and nothing more is shown. What stood on this screen before does not count.",
    "If a hardware wallet still asks for something, press Cancel on it, then unplug it.",
    "Write down the sentence above, close this program and start the session again from its beginning.",
];
