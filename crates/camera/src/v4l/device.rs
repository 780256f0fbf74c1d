//! One camera, as nokhwa gives it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nokhwa::Camera;
use nokhwa::NokhwaError;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution,
};

use super::grab::RawCamera;
use super::{CameraMode, by_preference};
use crate::convert::PixelFormat;
use crate::error::CameraFault;
use crate::limits::CAMERA_FORMATS_TRIED;

const FORMATS: [FrameFormat; 6] = [
    FrameFormat::MJPEG,
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::GRAY,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
];

/// What a camera offers. A device file that gives no pictures offers nothing, or is an error.
pub fn modes(node: u32) -> Result<Vec<CameraMode>, CameraFault> {
    guarded(|| {
        let mut camera = with_request(node, RequestedFormatType::None)?;
        let offered = camera.compatible_camera_formats().map_err(|error| fault(&error))?;
        Ok(offered.into_iter().map(mode).collect())
    })
}

/// Opens a camera in the best mode that it really takes: some offer what they then refuse.
pub fn start(node: u32) -> Result<(Box<dyn RawCamera>, CameraMode), CameraFault> {
    let mut last = CameraFault::NoPictures;
    for mode in by_preference(modes(node)?).into_iter().take(CAMERA_FORMATS_TRIED) {
        match guarded(|| stream(node, mode)) {
            Ok(camera) => return Ok((Box::new(camera), mode)),
            Err(fault @ (CameraFault::Busy | CameraFault::Permission | CameraFault::Unplugged)) => return Err(fault),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

fn stream(node: u32, mode: CameraMode) -> Result<NokhwaCamera, CameraFault> {
    let size = Resolution::new(mode.width, mode.height);
    let wanted = CameraFormat::new(size, frame_format(mode.format), mode.fps);
    let mut camera = with_request(node, RequestedFormatType::Exact(wanted))?;
    camera.open_stream().map_err(|error| fault(&error))?;
    // Only the first frame shows whether the camera and its port can do what was agreed.
    camera.frame_raw().map_err(|error| fault(&error))?;
    Ok(NokhwaCamera(Some(camera)))
}

fn with_request(node: u32, request: RequestedFormatType) -> Result<Camera, CameraFault> {
    let request = RequestedFormat::with_formats(request, &FORMATS);
    Camera::with_backend(CameraIndex::Index(node), request, ApiBackend::Video4Linux).map_err(|error| fault(&error))
}

/// An open camera. Always there until it is dropped.
struct NokhwaCamera(Option<Camera>);

impl RawCamera for NokhwaCamera {
    fn next(&mut self) -> Result<Cow<'_, [u8]>, CameraFault> {
        let camera = self.0.as_mut().ok_or(CameraFault::Unplugged)?;
        camera.frame_raw().map_err(|error| fault(&error))
    }
}

impl Drop for NokhwaCamera {
    /// The library's own way to stop panics when the camera does not answer any more.
    fn drop(&mut self) {
        let camera = self.0.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(camera)));
    }
}

/// Turns a panic of the library into an error: nothing of it is used afterwards.
fn guarded<T>(work: impl FnOnce() -> Result<T, CameraFault>) -> Result<T, CameraFault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(CameraFault::System { reason: "the camera answered in a way that its driver library does not know".into() })
    })
}

/// What the library's words mean; it passes the system's error on only as text.
fn fault(error: &NokhwaError) -> CameraFault {
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["(os error 16)"]) {
        CameraFault::Busy
    } else if says(&["(os error 13)", "(os error 1)"]) {
        CameraFault::Permission
    } else if says(&["(os error 19)", "(os error 6)", "(os error 2)"]) {
        CameraFault::Unplugged
    } else if says(&["(os error 28)"]) {
        CameraFault::Bandwidth
    } else if says(&["Fufill"]) {
        CameraFault::NoPictures
    } else if says(&["unsupported", "not whole number", "Not same/Rejected"]) {
        CameraFault::NoFormat
    } else {
        CameraFault::System { reason: text.chars().filter(|c| !c.is_control()).take(200).collect() }
    }
}

fn mode(format: CameraFormat) -> CameraMode {
    CameraMode {
        width: format.width(),
        height: format.height(),
        fps: format.frame_rate(),
        format: pixel_format(format.format()),
    }
}

fn pixel_format(format: FrameFormat) -> PixelFormat {
    match format {
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::GRAY => PixelFormat::Grey,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
    }
}

fn frame_format(format: PixelFormat) -> FrameFormat {
    match format {
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Grey => FrameFormat::GRAY,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
    }
}

#[cfg(test)]
mod tests {
    use nokhwa::NokhwaError;

    use super::{fault, guarded};
    use crate::error::CameraFault;

    #[test]
    fn the_systems_errors_are_told_apart() {
        let of = |number: i32| {
            let system = std::io::Error::from_raw_os_error(number);
            fault(&NokhwaError::OpenDeviceError("0".into(), format!("V4L2 Error: {system}")))
        };
        assert_eq!(of(16), CameraFault::Busy);
        assert_eq!(of(13), CameraFault::Permission);
        assert_eq!(of(19), CameraFault::Unplugged);
        assert_eq!(of(28), CameraFault::Bandwidth);
        assert!(matches!(of(22), CameraFault::System { .. }));
    }

    #[test]
    fn a_panic_of_the_library_is_an_error_in_words() {
        let result: Result<(), _> = guarded(|| panic!("called `Result::unwrap()` on an `Err` value"));
        assert!(result.unwrap_err().to_string().contains("does not know"));
    }
}
