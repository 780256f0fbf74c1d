//! The scene around the code: a laptop on a table in a dim room, drawn once.

use super::canvas::Canvas;
use super::light::to_luma;

/// An upright square in the plane of the screen, in the pixels of the camera's picture.
#[derive(Debug, Clone, Copy)]
pub struct Square {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Length of a side.
    pub side: f64,
}

/// The drawn scene and where its parts are.
#[derive(Debug, Clone)]
pub struct Room {
    /// The picture, larger than the camera's by `margin` on each side.
    pub canvas: Canvas,
    /// Pixels by which the picture goes beyond the camera's left and upper edge.
    pub margin: (f64, f64),
    /// Where the code with its quiet zone is shown.
    pub card: Square,
}

/// The screen's own dark grey, around the code.
pub const SCREEN_LUMA: f64 = 36.0;

/// How far the screen's plain background is kept free around the code, as a share of the code's side.
pub const CARD_MARGIN: f64 = 0.025;

/// Draws the room for a picture of this size; the code's side is `fill` of the picture's height.
pub fn draw(width: f64, height: f64, fill: f64, brightness: f64) -> Room {
    let margin = ((width * 0.25).ceil(), (height * 0.25).ceil());
    let side = (width + 2.0 * margin.0) as usize;
    let canvas = Canvas::new(side, (height + 2.0 * margin.1) as usize);
    let laptop = Laptop::placed(width, height, fill);
    let mut painter = Painter { canvas, margin, brightness };
    painter.walls(height);
    painter.furniture(width, height);
    painter.body(&laptop);
    painter.deck(&laptop);
    painter.window(&laptop);
    let mut canvas = painter.canvas;
    canvas.soften(3);
    Room { canvas, margin, card: laptop.card }
}

/// Where the laptop is, in the pixels of the camera's picture.
struct Laptop {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    card: Square,
}

impl Laptop {
    /// The code sits at the right of the screen; the nearer the camera, the more it looks at the code alone.
    fn placed(width: f64, height: f64, fill: f64) -> Self {
        let side = fill * height;
        let (screen_height, screen_width) = (side / 0.86, side / 0.86 * 1.6);
        let card_x = screen_width - side - 0.035 * screen_height;
        let card_y = 0.095 * screen_height;
        let near = ((fill - 0.62) / 0.25).clamp(0.0, 1.0);
        let aim_x = lerp(screen_width / 2.0, card_x + side / 2.0, near);
        let aim_y = lerp(0.58 * screen_height, card_y + side / 2.0, near);
        let (left, top) = (width / 2.0 - aim_x, height / 2.0 - aim_y);
        let card = Square { left: left + card_x, top: top + card_y, side };
        Self { left, top, width: screen_width, height: screen_height, card }
    }
}

fn lerp(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

struct Painter {
    canvas: Canvas,
    margin: (f64, f64),
    brightness: f64,
}

impl Painter {
    fn level(&self, luma: f64) -> u8 {
        to_luma(luma * self.brightness)
    }

    fn polygon(&mut self, corners: &[(f64, f64)], luma: f64) {
        let moved: Vec<(f64, f64)> = corners.iter().map(|(x, y)| (x + self.margin.0, y + self.margin.1)).collect();
        let level = self.level(luma);
        self.canvas.polygon(&moved, level);
    }

    fn rect(&mut self, left: f64, top: f64, width: f64, height: f64, luma: f64) {
        let level = self.level(luma);
        self.canvas.rect(left + self.margin.0, top + self.margin.1, width, height, level);
    }

    /// A wall that gets lighter downwards, and the table that it stands on.
    fn walls(&mut self, height: f64) {
        let table = self.margin.1 + 0.80 * height;
        let bottom = self.canvas.height() as f64;
        let brightness = self.brightness;
        self.canvas.shade(|_, y| {
            let y = y as f64;
            let luma = if y < table { 13.0 + 10.0 * y / table } else { 30.0 + 16.0 * (y - table) / (bottom - table) };
            to_luma(luma * brightness)
        });
    }

    /// Something on the wall and beside the table, so that the room is not empty.
    fn furniture(&mut self, width: f64, height: f64) {
        self.rect(0.045 * width, 0.07 * height, 0.13 * width, 0.33 * height, 31.0);
        self.rect(0.053 * width, 0.085 * height, 0.114 * width, 0.30 * height, 24.0);
        self.rect(0.80 * width, 0.02 * height, 0.11 * width, 0.50 * height, 30.0);
        self.rect(0.80 * width, 0.24 * height, 0.11 * width, 0.012 * height, 18.0);
        self.rect(-0.3 * width, 0.797 * height, 1.7 * width, 0.006 * height, 40.0);
    }

    /// The lid: a light edge around a black bezel.
    fn body(&mut self, laptop: &Laptop) {
        let edge = 0.045 * laptop.height;
        let (left, top) = (laptop.left - edge, laptop.top - edge);
        let (width, height) = (laptop.width + 2.0 * edge, laptop.height + 2.2 * edge);
        self.rect(left - 3.0, top - 3.0, width + 6.0, height + 3.0, 52.0);
        self.rect(left, top, width, height, 9.0);
        let (middle, lens) = (laptop.left + laptop.width / 2.0, 0.008 * laptop.height);
        self.rect(middle - lens, top + edge / 2.0 - lens, 2.0 * lens, 2.0 * lens, 34.0);
    }

    /// The keyboard's half, which comes towards the camera and catches the light of the screen.
    fn deck(&mut self, laptop: &Laptop) {
        let edge = 0.045 * laptop.height;
        let (left, right) = (laptop.left - edge, laptop.left + laptop.width + edge);
        let hinge = laptop.top + laptop.height + 1.2 * edge;
        let depth = 0.30 * laptop.height;
        let spread = |share: f64| 0.10 * laptop.width * share;
        let slab = |from: f64, to: f64, inset: f64| {
            let (high, low) = (hinge + depth * from, hinge + depth * to);
            let (near, far) = (spread(to) - inset, spread(from) - inset);
            [(left - far, high), (right + far, high), (right + near, low), (left - near, low)]
        };
        self.polygon(&slab(0.0, 1.0, 0.0), 47.0);
        self.polygon(&slab(0.0, 0.10, 0.0), 60.0);
        self.polygon(&slab(1.0, 1.06, 0.0), 24.0);
        self.polygon(&slab(0.12, 0.60, 0.09 * laptop.width), 30.0);
        for row in 0..4 {
            let from = 0.15 + 0.112 * f64::from(row);
            self.polygon(&slab(from, from + 0.085, 0.10 * laptop.width), 20.0);
        }
        self.polygon(&slab(0.66, 0.94, 0.36 * laptop.width), 56.0);
    }

    /// What the screen shows beside the code.
    fn window(&mut self, laptop: &Laptop) {
        let (left, top, height) = (laptop.left, laptop.top, laptop.height);
        self.rect(left, top, laptop.width, height, SCREEN_LUMA);
        self.rect(left, top, laptop.width, 0.055 * height, 58.0);
        let column = left + 0.05 * height;
        self.rect(column, top + 0.15 * height, 0.28 * height, 0.024 * height, 128.0);
        for (line, length) in [0.34, 0.31, 0.36, 0.25].into_iter().enumerate() {
            self.rect(column, top + (0.215 + 0.032 * line as f64) * height, length * height, 0.011 * height, 88.0);
        }
        self.rect(column, top + 0.84 * height, 0.19 * height, 0.055 * height, 80.0);
        let Square { left, top, side } = laptop.card;
        let gap = 2.0 * CARD_MARGIN * side;
        self.rect(left - gap, top - gap, side + 2.0 * gap, side + 2.0 * gap, SCREEN_LUMA);
    }
}
