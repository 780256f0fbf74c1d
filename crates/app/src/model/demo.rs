//! A scripted person, who does everything through the same actions as a real one.

use super::{Action, HOLD_MS, HoldInput, Model, Route, Step, Tab};

/// How fast the scripted person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPace {
    /// At a speed at which a person can follow.
    Human,
    /// Without waiting.
    Instant,
}

/// The scripted person.
#[derive(Clone, Debug)]
pub struct Person {
    pace: DemoPace,
    route: Option<Route>,
    next_ms: u64,
    holds: bool,
}

impl Person {
    /// A person who just sat down.
    pub fn new(pace: DemoPace) -> Self {
        Self { pace, route: None, next_ms: 0, holds: false }
    }

    /// How fast they are.
    pub fn pace(&self) -> DemoPace {
        self.pace
    }

    /// What they do now, if it is time.
    pub fn act(&mut self, model: &Model) -> Option<Action> {
        if self.route != Some(model.route) {
            self.route = Some(model.route);
            self.holds = false;
            self.wait(model, arrival_ms(model.route));
        }
        if model.now_ms < self.next_ms || model.stopped.is_some() || model.overlay.is_some() {
            return None;
        }
        let (action, wait_ms) = next(model)?;
        self.wait(model, wait_ms);
        Some(action)
    }

    fn wait(&mut self, model: &Model, ms: u64) {
        let ms = if self.pace == DemoPace::Instant { 0 } else { ms };
        self.next_ms = model.now_ms.saturating_add(ms);
    }

    /// What their hand does to Space: holds it in the comparison, once they have read the words.
    pub fn hold(&mut self, model: &Model) -> HoldInput {
        let ready = self.route == Some(Route::Compare) && model.route == Route::Compare && model.now_ms >= self.next_ms;
        if !ready || model.overlay.is_some() {
            self.holds = false;
            return HoldInput::default();
        }
        let pressed = !self.holds;
        self.holds = true;
        HoldInput { pressed, released: false, down: true }
    }

    /// How long they hold, in milliseconds.
    pub const fn hold_ms() -> u64 {
        HOLD_MS
    }
}

fn arrival_ms(route: Route) -> u64 {
    match route {
        Route::Open => 3_000,
        Route::Review => 2_500,
        Route::Compare => 4_000,
        Route::Refused => 8_000,
        Route::Present => 9_000,
        Route::Scan | Route::Sign | Route::Record => 1_500,
    }
}

fn next(model: &Model) -> Option<(Action, u64)> {
    match model.route {
        Route::Open if model.open.is_probed() => Some((Action::Primary, 1_000)),
        Route::Review if model.review.back.is_none() => Some(review(model)),
        Route::Refused => Some((Action::Primary, 1_000)),
        Route::Sign if model.sign.failed.is_some() => Some((Action::Primary, 1_000)),
        Route::Sign if model.sign.waits_here => Some((Action::ConfirmOnDevice, 1_800)),
        Route::Present if model.present.prepared.is_some() => Some((Action::Primary, 1_000)),
        _ => None,
    }
}

fn review(model: &Model) -> (Action, u64) {
    let (seen, fields) = model.session.fields_seen();
    let last = model.review.ledger.rows().len().saturating_sub(1);
    if seen < fields && model.review.focus < last {
        let effects = model.review.ledger.groups().first().map_or(0, |group| group.rows);
        return (Action::Field(Step::Next), if model.review.focus < effects { 1_400 } else { 170 });
    }
    let cautions = model.session.cautions();
    match cautions.iter().any(|finding| !model.session.acknowledged(*finding)) {
        true if model.review.tab != Tab::Findings => (Action::Show(Tab::Findings), 1_500),
        true => (Action::Acknowledge, 2_200),
        false => (Action::Primary, 1_500),
    }
}
