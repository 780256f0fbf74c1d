//! The CPU rasteriser: what egui wants painted becomes pixels, without a window, a driver or a cache.
//!
//! Screens as files, tests and the appliance share it. It paints what the window's OpenGL painter paints: triangles with
//! colours interpolated between vertices, textures sampled at pixel centres, premultiplied alpha blended in gamma space.
//!
//! [`Rasteriser::paint`] paints everything again. [`Rasteriser::repaint`] paints again where anything differs from the
//! frame before: it compares what is to be painted itself, value by value, and every texel that was sent counts as
//! changed. No sum or hash stands for anything, so a picture of an earlier frame can never stay on the screen.

mod damage;
mod fill;
mod mesh;
mod texture;

use std::collections::BTreeMap;

use egui::epaint::{ClippedPrimitive, Primitive};
use egui::{Context, FullOutput, Rect, TextureId, TexturesDelta};

use damage::{Changed, Frame};
pub use fill::Area;
use fill::Canvas;
use texture::Texture;

/// The longest side of a picture, in pixels.
const LONGEST_SIDE: usize = 16_384;

/// Paints the output of egui into a picture of fixed size.
pub struct Rasteriser {
    canvas: Canvas,
    scale: f32,
    textures: BTreeMap<TextureId, Texture>,
    /// What the picture shows, and what is about to be shown: two, so that neither is made anew for each frame.
    shown: Frame,
    next: Frame,
    /// Whether the picture shows `shown` everywhere.
    is_current: bool,
    /// Textures that were forgotten after the last frame.
    forgotten: Changed,
}

impl Rasteriser {
    /// A rasteriser for a picture of so many pixels, at least 1 and at most 16,384 each way.
    pub fn new(width_px: usize, height_px: usize, pixels_per_point: f32) -> Self {
        let (width, height) = (width_px.clamp(1, LONGEST_SIDE), height_px.clamp(1, LONGEST_SIDE));
        Self {
            canvas: Canvas::new(width, height),
            scale: pixels_per_point,
            textures: BTreeMap::new(),
            shown: Frame::new(width, height),
            next: Frame::new(width, height),
            is_current: false,
            forgotten: Changed::default(),
        }
    }

    /// Goes on with another size; textures stay. The next frame is painted everywhere.
    pub fn resize(&mut self, width_px: usize, height_px: usize, pixels_per_point: f32) {
        let textures = std::mem::take(&mut self.textures);
        *self = Self { textures, ..Self::new(width_px, height_px, pixels_per_point) };
    }

    /// Pixels a point.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// The picture's width in pixels.
    pub fn width(&self) -> usize {
        self.canvas.width()
    }

    /// The picture's height in pixels.
    pub fn height(&self) -> usize {
        self.canvas.height()
    }

    /// Input for a pass whose window is this picture; events and time are the caller's.
    pub fn input(&self) -> egui::RawInput {
        let pixels = egui::vec2(length(self.width()), length(self.height()));
        let mut input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, pixels / self.scale)),
            focused: true,
            ..egui::RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&input.viewport_id) {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        input
    }

    /// Paints one pass over the whole picture.
    ///
    /// Every output of the context must be painted, in order: each holds only what changed in the textures.
    pub fn paint(&mut self, ctx: &Context, output: FullOutput) {
        self.is_current = false;
        self.repaint(ctx, output);
    }

    /// Paints one pass where it differs from the one before, and says where that is: areas that share no pixel.
    ///
    /// The picture is then what [`Self::paint`] would have made of it. As there, every output must be painted, in order.
    pub fn repaint(&mut self, ctx: &Context, output: FullOutput) -> Vec<Area> {
        let FullOutput { textures_delta, shapes, pixels_per_point, .. } = output;
        let meshes = ctx.tessellate(shapes, pixels_per_point);
        self.repaint_meshes(&meshes, textures_delta, pixels_per_point)
    }

    /// As [`Self::repaint`], of meshes.
    pub fn repaint_meshes(
        &mut self,
        meshes: &[ClippedPrimitive],
        textures: TexturesDelta,
        pixels_per_point: f32,
    ) -> Vec<Area> {
        let mut changed = std::mem::take(&mut self.forgotten);
        let freed = self.update_textures(textures, &mut changed);
        self.next.begin(pixels_per_point);
        for ClippedPrimitive { clip_rect, primitive } in meshes {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let clip = Area::of(*clip_rect, pixels_per_point, &self.canvas);
            self.next.add(mesh, clip);
        }
        let areas = if self.is_current {
            self.next.differs(&self.shown, &self.textures, &changed)
        } else {
            vec![self.canvas.whole()]
        };
        for area in &areas {
            self.next.paint(&mut self.canvas, &self.textures, *area);
        }
        for id in freed {
            self.textures.remove(&id);
            self.forgotten.everywhere(id);
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        self.is_current = true;
        areas
    }

    /// The next frame is painted everywhere.
    pub fn forget_picture(&mut self) {
        self.is_current = false;
    }

    /// The picture: red, green, blue; row by row from the top, no padding.
    pub fn rgb(&self) -> &[u8] {
        self.canvas.rgb()
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let (width, height) = (side(self.width()), side(self.height()));
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(self.rgb()))
            .expect("a picture with a side of 1 to 16,384 pixels fits into memory");
        file
    }

    /// Applies what changed; returns the textures to forget after painting.
    fn update_textures(&mut self, mut delta: TexturesDelta, changed: &mut Changed) -> Vec<TextureId> {
        let mut set: Vec<_> = std::mem::take(&mut delta.set).into_iter().collect();
        set.sort_by_key(|(id, _)| *id);
        for (id, images) in set {
            for image in &images {
                changed.add(id, self.textures.entry(id).or_default().apply(image));
            }
        }
        std::mem::take(&mut delta.free).into_iter().collect()
    }
}

/// Pixels as a length.
fn length(pixels: usize) -> f32 {
    u16::try_from(pixels).map_or(f32::from(u16::MAX), f32::from)
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).unwrap_or(u32::MAX)
}
