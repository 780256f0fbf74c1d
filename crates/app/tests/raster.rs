//! What the rasteriser paints, pixel by pixel.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use egui::{Color32, ColorImage, Context, Rect, TextureOptions, pos2, vec2};

use vitrine_app::components::{QrPanel, qr_panel};
use vitrine_app::fonts::{self, Face};
use vitrine_app::raster::Rasteriser;
use vitrine_app::tokens::Theme;

fn painted(scale: f32, mut ui: impl FnMut(&mut egui::Ui)) -> Rasteriser {
    let ctx = Context::default();
    fonts::install(&ctx, Theme::Dark);
    let mut raster = Rasteriser::new(400, 300, scale);
    let output = ctx.run_ui(raster.input(), |root| ui(root));
    raster.paint(&ctx, output);
    raster
}

fn pixel(raster: &Rasteriser, x: usize, y: usize) -> [u8; 3] {
    let at = 3 * (y * raster.width() + x);
    [raster.rgb()[at], raster.rgb()[at + 1], raster.rgb()[at + 2]]
}

fn count(raster: &Rasteriser, wanted: impl Fn([u8; 3]) -> bool) -> usize {
    raster.rgb().as_chunks::<3>().0.iter().filter(|pixel| wanted(**pixel)).count()
}

#[test]
fn a_filled_rectangle_covers_its_pixels_and_no_other() {
    let rect = Rect::from_min_max(pos2(10.0, 20.0), pos2(30.0, 25.0));
    let raster = painted(1.0, |ui| {
        ui.painter().rect_filled(rect, 0.0, Color32::from_rgb(200, 100, 50));
    });
    assert_eq!(count(&raster, |pixel| pixel == [200, 100, 50]), 100);
    assert_eq!(count(&raster, |pixel| pixel != [0, 0, 0]), 100, "no pixel is half covered");
    assert_eq!(pixel(&raster, 10, 20), [200, 100, 50]);
    assert_eq!(pixel(&raster, 30, 20), [0, 0, 0]);
}

#[test]
fn half_transparent_paint_mixes_in_gamma_space() {
    let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(400.0, 300.0));
    let raster = painted(1.0, |ui| {
        ui.painter().rect_filled(rect, 0.0, Color32::from_rgb(100, 0, 200));
        ui.painter().rect_filled(rect, 0.0, Color32::from_rgba_premultiplied(128, 128, 128, 128));
    });
    assert_eq!(pixel(&raster, 200, 150), [178, 128, 228]);
}

#[test]
fn triangles_that_share_an_edge_leave_no_gap_and_no_overlap() {
    let half = Color32::from_rgba_premultiplied(100, 100, 100, 100);
    let raster = painted(1.0, |ui| {
        let mut mesh = egui::Mesh::default();
        let centre = pos2(200.3, 150.7);
        let rim = [pos2(20.0, 10.0), pos2(380.0, 33.0), pos2(350.5, 280.25), pos2(40.1, 290.0)];
        mesh.colored_vertex(centre, half);
        rim.iter().for_each(|corner| mesh.colored_vertex(*corner, half));
        (1..=4).for_each(|corner| mesh.add_triangle(0, corner, corner % 4 + 1));
        ui.painter().add(egui::Shape::mesh(mesh));
    });
    let covered = count(&raster, |pixel| pixel == [100, 100, 100]);
    assert_eq!(count(&raster, |pixel| pixel != [0, 0, 0]), covered, "every pixel was painted once");
    assert!((85_000..90_000).contains(&covered), "{covered}");
}

#[test]
fn a_rectangle_has_the_pixels_of_its_two_triangles() {
    let half = Color32::from_rgba_premultiplied(90, 60, 30, 100);
    let rectangles = |apart: bool| {
        painted(1.0, |ui| {
            for step in 0..120u16 {
                let number = f32::from(step);
                let at =
                    pos2(f32::from(step % 12) * 30.0 + number / 37.0, f32::from(step / 12) * 28.0 + number / 512.0);
                let rect = Rect::from_min_size(at, vec2(9.0 + number / 19.0, 7.0 + number / 256.0));
                let mut mesh = egui::Mesh::default();
                for corner in [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()] {
                    mesh.colored_vertex(corner, half);
                }
                mesh.add_triangle(1, 0, 2);
                // A triangle without an inside between them: each is then painted by itself.
                (0..usize::from(apart)).for_each(|_| mesh.add_triangle(0, 0, 0));
                mesh.add_triangle(2, 0, 3);
                ui.painter().add(egui::Shape::mesh(mesh));
            }
        })
    };
    let whole = rectangles(false);
    assert!(whole.rgb() == rectangles(true).rgb());
    assert!(count(&whole, |pixel| pixel == [90, 60, 30]) > 120 * 60);
}

#[test]
fn nothing_is_painted_outside_the_clip_rectangle() {
    let clip = Rect::from_min_max(pos2(50.0, 60.0), pos2(70.0, 90.0));
    let raster = painted(1.0, |ui| {
        let painter = ui.painter().with_clip_rect(clip);
        painter.rect_filled(Rect::EVERYTHING.intersect(ui.max_rect()), 0.0, Color32::WHITE);
        painter.circle_filled(pos2(60.0, 70.0), 100.0, Color32::WHITE);
    });
    assert_eq!(count(&raster, |pixel| pixel != [0, 0, 0]), 20 * 30);
    assert_eq!(pixel(&raster, 50, 60), [255; 3]);
    assert_eq!(pixel(&raster, 70, 89), [0; 3]);
}

#[test]
fn text_is_drawn_where_it_was_asked_for() {
    let raster = painted(1.0, |ui| {
        let font = Face::Data.at(28.0);
        ui.painter().text(pos2(20.0, 20.0), egui::Align2::LEFT_TOP, "bc1q0l", font, Color32::WHITE);
    });
    let ink: usize = raster.rgb().iter().step_by(3).map(|red| usize::from(*red)).sum::<usize>() / 255;
    assert!((400..900).contains(&ink), "six characters of 28 points cover {ink} pixels");
    assert!(count(&raster, |pixel| pixel == [255; 3]) > 100, "stems are solid");
}

#[test]
fn a_changed_texture_is_never_shown_as_it_was() {
    let ctx = Context::default();
    fonts::install(&ctx, Theme::Dark);
    let mut raster = Rasteriser::new(64, 64, 1.0);
    let mut texture = None;
    for (turn, level) in [10u8, 200, 60].into_iter().enumerate() {
        let output = ctx.run_ui(raster.input(), |ui| {
            let image = ColorImage::filled([8, 8], Color32::from_gray(level));
            let options = TextureOptions::NEAREST;
            let texture = texture.get_or_insert_with(|| ui.ctx().load_texture("part", image.clone(), options));
            if turn > 0 {
                texture.set(image, options);
            }
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(64.0, 64.0));
            ui.painter().image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        });
        raster.paint(&ctx, output);
        assert_eq!(count(&raster, |pixel| pixel == [level; 3]), 64 * 64, "frame {turn}");
    }
}

#[test]
fn a_part_of_a_texture_is_replaced_in_place() {
    let ctx = Context::default();
    let mut raster = Rasteriser::new(8, 8, 1.0);
    let mut texture = None;
    for turn in 0..2 {
        let output = ctx.run_ui(raster.input(), |ui| {
            let black = ColorImage::filled([8, 8], Color32::from_gray(9));
            let texture = texture.get_or_insert_with(|| ui.ctx().load_texture("t", black, TextureOptions::LINEAR));
            if turn == 1 {
                texture.set_partial([2, 3], ColorImage::filled([4, 2], Color32::WHITE), TextureOptions::LINEAR);
            }
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(8.0, 8.0));
            ui.painter().image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        });
        raster.paint(&ctx, output);
    }
    assert_eq!(count(&raster, |pixel| pixel == [255; 3]), 8);
    assert_eq!(pixel(&raster, 2, 3), [255; 3]);
    assert_eq!(pixel(&raster, 5, 4), [255; 3]);
    assert_eq!(pixel(&raster, 6, 4), [9; 3]);
}

#[test]
fn a_picture_between_texels_is_a_mix_of_its_neighbours() {
    let raster = painted(1.0, |ui| {
        let image = ColorImage::new([2, 1], vec![Color32::BLACK, Color32::WHITE]);
        let texture = ui.ctx().load_texture("two", image, TextureOptions::LINEAR);
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(8.0, 1.0));
        ui.painter().image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    });
    let row: Vec<u8> = (0..8).map(|x| pixel(&raster, x, 0)[0]).collect();
    assert_eq!(row, [0, 0, 32, 96, 159, 223, 255, 255]);
}

#[test]
fn a_code_on_the_screen_is_read_by_another_reader() {
    for scale in [1.0, 1.5, 2.0] {
        let modules = vitrine_qr::Modules::encode("UR:CRYPTO-PSBT/1-3/LPADAXCFAXIACYVWHDFHNDHKADCLHKAXHNLKKO").unwrap();
        let area = Rect::from_min_size(pos2(3.3, 2.7), vec2(140.0, 143.0));
        let raster = painted(scale, |ui| {
            qr_panel(ui, area, &QrPanel { modules: &modules });
        });
        let grey = raster.rgb().iter().step_by(3).copied().collect();
        let frame = vitrine_qr::LumaFrame::new(400, 300, grey).unwrap();
        let symbols = vitrine_qr::read_independently(&frame);
        assert_eq!(symbols.len(), 1, "at {scale}");
        assert!(symbols[0].bytes.starts_with(b"UR:CRYPTO-PSBT/1-3/"));
        let grey_edges = count(&raster, |pixel| pixel != [255; 3] && pixel != [0; 3] && pixel != [5, 6, 7]);
        assert_eq!(grey_edges, 0, "every module is whole pixels at {scale}");
    }
}

#[test]
fn a_picture_becomes_a_file_of_its_own_size() {
    let raster = painted(1.0, |_| {});
    let decoder = png::Decoder::new(std::io::Cursor::new(raster.png()));
    let reader = decoder.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (400, 300));
}
