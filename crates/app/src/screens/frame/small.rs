//! The verdict strip where there is little room: two rows of three cells, label and value.

use egui::{Rect, Ui, pos2};

use crate::components::{self as c, Ink, Pen};
use crate::screens::place::{Cut, Form};
use crate::tokens::{Tone, Type, gap, size};

/// Sizes of a strip.
#[derive(Clone, Copy)]
struct Scale {
    row: f32,
    words_row: f32,
    label: Type,
    label_top: f32,
    value: Type,
    value_top: f32,
    number: Type,
    word: Type,
    word_tops: [f32; 2],
}

const ONE: Scale = Scale {
    row: 50.0,
    words_row: 62.0,
    label: Type::ORDINAL,
    label_top: 4.0,
    value: Type { size: 17.0, pitch: 24.0 },
    value_top: 22.0,
    number: Type { size: 20.0, pitch: 24.0 },
    word: Type { size: 13.5, pitch: 19.0 },
    word_tops: [20.0, 39.0],
};

/// Labels stop growing at 150 %: in points they are smaller at 200 %.
const TIGHT: Scale = Scale {
    row: 34.0,
    words_row: 42.0,
    label: Type { size: 9.0, pitch: 12.0 },
    label_top: 2.0,
    value: Type { size: 13.0, pitch: 18.0 },
    value_top: 14.0,
    number: Type { size: 16.0, pitch: 18.0 },
    word: Type { size: 10.0, pitch: 13.0 },
    word_tops: [14.0, 27.0],
};

const fn scale(form: Form) -> Scale {
    if matches!(form, Form::Tight) { TIGHT } else { ONE }
}

/// Longest name of a network that stands beside its chain.
const SHORT: usize = 12;

/// Height of both rows.
pub fn height(form: Form) -> f32 {
    scale(form).row + scale(form).words_row
}

/// A row of cells and where its next one begins.
struct Row<'a> {
    pen: &'a Pen,
    rect: Rect,
    x: f32,
    scale: Scale,
}

/// Shows the strip.
pub fn strip_ui(ui: &mut Ui, rect: Rect, form: Form, view: &c::VerdictStrip) {
    let pen = &Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    let scale = scale(form);
    let (upper, lower) = rect.cut_top(scale.row);
    let mut row = Row { pen, rect: upper, x: upper.left(), scale };
    match view.network.len() {
        ..=SHORT => row.cell("Chain", &format!("{} {}", view.chain, view.network), c::State::Plain),
        _ => row.cell(&view.chain, &view.network, c::State::Plain),
    }
    row.leaving(view);
    row.state("Policy", &view.policy);
    let mut row = Row { pen, rect: lower, x: lower.left(), scale };
    row.state("Findings", &view.findings);
    row.cell("Bytes explained", &format!("{} of {}", view.explained, view.total), c::State::Plain);
    row.words(view);
    pen.rule(rect.left(), rect.right(), upper.bottom() - size::STROKE, Tone::Line);
    let (height, tone) = if view.refused { (2.0, Tone::Refuse) } else { (size::STROKE, Tone::Line) };
    pen.fill(rect.with_min_y(rect.bottom() - height), tone);
}

impl Row<'_> {
    fn label(&self) -> Ink {
        Ink::text(self.scale.label).tone(Tone::T3)
    }

    fn is_brief(&self) -> bool {
        self.rect.width() < BRIEF
    }

    fn cell(&mut self, label: &str, value: &str, state: c::State) {
        let (x, top) = (self.x + PADDING, self.rect.top());
        let label_end = self.pen.line(x, top + self.scale.label_top, self.label(), label);
        let mut text = x;
        let kind = self.scale.value;
        if let Some(icon) = state.icon() {
            let centre = pos2(x + kind.size / 2.0, top + self.scale.value_top + kind.pitch / 2.0 - 1.0);
            self.pen.icon(centre, kind.size + 1.0, icon, state.tone());
            text += kind.size + 6.0;
        }
        let end = self.pen.line(text, top + self.scale.value_top, Ink::strong(kind).tone(state.tone()), value);
        self.divide(label_end.max(end));
    }

    fn divide(&mut self, end: f32) {
        self.pen.upright(end + PADDING, self.rect.top(), self.rect.bottom(), Tone::Line);
        self.x = end + PADDING + size::STROKE;
    }

    fn state(&mut self, label: &str, view: &c::Cell) {
        self.cell(&self.state_label(label, view), &view.value, view.state);
    }

    fn state_label(&self, label: &str, view: &c::Cell) -> String {
        match self.is_brief() || view.detail.is_empty() {
            true => label.to_owned(),
            false => format!("{label}, {}", view.detail),
        }
    }

    /// What the cell of a state takes, with its margins.
    fn state_width(&self, label: &str, view: &c::Cell) -> f32 {
        let kind = self.scale.value;
        let icon = if view.state.icon().is_some() { kind.size + 6.0 } else { 0.0 };
        let value = icon + self.pen.width(Ink::strong(kind), &view.value);
        value.max(self.pen.width(self.label(), &self.state_label(label, view))) + 2.0 * PADDING + size::STROKE
    }

    fn leaving(&mut self, view: &c::VerdictStrip) {
        let (number, unit, worst, caution) = match &view.leaving {
            c::Leaving::Unknown { worst } => return self.cell(worst, "Cannot be known", c::State::Refused),
            c::Leaving::Known { number, unit, worst, worst_is_caution } => (number, unit, worst, *worst_is_caution),
        };
        let ink = if caution { Ink::strong(self.scale.label).tone(Tone::Caution) } else { self.label() };
        let (x, top) = (self.x + PADDING, self.rect.top());
        let room = self.rect.right() - self.state_width("Policy", &view.policy) - PADDING - size::STROKE - x;
        let label = match (caution, worst.ends_with("the same")) {
            (false, true) if self.is_brief() => "Leaves, worst case the same".to_owned(),
            (false, true) => "Leaves, fee included, worst case the same".to_owned(),
            _ => self.worst_label(ink, room, worst),
        };
        let label_end = self.pen.line(x, top + self.scale.label_top, ink, &label);
        let kind = self.scale.number;
        let baseline = top + self.scale.value_top + 0.75 * kind.pitch;
        let unit_ink = Ink::text(Type { size: 0.7 * kind.size, pitch: kind.pitch }).tone(Tone::T2);
        let unit_room = UNIT_GAP + self.pen.width(unit_ink, unit);
        let fits = |kind: &Type| self.pen.width(Ink::data(*kind), number) + unit_room <= room;
        let number_kind = [kind, self.scale.value].into_iter().find(fits).unwrap_or(self.scale.word);
        let end = self.pen.on_baseline(x, baseline, Ink::data(number_kind), number);
        let end = self.pen.on_baseline(end + UNIT_GAP, baseline, unit_ink, unit);
        self.divide(label_end.max(end));
    }

    /// What leaves in the worst case, as long as the policy's cell leaves room for it.
    fn worst_label(&self, ink: Ink, room: f32, worst: &str) -> String {
        let stop = if worst.starts_with("and ") { "," } else { "." };
        let labels = [format!("Leaves, fee included{stop} {worst}"), format!("Leaves{stop} {worst}")];
        let fits = |label: &String| self.pen.width(ink, label) <= room;
        labels.into_iter().find(fits).unwrap_or_else(|| "Leaves. Worst case: see the effects".to_owned())
    }

    fn words(&self, view: &c::VerdictStrip) {
        let (x, top) = (self.x + PADDING, self.rect.top());
        self.pen.line(x, top + self.scale.label_top - 1.0, self.label(), &view.words_label);
        for (words, row) in view.words.chunks(3).zip(self.scale.word_tops) {
            self.pen.line(x, top + row, Ink::data(self.scale.word), &words.join(" "));
        }
    }
}

/// Below this width labels stand without details.
const BRIEF: f32 = 640.0;
const PADDING: f32 = gap::MEDIUM;
/// Between a number and its unit.
const UNIT_GAP: f32 = 6.0;
