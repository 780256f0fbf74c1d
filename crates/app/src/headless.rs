//! The application without a window: synthetic time and keys in, pictures and texts out.

use egui::{Context, Event, FullOutput, Key, Modifiers, RawInput, Rect};

use crate::app::App;
use crate::keys::KeyCap;
use crate::model::{HoldState, Route};
use vitrine_raster::Rasteriser;

/// Milliseconds of one frame.
pub const FRAME_MS: u64 = 33;
/// After so many frames a played session counts as stuck: twenty minutes.
const MOST_FRAMES: usize = 36_000;

/// A stage on which an application plays.
pub struct Stage {
    app: App,
    ctx: Context,
    raster: Rasteriser,
    now_ms: u64,
    events: Vec<Event>,
    painted: Vec<Painted>,
}

/// A text as it was painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Painted {
    /// Its characters.
    pub text: String,
    /// Where its glyphs stand, in points.
    pub place: Rect,
    /// What it was cut to, in points.
    pub clip: Rect,
}

impl Stage {
    /// A stage of so many pixels, for an application that was not shown yet.
    pub fn new(app: App, width_px: usize, height_px: usize, pixels_per_point: f32) -> Self {
        let ctx = Context::default();
        app.install(&ctx);
        let raster = Rasteriser::new(width_px, height_px, pixels_per_point);
        let mut stage = Self { app, ctx, raster, now_ms: 0, events: Vec::new(), painted: Vec::new() };
        // The first frame installs the typefaces, the second lays out with them.
        stage.step();
        stage.step();
        stage
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The application, to do something as if a key had been pressed.
    pub fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    /// The screen that is open.
    pub fn route(&self) -> Route {
        self.app.model().route
    }

    /// Shows one frame, [`FRAME_MS`] later.
    pub fn step(&mut self) {
        self.step_ms(FRAME_MS);
    }

    /// Shows one frame, so many milliseconds later.
    pub fn step_ms(&mut self, ms: u64) {
        self.now_ms = self.now_ms.saturating_add(ms);
        let input = RawInput {
            time: Some(std::time::Duration::from_millis(self.now_ms).as_secs_f64()),
            events: std::mem::take(&mut self.events),
            focused: true,
            ..self.raster.input()
        };
        let output = self.ctx.run_ui(input, |ui| self.app.ui(ui));
        self.painted = painted(&output);
        self.raster.paint(&self.ctx, output);
    }

    /// Presses and releases a key, and shows the frames.
    pub fn press(&mut self, key: KeyCap) {
        self.events.extend(press_events(key));
        self.step();
        if let Some(named) = named(key) {
            self.events.push(key_event(named, false));
        }
        self.step();
    }

    /// Presses a key without releasing it, and shows the frame.
    pub fn hold_down(&mut self, key: Key) {
        self.events.push(key_event(key, true));
        self.step();
    }

    /// Releases a key and shows the frame.
    pub fn release(&mut self, key: Key) {
        self.events.push(key_event(key, false));
        self.step();
    }

    /// Types text and shows the frame.
    pub fn type_text(&mut self, text: &str) {
        self.events.push(Event::Text(text.to_owned()));
        self.step();
        self.step();
    }

    /// Shows frames until `done` says so. False if it never does.
    pub fn run_until(&mut self, mut done: impl FnMut(&App) -> bool) -> bool {
        for _ in 0..MOST_FRAMES {
            if done(&self.app) {
                return true;
            }
            self.step();
        }
        false
    }

    /// Every text of the last frame, in the order in which it was painted.
    pub fn painted(&self) -> &[Painted] {
        &self.painted
    }

    /// All characters of the last frame, one text a line.
    pub fn text(&self) -> String {
        self.painted.iter().map(|painted| painted.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The window, in points.
    pub fn window(&self) -> Rect {
        self.raster.input().screen_rect.unwrap_or(Rect::ZERO)
    }

    /// The last frame as PNG.
    pub fn png(&self) -> Vec<u8> {
        self.raster.png()
    }

    /// Colours of the last frame, three bytes a pixel.
    pub fn rgb(&self) -> &[u8] {
        self.raster.rgb()
    }

    /// Plays a demo to its end and hands over the picture of each screen: `01-open` to `08-record`.
    ///
    /// # Errors
    /// A sentence, if the session stopped, was refused or does not go on.
    pub fn play(&mut self, mut keep: impl FnMut(&str, &[u8])) -> Result<(), String> {
        for (name, moment) in MOMENTS {
            if !self.run_until(|app| app.model().stopped.is_some() || moment(app)) {
                return Err(format!("the session does not go on at {name}"));
            }
            if let Some(why) = &self.app.model().stopped {
                return Err(format!("stopped at {name}: {why}"));
            }
            keep(name, &self.png());
        }
        Ok(())
    }
}

type Moment = fn(&App) -> bool;

/// The screens that are kept, each at the moment in which it says most.
const MOMENTS: [(&str, Moment); 8] = [
    ("01-open", |app| app.model().open.is_probed()),
    ("02-scan", |app| {
        let (read, total) = app.model().scan.parts();
        total > 0 && read.saturating_mul(2) >= total
    }),
    ("03-review", |app| app.model().route == Route::Review && app.model().review.focus >= 2),
    ("04-fields", |app| {
        let (seen, total) = app.model().session.fields_seen();
        app.model().route == Route::Review && total > 0 && seen.saturating_mul(10) >= total.saturating_mul(6)
    }),
    ("05-compare", |app| {
        let held = app.model().hold.state(0);
        app.model().route == Route::Compare && matches!(held, HoldState::Held(ms) if ms >= 800)
    }),
    ("06-sign", |app| app.model().route == Route::Sign && app.model().sign.current.is_some()),
    ("07-present", |app| app.model().route == Route::Present && app.model().present.prepared.is_some()),
    ("08-record", |app| {
        app.model().route == Route::Record && app.model().record.saved.contains_key(crate::model::RECORD_FILE)
    }),
];

fn press_events(key: KeyCap) -> Vec<Event> {
    match (named(key), key) {
        (Some(named), KeyCap::Letter(letter)) => {
            vec![key_event(named, true), Event::Text(letter.to_ascii_lowercase().to_string())]
        }
        (Some(named), _) => vec![key_event(named, true)],
        (None, KeyCap::Sign(sign) | KeyCap::Letter(sign)) => vec![Event::Text(sign.to_string())],
        (None, _) => Vec::new(),
    }
}

fn named(key: KeyCap) -> Option<Key> {
    Some(match key {
        KeyCap::Letter(letter) => return Key::from_name(&letter.to_string()),
        KeyCap::Sign(_) => return None,
        KeyCap::Function(number) => return Key::from_name(&format!("F{number}")),
        KeyCap::Escape => Key::Escape,
        KeyCap::Enter => Key::Enter,
        KeyCap::Tab => Key::Tab,
        KeyCap::Backspace => Key::Backspace,
        KeyCap::Space => Key::Space,
        KeyCap::Up => Key::ArrowUp,
        KeyCap::Down => Key::ArrowDown,
        KeyCap::Left => Key::ArrowLeft,
        KeyCap::Right => Key::ArrowRight,
    })
}

fn key_event(key: Key, pressed: bool) -> Event {
    Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
}

fn painted(output: &FullOutput) -> Vec<Painted> {
    let mut painted = Vec::new();
    output.shapes.iter().for_each(|clipped| collect(&clipped.shape, clipped.clip_rect, &mut painted));
    painted
}

fn collect(shape: &egui::Shape, clip: Rect, painted: &mut Vec<Painted>) {
    match shape {
        egui::Shape::Text(text) if !text.galley.text().is_empty() => {
            let place = text.galley.mesh_bounds.translate(text.pos.to_vec2());
            painted.push(Painted { text: text.galley.text().to_owned(), place, clip });
        }
        egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, painted)),
        _ => {}
    }
}
