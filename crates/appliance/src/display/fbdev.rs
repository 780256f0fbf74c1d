//! The framebuffer that firmware left: rows are written to its node, nothing is mapped.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use vitrine_app::raster::Area;

use super::Surface;
use super::pixels::{Format, rows};

/// The longest side of a screen that is believed, in pixels.
const LONGEST_SIDE: usize = 16_384;

/// A framebuffer node.
pub struct Fbdev {
    node: File,
    width: usize,
    height: usize,
    /// Bytes from one row to the next.
    stride: usize,
    format: Format,
    row: Vec<u8>,
}

impl Fbdev {
    /// Opens a framebuffer, usually `/dev/fb0`, whose geometry stands in a folder, usually `/sys/class/graphics/fb0`.
    ///
    /// # Errors
    /// A sentence: it is not there, may not be written, or stores pixels in another way.
    pub fn open(node: &Path, geometry: &Path) -> Result<Self, String> {
        let text = |name: &str| {
            let path = geometry.join(name);
            let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            Ok::<_, String>(text.trim().to_owned())
        };
        let size = text("virtual_size")?;
        let (width, height) = size.split_once(',').ok_or_else(|| format!("a framebuffer of size {size:?}"))?;
        let (width, height) = (side(width)?, side(height)?);
        let stride: usize = text("stride")?.parse().map_err(|_| "a framebuffer without a stride".to_owned())?;
        let format = match text("bits_per_pixel")?.as_str() {
            "32" => Format::Xrgb8888,
            "16" => Format::Rgb565,
            other => return Err(format!("a framebuffer of {other} bits a pixel is not drawn on")),
        };
        if stride < width.saturating_mul(format.bytes()) || stride > 4 * LONGEST_SIDE {
            return Err(format!("a framebuffer of {width} pixels a row cannot have {stride} bytes a row"));
        }
        let file = File::options().write(true).open(node).map_err(|why| format!("{}: {why}", node.display()))?;
        Ok(Self { node: file, width, height, stride, format, row: vec![0; stride] })
    }
}

fn side(text: &str) -> Result<usize, String> {
    let side = text.trim().parse().ok().filter(|side| (1..=LONGEST_SIDE).contains(side));
    side.ok_or_else(|| format!("a framebuffer of {text:?} pixels"))
}

impl Surface for Fbdev {
    fn size_px(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn size_mm(&self) -> Option<(u32, u32)> {
        None
    }

    fn show(&mut self, picture: &[u8], areas: &[Area]) -> Result<(), String> {
        let bytes = self.format.bytes();
        for area in areas {
            for (row, pixels) in rows(picture, self.width, *area) {
                let stored = self.row.get_mut(..(area.right - area.left) * bytes).unwrap_or_default();
                self.format.store(pixels, stored);
                let offset = row.saturating_mul(self.stride).saturating_add(area.left * bytes);
                let offset = u64::try_from(offset).unwrap_or(u64::MAX);
                self.node
                    .write_all_at(stored, offset)
                    .map_err(|why| format!("the framebuffer does not take it: {why}"))?;
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<bool, String> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, geometry: [&str; 3]) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("vitrine-fbdev-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in ["virtual_size", "stride", "bits_per_pixel"].iter().zip(geometry) {
            std::fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
        std::fs::write(folder.join("fb0"), []).unwrap();
        folder
    }

    #[test]
    fn only_what_changed_is_written_and_in_its_place() {
        let folder = folder("rows", ["3,2", "16", "32"]);
        std::fs::write(folder.join("fb0"), [7; 32]).unwrap();
        let mut fbdev = Fbdev::open(&folder.join("fb0"), &folder).unwrap();
        assert_eq!(fbdev.size_px(), (3, 2));
        let picture: Vec<u8> = (1..=18).collect();
        fbdev.show(&picture, &[Area { left: 1, right: 3, top: 1, bottom: 2 }]).unwrap();
        let written = std::fs::read(folder.join("fb0")).unwrap();
        assert_eq!(written[..20], [7; 20]);
        assert_eq!(written[20..28], [15, 14, 13, 0, 18, 17, 16, 0]);
        assert_eq!(written[28..], [7; 4]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_geometry_that_cannot_be_is_refused() {
        let cases =
            [["3,2", "11", "32"], ["0,2", "16", "32"], ["3", "16", "32"], ["3,2", "16", "8"], ["99999,2", "16", "16"]];
        for (place, geometry) in cases.into_iter().enumerate() {
            let folder = folder(&place.to_string(), geometry);
            assert!(Fbdev::open(&folder.join("fb0"), &folder).is_err(), "{geometry:?}");
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}
