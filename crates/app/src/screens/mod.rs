//! The screens. Each has a plain view, made from the [`Model`], and a function that shows it and returns what the
//! person asks for.

mod advisories;
mod ask;
mod bars;
mod compare;
mod devices;
mod frame;
mod leaving;
mod machine;
mod open;
mod overlay;
mod picture;
mod place;
mod present;
mod record;
mod refused;
mod review;
mod scan;
mod sign;
mod stopped;

use egui::{Rect, Ui};

use crate::components::Pen;
use crate::model::{Action, Machine, Model, Route};
use crate::tokens::Tone;
use place::{Cut, Form};

pub use picture::Picture;
pub use stopped::{STEPS, STEPS_OF_MACHINE, safe_stop_ui};

/// Shows the screen that is open, with what lies over it, and returns what the person asks for.
pub fn screen_ui(ui: &mut Ui, model: &Model, picture: &Picture) -> Option<Action> {
    let window = ui.max_rect();
    if let Some(machine) = model.machine.as_ref().filter(|_| model.is_locked()) {
        machine::locked_ui(ui, window, machine);
        return None;
    }
    let form = Form::of(window.size());
    Pen::new(ui).fill(window, Tone::Bg0);
    let (top, rest) = window.cut_top(form.title_bar());
    let (bottom, body) = rest.cut_bottom(form.hint_bar());
    frame::title_bar_ui(ui, top, model);
    let asked = body_ui(ui, body, form, model, picture);
    let covering = model.overlay.as_ref().filter(|_| model.question().is_none());
    let over = covering.and_then(|overlay| overlay::overlay_ui(ui, body, form, model, overlay));
    match model.machine.as_ref().map_or(0, Machine::unread) {
        0 => frame::hint_bar_ui(ui, bottom, model),
        unread => machine::unread_ui(ui, bottom, unread),
    }
    over.or(asked)
}

/// Whether the window has room for the inspector beside the ledger.
pub fn inspector_is_beside(ui: &Ui) -> bool {
    Form::of(ui.max_rect().size()) == Form::Three
}

fn body_ui(ui: &mut Ui, body: Rect, form: Form, model: &Model, picture: &Picture) -> Option<Action> {
    if let Some(view) = ask::AskView::of(model) {
        return ask::ask_ui(ui, body, form, &view);
    }
    if model.overlay.is_some() {
        // What lies over a screen covers it whole: nothing half seen is left beside it.
        return None;
    }
    match model.route {
        Route::Open => open::open_ui(ui, body, form, &open::OpenView::of(model)),
        Route::Scan => scan::scan_ui(ui, body, form, &scan::ScanView::of(model, picture)),
        Route::Review => review::review_ui(ui, body, form, &review::ReviewView::of(model)),
        Route::Refused => refused::refused_ui(ui, body, form, &refused::RefusedView::of(model)),
        Route::Compare => compare::compare_ui(ui, body, form, &compare::CompareView::of(model)),
        Route::Sign => sign::sign_ui(ui, body, form, &sign::SignView::of(model)),
        Route::Present => present::present_ui(ui, body, form, &present::PresentView::of(model)),
        Route::Record => record::record_ui(ui, body, form, &record::RecordView::of(model)),
    }
}
