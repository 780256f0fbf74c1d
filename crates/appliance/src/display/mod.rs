//! Screens: kernel mode setting, or the framebuffer that firmware left.

mod fbdev;
mod kms;
mod pixels;
mod scale;

use std::path::Path;

use vitrine_app::raster::{Area, Rasteriser};

pub use fbdev::Fbdev;
pub use kms::Kms;
pub use scale::pixels_per_point;

/// A screen that pictures are shown on.
pub trait Surface {
    /// Width and height in pixels.
    fn size_px(&self) -> (usize, usize);

    /// Width and height in millimetres, if the screen says so and may be believed.
    fn size_mm(&self) -> Option<(u32, u32)>;

    /// Shows a picture of this screen's size: red, green, blue, row by row. `areas` is where it differs from the picture
    /// before; the first picture, and the one after [`Surface::look`] has said true, differs everywhere.
    ///
    /// # Errors
    /// A sentence: the screen does not take it.
    fn show(&mut self, picture: &[u8], areas: &[Area]) -> Result<(), String>;

    /// Looks whether another screen was plugged in. True if everything must be shown anew, at the size that
    /// [`Surface::size_px`] then says.
    ///
    /// # Errors
    /// A sentence: the screen is there and cannot be used.
    fn look(&mut self) -> Result<bool, String>;
}

impl<S: Surface + ?Sized> Surface for Box<S> {
    fn size_px(&self) -> (usize, usize) {
        (**self).size_px()
    }

    fn size_mm(&self) -> Option<(u32, u32)> {
        (**self).size_mm()
    }

    fn show(&mut self, picture: &[u8], areas: &[Area]) -> Result<(), String> {
        (**self).show(picture, areas)
    }

    fn look(&mut self) -> Result<bool, String> {
        (**self).look()
    }
}

/// The screen of this machine: by kernel mode setting where a driver has it, else the framebuffer of the firmware.
///
/// # Errors
/// A sentence that says what was looked at.
pub fn open() -> Result<Box<dyn Surface>, String> {
    let kms = match Kms::open(Path::new("/dev/dri")) {
        Ok(kms) => return Ok(Box::new(kms)),
        Err(why) => why,
    };
    match Fbdev::open(Path::new("/dev/fb0"), Path::new("/sys/class/graphics/fb0")) {
        Ok(fbdev) => Ok(Box::new(fbdev)),
        Err(why) => Err(format!("there is no screen: {kms}; {why}")),
    }
}

/// Shows one still picture, whatever was shown before: the safe stop.
///
/// # Errors
/// A sentence: the screen does not take it.
pub fn show_once(surface: &mut dyn Surface, mut ui: impl FnMut(&mut egui::Ui)) -> Result<(), String> {
    let (width, height) = surface.size_px();
    let mut raster = Rasteriser::new(width, height, pixels_per_point((width, height), surface.size_mm()));
    let ctx = egui::Context::default();
    vitrine_app::fonts::install(&ctx, vitrine_app::Theme::Dark);
    // The first pass installs the typefaces, the second is laid out with them.
    for _ in 0..2 {
        let output = ctx.run_ui(raster.input(), &mut ui);
        raster.paint(&ctx, output);
    }
    let whole = Area { left: 0, right: raster.width(), top: 0, bottom: raster.height() };
    surface.show(raster.rgb(), &[whole])
}
