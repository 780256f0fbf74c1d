//! Says where words stand in pictures of the screen, for tests that see a machine from outside: `find_text [THEME]`.
//!
//! Each line of standard input is the path of a picture (PPM, P6, one pixel a point) and words, with tabs between; for each
//! a line is answered: for every one of the words `X,Y` of its first glyph's corner in pixels, or `-` where they do not
//! stand. No text is guessed: the words are drawn in both weights and each size of sentences, in each of the four places
//! within a pixel where a glyph may begin, and looked for point by point.

#![allow(clippy::indexing_slicing, reason = "places are bounded by the loops that make them")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Context};
use vitrine_app::Theme;
use vitrine_app::fonts::{self, Face};
use vitrine_app::raster::Rasteriser;
use vitrine_app::tokens::{Tone, Type};

const FACES: [Face; 2] = [Face::Text, Face::Strong];
/// The largest size that sentences have, in points.
const LARGEST: f32 = 28.5;
/// What text stands on.
const GROUNDS: [Tone; 12] = [
    Tone::Bg0,
    Tone::Bg1,
    Tone::Bg2,
    Tone::Bg3,
    Tone::Act,
    Tone::Caution,
    Tone::CautionBg,
    Tone::RefuseSolid,
    Tone::RefuseBg,
    Tone::White,
    Tone::Black,
    Tone::QrSurround,
];
/// Points of a hundred that may differ: glyphs in the middle of a line may begin in another fourth of a pixel.
const DIFFERENT_OF_100: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let word = std::env::args().nth(1).unwrap_or_else(|| "dark".to_owned());
    let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word).ok_or("dark, light or monochrome")?;
    let mut writer = Writer::new(theme);
    let mut drawn: BTreeMap<String, Vec<Pattern>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split('\t');
        let screen = Screen::read(words.next().unwrap_or_default(), theme)?;
        let places: Vec<String> = words
            .map(|words| {
                let patterns = drawn.entry(words.to_owned()).or_insert_with(|| writer.patterns(words));
                let place = patterns.iter().find_map(|pattern| screen.find(pattern));
                place.map_or_else(|| "-".to_owned(), |(x, y)| format!("{x},{y}"))
            })
            .collect();
        println!("{}", places.join("\t"));
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Draws words in white on black.
struct Writer {
    ctx: Context,
    raster: Rasteriser,
}

/// The points of some words: those that are ink, those that are none; what is neither is an edge. The first is ink.
struct Pattern {
    ink: Vec<(isize, isize)>,
    ground: Vec<(isize, isize)>,
    corner: (isize, isize),
}

const WIDTH: usize = 1280;
const HEIGHT: usize = 64;
/// Where the words are drawn.
const MARGIN: f32 = 8.0;

impl Writer {
    fn new(theme: Theme) -> Self {
        let ctx = Context::default();
        fonts::install(&ctx, theme);
        let mut writer = Self { ctx, raster: Rasteriser::new(WIDTH, HEIGHT, 1.0) };
        // The typefaces act from the second frame on.
        let _ = writer.pattern("", Face::Text, Type::BODY, 0.0);
        writer
    }

    fn patterns(&mut self, words: &str) -> Vec<Pattern> {
        let mut sizes: Vec<Type> = Vec::new();
        for (_, size) in Type::ALL {
            if size.size < LARGEST && sizes.iter().all(|known| (known.size - size.size).abs() > 0.1) {
                sizes.push(size);
            }
        }
        let styles = FACES.into_iter().flat_map(|face| sizes.iter().map(move |size| (face, *size)));
        let styles: Vec<_> =
            styles.flat_map(|(face, size)| [0.0, 0.25, 0.5, 0.75].map(|start| (face, size, start))).collect();
        styles.into_iter().filter_map(|(face, size, start)| self.pattern(words, face, size, start)).collect()
    }

    /// None where the words do not fit on the picture.
    fn pattern(&mut self, words: &str, face: Face, size: Type, start: f32) -> Option<Pattern> {
        let mut job = LayoutJob::default();
        job.append(
            words,
            start,
            TextFormat { font_id: face.at(size.size), color: Color32::WHITE, ..Default::default() },
        );
        let mut fits = false;
        let input = self.raster.input();
        let output = self.ctx.run_ui(input, |ui| {
            let galley = ui.painter().layout_job(job.clone());
            fits = galley.size().x + 2.0 * MARGIN < 1280.0 && galley.rows.len() == 1;
            ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, Color32::BLACK);
            ui.painter().galley(egui::pos2(MARGIN, MARGIN), galley, Color32::WHITE);
        });
        self.raster.paint(&self.ctx, output);
        fits.then(|| Pattern::of(self.raster.rgb())).flatten()
    }
}

impl Pattern {
    fn of(rgb: &[u8]) -> Option<Self> {
        let of = |wanted: fn(u8) -> bool| -> Vec<(usize, usize)> {
            let points = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
            points.filter(|(x, y)| wanted(rgb[(y * WIDTH + x) * 3])).collect()
        };
        let (touched, ink) = (of(|luma| luma > 0), of(|luma| luma > 160));
        let first = *ink.iter().find(|(x, y)| rgb[(y * WIDTH + x) * 3] > 240).or(ink.first())?;
        let left = touched.iter().map(|(x, _)| *x).min()?;
        let right = touched.iter().map(|(x, _)| *x).max()?;
        let (top, bottom) = (touched.first()?.1, touched.last()?.1);
        let within = |(x, y): &(usize, usize)| (left..=right).contains(x) && (top..=bottom).contains(y);
        let from = |(x, y): (usize, usize)| (x as isize - first.0 as isize, y as isize - first.1 as isize);
        let ground = of(|luma| luma == 0).into_iter().filter(within).map(from).collect();
        Some(Self { ink: ink.into_iter().map(from).collect(), ground, corner: from((left, top)) })
    }
}

/// Which points of a picture are ground that text stands on.
struct Screen {
    width: usize,
    ground: Vec<bool>,
}

impl Screen {
    fn read(path: &str, theme: Theme) -> Result<Self, Box<dyn Error>> {
        let file = std::fs::read(path)?;
        let mut header = file.splitn(4, |byte| *byte == b'\n' || *byte == b' ');
        let mut field = || header.next().and_then(|field| std::str::from_utf8(field).ok()).ok_or("no PPM");
        if field()? != "P6" {
            return Err("no PPM".into());
        }
        let (width, height): (usize, usize) = (field()?.parse()?, field()?.parse()?);
        let pixels = header.next().and_then(|rest| rest.strip_prefix(b"255\n")).ok_or("no PPM of 8 bits")?;
        let grounds = GROUNDS.map(|tone| tone.colour(theme));
        let is_ground = |pixel: &[u8; 3]| grounds.iter().any(|tone| [tone.r(), tone.g(), tone.b()] == *pixel);
        let ground: Vec<bool> = pixels.as_chunks().0.iter().map(is_ground).collect();
        if ground.len() == width * height { Ok(Self { width, ground }) } else { Err("the picture is cut off".into()) }
    }

    fn find(&self, pattern: &Pattern) -> Option<(isize, isize)> {
        let height = self.ground.len() / self.width;
        let points = (0..height as isize).flat_map(|y| (0..self.width as isize).map(move |x| (x, y)));
        let mut places = points.filter(|(x, y)| self.at(*x, *y) == Some(false));
        places.find(|place| self.shows(pattern, *place)).map(|(x, y)| (x + pattern.corner.0, y + pattern.corner.1))
    }

    fn shows(&self, pattern: &Pattern, (x, y): (isize, isize)) -> bool {
        let differs = |points: &[(isize, isize)], ground: bool| {
            let allowed = points.len() * DIFFERENT_OF_100 / 100;
            let different = points.iter().filter(|(dx, dy)| self.at(x + dx, y + dy) != Some(ground));
            different.take(allowed + 1).count() > allowed
        };
        !differs(&pattern.ink, false) && !differs(&pattern.ground, true)
    }

    fn at(&self, x: isize, y: isize) -> Option<bool> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x < self.width { self.ground.get(y * self.width + x).copied() } else { None }
    }
}
