//! Symbols from pictures.

mod filter;
mod finder;
mod independent;
mod primary;
mod region;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::frame::LumaFrame;
use crate::read::region::Region;

/// A place in a picture, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A QR symbol that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// The bytes of its segments, one after another, exactly; no character set was applied.
    pub bytes: Vec<u8>,
    /// Its corners: top left, top right, bottom right, bottom left of the symbol itself, however it is turned.
    pub corners: Vec<Point>,
    /// Pixels per module.
    pub module_px: Option<f32>,
}

/// Reads symbols from the pictures of one source, remembering where the last one was.
///
/// Each picture is read as it is, first where the last symbol was, then as a whole. Where that fails one other way is
/// tried, another for each picture, so that no picture takes long and a hard code is read after a few.
#[derive(Debug, Default)]
pub struct Reader {
    region: Option<Region>,
    /// Which way to try next.
    turn: usize,
}

/// What is tried on a picture that cannot be read as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fallback {
    /// Smoothed, then each pixel against its surroundings: noise, uneven light, moiré.
    SmoothedContrast,
    /// At half the size: noise, and codes that fill the picture.
    Half,
    /// Light on dark.
    Inverted,
    /// Each pixel against its surroundings: low contrast.
    Contrast,
}

const FALLBACKS: [Fallback; 4] = [Fallback::SmoothedContrast, Fallback::Half, Fallback::Inverted, Fallback::Contrast];

impl Reader {
    /// Starts without a memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the symbols of one picture of a running camera; none when there is none that can be read.
    pub fn read(&mut self, frame: &LumaFrame) -> Vec<Symbol> {
        let mut symbols = self.read_plain(frame);
        if symbols.is_empty() {
            let fallback = FALLBACKS.get(self.turn % FALLBACKS.len()).copied().unwrap_or(Fallback::Half);
            self.turn = self.turn.wrapping_add(1);
            symbols = fallback.read(frame);
        }
        self.remember(frame, symbols)
    }

    /// Reads the symbols of a single picture, which does not come again: every way is tried until one works.
    pub fn read_thoroughly(&mut self, frame: &LumaFrame) -> Vec<Symbol> {
        let mut symbols = self.read_plain(frame);
        for fallback in FALLBACKS {
            if symbols.is_empty() {
                symbols = fallback.read(frame);
            }
        }
        self.remember(frame, symbols)
    }

    fn read_plain(&self, frame: &LumaFrame) -> Vec<Symbol> {
        let near = self.region.and_then(|region| {
            let cut = region.cut(frame)?;
            let symbols = read_primary(&cut);
            (!symbols.is_empty()).then(|| region.moved(symbols))
        });
        near.unwrap_or_else(|| read_primary(frame))
    }

    fn remember(&mut self, frame: &LumaFrame, symbols: Vec<Symbol>) -> Vec<Symbol> {
        if let Some(symbol) = symbols.first() {
            self.region = Region::around(symbol, frame);
        }
        symbols
    }
}

impl Fallback {
    fn read(self, frame: &LumaFrame) -> Vec<Symbol> {
        match self {
            Self::SmoothedContrast => read_primary(&filter::local_contrast(&filter::smoothed(frame))),
            Self::Half => scaled(read_primary(&filter::half(frame)), 2.0),
            Self::Inverted => read_primary(&filter::inverted(frame)),
            Self::Contrast => read_primary(&filter::local_contrast(frame)),
        }
    }
}

fn scaled(mut symbols: Vec<Symbol>, factor: f32) -> Vec<Symbol> {
    for symbol in &mut symbols {
        symbol.module_px = symbol.module_px.map(|px| px * factor);
        for corner in &mut symbol.corners {
            *corner = Point { x: corner.x * factor, y: corner.y * factor };
        }
    }
    symbols
}

/// Reads with another reader than [`Reader`] uses, written by other people: what it says is independent.
///
/// For pictures that we drew ourselves: it has no bound on the time that a picture full of finder patterns takes.
#[must_use]
pub fn read_independently(frame: &LumaFrame) -> Vec<Symbol> {
    guarded(|| independent::read(frame))
}

fn read_primary(frame: &LumaFrame) -> Vec<Symbol> {
    guarded(|| primary::read(frame))
}

/// Runs a reader of others: both have assertions that a crafted picture may reach. Nothing they hold is used afterwards,
/// and a picture that makes a reader panic is a picture without a symbol.
fn guarded(read: impl FnOnce() -> Vec<Symbol>) -> Vec<Symbol> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

/// Pixels per module of a symbol with these corners and so many modules on a side.
fn module_px(corners: &[Point], modules: usize) -> Option<f32> {
    let &[a, b, c, d] = corners else { return None };
    let around = distance(a, b) + distance(b, c) + distance(c, d) + distance(d, a);
    (modules > 0).then(|| around / 4.0 / modules as f32)
}

pub(crate) fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}
