//! Painting where something differs gives the picture of painting everything.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use egui::{Align2, Color32, ColorImage, Context, Pos2, Rect, Shape, TextureHandle, TextureOptions, pos2, vec2};

use vitrine_app::fonts::{self, Face};
use vitrine_app::raster::{Area, Rasteriser};
use vitrine_app::tokens::Theme;

const SIZE: (usize, usize) = (500, 300);

/// Numbers that look random and are the same each time (Knuth's multiplier).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn length(&mut self, most: u16) -> f32 {
        f32::from(u16::try_from(self.roll(u64::from(most) * 4)).unwrap()) / 4.0
    }

    fn place(&mut self) -> Pos2 {
        pos2(self.length(520) - 10.0, self.length(320) - 10.0)
    }

    fn colour(&mut self) -> Color32 {
        let mut channel = || u8::try_from(self.roll(256)).unwrap();
        let (red, green, blue, alpha) = (channel(), channel(), channel(), channel());
        let alpha = if alpha > 90 { 255 } else { alpha };
        Color32::from_rgba_unmultiplied(red, green, blue, alpha)
    }

    fn rect(&mut self) -> Rect {
        Rect::from_min_size(self.place(), vec2(self.length(160) + 1.0, self.length(90) + 1.0))
    }

    fn picture(&mut self, side: usize) -> ColorImage {
        ColorImage::new([side, side], (0..side * side).map(|_| self.colour()).collect())
    }
}

#[derive(Clone)]
enum Thing {
    Filled(Rect, f32, Color32),
    Stroke(Rect, f32, Color32),
    Circle(Pos2, f32, Color32),
    Text(Pos2, String, f32, Color32),
    Picture(usize, Rect, Color32),
    Clipped(Rect, Rect, Color32),
}

fn thing(dice: &mut Dice) -> Thing {
    match dice.roll(7) {
        0 => Thing::Filled(dice.rect(), 0.0, dice.colour()),
        1 => Thing::Filled(dice.rect(), dice.length(12), dice.colour()),
        2 => Thing::Stroke(dice.rect(), dice.length(5), dice.colour()),
        3 => Thing::Circle(dice.place(), dice.length(60), dice.colour()),
        4 => {
            let letters = (0..=dice.roll(9)).map(|_| char::from(b'!' + u8::try_from(dice.roll(90)).unwrap())).collect();
            Thing::Text(dice.place(), letters, 9.0 + dice.length(30), dice.colour())
        }
        5 => {
            let which = usize::from(dice.roll(2) == 0);
            let tint = if dice.roll(2) == 0 { Color32::WHITE } else { dice.colour() };
            Thing::Picture(which, dice.rect(), tint)
        }
        _ => Thing::Clipped(dice.rect(), dice.rect(), dice.colour()),
    }
}

fn show(ui: &egui::Ui, thing: &Thing, textures: &[TextureHandle]) {
    let painter = ui.painter();
    match thing {
        Thing::Filled(rect, radius, colour) => drop(painter.rect_filled(*rect, *radius, *colour)),
        Thing::Stroke(rect, width, colour) => {
            painter.add(Shape::rect_stroke(*rect, 3.0, (*width, *colour), egui::StrokeKind::Middle));
        }
        Thing::Circle(centre, radius, colour) => drop(painter.circle_filled(*centre, *radius, *colour)),
        Thing::Text(at, text, size, colour) => {
            painter.text(*at, Align2::LEFT_TOP, text, egui::FontId::new(*size, Face::Text.family()), *colour);
        }
        Thing::Picture(which, rect, tint) => {
            let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
            painter.image(textures[*which].id(), *rect, whole, *tint);
        }
        Thing::Clipped(clip, rect, colour) => {
            painter.with_clip_rect(*clip).circle_filled(rect.center(), 40.0, *colour);
        }
    }
}

/// One change of what is shown, of every kind that screens make.
fn change(dice: &mut Dice, things: &mut Vec<Thing>, textures: &mut [TextureHandle]) {
    let at = usize::try_from(dice.roll(things.len() as u64 + 1)).unwrap();
    match dice.roll(6) {
        0 if things.len() < 40 => things.insert(at, thing(dice)),
        1 if at < things.len() => drop(things.remove(at)),
        2 => {
            let options = if dice.roll(2) == 0 { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
            textures[0].set(dice.picture(21), options);
        }
        3 => {
            let corner = [usize::try_from(dice.roll(12)).unwrap(), usize::try_from(dice.roll(12)).unwrap()];
            textures[1].set_partial(corner, dice.picture(4), TextureOptions::LINEAR);
        }
        4 => {}
        _ if at < things.len() => things[at] = thing(dice),
        _ => things.push(thing(dice)),
    }
}

fn assert_covered(before: &[u8], after: &[u8], areas: &[Area], frame: usize) {
    let pixels = before.as_chunks::<3>().0.iter().zip(after.as_chunks::<3>().0);
    for (place, _) in pixels.enumerate().filter(|(_, (before, after))| before != after) {
        let (x, y) = (place % SIZE.0, place / SIZE.0);
        let inside = |area: &Area| (area.left..area.right).contains(&x) && (area.top..area.bottom).contains(&y);
        assert_eq!(areas.iter().filter(|area| inside(area)).count(), 1, "frame {frame}: {x}, {y} in {areas:?}");
    }
}

fn random_frames(seed: u64, scale: f32) -> usize {
    let mut dice = Dice(seed);
    let ctx = Context::default();
    fonts::install(&ctx, Theme::Dark);
    let (mut by_parts, mut whole) = (Rasteriser::new(SIZE.0, SIZE.1, scale), Rasteriser::new(SIZE.0, SIZE.1, scale));
    let picture =
        |side: usize, dice: &mut Dice| ctx.load_texture(format!("{side}"), dice.picture(side), TextureOptions::LINEAR);
    let mut textures = [picture(21, &mut dice), picture(16, &mut dice)];
    let mut things: Vec<Thing> = (0..25).map(|_| thing(&mut dice)).collect();
    let mut partly = 0;
    for frame in 0..60 {
        if dice.roll(40) == 0 {
            textures[0] = picture(21, &mut dice);
        }
        for _ in 0..dice.roll(3) {
            change(&mut dice, &mut things, &mut textures);
        }
        let output = ctx.run_ui(by_parts.input(), |ui| things.iter().for_each(|thing| show(ui, thing, &textures)));
        let before = by_parts.rgb().to_vec();
        whole.paint(&ctx, output.clone());
        let areas = by_parts.repaint(&ctx, output);
        assert!(by_parts.rgb() == whole.rgb(), "frame {frame} of seed {seed} at {scale}");
        assert_covered(&before, by_parts.rgb(), &areas, frame);
        let painted: usize = areas.iter().map(|area| area.pixels()).sum();
        partly += usize::from(painted < SIZE.0 * SIZE.1);
    }
    partly
}

#[test]
fn what_is_painted_in_parts_is_what_is_painted_whole() {
    let mut partly = 0;
    for (seed, scale) in (1..=12).zip([1.0, 1.25, 1.5, 2.0].into_iter().cycle()) {
        partly += random_frames(seed, scale);
    }
    assert!(partly > 300, "of 720 frames only {partly} were painted in parts");
}

#[test]
fn a_still_frame_is_not_painted_again_and_a_texture_sent_again_is() {
    let ctx = Context::default();
    let mut raster = Rasteriser::new(SIZE.0, SIZE.1, 1.0);
    let mut texture = ctx.load_texture("code", ColorImage::filled([8, 8], Color32::RED), TextureOptions::NEAREST);
    let rect = Rect::from_min_size(pos2(200.0, 100.0), vec2(40.0, 40.0));
    let frame = |raster: &mut Rasteriser, texture: &TextureHandle| {
        let output = ctx.run_ui(raster.input(), |ui| {
            ui.painter().image(texture.id(), rect, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
        });
        raster.repaint(&ctx, output)
    };
    assert_eq!(frame(&mut raster, &texture), [Area { left: 0, right: 500, top: 0, bottom: 300 }]);
    assert_eq!(frame(&mut raster, &texture), []);
    texture.set(ColorImage::filled([8, 8], Color32::BLUE), TextureOptions::NEAREST);
    assert_eq!(frame(&mut raster, &texture), [Area { left: 192, right: 256, top: 96, bottom: 160 }]);
    let at = 3 * (120 * SIZE.0 + 220);
    assert_eq!(raster.rgb()[at..at + 3], [0, 0, 255]);
    raster.forget_picture();
    assert_eq!(frame(&mut raster, &texture).len(), 1);
    raster.resize(100, 50, 2.0);
    assert_eq!(frame(&mut raster, &texture), [Area { left: 0, right: 100, top: 0, bottom: 50 }]);
}
