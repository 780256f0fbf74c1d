//! The other reader: rqrr, a port of quirc. Shares no code with the first, nor with what draws codes.

use rqrr::{BitGrid, Grid, PreparedImage};

use crate::frame::LumaFrame;
use crate::limits::SYMBOLS;
use crate::read::{Point, Symbol, filter, module_px, scaled};

/// Larger pictures are read at half their size: this reader needs time by area.
const AREA_PX: usize = 1_000_000;

/// Reads all symbols of a picture. May panic on a crafted one.
pub(super) fn read(frame: &LumaFrame) -> Vec<Symbol> {
    if frame.luma().len() > AREA_PX {
        return scaled(read(&filter::half(frame)), 2.0);
    }
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let pixel = |x: usize, y: usize| frame.row(y).get(x).copied().unwrap_or(255);
    let mut image = PreparedImage::prepare_from_greyscale(width, height, pixel);
    image.detect_grids().iter().filter_map(read_grid).take(SYMBOLS).collect()
}

fn read_grid<G: BitGrid>(grid: &Grid<G>) -> Option<Symbol> {
    let mut bytes = Vec::new();
    grid.decode_to(&mut bytes).ok()?;
    let corners: Vec<Point> = grid.bounds.iter().map(|point| Point { x: point.x as f32, y: point.y as f32 }).collect();
    let module_px = module_px(&corners, grid.grid.size());
    Some(Symbol { bytes, corners, module_px })
}
