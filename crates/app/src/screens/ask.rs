//! What a device asks of the person at this machine: the PIN's places, the passphrase, the pairing code.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bars::{ButtonView, buttons_ui};
use super::place::{Cut, Form};
use crate::components::{Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::{Action, Ask, Entry, Model};
use crate::tokens::{Tone, Type, gap, size};

/// The places of the matrix, row by row: the keys of a number pad, and their names for who does not see them.
const PLACES: [[(char, &str); 3]; 3] = [
    [('7', "upper left"), ('8', "upper middle"), ('9', "upper right")],
    [('4', "left"), ('5', "middle"), ('6', "right")],
    [('1', "lower left"), ('2', "lower middle"), ('3', "lower right")],
];

const PIN: [&str; 2] = [
    "The device shows the nine digits in an order of its own. Press the place of each digit of your PIN, here or on the \
     number pad, which has the same shape.",
    "Without a number pad: 7 8 9 are the upper row, 4 5 6 the middle one, 1 2 3 the lower one. This machine learns places, \
     never digits.",
];
const WHERE: [&str; 2] = [
    "Enter it on the device, where it can: then this machine never learns it.",
    "A device without keys for it has it typed here. Another passphrase opens another wallet: its keys are compared with \
     the folder before anything is signed.",
];
const TYPED: &str = "This machine then knows it: whoever controls it, and gets the device's seed, has the coins. Nothing is \
                     kept: it is given to the device and overwritten.";
const PAIRING: [&str; 2] = [
    "The device shows a code, too. Both must be the same, character by character.",
    "Another code means that somebody is between this machine and the device. Nothing is signed then.",
];

/// What the screen shows.
pub struct AskView {
    device: String,
    ask: AskedView,
}

enum AskedView {
    Pin(usize),
    Where,
    /// What is typed: how many characters, and these where they are shown.
    Passphrase(usize, Option<String>),
    Pairing(String),
    Advisories(Vec<&'static str>),
}

impl AskView {
    /// The view of a model, if a device asks something.
    pub fn of(model: &Model) -> Option<Self> {
        let ask = match model.question()? {
            Ask::Pin(typed) => AskedView::Pin(typed.count()),
            Ask::PassphraseWhere => AskedView::Where,
            Ask::Passphrase { typed, shown } => {
                AskedView::Passphrase(typed.count(), shown.then(|| typed.text().to_owned()))
            }
            Ask::Advisories { problems, .. } => AskedView::Advisories(problems.clone()),
            Ask::Pairing(code) => AskedView::Pairing(code.clone()),
        };
        let device = model.sign.identity.as_ref().map(vitrine_device::Identity::name);
        let device = device.or_else(|| model.open.device().map(|found| found.name.clone()));
        Some(Self { device: device.unwrap_or_default(), ask })
    }

    const fn title(&self) -> &'static str {
        match self.ask {
            AskedView::Pin(_) => "Enter the PIN by its places",
            AskedView::Where => "The device asks for the passphrase",
            AskedView::Passphrase(..) => "Type the passphrase",
            AskedView::Advisories(_) => "Something is known against this device",
            AskedView::Pairing(_) => "Is this the code on the device?",
        }
    }
}

/// Shows the screen.
pub fn ask_ui(ui: &mut Ui, body: Rect, form: Form, view: &AskView) -> Option<Action> {
    let (bar, room) = body.cut_bottom(form.gate_bar());
    let pen = Pen::new(ui);
    pen.fill(room, Tone::Bg1);
    let one = form.is_one();
    let room = room.inset(if one { gap::MEDIUM } else { 48.0 }, if one { gap::TINY } else { 36.0 });
    let title = if one { Type::TITLE } else { Type::TOTAL };
    pen.icon(pos2(room.left() + 14.0, room.top() + title.pitch / 2.0), 26.0, Icon::Hand, Tone::Act);
    pen.line(room.left() + 40.0, room.top(), Ink::strong(title), view.title());
    let mut top = room.top() + title.pitch;
    if form != Form::Tight {
        pen.line(room.left() + 40.0, top, Ink::text(Type::BODY).tone(Tone::T2), &view.device);
        top += Type::BODY.pitch;
    }
    let room = room.with_min_y(top + if one { gap::SMALL } else { gap::WIDE });
    let pressed = match &view.ask {
        AskedView::Pin(count) => pin_ui(ui, room, form, *count),
        AskedView::Where => sentences(&pen, room, form, &WHERE),
        AskedView::Passphrase(count, shown) => passphrase_ui(&pen, room, form, *count, shown.as_deref()),
        AskedView::Advisories(problems) => advisories_ui(&pen, room, form, problems),
        AskedView::Pairing(code) => pairing_ui(&pen, room, form, code),
    };
    bar_ui(ui, bar, &view.ask).or(pressed)
}

fn bar_ui(ui: &mut Ui, bar: Rect, ask: &AskedView) -> Option<Action> {
    let cancel = ButtonView::quiet(Icon::Cross, KeyCap::Escape, "Cancel", Action::CancelQuestion);
    let give = |label: &str| ButtonView::primary(Icon::Plug, label, Action::Primary);
    let back = || ButtonView::quiet(Icon::Left, KeyCap::Backspace, "One back", Action::Enter(Entry::Back));
    match ask {
        AskedView::Pin(count) => {
            let give = give("Give it to the device").enabled(*count > 0);
            buttons_ui(ui, bar, &[cancel, back()], "", Some(&give))
        }
        AskedView::Where => {
            let here = ButtonView::quiet(Icon::Person, KeyCap::Letter('K'), "Type it here", Action::TypeHere);
            buttons_ui(ui, bar, &[cancel, here], "", Some(&give("Enter it on the device")))
        }
        AskedView::Passphrase(_, shown) => {
            let (icon, word) = if shown.is_some() { (Icon::EyeSlash, "Hide") } else { (Icon::Eye, "Show") };
            let show = ButtonView::quiet(icon, KeyCap::Tab, word, Action::ShowTyped);
            buttons_ui(ui, bar, &[cancel, show], "", Some(&give("Give it to the device")))
        }
        AskedView::Advisories(_) => {
            let acknowledge = ButtonView::quiet(Icon::Tick, KeyCap::Letter('A'), "Acknowledge", Action::Acknowledge);
            buttons_ui(ui, bar, &[cancel, acknowledge], "", None)
        }
        AskedView::Pairing(_) => {
            let same = ButtonView::quiet(Icon::Equals, KeyCap::Letter('Y'), "The same code", Action::SameCode);
            let other = ButtonView::quiet(Icon::Differs, KeyCap::Letter('N'), "Another code", Action::OtherCode);
            buttons_ui(ui, bar, &[same, other], "", None)
        }
    }
}

/// Sentences one below the other.
fn sentences(pen: &Pen, room: Rect, form: Form, sentences: &[&str]) -> Option<Action> {
    let kind = if form.is_one() { Type::BODY } else { Type::SENTENCE };
    let mut y = room.top();
    for (place, sentence) in sentences.iter().enumerate() {
        let ink = Ink::text(kind).tone(if place == 0 { Tone::T1 } else { Tone::T2 });
        y += pen.paragraph(pos2(room.left(), y), room.width().min(640.0), ink, sentence) + gap::MEDIUM;
    }
    None
}

fn pin_ui(ui: &mut Ui, room: Rect, form: Form, count: usize) -> Option<Action> {
    let cell = match form {
        Form::Tight => 52.0,
        Form::One => 64.0,
        Form::Two | Form::Three => 96.0,
    };
    let side = 3.0 * cell + 2.0 * gap::SMALL;
    let (grid, beside) = room.cut_left(side);
    let mut pressed = None;
    for (row, places) in PLACES.iter().enumerate() {
        for (column, (place, name)) in places.iter().enumerate() {
            let at = vec2(column as f32, row as f32) * (cell + gap::SMALL);
            let rect = Rect::from_min_size(grid.min + at, vec2(cell, cell));
            if place_ui(ui, rect, name) {
                pressed = Some(Action::Enter(Entry::Place(*place)));
            }
        }
    }
    let beside = beside.with_min_x(beside.left() + if form.is_one() { gap::LARGE } else { 48.0 });
    let pen = Pen::new(ui);
    entered_ui(&pen, beside, count, if count == 1 { "place" } else { "places" });
    sentences(&pen, beside.with_min_y(beside.top() + 64.0), form, &PIN);
    pressed
}

/// One place of the matrix: a dot, as the digit on it is the device's alone.
fn place_ui(ui: &mut Ui, rect: Rect, name: &str) -> bool {
    let pen = Pen::new(ui);
    pen.card(rect, Tone::Bg2, Tone::Edge);
    let dot = Rect::from_center_size(rect.center(), vec2(10.0, 10.0));
    pen.fill_round(dot, 5.0, Tone::T1);
    let response = ui.interact(rect, ui.scope_id().with(("place", name)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.clicked()
}

/// How much is entered: a dot for each, as far as there is room, and the number.
fn entered_ui(pen: &Pen, room: Rect, count: usize, what: &str) {
    const PITCH: f32 = 16.0;
    let field = Rect::from_min_size(room.min, vec2(room.width().min(420.0), 32.0));
    pen.fill_round(field, size::RADIUS, Tone::Bg0);
    pen.frame(field, size::FOCUS, size::RADIUS, Tone::Act);
    let fit = ((field.width() - 2.0 * gap::MEDIUM) / PITCH) as usize;
    for place in 0..count.min(fit) {
        let centre = pos2(field.left() + gap::MEDIUM + PITCH * (place as f32 + 0.5), field.center().y);
        pen.fill_round(Rect::from_center_size(centre, vec2(8.0, 8.0)), 4.0, Tone::T1);
    }
    let number = format!("{count} {what} entered");
    pen.line(field.left(), field.bottom() + gap::TINY, Ink::text(Type::LABEL).tone(Tone::T2), &number);
}

fn passphrase_ui(pen: &Pen, room: Rect, form: Form, count: usize, shown: Option<&str>) -> Option<Action> {
    entered_ui(pen, room, count, if count == 1 { "character" } else { "characters" });
    let mut y = room.top() + 64.0;
    if let Some(text) = shown {
        let kind = if form.is_one() { Type::BODY } else { Type::SENTENCE };
        // A blank at an end would not be seen.
        let visible = text.replace(' ', "\u{b7}");
        let wrap = room.width().min(640.0);
        y += pen.paragraph(pos2(room.left(), y), wrap, Ink::data(kind), &visible) + gap::TINY;
        let blanks = if text.contains(' ') { "· stands for a blank." } else { "" };
        y += pen.paragraph(pos2(room.left(), y), wrap, Ink::text(Type::LABEL).tone(Tone::T2), blanks) + gap::SMALL;
    }
    let ink = Ink::text(Type::BODY);
    let width = room.width().min(640.0);
    let height = pen.height(width - 60.0, ink, TYPED) + 20.0;
    let card = Rect::from_min_size(pos2(room.left(), y), vec2(width, height));
    pen.card(card, Tone::CautionBg, Tone::Caution);
    pen.left_bar(card, 5.0, Tone::Caution);
    pen.icon(pos2(card.left() + 24.0, card.top() + 20.0), 18.0, Icon::Caution, Tone::Caution);
    pen.paragraph(pos2(card.left() + 44.0, card.top() + 10.0), width - 60.0, ink, TYPED);
    let empty = "Nothing typed is the wallet without a passphrase.";
    let below = pos2(room.left(), card.bottom() + gap::MEDIUM);
    pen.paragraph(below, width, Ink::text(Type::LABEL).tone(Tone::T2), empty);
    None
}

/// What is known, one card each, as far as there is room; then how much more there is.
fn advisories_ui(pen: &Pen, room: Rect, form: Form, problems: &[&'static str]) -> Option<Action> {
    let ink = Ink::text(if form.is_one() { Type::LABEL } else { Type::BODY });
    let width = room.width().min(720.0);
    let more = Type::LABEL.pitch + gap::SMALL;
    let mut y = room.top();
    for (place, problem) in problems.iter().enumerate() {
        let height = pen.height(width - 60.0, ink, problem) + 16.0;
        if y + height + more > room.bottom() {
            let rest = format!(
                "Further down: {} more. vitrine devices --open prints all.",
                problems.len().saturating_sub(place)
            );
            pen.line(room.left(), y, Ink::text(Type::LABEL).tone(Tone::T2), &rest);
            return None;
        }
        let card = Rect::from_min_size(pos2(room.left(), y), vec2(width, height));
        pen.card(card, Tone::CautionBg, Tone::Caution);
        pen.left_bar(card, 5.0, Tone::Caution);
        pen.icon(pos2(card.left() + 24.0, card.top() + 17.0), 18.0, Icon::Caution, Tone::Caution);
        pen.paragraph(pos2(card.left() + 44.0, card.top() + 8.0), width - 60.0, ink, problem);
        y = card.bottom() + gap::SMALL;
    }
    pen.line(
        room.left(),
        y,
        Ink::text(Type::LABEL).tone(Tone::T2),
        "A signs with it all the same; the record says so.",
    );
    None
}

fn pairing_ui(pen: &Pen, room: Rect, form: Form, code: &str) -> Option<Action> {
    let kind = if form.is_one() { Type::TITLE } else { Type::MIRROR };
    let rows: Vec<String> = code.split_whitespace().collect::<Vec<_>>().chunks(2).map(|row| row.join("  ")).collect();
    let height = rows.len() as f32 * kind.pitch + 2.0 * gap::LARGE;
    let card = Rect::from_min_size(room.min, vec2(room.width().min(460.0), height));
    pen.fill_round(card, 18.0, Tone::Black);
    pen.frame(card, size::FOCUS, 18.0, Tone::Edge);
    for (row, text) in rows.iter().enumerate() {
        let y = card.top() + gap::LARGE + row as f32 * kind.pitch;
        pen.on_black().line(card.left() + gap::WIDE, y, Ink::data(kind), text);
    }
    sentences(pen, room.with_min_y(card.bottom() + gap::LARGE), form, &PAIRING)
}
