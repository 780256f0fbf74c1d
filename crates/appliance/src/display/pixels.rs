//! Pixels as screens store them.

use vitrine_app::raster::Area;

/// How a screen stores a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Four bytes: blue, green, red, nothing.
    Xrgb8888,
    /// Two bytes: five bits of red, six of green, five of blue, the lower byte first.
    Rgb565,
}

impl Format {
    /// Bytes of a pixel.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Xrgb8888 => 4,
            Self::Rgb565 => 2,
        }
    }

    /// Stores pixels; `stored` has room for as many.
    pub(super) fn store(self, rgb: &[u8], stored: &mut [u8]) {
        let pixels = rgb.as_chunks::<3>().0.iter();
        match self {
            Self::Xrgb8888 => {
                for ([red, green, blue], stored) in pixels.zip(stored.as_chunks_mut::<4>().0) {
                    *stored = [*blue, *green, *red, 0];
                }
            }
            Self::Rgb565 => {
                for ([red, green, blue], stored) in pixels.zip(stored.as_chunks_mut::<2>().0) {
                    let bits = (u16::from(*red >> 3) << 11) | (u16::from(*green >> 2) << 5) | u16::from(*blue >> 3);
                    *stored = bits.to_le_bytes();
                }
            }
        }
    }
}

/// The rows of an area of a picture that is `width` pixels wide: row number and its pixels.
pub(super) fn rows(picture: &[u8], width: usize, area: Area) -> impl Iterator<Item = (usize, &[u8])> {
    (area.top..area.bottom).filter_map(move |row| {
        let start = row.checked_mul(width)?;
        let (from, to) =
            (start.checked_add(area.left)?.checked_mul(3)?, start.checked_add(area.right)?.checked_mul(3)?);
        Some((row, picture.get(from..to)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stand_in_the_order_of_the_screen() {
        let mut four = [9; 8];
        Format::Xrgb8888.store(&[1, 2, 3, 250, 251, 252], &mut four);
        assert_eq!(four, [3, 2, 1, 0, 252, 251, 250, 0]);
        let mut two = [0; 6];
        Format::Rgb565.store(&[255, 0, 0, 0, 255, 0, 0, 0, 255], &mut two);
        assert_eq!(two, [0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00]);
    }

    #[test]
    fn rows_outside_of_the_picture_are_none() {
        let picture: Vec<u8> = (0..24).collect();
        let area = |left, right, top, bottom| Area { left, right, top, bottom };
        let found: Vec<_> = rows(&picture, 4, area(1, 3, 0, 9)).collect();
        assert_eq!(found, [(0, &picture[3..9]), (1, &picture[15..21])]);
    }
}
