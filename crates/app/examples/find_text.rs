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
/// Words after this sign are data: addresses, digests.
const DATA: char = '#';
const DATA_FACES: [Face; 2] = [Face::Data, Face::DataStrong];
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
/// In no piece of the words, as wide as half of their height, may more differ: another glyph shows there, if the two are not much alike.
const DIFFERENT_OF_100_IN_A_PIECE: usize = 20;
/// So many points, from all over the words, are compared first. Where they are something else, a third of these differ.
const PROBES: usize = 24;
const DIFFERENT_PROBES: usize = 8;
/// Where ink begins, there is ground so many points to the left of it: an edge is one point wide.
const BEFORE_EDGE: usize = 2;

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

/// The points of some words, from their corner: those that are ink, those that are none; what is neither is an edge.
struct Pattern {
    /// An edge at the left of the first glyph that has one.
    first: (usize, usize),
    ink: Vec<(usize, usize)>,
    ground: Vec<(usize, usize)>,
    width: usize,
    height: usize,
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
        let (faces, words) = words.strip_prefix(DATA).map_or((FACES, words), |data| (DATA_FACES, data));
        let styles = faces.into_iter().flat_map(|face| sizes.iter().map(move |size| (face, *size)));
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
        let touched = of(|luma| luma > 0);
        let left = touched.iter().map(|(x, _)| *x).min()?;
        let right = touched.iter().map(|(x, _)| *x).max()?;
        let (top, bottom) = (touched.first()?.1, touched.last()?.1);
        let within = |(x, y): &(usize, usize)| (left..=right).contains(x) && (top..=bottom).contains(y);
        let from = |(x, y): (usize, usize)| (x - left, y - top);
        let ground: Vec<_> = of(|luma| luma == 0).into_iter().filter(within).map(from).collect();
        let strong = of(|luma| luma > 240).into_iter();
        let first = strong.filter(|(x, y)| rgb[(y * WIDTH + x - BEFORE_EDGE) * 3] == 0).min()?;
        let ink = of(|luma| luma > 160).into_iter().map(from).collect();
        Some(Self { first: from(first), ink, ground, width: right - left + 1, height: bottom - top + 1 })
    }
}

/// Which points of a picture are ground that text stands on.
struct Screen {
    width: usize,
    ground: Vec<bool>,
    /// Points that are none, [`BEFORE_EDGE`] to the right of one that is.
    edges: Vec<usize>,
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
        let is_edge = |point: &usize| !ground[*point] && ground[*point - BEFORE_EDGE];
        let edges = (BEFORE_EDGE..ground.len()).filter(is_edge).collect();
        let whole = ground.len() == width * height;
        if whole { Ok(Self { width, ground, edges }) } else { Err("the picture is cut off".into()) }
    }

    /// The corner of the words, if all of them stand within the picture.
    fn find(&self, pattern: &Pattern) -> Option<(usize, usize)> {
        let (width, height) = (self.width, self.ground.len() / self.width);
        let (right, bottom) = (width.checked_sub(pattern.width)?, height.checked_sub(pattern.height)?);
        let at = |point: (usize, usize)| point.1 * width + point.0;
        let of = |points: &[(usize, usize)]| -> Vec<usize> { points.iter().map(|point| at(*point)).collect() };
        let (ink, ground) = (of(&pattern.ink), of(&pattern.ground));
        let probes = |points: &[usize]| -> Vec<usize> {
            points.iter().step_by(points.len().div_ceil(PROBES).max(1)).copied().collect()
        };
        let (ink_probes, ground_probes) = (probes(&ink), probes(&ground));
        let corner = |edge: &usize| {
            let x = (edge % width).checked_sub(pattern.first.0).filter(|x| *x <= right)?;
            Some((x, (edge / width).checked_sub(pattern.first.1).filter(|y| *y <= bottom)?))
        };
        let mut corners = self.edges.iter().filter_map(corner);
        corners.find(|corner| {
            let corner = at(*corner);
            let differs = |points: &[usize], ground: bool, allowed: usize| {
                let different = points.iter().filter(|point| self.ground[corner + **point] != ground);
                different.take(allowed + 1).count() > allowed
            };
            let share = |points: &[usize]| points.len() * DIFFERENT_OF_100 / 100;
            !differs(&ground_probes, true, DIFFERENT_PROBES)
                && !differs(&ink_probes, false, DIFFERENT_PROBES)
                && !differs(&ink, false, share(&ink))
                && !differs(&ground, true, share(&ground))
                && self.is_everywhere(pattern, corner)
        })
    }

    /// Whether no piece of the words is something else.
    fn is_everywhere(&self, pattern: &Pattern, corner: usize) -> bool {
        let piece = pattern.height.div_ceil(2);
        let mut pieces = vec![(0, 0); pattern.width.div_ceil(piece)];
        for (points, ground) in [(&pattern.ink, false), (&pattern.ground, true)] {
            for (x, y) in points {
                let (count, different) = &mut pieces[x / piece];
                *count += 1;
                *different += usize::from(self.ground[corner + y * self.width + x] != ground);
            }
        }
        pieces.into_iter().all(|(count, different)| different * 100 <= count * DIFFERENT_OF_100_IN_A_PIECE)
    }
}
