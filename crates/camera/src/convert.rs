//! The pixel formats of cameras, to luma.

use std::fmt;

use crate::error::PictureFault;
use crate::files::{Picture, decode_jpeg, jpeg_len};
use crate::limits::FILM_AREA_PX;

/// How a camera writes its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// One JPEG a frame.
    Mjpeg,
    /// Luma and colour in turn, two bytes a pixel.
    Yuyv,
    /// All luma, then colour.
    Nv12,
    /// Luma alone.
    Grey,
    /// Three bytes a pixel, red first.
    Rgb,
    /// Three bytes a pixel, blue first.
    Bgr,
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mjpeg => "MJPEG",
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Grey => "grey",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
        })
    }
}

/// Makes a picture of a camera's buffer, which may be longer than the frame in it.
///
/// A JPEG has the size it says; the others have the size that was agreed with the camera.
///
/// # Errors
///
/// When the buffer holds no whole picture, or its size is not read.
pub(crate) fn to_picture(format: PixelFormat, width: u32, height: u32, buffer: &[u8]) -> Result<Picture, PictureFault> {
    let truncated = PictureFault::Truncated { format: "camera" };
    if format == PixelFormat::Mjpeg {
        let len = jpeg_len(buffer).ok_or(truncated)?;
        return decode_jpeg(buffer.get(..len).unwrap_or(buffer));
    }
    let (width, height) = Picture::check_size(u64::from(width), u64::from(height), FILM_AREA_PX)?;
    let area = width as usize * height as usize;
    let luma = luma(format, area, buffer);
    if luma.len() == area { Ok(Picture { width, height, luma }) } else { Err(truncated) }
}

fn luma(format: PixelFormat, area: usize, buffer: &[u8]) -> Vec<u8> {
    match format {
        PixelFormat::Mjpeg => Vec::new(),
        PixelFormat::Yuyv => buffer.iter().step_by(2).take(area).copied().collect(),
        PixelFormat::Nv12 | PixelFormat::Grey => buffer.iter().take(area).copied().collect(),
        PixelFormat::Rgb => buffer.chunks_exact(3).take(area).map(rgb_luma).collect(),
        PixelFormat::Bgr => buffer.chunks_exact(3).take(area).map(bgr_luma).collect(),
    }
}

/// The luma of a colour of three bytes, red first.
pub(crate) fn rgb_luma(pixel: &[u8]) -> u8 {
    match pixel {
        [red, green, blue, ..] => weigh(*red, *green, *blue),
        _ => 0,
    }
}

fn bgr_luma(pixel: &[u8]) -> u8 {
    match pixel {
        [blue, green, red, ..] => weigh(*red, *green, *blue),
        _ => 0,
    }
}

/// The weights of ITU-R BT.601.
fn weigh(red: u8, green: u8, blue: u8) -> u8 {
    ((u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114 + 500) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::{PixelFormat, to_picture};

    fn luma(format: PixelFormat, buffer: &[u8]) -> Vec<u8> {
        to_picture(format, 2, 2, buffer).unwrap().luma
    }

    #[test]
    fn luma_is_taken_from_where_each_format_has_it() {
        assert_eq!(luma(PixelFormat::Yuyv, &[1, 99, 2, 98, 3, 97, 4, 96]), [1, 2, 3, 4]);
        assert_eq!(luma(PixelFormat::Nv12, &[1, 2, 3, 4, 99, 98]), [1, 2, 3, 4]);
        assert_eq!(luma(PixelFormat::Grey, &[1, 2, 3, 4]), [1, 2, 3, 4]);
        assert_eq!(luma(PixelFormat::Rgb, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 10, 10]), [76, 150, 29, 10]);
        assert_eq!(luma(PixelFormat::Bgr, &[0, 0, 255, 0, 255, 0, 255, 0, 0, 10, 10, 10]), [76, 150, 29, 10]);
    }

    #[test]
    fn what_follows_the_frame_in_the_buffer_is_not_looked_at() {
        assert_eq!(luma(PixelFormat::Yuyv, &[7; 4096]), [7; 4]);
    }

    #[test]
    fn a_short_buffer_is_an_error_and_not_a_half_picture() {
        use PixelFormat::{Bgr, Grey, Mjpeg, Nv12, Rgb, Yuyv};
        for format in [Mjpeg, Yuyv, Nv12, Grey, Rgb, Bgr] {
            assert!(to_picture(format, 2, 2, &[1, 2, 3]).is_err(), "{format}");
        }
    }
}
