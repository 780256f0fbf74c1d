//! The first process: starts everything, lets USB devices in, supervises.

pub mod setup;
pub mod usb;

use std::time::Duration;

/// An interface that was silent for so long is ended.
pub const SILENCE_MAX: Duration = Duration::from_secs(10);
