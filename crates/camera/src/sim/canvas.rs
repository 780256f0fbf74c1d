//! A grey picture to draw the scene on.

/// Rows of luma with simple filled shapes.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: usize,
    height: usize,
    luma: Vec<u8>,
}

impl Canvas {
    /// An all-black picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, luma: vec![0; width * height] }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// Sets every pixel by its place.
    pub fn shade(&mut self, level: impl Fn(usize, usize) -> u8) {
        for (y, row) in self.luma.chunks_exact_mut(self.width).enumerate() {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = level(x, y);
            }
        }
    }

    /// Fills an upright rectangle.
    pub fn rect(&mut self, left: f64, top: f64, width: f64, height: f64, level: u8) {
        let (right, bottom) = (left + width, top + height);
        self.polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)], level);
    }

    /// Fills a convex polygon.
    pub fn polygon(&mut self, corners: &[(f64, f64)], level: u8) {
        for (y, row) in self.luma.chunks_exact_mut(self.width).enumerate() {
            let Some((left, right)) = crossing(corners, y as f64 + 0.5) else { continue };
            fill(row, left, right, level);
        }
    }

    /// Softens the picture, about 0.7 pixels of standard deviation for each pass.
    pub fn soften(&mut self, passes: usize) {
        let (width, height) = (self.width, self.height);
        for _ in 0..passes {
            soften(&mut self.luma, width, Area { left: 0, top: 0, right: width, bottom: height });
        }
    }
}

/// A rectangle of pixels; right and bottom are outside.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Column after the last.
    pub right: usize,
    /// Row after the last.
    pub bottom: usize,
}

/// Weighs each pixel of an area with its neighbours, 1-2-1 across and down.
pub fn soften(luma: &mut [u8], width: usize, area: Area) {
    let rows = || area.top..area.bottom;
    let mut above: Vec<u8> = Vec::new();
    for y in rows() {
        let start = y * width;
        let Some(row) = luma.get_mut(start + area.left..start + area.right) else { return };
        soften_row(row);
    }
    for y in rows() {
        let Some(next) = luma.get((y + 1) * width + area.left..(y + 1) * width + area.right).map(<[u8]>::to_vec) else {
            return;
        };
        let start = y * width;
        let Some(row) = luma.get_mut(start + area.left..start + area.right) else { return };
        let before = if above.is_empty() { row.to_vec() } else { std::mem::take(&mut above) };
        above = row.to_vec();
        for ((pixel, up), down) in row.iter_mut().zip(&before).zip(&next) {
            *pixel = weigh(*up, *pixel, *down);
        }
    }
}

fn soften_row(row: &mut [u8]) {
    let mut before = row.first().copied().unwrap_or(0);
    let after = row.get(1..).unwrap_or(&[]).to_vec();
    for (pixel, next) in row.iter_mut().zip(after) {
        let here = *pixel;
        *pixel = weigh(before, here, next);
        before = here;
    }
}

fn weigh(before: u8, here: u8, after: u8) -> u8 {
    ((u16::from(before) + 2 * u16::from(here) + u16::from(after) + 2) >> 2) as u8
}

/// From where to where a row lies within a convex outline.
pub fn crossing(corners: &[(f64, f64)], y: f64) -> Option<(f64, f64)> {
    let ends = corners.iter().zip(corners.iter().cycle().skip(1));
    let (mut left, mut right) = (f64::INFINITY, f64::NEG_INFINITY);
    for ((x0, y0), (x1, y1)) in ends {
        if (*y0 <= y) != (*y1 <= y) {
            let x = x0 + (x1 - x0) * (y - y0) / (y1 - y0);
            left = left.min(x);
            right = right.max(x);
        }
    }
    (left < right).then_some((left, right))
}

/// Fills from one column to another, with soft ends.
fn fill(row: &mut [u8], left: f64, right: f64, level: u8) {
    let first = left.max(0.0) as usize;
    for (x, pixel) in (first..).zip(row.iter_mut().skip(first)) {
        let cover = (right.min(x as f64 + 1.0) - left.max(x as f64)).clamp(0.0, 1.0);
        if x as f64 >= right {
            return;
        }
        *pixel = (f64::from(*pixel) * (1.0 - cover) + f64::from(level) * cover) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::Canvas;

    #[test]
    fn a_shape_partly_outside_is_drawn_where_it_is_inside() {
        let mut canvas = Canvas::new(8, 4);
        canvas.rect(-5.0, -5.0, 7.5, 7.0, 200);
        assert_eq!(&canvas.luma()[..4], [200, 200, 100, 0]);
        assert_eq!(canvas.luma()[2 * 8], 0);
    }

    #[test]
    fn softening_keeps_an_even_picture() {
        let mut canvas = Canvas::new(9, 9);
        canvas.shade(|_, _| 77);
        canvas.soften(3);
        assert!(canvas.luma().iter().all(|pixel| *pixel == 77));
    }
}
