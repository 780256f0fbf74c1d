//! Cameras of the machine, by Video4Linux through nokhwa.
//!
//! nokhwa finds, sets and reads the camera; decoding its frames is ours. What the library does not do is done around it:
//! it panics on answers it does not expect, it waits for ever for a camera that fell silent, and its cameras cannot
//! change threads. So each camera lives in a thread of its own ([`grab`]), where a panic becomes an error in words.

mod device;
mod grab;

use std::fmt;
use std::fs;

use vitrine_qr::FrameSource;

use crate::convert::PixelFormat;
use crate::error::{CameraError, CameraFault};
use crate::limits::CAMERA_NODES;

/// A camera that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraInfo {
    /// Its device file; names it for [`open`].
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// How it would be opened; none while another program is using it, or has left it in a strange format.
    pub mode: Option<CameraMode>,
}

/// A size, rate and pixel format of a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraMode {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second.
    pub fps: u32,
    /// How the pixels are written.
    pub format: PixelFormat,
}

impl fmt::Display for CameraMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}, {} fps, {}", self.width, self.height, self.fps, self.format)
    }
}

impl CameraMode {
    /// How far this is from what reads best: 1280 × 720 at 30 frames a second, as MJPEG.
    ///
    /// A frame less a second counts as much as 40 pixels, because a code that was missed costs a whole round.
    fn cost(&self) -> u32 {
        let size = self.width.abs_diff(1280).saturating_add(self.height.abs_diff(720));
        let rate = 40 * 30u32.saturating_sub(self.fps) + 4 * self.fps.saturating_sub(30).min(1000);
        let format = match self.format {
            PixelFormat::Mjpeg => 0,
            PixelFormat::Yuyv => 10,
            PixelFormat::Nv12 => 20,
            PixelFormat::Grey => 30,
            PixelFormat::Rgb | PixelFormat::Bgr => 40,
        };
        size.saturating_add(rate).saturating_add(format)
    }
}

/// Sorts modes, the one that reads best first.
fn by_preference(mut modes: Vec<CameraMode>) -> Vec<CameraMode> {
    modes.sort_by_key(|mode| (mode.cost(), mode.width, mode.height, mode.fps));
    modes.dedup();
    modes
}

/// Lists the cameras that give pictures. Empty when there is none.
///
/// A webcam has several device files; those that give no pictures are left out. A camera that cannot be used just now is
/// listed: [`open`] says why.
///
/// # Errors
///
/// When there are cameras, but the user may open none of them.
pub fn cameras() -> Result<Vec<CameraInfo>, CameraError> {
    let mut found = Vec::new();
    let mut forbidden = None;
    for node in nodes() {
        let id = path(node);
        match device::modes(node) {
            Ok(modes) if modes.is_empty() => {}
            Ok(modes) => found.push(CameraInfo { id, name: name(node), mode: by_preference(modes).first().copied() }),
            Err(CameraFault::Busy | CameraFault::NoFormat) => {
                found.push(CameraInfo { id, name: name(node), mode: None })
            }
            Err(fault @ CameraFault::Permission) => forbidden = forbidden.or(Some(CameraError::Camera { id, fault })),
            Err(_) => {}
        }
    }
    match forbidden {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

/// Opens a camera by its device file (`/dev/video0`) or its number (`0`), and waits for its first frame.
///
/// The frames are the newest ones: who reads slower than the camera films, misses some.
///
/// # Errors
///
/// When there is no such camera, it is in use, forbidden, silent, or offers nothing that can be decoded.
pub fn open(id: &str) -> Result<Box<dyn FrameSource>, CameraError> {
    let nodes = nodes();
    if nodes.is_empty() {
        return Err(CameraError::NoCamera);
    }
    let wanted = id.strip_prefix("/dev/video").unwrap_or(id);
    let node = nodes.iter().copied().find(|node| node.to_string() == wanted).ok_or_else(|| {
        CameraError::UnknownCamera { id: id.to_owned(), known: nodes.iter().map(|node| path(*node)).collect() }
    })?;
    let title = name(node);
    let camera = grab::Grabber::start(title, move || device::start(node));
    let camera = camera.map_err(|fault| CameraError::Camera { id: path(node), fault })?;
    Ok(Box::new(camera))
}

fn path(node: u32) -> String {
    format!("/dev/video{node}")
}

/// The numbers of the video device files, in order.
fn nodes() -> Vec<u32> {
    let entries = fs::read_dir("/dev").into_iter().flatten().flatten();
    let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix("video")?.parse::<u32>().ok();
    let mut nodes: Vec<u32> = entries.filter_map(|entry| number(entry.file_name())).collect();
    nodes.sort_unstable();
    nodes.truncate(CAMERA_NODES);
    nodes
}

/// What the camera calls itself, by the system's list. It comes from the camera: only plain characters are kept.
fn name(node: u32) -> String {
    let told = fs::read_to_string(format!("/sys/class/video4linux/video{node}/name")).unwrap_or_default();
    let plain: String = told.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(64).collect();
    if plain.trim().is_empty() { path(node) } else { plain.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{CameraMode, by_preference};
    use crate::convert::PixelFormat::{Mjpeg, Rgb, Yuyv};

    fn mode(width: u32, height: u32, fps: u32, format: crate::convert::PixelFormat) -> CameraMode {
        CameraMode { width, height, fps, format }
    }

    #[test]
    fn an_ordinary_webcam_is_asked_for_720p_mjpeg_at_30() {
        let offered = vec![
            mode(320, 180, 120, Mjpeg),
            mode(1920, 1080, 30, Mjpeg),
            mode(1280, 720, 10, Yuyv),
            mode(1280, 720, 60, Mjpeg),
            mode(1280, 720, 30, Mjpeg),
            mode(640, 480, 30, Yuyv),
            mode(1280, 720, 30, Rgb),
        ];
        let order = by_preference(offered);
        assert_eq!(order[0], mode(1280, 720, 30, Mjpeg));
        assert_eq!(order.last(), Some(&mode(320, 180, 120, Mjpeg)));
    }

    #[test]
    fn without_mjpeg_the_same_size_is_taken_raw() {
        let order = by_preference(vec![mode(640, 480, 30, Mjpeg), mode(1280, 720, 30, Yuyv)]);
        assert_eq!(order[0], mode(1280, 720, 30, Yuyv));
    }
}
