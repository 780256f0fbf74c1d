//! A camera in a thread of its own, of which the newest frame is always at hand.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use vitrine_qr::{FrameSource, LumaFrame, SourceError};

use super::CameraMode;
use crate::convert::{PixelFormat, to_picture};
use crate::error::CameraFault;
use crate::files::jpeg_len;
use crate::limits::CAMERA_FRAME_BYTES;

/// How long to wait for a frame.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a camera may take to start: some turn their sensor on first.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// Damaged frames that are passed over before the camera is called unreadable; most send one or two at the start.
const DAMAGED_FRAMES: usize = 15;

/// A camera whose frames are read one by one, each call waiting for the next.
pub trait RawCamera {
    /// The next frame as the camera wrote it.
    ///
    /// # Errors
    ///
    /// When the camera failed; it is not asked again.
    fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraFault>;
}

/// The near end of a camera's thread.
pub struct Grabber {
    name: String,
    mode: CameraMode,
    shared: Arc<Shared>,
    patience: Duration,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    mode: Option<CameraMode>,
    newest: Option<Vec<u8>>,
    fault: Option<CameraFault>,
    stop: bool,
}

impl Shared {
    /// A thread that panicked while it held the state leaves it whole: every change is a single assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until `ready` finds something, the camera fails, or the time is over.
    fn wait<T>(&self, patience: Duration, mut ready: impl FnMut(&mut State) -> Option<T>) -> Result<T, CameraFault> {
        let end = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = ready(&mut state) {
                return Ok(found);
            }
            if let Some(fault) = &state.fault {
                return Err(fault.clone());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CameraFault::Silent { seconds: patience.as_secs() });
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Grabber {
    /// Opens a camera in its own thread and waits until it runs.
    ///
    /// # Errors
    ///
    /// What `open` says, or that the camera is silent.
    pub fn start<F>(name: String, open: F) -> Result<Self, CameraFault>
    where
        F: FnOnce() -> Result<(Box<dyn RawCamera>, CameraMode), CameraFault> + Send + 'static,
    {
        let shared = Arc::new(Shared::default());
        let camera = Arc::clone(&shared);
        let thread = thread::Builder::new().name("camera".into()).spawn(move || run(&camera, open));
        if let Err(error) = thread {
            return Err(CameraFault::System { reason: error.to_string() });
        }
        // Made before waiting, so that a camera that starts too late is stopped.
        let mut grabber = Self { name, mode: NOT_YET, shared, patience: PATIENCE };
        grabber.mode = grabber.shared.wait(START_PATIENCE, |state| state.mode)?;
        Ok(grabber)
    }

    fn frame(&self) -> Result<Vec<u8>, SourceError> {
        let newest = self.shared.wait(self.patience, |state| state.newest.take());
        newest.map_err(|fault| SourceError::Lost { source: self.name.clone(), reason: fault.to_string() })
    }
}

const NOT_YET: CameraMode = CameraMode { width: 0, height: 0, fps: 0, format: PixelFormat::Grey };

impl FrameSource for Grabber {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        let CameraMode { width, height, format, .. } = self.mode;
        let mut reason = String::new();
        for _ in 0..DAMAGED_FRAMES {
            match to_picture(format, width, height, &self.frame()?) {
                Ok(picture) => return Ok(Some(LumaFrame::new(picture.width, picture.height, picture.luma)?)),
                Err(fault) => reason = fault.to_string(),
            }
        }
        Err(SourceError::Unreadable { source: self.name.clone(), reason })
    }

    fn describe(&self) -> String {
        format!("{}, {} × {}, {} fps", self.name, self.mode.width, self.mode.height, self.mode.fps)
    }
}

impl Drop for Grabber {
    /// Tells the thread to stop after its next frame. It is not waited for: a silent camera would never let go.
    fn drop(&mut self) {
        self.shared.change(|state| state.stop = true);
    }
}

/// The far end: opens the camera and hands on frames until told to stop, or until the camera fails.
fn run<F>(shared: &Shared, open: F)
where
    F: FnOnce() -> Result<(Box<dyn RawCamera>, CameraMode), CameraFault>,
{
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let (mut camera, mode) = open()?;
        shared.change(|state| state.mode = Some(mode));
        hand_on(shared, camera.as_mut(), mode)
    }));
    let fault = match ended {
        Ok(Ok(())) => return,
        Ok(Err(fault)) => fault,
        Err(_) => CameraFault::System { reason: "the camera's driver library failed".into() },
    };
    shared.change(|state| state.fault = Some(fault));
}

fn hand_on(shared: &Shared, camera: &mut dyn RawCamera, mode: CameraMode) -> Result<(), CameraFault> {
    while !shared.lock().stop {
        let buffer = camera.next()?;
        let frame = cut(&buffer, mode.format).to_vec();
        shared.change(|state| state.newest = Some(frame));
    }
    Ok(())
}

/// A JPEG is shorter than the camera's buffer: only the picture is copied.
fn cut(buffer: &[u8], format: PixelFormat) -> &[u8] {
    let len = if format == PixelFormat::Mjpeg { jpeg_len(buffer).unwrap_or(0) } else { buffer.len() };
    buffer.get(..len.min(CAMERA_FRAME_BYTES)).unwrap_or(buffer)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use vitrine_qr::{FrameSource, SourceError};

    use super::{CameraFault, CameraMode, Grabber, PixelFormat, RawCamera};

    const MODE: CameraMode = CameraMode { width: 2, height: 1, fps: 30, format: PixelFormat::Yuyv };

    /// Sends the buffers it has, then does what its end says.
    struct Script {
        buffers: Vec<Vec<u8>>,
        end: fn() -> CameraFault,
        gone: Arc<AtomicBool>,
    }

    impl RawCamera for Script {
        fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraFault> {
            std::thread::sleep(Duration::from_millis(5));
            match self.buffers.pop() {
                Some(buffer) => Ok(Cow::Owned(buffer)),
                None => Err((self.end)()),
            }
        }
    }

    impl Drop for Script {
        fn drop(&mut self) {
            self.gone.store(true, Ordering::SeqCst);
        }
    }

    fn film(mut buffers: Vec<Vec<u8>>, mode: CameraMode, end: fn() -> CameraFault) -> (Grabber, Arc<AtomicBool>) {
        let gone = Arc::new(AtomicBool::new(false));
        let far = Arc::clone(&gone);
        buffers.reverse();
        let open = move || Ok((Box::new(Script { buffers, end, gone: far }) as Box<dyn RawCamera>, mode));
        (Grabber::start("Test camera".into(), open).unwrap(), gone)
    }

    fn until_error(grabber: &mut Grabber) -> (usize, SourceError) {
        let mut frames = 0;
        loop {
            match grabber.next_frame() {
                Ok(_) => frames += 1,
                Err(error) => return (frames, error),
            }
        }
    }

    #[test]
    fn a_camera_unplugged_in_the_middle_says_so() {
        let (mut grabber, _) = film(vec![vec![1, 0, 2, 0]; 3], MODE, || CameraFault::Unplugged);
        let (frames, error) = until_error(&mut grabber);
        assert!((1..=3).contains(&frames), "{frames}");
        assert!(error.to_string().contains("Test camera") && error.to_string().contains("unplugged"), "{error}");
    }

    #[test]
    fn a_silent_camera_does_not_hold_up_the_program_for_ever() {
        let (mut grabber, _) = film(Vec::new(), MODE, || {
            std::thread::sleep(Duration::from_secs(3));
            CameraFault::Unplugged
        });
        grabber.patience = Duration::from_millis(100);
        let error = grabber.next_frame().unwrap_err();
        assert!(error.to_string().contains("no picture"), "{error}");
    }

    #[test]
    fn a_panic_in_the_cameras_thread_becomes_an_error() {
        let (mut grabber, _) = film(vec![vec![1, 0, 2, 0]], MODE, || panic!("the library's"));
        let (_, error) = until_error(&mut grabber);
        assert!(matches!(error, SourceError::Lost { .. }), "{error}");
    }

    #[test]
    fn a_camera_that_sends_rubbish_is_called_unreadable() {
        let mode = CameraMode { format: PixelFormat::Mjpeg, ..MODE };
        let (mut grabber, _) = film(vec![vec![0; 100]; 4000], mode, || CameraFault::Unplugged);
        assert!(matches!(grabber.next_frame().unwrap_err(), SourceError::Unreadable { .. }));
    }

    #[test]
    fn who_lets_go_of_the_camera_stops_it() {
        let (grabber, gone) = film(vec![vec![1, 0, 2, 0]; 100_000], MODE, || CameraFault::Unplugged);
        drop(grabber);
        std::thread::sleep(Duration::from_millis(300));
        assert!(gone.load(Ordering::SeqCst));
    }

    #[test]
    fn a_camera_that_cannot_be_opened_says_why() {
        let error = Grabber::start("Test camera".into(), || Err(CameraFault::Busy)).err().unwrap();
        assert_eq!(error, CameraFault::Busy);
    }
}
