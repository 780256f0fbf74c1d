//! The bytes of the focused field: all bytes to scale, then its own with their neighbours.

use egui::{Rect, Ui, pos2};
use vitrine_review::{ByteAccount, ByteOwner, Ownership};

use crate::components::{self as c, Ink, Pen};
use crate::model::{BYTES_SHOWN, Model};
use crate::screens::frame::number;
use crate::screens::place::Cut;
use crate::tokens::{Tone, Type, gap};

/// Bytes in a row.
const ROW: usize = 8;

/// What is shown of the bytes.
pub struct BytesView {
    title: String,
    remark: String,
    map: c::ByteMap,
    rows: Vec<c::HexRow>,
    further: Option<String>,
}

impl BytesView {
    /// The bytes of the focused field, or of the owner that the person walked to.
    pub fn of(model: &Model) -> Option<Self> {
        let (review, bytes) = (model.session.review()?, model.session.request()?);
        let account = review.account();
        let owners = account.owners();
        let here = model.review.owner(account);
        let owner = here.and_then(|here| owners.get(here));
        let title = owner.map_or("No bytes of its own".to_owned(), |owner| format!("Bytes of {}", owner.label));
        let remark = owner.map(|owner| {
            let last = owner.span.end.saturating_sub(1);
            format!("0x{:04x} to 0x{last:04x}, {} bytes", owner.span.start, number(owner.span.len()))
        });
        let further = owner.and_then(|owner| further(owner, model.review.skip));
        Some(Self {
            title,
            remark: remark.unwrap_or_else(|| "this value is computed".to_owned()),
            map: map(account, here),
            rows: here.map(|here| rows(bytes, owners, here, model.review.skip)).unwrap_or_default(),
            further,
        })
    }
}

fn further(owner: &ByteOwner, skip: usize) -> Option<String> {
    let rest = owner.span.len().saturating_sub(skip.saturating_add(BYTES_SHOWN));
    (rest > 0).then(|| format!("{} more bytes of {}", number(rest), owner.label))
}

fn map(account: &ByteAccount, here: Option<usize>) -> c::ByteMap {
    let owner = |(place, owner): (usize, &ByteOwner)| c::ByteOwnerView {
        start: owner.span.start,
        end: owner.span.end,
        explained: owner.ownership != Ownership::Unknown,
        focused: here == Some(place),
    };
    c::ByteMap { total: account.total(), owners: account.owners().iter().enumerate().map(owner).collect() }
}

fn rows(bytes: &[u8], owners: &[ByteOwner], here: usize, skip: usize) -> Vec<c::HexRow> {
    let mut rows = Vec::new();
    let before = here.checked_sub(1).and_then(|before| owners.get(before)).filter(|_| skip == 0);
    if let Some(before) = before {
        let start = before.span.end.saturating_sub(ROW).max(before.span.start);
        rows.extend(owner_rows(bytes, before, start, before.span.end, false));
    }
    if let Some(owner) = owners.get(here) {
        let start = owner.span.start.saturating_add(skip);
        let end = start.saturating_add(BYTES_SHOWN).min(owner.span.end);
        rows.extend(owner_rows(bytes, owner, start, end, true));
        if end == owner.span.end
            && let Some(after) = owners.get(here.saturating_add(1))
        {
            let end = after.span.start.saturating_add(ROW).min(after.span.end);
            rows.extend(owner_rows(bytes, after, after.span.start, end, false));
        }
    }
    rows
}

fn owner_rows(bytes: &[u8], owner: &ByteOwner, start: usize, end: usize, lit: bool) -> Vec<c::HexRow> {
    let shown = bytes.get(start..end).unwrap_or_default();
    let row = |(place, bytes): (usize, &[u8])| c::HexRow {
        offset: start.saturating_add(place.saturating_mul(ROW)),
        bytes: bytes.to_vec(),
        meaning: if place == 0 { owner.label.clone() } else { String::new() },
        lit,
        refused: owner.ownership == Ownership::Unknown,
    };
    shown.chunks(ROW).enumerate().map(row).collect()
}

const HEX: f32 = 19.0;
/// A lower card leaves the strip of all bytes out, so that the bytes themselves have room.
const LEAST_WITH_MAP: f32 = 190.0;

/// A row of bytes, or the meaning of the rows below it where it does not fit beside them.
enum Line<'a> {
    Meaning(&'a str),
    Hex(c::HexRow),
}

fn lines<'a>(pen: &Pen, width: f32, rows: &'a [c::HexRow]) -> Vec<Line<'a>> {
    let ink = Ink::text(Type::ORDINAL);
    let room = width - 24.0 - pen.advance(Type::ORDINAL) * 29.0;
    let mut lines = Vec::new();
    for row in rows {
        if row.meaning.is_empty() || pen.width(ink, &row.meaning) <= room {
            lines.push(Line::Hex(row.clone()));
        } else {
            // The card's title names the owner in focus: it needs no second name.
            lines.extend((!row.lit).then_some(Line::Meaning(&row.meaning)));
            lines.push(Line::Hex(c::HexRow { meaning: String::new(), ..row.clone() }));
        }
    }
    lines
}

const PADDING: f32 = 12.0;

fn head_height(pen: &Pen, width: f32, view: &BytesView) -> f32 {
    let title = pen.height(width, Ink::strong(Type::BODY), &view.title);
    title + pen.height(width, Ink::text(Type::LABEL), &view.remark) + gap::TINY
}

/// Height that the card needs for all its rows in so wide a room.
pub fn bytes_height(ui: &Ui, width: f32, view: &BytesView) -> f32 {
    let pen = Pen::new(ui);
    let inner = width - 2.0 * PADDING;
    let below = if view.further.is_some() { 22.0 } else { 4.0 };
    if view.rows.is_empty() {
        return 20.0 + head_height(&pen, inner, view);
    }
    20.0 + head_height(&pen, inner, view) + 51.0 + HEX * lines(&pen, inner, &view.rows).len() as f32 + below
}

/// Shows the card.
pub fn bytes_ui(ui: &mut Ui, rect: Rect, view: &BytesView) {
    let pen = Pen::new(ui);
    pen.card(rect, Tone::Bg1, Tone::Line);
    let inner = rect.inset(PADDING, 10.0);
    let mut y = inner.top();
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), Ink::strong(Type::BODY), &view.title);
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    y += pen.paragraph(pos2(inner.left(), y), inner.width(), quiet, &view.remark) + gap::TINY;
    if rect.height() >= LEAST_WITH_MAP {
        y += c::byte_map(ui, pos2(inner.left(), y), inner.width(), &view.map) + gap::TINY;
    }
    rows_ui(ui, inner.with_min_y(y), view);
}

fn rows_ui(ui: &mut Ui, room: Rect, view: &BytesView) {
    let pen = Pen::new(ui);
    let lines = lines(&pen, room.width(), &view.rows);
    let all = HEX * lines.len() as f32 <= room.height() + 1.0 && view.further.is_none();
    let list = if all { room.height() + 1.0 } else { room.height() - 18.0 };
    // Where not all rows fit, the bytes in focus come before those around them.
    let lit = lines.iter().position(|line| matches!(line, Line::Hex(row) if row.lit)).unwrap_or_default();
    let first = if all { 0 } else { lit };
    let fit = (0..lines.len()).take_while(|line| HEX * (*line as f32 + 1.0) <= list).count();
    let mut y = room.top();
    for line in lines.iter().skip(first).take(fit) {
        match line {
            Line::Meaning(text) => drop(pen.line(room.left(), y, Ink::text(Type::ORDINAL).tone(Tone::T2), text)),
            Line::Hex(row) => drop(c::hex_rows(ui, pos2(room.left(), y), room.width(), std::slice::from_ref(row))),
        }
        y += HEX;
    }
    let left = lines.len().saturating_sub(first.saturating_add(fit));
    let further = match (&view.further, left) {
        (Some(further), _) => Some(format!("Further down: {further}")),
        (None, 0) => None,
        (None, left) => Some(format!("Further down: {} more rows", number(left))),
    };
    if let Some(further) = further {
        pen.line(room.left(), y + 1.0, Ink::text(Type::ORDINAL).tone(Tone::T2), &further);
    }
}
