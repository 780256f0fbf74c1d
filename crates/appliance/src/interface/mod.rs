//! The process that draws and hears: input devices to the application, its pictures to the screen.

mod host;
mod idle;
mod wake;

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use egui::epaint::ClippedShape;
use egui::{Color32, Context, FullOutput, Rect, Shape, ViewportId};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use vitrine_app::App;
use vitrine_app::model::{Action, Notice, Report, Route, Wish};
use vitrine_app::raster::Rasteriser;

use crate::display::{Surface, pixels_per_point};
use crate::input::{Inputs, Seat};

pub use host::Host;
pub use idle::{DARK_MS, Idle, LOCK_MS, Light};
pub use wake::Wake;

/// At least so often a pass is made: the first process counts them, and input devices are looked for.
const LONGEST_WAIT_MS: u64 = 1_000;
/// How often input devices and screens are looked for.
const LOOK_MS: u64 = 1_000;
/// How often the first process is asked what happened.
const NOTICES: Duration = Duration::from_secs(1);
/// How dark a dark screen is.
const DARKNESS: Color32 = Color32::from_black_alpha(190);

/// The interface: everything between input devices and a screen.
pub struct Interface<S, I, H> {
    app: App,
    ctx: Context,
    raster: Rasteriser,
    surface: S,
    inputs: I,
    host: H,
    seat: Seat,
    idle: Idle,
    wake: Wake,
    said: Sender<Report>,
    reports: Receiver<Report>,
    /// When the next picture is due, in milliseconds since the start.
    due_ms: u64,
    looked_ms: Option<u64>,
    light: Light,
    frames: u64,
}

impl<S: Surface, I: Inputs, H: Host> Interface<S, I, H> {
    /// An interface that has shown nothing yet.
    ///
    /// # Errors
    /// A sentence: the system has no pipe left.
    pub fn new(mut app: App, surface: S, inputs: I, host: H) -> Result<Self, String> {
        let (width, height) = surface.size_px();
        let scale = pixels_per_point((width, height), surface.size_mm());
        let raster = Rasteriser::new(width, height, scale);
        let ctx = Context::default();
        app.install(&ctx);
        let wake = Wake::new().map_err(|why| format!("there is no pipe to wake the interface by: {why}"))?;
        let bell = wake.bell();
        ctx.set_request_repaint_callback(move |request| {
            if request.delay.is_zero() {
                bell.ring();
            }
        });
        let (said, reports) = channel();
        let seat = Seat::new(points(&raster), scale);
        app.hear(Report::Layout(seat.keyboard.layout().name()));
        Ok(Self {
            app,
            ctx,
            raster,
            surface,
            inputs,
            host,
            seat,
            idle: Idle::default(),
            wake,
            said,
            reports,
            due_ms: 0,
            looked_ms: None,
            light: Light::Full,
            frames: 0,
        })
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The screen.
    pub fn surface(&self) -> &S {
        &self.surface
    }

    /// The input devices.
    pub fn inputs_mut(&mut self) -> &mut I {
        &mut self.inputs
    }

    /// How many pictures were made, shown or not.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// One pass at so many milliseconds after the start: hears, lets the application act, shows what differs. Returns
    /// how many milliseconds may go by until the next, if nothing is heard meanwhile; at most a second.
    ///
    /// # Errors
    /// A sentence: the screen does not take pictures.
    pub fn pass(&mut self, now_ms: u64) -> Result<u64, String> {
        self.host.alive();
        self.look(now_ms)?;
        let woken = self.wake.clear();
        let heard = self.inputs.read();
        let heard = self.idle.hear(now_ms, heard);
        let events: Vec<_> = heard.iter().flat_map(|heard| self.seat.hear(heard)).collect();
        let reported = self.hear_reports();
        let light = self.light(now_ms);
        let changed = light != std::mem::replace(&mut self.light, light);
        if woken || reported || changed || !events.is_empty() || now_ms >= self.due_ms {
            self.frame(now_ms, events)?;
        }
        Ok(self.due_ms.saturating_sub(now_ms).min(LONGEST_WAIT_MS))
    }

    /// Passes without end.
    ///
    /// # Errors
    /// As [`Self::pass`]; and if the system refuses to wait.
    pub fn run(mut self) -> Result<(), String> {
        self.watch_notices();
        let start = Instant::now();
        loop {
            let now_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            let wait_ms = self.pass(now_ms)?;
            self.wait(wait_ms)?;
        }
    }

    fn wait(&self, wait_ms: u64) -> Result<(), String> {
        let mut fds = vec![PollFd::from_borrowed_fd(self.wake.fd(), PollFlags::IN)];
        fds.extend(self.inputs.fds().into_iter().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        let (seconds, millis) = (wait_ms / 1_000, wait_ms % 1_000);
        let limit = Timespec {
            tv_sec: i64::try_from(seconds).unwrap_or(1),
            tv_nsec: i64::try_from(millis.saturating_mul(1_000_000)).unwrap_or(0),
        };
        match poll(&mut fds, Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(why) => Err(format!("waiting for keys fails: {why}")),
        }
    }

    /// Looks for input devices and at the screen, from time to time.
    fn look(&mut self, now_ms: u64) -> Result<(), String> {
        let due = self.looked_ms.is_none_or(|at| now_ms.saturating_sub(at) >= LOOK_MS);
        if !due {
            return Ok(());
        }
        self.looked_ms = Some(now_ms);
        self.inputs.look();
        if self.surface.look()? {
            let (width, height) = self.surface.size_px();
            let scale = pixels_per_point((width, height), self.surface.size_mm());
            self.raster.resize(width, height, scale);
            self.seat.pointer.resize(points(&self.raster), scale);
            self.due_ms = now_ms;
        }
        Ok(())
    }

    fn hear_reports(&mut self) -> bool {
        let mut heard = false;
        loop {
            match self.reports.try_recv() {
                Ok(report) => {
                    heard = true;
                    self.app.hear(report);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return heard,
            }
        }
    }

    /// How bright the screen is. While a camera reads a code, on either side, or a device signs, somebody is there
    /// who presses no keys.
    fn light(&mut self, now_ms: u64) -> Light {
        let model = self.app.model();
        let in_use = match model.route {
            Route::Scan | Route::Present => true,
            Route::Sign => model.sign.failed.is_none(),
            _ => false,
        };
        if in_use {
            self.idle.in_use(now_ms);
        }
        let light = self.idle.light(now_ms);
        if light == Light::Locked && !model.is_locked() {
            self.app.act(Action::Lock);
        }
        light
    }

    fn frame(&mut self, now_ms: u64, events: Vec<egui::Event>) -> Result<(), String> {
        self.frames = self.frames.saturating_add(1);
        let input = egui::RawInput {
            time: Some(Duration::from_millis(now_ms).as_secs_f64()),
            events,
            focused: true,
            ..self.raster.input()
        };
        let mut output = self.ctx.run_ui(input, |ui| self.app.ui(ui));
        let delay = output.viewport_output.get(&ViewportId::ROOT).map_or(Duration::MAX, |view| view.repaint_delay);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.due_ms = now_ms.saturating_add(delay_ms);
        self.cover(&mut output);
        let areas = self.raster.repaint(&self.ctx, output);
        if !areas.is_empty() {
            self.surface.show(self.raster.rgb(), &areas)?;
        }
        for wish in self.app.take_wishes() {
            self.grant(wish);
        }
        Ok(())
    }

    /// Draws the pointer over a picture, or darkness.
    fn cover(&self, output: &mut FullOutput) {
        let window = Rect::from_min_size(egui::Pos2::ZERO, points(&self.raster));
        let over = match self.light {
            Light::Full => self.seat.pointer.shape(),
            Light::Dark | Light::Locked => Some(Shape::rect_filled(window, 0.0, DARKNESS)),
        };
        output.shapes.extend(over.map(|shape| ClippedShape::new(window, shape)));
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::NextLayout => {
                let next = self.seat.keyboard.layout().next();
                self.seat.keyboard.set_layout(next);
                self.say(Report::Layout(next.name()));
            }
            Wish::SelfTest => {
                let (host, said, ctx) = (self.host.clone(), self.said.clone(), self.ctx.clone());
                let asked = thread::Builder::new().name("self-test".to_owned()).spawn(move || {
                    let _ = said.send(Report::SelfTested(host.self_test()));
                    ctx.request_repaint();
                });
                if let Err(why) = asked {
                    self.say(Report::SelfTested(Err(format!("it cannot be started: {why}"))));
                }
            }
            Wish::PowerOff => self.host.power_off(),
        }
    }

    fn say(&self, report: Report) {
        let _ = self.said.send(report);
        self.ctx.request_repaint();
    }

    /// Asks what happened, beside everything else: the first process may be busy.
    fn watch_notices(&self) {
        let (host, said, ctx) = (self.host.clone(), self.said.clone(), self.ctx.clone());
        let watch = move || {
            let mut known: Vec<Notice> = Vec::new();
            loop {
                let notices = host.notices();
                if notices != known {
                    known.clone_from(&notices);
                    if said.send(Report::Noticed(notices)).is_err() {
                        return;
                    }
                    ctx.request_repaint();
                }
                thread::sleep(NOTICES);
            }
        };
        if let Err(why) = thread::Builder::new().name("notices".to_owned()).spawn(watch) {
            let text = format!("what happens to the machine cannot be shown: {why}");
            let next = "switch it off and on again".to_owned();
            self.say(Report::Noticed(vec![Notice { text, next }]));
        }
    }
}

fn points(raster: &Rasteriser) -> egui::Vec2 {
    raster.input().screen_rect.unwrap_or(Rect::ZERO).size()
}
