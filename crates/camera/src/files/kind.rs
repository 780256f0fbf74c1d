//! What a file is, by its first bytes.

use crate::error::PictureFault;
use crate::limits::{FILM_BYTES, STILL_BYTES};

/// Bytes that are enough to know.
pub const START_BYTES: u64 = 16;

/// The kinds of files that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Portable Network Graphics, animated or not.
    Png,
    /// JPEG.
    Jpeg,
    /// Portable grey map, binary.
    Pgm,
    /// GIF, animated or not.
    Gif,
    /// YUV4MPEG2.
    Y4m,
}

impl Kind {
    /// The kind of a file that starts like this and has so many bytes.
    ///
    /// # Errors
    ///
    /// When it is of another kind, or too long.
    pub fn checked(start: &[u8], bytes: u64) -> Result<Self, PictureFault> {
        let Some(kind) = Self::of(start) else { return Err(unread(start)) };
        let limit = if matches!(kind, Self::Gif | Self::Y4m) { FILM_BYTES } else { STILL_BYTES };
        if bytes > limit { Err(PictureFault::FileTooLarge { bytes, limit }) } else { Ok(kind) }
    }

    fn of(start: &[u8]) -> Option<Self> {
        const MAGICS: [(&[u8], Kind); 6] = [
            (b"\x89PNG\r\n\x1a\n", Kind::Png),
            (b"\xff\xd8\xff", Kind::Jpeg),
            (b"P5", Kind::Pgm),
            (b"GIF87a", Kind::Gif),
            (b"GIF89a", Kind::Gif),
            (b"YUV4MPEG2 ", Kind::Y4m),
        ];
        MAGICS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, kind)| *kind)
    }
}

/// Says what to do with the kinds that people are likely to have, and that are not read.
fn unread(start: &[u8]) -> PictureFault {
    let is = |at: usize, magic: &[u8]| start.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let what = if is(0, b"RIFF") && is(8, b"WEBP") {
        "is a WebP picture, which is not read: save it as PNG"
    } else if is(4, b"ftyphei") || is(4, b"ftypavif") || is(4, b"ftypmif1") {
        "is a HEIC or AVIF picture, which is not read: save it as PNG or JPEG"
    } else if is(4, b"ftyp") || is(0, b"\x1a\x45\xdf\xa3") || (is(0, b"RIFF") && is(8, b"AVI ")) {
        "is a compressed film, which is not read: convert it (ffmpeg -i FILM -pix_fmt gray FILM.y4m)"
    } else if is(0, b"BM") || is(0, b"II*\0") || is(0, b"MM\0*") {
        "is a BMP or TIFF picture, which is not read: save it as PNG"
    } else {
        return PictureFault::UnknownKind;
    };
    PictureFault::Unsupported { what }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn a_film_from_a_telephone_is_met_with_the_command_that_converts_it() {
        let message = Kind::checked(b"\0\0\0\x20ftypisom\0\0\x02\0", 1000).unwrap_err().to_string();
        assert!(message.contains("ffmpeg"), "{message}");
        assert!(Kind::checked(b"RIFF\x10\0\0\0WEBPVP8 ", 30).unwrap_err().to_string().contains("PNG"));
    }

    #[test]
    fn a_still_of_a_gigabyte_is_refused_before_it_is_read() {
        assert!(Kind::checked(b"\xff\xd8\xff\xe0", 1 << 30).unwrap_err().to_string().contains("smaller"));
        assert_eq!(Kind::checked(b"YUV4MPEG2 W16 H1", 1 << 30), Ok(Kind::Y4m));
    }
}
