//! The pen: every mark on the window is made by it, in a tone, a face and a size of the design language.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align, Color32, CornerRadius, Galley, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};

use crate::fonts::{self, Face};
use crate::icons::Icon;
use crate::tokens::{Theme, Tone, Type, size};

/// A face, a size and a tone to write with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// The typeface.
    pub face: Face,
    /// The size and the pitch of rows.
    pub kind: Type,
    /// The colour.
    pub tone: Tone,
    /// Extra space after each letter, in points.
    pub spacing: f32,
}

impl Ink {
    /// Sentences and labels, in `t1`.
    pub const fn text(kind: Type) -> Self {
        Self::of(Face::Text, kind)
    }

    /// Names and headings, in `t1`.
    pub const fn strong(kind: Type) -> Self {
        Self::of(Face::Strong, kind)
    }

    /// Addresses, amounts, hex, in `t1`.
    pub const fn data(kind: Type) -> Self {
        Self::of(Face::Data, kind)
    }

    /// Differences and key caps, in `t1`.
    pub const fn data_strong(kind: Type) -> Self {
        Self::of(Face::DataStrong, kind)
    }

    const fn of(face: Face, kind: Type) -> Self {
        Self { face, kind, tone: Tone::T1, spacing: 0.0 }
    }

    /// The same in another tone.
    pub const fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same with space after each letter.
    pub const fn spaced(self, spacing: f32) -> Self {
        Self { spacing, ..self }
    }
}

/// Paints on one layer of the window in the theme of its context.
pub struct Pen {
    painter: Painter,
    theme: Theme,
}

impl Pen {
    /// A pen for a part of the window, clipped as that part is.
    pub fn new(ui: &Ui) -> Self {
        Self { painter: ui.painter().clone(), theme: fonts::theme(ui.ctx()) }
    }

    /// A pen that leaves no marks: what it returns tells how much room things take.
    pub fn unseen(&self) -> Self {
        let mut painter = self.painter.clone();
        painter.set_invisible();
        Self { painter, theme: self.theme }
    }

    /// The same pen on a dark ground, whatever the theme: a device's screen is black.
    pub fn on_black(&self) -> Self {
        let theme = if self.theme == Theme::Light { Theme::Dark } else { self.theme };
        Self { painter: self.painter.clone(), theme }
    }

    /// The same pen, clipped to a rectangle.
    pub fn clipped(&self, rect: Rect) -> Self {
        Self { painter: self.painter.with_clip_rect(rect.intersect(self.painter.clip_rect())), theme: self.theme }
    }

    /// The tone's colour in the theme.
    pub const fn colour(&self, tone: Tone) -> Color32 {
        tone.colour(self.theme)
    }

    /// The theme painted in.
    pub const fn theme(&self) -> Theme {
        self.theme
    }

    /// The painter below, for pictures.
    pub const fn painter(&self) -> &Painter {
        &self.painter
    }

    /// Fills a rectangle; its edges fall on whole pixels.
    pub fn fill(&self, rect: Rect, tone: Tone) {
        self.fill_colour(rect, self.colour(tone));
    }

    /// Fills a rectangle with a colour that is no token, for pictures.
    pub fn fill_colour(&self, rect: Rect, colour: Color32) {
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(self.snap(rect), colour);
        self.painter.add(Shape::mesh(mesh));
    }

    /// Fills a rectangle with rounded corners.
    pub fn fill_round(&self, rect: Rect, radius: f32, tone: Tone) {
        self.painter.rect_filled(self.snap(rect), radius, self.colour(tone));
    }

    /// Strokes a frame inside a rectangle.
    pub fn frame(&self, rect: Rect, width: f32, radius: f32, tone: Tone) {
        let stroke = Stroke::new(width, self.colour(tone));
        self.painter.rect_stroke(self.snap(rect), radius, stroke, StrokeKind::Inside);
    }

    /// Fills a rectangle with rounded corners and strokes a 1 pt frame inside it.
    pub fn card(&self, rect: Rect, ground: Tone, edge: Tone) {
        self.fill_round(rect, size::CARD_RADIUS, ground);
        self.frame(rect, size::STROKE, size::CARD_RADIUS, edge);
    }

    /// Fills the left edge of a card, rounded where the card is.
    pub fn left_bar(&self, card: Rect, width: f32, tone: Tone) {
        let bar = Rect::from_min_max(card.min, pos2(card.left() + width, card.bottom()));
        let radius = CornerRadius { nw: 4, sw: 4, ne: 0, se: 0 };
        self.painter.rect_filled(self.snap(bar), radius, self.colour(tone));
    }

    /// Draws a dashed frame inside a rectangle.
    pub fn dashed(&self, rect: Rect, width: f32, tone: Tone) {
        let rect = self.snap(rect);
        let (dash, pause) = (width * 3.0, width * 2.0);
        for (from, to) in dashes(rect.left(), rect.right(), dash, pause) {
            self.fill(Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.top() + width)), tone);
            self.fill(Rect::from_min_max(pos2(from, rect.bottom() - width), pos2(to, rect.bottom())), tone);
        }
        for (from, to) in dashes(rect.top(), rect.bottom(), dash, pause) {
            self.fill(Rect::from_min_max(pos2(rect.left(), from), pos2(rect.left() + width, to)), tone);
            self.fill(Rect::from_min_max(pos2(rect.right() - width, from), pos2(rect.right(), to)), tone);
        }
    }

    /// A horizontal rule, 1 pt high, its upper edge at `y`.
    pub fn rule(&self, left: f32, right: f32, y: f32, tone: Tone) {
        self.fill(Rect::from_min_max(pos2(left, y), pos2(right, y + size::STROKE)), tone);
    }

    /// A vertical rule, 1 pt wide, its left edge at `x`.
    pub fn upright(&self, x: f32, top: f32, bottom: f32, tone: Tone) {
        self.fill(Rect::from_min_max(pos2(x, top), pos2(x + size::STROKE, bottom)), tone);
    }

    /// The focus ring: 2 pt of `act`, 2 pt outside its control.
    pub fn focus_ring(&self, control: Rect) {
        self.frame(control.expand(2.0 * size::FOCUS), size::FOCUS, size::CARD_RADIUS + size::FOCUS, Tone::Act);
    }

    /// Writes one row whose line box begins at `top`; returns where the text ends.
    pub fn line(&self, x: f32, top: f32, ink: Ink, text: &str) -> f32 {
        let galley = self.galley(ink, text, f32::INFINITY);
        let end = x + galley.size().x;
        self.place(pos2(x, top), galley);
        end
    }

    /// Writes one row that ends at `right`; returns where the text begins.
    pub fn line_right(&self, right: f32, top: f32, ink: Ink, text: &str) -> f32 {
        let galley = self.galley(ink, text, f32::INFINITY);
        let x = right - galley.size().x;
        self.place(pos2(x, top), galley);
        x
    }

    /// Writes one row centred on a point.
    pub fn line_centred(&self, centre: Pos2, ink: Ink, text: &str) {
        let galley = self.galley(ink, text, f32::INFINITY);
        self.place(centre - galley.size() / 2.0, galley);
    }

    /// Writes one row centred vertically on `y`; returns where the text ends.
    pub fn line_at(&self, x: f32, y: f32, ink: Ink, text: &str) -> f32 {
        self.line(x, y - ink.kind.pitch / 2.0, ink, text)
    }

    /// Writes one row on a baseline, so that sizes can stand beside each other; returns where the text ends.
    pub fn on_baseline(&self, x: f32, baseline: f32, ink: Ink, text: &str) -> f32 {
        let galley = self.galley(ink, text, f32::INFINITY);
        let end = x + galley.size().x;
        let ascent = galley.rows.first().and_then(|row| row.glyphs.first()).map_or(0.0, |glyph| glyph.pos.y);
        self.place(pos2(x, baseline - ascent), galley);
        end
    }

    /// Writes rows no wider than `width`, broken between words; returns their height.
    pub fn paragraph(&self, at: Pos2, width: f32, ink: Ink, text: &str) -> f32 {
        let galley = self.galley(ink, text, width);
        let height = galley.size().y;
        self.place(at, galley);
        height
    }

    /// The width of one row.
    pub fn width(&self, ink: Ink, text: &str) -> f32 {
        self.galley(ink, text, f32::INFINITY).size().x
    }

    /// The height of rows no wider than `width`.
    pub fn height(&self, width: f32, ink: Ink, text: &str) -> f32 {
        self.galley(ink, text, width).size().y
    }

    /// The advance of one character of the data face.
    pub fn advance(&self, kind: Type) -> f32 {
        self.painter.fonts_mut(|fonts| fonts.glyph_width(&Face::Data.at(kind.size), '0'))
    }

    /// Draws an icon centred on a point; `size` is the side of its square.
    pub fn icon(&self, centre: Pos2, size: f32, icon: Icon, tone: Tone) {
        let ink = Ink { face: icon.face(), kind: Type { size, pitch: size }, tone, spacing: 0.0 };
        let galley = self.galley(ink, icon.glyph().encode_utf8(&mut [0; 4]), f32::INFINITY);
        self.place(centre - vec2(size, size) / 2.0, galley);
    }

    /// Lays out text without painting it.
    pub fn galley(&self, ink: Ink, text: &str, width: f32) -> Arc<Galley> {
        let mut job = LayoutJob::simple_format(text.to_owned(), self.format(ink));
        job.wrap.max_width = width;
        self.painter.layout_job(job)
    }

    /// The ink as egui writes it.
    pub fn format(&self, ink: Ink) -> TextFormat {
        TextFormat {
            font_id: ink.face.at(ink.kind.size),
            extra_letter_spacing: ink.spacing,
            line_height: Some(ink.kind.pitch),
            color: self.colour(ink.tone),
            valign: Align::Center,
            ..TextFormat::default()
        }
    }

    /// Paints text that was laid out before.
    pub fn place(&self, at: Pos2, galley: Arc<Galley>) {
        if !galley.text().is_empty() {
            self.painter.galley(at, galley, self.colour(Tone::T1));
        }
    }

    /// The rectangle with its edges on whole pixels.
    pub fn snap(&self, rect: Rect) -> Rect {
        let scale = self.painter.pixels_per_point();
        let snap = |points: f32| (points * scale).round() / scale;
        Rect::from_min_max(pos2(snap(rect.left()), snap(rect.top())), pos2(snap(rect.right()), snap(rect.bottom())))
    }
}

/// Dashes between two ends: one at each end, whole ones between, the pauses stretched to fit.
fn dashes(from: f32, to: f32, dash: f32, pause: f32) -> impl Iterator<Item = (f32, f32)> {
    let length = (to - from).max(0.0);
    let steps = ((length - dash) / (dash + pause)).round().max(1.0);
    let step = (length - dash).max(0.0) / steps;
    (0u16..)
        .map(f32::from)
        .take_while(move |n| *n <= steps)
        .map(move |n| (from + n * step, (from + n * step + dash).min(to)))
}

/// What a component's height would be, without painting it.
///
/// Only for components that paint and return a height; a control would be registered twice.
pub fn measure(ui: &mut Ui, component: impl FnOnce(&mut Ui) -> f32) -> f32 {
    let mut unseen = ui.new_child(egui::UiBuilder::new().max_rect(ui.max_rect()).invisible());
    component(&mut unseen)
}
