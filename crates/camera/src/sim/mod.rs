//! A camera that is not there: it films codes on the screen of a laptop that is not there either.
//!
//! The film has what makes real ones hard to read: a hand that drifts and trembles, a tilted screen, a lens out of
//! focus, dark corners, sensor noise, frames that never arrive, and a rolling shutter, which exposes each row a little
//! later than the one above. A row that gathers light while the screen changes sees both codes, so frames are half
//! drawn or blended exactly when real ones are.
//!
//! Everything follows from the seed: the same scene gives the same bytes.

mod canvas;
mod grid;
mod light;
mod live;
mod pose;
mod random;
mod render;
mod room;
mod timing;

use vitrine_qr::{FrameSource, LumaFrame, Modules, SourceError};

use random::{Stream, number};
use render::Stage;
use timing::Timing;

pub use live::LiveCamera;

/// What is filmed, and with what camera. Values outside their range are brought into it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// Decides everything random.
    pub seed: u64,
    /// Width of a frame in pixels, 64 to 3840.
    pub width: u32,
    /// Height of a frame in pixels, 64 to 2160.
    pub height: u32,
    /// Frames a second, 1 to 120.
    pub camera_fps: u32,
    /// Codes shown a second, 1 to 60.
    pub parts_per_second: u32,
    /// How far the camera is off the axis of the screen, in degrees, 0 to 40.
    pub tilt: f32,
    /// Side of the code with its quiet zone, as a share of the picture's height, 0.1 to 0.95.
    pub fill: f32,
    /// Blur of the lens, as a standard deviation in pixels, 0 to 4.
    pub blur: f32,
    /// Noise of the sensor at middle grey, as a standard deviation in luma, 0 to 40.
    pub noise: f32,
    /// Frames of a thousand that never arrive, 0 to 900.
    pub drop_per_mille: u32,
    /// Time from the first row's exposure to the last row's, in milliseconds, 0 to 100; 0 is a global shutter.
    pub readout_ms: u32,
    /// Time for which a row gathers light, in milliseconds, 1 to 100.
    pub exposure_ms: u32,
    /// Time that the screen's crystals take to turn, in milliseconds, 0 to 50.
    pub settle_ms: u32,
    /// How bright the picture is, 0.2 to 3; above 1.1 white is clipped.
    pub brightness: f32,
    /// How unsteady the hand is, 0 to 10; 1 is ordinary, 0 a tripod.
    pub shake: f32,
    /// What happens after the last code.
    pub showing: Showing,
}

/// What a screen does after the last code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// It starts again with the first, for ever.
    Endless,
    /// It stops, and the film is over.
    Once,
}

impl Default for Scene {
    /// An ordinary laptop, indoors: 1280 × 720 pixels, 30 frames and 8 codes a second.
    fn default() -> Self {
        Self {
            seed: 1,
            width: 1280,
            height: 720,
            camera_fps: 30,
            parts_per_second: 8,
            tilt: 9.0,
            fill: 0.62,
            blur: 0.7,
            noise: 3.0,
            drop_per_mille: 30,
            readout_ms: 28,
            exposure_ms: 15,
            settle_ms: 8,
            brightness: 1.0,
            shake: 1.0,
            showing: Showing::Endless,
        }
    }
}

impl Scene {
    /// A bad day: a tilted screen further away, a dim room with long exposures, an unsteady hand, one frame in eight lost.
    #[must_use]
    pub fn hard() -> Self {
        Self {
            tilt: 18.0,
            blur: 1.3,
            noise: 9.0,
            drop_per_mille: 125,
            readout_ms: 32,
            exposure_ms: 26,
            settle_ms: 10,
            brightness: 0.75,
            shake: 2.5,
            ..Self::default()
        }
    }

    fn within_range(self) -> Self {
        Self {
            width: self.width.clamp(64, 3840),
            height: self.height.clamp(64, 2160),
            camera_fps: self.camera_fps.clamp(1, 120),
            parts_per_second: self.parts_per_second.clamp(1, 60),
            tilt: range(self.tilt, 0.0, 40.0),
            fill: range(self.fill, 0.1, 0.95),
            blur: range(self.blur, 0.0, 4.0),
            noise: range(self.noise, 0.0, 40.0),
            drop_per_mille: self.drop_per_mille.min(900),
            readout_ms: self.readout_ms.min(100),
            exposure_ms: self.exposure_ms.clamp(1, 100),
            settle_ms: self.settle_ms.min(50),
            brightness: range(self.brightness, 0.2, 3.0),
            shake: range(self.shake, 0.0, 10.0),
            ..self
        }
    }

    fn timing(&self) -> Timing {
        let parts_per_second = i64::from(self.parts_per_second);
        Timing {
            frame_us: 1_000_000 / i64::from(self.camera_fps),
            readout_us: i64::from(self.readout_ms) * 1000,
            exposure_us: i64::from(self.exposure_ms) * 1000,
            settle_us: i64::from(self.settle_ms) * 1000,
            parts_per_second,
            phase_us: Timing::phase(self.seed, parts_per_second),
        }
    }
}

/// Not a number becomes the lowest value.
fn range(value: f32, low: f32, high: f32) -> f32 {
    if value >= low { value.min(high) } else { low }
}

/// Films codes on a screen, seeded and without any hardware.
#[derive(Debug)]
pub struct SimulatedCamera {
    scene: Scene,
    stage: Stage,
    next: u64,
    last: Option<FilmedFrame>,
}

/// What was really in front of the camera in one frame: for tests and measurements, never for reading.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmedFrame {
    /// Number of the frame, counting those that never arrived.
    pub frame: u64,
    /// The codes in it by their place in the list, oldest first, each with its share of the light.
    pub parts: Vec<(usize, f32)>,
}

impl FilmedFrame {
    /// Whether the frame shows one code alone.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts.len() == 1
    }
}

impl SimulatedCamera {
    /// Sets the scene; the codes are shown in the order given. Without codes the screen shows an empty card.
    #[must_use]
    pub fn new(codes: Vec<Modules>, scene: Scene) -> Self {
        let scene = scene.within_range();
        Self { scene, stage: Stage::new(codes, scene), next: 0, last: None }
    }

    /// The scene as it is filmed, each value within its range.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// What the last frame was made of.
    #[must_use]
    pub fn filmed(&self) -> Option<&FilmedFrame> {
        self.last.as_ref()
    }

    /// The same film at the speed of a real camera: each frame arrives at its time, and who is late misses frames.
    #[must_use]
    pub fn live(self) -> LiveCamera {
        LiveCamera::new(self)
    }

    /// Passes over frames without making them.
    fn skip(&mut self, frames: u64) {
        self.next = self.next.saturating_add(frames);
    }

    fn is_dropped(&self, frame: u64) -> bool {
        number(self.scene.seed, Stream::Drop, frame) % 1000 < u64::from(self.scene.drop_per_mille)
    }
}

impl FrameSource for SimulatedCamera {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        while self.is_dropped(self.next) {
            self.next = self.next.saturating_add(1);
        }
        let frame = self.next;
        if self.stage.is_over(frame) {
            return Ok(None);
        }
        self.next = frame.saturating_add(1);
        let (luma, parts) = self.stage.render(frame);
        self.last = Some(FilmedFrame { frame, parts });
        Ok(Some(LumaFrame::new(self.scene.width, self.scene.height, luma)?))
    }

    fn describe(&self) -> String {
        format!("Simulated camera, {} × {}, {} fps", self.scene.width, self.scene.height, self.scene.camera_fps)
    }
}
