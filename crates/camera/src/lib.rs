//! Frames from cameras, stills, films and the simulated camera.
//!
//! Everything here gives a [`vitrine_qr::FrameSource`]: luma frames, one after another. [`cameras`] and [`open`] are for
//! the cameras of the machine (V4L2), [`open_files`] for pictures and films, [`SimulatedCamera`] for a film made up from
//! a seed. The files, threads and clocks of the way in are in this crate, so that reading stays a function of its input.

mod convert;
mod error;
mod files;
pub mod limits;
mod sim;
mod v4l;

pub use convert::PixelFormat;
pub use error::{CameraError, CameraFault, FileFault, PictureFault};
pub use files::{open_bytes, open_files};
pub use sim::{FilmedFrame, LiveCamera, Scene, Showing, SimulatedCamera};
pub use v4l::{CameraInfo, CameraMode, cameras, open};
