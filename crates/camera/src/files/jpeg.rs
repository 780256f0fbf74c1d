//! JPEG pictures, from files and from cameras, straight to luma.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Picture, PictureFault};
use crate::limits::{FILM_AREA_PX, JPEG_PX_PER_BYTE, SIDE_PX, STILL_AREA_PX};

const FORMAT: &str = "JPEG";

/// Decodes a JPEG to luma; colour is left out before it is made.
pub(crate) fn decode(bytes: &[u8]) -> Result<Picture, PictureFault> {
    let options = DecoderOptions::new_safe()
        .set_max_width(SIDE_PX as usize)
        .set_max_height(SIDE_PX as usize)
        .set_use_unsafe(false)
        .set_strict_mode(false)
        .jpeg_set_max_scans(32)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(fault)?;
    let (width, height) = decoder.dimensions().unwrap_or((0, 0));
    // A progressive picture is held three times over, as coefficients.
    let is_progressive = decoder.info().is_some_and(|info| info.sof.is_progressive());
    let limit = if is_progressive { FILM_AREA_PX } else { STILL_AREA_PX };
    let (wide, high) = Picture::check_size(width as u64, height as u64, limit)?;
    let (area, len) = (u64::from(wide) * u64::from(high), bytes.len() as u64);
    if area > len.saturating_mul(JPEG_PX_PER_BYTE) {
        return Err(PictureFault::Implausible { width: width as u64, height: height as u64, bytes: len });
    }
    let luma = decoder.decode().map_err(fault)?;
    if luma.len() as u64 == area {
        Ok(Picture { width: wide, height: high, luma })
    } else {
        Err(PictureFault::Truncated { format: FORMAT })
    }
}

/// The bytes of the JPEG at the start of a camera's buffer, its end marker included.
///
/// A camera's buffer is as long as the largest frame, and what follows the picture is left over from earlier ones. So
/// the end is found by walking along the segments (ISO/IEC 10918-1, annex B), not by looking for an end marker from
/// behind. `None` when there is no picture, or it has no end.
pub(crate) fn len(buffer: &[u8]) -> Option<usize> {
    const START: u8 = 0xd8;
    const END: u8 = 0xd9;
    let mut at = 0;
    loop {
        let marker = marker(buffer, at)?;
        match (at, marker) {
            (0, START) => at = 2,
            (0, _) => return None,
            (_, END) => return Some(at + 2),
            (_, 0xff) => at += 1,
            (_, 0x01 | 0xd0..=0xd7) => at += 2,
            (_, 0xda) => at = scan_end(buffer, segment_end(buffer, at)?)?,
            _ => at = segment_end(buffer, at)?,
        }
    }
}

/// The marker at a place, where there must be one.
fn marker(buffer: &[u8], at: usize) -> Option<u8> {
    match buffer.get(at..at + 2)? {
        [0xff, marker] => Some(*marker),
        _ => None,
    }
}

/// Where the segment that begins at a place ends, by its length.
fn segment_end(buffer: &[u8], at: usize) -> Option<usize> {
    match buffer.get(at + 2..at + 4)? {
        [high, low] => Some(at + 2 + usize::from(u16::from_be_bytes([*high, *low])).max(2)),
        _ => None,
    }
}

/// Where the compressed data that begins at a place ends: at a marker that is no restart.
fn scan_end(buffer: &[u8], from: usize) -> Option<usize> {
    let data = buffer.get(from..)?;
    let is_end = |pair: &[u8]| matches!(pair, [0xff, marker] if !matches!(marker, 0x00 | 0xd0..=0xd7 | 0xff));
    data.windows(2).position(is_end).map(|offset| from + offset)
}

fn fault(error: DecodeErrors) -> PictureFault {
    match error {
        DecodeErrors::ExhaustedData => PictureFault::Truncated { format: FORMAT },
        other => PictureFault::Malformed { format: FORMAT, reason: first_line(&format!("{other:?}")) },
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("").trim_matches('"').chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::len;

    const PICTURE: &[u8] = &[
        0xff, 0xd8, // start
        0xff, 0xe0, 0x00, 0x06, 0xff, 0xd9, 0xff, 0xd9, // a segment that holds end markers
        0xff, 0xda, 0x00, 0x02, 0x11, 0xff, 0x00, 0xff, 0xd3, 0x22, // a scan with a stuffed byte and a restart
        0xff, 0xc4, 0x00, 0x03, 0x00, 0xff, 0xff, 0xda, 0x00, 0x02, 0x33, // fill byte, second scan
        0xff, 0xd9,
    ];

    #[test]
    fn the_picture_ends_before_what_an_earlier_frame_left_in_the_buffer() {
        let mut buffer = PICTURE.to_vec();
        buffer.extend_from_slice(&[0x00, 0x12, 0xff, 0xd9, 0x00]);
        assert_eq!(len(&buffer), Some(PICTURE.len()));
    }

    #[test]
    fn a_picture_that_was_cut_off_has_no_end() {
        assert!((0..PICTURE.len()).all(|end| len(&PICTURE[..end]).is_none()));
        assert_eq!(len(&[0x00; 64]), None);
    }
}
