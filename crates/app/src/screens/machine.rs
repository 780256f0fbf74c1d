//! The machine itself: what the self-test found, what happened, switching it off, the locked screen.

use egui::{Rect, Ui, pos2};

use super::frame::{counted, sentence};
use super::overlay::title_ui;
use super::place::Form;
use crate::components::{self as c, Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Check, Machine, Model, Notice};
use crate::tokens::{Tone, Type, gap};

/// Shows what the self-test found.
pub fn self_test_ui(ui: &mut Ui, room: Rect, form: Form, model: &Model) {
    let Some(machine) = &model.machine else { return };
    let (title, detail) = match &machine.checks {
        None => ("Self-test".to_owned(), "This machine is being looked at.".to_owned()),
        Some(Err(why)) => ("Self-test: it did not run".to_owned(), sentence(why)),
        Some(Ok(checks)) if form == Form::Tight => (summary(checks), String::new()),
        Some(Ok(checks)) => (summary(checks), PROVES.to_owned()),
    };
    let room = title_ui(ui, room, &title, &detail);
    if let Some(Ok(checks)) = &machine.checks {
        list_ui(ui, room, checks, machine.first, |ui, room, check| check_ui(ui, room, form, check));
    }
}

const PROVES: &str = "What a machine says of itself proves nothing against one that lies. Compare the measure with the \
                      printed one, and the medium on another machine.";

fn summary(checks: &[Check]) -> String {
    let failed = checks.iter().filter(|check| !check.passed).count();
    match failed {
        0 => format!("Self-test: all {} properties hold", checks.len()),
        _ => format!("Self-test: {failed} of {} FAIL", checks.len()),
    }
}

fn check_ui(ui: &mut Ui, room: Rect, form: Form, check: &Check) -> f32 {
    let pen = Pen::new(ui);
    let (icon, word, tone) =
        if check.passed { (Icon::Done, "PASS", Tone::Proven) } else { (Icon::Refuse, "FAIL", Tone::Refuse) };
    pen.icon(pos2(room.left() + 9.0, room.top() + 10.0), 18.0, icon, tone);
    pen.line(room.left() + 24.0, room.top(), Ink::strong(Type::BODY).tone(tone), word);
    let (left, width) = (room.left() + 68.0, room.width() - 68.0);
    let mut y =
        room.top() + pen.paragraph(pos2(left, room.top()), width, Ink::text(Type::BODY), &sentence(&check.property));
    match check.digest() {
        Some(digest) => {
            let per_row = if form.is_one() { 8 } else { 16 };
            y += c::digest_groups(ui, pos2(left, y + 2.0), Type::LABEL, per_row, &digest.groups()) + gap::TINY;
            let words: Vec<String> = digest.words().into_iter().map(str::to_owned).collect();
            let (left, width) = if form.is_one() { (room.left(), room.width()) } else { (left, width.min(720.0)) };
            y += c::digest_words(ui, pos2(left, y + 2.0), width, &words) + gap::TINY;
        }
        None => y += pen.paragraph(pos2(left, y), width, Ink::text(Type::LABEL).tone(Tone::T2), &check.seen),
    }
    y + gap::SMALL - room.top()
}

/// Shows what happened to the machine, the latest first.
pub fn notices_ui(ui: &mut Ui, room: Rect, form: Form, model: &Model) {
    let Some(machine) = &model.machine else { return };
    let title = match machine.notices.len() {
        0 => "No notices".to_owned(),
        count => counted(count, "notice"),
    };
    let detail = "What was refused, what broke down, and what to do about it. The latest stands first.";
    let room = title_ui(ui, room, &title, if form == Form::Tight { "" } else { detail });
    let latest: Vec<Notice> = machine.notices.iter().rev().cloned().collect();
    list_ui(ui, room, &latest, machine.first, |ui, room, notice| {
        let pen = Pen::new(ui);
        pen.icon(pos2(room.left() + 9.0, room.top() + 10.0), 18.0, Icon::Caution, Tone::Caution);
        let (left, width) = (room.left() + 28.0, (room.width() - 28.0).min(760.0));
        let mut y = room.top();
        y += pen.paragraph(pos2(left, y), width, Ink::strong(Type::BODY), &sentence(&notice.text));
        y += pen.paragraph(pos2(left, y), width, Ink::text(Type::BODY).tone(Tone::T2), &sentence(&notice.next));
        y + gap::MEDIUM - room.top()
    });
}

/// Entries one below the other, whole ones only; the first is shown even where there is no room for it.
fn list_ui<T>(ui: &mut Ui, room: Rect, entries: &[T], first: usize, mut show: impl FnMut(&mut Ui, Rect, &T) -> f32) {
    let mut y = room.top();
    for (place, entry) in entries.iter().enumerate().skip(first) {
        let here = room.with_min_y(y);
        let height = c::measure(ui, |ui| show(ui, here, entry));
        let rest = entries.len().saturating_sub(place);
        let foot = if rest > 1 { Type::LABEL.pitch } else { 0.0 };
        if y + height + foot > room.bottom() && place > first {
            let further = format!("Further down: {rest} more");
            let pen = Pen::new(ui);
            pen.line(room.left(), room.bottom() - Type::LABEL.pitch, Ink::text(Type::LABEL).tone(Tone::T2), &further);
            return;
        }
        show(ui, here, entry);
        y += height;
    }
}

/// Asks whether to switch the machine off.
pub fn power_off_ui(ui: &mut Ui, room: Rect) {
    let detail = "Memory is emptied with it. What was saved stays on the export stick; what was not is gone.";
    title_ui(ui, room, "Switch this machine off?", detail);
}

/// The locked screen: nothing of the session.
pub fn locked_ui(ui: &mut Ui, window: Rect, machine: &Machine) {
    let pen = Pen::new(ui);
    pen.fill(window, Tone::Bg0);
    let size = (window.size() - egui::vec2(48.0, 48.0)).min(egui::vec2(560.0, 190.0));
    let card = Rect::from_center_size(window.center(), size);
    pen.card(card, Tone::Bg1, Tone::Edge);
    let (x, width) = (card.left() + 28.0, card.width() - 56.0);
    pen.icon(pos2(x + 14.0, card.top() + 42.0), 28.0, Icon::Lock, Tone::T2);
    pen.line(x + 42.0, card.top() + 28.0, Ink::strong(Type::TITLE), "Locked");
    let mut y = card.top() + 72.0;
    let key = c::key_cap(ui, pos2(x, y + 10.0), KeyCap::Enter);
    pen.line(key + 8.0, y, Ink::text(Type::BODY), "twice opens the screen.");
    y += 30.0;
    let what = "The lock hides what is on the screen. It is no password: this machine holds no keys.";
    y += pen.paragraph(pos2(x, y), width, Ink::text(Type::BODY).tone(Tone::T2), what) + gap::TINY;
    if machine.unread() > 0 {
        pen.line(x, y, Ink::strong(Type::LABEL).tone(Tone::Caution), &counted(machine.unread(), "new notice"));
    }
}

/// Shows that there are new notices in place of the hints.
pub fn unread_ui(ui: &mut Ui, rect: Rect, unread: usize) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::CautionBg);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Caution);
    let y = rect.center().y;
    pen.icon(pos2(rect.left() + gap::LARGE + 8.0, y), 16.0, Icon::Caution, Tone::Caution);
    let x = pen.line_at(rect.left() + gap::LARGE + 24.0, y, Ink::strong(Type::LABEL), &counted(unread, "new notice"));
    let cap = c::key_cap(ui, pos2(x + gap::MEDIUM, y), KeyCap::Function(4));
    pen.line_at(cap + 5.0, y, Ink::text(Type::LABEL), "read it. Every other key acts as before.");
}
