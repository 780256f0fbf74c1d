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
        for row in area.top..area.bottom {
            self.span(row, area.left, area.right).fill([0; 3]);
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

/// Paints one colour over a span.
pub(crate) fn solid(span: &mut [[u8; 3]], colour: Color32) {
    let [red, green, blue, alpha] = colour.to_array();
    match alpha {
        255 => span.fill([red, green, blue]),
        _ => span.iter_mut().for_each(|pixel| blend(pixel, colour)),
    }
}

/// Paints one colour through a row of texels.
pub(crate) fn through(span: &mut [[u8; 3]], texels: &[Color32], colour: Color32) {
    for (pixel, texel) in span.iter_mut().zip(texels) {
        if *texel != Color32::TRANSPARENT {
            blend(pixel, product(*texel, colour));
        }
    }
}

/// Paints a premultiplied colour over a pixel.
pub(crate) fn blend(pixel: &mut [u8; 3], colour: Color32) {
    let [red, green, blue, alpha] = colour.to_array();
    let rest = u16::from(255 - alpha);
    for (under, over) in pixel.iter_mut().zip([red, green, blue]) {
        *under = over.saturating_add(of_255(u16::from(*under) * rest));
    }
}

/// Two colours multiplied channel by channel, in gamma space.
pub(crate) fn product(first: Color32, second: Color32) -> Color32 {
    if first == Color32::WHITE {
        return second;
    }
    let ([r1, g1, b1, a1], [r2, g2, b2, a2]) = (first.to_array(), second.to_array());
    let times = |one: u8, other: u8| of_255(u16::from(one) * u16::from(other));
    Color32::from_rgba_premultiplied(times(r1, r2), times(g1, g2), times(b1, b2), times(a1, a2))
}

/// A product of two bytes divided by 255, to the nearest.
fn of_255(product: u16) -> u8 {
    let rounded = u32::from(product) + 127;
    u8::try_from(rounded / 255).unwrap_or(u8::MAX)
}
