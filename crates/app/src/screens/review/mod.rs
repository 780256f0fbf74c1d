//! Review: consequence before mechanism. Effects, then every field, then every byte.

mod bytes;
mod calls;
mod field;
mod inspector;
mod ledger;

use egui::{Rect, Ui};

use super::bars::{GatesView, gates_ui};
use super::frame;
use super::place::{Cut, Form};
use crate::components as c;
use crate::model::{Action, Model, RowBody};
use crate::tokens::size;

pub(super) use bytes::{BytesView, bytes_height, bytes_ui};
use inspector::InspectorView;
use ledger::LedgerView;

/// What the screen shows.
pub struct ReviewView<'a> {
    strip: Option<c::VerdictStrip>,
    rail: c::Rail,
    ledger: LedgerView<'a>,
    inspector: InspectorView,
    gates: GatesView,
    inspector_open: bool,
}

impl<'a> ReviewView<'a> {
    /// The view of a model.
    pub fn of(model: &'a Model) -> Self {
        Self {
            strip: frame::verdict_strip(model),
            rail: rail(model),
            ledger: LedgerView::of(model),
            inspector: InspectorView::of(model),
            gates: GatesView::of(model),
            inspector_open: model.review.inspector_open,
        }
    }
}

fn rail(model: &Model) -> c::Rail {
    let (seen, total) = model.session.fields_seen();
    let ledger = &model.review.ledger;
    let chosen = ledger.rows().get(model.review.focus).map_or(0, |row| row.group);
    let item = |(index, group): (usize, &crate::model::Group)| {
        let rows = ledger.rows_of(index).iter().enumerate();
        let (mut seen, mut total) = (0usize, 0usize);
        for (place, row) in rows {
            let walked = model.review.walked.contains(&group.first.saturating_add(place));
            let (is_seen, counts) = match &row.body {
                RowBody::Effect(_) => (walked, 1),
                RowBody::Field(field, _) => (model.session.has_seen(&field.code), row.sees.len()),
            };
            total = total.saturating_add(counts);
            seen = seen.saturating_add(if is_seen { counts } else { 0 });
        }
        c::RailItem { label: group.name.clone(), seen, total }
    };
    c::Rail { items: ledger.groups().iter().enumerate().map(item).collect(), chosen, seen, total }
}

/// Shows the screen.
pub fn review_ui(ui: &mut Ui, body: Rect, form: Form, view: &ReviewView<'_>) -> Option<Action> {
    let (strip, rest) = body.cut_top(frame::strip_height(form));
    let (gates, middle) = rest.cut_bottom(form.gate_bar());
    if let Some(view) = &view.strip {
        frame::strip_ui(ui, strip, form, view);
    }
    gates_ui(ui, gates, form, &view.gates);
    match form {
        Form::Three => three_ui(ui, middle, view),
        _ if view.inspector_open => inspector::inspector_ui(ui, middle, form, &view.inspector),
        Form::Two => {
            let (rail, ledger) = middle.cut_left(size::RAIL);
            let asked = rail_ui(ui, rail, view);
            ledger::ledger_ui(ui, ledger, form, &view.ledger).or(asked)
        }
        Form::One | Form::Tight => ledger::ledger_ui(ui, middle, form, &view.ledger),
    }
}

fn three_ui(ui: &mut Ui, middle: Rect, view: &ReviewView<'_>) -> Option<Action> {
    let (rail, rest) = middle.cut_left(size::RAIL);
    let (side, ledger) = rest.cut_right(size::INSPECTOR);
    let asked = rail_ui(ui, rail, view);
    let asked = ledger::ledger_ui(ui, ledger, Form::Three, &view.ledger).or(asked);
    inspector::inspector_ui(ui, side, Form::Three, &view.inspector).or(asked)
}

fn rail_ui(ui: &mut Ui, rect: Rect, view: &ReviewView<'_>) -> Option<Action> {
    let group = c::rail(ui, rect, &view.rail)?;
    view.ledger.first_row(group).map(Action::Focus)
}
