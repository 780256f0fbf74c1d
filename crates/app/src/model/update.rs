//! What an action means. Everything that needs a permission asks the session for it.

use vitrine_ceremony::Stage;
use vitrine_device::Answer;
use vitrine_review::Severity;

use super::{
    Action, Command, Failed, Hold, Model, Overlay, PresentState, ReviewState, Route, ScanState, SignState, Step, Tab,
};

/// Where the entries of the record are kept; written last, so that what they name is there.
pub const RECORD_FILE: &str = "record/record.jsonl";

fn save(name: String, bytes: Vec<u8>) -> Command {
    Command::Save { name, bytes }
}

impl Model {
    /// Does what an action asks for, if it is possible now, and says what the workers have to do.
    pub fn update(&mut self, action: Action) -> Vec<Command> {
        if self.stopped.is_some() {
            return Vec::new();
        }
        self.note = None;
        match action {
            Action::Help => self.toggle(Overlay::Help),
            Action::Words => self.toggle(Overlay::Words),
            Action::ListFiles => self.toggle(Overlay::Files),
            Action::CloseOverlay => return self.close_overlay(),
            Action::AskAbort => self.overlay = Some(Overlay::Abort(String::new())),
            Action::Reason(text) => self.overlay = Some(Overlay::Abort(text)),
            Action::Primary => return self.primary(),
            Action::Abort => return self.abort_as_typed(),
            Action::WordsDiffer => return self.abort("the words on another machine are different"),
            Action::DeviceDiffers => return self.abort("the device shows something else than the review"),
            Action::ReadReview => self.read_review(),
            Action::Largest => self.largest(),
            Action::Entry(step) => self.step_entry(step),
            Action::VerifyAgain => self.record.verified = self.record.verified.saturating_add(1),
            other => return self.update_device(other),
        }
        Vec::new()
    }

    fn update_device(&mut self, action: Action) -> Vec<Command> {
        match action {
            Action::Acknowledge if self.question().is_some() => return self.acknowledge_device(),
            Action::Enter(entry) => self.enter(entry),
            Action::ReadOn(step) => self.read_on(step),
            Action::Shown { first, end } => self.was_shown(first, end),
            Action::TypeHere => self.type_here(),
            Action::ShowTyped => self.show_typed(),
            Action::SameCode => return self.compare_codes(Answer::Continue),
            Action::OtherCode => return self.compare_codes(Answer::Cancel),
            Action::CancelQuestion => return self.cancel_question(),
            Action::CancelExchange => return self.cancel_exchange(),
            Action::ListDevices => return self.list_devices(),
            Action::Device(step) => self.step_device(step),
            Action::TakeDevice => return self.take_device(),
            other => return self.update_step(other),
        }
        Vec::new()
    }

    fn update_step(&mut self, action: Action) -> Vec<Command> {
        match action {
            Action::Begin => return self.begin(),
            Action::OnlyLook => return self.only_look(),
            Action::LookAgain => return self.look_again(),
            Action::NextCamera => return self.next_camera(),
            Action::ScanAgain => return self.again(),
            Action::Compare => self.compare(),
            Action::Approve => return self.approve(),
            Action::ConfirmOnDevice => return self.confirm(),
            Action::OperatorHasRead => return self.close_and_show_record(),
            Action::RecordRefusal | Action::Close => return self.close_and_show_record(),
            Action::Density(step) => return self.density(step),
            Action::Rate(step) => self.present.step_rate(step, self.now_ms),
            Action::Pause => self.present.pause(self.now_ms),
            Action::Part(step) => self.present.step_part(step, self.now_ms),
            Action::Lock
            | Action::Unlock
            | Action::NextLayout
            | Action::SelfTest
            | Action::Notices
            | Action::Scroll(_)
            | Action::AskPowerOff
            | Action::PowerOff => self.update_machine(&action),
            other => self.update_review(&other),
        }
        Vec::new()
    }

    fn update_review(&mut self, action: &Action) {
        match action {
            Action::Field(step) => self.review.step_row(*step),
            Action::Group(step) => self.review.step_group(*step),
            Action::Focus(row) => self.review.move_to(*row),
            Action::Byte(step) => {
                if let Some(review) = self.session.review() {
                    self.review.step_owner(*step, review.account());
                }
            }
            Action::Page(step) => self.review.step_page(*step),
            Action::LastPage(last) => self.review.page = self.review.page.map(|page| page.min(*last)),
            Action::FieldOfByte => self.field_of_byte(),
            Action::Show(tab) => self.show(*tab),
            Action::Acknowledge => self.acknowledge(),
            _ => {}
        }
        if matches!(action, Action::Field(_) | Action::Group(_) | Action::Focus(_)) {
            self.look();
        }
    }

    /// Notes that the focused row was looked at.
    pub(super) fn look(&mut self) {
        if let Some(row) = self.review.ledger.rows().get(self.review.focus) {
            row.sees.iter().for_each(|code| self.session.see(code));
            self.review.walked.insert(self.review.focus);
        }
    }

    pub(super) fn toggle(&mut self, overlay: Overlay) {
        self.overlay = if self.overlay.as_ref() == Some(&overlay) { None } else { Some(overlay) };
    }

    fn primary(&mut self) -> Vec<Command> {
        match self.route {
            _ if self.question().is_some() => self.give(),
            Route::Open => self.begin(),
            Route::Review if self.review.inspector_open => {
                if self.review.tab == Tab::Bytes {
                    self.field_of_byte();
                }
                self.review.inspector_open = false;
                Vec::new()
            }
            Route::Review => {
                self.compare();
                Vec::new()
            }
            Route::Refused | Route::Present | Route::Record => self.close_and_show_record(),
            Route::Sign if self.sign.failed.is_some() => self.close_and_show_record(),
            Route::Scan | Route::Compare | Route::Sign => Vec::new(),
        }
    }

    fn begin(&mut self) -> Vec<Command> {
        if self.route != Route::Open {
            return Vec::new();
        }
        if self.open.device().is_none() || self.session.folder().is_none() {
            self.note = Some("Something is missing. Get it, or press I to only look at a request.".to_owned());
            return Vec::new();
        }
        self.start_scan()
    }

    fn only_look(&mut self) -> Vec<Command> {
        if self.route == Route::Open { self.start_scan() } else { Vec::new() }
    }

    fn start_scan(&mut self) -> Vec<Command> {
        let Some(camera) = self.open.camera().map(|camera| camera.id.clone()) else {
            self.note = Some("There is no camera. Plug one in, then press R.".to_owned());
            return Vec::new();
        };
        self.route = Route::Scan;
        self.scan = ScanState::default();
        vec![Command::Scan { camera }]
    }

    fn next_camera(&mut self) -> Vec<Command> {
        self.open.next_camera();
        if self.route == Route::Scan { self.start_scan() } else { Vec::new() }
    }

    /// Once more: the key R on every screen that has it.
    fn again(&mut self) -> Vec<Command> {
        match self.route {
            Route::Scan => self.start_scan(),
            Route::Sign if self.sign.failed.is_some() && self.session.stage() == Stage::Approved => {
                self.order.clone().map_or_else(Vec::new, |order| self.start_signing(order))
            }
            _ => Vec::new(),
        }
    }

    fn show(&mut self, tab: Tab) {
        self.review.inspector_open = !(self.review.inspector_open && self.review.tab == tab);
        self.review.tab = tab;
        self.review.page = None;
    }

    fn field_of_byte(&mut self) {
        let field = self.session.review().and_then(|review| {
            let owner = self.review.owner(review.account())?;
            review.account().owners().get(owner)?.field.clone()
        });
        if let Some(row) = field.and_then(|code| self.review.ledger.row_of(&code)) {
            self.review.move_to(row);
            self.look();
        }
    }

    /// Acknowledges the first open caution. It must be on the screen.
    fn acknowledge(&mut self) {
        if self.route != Route::Review || self.review.back.is_some() {
            return;
        }
        if self.review.tab != Tab::Findings || !(self.review.beside || self.review.inspector_open) {
            self.review.tab = Tab::Findings;
            self.review.inspector_open = true;
            return;
        }
        // On another page the caution is not on the screen: the first press shows it, the next one acknowledges.
        if self.review.page.take().is_some() {
            return;
        }
        let at = self.at();
        let open = self.session.cautions().into_iter().find(|finding| !self.session.acknowledged(*finding));
        if let Some(Err(error)) = open.map(|finding| self.session.acknowledge(finding, at)) {
            self.note = Some(error.to_string());
        }
    }

    fn compare(&mut self) {
        if self.route != Route::Review || self.session.stage() != Stage::Reviewed {
            return;
        }
        if self.steps_left() > 0 {
            self.note = Some("Signing is locked until every step below is done.".to_owned());
            return;
        }
        self.enter_compare();
    }

    fn enter_compare(&mut self) {
        self.route = Route::Compare;
        self.review.back = None;
        self.hold = Hold::default();
    }

    fn read_review(&mut self) {
        match (self.route, self.review.back) {
            (Route::Review, Some(Route::Compare)) => self.enter_compare(),
            (Route::Review, Some(back)) => {
                self.route = back;
                self.review.back = None;
            }
            (Route::Compare | Route::Sign | Route::Refused | Route::Present | Route::Record, _)
                if self.has_review() =>
            {
                self.review.back = Some(self.route);
                self.route = Route::Review;
            }
            _ => {}
        }
    }

    fn approve(&mut self) -> Vec<Command> {
        let Some(digest) = self.session.review().map(|review| review.digest()) else { return Vec::new() };
        if self.route != Route::Compare || self.steps_left() > 0 {
            return Vec::new();
        }
        let at = self.at();
        match self.session.approve(digest, at) {
            Ok(order) => {
                self.order = Some(order.clone());
                self.start_signing(order)
            }
            Err(error) => {
                self.note = Some(error.to_string());
                Vec::new()
            }
        }
    }

    fn start_signing(&mut self, order: vitrine_ceremony::SignOrder) -> Vec<Command> {
        self.route = Route::Sign;
        self.sign = SignState::begin(self.now_ms);
        self.ask = None;
        match self.open.device() {
            Some(device) => vec![Command::Sign { order, device: device.id.clone() }],
            None => {
                self.sign.failed =
                    Some(Failed::plain("There is no hardware wallet. Plug it in, then U lists it.".to_owned()));
                Vec::new()
            }
        }
    }

    /// Ends the exchange under way. What the device then says is still taken, so that the record has it.
    fn cancel_exchange(&mut self) -> Vec<Command> {
        if self.route != Route::Sign || self.sign.failed.is_some() || self.sign.cancelling {
            return Vec::new();
        }
        self.ask = None;
        self.sign.cancelling = true;
        vec![Command::Cancel]
    }

    fn confirm(&mut self) -> Vec<Command> {
        if !self.sign.waits_here {
            return Vec::new();
        }
        self.sign.waits_here = false;
        vec![Command::Answer(Answer::Continue)]
    }

    fn density(&mut self, step: Step) -> Vec<Command> {
        if self.route == Route::Present && self.present.step_density(step) { self.prepare() } else { Vec::new() }
    }

    /// Has the codes drawn and read back.
    pub(super) fn prepare(&mut self) -> Vec<Command> {
        let fragment_len = self.present.fragment_len();
        let payload = self.present.payload.clone();
        payload.map(|payload| Command::Prepare { payload, fragment_len }).into_iter().collect()
    }

    fn largest(&mut self) {
        match self.route {
            Route::Scan => self.scan.zoomed = !self.scan.zoomed,
            Route::Present => self.present.largest = !self.present.largest,
            _ => {}
        }
    }

    fn step_entry(&mut self, step: Step) {
        let last = self.session.record().entries().len().saturating_sub(1);
        let here = self.record.focus.unwrap_or(last);
        self.record.focus = Some(match step {
            Step::Next => here.saturating_add(1).min(last),
            Step::Previous => here.saturating_sub(1),
        });
    }

    fn abort_as_typed(&mut self) -> Vec<Command> {
        let Some(Overlay::Abort(reason)) = &self.overlay else { return Vec::new() };
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            self.note = Some("Write one sentence for the record, then press Enter.".to_owned());
            return Vec::new();
        }
        self.abort(&reason)
    }

    /// Ends the session with a reason. Camera and device are left, whatever they are doing.
    fn abort(&mut self, reason: &str) -> Vec<Command> {
        let at = self.at();
        if self.session.stage() != Stage::Closed {
            self.session.abort(reason, at);
        }
        self.show_record()
    }

    fn close_and_show_record(&mut self) -> Vec<Command> {
        let at = self.at();
        if self.session.stage() != Stage::Closed && self.route != Route::Open {
            self.session.close(at);
        }
        self.show_record()
    }

    fn show_record(&mut self) -> Vec<Command> {
        self.overlay = None;
        self.ask = None;
        self.order = None;
        self.route = Route::Record;
        self.review.back = None;
        self.scan = ScanState::default();
        self.present = PresentState::default();
        self.record.focus = None;
        let record = self.session.record();
        let mut commands = vec![Command::EndScan, Command::EndSign];
        let contents = record.contents().iter();
        commands.extend(contents.map(|(digest, bytes)| save(format!("record/content/{digest}"), bytes.clone())));
        // What was said of an earlier state of it does not hold for this one.
        self.record.saved.remove(RECORD_FILE);
        commands.push(save(RECORD_FILE.to_owned(), record.to_json_lines().into_bytes()));
        commands
    }

    /// Begins the review of the request that the session holds.
    pub(super) fn begin_review(&mut self) {
        if let Some(review) = self.session.review() {
            self.review = ReviewState::begin(review);
            self.route = if self.session.stage() == Stage::Refused { Route::Refused } else { Route::Review };
            self.scan.picture = None;
            match self.route {
                Route::Review => self.look(),
                _ => self.focus_refusal(),
            }
        }
    }

    /// Focuses the field that a refusing finding is about, so that its bytes are shown.
    fn focus_refusal(&mut self) {
        let refusing = self.refusing_field();
        if let Some(row) = refusing.and_then(|code| self.review.ledger.row_of(&code)) {
            self.review.move_to(row);
        }
    }

    /// Code of the field that the first refusing finding is about.
    pub(crate) fn refusing_field(&self) -> Option<String> {
        let findings = self.session.review()?.findings();
        findings.iter().find(|finding| finding.severity >= Severity::Restricted)?.field.clone()
    }
}
