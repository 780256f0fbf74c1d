//! Rows of the record, on the chain that binds them.

use egui::{Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::icons::Icon;
use crate::tokens::{Tone, Type, size};

/// What an entry of the record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordState {
    /// As planned: a square.
    Plain,
    /// An exception: a diamond, and a word in `caution`.
    Exception,
    /// A refusal or a failure: a diamond, and a word in `refuse`.
    Refused,
}

/// One entry of the record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRow {
    /// Counted from 1.
    pub number: usize,
    /// When, as a time of day: "13:58:04".
    pub witnessed: String,
    /// Since the first entry: "0:01:36".
    pub clock: String,
    /// "Opened".
    pub kind: String,
    /// What happened.
    pub what: String,
    /// Who did it.
    pub who: String,
    /// What it is.
    pub state: RecordState,
    /// Whether it is the entry whose digests are shown.
    pub focused: bool,
}

/// Height of a row.
const ROW: f32 = 34.0;
const HEAD: f32 = 26.0;
/// Left edges of the columns in a table of 772 points: number, chain, witnessed, clock, kind, what.
const COLUMNS: [f32; 6] = [18.0, 60.0, 82.0, 160.0, 238.0, 370.0];
/// The width of the last column.
const WHO: f32 = 135.0;

/// Paints the heads of the columns; returns the height.
pub fn record_head(ui: &mut Ui, at: Pos2, width: f32) -> f32 {
    let pen = Pen::new(ui);
    pen.rule(at.x, at.x + width, at.y, Tone::Line);
    let ink = Ink::text(Type::LABEL).tone(Tone::T2);
    let y = at.y + HEAD / 2.0;
    for (x, head) in COLUMNS.iter().zip(["No.", "", "Witnessed", "Clock", "Kind", "What happened"]) {
        pen.line_at(at.x + x, y, ink, head);
    }
    pen.line_at(at.x + width - WHO, y, ink, "Who");
    pen.rule(at.x, at.x + width, at.y + HEAD, Tone::Line);
    HEAD + size::STROKE
}

/// Paints an entry; returns its height, which grows with what happened.
pub fn record_row(ui: &mut Ui, at: Pos2, width: f32, view: &RecordRow) -> f32 {
    let pen = Pen::new(ui);
    let [number, chain, witnessed, clock, kind, what] = COLUMNS.map(|column| at.x + column);
    let who = at.x + width - WHO;
    let text = Ink::text(Type::BODY);
    let name = Ink::text(Type::LABEL).tone(Tone::T2);
    let what_height = pen.height(who - what - 8.0, text, &view.what);
    let who_height = pen.height(WHO - 10.0, name, &view.who);
    let height = ROW.max(what_height + 14.0).max(who_height + 16.0);
    let rect = Rect::from_min_size(at, vec2(width, height));
    if view.focused {
        pen.fill(rect, Tone::Bg2);
        pen.fill(rect.with_max_x(rect.left() + size::HEAVY), Tone::Act);
    }
    let y = at.y + ROW / 2.0;
    let data = Ink::data(Type::LABEL);
    pen.line_at(number, y, data.tone(Tone::T3), &format!("{:02}", view.number));
    link(&pen, pos2(chain, y), rect, view.state);
    pen.line_at(witnessed, y, data, &view.witnessed);
    pen.line_at(clock, y, data.tone(Tone::T2), &view.clock);
    entry_kind(&pen, kind, y, view);
    pen.paragraph(pos2(what, y - 10.0), who - what - 8.0, text, &view.what);
    pen.paragraph(pos2(who, y - 9.0), WHO - 10.0, name, &view.who);
    pen.rule(at.x, at.x + width, rect.bottom() - size::STROKE, Tone::Line);
    height
}

fn entry_kind(pen: &Pen, x: f32, y: f32, view: &RecordRow) {
    let (icon, tone) = match view.state {
        RecordState::Plain => (None, Tone::T1),
        RecordState::Exception => (Some(Icon::Caution), Tone::Caution),
        RecordState::Refused => (Some(Icon::Refuse), Tone::Refuse),
    };
    let mut x = x;
    if let Some(icon) = icon {
        pen.icon(pos2(x + 8.0, y - 1.0), 16.0, icon, tone);
        x += 20.0;
    }
    pen.line_at(x, y, Ink::strong(Type::BODY).tone(tone), &view.kind);
}

fn link(pen: &Pen, centre: Pos2, row: Rect, state: RecordState) {
    pen.fill(Rect::from_min_max(pos2(centre.x - 1.0, row.top()), pos2(centre.x + 1.0, row.bottom())), Tone::Edge);
    let tone = match state {
        RecordState::Plain => Tone::Proven,
        RecordState::Exception => Tone::Caution,
        RecordState::Refused => Tone::Refuse,
    };
    let ground = pen.colour(Tone::Bg1);
    if state == RecordState::Plain {
        let square = Rect::from_center_size(centre, vec2(14.0, 14.0));
        pen.fill_round(square, 2.0, Tone::Bg1);
        pen.frame(square, 2.0, 2.0, tone);
    } else {
        let corners = [vec2(0.0, -8.5), vec2(8.5, 0.0), vec2(0.0, 8.5), vec2(-8.5, 0.0)];
        let points = corners.iter().map(|corner| centre + *corner).collect();
        pen.painter().add(Shape::convex_polygon(points, ground, Stroke::new(2.0, pen.colour(tone))));
    }
}
