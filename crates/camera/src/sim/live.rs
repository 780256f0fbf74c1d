//! A simulated film at the speed of life.

use std::thread::sleep;
use std::time::{Duration, Instant};

use vitrine_qr::{FrameSource, LumaFrame, SourceError};

use super::SimulatedCamera;

/// A simulated camera whose frames arrive when a real camera's would.
#[derive(Debug)]
pub struct LiveCamera {
    camera: SimulatedCamera,
    started: Option<Instant>,
}

impl LiveCamera {
    pub(super) fn new(camera: SimulatedCamera) -> Self {
        Self { camera, started: None }
    }

    /// Waits for the next frame's time, or passes over those whose time is gone.
    fn keep_time(&mut self) {
        let frame = Duration::from_micros(1_000_000 / u64::from(self.camera.scene.camera_fps));
        let elapsed = self.started.get_or_insert_with(Instant::now).elapsed();
        let due = frame.saturating_mul(u32::try_from(self.camera.next).unwrap_or(u32::MAX));
        match due.checked_sub(elapsed) {
            Some(early) => sleep(early.min(Duration::from_secs(1))),
            None => self.camera.skip(late_frames(elapsed.saturating_sub(due), frame)),
        }
    }
}

fn late_frames(late: Duration, frame: Duration) -> u64 {
    u64::try_from(late.as_micros() / frame.as_micros().max(1)).unwrap_or(0)
}

impl FrameSource for LiveCamera {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        self.keep_time();
        self.camera.next_frame()
    }

    fn describe(&self) -> String {
        self.camera.describe()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use vitrine_qr::FrameSource;

    use crate::{Scene, SimulatedCamera};

    fn small() -> Scene {
        Scene { width: 160, height: 120, drop_per_mille: 0, ..Scene::default() }
    }

    #[test]
    fn frames_do_not_come_faster_than_the_camera_takes_them() {
        let mut camera = SimulatedCamera::new(Vec::new(), small()).live();
        let start = Instant::now();
        (0..7).for_each(|_| assert!(camera.next_frame().unwrap().is_some()));
        assert!(start.elapsed() >= Duration::from_millis(195), "{:?}", start.elapsed());
    }

    #[test]
    fn who_is_late_misses_frames_instead_of_falling_behind() {
        let mut camera = SimulatedCamera::new(Vec::new(), small()).live();
        camera.next_frame().unwrap();
        std::thread::sleep(Duration::from_millis(400));
        camera.next_frame().unwrap();
        assert!(camera.camera.filmed().unwrap().frame >= 10, "{:?}", camera.camera.filmed());
    }
}
