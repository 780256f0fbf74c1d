//! Pixels, and the blending of spans into them.

use egui::{Color32, Rect};

use crate::length;

/// The picture that is painted on.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    /// Row by row, `width * height` pixels.
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 3]; width * height] }
    }

    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    pub(crate) const fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn rgb(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// Makes an area black, as a window is before anything is painted.
    pub(crate) fn clear(&mut self, area: Area) {
        self.fill(area, [0; 3]);
    }

    /// Gives an area one opaque colour.
    fn fill(&mut self, area: Area, colour: [u8; 3]) {
        for row in area.top..area.bottom {
            opaque(self.span(row, area.left, area.right), colour);
        }
    }

    /// All of it.
    pub(crate) const fn whole(&self) -> Area {
        Area { left: 0, right: self.width, top: 0, bottom: self.height }
    }

    /// The pixels of a row from `left` up to but not including `right`; none outside the picture.
    pub(crate) fn span(&mut self, row: usize, left: usize, right: usize) -> &mut [[u8; 3]] {
        let start = row * self.width;
        let inside = row < self.height && left < right && right <= self.width;
        let range = if inside { start + left..start + right } else { 0..0 };
        self.pixels.get_mut(range).unwrap_or_default()
    }
}

/// Pixels of a picture: columns and rows from the first up to but not including the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub left: usize,
    /// The column after the last.
    pub right: usize,
    /// The first row.
    pub top: usize,
    /// The row after the last.
    pub bottom: usize,
}

impl Area {
    /// The pixels that two areas share.
    #[must_use]
    pub fn shared(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let (right, bottom) = (self.right.min(other.right).max(left), self.bottom.min(other.bottom).max(top));
        Self { left, right, top, bottom }
    }

    /// Whether all pixels of the other are among its own.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.left <= other.left && other.right <= self.right && self.top <= other.top && other.bottom <= self.bottom
    }

    /// Whether it has no pixel.
    pub const fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// How many pixels it has.
    pub const fn pixels(self) -> usize {
        self.right.saturating_sub(self.left).saturating_mul(self.bottom.saturating_sub(self.top))
    }

    /// The clip rectangle in whole pixels, rounded as the window's painter rounds it, and never outside the picture.
    pub(crate) fn of(points: Rect, scale: f32, canvas: &Canvas) -> Self {
        let column = |x: f32| pixel((x * scale).round(), canvas.width);
        let row = |y: f32| pixel((y * scale).round(), canvas.height);
        let (left, top) = (column(points.left()), row(points.top()));
        Self { left, right: column(points.right()).max(left), top, bottom: row(points.bottom()).max(top) }
    }

    /// The pixels whose centres lie in a rectangle given in pixels; the upper and left edges count as inside.
    pub(crate) fn covered(self, pixels: Rect) -> Self {
        let column = |x: f32| pixel((x - 0.5).ceil(), self.right).max(self.left);
        let row = |y: f32| pixel((y - 0.5).ceil(), self.bottom).max(self.top);
        Self {
            left: column(pixels.left()),
            right: column(pixels.right()),
            top: row(pixels.top()),
            bottom: row(pixels.bottom()),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates at both ends")]
fn pixel(place: f32, limit: usize) -> usize {
    debug_assert!(length(limit) >= 0.0, "a limit is a count");
    (place as usize).min(limit)
}

/// Paints one colour over an area.
pub(crate) fn area(canvas: &mut Canvas, area: Area, colour: Color32) {
    for row in area.top..area.bottom {
        solid(canvas.span(row, area.left, area.right), colour);
    }
}

/// Paints one colour over a span.
pub(crate) fn solid(span: &mut [[u8; 3]], colour: Color32) {
    let [red, green, blue, alpha] = colour.to_array();
    match alpha {
        255 => opaque(span, [red, green, blue]),
        _ => span.iter_mut().for_each(|pixel| blend(pixel, colour)),
    }
}

/// Eight pixels at once are three words.
fn opaque(span: &mut [[u8; 3]], colour: [u8; 3]) {
    let [red, green, blue] = colour;
    let one = u64::from_le_bytes([red, green, blue, 0, 0, 0, 0, 0]);
    let words =
        [one | one << 24 | one << 48, one >> 16 | one << 8 | one << 32 | one << 56, one >> 8 | one << 16 | one << 40];
    let (eights, rest) = span.as_chunks_mut::<8>();
    for eight in eights {
        for (bytes, word) in eight.as_flattened_mut().as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
    }
    rest.fill(colour);
}

/// Paints one colour through a row of texels.
pub(crate) fn through(span: &mut [[u8; 3]], texels: &[Color32], colour: Color32) {
    let tint = Lanes::of(colour.to_array());
    for (pixel, texel) in span.iter_mut().zip(texels) {
        if *texel != Color32::TRANSPARENT {
            over(pixel, tint.tinted(*texel));
        }
    }
}

/// Paints a premultiplied colour over a pixel.
pub(crate) fn blend(pixel: &mut [u8; 3], colour: Color32) {
    over(pixel, Lanes::of(colour.to_array()));
}

fn over(pixel: &mut [u8; 3], colour: Lanes) {
    let [red, green, blue] = *pixel;
    let under = Lanes::of([red, green, blue, 0]).times(255 - colour.last());
    let [red, green, blue, _] = colour.plus(under).bytes();
    *pixel = [red, green, blue];
}

/// Two colours multiplied channel by channel, in gamma space.
pub(crate) fn product(first: Color32, second: Color32) -> Color32 {
    let [red, green, blue, alpha] = Lanes::of(second.to_array()).tinted(first).bytes();
    Color32::from_rgba_premultiplied(red, green, blue, alpha)
}

/// The product of two bytes divided by 255, to the nearest.
fn of_255(one: u8, other: u8) -> u8 {
    let rounded = u32::from(one) * u32::from(other) + 127;
    u8::try_from(rounded / 255).unwrap_or(u8::MAX)
}

/// Four bytes, each in 16 bits of one word, so that one operation serves them all.
#[derive(Clone, Copy)]
struct Lanes(u64);

impl Lanes {
    const LOW: u64 = 0x00ff_00ff_00ff_00ff;
    const HALF: u64 = 0x0080_0080_0080_0080;
    const ONE: u64 = 0x0001_0001_0001_0001;

    fn of([a, b, c, d]: [u8; 4]) -> Self {
        Self(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48)
    }

    /// As [`of_255`]. No lane runs over: 255 * 255 + 128 + 254 < 65,536.
    fn times(self, factor: u8) -> Self {
        let sum = self.0.wrapping_mul(u64::from(factor)).wrapping_add(Self::HALF);
        Self((sum.wrapping_add((sum >> 8) & Self::LOW) >> 8) & Self::LOW)
    }

    /// Channel by channel. Texels of glyphs are grey: one factor for all.
    fn tinted(self, tint: Color32) -> Self {
        let [red, green, blue, alpha] = tint.to_array();
        if red == alpha && green == alpha && blue == alpha {
            return self.times(alpha);
        }
        let [r, g, b, a] = self.bytes();
        Self::of([of_255(r, red), of_255(g, green), of_255(b, blue), of_255(a, alpha)])
    }

    const fn last(self) -> u8 {
        let [.., last, _] = self.0.to_le_bytes();
        last
    }

    /// Sums that stay at 255.
    fn plus(self, other: Self) -> Self {
        let sum = self.0.wrapping_add(other.0);
        let full = ((sum >> 8) & Self::ONE).wrapping_mul(255);
        Self((sum | full) & Self::LOW)
    }

    const fn bytes(self) -> [u8; 4] {
        let [a, _, b, _, c, _, d, _] = self.0.to_le_bytes();
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_channels_at_once_are_what_each_is_by_itself() {
        for (one, other) in (0..=255u8).flat_map(|one| (0..=255u8).map(move |other| (one, other))) {
            let nearest = (f64::from(one) * f64::from(other) / 255.0).round() as u8;
            assert_eq!(of_255(one, other), nearest);
            assert_eq!(Lanes::of([one, 255, 0, one]).times(other).bytes(), [nearest, other, 0, nearest]);
            let sum = one.saturating_add(other);
            assert_eq!(Lanes::of([one, 0, 255, one]).plus(Lanes::of([other; 4])).bytes(), [sum, other, 255, sum]);
        }
    }
}
