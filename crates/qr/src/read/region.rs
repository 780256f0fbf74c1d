//! Where the last symbol was: most pictures have the next one there.

use crate::frame::LumaFrame;
use crate::read::{Point, Symbol};

/// A rectangle of a picture, in pixels; `width` and `height` are not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Region {
    /// A rectangle around a symbol with a fifth of its size on each side; none when it is nearly the whole picture.
    pub(super) fn around(symbol: &Symbol, frame: &LumaFrame) -> Option<Self> {
        let first = symbol.corners.first()?;
        let (mut low, mut high) = (*first, *first);
        for corner in &symbol.corners {
            low = Point { x: low.x.min(corner.x), y: low.y.min(corner.y) };
            high = Point { x: high.x.max(corner.x), y: high.y.max(corner.y) };
        }
        let margin = ((high.x - low.x).max(high.y - low.y) / 5.0).max(16.0);
        // Casts of floats to integers saturate, so corners outside of the picture end at its border.
        let (left, top) = ((low.x - margin) as usize, (low.y - margin) as usize);
        let right = ((high.x + margin) as usize).min(frame.width() as usize);
        let bottom = ((high.y + margin) as usize).min(frame.height() as usize);
        let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
        let worth = width > 0 && height > 0 && width.saturating_mul(height) < frame.luma().len() / 10 * 9;
        worth.then_some(Self { left, top, width, height })
    }

    /// Cuts the rectangle out of a picture, when the picture has it.
    pub(super) fn cut(&self, frame: &LumaFrame) -> Option<LumaFrame> {
        let mut luma = Vec::with_capacity(self.width.saturating_mul(self.height));
        for y in self.top..self.top.saturating_add(self.height) {
            luma.extend_from_slice(frame.row(y).get(self.left..self.left.saturating_add(self.width))?);
        }
        LumaFrame::new(u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?, luma).ok()
    }

    /// Moves symbols of the rectangle to their place in the picture.
    pub(super) fn moved(&self, mut symbols: Vec<Symbol>) -> Vec<Symbol> {
        for corner in symbols.iter_mut().flat_map(|symbol| &mut symbol.corners) {
            *corner = Point { x: corner.x + self.left as f32, y: corner.y + self.top as f32 };
        }
        symbols
    }
}
