//! PNG pictures, and animated PNGs as films.

use std::io::Cursor;

use png::{BlendOp, ColorType, Decoder, DecodingError, DisposeOp, FrameControl, Limits, Reader, Transformations};

use super::canvas::{Canvas, Disposal, Place};
use super::{Film, Picture, PictureFault, Started};
use crate::convert::rgb_luma;
use crate::limits::{DECODER_BYTES, FILM_AREA_PX, STILL_AREA_PX};

const FORMAT: &str = "PNG";

type Bytes = Reader<Cursor<Vec<u8>>>;

/// Decodes a PNG to luma, or starts the film that it is; what is transparent becomes white.
pub fn open(bytes: Vec<u8>) -> Result<Started, PictureFault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: DECODER_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let (wide, high, interlaced) = (u64::from(header.width), u64::from(header.height), header.interlaced);
    Picture::check_size(wide, high, STILL_AREA_PX)?;
    let mut reader = decoder.read_info().map_err(fault)?;
    let is_film = reader.info().animation_control.is_some();
    // Only these must be decoded as a whole.
    let limit = if interlaced || is_film { FILM_AREA_PX } else { STILL_AREA_PX };
    let (width, height) = Picture::check_size(wide, high, limit)?;
    if is_film {
        return Ok(Started::Film(Box::new(PngFilm::new(reader, width, height))));
    }
    let luma = if interlaced { whole(&mut reader) } else { rows(&mut reader, width, height) }?;
    Ok(Started::Still(Picture { width, height, luma }))
}

/// An animated PNG that is being read.
struct PngFilm {
    reader: Bytes,
    canvas: Canvas,
    width: u32,
    height: u32,
    frames_left: u32,
}

impl PngFilm {
    fn new(reader: Bytes, width: u32, height: u32) -> Self {
        let info = reader.info();
        let animated = info.animation_control.map_or(0, |control| control.num_frames);
        // A first picture without a frame's place is for programs that show no animations.
        let frames_left = animated.saturating_add(u32::from(info.frame_control.is_none()));
        let canvas = Canvas::new(width as usize, height as usize);
        Self { reader, canvas, width, height, frames_left }
    }
}

impl Film for PngFilm {
    fn next(&mut self) -> Result<Option<Picture>, PictureFault> {
        let Some(frames_left) = self.frames_left.checked_sub(1) else { return Ok(None) };
        self.frames_left = frames_left;
        let size = self.reader.output_buffer_size().ok_or(PictureFault::Truncated { format: FORMAT })?;
        let mut bytes = vec![0; size];
        let decoded = self.reader.next_frame(&mut bytes).map_err(fault)?;
        bytes.truncate(decoded.buffer_size());
        let control = self.reader.info().frame_control;
        let over = control.is_some_and(|control| control.blend_op == BlendOp::Over);
        let mut luma = Vec::new();
        push_luma(&mut luma, &bytes, decoded.color_type);
        let seen = alphas(&bytes, decoded.color_type).map(|alpha| !over || alpha > 127);
        let pixels = luma.iter().zip(seen).map(|(luma, seen)| seen.then_some(*luma));
        let (place, disposal) = control.map_or((self.everywhere(), Disposal::Clear), |control| placed(&control));
        let luma = self.canvas.draw(place, disposal, pixels).to_vec();
        Ok(Some(Picture { width: self.width, height: self.height, luma }))
    }
}

impl PngFilm {
    fn everywhere(&self) -> Place {
        Place { left: 0, top: 0, width: self.width as usize, height: self.height as usize }
    }
}

fn placed(control: &FrameControl) -> (Place, Disposal) {
    let place = Place {
        left: control.x_offset as usize,
        top: control.y_offset as usize,
        width: control.width as usize,
        height: control.height as usize,
    };
    let disposal = match control.dispose_op {
        DisposeOp::None => Disposal::Keep,
        DisposeOp::Background => Disposal::Clear,
        DisposeOp::Previous => Disposal::Restore,
    };
    (place, disposal)
}

/// The alpha of each pixel; 255 where the picture has none.
fn alphas(bytes: &[u8], color: ColorType) -> impl Iterator<Item = u8> {
    let has_alpha = matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let pixels = bytes.chunks_exact(color.samples());
    pixels.map(move |pixel| if has_alpha { pixel.last().copied().unwrap_or(255) } else { 255 })
}

/// Grows row by row, so that a picture that is not there takes no memory.
fn rows(reader: &mut Bytes, width: u32, height: u32) -> Result<Vec<u8>, PictureFault> {
    let color = reader.output_color_type().0;
    let mut luma = Vec::new();
    for _ in 0..height {
        let row = reader.next_row().map_err(fault)?.ok_or(PictureFault::Truncated { format: FORMAT })?;
        push_luma(&mut luma, row.data(), color);
    }
    if luma.len() as u64 == u64::from(width) * u64::from(height) {
        Ok(luma)
    } else {
        Err(PictureFault::Truncated { format: FORMAT })
    }
}

fn whole(reader: &mut Bytes) -> Result<Vec<u8>, PictureFault> {
    let color = reader.output_color_type().0;
    let size = reader.output_buffer_size().ok_or(PictureFault::Truncated { format: FORMAT })?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(fault)?;
    let mut luma = Vec::new();
    push_luma(&mut luma, &pixels, color);
    Ok(luma)
}

fn push_luma(luma: &mut Vec<u8>, row: &[u8], color: ColorType) {
    match color {
        ColorType::Grayscale | ColorType::Indexed => luma.extend_from_slice(row),
        ColorType::GrayscaleAlpha => luma.extend(row.chunks_exact(2).map(grey_on_white)),
        ColorType::Rgb => luma.extend(row.chunks_exact(3).map(rgb_luma)),
        ColorType::Rgba => luma.extend(row.chunks_exact(4).map(colour_on_white)),
    }
}

fn grey_on_white(pixel: &[u8]) -> u8 {
    match pixel {
        [grey, alpha] => on_white(*grey, *alpha),
        _ => 0,
    }
}

fn colour_on_white(pixel: &[u8]) -> u8 {
    match pixel {
        [.., alpha] => on_white(rgb_luma(pixel), *alpha),
        _ => 0,
    }
}

fn on_white(luma: u8, alpha: u8) -> u8 {
    let alpha = u16::from(alpha);
    ((u16::from(luma) * alpha + 255 * (255 - alpha)) / 255) as u8
}

fn fault(error: DecodingError) -> PictureFault {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureFault::Truncated { format: FORMAT }
        }
        other => PictureFault::Malformed { format: FORMAT, reason: other.to_string() },
    }
}
