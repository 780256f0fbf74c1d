//! PGM stills: the plainest grey pictures, which camera tools write.

use super::{Picture, PictureFault};
use crate::limits::STILL_AREA_PX;

const FORMAT: &str = "PGM";

/// Decodes a binary PGM of one byte a pixel (netpbm, `P5`).
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureFault> {
    let truncated = PictureFault::Truncated { format: FORMAT };
    let rest = bytes.strip_prefix(b"P5").ok_or_else(|| truncated.clone())?;
    let (width, rest) = number(rest)?;
    let (height, rest) = number(rest)?;
    let (white, rest) = number(rest)?;
    if white != 255 {
        return Err(PictureFault::Unsupported {
            what: "has another depth than 8 bits: save it with 256 levels of grey",
        });
    }
    let (width, height) = Picture::check_size(width, height, STILL_AREA_PX)?;
    let area = width as usize * height as usize;
    let luma = rest.get(1..).and_then(|pixels| pixels.get(..area)).ok_or(truncated)?.to_vec();
    Ok(Picture { width, height, luma })
}

/// A decimal number after white space and comments.
fn number(bytes: &[u8]) -> Result<(u64, &[u8]), PictureFault> {
    let mut rest = bytes.trim_ascii_start();
    while rest.first() == Some(&b'#') {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        rest = rest.get(end..).unwrap_or(&[]).trim_ascii_start();
    }
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(len).unwrap_or((rest, &[]));
    let text = std::str::from_utf8(digits).unwrap_or("");
    let number = text.parse().map_err(|_| PictureFault::Malformed { format: FORMAT, reason: "no number".into() })?;
    Ok((number, rest))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn comments_in_the_header_are_passed_over() {
        let picture = decode(b"P5\n# made by hand\n3 # wide\n2\n255\nabcdef").unwrap();
        assert_eq!((picture.width, picture.height, picture.luma.as_slice()), (3, 2, b"abcdef".as_slice()));
    }

    #[test]
    fn a_header_that_promises_too_much_is_refused() {
        for hostile in ["P5 9999999999999999999 1 255 a", "P5 8000 8000 255 a", "P5 3 3 255 abc", "P5 0 0 255 ", "P5"] {
            assert!(decode(hostile.as_bytes()).is_err(), "{hostile}");
        }
    }
}
