//! Pixels, and the blending of spans into them.

use egui::{Color32, Rect};

use super::length;

/// The picture that is painted on.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    /// Row by row, `width * height` pixels.
    pixels: Vec<[u8; 3]>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 3]; width * height] }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    pub(super) fn rgb(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// Black, as a window is before anything is painted.
    pub(super) fn clear(&mut self) {
        self.pixels.fill([0; 3]);
    }

    /// The pixels of a row from `left` up to but not including `right`; none outside the picture.
    pub(super) fn span(&mut self, row: usize, left: usize, right: usize) -> &mut [[u8; 3]] {
        let start = row * self.width;
        let inside = row < self.height && left < right && right <= self.width;
        let range = if inside { start + left..start + right } else { 0..0 };
        self.pixels.get_mut(range).unwrap_or_default()
    }
}

/// Pixels that may be painted: columns and rows from the first up to but not including the second.
#[derive(Clone, Copy)]
pub(super) struct Clip {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) top: usize,
    pub(super) bottom: usize,
}

impl Clip {
    /// The clip rectangle in whole pixels, rounded as the window's painter rounds it, and never outside the picture.
    pub(super) fn new(points: Rect, scale: f32, canvas: &Canvas) -> Self {
        let column = |x: f32| pixel((x * scale).round(), canvas.width);
        let row = |y: f32| pixel((y * scale).round(), canvas.height);
        let (left, top) = (column(points.left()), row(points.top()));
        Self { left, right: column(points.right()).max(left), top, bottom: row(points.bottom()).max(top) }
    }

    /// The pixels whose centres lie in a rectangle given in pixels; the upper and left edges count as inside.
    pub(super) fn covered(self, pixels: Rect) -> Self {
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
pub(super) fn solid(span: &mut [[u8; 3]], colour: Color32) {
    let [red, green, blue, alpha] = colour.to_array();
    match alpha {
        255 => span.fill([red, green, blue]),
        _ => span.iter_mut().for_each(|pixel| blend(pixel, colour)),
    }
}

/// Paints one colour through a row of texels.
pub(super) fn through(span: &mut [[u8; 3]], texels: &[Color32], colour: Color32) {
    for (pixel, texel) in span.iter_mut().zip(texels) {
        if *texel != Color32::TRANSPARENT {
            blend(pixel, product(*texel, colour));
        }
    }
}

/// Paints a premultiplied colour over a pixel.
pub(super) fn blend(pixel: &mut [u8; 3], colour: Color32) {
    let [red, green, blue, alpha] = colour.to_array();
    let rest = u16::from(255 - alpha);
    for (under, over) in pixel.iter_mut().zip([red, green, blue]) {
        *under = over.saturating_add(of_255(u16::from(*under) * rest));
    }
}

/// Two colours multiplied channel by channel, in gamma space.
pub(super) fn product(first: Color32, second: Color32) -> Color32 {
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
