//! Record: every entry, the chain that binds them, and the head to write down.

use egui::{Rect, Ui, pos2};
use vitrine_ceremony::Entry;
use vitrine_review::{Digest, Value};

use super::bars::{ButtonView, buttons_ui, card_ui, further_ui};
use super::place::{Cut, Form};
use crate::components::{self as c, Ink, Pen};
use crate::icons::Icon;
use crate::keys::KeyCap;
use crate::model::RECORD_FILE;
use crate::model::{Action, Model, clock_seconds, duration};
use crate::tokens::{Tone, Type, gap, size};

/// What the screen shows.
pub struct RecordView {
    rows: Vec<c::RecordRow>,
    focus: usize,
    broken: Option<String>,
    times: usize,
    date: String,
    long: String,
    previous: Vec<String>,
    content: Option<Vec<String>>,
    head: Digest,
    saved: String,
    closed: bool,
}

impl RecordView {
    /// The view of a model. The chain is recomputed from its first entry each time.
    pub fn of(model: &Model) -> Self {
        let record = model.session.record();
        let entries = record.entries();
        let last = entries.len().saturating_sub(1);
        let focus = model.record.focus.unwrap_or(last).min(last);
        let first_at = entries.first().map_or(0, |entry| entry.at);
        let entry = entries.get(focus);
        Self {
            rows: entries.iter().enumerate().map(|(place, entry)| row(entry, first_at, place == focus)).collect(),
            focus,
            broken: record.verify().err().map(|error| error.to_string()),
            times: model.record.verified,
            date: Value::Time(first_at).to_text().split(' ').next().unwrap_or_default().to_owned(),
            long: duration(entries.last().map_or(0, |entry| entry.at.saturating_sub(first_at))),
            previous: entry.map(|entry| entry.previous.groups()).unwrap_or_default(),
            content: entry.and_then(|entry| entry.content).map(|content| content.groups()),
            head: record.head(),
            saved: saved(model),
            closed: model.session.stage() == vitrine_ceremony::Stage::Closed,
        }
    }
}

fn row(entry: &Entry, first_at: u64, focused: bool) -> c::RecordRow {
    let state = match entry.kind.as_str() {
        "Aborted" | "Not signed" | "Not read" => c::RecordState::Exception,
        "Not verified" => c::RecordState::Refused,
        "Policy" if entry.what.starts_with("Refuses") => c::RecordState::Refused,
        _ => c::RecordState::Plain,
    };
    c::RecordRow {
        number: usize::try_from(entry.number).unwrap_or(usize::MAX),
        witnessed: clock_seconds(entry.at),
        clock: duration(entry.at.saturating_sub(first_at)),
        kind: entry.kind.clone(),
        what: entry.what.clone(),
        who: entry.who.clone(),
        state,
        focused,
    }
}

fn saved(model: &Model) -> String {
    match model.record.saved.get(RECORD_FILE) {
        Some(Ok(place)) => format!("The record is kept in {place}"),
        Some(Err(why)) => format!("The record is not kept: {why}"),
        None => "The record is being kept.".to_owned(),
    }
}

/// Shows the screen.
pub fn record_ui(ui: &mut Ui, body: Rect, form: Form, view: &RecordView) -> Option<Action> {
    let (bar, rest) = body.cut_bottom(form.gate_bar());
    match form {
        Form::Three => {
            let (side, list) = rest.cut_right(508.0);
            list_ui(ui, list, form, view);
            side_ui(ui, side, view);
        }
        Form::Two => {
            let (foot, list) = rest.cut_bottom(244.0);
            list_ui(ui, list, form, view);
            let (left, right) = foot.inset(gap::LARGE, gap::SMALL).cut_left(470.0);
            let left = left.with_max_x(left.right() - gap::MEDIUM);
            chain_ui(ui, left, view);
            head_ui(ui, right, view);
        }
        Form::One | Form::Tight => {
            let (foot, list) = rest.cut_bottom(64.0);
            list_ui(ui, list, form, view);
            small_head_ui(ui, foot, view);
        }
    }
    let left = [ButtonView::quiet(Icon::Again, KeyCap::Letter('R'), "Verify again", Action::VerifyAgain)];
    let primary = ButtonView::primary(Icon::Notebook, "Close the session", Action::Primary).enabled(!view.closed);
    let remark = if view.closed { "The session is closed" } else { "" };
    buttons_ui(ui, bar, &left, remark, Some(&primary).filter(|_| !view.closed))
}

fn list_ui(ui: &mut Ui, rect: Rect, form: Form, view: &RecordView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    if form == Form::Three {
        pen.upright(rect.right() - size::STROKE, rect.top(), rect.bottom(), Tone::Line);
    }
    let (head, rest) = rect.cut_top(if form.is_one() { 52.0 } else { 76.0 });
    let (foot, list) = rest.cut_bottom(if form.is_one() { 26.0 } else { 36.0 });
    let row_ui = if form.is_one() { small_row_ui } else { c::record_row };
    let list = match form {
        Form::One | Form::Tight => list,
        _ => list.with_min_y(list.top() + c::record_head(ui, list.min, list.width())),
    };
    let heights: Vec<f32> =
        view.rows.iter().map(|row| c::measure(ui, |ui| row_ui(ui, egui::Pos2::ZERO, list.width(), row))).collect();
    let (first, end) = page(&heights, list.height(), view.focus);
    headline_ui(&pen, head, form, view, (first, end));
    let mut y = list.top();
    for row in view.rows.iter().take(end).skip(first) {
        y += row_ui(ui, pos2(list.left(), y), list.width(), row);
    }
    let rest = view.rows.len().saturating_sub(end);
    if rest > 0 {
        return further_ui(ui, foot, &format!("{rest} more entries").replace("1 more entries", "1 more entry"), "");
    }
    let pen = Pen::new(ui);
    pen.rule(foot.left(), foot.right(), foot.top(), Tone::Line);
    pen.icon(pos2(foot.left() + 26.0, foot.center().y), 15.0, Icon::Disk, Tone::T1);
    pen.line_at(foot.left() + 41.0, foot.center().y, Ink::text(Type::LABEL), &view.saved);
}

/// The whole rows that fit with the focused one among them, as many as possible before it.
fn page(heights: &[f32], room: f32, focus: usize) -> (usize, usize) {
    let height = |place: usize| heights.get(place).copied().unwrap_or(f32::INFINITY);
    let (mut first, mut end) = (focus, focus.saturating_add(1).min(heights.len()));
    let mut used = height(focus);
    while first > 0 && used + height(first.saturating_sub(1)) <= room {
        first = first.saturating_sub(1);
        used += height(first);
    }
    while end < heights.len() && used + height(end) <= room {
        used += height(end);
        end = end.saturating_add(1);
    }
    (first, end)
}

fn headline_ui(pen: &Pen, rect: Rect, form: Form, view: &RecordView, (first, end): (usize, usize)) {
    let (icon, tone, headline) = match &view.broken {
        None => {
            let count = view.rows.len();
            (Icon::Seal, Tone::Proven, format!("Chain is whole, {count} of {count} entries"))
        }
        Some(_) => (Icon::Refuse, Tone::Refuse, "The chain is broken".to_owned()),
    };
    let (left, top) = (rect.left() + form.margin() + 2.0, rect.top() + if form.is_one() { 4.0 } else { 16.0 });
    pen.icon(pos2(left + 12.0, top + 14.0), 25.0, icon, tone);
    let title = if form.is_one() { Ink::strong(Type { size: 18.0, pitch: 26.0 }) } else { Ink::strong(Type::TITLE) };
    pen.line(left + 33.0, top, title, &headline);
    let again = if view.times == 0 { String::new() } else { format!(" Verified again {} times.", view.times) };
    let shown = match (first, end) {
        (0, end) if end == view.rows.len() => String::new(),
        (first, end) => format!(" Entries {} to {end} stand below.", first.saturating_add(1)),
    };
    let detail = view.broken.clone().unwrap_or_else(|| format!("Recomputed from the first byte.{again}{shown}"));
    pen.line(left, top + title.kind.pitch, Ink::text(Type::LABEL).tone(Tone::T2), &detail);
    let ink = Ink::data(Type::LABEL).tone(Tone::T2);
    let right = rect.right() - form.margin();
    pen.line_right(right, top + 4.0, ink, &view.date);
    pen.line_right(right, top + 22.0, ink, &format!("{} long", view.long));
}

/// An entry where there is little room: what happened stands below the rest.
fn small_row_ui(ui: &mut Ui, at: egui::Pos2, width: f32, row: &c::RecordRow) -> f32 {
    let pen = Pen::new(ui);
    let (left, room) = (at.x + 52.0, width - 52.0 - gap::MEDIUM);
    let ink = Ink::text(Type::LABEL);
    let height = 8.0 + Type::BODY.pitch + pen.height(room, ink, &row.what) + 8.0;
    if row.focused {
        let whole = Rect::from_min_size(at, egui::vec2(width, height));
        pen.fill(whole, Tone::Bg2);
        pen.fill(whole.with_max_x(whole.left() + size::HEAVY), Tone::Act);
    }
    let data = Ink::data(Type::LABEL).tone(Tone::T2);
    pen.line(at.x + gap::MEDIUM, at.y + 9.0, data.tone(Tone::T3), &format!("{:02}", row.number));
    let (icon, tone) = match row.state {
        c::RecordState::Plain => (None, Tone::T1),
        c::RecordState::Exception => (Some(Icon::Caution), Tone::Caution),
        c::RecordState::Refused => (Some(Icon::Refuse), Tone::Refuse),
    };
    let mut x = left;
    if let Some(icon) = icon {
        pen.icon(pos2(x + 8.0, at.y + 17.0), 16.0, icon, tone);
        x += 20.0;
    }
    pen.line(x, at.y + 8.0, Ink::strong(Type::BODY).tone(tone), &row.kind);
    let right = at.x + width - gap::MEDIUM;
    let x = pen.line_right(right, at.y + 9.0, data, &format!("{}  {}", row.witnessed, row.clock));
    pen.line_right(x - gap::LARGE, at.y + 9.0, ink.tone(Tone::T2), &row.who);
    pen.paragraph(pos2(left, at.y + 8.0 + Type::BODY.pitch), room, ink, &row.what);
    pen.rule(at.x, at.x + width, at.y + height - size::STROKE, Tone::Line);
    height
}

fn side_ui(ui: &mut Ui, rect: Rect, view: &RecordView) {
    let inner = rect.inset(18.0, gap::MEDIUM);
    let (chain, rest) = inner.cut_top(chain_height(view));
    chain_ui(ui, chain, view);
    head_ui(ui, rest.cut_top(gap::SMALL).1, view);
}

fn chain_height(view: &RecordView) -> f32 {
    if view.content.is_some() { 132.0 } else { 106.0 }
}

fn chain_ui(ui: &mut Ui, rect: Rect, view: &RecordView) {
    let title = format!("Entry {:02} in the chain", view.focus.saturating_add(1));
    let room = card_ui(ui, rect.cut_top(chain_height(view)).0, &title, "");
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let mut y = room.top();
    let narrow = room.width() < 440.0;
    let indent = if narrow { 62.0 } else { 72.0 };
    Pen::new(ui).line(room.left(), y, ink, "Previous");
    y += c::digest_groups(ui, pos2(room.left() + indent, y), Type::ORDINAL, 8, &view.previous) + 8.0;
    Pen::new(ui).line(room.left(), y, ink, "Content");
    match &view.content {
        Some(content) => drop(c::digest_groups(ui, pos2(room.left() + indent, y), Type::ORDINAL, 8, content)),
        None => drop(Pen::new(ui).line(room.left() + indent, y, Ink::text(Type::LABEL), "none: the entry says it all")),
    }
}

fn head_ui(ui: &mut Ui, rect: Rect, view: &RecordView) {
    let words: Vec<String> = view.head.words().into_iter().map(str::to_owned).collect();
    let height = (28.0 + 20.0 + 42.0 + 22.0 * 8.0 + 8.0_f32).min(rect.height());
    let room = card_ui(ui, rect.cut_top(height).0, "Head of this record", "write it down, bring it next time");
    let used = c::digest_groups(ui, room.min, Type::ORDINAL, 8, &view.head.groups()) + 6.0;
    if room.height() - used >= 8.0 * 22.0 - 4.0 {
        c::digest_words(ui, pos2(room.left(), room.top() + used), room.width(), &words);
        return;
    }
    // Too low for eight numbered rows: the same words in five running lines.
    let text = words.join(" ");
    let at = pos2(room.left(), room.top() + used);
    Pen::new(ui).paragraph(at, room.width(), Ink::data(Type::ORDINAL), &text);
}

fn small_head_ui(ui: &mut Ui, rect: Rect, view: &RecordView) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    let left = rect.left() + gap::MEDIUM;
    pen.line(left, rect.top() + 5.0, Ink::strong(Type::LABEL), "Head of this record");
    pen.line(left, rect.top() + 23.0, Ink::text(Type::LABEL).tone(Tone::T2), "write it down");
    c::digest_groups(ui, pos2(left + 140.0, rect.top() + 8.0), Type::LABEL, 8, &view.head.groups());
}
