//! Where a frame differs from the one before: exactly compared, tile by tile.

use std::collections::BTreeMap;

use egui::epaint::Mesh;
use egui::{Rect, TextureId};

use crate::fill::{Area, Canvas};
use crate::mesh::{self, Piece};
use crate::texture::Texture;

/// Sides of a tile in pixels: a line of text is wider than high.
const TILE: (usize, usize) = (64, 32);

/// Parts of textures that look different now.
#[derive(Default)]
pub(crate) struct Changed(BTreeMap<TextureId, Vec<Rect>>);

impl Changed {
    /// Counts a part of a texture, given from 0 to 1 each way.
    pub(crate) fn add(&mut self, texture: TextureId, uv: Rect) {
        self.0.entry(texture).or_default().push(uv);
    }

    /// Counts a whole texture.
    pub(crate) fn everywhere(&mut self, texture: TextureId) {
        self.add(texture, Rect::EVERYTHING);
    }

    fn touches(&self, piece: &Piece) -> bool {
        self.0.get(&piece.texture).is_some_and(|parts| parts.iter().any(|part| part.intersects(piece.uv())))
    }
}

/// What one frame paints, in order, and which of it each tile shows.
pub(crate) struct Frame {
    scale: f32,
    columns: usize,
    picture: Area,
    pieces: Vec<Piece>,
    /// For each tile, row by row, the places of its pieces in their order.
    tiles: Vec<Vec<usize>>,
}

impl Frame {
    /// A frame of a picture of so many pixels that paints nothing.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(TILE.0), height.div_ceil(TILE.1));
        let tiles = (0..columns * rows).map(|_| Vec::new()).collect();
        let picture = Area { left: 0, right: width, top: 0, bottom: height };
        Self { scale: 1.0, columns, picture, pieces: Vec::new(), tiles }
    }

    /// Begins anew, at so many pixels a point.
    pub(crate) fn begin(&mut self, scale: f32) {
        self.scale = scale;
        self.pieces.clear();
        self.tiles.iter_mut().for_each(Vec::clear);
    }

    /// Adds what a mesh paints.
    pub(crate) fn add(&mut self, mesh: &Mesh, clip: Area) {
        let Self { scale, columns, pieces, tiles, .. } = self;
        mesh::take_apart(mesh, clip, *scale, |piece| {
            for place in tiles_of(piece.area(), *columns) {
                if let Some(tile) = tiles.get_mut(place) {
                    tile.push(pieces.len());
                }
            }
            pieces.push(piece);
        });
    }

    /// Where this frame looks different from an earlier one, as areas that share no pixel.
    pub(crate) fn differs(
        &self,
        before: &Self,
        textures: &BTreeMap<TextureId, Texture>,
        changed: &Changed,
    ) -> Vec<Area> {
        if self.scale.to_bits() != before.scale.to_bits() || self.tiles.len() != before.tiles.len() {
            return vec![self.picture];
        }
        let touched: Vec<bool> =
            self.pieces.iter().map(|piece| changed.touches(piece) || !textures.contains_key(&piece.texture)).collect();
        let differs = |place: usize| {
            let (Some(now), Some(old)) = (self.tiles.get(place), before.tiles.get(place)) else { return true };
            let same = |(now, old): (&usize, &usize)| {
                touched.get(*now) == Some(&false)
                    && matches!((self.pieces.get(*now), before.pieces.get(*old)), (Some(now), Some(old)) if now == old)
            };
            now.len() != old.len() || !now.iter().zip(old).all(same)
        };
        self.areas(differs)
    }

    /// Joins tiles to areas: neighbours in a row, then rows with the same columns.
    fn areas(&self, wanted: impl Fn(usize) -> bool) -> Vec<Area> {
        let mut areas: Vec<Area> = Vec::new();
        let rows = self.tiles.len().checked_div(self.columns).unwrap_or(0);
        for row in 0..rows {
            let (top, bottom) = (row * TILE.1, ((row + 1) * TILE.1).min(self.picture.bottom));
            let mut column = 0;
            while column < self.columns {
                let first = column;
                while column < self.columns && wanted(row * self.columns + column) {
                    column += 1;
                }
                if first < column {
                    let (left, right) = (first * TILE.0, (column * TILE.0).min(self.picture.right));
                    let above = areas.iter_mut().find(|a| a.left == left && a.right == right && a.bottom == top);
                    match above {
                        Some(above) => above.bottom = bottom,
                        None => areas.push(Area { left, right, top, bottom }),
                    }
                }
                column += 1;
            }
        }
        areas
    }

    /// Paints an area, from the last piece on that hides everything below it there.
    pub(crate) fn paint(&self, canvas: &mut Canvas, textures: &BTreeMap<TextureId, Texture>, area: Area) {
        let pieces: Vec<&Piece> = if area == self.picture {
            self.pieces.iter().collect()
        } else {
            let tiles = tiles_of(area, self.columns).filter_map(|place| self.tiles.get(place));
            let mut places: Vec<usize> = tiles.flatten().copied().collect();
            places.sort_unstable();
            places.dedup();
            places.iter().filter_map(|place| self.pieces.get(*place)).collect()
        };
        let drawn: Vec<(&Piece, &Texture)> =
            pieces.into_iter().filter_map(|piece| Some((piece, textures.get(&piece.texture)?))).collect();
        let ground = drawn.iter().rposition(|(piece, texture)| piece.hides(texture, area));
        if ground.is_none() {
            canvas.clear(area);
        }
        for (piece, texture) in drawn.iter().skip(ground.unwrap_or_default()) {
            piece.paint(canvas, texture, area);
        }
    }
}

/// The tiles that an area has pixels of.
fn tiles_of(area: Area, columns: usize) -> impl Iterator<Item = usize> {
    let (left, right) = (area.left / TILE.0, area.right.div_ceil(TILE.0));
    let (top, bottom) = (area.top / TILE.1, area.bottom.div_ceil(TILE.1));
    (top..bottom).flat_map(move |row| (left..right).map(move |column| row * columns + column))
}
