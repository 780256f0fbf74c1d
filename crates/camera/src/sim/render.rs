//! One frame: each row of the sensor looks through the lens at the room and at the codes that are lit just then.

use std::collections::BTreeMap;

use vitrine_qr::Modules;

use super::canvas::{Area, crossing, soften};
use super::grid::{CELL, Grid, steepness};
use super::light::{Sensor, tone_curve};
use super::pose::{Hand, Projection};
use super::room::{CARD_MARGIN, Room, draw};
use super::timing::{FULL, Mix, Timing};
use super::{Scene, Showing};

/// Pixels over which a ray is taken as straight.
const STRIDE: usize = 32;

/// Everything that stays the same from frame to frame, and the codes in view.
#[derive(Debug)]
pub struct Stage {
    scene: Scene,
    width: usize,
    height: usize,
    room: Room,
    sensor: Sensor,
    curve: Vec<u8>,
    hand: Hand,
    timing: Timing,
    codes: Vec<Modules>,
    /// Codes that the last rows saw, by the number of their showing.
    grids: BTreeMap<i64, Grid>,
}

/// What the camera sees in one frame: where the plane of the screen is and how sharp.
struct View {
    inverse: Projection,
    /// The card with its margin, in the picture.
    outline: [(f64, f64); 4],
    /// Movement of the picture from the first to the last row, in pixels.
    skew: (f64, f64),
    start_us: i64,
    blur: Blur,
}

/// One row's line of sight.
struct Look<'a> {
    view: &'a View,
    /// Pixels by which the row is shifted to the right.
    skew: f64,
    /// The row in a picture taken all at once.
    v: f64,
}

/// Variances in square pixels.
#[derive(Clone, Copy)]
struct Blur {
    x: f64,
    y: f64,
}

/// A straight way through a picture or a grid, in 65536ths.
#[derive(Clone, Copy)]
struct Ray {
    x: i32,
    y: i32,
    dx: i32,
    dy: i32,
}

impl Stage {
    /// Draws the room and prepares the sensor. The scene must be within its ranges.
    pub fn new(codes: Vec<Modules>, scene: Scene) -> Self {
        let (width, height) = (scene.width as usize, scene.height as usize);
        let (wide, high) = (f64::from(scene.width), f64::from(scene.height));
        Self {
            width,
            height,
            room: draw(wide, high, f64::from(scene.fill), f64::from(scene.brightness)),
            sensor: Sensor::new(scene.seed, width, height, f64::from(scene.noise)),
            curve: tone_curve(),
            hand: Hand::new(scene.seed, f64::from(scene.tilt).to_radians(), f64::from(scene.shake), high),
            timing: scene.timing(),
            codes,
            grids: BTreeMap::new(),
            scene,
        }
    }

    /// When a frame's first row starts to gather light.
    pub fn frame_start_us(&self, frame: u64) -> i64 {
        i64::try_from(frame).unwrap_or(i64::MAX / 1_000_000).saturating_mul(self.timing.frame_us)
    }

    /// Whether the last code has been shown for its time.
    pub fn is_over(&self, frame: u64) -> bool {
        let last = i64::try_from(self.codes.len()).unwrap_or(i64::MAX / 1000);
        self.scene.showing == Showing::Once && self.frame_start_us(frame) >= self.timing.appears_us(last)
    }

    /// Makes the frame with this number; also gives the share of the light of each code, by its place in the list.
    pub fn render(&mut self, frame: u64) -> (Vec<u8>, Vec<(usize, f32)>) {
        let view = self.view(self.frame_start_us(frame));
        let mixes: Vec<Mix> = (0..self.height).map(|row| self.timing.mix(self.row_start_us(&view, row))).collect();
        self.light_codes(&mixes);
        let mut luma = vec![0; self.width * self.height];
        let mut light = vec![0; self.width];
        let mut seen = BTreeMap::new();
        for ((row, pixels), mix) in luma.chunks_exact_mut(self.width).enumerate().zip(&mixes) {
            let covered = self.row(&view, row, mix, pixels, &mut light);
            tally(&mut seen, mix, covered);
        }
        self.defocus(&view, &mut luma);
        self.sensor.expose(&mut luma, self.width, frame);
        (luma, self.shares(&seen))
    }

    fn row_start_us(&self, view: &View, row: usize) -> i64 {
        view.start_us + self.timing.readout_us * row as i64 / self.height as i64
    }

    fn view(&self, start_us: i64) -> View {
        let middle_us = start_us + (self.timing.readout_us + self.timing.exposure_us) / 2;
        let pose = self.hand.pose(middle_us);
        let (speed_x, speed_y) = self.hand.speed(middle_us);
        let forth = Projection::of(&pose, self.width as f64, self.height as f64);
        let card = self.room.card;
        let edge = CARD_MARGIN * card.side;
        let (left, top) = (card.left - edge, card.top - edge);
        let (right, bottom) = (card.left + card.side + edge, card.top + card.side + edge);
        let readout = self.timing.readout_us as f64 / 1e6;
        View {
            inverse: forth.inverse(),
            outline: [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| forth.map(x, y)),
            skew: (speed_x * readout, speed_y * readout),
            start_us,
            blur: self.blur(speed_x, speed_y),
        }
    }

    /// Lens and pixel blur all round; movement during the exposure in its direction.
    fn blur(&self, speed_x: f64, speed_y: f64) -> Blur {
        let exposure = self.timing.exposure_us as f64 / 1e6;
        let lens = f64::from(self.scene.blur) * f64::from(self.scene.blur) + 1.0 / 12.0;
        let smear = |speed: f64| lens + (speed * exposure) * (speed * exposure) / 12.0;
        Blur { x: smear(speed_x), y: smear(speed_y) }
    }

    /// Keeps the codes of these rows ready, and no others.
    fn light_codes(&mut self, mixes: &[Mix]) {
        let first = mixes.iter().flat_map(|mix| mix.shares().first()).map(|(part, _)| *part).min().unwrap_or(0);
        self.grids.retain(|part, _| *part >= first);
        for (part, _) in mixes.iter().flat_map(Mix::shares) {
            let code = self.place(*part).and_then(|place| self.codes.get(place));
            let brightness = f64::from(self.scene.brightness);
            self.grids.entry(*part).or_insert_with(|| Grid::new(code, brightness));
        }
    }

    /// Which code of the list is shown the `part`th.
    fn place(&self, part: i64) -> Option<usize> {
        let part = usize::try_from(part).ok()?;
        match self.scene.showing {
            Showing::Endless => part.checked_rem(self.codes.len()),
            Showing::Once => Some(part.min(self.codes.len().checked_sub(1)?)),
        }
    }

    /// Draws one row; gives the number of pixels that the code covers in it.
    fn row(&self, view: &View, row: usize, mix: &Mix, pixels: &mut [u8], light: &mut [u32]) -> usize {
        let look = Look::along(view, row as f64 + 0.5, self.height as f64);
        let (start, end) = match crossing(&view.outline, look.v) {
            Some((left, right)) => (self.column(left + look.skew), self.column(right + look.skew)),
            None => (0, 0),
        };
        self.room_row(&look, pixels, 0, start);
        self.room_row(&look, pixels, end, self.width);
        if let (Some(pixels), Some(light)) = (pixels.get_mut(start..end), light.get_mut(start..end)) {
            light.fill(0);
            for (part, share) in mix.shares() {
                let Some(grid) = self.grids.get(part) else { continue };
                self.add_light(&look, grid, *share, start, light);
            }
            self.develop(light, pixels);
        }
        end - start
    }

    fn column(&self, u: f64) -> usize {
        (u.ceil().max(0.0) as usize).min(self.width)
    }

    fn room_row(&self, look: &Look<'_>, pixels: &mut [u8], start: usize, end: usize) {
        let (width, height) = (self.room.canvas.width(), self.room.canvas.height());
        let place = |u: usize| {
            let (x, y) = look.at(u);
            let pixel = |p: f64, side: usize| within(p * f64::from(CELL), 0, (side as i32 - 1) * CELL);
            (pixel(x + self.room.margin.0, width), pixel(y + self.room.margin.1, height))
        };
        let texture = self.room.canvas.luma();
        let Some(part) = pixels.get_mut(start..end) else { return };
        for (from, span) in (start..).step_by(STRIDE).zip(part.chunks_mut(STRIDE)) {
            let mut ray = Ray::between(place(from), place(from + span.len()), span.len());
            for pixel in span {
                let index = (ray.y >> 16) as usize * width + (ray.x >> 16) as usize;
                *pixel = texture.get(index).copied().unwrap_or(0);
                ray.advance();
            }
        }
    }

    fn add_light(&self, look: &Look<'_>, grid: &Grid, share: u32, start: usize, light: &mut [u32]) {
        let card = self.room.card;
        let per_px = grid.card_cells() as f64 / card.side;
        let place = |u: usize| {
            let (x, y) = look.at(u);
            let cell = |p: f64, edge: f64| ((p - edge) * per_px + 0.5) * f64::from(CELL);
            (within(cell(x, card.left), -FAR, FAR), within(cell(y, card.top), -FAR, FAR))
        };
        let (steep_x, steep_y) = (steep(look.view.blur.x, per_px), steep(look.view.blur.y, per_px));
        for (from, span) in (start..).step_by(STRIDE).zip(light.chunks_mut(STRIDE)) {
            let mut ray = Ray::between(place(from), place(from + span.len()), span.len());
            for sum in span {
                // A ray may begin and end beside the card: each place on it is brought in, so that the ray stays straight.
                let (x, y) = (ray.x.clamp(0, grid.last()), ray.y.clamp(0, grid.last()));
                *sum += share * grid.light(x, y, steep_x, steep_y);
                ray.advance();
            }
        }
    }

    fn develop(&self, light: &[u32], pixels: &mut [u8]) {
        for (pixel, light) in pixels.iter_mut().zip(light) {
            *pixel = self.curve.get((*light / FULL) as usize).copied().unwrap_or(255);
        }
    }

    /// Blur that is wider than a module cannot be had from soft edges alone.
    fn defocus(&self, view: &View, luma: &mut [u8]) {
        let cells = self.grids.values().map(Grid::card_cells).max().unwrap_or(1) as f64;
        let cell_px = self.room.card.side / cells;
        let left = view.blur.x.max(view.blur.y) - cell_px * cell_px / 12.0;
        let passes = (left / 0.5).round().clamp(0.0, 12.0) as usize;
        let xs = view.outline.map(|(x, _)| x);
        let ys = view.outline.map(|(_, y)| y);
        let low = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min).max(0.0) as usize;
        let high = |values: [f64; 4]| values.into_iter().fold(0.0, f64::max) as usize;
        let (right, bottom) = (high(xs).min(self.width), high(ys).min(self.height));
        for _ in 0..passes {
            soften(luma, self.width, Area { left: low(xs).min(right), top: low(ys).min(bottom), right, bottom });
        }
    }

    fn shares(&self, seen: &BTreeMap<i64, u64>) -> Vec<(usize, f32)> {
        let total = seen.values().sum::<u64>().max(1) as f32;
        seen.iter().filter_map(|(part, light)| Some((self.place(*part)?, *light as f32 / total))).collect()
    }
}

fn tally(seen: &mut BTreeMap<i64, u64>, mix: &Mix, covered: usize) {
    for (part, share) in mix.shares() {
        *seen.entry(*part).or_insert(0) += u64::from(*share) * covered as u64;
    }
}

/// The steepness of an edge that this variance blurs; a box is as wide as the root of twelve variances.
fn steep(variance: f64, cells_per_px: f64) -> i32 {
    steepness((12.0 * variance).sqrt() * cells_per_px)
}

/// Further than any place that is looked at, and so near that sums of two do not overflow.
const FAR: i32 = 1 << 29;

/// A coordinate that is already in 65536ths, kept between two bounds.
fn within(value: f64, low: i32, high: i32) -> i32 {
    value.clamp(f64::from(low), f64::from(high)) as i32
}

impl<'a> Look<'a> {
    /// A row is looked at a little later than the middle one, when the hand has moved on.
    fn along(view: &'a View, v: f64, height: f64) -> Self {
        let way = v / height - 0.5;
        Self { view, skew: view.skew.0 * way, v: v - view.skew.1 * way }
    }

    /// The place in the plane of the screen that a pixel of this row sees.
    fn at(&self, u: usize) -> (f64, f64) {
        self.view.inverse.map(u as f64 + 0.5 - self.skew, self.v)
    }
}

impl Ray {
    fn between(from: (i32, i32), to: (i32, i32), steps: usize) -> Self {
        let steps = (steps as i32).max(1);
        Self { x: from.0, y: from.1, dx: (to.0 - from.0) / steps, dy: (to.1 - from.1) / steps }
    }

    fn advance(&mut self) {
        self.x += self.dx;
        self.y += self.dy;
    }
}
