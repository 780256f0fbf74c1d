//! Textures: the font atlas and pictures, as egui sends their changes.

use egui::Color32;
use egui::epaint::{ImageData, ImageDelta, Pos2};
use egui::{Rect, TextureFilter, TextureOptions};

/// Texels with how they are read between their centres.
#[derive(Default)]
pub(crate) struct Texture {
    width: usize,
    /// Row by row, premultiplied alpha in gamma space.
    texels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    /// Replaces the whole texture or, where the change has a place, a part of it. Returns where it looks different now:
    /// both coordinates from 0 to 1, everything if its size or how it is read may have changed.
    pub(crate) fn apply(&mut self, delta: &ImageDelta) -> Rect {
        let same_options = self.options == delta.options;
        self.replace(delta);
        let (width, height) = self.size();
        let Some([left, top]) = delta.pos.filter(|_| same_options && width > 0 && height > 0) else {
            return Rect::EVERYTHING;
        };
        let [across, down] = delta.image.size();
        let at = |x: usize, y: usize| egui::pos2(crate::length(x), crate::length(y));
        // A pixel is a mix of up to two texels each way.
        let texels = Rect::from_min_max(at(left, top), at(left + across, top + down)).expand(2.0);
        let size = at(width, height).to_vec2();
        Rect::from_min_max((texels.min.to_vec2() / size).to_pos2(), (texels.max.to_vec2() / size).to_pos2())
    }

    fn replace(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        self.options = delta.options;
        let [width, height] = image.size;
        let Some([left, top]) = delta.pos else {
            self.width = width;
            self.texels.clone_from(&image.pixels);
            return;
        };
        let rows = self.texels.chunks_exact_mut(self.width.max(1)).skip(top).take(height);
        for (row, source) in rows.zip(image.pixels.chunks_exact(width.max(1))) {
            if let Some(target) = row.get_mut(left..left.saturating_add(width)) {
                target.copy_from_slice(source);
            }
        }
    }

    /// Width and height in texels.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.texels.len().checked_div(self.width).unwrap_or(0))
    }

    /// `count` texels of a row, where they exist.
    pub(crate) fn texels(&self, left: usize, row: usize, count: usize) -> Option<&[Color32]> {
        let start = row.checked_mul(self.width)?.checked_add(left)?;
        (left.checked_add(count)? <= self.width).then(|| self.texels.get(start..start + count))?
    }

    /// The colour at a place, both coordinates from 0 to 1; outside, the nearest edge.
    pub(crate) fn sample(&self, uv: Pos2) -> Color32 {
        let (width, height) = self.size();
        let (x, y) = (uv.x * crate::length(width) - 0.5, uv.y * crate::length(height) - 0.5);
        match self.options.magnification {
            TextureFilter::Nearest => self.texel(x.round(), y.round()),
            TextureFilter::Linear => self.between(x, y),
        }
    }

    /// Mixes the four texels around a place.
    fn between(&self, x: f32, y: f32) -> Color32 {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        if across.abs() < NEGLIGIBLE && down.abs() < NEGLIGIBLE {
            return self.texel(left, top);
        }
        let upper = mix(self.texel(left, top), self.texel(left + 1.0, top), across);
        let lower = mix(self.texel(left, top + 1.0), self.texel(left + 1.0, top + 1.0), across);
        let channel = |place: usize| {
            let (upper, lower) = (upper.get(place).copied().unwrap_or(0.0), lower.get(place).copied().unwrap_or(0.0));
            byte(upper + (lower - upper) * down)
        };
        Color32::from_rgba_premultiplied(channel(0), channel(1), channel(2), channel(3))
    }

    fn texel(&self, x: f32, y: f32) -> Color32 {
        let (width, height) = self.size();
        let (x, y) = (clamped(x, width), clamped(y, height));
        self.texels.get(y * width + x).copied().unwrap_or(Color32::TRANSPARENT)
    }
}

/// A fraction of a texel that changes no channel by more than rounding does.
const NEGLIGIBLE: f32 = 1.0 / 512.0;

fn mix(from: Color32, to: Color32, share: f32) -> [f32; 4] {
    let (from, to) = (from.to_array(), to.to_array());
    let mut mixed = [0.0; 4];
    for ((mixed, from), to) in mixed.iter_mut().zip(from).zip(to) {
        *mixed = f32::from(from) + (f32::from(to) - f32::from(from)) * share;
    }
    mixed
}

/// A channel as the nearest byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates at both ends")]
pub(crate) fn byte(channel: f32) -> u8 {
    (channel + 0.5) as u8
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates at both ends")]
fn clamped(texel: f32, count: usize) -> usize {
    (texel as usize).min(count.saturating_sub(1))
}
