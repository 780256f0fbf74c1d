//! Key caps, and the hint bar that names the keys of a screen.

use egui::{Pos2, Rect, Ui, pos2, vec2};

use super::pen::{Ink, Pen};
use crate::keys::KeyCap;
use crate::tokens::{Tone, Type, gap, size};

/// A key, or two that belong together, and what they do.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// The keys.
    pub keys: Vec<KeyCap>,
    /// The verb: "next field".
    pub verb: String,
}

impl Hint {
    /// A hint for one key.
    pub fn new(key: KeyCap, verb: impl Into<String>) -> Self {
        Self { keys: vec![key], verb: verb.into() }
    }

    /// A hint for two keys that belong together.
    pub fn pair(first: KeyCap, second: KeyCap, verb: impl Into<String>) -> Self {
        Self { keys: vec![first, second], verb: verb.into() }
    }
}

const CAP: Ink = Ink::data_strong(Type::ORDINAL);
const CAP_HEIGHT: f32 = 18.0;
const CAP_PADDING: f32 = 6.0;
const CAP_ICON: f32 = 13.0;
const VERB: Ink = Ink::text(Type::LABEL).tone(Tone::T2);
const HINT_GAP: f32 = 18.0;

/// Paints a key cap whose left edge is at `centre_left`; returns its right edge.
pub fn key_cap(ui: &Ui, centre_left: Pos2, key: KeyCap) -> f32 {
    key_cap_at(&Pen::new(ui), centre_left.x, centre_left.y, key)
}

/// Paints a key cap centred on `y`; returns its right edge.
pub fn key_cap_at(pen: &Pen, x: f32, y: f32, key: KeyCap) -> f32 {
    caps(pen, x, y, &[key], Tone::Edge, Tone::T1)
}

/// The width of a key cap.
pub fn key_cap_width(pen: &Pen, key: KeyCap) -> f32 {
    caps_width(pen, &[key])
}

/// Paints keys in one cap, in tones that suit its ground; returns its right edge.
pub fn caps(pen: &Pen, x: f32, y: f32, keys: &[KeyCap], edge: Tone, ink: Tone) -> f32 {
    let cap = Rect::from_min_size(pos2(x, y - CAP_HEIGHT / 2.0), vec2(caps_width(pen, keys), CAP_HEIGHT));
    pen.frame(cap, size::STROKE, size::RADIUS, edge);
    let mut x = x + CAP_PADDING;
    for key in keys {
        match key.icon() {
            Some(icon) => pen.icon(pos2(x + CAP_ICON / 2.0, y), CAP_ICON, icon, ink),
            None => drop(pen.line_at(x, y, CAP.tone(ink), &key.word())),
        }
        x += key_width(pen, *key) + CAP_PADDING;
    }
    cap.right()
}

/// The width of keys in one cap.
pub fn caps_width(pen: &Pen, keys: &[KeyCap]) -> f32 {
    keys.iter().map(|key| key_width(pen, *key) + CAP_PADDING).sum::<f32>() + CAP_PADDING
}

fn key_width(pen: &Pen, key: KeyCap) -> f32 {
    if key.icon().is_some() { CAP_ICON } else { pen.width(CAP, &key.word()) }
}

/// Paints keys and their verb; returns where the verb ends.
pub fn hint(pen: &Pen, x: f32, y: f32, hint: &Hint) -> f32 {
    let cap = caps(pen, x, y, &hint.keys, Tone::Edge, Tone::T1);
    pen.line_at(cap + 5.0, y, VERB, &hint.verb)
}

/// Paints a hint that ends at `right`; returns where its cap begins.
pub fn hint_right(pen: &Pen, right: f32, y: f32, shown: &Hint) -> f32 {
    let x = right - hint_width(pen, shown);
    hint(pen, x, y, shown);
    x
}

fn hint_width(pen: &Pen, hint: &Hint) -> f32 {
    caps_width(pen, &hint.keys) + 5.0 + pen.width(VERB, &hint.verb)
}

/// Paints the hint bar: the most used key first, the last one (`Esc`) always.
///
/// Hints that do not fit are left out from the end, never the last; `?` on every screen names them all.
pub fn hint_bar(ui: &mut Ui, rect: Rect, hints: &[Hint]) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg0);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    let Some((last, others)) = hints.split_last() else { return };
    let y = rect.center().y + size::STROKE / 2.0;
    let right = rect.right() - gap::LARGE - hint_width(&pen, last);
    let mut x = rect.left() + gap::LARGE;
    for shown in others.iter().take_while_fits(&pen, x, right) {
        x = hint(&pen, x, y, shown) + HINT_GAP;
    }
    hint(&pen, x, y, last);
}

trait TakeWhileFits<'a> {
    fn take_while_fits(self, pen: &Pen, left: f32, right: f32) -> Vec<&'a Hint>;
}

impl<'a, I: Iterator<Item = &'a Hint>> TakeWhileFits<'a> for I {
    fn take_while_fits(self, pen: &Pen, left: f32, right: f32) -> Vec<&'a Hint> {
        let mut x = left;
        self.take_while(|hint| {
            x += hint_width(pen, hint) + HINT_GAP;
            x <= right
        })
        .collect()
    }
}
