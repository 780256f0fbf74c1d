//! What the scan screen tells a human about the picture.

use crate::frame::LumaFrame;
use crate::read::{Symbol, distance};

/// Differences between neighbours below this are noise.
const NOISE: u8 = 12;

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
    /// Steepness of the edges, 0 blurred to 1 sharp: the inverse of an edge's width in pixels.
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
        let symbol = symbols.first();
        Self {
            module_px: symbol.and_then(|symbol| symbol.module_px),
            sharpness: sharpness(frame),
            brightness: brightness(frame),
            tilt: symbol.and_then(tilt),
        }
    }
}

fn brightness(frame: &LumaFrame) -> Brightness {
    let (mut sum, mut clipped) = (0_u64, 0_u64);
    for &pixel in frame.luma() {
        sum += u64::from(pixel);
        clipped += u64::from(pixel <= 1 || pixel >= 254);
    }
    let pixels = frame.luma().len() as f32;
    Brightness { mean: sum as f32 / pixels / 255.0, clipped: clipped as f32 / pixels }
}

/// The mean step between neighbours, weighted by itself, against the largest steps there are: every fourth row.
fn sharpness(frame: &LumaFrame) -> f32 {
    let (mut steps, mut squares) = (0_u64, 0_u64);
    let (mut low, mut high) = (255_u8, 0_u8);
    for row in frame.luma().chunks_exact(frame.width() as usize).step_by(4) {
        for (left, right) in row.iter().zip(row.iter().skip(1)) {
            let step = left.abs_diff(*right);
            if step >= NOISE {
                steps += u64::from(step);
                squares += u64::from(step) * u64::from(step);
                low = low.min(*left).min(*right);
                high = high.max(*left).max(*right);
            }
        }
    }
    if steps == 0 {
        return 0.0;
    }
    (squares as f32 / steps as f32 / f32::from(high.saturating_sub(low)).max(1.0)).clamp(0.0, 1.0)
}

/// The angle whose cosine is the shorter by the longer of the two middle lines; the foreshortening of a square.
fn tilt(symbol: &Symbol) -> Option<f32> {
    let &[a, b, c, d] = symbol.corners.as_slice() else { return None };
    let across = distance(a, b) + distance(d, c);
    let down = distance(a, d) + distance(b, c);
    let (short, long) = (across.min(down), across.max(down));
    (long > 0.0).then(|| (short / long).clamp(0.0, 1.0).acos().to_degrees())
}
