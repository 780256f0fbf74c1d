//! A scripted person, who does everything through the same actions as a real one.

use super::{Action, Ask, HoldInput, Model, Route, Step, Tab};

/// How fast the scripted person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPace {
    /// At a speed at which a person can follow.
    Human,
    /// Without waiting.
    Instant,
}

/// Without waiting, each thought still takes two frames: every screen is painted once before it is left.
const INSTANT_MS: u64 = 70;

/// The scripted person.
#[derive(Clone, Debug)]
pub struct Person {
    pace: DemoPace,
    route: Option<Route>,
    arrived_ms: u64,
    thought: Option<(Action, u64)>,
    holds: bool,
}

impl Person {
    /// A person who just sat down.
    pub fn new(pace: DemoPace) -> Self {
        Self { pace, route: None, arrived_ms: 0, thought: None, holds: false }
    }

    /// What they do now: whatever they have had in mind for long enough.
    pub fn act(&mut self, model: &Model) -> Option<Action> {
        if self.route != Some(model.route) {
            self.route = Some(model.route);
            self.arrived_ms = model.now_ms;
            self.holds = false;
            self.thought = None;
        }
        let next = next(model).filter(|_| model.stopped.is_none() && model.overlay.is_none());
        let Some((action, think_ms)) = next else {
            self.thought = None;
            return None;
        };
        let since_ms = match &self.thought {
            Some((thought, since_ms)) if *thought == action => *since_ms,
            _ => {
                self.thought = Some((action.clone(), model.now_ms));
                model.now_ms
            }
        };
        if model.now_ms.saturating_sub(since_ms) < self.takes(think_ms) {
            return None;
        }
        self.thought = None;
        Some(action)
    }

    fn takes(&self, think_ms: u64) -> u64 {
        match self.pace {
            DemoPace::Human => think_ms,
            DemoPace::Instant if think_ms <= WALK_MS => 0,
            DemoPace::Instant => INSTANT_MS,
        }
    }

    /// What their hand does to Space: holds it in the comparison, once they have read the words.
    pub fn hold(&mut self, model: &Model) -> HoldInput {
        let read = model.now_ms.saturating_sub(self.arrived_ms) >= self.takes(READ_MS);
        let ready = self.route == Some(Route::Compare) && model.route == Route::Compare && read;
        if !ready || model.overlay.is_some() {
            self.holds = false;
            return HoldInput::default();
        }
        let pressed = !self.holds;
        self.holds = true;
        HoldInput { pressed, released: false, down: true }
    }
}

/// How long the six words are read.
const READ_MS: u64 = 4_000;
/// How long one field takes.
const WALK_MS: u64 = 170;

/// What a person would do next, and how long they think about it, in milliseconds.
fn next(model: &Model) -> Option<(Action, u64)> {
    match model.route {
        Route::Open if model.open.is_probed() => Some((Action::Primary, 3_000)),
        Route::Review if model.review.back.is_none() => Some(review(model)),
        Route::Refused => Some((Action::Primary, 8_000)),
        Route::Sign if matches!(model.question(), Some(Ask::Advisories { .. })) => Some((Action::Acknowledge, 4_000)),
        Route::Sign if model.sign.failed.is_some() => Some((Action::Primary, 6_000)),
        Route::Sign if model.sign.waits_here => Some((Action::ConfirmOnDevice, 1_800)),
        Route::Present if model.present.prepared.is_some() => Some((Action::Primary, 9_000)),
        _ => None,
    }
}

fn review(model: &Model) -> (Action, u64) {
    let (seen, fields) = model.session.fields_seen();
    let last = model.review.ledger.rows().len().saturating_sub(1);
    if seen < fields && model.review.focus < last {
        let effects = model.review.ledger.groups().first().map_or(0, |group| group.rows);
        return (Action::Field(Step::Next), if model.review.focus < effects { 1_400 } else { WALK_MS });
    }
    let cautions = model.session.cautions();
    match cautions.iter().any(|finding| !model.session.acknowledged(*finding)) {
        true if model.review.tab != Tab::Findings => (Action::Show(Tab::Findings), 1_500),
        true => (Action::Acknowledge, 2_200),
        false => (Action::Primary, 1_500),
    }
}
