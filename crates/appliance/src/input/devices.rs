//! The nodes of `/dev/input`: opened as they come, read without waiting, forgotten when they go.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use evdev::{AbsoluteAxisCode, Device, EventType, PropType};

use super::keyboard::Change;
use super::pointer::{Axes, Axis};
use super::{Heard, Inputs};

/// More devices than this are left alone.
const MOST_DEVICES: usize = 32;

/// All input devices that this process may open.
pub struct Devices {
    folder: PathBuf,
    open: BTreeMap<PathBuf, Opened>,
}

struct Opened {
    device: Device,
    axes: Option<Axes>,
}

impl Devices {
    /// The devices of a folder, usually `/dev/input`. Nothing is open before the first [`Self::look`].
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: BTreeMap::new() }
    }

    /// How many devices are open.
    pub fn count(&self) -> usize {
        self.open.len()
    }
}

impl Inputs for Devices {
    /// Those that this process may not open, or that are none, are asked again next time.
    fn look(&mut self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten().take(4 * MOST_DEVICES) {
            let path = entry.path();
            let is_event = entry.file_name().to_str().is_some_and(|name| name.starts_with("event"));
            if is_event && !self.open.contains_key(&path) && self.open.len() < MOST_DEVICES {
                self.open.extend(open(&path).map(|opened| (path, opened)));
            }
        }
    }

    fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.open.values().map(|opened| opened.device.as_fd()).collect()
    }

    fn read(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        let mut gone = Vec::new();
        for (path, opened) in &mut self.open {
            if !opened.read(&mut heard) {
                gone.push(path.clone());
            }
        }
        for path in gone {
            self.open.remove(&path);
            heard.push(Heard::Gone);
        }
        heard
    }
}

impl Opened {
    /// False if the device is gone.
    fn read(&mut self, heard: &mut Vec<Heard>) -> bool {
        let axes = self.axes;
        let events = match self.device.fetch_events() {
            Ok(events) => events,
            Err(error) => return matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        };
        for event in events {
            let (code, value) = (event.code(), event.value());
            match event.event_type() {
                EventType::KEY => {
                    heard.extend(Change::of(value).map(|change| Heard::Key { code, change, axes }));
                }
                EventType::RELATIVE => heard.push(Heard::Moved { axis: code, value }),
                EventType::ABSOLUTE => heard.extend(axes.map(|axes| Heard::Placed { axis: code, value, axes })),
                EventType::SYNCHRONIZATION => heard.push(Heard::Report),
                _ => {}
            }
        }
        true
    }
}

/// Nobody else hears an open device: the kernel's console would write what is typed over the framebuffer.
fn open(path: &Path) -> Option<Opened> {
    let mut device = Device::open(path).ok()?;
    device.set_nonblocking(true).ok()?;
    device.grab().ok()?;
    let axes = axes(&device);
    Some(Opened { device, axes })
}

/// The axes of a device that says places, in the form for several fingers where it has that.
fn axes(device: &Device) -> Option<Axes> {
    let has = |axis| device.supported_absolute_axes().is_some_and(|axes| axes.contains(axis));
    let (x, y) = if has(AbsoluteAxisCode::ABS_MT_POSITION_X) {
        (AbsoluteAxisCode::ABS_MT_POSITION_X, AbsoluteAxisCode::ABS_MT_POSITION_Y)
    } else {
        (AbsoluteAxisCode::ABS_X, AbsoluteAxisCode::ABS_Y)
    };
    let range = |wanted: AbsoluteAxisCode| {
        let (_, info) = device.get_absinfo().ok()?.find(|(axis, _)| *axis == wanted)?;
        Some(Axis { minimum: info.minimum(), maximum: info.maximum() })
    };
    let touch_presses = device.properties().contains(PropType::DIRECT);
    Some(Axes { x: range(x)?, y: range(y)?, touch_presses })
}
