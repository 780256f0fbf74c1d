//! PNG stills. Of an animated PNG, the picture that programs without animation show.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use super::{Picture, PictureFault};
use crate::convert::rgb_luma;
use crate::limits::{DECODER_BYTES, FILM_AREA_PX, STILL_AREA_PX};

const FORMAT: &str = "PNG";

type Bytes<'a> = Reader<Cursor<&'a [u8]>>;

/// Decodes a PNG to luma; what is transparent becomes white.
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureFault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: DECODER_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let interlaced = header.interlaced;
    // Only an interlaced picture must be decoded as a whole.
    let limit = if interlaced { FILM_AREA_PX } else { STILL_AREA_PX };
    let (width, height) = Picture::check_size(u64::from(header.width), u64::from(header.height), limit)?;
    let mut reader = decoder.read_info().map_err(fault)?;
    let luma = if interlaced { whole(&mut reader) } else { rows(&mut reader, width, height) }?;
    Ok(Picture { width, height, luma })
}

/// Grows row by row, so that a picture that is not there takes no memory.
fn rows(reader: &mut Bytes<'_>, width: u32, height: u32) -> Result<Vec<u8>, PictureFault> {
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

fn whole(reader: &mut Bytes<'_>) -> Result<Vec<u8>, PictureFault> {
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
