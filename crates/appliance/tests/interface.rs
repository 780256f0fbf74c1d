//! The interface's loop before a stand-in of a screen, with key presses as the kernel says them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "../../app/tests/support/mod.rs"]
mod support;

use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use support::{app_on_appliance, session};
use vitrine_app::App;
use vitrine_app::model::{Check, Notice, Overlay, Route};
use vitrine_app::raster::Area;
use vitrine_appliance::display::Surface;
use vitrine_appliance::input::{Change, Heard, Inputs, Layout};
use vitrine_appliance::interface::{DARK_MS, Host, Interface, LOCK_MS};

/// A screen that keeps only what it is told has changed.
struct Screen {
    size: (usize, usize),
    memory: Vec<u8>,
    shows: usize,
    copied: usize,
    plugged: Arc<Mutex<Option<(usize, usize)>>>,
}

impl Screen {
    fn new(size: (usize, usize)) -> Self {
        Self { size, memory: vec![0; size.0 * size.1 * 3], shows: 0, copied: 0, plugged: Arc::default() }
    }

    fn brightness(&self) -> usize {
        self.memory.iter().map(|byte| usize::from(*byte)).sum::<usize>() / self.memory.len()
    }
}

impl Surface for Screen {
    fn size_px(&self) -> (usize, usize) {
        self.size
    }

    fn size_mm(&self) -> Option<(u32, u32)> {
        None
    }

    fn show(&mut self, picture: &[u8], areas: &[Area]) -> Result<(), String> {
        for area in areas {
            for row in area.top..area.bottom {
                let (from, to) = (3 * (row * self.size.0 + area.left), 3 * (row * self.size.0 + area.right));
                self.memory[from..to].copy_from_slice(&picture[from..to]);
            }
            self.copied += area.pixels();
        }
        assert!(self.memory == picture, "what was told to have changed is not all that changed");
        self.shows += 1;
        Ok(())
    }

    fn look(&mut self) -> Result<bool, String> {
        let Some(size) = self.plugged.lock().unwrap().take() else { return Ok(false) };
        *self = Self { plugged: Arc::clone(&self.plugged), ..Self::new(size) };
        Ok(true)
    }
}

#[derive(Default)]
struct Script(Vec<Heard>);

impl Inputs for Script {
    fn read(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.0)
    }

    fn look(&mut self) {}

    fn fds(&self) -> Vec<BorrowedFd<'_>> {
        Vec::new()
    }
}

#[derive(Clone, Default)]
struct First {
    beats: Arc<AtomicUsize>,
    switched_off: Arc<AtomicUsize>,
}

impl Host for First {
    fn alive(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    fn notices(&self) -> Vec<Notice> {
        Vec::new()
    }

    fn self_test(&self) -> Result<Vec<Check>, String> {
        Ok(vec![Check { property: "this is a test".to_owned(), passed: true, seen: "it ran".to_owned() }])
    }

    fn power_off(&self) {
        self.switched_off.fetch_add(1, Ordering::Relaxed);
    }
}

/// A machine at its keyboard, at a time of its own.
struct Machine {
    interface: Interface<Screen, Script, First>,
    host: First,
    now_ms: u64,
}

const ENTER: u16 = 28;
const ESC: u16 = 1;
const A: u16 = 30;
const DOWN: u16 = 108;
const SPACE: u16 = 57;
const F2: u16 = 60;
const F3: u16 = 61;
const F9: u16 = 67;
const F10: u16 = 68;

impl Machine {
    fn new(size: (usize, usize)) -> Self {
        let host = First::default();
        let interface =
            Interface::new(app_on_appliance(session()), Screen::new(size), Script::default(), host.clone()).unwrap();
        let mut machine = Self { interface, host, now_ms: 0 };
        machine.until(|app| app.model().open.is_probed());
        machine
    }

    fn pass(&mut self, ms: u64) -> u64 {
        self.now_ms += ms;
        self.interface.pass(self.now_ms).unwrap()
    }

    fn hear(&mut self, code: u16, change: Change) {
        let inputs = self.interface.inputs_mut();
        inputs.0.extend([Heard::Key { code, change, axes: None }, Heard::Report]);
        self.pass(20);
    }

    fn press(&mut self, code: u16) {
        self.hear(code, Change::Down);
        self.hear(code, Change::Up);
    }

    fn until(&mut self, done: impl Fn(&App) -> bool) {
        let begun = Instant::now();
        while !done(self.interface.app()) {
            assert!(begun.elapsed() < Duration::from_secs(300), "stuck at {:?}", self.route());
            std::thread::sleep(Duration::from_millis(2));
            self.pass(33);
        }
    }

    fn route(&self) -> Route {
        self.interface.app().model().route
    }

    fn review(&mut self) {
        self.press(ENTER);
        self.until(|app| app.model().route == Route::Review);
    }
}

#[test]
fn a_whole_session_is_played_with_keys_alone() {
    let mut machine = Machine::new((1024, 768));
    machine.review();
    let mut last = None;
    while last.replace(machine.interface.app().model().review.focus)
        != Some(machine.interface.app().model().review.focus)
    {
        machine.press(DOWN);
    }
    // The first press shows the caution, the second acknowledges it; Enter closes the findings, then compares.
    machine.press(A);
    machine.press(A);
    assert_eq!(machine.interface.app().model().steps_left(), 0);
    machine.press(ENTER);
    machine.press(ENTER);
    assert_eq!(machine.route(), Route::Compare);
    machine.hear(SPACE, Change::Down);
    (0..90).for_each(|_| {
        machine.hear(SPACE, Change::Repeat);
    });
    machine.until(|app| app.model().route != Route::Compare);
    machine.hear(SPACE, Change::Up);
    machine.until(|app| app.model().route == Route::Present && app.model().present.prepared.is_some());
    machine.pass(300);
    let grey: Vec<u8> = machine.interface.surface().memory.iter().step_by(3).copied().collect();
    let frame = vitrine_qr::LumaFrame::new(1024, 768, grey).unwrap();
    assert_eq!(vitrine_qr::read_independently(&frame).len(), 1, "the code on the screen can be read");
    machine.press(ENTER);
    assert_eq!(machine.route(), Route::Record);
    assert!(machine.host.beats.load(Ordering::Relaxed) > 100, "it says that it lives with each pass");
    let whole = 1024 * 768 * machine.interface.surface().shows;
    assert!(machine.interface.surface().copied * 2 < whole, "most pictures are shown in part");
}

#[test]
fn a_still_screen_is_left_alone() {
    let mut machine = Machine::new((1024, 768));
    machine.review();
    (0..10).for_each(|_| {
        machine.pass(50);
    });
    let (frames, shows) = (machine.interface.frames(), machine.interface.surface().shows);
    let (mut passes, end) = (0, machine.now_ms + 30_000);
    while machine.now_ms < end {
        let wait = machine.pass(0);
        assert!(wait <= 1_000, "the first process waits for a sign");
        machine.now_ms += wait.max(1);
        passes += 1;
    }
    assert!(passes <= 60, "{passes} passes in 30 seconds");
    assert!(machine.interface.frames() - frames <= 20, "{} frames", machine.interface.frames() - frames);
    assert!(machine.interface.surface().shows - shows <= 1, "at most the clock has moved on");
}

#[test]
fn an_idle_screen_is_dark_then_locked_and_what_wakes_it_is_no_action() {
    let mut machine = Machine::new((1024, 768));
    machine.review();
    let bright = machine.interface.surface().brightness();
    machine.pass(DARK_MS);
    assert!(machine.interface.surface().brightness() * 2 < bright);
    let focus = machine.interface.app().model().review.focus;
    machine.press(DOWN);
    assert_eq!(machine.interface.app().model().review.focus, focus);
    assert_eq!(machine.interface.surface().brightness(), bright);
    machine.press(DOWN);
    assert_eq!(machine.interface.app().model().review.focus, focus + 1);
    machine.pass(LOCK_MS);
    machine.pass(10);
    assert!(machine.interface.app().model().is_locked());
    machine.press(ENTER);
    machine.press(ENTER);
    assert!(machine.interface.app().model().is_locked(), "the first press only woke it");
    machine.press(ENTER);
    assert!(!machine.interface.app().model().is_locked());
    machine.press(F9);
    assert!(!machine.interface.app().model().is_locked(), "no key acts just after it was opened");
    machine.pass(600);
    machine.press(F9);
    assert!(machine.interface.app().model().is_locked());
}

#[test]
fn while_a_camera_reads_the_codes_the_screen_stays_bright() {
    let mut machine = Machine::new((1024, 768));
    machine.interface.inputs_mut().0.push(Heard::Key { code: 23, change: Change::Down, axes: None });
    machine.pass(10);
    assert_eq!(machine.route(), Route::Scan);
    machine.pass(LOCK_MS * 2);
    machine.pass(10);
    assert!(!machine.interface.app().model().is_locked());
}

#[test]
fn keys_of_the_machine_act_and_are_shown() {
    let mut machine = Machine::new((1024, 768));
    assert_eq!(machine.interface.app().model().machine.as_ref().unwrap().layout, Layout::Us.name());
    machine.press(F2);
    machine.press(F2);
    machine.pass(10);
    assert_eq!(machine.interface.app().model().machine.as_ref().unwrap().layout, Layout::De.name());
    machine.press(F3);
    machine.until(|app| app.model().machine.as_ref().unwrap().checks.is_some());
    assert_eq!(machine.interface.app().model().overlay, Some(Overlay::SelfTest));
    machine.press(ESC);
    machine.press(F10);
    assert_eq!(machine.host.switched_off.load(Ordering::Relaxed), 0);
    machine.press(ENTER);
    assert_eq!(machine.host.switched_off.load(Ordering::Relaxed), 1);
}

#[test]
fn another_screen_is_drawn_on_at_its_own_size() {
    let mut machine = Machine::new((1024, 768));
    *machine.interface.surface().plugged.lock().unwrap() = Some((2560, 1440));
    machine.pass(2_500);
    let screen = machine.interface.surface();
    assert_eq!((screen.size, screen.memory.len()), ((2560, 1440), 2560 * 1440 * 3));
    assert!(screen.shows >= 1 && screen.brightness() > 10);
}
