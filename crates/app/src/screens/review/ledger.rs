//! The ledger: whole rows only, page by page, and what follows further down.

use std::sync::Arc;

use egui::{Id, Pos2, Rect, Ui, Vec2, pos2};
use vitrine_review::{Digest, Effect, Effects, Proof, Severity};

use super::calls::{CallTree, call_tree_ui};
use super::field;
use crate::components::{self as c, Ink, Pen, Words};
use crate::model::{Action, Ledger, Model, Row, RowBody};
use crate::screens::bars::further_ui;
use crate::screens::frame::{counted, number};
use crate::screens::place::{Cut, Form};
use crate::tokens::{Tone, Type, gap, size};

/// What the ledger shows.
pub struct LedgerView<'a> {
    ledger: &'a Ledger,
    focus: usize,
    digest: Option<Digest>,
    /// The unit of every amount; none where they are of several.
    unit: Option<String>,
    unseen: usize,
    seen: (usize, usize),
    read_only: bool,
    /// Code of a field, and what a finding says of it.
    marks: Vec<(String, String)>,
    calls: CallTree,
}

impl<'a> LedgerView<'a> {
    /// The view of a model.
    pub fn of(model: &'a Model) -> Self {
        let (seen, total) = model.session.fields_seen();
        let review = model.session.review();
        Self {
            ledger: &model.review.ledger,
            focus: model.review.focus,
            digest: review.map(|review| review.digest()),
            unit: review.and_then(|review| unit(review.effects())),
            unseen: total.saturating_sub(seen),
            seen: (seen, total),
            read_only: model.review.back.is_some(),
            marks: marks(model),
            calls: CallTree::of(review),
        }
    }

    /// The first row of a group.
    pub fn first_row(&self, group: usize) -> Option<usize> {
        self.ledger.groups().get(group).map(|group| group.first)
    }

    /// The mark of the first finding about one of these fields.
    fn mark(&self, codes: &[&str]) -> Option<&str> {
        self.marks.iter().find(|(code, _)| codes.contains(&code.as_str())).map(|(_, mark)| mark.as_str())
    }
}

fn unit(effects: &Effects) -> Option<String> {
    let amounts = effects.list.iter().filter_map(|effect| effect.amount);
    let mut units = amounts.map(|amount| amount.unit());
    let first = units.next()?;
    let is_alone = units.all(|unit| unit == first) && effects.list.iter().all(|effect| effect.token.is_none());
    is_alone.then(|| format!(" · amounts in {first}, every digit"))
}

fn marks(model: &Model) -> Vec<(String, String)> {
    let Some(review) = model.session.review() else { return Vec::new() };
    let cautions = model.session.cautions();
    let mark = |(index, finding): (usize, &vitrine_review::Finding)| {
        let field = finding.field.clone()?;
        let place = cautions.iter().position(|caution| *caution == index);
        let word = match (place, finding.severity) {
            (Some(place), _) => format!("Caution {} of {}", place.saturating_add(1), cautions.len()),
            (None, Severity::Refuse | Severity::Restricted) => "Refused".to_owned(),
            (None, _) => return None,
        };
        Some((field, word))
    };
    review.findings().iter().enumerate().filter_map(mark).collect()
}

/// Shows the ledger; returns the row that was clicked.
pub fn ledger_ui(ui: &mut Ui, rect: Rect, form: Form, view: &LedgerView<'_>) -> Option<Action> {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::Bg1);
    if form == Form::Three {
        pen.upright(rect.right() - size::STROKE, rect.top(), rect.bottom(), Tone::Line);
    }
    let group = view.ledger.rows().get(view.focus).map_or(0, |row| row.group);
    let (head_height, foot_height) = match form {
        Form::Tight => (24.0, 20.0),
        Form::One => (32.0, 28.0),
        Form::Two | Form::Three => (41.0, 33.0),
    };
    let (head, rest) = rect.cut_top(head_height);
    let (foot, list) = rest.cut_bottom(foot_height);
    let heights = heights(ui, list.size(), view, group);
    let begins: Vec<bool> = view.ledger.rows_of(group).iter().map(|row| row.begins || row.section.is_empty()).collect();
    let alone = form.is_one() && group == 0;
    let pages = pages(&heights, &begins, list.height(), alone);
    let first = view.first_row(group).unwrap_or_default();
    let here = view.focus.saturating_sub(first);
    let page = pages.iter().position(|page| page.contains(&here));
    let is_whole = heights.len() == begins.len();
    head_ui(&pen, head, form, view, group, (page.unwrap_or_default(), if is_whole { pages.len() } else { 1 }));
    if page.is_none() && !is_whole {
        let words = format!("Laying out row {} of {}.", number(heights.len()), number(begins.len()));
        pen.line_at(list.left() + form.margin(), list.top() + gap::WIDE, Ink::text(Type::BODY).tone(Tone::T2), &words);
        return None;
    }
    let page = page.unwrap_or_default();
    let shown = pages.get(page).cloned().unwrap_or_default();
    let (asked, end) = rows_ui(ui, list, view, first, shown.clone());
    if group == 0 && is_whole && !form.is_one() && page.saturating_add(1) == pages.len() {
        call_tree_ui(&Pen::new(ui), list.with_min_y(end), form.margin(), &view.calls);
    }
    foot_ui(ui, foot, view, group, shown.end);
    asked
}

/// Rows that are measured for one frame: a frame keeps whatever text was laid out for it.
const MEASURED_AT_ONCE: usize = 1_000;

/// Heights of the rows of a group, measured once for the room that they have. Where there are very many rows, those that
/// come last are still missing in the first frames.
fn heights(ui: &mut Ui, room: Vec2, view: &LedgerView<'_>, group: usize) -> Arc<Vec<f32>> {
    let digest = view.digest.map(|digest| digest.hex());
    let (width, height) = (room.x.to_bits(), room.y.to_bits());
    let id = Id::unique(("ledger heights", digest, group, width, height, ui.ctx().pixels_per_point().to_bits()));
    let known = ui.ctx().data(|data| data.get_temp::<Arc<Vec<f32>>>(id)).unwrap_or_default();
    let rows = view.ledger.rows_of(group);
    if known.len() >= rows.len() {
        return known;
    }
    let look = |row: &Row| Look { heading: row.begins.then(|| row.section.clone()), focused: false };
    let next = rows.iter().skip(known.len()).take(MEASURED_AT_ONCE);
    let measured = next.map(|row| c::measure(ui, |ui| row_ui(ui, Pos2::ZERO, room, view, row, look(row))));
    let heights = Arc::new(known.iter().copied().chain(measured).collect::<Vec<f32>>());
    ui.ctx().data_mut(|data| data.insert_temp(id, Arc::clone(&heights)));
    ui.ctx().request_repaint();
    heights
}

/// Rows by page: as many whole rows as fit. A page that begins within a section repeats its title. Where effects are
/// shown one at a time, each that needs more than a third of the room stands by itself.
fn pages(heights: &[f32], begins: &[bool], room: f32, alone: bool) -> Vec<std::ops::Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut used) = (0usize, 0.0);
    for (place, height) in heights.iter().enumerate() {
        let full = used + height > room || (alone && *height > room / 3.0);
        if place > start && full {
            pages.push(start..place);
            start = place;
            used = if begins.get(place).copied().unwrap_or(true) { 0.0 } else { field::HEADING };
        }
        used += height;
    }
    if start < heights.len() {
        pages.push(start..heights.len());
    }
    pages
}

fn head_ui(pen: &Pen, rect: Rect, form: Form, view: &LedgerView<'_>, group: usize, (page, pages): (usize, usize)) {
    let groups = view.ledger.groups();
    let Some(shown) = groups.get(group) else { return };
    let y = rect.center().y;
    let (left, right) = (rect.left() + form.margin(), rect.right() - form.margin());
    pen.rule(rect.left(), rect.right(), rect.bottom() - size::STROKE, Tone::Line);
    let here = view.focus.saturating_sub(shown.first).saturating_add(1);
    let title = match (form, group) {
        (Form::One | Form::Tight, 0) => format!("Effect {here} of {}{}", shown.rows, role(view)),
        (Form::One | Form::Tight, _) => format!("{} {here} of {}", shown.name, shown.rows),
        (_, 0) => "What this transaction does".to_owned(),
        _ => shown.name.clone(),
    };
    let end = pen.line_at(left, y, Ink::strong(Type::SENTENCE), &title);
    if view.read_only {
        pen.line_at(end + gap::MEDIUM, y, Ink::text(Type::LABEL).tone(Tone::Act), "read only");
    }
    let quiet = Ink::text(Type::LABEL).tone(Tone::T2);
    let (seen, total) = view.seen;
    let remark = match (form, group, pages) {
        (Form::One | Form::Tight, ..) => format!("{} of {} fields seen", number(seen), number(total)),
        (_, 0, 0 | 1) => format!("{}{}", counted(shown.rows, "effect"), view.unit.as_deref().unwrap_or_default()),
        (_, 0, _) => {
            let (effects, unit) = (counted(shown.rows, "effect"), view.unit.as_deref().unwrap_or_default());
            format!("{effects} · page {} of {pages}{unit}", page.saturating_add(1))
        }
        (_, _, 0 | 1) => counted(shown.rows, "row"),
        _ => format!("{} · page {} of {pages}", counted(shown.rows, "row"), page.saturating_add(1)),
    };
    pen.line_right(right, y - 9.0, quiet, &remark);
}

/// The role of the focused effect, where the row has no room for it.
fn role(view: &LedgerView<'_>) -> String {
    match view.ledger.rows().get(view.focus).map(|row| &row.body) {
        Some(RowBody::Effect(effect)) => format!(": {}", effect.role),
        _ => String::new(),
    }
}

fn rows_ui(
    ui: &mut Ui,
    list: Rect,
    view: &LedgerView<'_>,
    first: usize,
    shown: std::ops::Range<usize>,
) -> (Option<Action>, f32) {
    let mut asked = None;
    let mut top = list.top();
    let top_row = shown.start;
    for place in shown {
        let index = first.saturating_add(place);
        let Some(row) = view.ledger.rows().get(index) else { break };
        let at = pos2(list.left(), top);
        let again = (place == top_row && !row.section.is_empty()).then(|| format!("{}, continued", row.section));
        let heading = if row.begins { Some(row.section.clone()) } else { again };
        let look = Look { heading, focused: index == view.focus };
        let height = row_ui(ui, at, list.size(), view, row, look);
        let area = Rect::from_min_size(at, egui::vec2(list.width(), height));
        if ui.interact(area, ui.scope_id().with(("row", index)), egui::Sense::CLICK).clicked() {
            asked = Some(Action::Focus(index));
        }
        top += height;
    }
    (asked, top)
}

/// How a row looks where it stands.
struct Look {
    heading: Option<String>,
    focused: bool,
}

fn row_ui(ui: &mut Ui, at: Pos2, room: Vec2, view: &LedgerView<'_>, row: &Row, look: Look) -> f32 {
    let width = room.x;
    let mark = view.mark(&row.codes());
    match &row.body {
        RowBody::Effect(effect) => {
            let shown = effect_view(&Pen::new(ui), width, effect, mark, look.focused);
            c::effect_row_within(ui, at, (width, room.y), &shown)
        }
        RowBody::Field(value, chunk) => {
            let Look { heading, focused } = look;
            field::field_row(ui, at, width, &field::FieldView { heading, field: value, chunk: *chunk, mark, focused })
        }
    }
}

fn effect_view(pen: &Pen, width: f32, effect: &Effect, mark: Option<&str>, focused: bool) -> c::EffectRow {
    let narrow = width < NARROW;
    let plain = Words::plain(effect.sentence.clone());
    let badge = |words: Words, mark: &str| if mark == "Refused" { words.refusal(mark) } else { words.caution(mark) };
    let with_badge = mark.map(|mark| badge(plain.clone().then("  "), mark));
    let room = width - size::LEDGER_AMOUNTS - 2.0 * gap::LARGE;
    let fits = |words: &Words| pen.words_size(f32::INFINITY, Type::SENTENCE, Tone::T1, words).x <= room;
    let beside = with_badge.filter(fits);
    let below = mark.filter(|_| beside.is_none()).map(|mark| badge(Words::default(), mark));
    let lines = effect.provenance.iter().map(|line| Words::plain(line.clone()));
    c::EffectRow {
        amount: column_amount(pen, effect).filter(|_| !narrow),
        role: if narrow { String::new() } else { effect.role.clone() },
        sentence: beside.unwrap_or(plain),
        address: effect
            .address
            .as_ref()
            .map(|address| c::AddressBlock::new(address.groups(), address_size(effect, narrow))),
        comparison: None,
        proof: Some(proof_mark(&effect.proof)),
        provenance: below.into_iter().chain(lines).collect(),
        state: if focused { c::EffectState::Focused } else { c::EffectState::Plain },
    }
}

/// The amount for its column; one that is wider, as most of 18 decimals are, stands in the sentence alone.
fn column_amount(pen: &Pen, effect: &Effect) -> Option<c::Amount> {
    let number = effect.amount.map(|amount| amount.number())?;
    let fits = pen.width(Ink::data(Type::LEDGER), &number) <= size::LEDGER_AMOUNTS - gap::LARGE;
    fits.then(|| c::Amount::new(number))
}

/// Below this width the sentence alone says amount and role, so that the address stands whole.
const NARROW: f32 = 600.0;

/// A payee's address is larger than one of ours.
fn address_size(effect: &Effect, narrow: bool) -> Type {
    match effect.kind {
        vitrine_review::EffectKind::Pays | vitrine_review::EffectKind::Transfers if !narrow => Type::ADDRESS,
        _ => Type::REFERENCE,
    }
}

/// A proof as its mark.
pub fn proof_mark(proof: &Proof) -> c::ProofMark {
    match proof {
        Proof::Proven(_, by) => c::ProofMark::new(c::Mark::Proven, format!("by {by}")),
        Proof::Claimed(_, by) => c::ProofMark::new(c::Mark::Claimed, format!("by {by}")),
        Proof::Unknown(_, why) => c::ProofMark::new(c::Mark::Unknown, why.clone()),
    }
}

fn foot_ui(ui: &mut Ui, rect: Rect, view: &LedgerView<'_>, group: usize, end: usize) {
    let groups = view.ledger.groups();
    let rest = groups.get(group).map_or(0, |shown| shown.rows.saturating_sub(end));
    let name = groups.get(group).map_or(String::new(), |shown| shown.name.to_lowercase());
    let mut what: Vec<String> = Vec::new();
    if rest > 0 {
        what.push(format!("{} more of {name}", number(rest)));
    }
    what.extend(groups.iter().skip(group.saturating_add(1)).map(|group| group.name.to_lowercase()));
    let remark = match view.unseen {
        0 => "all fields seen".to_owned(),
        unseen => format!("{} not yet seen", counted(unseen, "field")),
    };
    if !what.is_empty() {
        let room = rect.width() - 160.0;
        let long = what.join(", ");
        let fits = Pen::new(ui).width(Ink::text(Type::LABEL), &long) <= room;
        let groups = counted(what.len().saturating_sub(usize::from(rest > 0)), "group");
        let first = what.first().filter(|_| rest > 0).map(|first| format!("{first}, ")).unwrap_or_default();
        let short = format!("{first}{groups}");
        return further_ui(ui, rect, if fits { &long } else { &short }, &remark);
    }
    let pen = Pen::new(ui);
    pen.rule(rect.left(), rect.right(), rect.top(), Tone::Line);
    pen.line_at(rect.left() + gap::LARGE, rect.center().y, Ink::text(Type::LABEL).tone(Tone::T2), "This is the end.");
    pen.line_right(rect.right() - gap::LARGE, rect.center().y - 9.0, Ink::data(Type::LABEL).tone(Tone::T2), &remark);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_within_a_section_leaves_room_for_its_title() {
        let heights = [40.0, 40.0, 40.0, 40.0];
        assert_eq!(pages(&heights, &[true, false, false, false], 100.0, false), [0..2, 2..3, 3..4]);
    }

    #[test]
    fn no_row_is_cut_at_the_end_of_a_page() {
        let heights = [40.0, 40.0, 50.0, 200.0, 30.0];
        assert_eq!(pages(&heights, &[true; 5], 100.0, false), [0..2, 2..3, 3..4, 4..5]);
        assert_eq!(pages(&[], &[], 100.0, false), Vec::<std::ops::Range<usize>>::new());
    }
}
