//! Meshes: upright rectangles row by row, every other triangle by its spans.

use egui::epaint::{Mesh, Vertex};
use egui::{Color32, Pos2, Rect, TextureId};

use crate::fill::{self, Area, Canvas};
use crate::texture::{Texture, byte};

/// The smallest thing that is painted. Which colour it gives to a pixel depends on it and its texture alone, never on
/// which other pixels are painted with it.
#[derive(PartialEq)]
pub(crate) struct Piece {
    /// What it is painted with.
    pub(crate) texture: TextureId,
    /// No pixel outside is touched.
    clip: Area,
    form: Form,
}

#[derive(PartialEq)]
enum Form {
    Quad(Quad),
    Triangle([Vertex; 3]),
}

/// Takes a mesh apart; its positions are in points. Pieces that touch no pixel are left out.
pub(crate) fn take_apart(mesh: &Mesh, clip: Area, scale: f32, mut take: impl FnMut(Piece)) {
    let mut indices = mesh.indices.as_slice();
    let texture = mesh.texture_id;
    while let Some((triangle, after)) = indices.split_first_chunk::<3>() {
        let quad = after.split_first_chunk::<3>().and_then(|(second, rest)| {
            Some((Quad::of(corners(mesh, triangle, scale)?, corners(mesh, second, scale)?)?, rest))
        });
        let form = if let Some((quad, rest)) = quad {
            indices = rest;
            Some(Form::Quad(quad))
        } else {
            indices = after;
            corners(mesh, triangle, scale).map(Form::Triangle)
        };
        let piece = form.map(|form| Piece { texture, clip, form });
        if let Some(piece) = piece.filter(|piece| !piece.area().is_empty()) {
            take(piece);
        }
    }
}

impl Piece {
    /// The pixels that it may touch.
    pub(crate) fn area(&self) -> Area {
        match &self.form {
            Form::Quad(quad) => self.clip.covered(quad.rect),
            Form::Triangle([a, b, c]) => {
                let around = Rect::from_points(&[a.pos, b.pos, c.pos]);
                // One pixel more at each side than its corners reach, whatever they are rounded to.
                self.clip.covered(around.expand(1.0))
            }
        }
    }

    /// The part of the texture that it is painted with; both coordinates from 0 to 1.
    pub(crate) fn uv(&self) -> Rect {
        match &self.form {
            Form::Quad(quad) => quad.uv,
            Form::Triangle([a, b, c]) => Rect::from_points(&[a.uv, b.uv, c.uv]),
        }
    }

    /// Whether nothing below it shows in an area: it gives one opaque colour to each pixel there.
    pub(crate) fn hides(&self, texture: &Texture, area: Area) -> bool {
        match &self.form {
            Form::Quad(quad) => {
                quad.flat(texture).is_some_and(|colour| colour.is_opaque()) && self.area().contains(area)
            }
            Form::Triangle(_) => false,
        }
    }

    /// Paints those of its pixels that lie in an area.
    pub(crate) fn paint(&self, canvas: &mut Canvas, texture: &Texture, area: Area) {
        match &self.form {
            Form::Quad(quad) => quad.paint(canvas, texture, self.clip, area),
            Form::Triangle(corners) => Triangle::new(*corners).paint(canvas, texture, self.clip.shared(area)),
        }
    }
}

/// The corners of a triangle, their positions in pixels.
fn corners(mesh: &Mesh, triangle: &[u32; 3], scale: f32) -> Option<[Vertex; 3]> {
    let corner = |index: u32| {
        let vertex = *mesh.vertices.get(usize::try_from(index).ok()?)?;
        Some(Vertex { pos: (vertex.pos.to_vec2() * scale).to_pos2(), ..vertex })
    };
    let [first, second, third] = *triangle;
    Some([corner(first)?, corner(second)?, corner(third)?])
}

/// Two triangles that make an upright rectangle of one colour: every glyph, picture and filled rectangle is one.
#[derive(PartialEq)]
struct Quad {
    /// In pixels.
    rect: Rect,
    uv: Rect,
    colour: Color32,
}

impl Quad {
    fn of(first: [Vertex; 3], second: [Vertex; 3]) -> Option<Self> {
        Self::picture(first, second).or_else(|| Self::plain(first, second))
    }

    /// Corners in the order in which egui makes glyphs and pictures.
    fn picture([a, b, c]: [Vertex; 3], [c2, b2, d]: [Vertex; 3]) -> Option<Self> {
        let shared = c == c2 && b == b2 && a.color == d.color && a.color == b.color && a.color == c.color;
        let (rect, uv) = (Rect::from_min_max(a.pos, d.pos), Rect::from_min_max(a.uv, d.uv));
        let upright = b.pos == rect.right_top()
            && c.pos == rect.left_bottom()
            && b.uv == uv.right_top()
            && c.uv == uv.left_bottom();
        (shared && upright && rect.is_positive()).then_some(Self { rect, uv, colour: a.color })
    }

    /// Corners in any order, one colour, one texel: the inside of a filled rectangle. Its corners are rounded as those of
    /// triangles are, so that it meets the triangles around it.
    fn plain(first: [Vertex; 3], second: [Vertex; 3]) -> Option<Self> {
        let [Vertex { uv, color: colour, .. }, ..] = first;
        let same = |corner: &Vertex| corner.uv == uv && corner.color == colour;
        if !first.iter().chain(&second).all(same) {
            return None;
        }
        let (first, second) = (first.map(|corner| corner.pos), second.map(|corner| corner.pos));
        let around = Rect::from_points(&first);
        let all = [around.left_top(), around.right_top(), around.right_bottom(), around.left_bottom()];
        let half = |triangle: [Pos2; 3]| {
            let mut missing = (0..4usize).zip(all).filter(|(_, corner)| !triangle.contains(corner));
            let alone = (missing.next(), missing.next());
            let within = triangle.iter().all(|corner| all.contains(corner));
            if let ((Some((place, _)), None), true) = (alone, within) { Some(place) } else { None }
        };
        let is_whole = half(first)?.abs_diff(half(second)?) == 2;
        let rect = Rect::from_min_max(rounded(around.min)?, rounded(around.max)?);
        (is_whole && rect.is_positive()).then_some(Self { rect, uv: Rect::from_min_max(uv, uv), colour })
    }

    fn paint(&self, canvas: &mut Canvas, texture: &Texture, clip: Area, only: Area) {
        let whole = clip.covered(self.rect);
        let area = whole.shared(only);
        if let Some(colour) = self.flat(texture) {
            fill::area(canvas, area, colour);
        } else if let Some((left, top)) = self.whole_texels(texture, whole) {
            for row in area.top..area.bottom {
                let texels = texture.texels(left, top + (row - whole.top), whole.right - whole.left);
                let from = texels.and_then(|texels| texels.get(area.left - whole.left..));
                fill::through(canvas.span(row, area.left, area.right), from.unwrap_or_default(), self.colour);
            }
        } else {
            self.resample(canvas, texture, whole, area);
        }
    }

    /// Its colour, when it has one alone.
    fn flat(&self, texture: &Texture) -> Option<Color32> {
        (self.uv.min == self.uv.max).then(|| fill::product(texture.sample(self.uv.min), self.colour))
    }

    /// The texel at the area's corner, when pixels and texels coincide: so it is with glyphs.
    fn whole_texels(&self, texture: &Texture, area: Area) -> Option<(usize, usize)> {
        let (width, height) = texture.size();
        let size = self.uv.size() * egui::vec2(crate::length(width), crate::length(height));
        let same_size = (size - self.rect.size()).abs().max_elem() < 0.01;
        let at = self.uv_at(area.left, area.top);
        let (x, y) = (at.x * crate::length(width) - 0.5, at.y * crate::length(height) - 0.5);
        let whole = (x - x.round()).abs() < 0.01 && (y - y.round()).abs() < 0.01;
        (same_size && whole).then(|| Some((index(x)?, index(y)?)))?
    }

    /// The texture's place at the centre of a pixel.
    fn uv_at(&self, column: usize, row: usize) -> Pos2 {
        let centre = egui::pos2(crate::length(column) + 0.5, crate::length(row) + 0.5);
        let share = (centre - self.rect.min) / self.rect.size();
        self.uv.min + share * self.uv.size()
    }

    fn resample(&self, canvas: &mut Canvas, texture: &Texture, whole: Area, area: Area) {
        let step = self.uv.width() / self.rect.width();
        for row in area.top..area.bottom {
            let first = self.uv_at(whole.left, row);
            for (column, pixel) in (area.left - whole.left..).zip(canvas.span(row, area.left, area.right)) {
                let uv = egui::pos2(first.x + step * crate::length(column), first.y);
                fill::blend(pixel, fill::product(texture.sample(uv), self.colour));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count above")]
fn index(texel: f32) -> Option<usize> {
    (texel > -0.5).then_some(texel.round() as usize)
}

/// Fractions of a pixel in which corners are placed, as graphics hardware does: shared edges then leave no gap and no overlap.
const SUBPIXELS: i64 = 256;

/// An edge as a function that is positive inside: `across * x + down * y + constant`, in subpixels.
#[derive(Clone, Copy)]
struct Edge {
    across: i64,
    down: i64,
    constant: i64,
}

impl Edge {
    /// The edge from one corner to the next, the triangle at its positive side.
    ///
    /// A pixel centre on an edge belongs to the triangle whose upper or left edge it is.
    fn new(from: (i64, i64), to: (i64, i64)) -> Self {
        let (across, down) = (from.1 - to.1, to.0 - from.0);
        let belongs = across > 0 || (across == 0 && down > 0);
        let constant = -(across * from.0 + down * from.1) - i64::from(!belongs);
        Self { across, down, constant }
    }

    /// The columns whose centres are inside in a row, as far as this edge knows.
    fn columns(self, row: i64) -> (i64, i64) {
        let half = SUBPIXELS / 2;
        let at_zero = self.across * half + self.down * (row * SUBPIXELS + half) + self.constant;
        let step = self.across * SUBPIXELS;
        match step.signum() {
            1 => ((-at_zero).div_euclid(step) + i64::from((-at_zero).rem_euclid(step) > 0), i64::MAX),
            -1 => (i64::MIN, at_zero.div_euclid(-step) + 1),
            _ if at_zero >= 0 => (i64::MIN, i64::MAX),
            _ => (0, 0),
        }
    }
}

/// A triangle with colours and texture places at its corners.
struct Triangle {
    corners: [Vertex; 3],
    edges: [Edge; 3],
    rows: (i64, i64),
}

impl Triangle {
    fn new([a, b, c]: [Vertex; 3]) -> Self {
        let area = (b.pos - a.pos).x * (c.pos - a.pos).y - (b.pos - a.pos).y * (c.pos - a.pos).x;
        let [a, b, c] = if area < 0.0 { [a, c, b] } else { [a, b, c] };
        let (pa, pb, pc) = (subpixels(a.pos), subpixels(b.pos), subpixels(c.pos));
        let rows = (pa.1.min(pb.1).min(pc.1).div_euclid(SUBPIXELS), pa.1.max(pb.1).max(pc.1).div_euclid(SUBPIXELS) + 1);
        Self { corners: [a, b, c], edges: [Edge::new(pa, pb), Edge::new(pb, pc), Edge::new(pc, pa)], rows }
    }

    fn paint(&self, canvas: &mut Canvas, texture: &Texture, clip: Area) {
        let Some(ramp) = Ramp::new(&self.corners, texture) else { return };
        let (top, bottom) = (self.rows.0.max(whole(clip.top)), self.rows.1.min(whole(clip.bottom)));
        for row in top..bottom {
            let (mut left, mut right) = (whole(clip.left), whole(clip.right));
            for edge in self.edges {
                let (from, to) = edge.columns(row);
                (left, right) = (left.max(from), right.min(to));
            }
            if let (Ok(row), Ok(left), Ok(right)) =
                (usize::try_from(row), usize::try_from(left), usize::try_from(right))
            {
                ramp.paint(canvas.span(row, left, right), left, row, texture);
            }
        }
    }
}

fn whole(pixels: usize) -> i64 {
    i64::try_from(pixels).unwrap_or(i64::MAX)
}

/// Far outside of any picture, and far inside of what products of two places can hold.
const FAR: f32 = 1.0e6;

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "clamped, and 256 is exact")]
fn subpixels(at: Pos2) -> (i64, i64) {
    let place = |pixels: f32| (pixels.clamp(-FAR, FAR) * SUBPIXELS as f32).round() as i64;
    (place(at.x), place(at.y))
}

/// A place as [`subpixels`] rounds it, if it is so near that it is exact as a float.
#[expect(clippy::cast_precision_loss, reason = "below 2^24, and 256 is exact")]
fn rounded(at: Pos2) -> Option<Pos2> {
    let (x, y) = subpixels(at);
    let exact = x.abs().max(y.abs()) < 1 << 24;
    exact.then(|| egui::pos2(x as f32 / SUBPIXELS as f32, y as f32 / SUBPIXELS as f32))
}

/// How the colour changes over a triangle.
enum Ramp {
    /// One colour.
    Flat(Color32),
    /// Colours change, the texture does not: a value at the origin and its change a column and a row, channel by channel.
    Colour(Box<[[f32; 3]; 4]>),
    /// Colours and texture change: channels, then u and v.
    Textured(Box<[[f32; 3]; 6]>),
}

impl Ramp {
    fn new(corners: &[Vertex; 3], texture: &Texture) -> Option<Self> {
        let [a, b, c] = corners;
        let still = a.uv == b.uv && b.uv == c.uv;
        let texel = texture.sample(a.uv);
        if still && a.color == b.color && b.color == c.color {
            return Some(Self::Flat(fill::product(texel, a.color)));
        }
        let plane = Plane::new(corners)?;
        let colours =
            |corner: &Vertex| if still { fill::product(texel, corner.color) } else { corner.color }.to_array();
        let ([ra, ga, ba, aa], [rb, gb, bb, ab], [rc, gc, bc, ac]) = (colours(a), colours(b), colours(c));
        let channel = |x: u8, y: u8, z: u8| plane.through(f32::from(x), f32::from(y), f32::from(z));
        let (red, green) = (channel(ra, rb, rc), channel(ga, gb, gc));
        let (blue, alpha) = (channel(ba, bb, bc), channel(aa, ab, ac));
        if still {
            return Some(Self::Colour(Box::new([red, green, blue, alpha])));
        }
        let (u, v) = (plane.through(a.uv.x, b.uv.x, c.uv.x), plane.through(a.uv.y, b.uv.y, c.uv.y));
        Some(Self::Textured(Box::new([red, green, blue, alpha, u, v])))
    }

    fn paint(&self, span: &mut [[u8; 3]], left: usize, row: usize, texture: &Texture) {
        match self {
            Self::Flat(colour) => fill::solid(span, *colour),
            Self::Colour(ramp) => {
                for (column, pixel) in (left..).zip(span) {
                    fill::blend(pixel, colour(&ramp.map(|values| at(values, column, row))));
                }
            }
            Self::Textured(ramp) => {
                for (column, pixel) in (left..).zip(span) {
                    let [red, green, blue, alpha, u, v] = ramp.map(|values| at(values, column, row));
                    let texel = texture.sample(Pos2::new(u, v));
                    fill::blend(pixel, fill::product(texel, colour(&[red, green, blue, alpha])));
                }
            }
        }
    }
}

fn colour([red, green, blue, alpha]: &[f32; 4]) -> Color32 {
    Color32::from_rgba_premultiplied(byte(*red), byte(*green), byte(*blue), byte(*alpha))
}

/// The value at the centre of a pixel.
fn at([origin, across, down]: [f32; 3], column: usize, row: usize) -> f32 {
    origin + across * (crate::length(column) + 0.5) + down * (crate::length(row) + 0.5)
}

/// What a triangle's corners say about planes through them.
struct Plane {
    a: Pos2,
    ab: egui::Vec2,
    ac: egui::Vec2,
    area: f32,
}

impl Plane {
    fn new([a, b, c]: &[Vertex; 3]) -> Option<Self> {
        let (ab, ac) = (b.pos - a.pos, c.pos - a.pos);
        let area = ab.x * ac.y - ab.y * ac.x;
        (area.abs() > f32::EPSILON).then_some(Self { a: a.pos, ab, ac, area })
    }

    /// The value at the origin and its change a column and a row.
    fn through(&self, a: f32, b: f32, c: f32) -> [f32; 3] {
        let (to_b, to_c) = (b - a, c - a);
        let across = (to_b * self.ac.y - to_c * self.ab.y) / self.area;
        let down = (to_c * self.ab.x - to_b * self.ac.x) / self.area;
        [a - across * self.a.x - down * self.a.y, across, down]
    }
}
