//! Frames as PNG.

use crate::frame::LumaFrame;

/// Writes a frame as a grey PNG of 8 bits per pixel.
#[must_use]
pub fn png(frame: &LumaFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, frame.width(), frame.height());
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(frame.luma());
    }
    bytes
}
