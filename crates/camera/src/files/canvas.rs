//! The picture that an animation draws on.

/// What becomes of a drawn frame before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// It stays.
    Keep,
    /// Its rectangle becomes empty.
    Clear,
    /// What was there before comes back.
    Restore,
}

/// A rectangle of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Left edge.
    pub left: usize,
    /// Top edge.
    pub top: usize,
    /// Width.
    pub width: usize,
    /// Height.
    pub height: usize,
}

/// Empty is white: paper, as where a code without a background would be shown.
const EMPTY: u8 = 255;

/// An animation's picture so far.
#[derive(Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    pending: Option<(Place, Disposal, Vec<u8>)>,
}

impl Canvas {
    /// Starts empty; memory is taken with the first frame.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, luma: Vec::new(), pending: None }
    }

    /// Draws one frame: a luma for each pixel of its place, row by row, `None` where the frame is transparent.
    pub fn draw(&mut self, place: Place, disposal: Disposal, pixels: impl Iterator<Item = Option<u8>>) -> &[u8] {
        self.luma.resize(self.width * self.height, EMPTY);
        self.dispose();
        if disposal != Disposal::Keep {
            let before = self.rows(place).flat_map(|row| row.iter().copied()).collect();
            self.pending = Some((place, disposal, before));
        }
        self.paint(place, pixels);
        &self.luma
    }

    fn dispose(&mut self) {
        match self.pending.take() {
            Some((place, Disposal::Restore, before)) => self.paint(place, before.into_iter().map(Some)),
            Some((place, _, before)) => self.paint(place, before.into_iter().map(|_| Some(EMPTY))),
            None => {}
        }
    }

    fn paint(&mut self, place: Place, mut pixels: impl Iterator<Item = Option<u8>>) {
        for row in self.rows(place) {
            for cell in row {
                let Some(pixel) = pixels.next() else { return };
                *cell = pixel.unwrap_or(*cell);
            }
        }
    }

    /// The rows of a place; those outside of the picture are cut off.
    fn rows(&mut self, place: Place) -> impl Iterator<Item = &mut [u8]> {
        let right = (place.left + place.width).min(self.width);
        let left = place.left.min(right);
        let rows = self.luma.chunks_exact_mut(self.width.max(1));
        rows.skip(place.top).take(place.height).filter_map(move |row| row.get_mut(left..right))
    }
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Disposal, Place};

    const DOT: Place = Place { left: 1, top: 0, width: 1, height: 1 };

    #[test]
    fn what_a_frame_leaves_behind_follows_its_disposal() {
        let mut canvas = Canvas::new(3, 1);
        let all = Place { left: 0, top: 0, width: 3, height: 1 };
        assert_eq!(canvas.draw(all, Disposal::Keep, [Some(10); 3].into_iter()), [10, 10, 10]);
        assert_eq!(canvas.draw(DOT, Disposal::Restore, [Some(50)].into_iter()), [10, 50, 10]);
        assert_eq!(canvas.draw(DOT, Disposal::Clear, [None].into_iter()), [10, 10, 10]);
        assert_eq!(canvas.draw(all, Disposal::Keep, [Some(1), None, None].into_iter()), [1, 255, 10]);
    }
}
