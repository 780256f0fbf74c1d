//! The calls that a request leads to, each within the one that makes it: where they stand below the effects.

use egui::{Rect, pos2};
use vitrine_review::{Review, Section, Value};

use crate::components::{Ink, Pen};
use crate::icons::Icon;
use crate::screens::frame::{counted, number};
use crate::tokens::{Tone, Type, gap};

/// Height of the heading and of a call.
const HEADING: f32 = 28.0;
const ROW: f32 = 22.0;
/// How far a call stands in from the one that makes it.
const INDENT: f32 = 22.0;

/// A call of the tree.
struct Line {
    depth: usize,
    title: String,
    /// How the target's code runs, where that is not an ordinary call.
    operation: Option<String>,
}

/// All calls, in the order in which they are made.
pub struct CallTree {
    lines: Vec<Line>,
    unknown: usize,
}

impl CallTree {
    /// The tree of a review; empty where there are no calls.
    pub fn of(review: Option<&Review>) -> Self {
        let sections = review.into_iter().flat_map(|review| review.document().sections());
        let unknown = review.map_or(0, |review| review.account().unknown());
        Self { lines: sections.filter_map(line).collect(), unknown }
    }

    fn depth(&self) -> usize {
        self.lines.iter().map(|line| line.depth.saturating_add(1)).max().unwrap_or_default()
    }
}

/// The call that a section is about: its code ends in the call's number, `call[1.2]`.
fn line(section: &Section) -> Option<Line> {
    let (_, end) = section.code.rsplit_once("call[")?;
    let place = end.strip_suffix(']').filter(|place| place.chars().all(|c| c.is_ascii_digit() || c == '.'))?;
    let depth = if place == "0" { 0 } else { place.split('.').count() };
    let code = format!("{}.operation", section.code);
    let operation = section.fields.iter().find(|field| field.code == code).map(|field| &field.value);
    let operation = match operation {
        Some(Value::Term(term)) if term != "CALL" => term.split(':').next().map(str::to_owned),
        _ => None,
    };
    Some(Line { depth, title: section.title.clone(), operation })
}

/// Shows the tree in what room there is: whole rows, then how many are further down.
pub fn call_tree_ui(pen: &Pen, rect: Rect, margin: f32, tree: &CallTree) {
    if tree.lines.is_empty() || rect.height() < HEADING + ROW {
        return;
    }
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let (left, right) = (rect.left() + margin, rect.right() - margin);
    pen.line(left, rect.top() + 7.0, Ink::strong(Type::LABEL), "Calls");
    let depth = tree.depth();
    let bytes = match tree.unknown {
        0 => "every byte used".to_owned(),
        unknown => format!("{} bytes unknown", number(unknown)),
    };
    let head = format!("{}, depth {depth}, {bytes}", counted(tree.lines.len(), "call"));
    pen.line_right(right, rect.top() + 7.0, quiet, &head);
    let mut y = rect.top() + HEADING;
    for (place, line) in tree.lines.iter().enumerate() {
        let rest = tree.lines.len().saturating_sub(place);
        let more = if rest > 1 { ROW } else { 0.0 };
        if y + ROW + more > rect.bottom() {
            pen.line(left, y, quiet, &format!("Further down: {}. Tab shows each.", counted(rest, "more call")));
            return;
        }
        row_ui(pen, pos2(left, y), right, line);
        y += ROW;
    }
}

fn row_ui(pen: &Pen, at: egui::Pos2, right: f32, line: &Line) {
    let mut x = at.x + line.depth as f32 * INDENT;
    if line.depth > 0 {
        pen.icon(pos2(x - INDENT / 2.0, at.y + ROW / 2.0 - 2.0), 14.0, Icon::Elbow, Tone::T2);
    }
    x = pen.line(x, at.y, Ink::text(Type::BODY), &line.title);
    if let Some(operation) = &line.operation {
        let ink = Ink::strong(Type::LABEL);
        if x + gap::LARGE + pen.width(ink, operation) <= right {
            pen.line_right(right, at.y + 1.0, ink, operation);
        }
    }
}
