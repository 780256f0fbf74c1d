//! One code as light: its modules, quiet zone and the screen around, to be looked at from anywhere.

use vitrine_qr::Modules;

use super::light::linear;
use super::room::SCREEN_LUMA;

/// Light modules of the screen, white paper's worth.
const LIGHT_LUMA: f64 = 226.0;

/// Dark modules: the backlight that leaks, and the room's reflection.
const DARK_LUMA: f64 = 27.0;

/// Modules of quiet zone that are shown around a code.
const QUIET: usize = 4;

/// One cell in fixed point.
pub const CELL: i32 = 1 << 16;

/// A code with its quiet zone and one ring of screen, as linear light per cell.
#[derive(Debug, Clone)]
pub struct Grid {
    span: usize,
    cells: Vec<u16>,
}

impl Grid {
    /// The light of a code on a screen of this brightness; no code is an empty light card.
    pub fn new(code: Option<&Modules>, brightness: f64) -> Self {
        let exposure = brightness * brightness;
        let [light, dark, screen] = [LIGHT_LUMA, DARK_LUMA, SCREEN_LUMA].map(|luma| linear(luma, exposure));
        let card = code.map_or(21, Modules::size) + 2 * QUIET;
        let span = card + 2;
        let inset = QUIET + 1;
        let cell = |x: usize, y: usize| {
            let is_ring = x == 0 || y == 0 || x + 1 == span || y + 1 == span;
            let is_code = x >= inset && y >= inset;
            let is_dark = is_code && code.is_some_and(|code| code.is_dark(x - inset, y - inset));
            if is_ring {
                screen
            } else if is_dark {
                dark
            } else {
                light
            }
        };
        let cells = (0..span).flat_map(|y| (0..span).map(move |x| (x, y))).map(|(x, y)| cell(x, y)).collect();
        Self { span, cells }
    }

    /// Cells along the light card: the code and its quiet zone.
    pub fn card_cells(&self) -> usize {
        self.span - 2
    }

    /// The largest place there is a full neighbourhood for.
    pub fn last(&self) -> i32 {
        (self.span as i32 - 1) * CELL - 1
    }

    /// The light at a place, in cells from the centre of the first, with edges of the softness that the steepness gives.
    ///
    /// Both coordinates must be from 0 to [`Grid::last`].
    pub fn light(&self, x: i32, y: i32, steep_x: i32, steep_y: i32) -> u32 {
        let (share_x, share_y) = (share(x, steep_x), share(y, steep_y));
        let first = (y >> 16) as usize * self.span + (x >> 16) as usize;
        if (share_x == 0 || share_x == 256) && (share_y == 0 || share_y == 256) {
            let across = usize::from(share_x != 0);
            let down = if share_y == 0 { 0 } else { self.span };
            return self.cell(first + across + down);
        }
        let high = blend(self.cell(first), self.cell(first + 1), share_x);
        let low = blend(self.cell(first + self.span), self.cell(first + self.span + 1), share_x);
        blend(high, low, share_y)
    }

    fn cell(&self, index: usize) -> u32 {
        self.cells.get(index).copied().map_or(0, u32::from)
    }
}

/// How steep an edge is that takes `softness` cells from dark to light: 256ths per cell.
pub fn steepness(softness: f64) -> i32 {
    (256.0 / softness.clamp(0.02, 1.0)) as i32
}

/// How far into the next cell a place is, in 256ths: flat in the middle of cells, a slope between them.
fn share(place: i32, steep: i32) -> u32 {
    let from_edge = (place & (CELL - 1)) - CELL / 2;
    (((from_edge >> 4).wrapping_mul(steep) >> 12) + 128).clamp(0, 256) as u32
}

fn blend(from: u32, to: u32, share: u32) -> u32 {
    (from * (256 - share) + to * share) >> 8
}

#[cfg(test)]
mod tests {
    use vitrine_qr::Modules;

    use super::{CELL, Grid, steepness};

    #[test]
    fn the_middle_of_each_module_has_its_own_light() {
        let code = Modules::encode("VITRINE").unwrap();
        let grid = Grid::new(Some(&code), 1.0);
        let at = |x: usize, y: usize| {
            grid.light((x as i32 + 5) * CELL, (y as i32 + 5) * CELL, steepness(0.3), steepness(0.3))
        };
        for y in 0..code.size() {
            for x in 0..code.size() {
                assert_eq!(at(x, y) < 1000, code.is_dark(x, y), "module {x},{y}");
            }
        }
    }

    #[test]
    fn an_edge_is_half_light_whatever_its_softness() {
        let code = Modules::encode("VITRINE").unwrap();
        let grid = Grid::new(Some(&code), 1.0);
        let edge = 4 * CELL + CELL / 2;
        for softness in [0.1, 0.5, 1.0] {
            let light = grid.light(edge, 5 * CELL, steepness(softness), steepness(softness));
            assert!((1500..1900).contains(&light), "{light}");
        }
    }
}
