//! What the interface knows, and how it changes. No window, no thread, no clock: time and reports are arguments.
//!
//! Views read a [`Model`]; [`Model::update`] decides what an [`Action`] means and which [`Command`]s the workers get;
//! [`Model::hear`] takes their [`Report`]s.

mod action;
mod ask;
mod demo;
mod devices;
mod hear;
mod hold;
mod keys;
mod ledger;
mod machine;
mod open;
mod present;
mod reading;
mod record;
mod report;
mod review;
mod route;
mod scan;
mod sign;
mod time;
mod update;

pub use action::{Action, Step, Tab};
pub use ask::{Ask, Entry, Secret};
pub use demo::{DemoPace, Person};
pub use hold::{HOLD_MS, Hold, HoldInput, HoldState};
pub(crate) use keys::action_of;
pub use keys::{Cap, Hint, hints, screen_hints};
pub use ledger::{Chunk, Group, Ledger, Row, RowBody};
pub use machine::{Check, Machine, Notice, Wish};
pub use open::{Found, OpenState};
pub use present::{DENSITIES, Loop, PresentState, RATES};
pub use reading::Reading;
pub use record::RecordState;
pub use report::{Command, Prepared, Report, ScanReport, SignReport};
pub use review::{BYTES_SHOWN, ReviewState};
pub use route::Route;
pub use scan::{ScanState, TimeLeft};
pub use sign::{Failed, SignState};
pub use time::{clock_minutes, clock_seconds, duration};
pub use update::RECORD_FILE;

use vitrine_ceremony::{Gate, Session, SignOrder, Stage, UnixTime};

/// What lies over a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// What this screen is.
    Help,
    /// All 32 words and the hex digest.
    Words,
    /// The files of the ceremony folder.
    Files,
    /// The hardware wallets.
    Devices,
    /// The reason of an abort, as typed so far.
    Abort(String),
    /// What the self-test of the machine found.
    SelfTest,
    /// What happened to the machine.
    Notices,
    /// Whether to switch the machine off.
    PowerOff,
}

/// What the model was made with.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Id of the camera to take; the first one otherwise.
    pub camera: Option<String>,
    /// Id of the hardware wallet to take; the first one otherwise.
    pub device: Option<String>,
}

/// Everything the interface knows.
pub struct Model {
    /// The signing session.
    pub session: Session,
    /// The screen that is open.
    pub route: Route,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// Why everything stopped; nothing else is shown then.
    pub stopped: Option<String>,
    /// Milliseconds since the application started.
    pub now_ms: u64,
    /// Cameras, hardware wallets and what is missing.
    pub open: OpenState,
    /// What the camera has read.
    pub scan: ScanState,
    /// The request's ledger and where the person is in it.
    pub review: ReviewState,
    /// The hold button of the comparison.
    pub hold: Hold,
    /// What the hardware wallet does.
    pub sign: SignState,
    /// What it asks of the person at this machine.
    pub ask: Option<Ask>,
    /// The result as codes.
    pub present: PresentState,
    /// Where the person is in the record.
    pub record: RecordState,
    /// The machine, where the whole of it is this program's.
    pub machine: Option<Machine>,
    /// A sentence about what was just refused or not possible, until the next action.
    pub note: Option<String>,
    order: Option<SignOrder>,
    started: UnixTime,
}

impl Model {
    /// A model that opens `session`. `started` is the time now; it counts on with [`Model::tick`].
    pub fn new(session: Session, wishes: Wishes, started: UnixTime) -> Self {
        Self {
            session,
            route: Route::Open,
            overlay: None,
            stopped: None,
            now_ms: 0,
            open: OpenState::new(wishes),
            scan: ScanState::default(),
            review: ReviewState::default(),
            hold: Hold::default(),
            sign: SignState::default(),
            ask: None,
            present: PresentState::default(),
            record: RecordState::default(),
            machine: None,
            note: None,
            order: None,
            started,
        }
    }

    /// Moves time on to `now_ms` milliseconds after the start. Time never goes back.
    pub fn tick(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// The time now, in seconds since 1970.
    pub fn at(&self) -> UnixTime {
        self.started.saturating_add(self.now_ms / 1_000)
    }

    /// Everything that must be true before signing: the session's gates, and a hardware wallet.
    pub fn gates(&self) -> Vec<Gate> {
        let mut gates = self.session.gates();
        if self.open.device().is_none() {
            gates.push(Gate { label: "No hardware wallet".to_owned(), done: false });
        }
        gates
    }

    /// How many gates are open. A session that is not in review has none that could be passed.
    pub fn steps_left(&self) -> usize {
        let open = self.gates().iter().filter(|gate| !gate.done).count();
        if self.session.stage() == Stage::Reviewed { open } else { open.max(1) }
    }

    /// Whether a text field has the keyboard.
    pub fn is_typing(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Abort(_))) || self.question().is_some_and(Ask::is_typed)
    }

    /// Stops everything: nothing is shown any more that could be out of date.
    pub fn stop(&mut self, what: String) {
        if self.stopped.is_none() {
            let at = self.at();
            if self.session.stage() != Stage::Closed {
                self.session.abort(&format!("stopped: {what}"), at);
            }
            self.overlay = None;
            self.ask = None;
            self.scan = ScanState::default();
            self.present = PresentState::default();
            self.stopped = Some(what);
        }
    }

    /// Whether the request is refused, by a rule, a finding or a failed verification.
    pub fn is_refused(&self) -> bool {
        self.session.stage() == Stage::Refused || !self.session.refusals().is_empty()
    }

    /// Whether the request may still be looked at.
    pub fn has_review(&self) -> bool {
        self.session.review().is_some()
    }
}
