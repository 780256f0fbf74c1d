//! The application: one model, its workers, and the screen that is open.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Ui};
use vitrine_ceremony::Session;

use crate::fonts;
use crate::keys::KeyCap;
use crate::model::{
    Action, Ask, Command, DemoPace, Entry, Hold, HoldInput, Machine, Model, Person, Report, Route, Wish, Wishes,
    action_of,
};
use crate::ports::Ports;
use crate::screens;
use crate::tokens::Theme;
use crate::workers::{Hands, Pacing, Wake, Workers};

/// How often the machine is looked through while something is missing, in milliseconds.
const PROBE_MS: u64 = 2_000;
/// How often a still screen looks at its clock.
const IDLE: Duration = Duration::from_secs(5);
/// How often a screen with something under way is painted.
const BUSY: Duration = Duration::from_millis(33);

/// What an application is started with.
#[derive(Clone, Debug, Default)]
pub struct AppOptions {
    /// Colours.
    pub theme: Theme,
    /// Plays by itself on simulated parts: scans, walks the fields, acknowledges, holds Space, confirms.
    pub demo: Option<DemoPace>,
    /// Id of the camera to take; the first one otherwise.
    pub camera: Option<String>,
    /// Id of the hardware wallet to take; the first one otherwise.
    pub device: Option<String>,
    /// The whole machine is this program's: it has keys for the keyboard layout, the self-test, notices, the lock and
    /// the switch. The shell does what [`App::take_wishes`] says.
    pub appliance: bool,
}

/// The application. A shell calls [`App::ui`] for each frame.
pub struct App {
    model: Model,
    workers: Workers,
    person: Option<Person>,
    theme: Theme,
    picture: screens::Picture,
    last_ms: u64,
    probed_ms: Option<u64>,
    begun: bool,
}

impl App {
    /// An application for one session. A demo without waiting ([`DemoPace::Instant`]) also waits for every report of its
    /// workers, so that it plays the same without a window.
    pub fn new(ports: Box<dyn Ports>, session: Session, options: AppOptions) -> Self {
        let pacing = if options.demo == Some(DemoPace::Instant) { Pacing::Every } else { Pacing::Live };
        let started = ports.now();
        let hands = if options.demo.is_some() { Hands::Here } else { Hands::OnDevice };
        let wishes = Wishes { camera: options.camera, device: options.device };
        let mut model = Model::new(session, wishes, started);
        model.machine = options.appliance.then(Machine::default);
        Self {
            model,
            workers: Workers::new(ports, pacing, hands),
            person: options.demo.map(Person::new),
            theme: options.theme,
            picture: screens::Picture::default(),
            last_ms: 0,
            probed_ms: None,
            begun: false,
        }
    }

    /// What the application knows.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The signing session.
    pub fn session(&self) -> &Session {
        &self.model.session
    }

    /// What was asked of the machine since the last time.
    pub fn take_wishes(&mut self) -> Vec<Wish> {
        self.model.take_wishes()
    }

    /// Does what an action asks for, as if a key had been pressed.
    pub fn act(&mut self, action: Action) {
        let commands = self.model.update(action);
        self.run(commands);
    }

    /// Takes a report, as if a worker had made it.
    pub fn hear(&mut self, report: Report) {
        let commands = self.model.hear(report);
        self.run(commands);
    }

    /// Installs typefaces and theme. They act from the next frame on, so a shell calls this before its first.
    pub fn install(&self, ctx: &egui::Context) {
        fonts::install(ctx, self.theme);
    }

    /// One frame: hears the workers, takes the keys, shows the screen.
    ///
    /// A panic in here stops everything safely: the screen says so, and nothing else is ever shown again.
    pub fn ui(&mut self, ui: &mut Ui) {
        if !self.begun {
            self.begin(ui);
            return;
        }
        self.guard(ui, Self::frame);
    }

    /// Shows a frame; a panic in it becomes the safe stop, which covers whatever was painted.
    fn guard(&mut self, ui: &mut Ui, frame: impl FnOnce(&mut Self, &mut Ui)) {
        if catch_unwind(AssertUnwindSafe(|| frame(self, ui))).is_err() {
            self.model.stop("the part that shows the screen broke down".to_owned());
        }
        if self.model.stopped.is_some() {
            self.workers.leave();
            let what = self.model.stopped.as_deref().unwrap_or("something broke down");
            let steps = if self.model.machine.is_some() { screens::STEPS_OF_MACHINE } else { screens::STEPS };
            screens::safe_stop_ui(ui, what, &steps);
        }
    }

    /// The first frame has no typefaces yet: it is left empty.
    fn begin(&mut self, ui: &Ui) {
        self.begun = true;
        self.install(ui.ctx());
        let ctx = ui.ctx().clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        self.workers.wake_with(wake);
        ui.ctx().request_repaint();
    }

    fn frame(&mut self, ui: &mut Ui) {
        let frame_ms = self.tick(ui);
        self.model.review.beside = screens::inspector_is_beside(ui);
        for report in self.workers.poll() {
            self.hear(report);
        }
        self.probe();
        self.play();
        self.keys(ui);
        self.hold(ui, frame_ms);
        if self.model.stopped.is_none() {
            self.picture.update(ui.ctx(), &self.model);
            if let Some(action) = screens::screen_ui(ui, &self.model, &self.picture) {
                self.act(action);
                ui.ctx().request_repaint();
            }
        }
        ui.ctx().request_repaint_after(self.next_frame());
    }

    fn run(&mut self, commands: Vec<Command>) {
        commands.into_iter().for_each(|command| self.workers.run(command));
    }

    /// Takes the window's clock; returns the milliseconds since the last frame.
    fn tick(&mut self, ui: &Ui) -> u64 {
        // Whole milliseconds since the window opened; a negative or huge time saturates.
        let now_ms = (ui.input(|input| input.time) * 1_000.0) as u64;
        let frame_ms = now_ms.saturating_sub(self.last_ms);
        self.last_ms = now_ms;
        self.model.tick(now_ms);
        frame_ms
    }

    fn probe(&mut self) {
        let now_ms = self.model.now_ms;
        let missing = self.model.open.camera().is_none() || self.model.open.device().is_none();
        let due = match self.probed_ms {
            None => true,
            Some(at) => self.model.open.is_probed() && missing && now_ms.saturating_sub(at) >= PROBE_MS,
        };
        if self.model.route == Route::Open && due {
            self.probed_ms = Some(now_ms);
            self.workers.run(Command::Probe);
        }
    }

    fn play(&mut self) {
        let action = self.person.as_mut().and_then(|person| person.act(&self.model));
        if let Some(action) = action {
            self.act(action);
        }
    }

    /// Keys act only while no text field has the keyboard; there, `Enter` and `Esc` still do.
    fn keys(&mut self, ui: &Ui) {
        if self.model.is_locked() {
            return self.unlocking_keys(ui);
        }
        if self.model.is_quiet() {
            return;
        }
        if let Some(ask) = self.model.question().filter(|ask| ask.is_typed()) {
            let places = matches!(ask, Ask::Pin(_));
            return self.secret_keys(ui, places);
        }
        for key in presses(ui) {
            let in_field =
                self.model.is_typing() && !matches!(key, KeyCap::Enter | KeyCap::Escape | KeyCap::Function(_));
            if let Some(action) = action_of(&self.model, key).filter(|_| !in_field) {
                self.act(action);
            }
        }
    }

    /// Before a locked screen only the presses that open it act, and none of this frame's after them.
    fn unlocking_keys(&mut self, ui: &Ui) {
        for _ in presses(ui).into_iter().filter(|key| *key == KeyCap::Enter) {
            if self.model.is_locked() {
                self.act(Action::Unlock);
            }
        }
    }

    /// While a PIN or a passphrase is entered, characters go nowhere else, and into no text field that would keep them.
    fn secret_keys(&mut self, ui: &Ui, places: bool) {
        for action in secret_presses(ui, &self.model, places) {
            let gives = matches!(action, Action::Primary | Action::CancelQuestion);
            self.act(action);
            if gives {
                return;
            }
        }
    }

    fn hold(&mut self, ui: &Ui, frame_ms: u64) {
        if self.model.route != Route::Compare || self.model.overlay.is_some() || self.model.is_locked() {
            self.model.hold = Hold::default();
            return;
        }
        let by_demo = self.person.as_mut().map(|person| person.hold(&self.model)).unwrap_or_default();
        let by_hand = space(ui);
        let input = if by_demo.down { by_demo } else { by_hand };
        let steps_left = self.model.steps_left();
        if self.model.hold.frame(steps_left, input, frame_ms) {
            self.act(Action::Approve);
        }
    }

    fn next_frame(&self) -> Duration {
        let model = &self.model;
        match model.route {
            _ if self.person.is_some() => BUSY,
            Route::Scan | Route::Compare => BUSY,
            Route::Present => Duration::from_millis(model.present.code_ms() / 2),
            _ if model.question().is_some() => BUSY,
            Route::Sign => Duration::from_millis(250),
            _ => IDLE.min(Duration::from_millis(PROBE_MS)),
        }
    }
}

/// The keys pressed in this frame. A letter that repeats itself because it is held down does not count.
fn presses(ui: &Ui) -> Vec<KeyCap> {
    ui.input(|input| {
        let mut repeats = false;
        let mut presses = Vec::new();
        for event in &input.events {
            if let egui::Event::Key { pressed: true, repeat, .. } = event {
                repeats = *repeat;
            }
            let is_repeated_text = repeats && matches!(event, egui::Event::Text(_));
            presses.extend(KeyCap::pressed(event).filter(|_| !is_repeated_text));
        }
        presses
    })
}

/// Places or characters, and the keys that act while they are entered, in their order.
fn secret_presses(ui: &Ui, model: &Model, places: bool) -> Vec<Action> {
    let entry = |character| if places { Entry::Place(character) } else { Entry::Character(character) };
    ui.input(|input| {
        let mut actions = Vec::new();
        for event in &input.events {
            match event {
                egui::Event::Text(text) => actions.extend(text.chars().map(|c| Action::Enter(entry(c)))),
                _ => actions.extend(KeyCap::pressed(event).and_then(|key| action_of(model, key))),
            }
        }
        actions
    })
}

fn space(ui: &Ui) -> HoldInput {
    ui.input(|input| {
        let mut hold = HoldInput { down: input.focused && input.key_down(Key::Space), ..HoldInput::default() };
        for event in &input.events {
            if let egui::Event::Key { key: Key::Space, pressed, repeat, .. } = event {
                hold.pressed |= *pressed && !*repeat;
                hold.released |= !*pressed;
            }
        }
        hold
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_device::Device;
    use vitrine_qr::FrameSource;

    struct Nothing;

    impl Ports for Nothing {
        fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
            Ok(Vec::new())
        }
        fn open_camera(&mut self, _: &str) -> Result<Box<dyn FrameSource>, String> {
            Err("none".to_owned())
        }
        fn devices(&mut self) -> Result<Vec<(String, String)>, String> {
            Ok(Vec::new())
        }
        fn open_device(&mut self, _: &str) -> Result<Box<dyn Device>, String> {
            Err("none".to_owned())
        }
        fn now(&self) -> u64 {
            0
        }
        fn save(&mut self, name: &str, _: &[u8]) -> Result<String, String> {
            Ok(name.to_owned())
        }
    }

    #[test]
    fn a_panic_while_painting_is_a_safe_stop_for_good() {
        let session = Session::open(None, Some("testnet"), None, 0).unwrap();
        let mut app = App::new(Box::new(Nothing), session, AppOptions::default());
        let ctx = egui::Context::default();
        for _ in 0..2 {
            ctx.run_ui(egui::RawInput::default(), |ui| app.ui(ui)).drop_without_applying_deltas();
        }
        assert_eq!(app.model().stopped, None);
        let broken = |_: &mut App, _: &mut Ui| panic!("expected in this test");
        ctx.run_ui(egui::RawInput::default(), |ui| app.guard(ui, broken)).drop_without_applying_deltas();
        assert!(app.model().stopped.is_some());
        app.act(Action::OnlyLook);
        ctx.run_ui(egui::RawInput::default(), |ui| app.ui(ui)).drop_without_applying_deltas();
        assert_eq!(app.model().route, Route::Open);
        assert_eq!(app.session().stage(), vitrine_ceremony::Stage::Closed);
    }
}
