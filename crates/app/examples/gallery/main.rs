//! Paints every component in every theme into PNG files, to be looked at: `cargo run -p vitrine-app --example gallery -- DIR`.

mod compare;
mod refused;
mod review;
mod scan;
mod sign;
mod values;

use std::path::{Path, PathBuf};
use std::time::Instant;

use egui::{Context, Ui};
use vitrine_app::fonts;
use vitrine_app::raster::Rasteriser;
use vitrine_app::tokens::Theme;

type Page = (&'static str, fn(&mut Ui));

const PAGES: [Page; 8] = [
    ("scan", scan::page),
    ("review", review::page),
    ("narrow", review::narrow_page),
    ("refused", refused::page),
    ("compare", compare::page),
    ("sign", sign::page),
    ("present", scan::present_page),
    ("record", sign::record_page),
];

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/gallery"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    for theme in Theme::ALL {
        for page in PAGES {
            paint(&folder, theme, page)?;
        }
    }
    Ok(())
}

fn paint(folder: &Path, theme: Theme, (name, page): Page) -> std::io::Result<()> {
    let ctx = Context::default();
    fonts::install(&ctx, theme);
    let mut raster = Rasteriser::new(1280, 800, 1.0);
    for _ in 0..2 {
        let output = ctx.run_ui(raster.input(), page);
        let started = Instant::now();
        raster.paint(&ctx, output);
        println!("{name} {}: {:.1} ms", theme.word(), started.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::write(folder.join(format!("{name}-{}.png", theme.word())), raster.png())
}
