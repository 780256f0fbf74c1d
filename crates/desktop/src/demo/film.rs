//! The simulated camera at the speed of a real one, or as fast as frames are read.

use std::time::{Duration, Instant};

use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_qr::{FrameSource, LumaFrame, Modules, SourceError};

use super::PARTS_PER_SECOND;

/// How fast frames come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As the scene's camera would deliver them.
    RealTime,
    /// As fast as they are asked for.
    Unpaced,
}

/// A simulated camera that films these codes.
pub(crate) fn camera(codes: Vec<Modules>, pace: Pace) -> Box<dyn FrameSource> {
    let scene = Scene { parts_per_second: PARTS_PER_SECOND, ..Scene::default() };
    let period = Duration::from_secs(1).checked_div(scene.camera_fps).unwrap_or_default();
    let camera = SimulatedCamera::new(codes, scene);
    match pace {
        Pace::Unpaced => Box::new(camera),
        Pace::RealTime => Box::new(Paced { camera, period, next: Instant::now() }),
    }
}

struct Paced {
    camera: SimulatedCamera,
    period: Duration,
    next: Instant,
}

impl FrameSource for Paced {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        std::thread::sleep(self.next.saturating_duration_since(Instant::now()));
        self.next = Instant::now() + self.period;
        self.camera.next_frame()
    }

    fn describe(&self) -> String {
        self.camera.describe()
    }
}
