//! The hardware wallets: which one is taken, who it is, and what it belongs to.

use egui::{Rect, Ui, pos2, vec2};

use super::frame::{counted, sentence};
use super::place::Form;
use crate::components::{Ink, Pen};
use crate::icons::Icon;
use crate::model::{Action, Failed, Found, Model};
use crate::tokens::{Tone, Type, gap, size};
use vitrine_ceremony::Recognised;

/// A hardware wallet in the list.
struct RowView {
    name: String,
    id: String,
    is_taken: bool,
    state: Known,
}

/// What is known of it.
enum Known {
    Nothing,
    Asking,
    Said(Vec<(&'static str, String)>),
    Failed(Failed),
}

/// What the list shows.
pub struct DevicesView {
    rows: Vec<RowView>,
    focus: usize,
    trouble: Option<String>,
}

impl DevicesView {
    /// The view of a model.
    pub fn of(model: &Model) -> Self {
        let open = &model.open;
        let taken = open.device().map(|found| found.id.as_str());
        let row = |found: &Found| RowView {
            name: found.name.clone(),
            id: found.id.clone(),
            is_taken: taken == Some(found.id.as_str()),
            state: match (open.asking.as_ref() == Some(&found.id), open.recognised.get(&found.id)) {
                (true, _) => Known::Asking,
                (false, None) => Known::Nothing,
                (false, Some(Ok(recognised))) => Known::Said(facts(recognised, model.session.folder().is_some())),
                (false, Some(Err(failed))) => Known::Failed(failed.clone()),
            },
        };
        let trouble = match &open.devices {
            None => Some("Not looked at yet.".to_owned()),
            Some(Err(why)) => Some(sentence(why)),
            Some(Ok(list)) if list.is_empty() => {
                Some("No hardware wallet is plugged in. Plug one in and unlock it, then press R.".to_owned())
            }
            Some(Ok(_)) => None,
        };
        Self { rows: open.device_list().iter().map(row).collect(), focus: open.focus, trouble }
    }
}

/// What a device said of itself, one fact a row.
fn facts(recognised: &Recognised, has_folder: bool) -> Vec<(&'static str, String)> {
    let identity = &recognised.identity;
    let mut facts = vec![("Model", identity.model.clone())];
    let told =
        [("Firmware", Some(&identity.firmware)), ("App", identity.app.as_ref()), ("Label", Some(&identity.label))];
    let told = told.into_iter().filter_map(|(name, text)| Some((name, text.filter(|text| !text.is_empty())?.clone())));
    facts.extend(told);
    let fingerprint = recognised.fingerprint.clone();
    facts.push(("Fingerprint", fingerprint.unwrap_or_else(|| "not told by it, or by the app that is open".to_owned())));
    let wallets: Vec<String> = recognised.belongs_to.iter().map(vitrine_ceremony::Belonging::phrase).collect();
    if has_folder {
        facts
            .push(("Wallet", if wallets.is_empty() { "none of this ceremony".to_owned() } else { wallets.join("; ") }));
    }
    facts.extend(recognised.known_against.iter().map(|problem| ("Caution", (*problem).to_owned())));
    facts
}

/// Shows the list.
pub fn devices_ui(ui: &mut Ui, room: Rect, form: Form, view: &DevicesView) -> Option<Action> {
    let pen = Pen::new(ui);
    let one = form.is_one();
    pen.line(room.left(), room.top(), Ink::strong(Type::TITLE), "Hardware wallets");
    let mut y = room.top() + Type::TITLE.pitch;
    let how = "Enter takes one and asks it who it is. It may want its PIN first.";
    y += pen.paragraph(pos2(room.left(), y), room.width(), Ink::text(Type::BODY).tone(Tone::T2), how);
    y += if one { gap::SMALL } else { gap::LARGE };
    if let Some(trouble) = &view.trouble {
        pen.icon(pos2(room.left() + 9.0, y + 11.0), 18.0, Icon::Usb, Tone::T2);
        pen.paragraph(pos2(room.left() + 28.0, y), room.width() - 28.0, Ink::text(Type::SENTENCE), trouble);
        return None;
    }
    list_ui(&pen, room.with_min_y(y), view);
    None
}

/// Rows from the one in focus on, after as many before it as fit: a list ends at a whole row.
fn list_ui(pen: &Pen, room: Rect, view: &DevicesView) {
    let more = Type::LABEL.pitch + gap::TINY;
    let highest = if view.rows.len() > 1 { room.with_max_y(room.bottom() - more) } else { room };
    let heights: Vec<f32> = view.rows.iter().map(|row| row_height(pen, highest, row)).collect();
    let first = first_row(&heights, view.focus, room.height() - more);
    let mut y = room.top();
    for (place, (row, height)) in view.rows.iter().zip(&heights).enumerate().skip(first) {
        let last = place.saturating_add(1) == view.rows.len();
        if y + height + if last { 0.0 } else { more } > room.bottom() && place > first {
            let rest = counted(view.rows.len().saturating_sub(place), "hardware wallet");
            pen.line(room.left(), y, Ink::text(Type::LABEL).tone(Tone::T2), &format!("Further down: {rest}"));
            return;
        }
        row_ui(pen, Rect::from_min_size(pos2(room.left(), y), vec2(room.width(), *height)), row, place == view.focus);
        y += height;
    }
}

/// The first row from which the one in focus still fits.
fn first_row(heights: &[f32], focus: usize, room: f32) -> usize {
    let mut first = focus.min(heights.len().saturating_sub(1));
    let mut used = heights.get(first).copied().unwrap_or_default();
    while let Some(before) = first.checked_sub(1).and_then(|before| heights.get(before)) {
        used += before;
        if used > room {
            break;
        }
        first = first.saturating_sub(1);
    }
    first
}

const LABEL_WIDTH: f32 = 96.0;
const TEXT_LEFT: f32 = 40.0;

/// The height that a row takes; never more than the whole room.
fn row_height(pen: &Pen, room: Rect, row: &RowView) -> f32 {
    row_ui(&pen.unseen(), room, row, false)
}

/// Paints a row, as far as its place reaches; returns the height that it took.
fn row_ui(pen: &Pen, rect: Rect, row: &RowView, focused: bool) -> f32 {
    if focused {
        pen.fill(rect, Tone::Bg2);
        pen.fill(rect.with_max_x(rect.left() + size::HEAVY), Tone::Act);
    }
    let mut y = rect.top() + gap::SMALL;
    pen.icon(pos2(rect.left() + 20.0, y + 11.0), 20.0, Icon::Usb, Tone::T2);
    let left = rect.left() + TEXT_LEFT;
    let width = rect.right() - gap::MEDIUM - left;
    pen.line(left, y, Ink::strong(Type::SENTENCE), &row.name);
    if row.is_taken {
        let word = "Taken";
        let x = pen.line_right(rect.right() - gap::MEDIUM, y, Ink::strong(Type::LABEL).tone(Tone::Proven), word);
        pen.icon(pos2(x - 12.0, y + 9.0), 16.0, Icon::Done, Tone::Proven);
    }
    y += Type::SENTENCE.pitch;
    pen.line(left, y, Ink::data(Type::LABEL).tone(Tone::T2), &row.id);
    y += Type::LABEL.pitch;
    let quiet = Ink::text(Type::BODY).tone(Tone::T2);
    y += match &row.state {
        Known::Nothing => pen.paragraph(pos2(left, y), width, quiet, "Not asked yet."),
        Known::Asking => {
            pen.paragraph(pos2(left, y), width, quiet, "Asking it. Look at its screen: it may want to be unlocked.")
        }
        Known::Said(facts) => {
            facts_height(pen, Rect::from_min_max(pos2(left, y), pos2(left + width, rect.bottom())), facts)
        }
        Known::Failed(failed) => failed_height(pen, pos2(left, y), width, failed),
    };
    y += gap::SMALL;
    pen.rule(rect.left(), rect.right(), y - size::STROKE, Tone::Line);
    y - rect.top()
}

/// Paints facts one below the other; those that have no room are counted, and told where they are.
fn facts_height(pen: &Pen, room: Rect, facts: &[(&'static str, String)]) -> f32 {
    let ink = Ink::text(Type::BODY);
    let more = Type::LABEL.pitch + gap::SMALL;
    let width = room.width() - LABEL_WIDTH;
    let mut y = room.top();
    for (place, (label, value)) in facts.iter().enumerate() {
        let height = pen.height(width, ink, value);
        let last = place.saturating_add(1) == facts.len();
        if y + height + if last { gap::SMALL } else { more } > room.bottom() + 1.0 {
            let rest = facts.len().saturating_sub(place);
            let what = format!("Further down: {rest} more. vitrine devices --open prints all.");
            y += pen.paragraph(pos2(room.left(), y), room.width(), Ink::text(Type::LABEL).tone(Tone::T2), &what);
            break;
        }
        pen.line(room.left(), y, ink.tone(Tone::T2), label);
        y += pen.paragraph(pos2(room.left() + LABEL_WIDTH, y), width, ink, value);
    }
    y - room.top()
}

fn failed_height(pen: &Pen, at: egui::Pos2, width: f32, failed: &Failed) -> f32 {
    let mut y = at.y;
    y += pen.paragraph(pos2(at.x, y), width, Ink::text(Type::BODY), &sentence(&failed.reason));
    if let Some(next) = &failed.next {
        y += pen.paragraph(pos2(at.x, y), width, Ink::strong(Type::BODY), &sentence(&format!("Next: {next}")));
    }
    y - at.y
}
