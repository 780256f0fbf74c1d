//! The camera's latest picture as a texture.

use egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};
use vitrine_qr::LumaFrame;

use crate::model::{Model, Route};

/// The texture of the latest picture. Dropped as soon as another screen is open, so that no old picture can come back.
#[derive(Default)]
pub struct Picture {
    texture: Option<TextureHandle>,
    shown: u64,
    size: (u32, u32),
}

impl Picture {
    /// Takes the latest picture of the model, if it is a new one.
    pub fn update(&mut self, ctx: &Context, model: &Model) {
        let latest = model.scan.picture.as_ref().filter(|_| model.route == Route::Scan);
        let Some((number, frame)) = latest else {
            *self = Self::default();
            return;
        };
        if *number == self.shown && self.texture.is_some() {
            return;
        }
        self.shown = *number;
        self.size = (frame.width(), frame.height());
        let image = image(frame);
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            None => self.texture = Some(ctx.load_texture("camera", image, TextureOptions::LINEAR)),
        }
    }

    /// The texture, and width and height of the picture in pixels.
    pub fn texture(&self) -> Option<(TextureId, (u32, u32))> {
        self.texture.as_ref().map(|texture| (texture.id(), self.size))
    }
}

fn image(frame: &LumaFrame) -> ColorImage {
    ColorImage::from_gray([frame.width() as usize, frame.height() as usize], frame.luma())
}
