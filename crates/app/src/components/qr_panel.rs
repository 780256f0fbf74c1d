//! A QR code in whole pixels: black on white in every theme, four modules of quiet zone.

use egui::epaint::Mesh;
use egui::{Pos2, Rect, Shape, Ui, Vec2, pos2, vec2};
use vitrine_qr::Modules;

use super::address::count;
use super::pen::Pen;
use crate::tokens::Tone;

/// Modules of light border on each side (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// A code to show.
pub struct QrPanel<'a> {
    /// Its modules.
    pub modules: &'a Modules,
}

/// The largest whole number of pixels per module with which the code and its quiet zone fit.
///
/// `points` is the smaller side of the room, `scale` the pixels per point. Zero when not even one pixel fits.
pub fn qr_module_px(points: f32, scale: f32, modules: &Modules) -> usize {
    let side = modules.size() + 2 * QUIET_ZONE;
    let room = (points * scale).floor();
    (1..=64).take_while(|pixels| count(side * pixels) <= room).last().unwrap_or(0)
}

/// Paints the code in the middle of a rectangle with the surround around it; returns the white square and the pixels per module.
///
/// Where not even one pixel per module fits, nothing is painted but the surround.
pub fn qr_panel(ui: &mut Ui, rect: Rect, view: &QrPanel<'_>) -> (Rect, usize) {
    let pen = Pen::new(ui);
    pen.fill(rect, Tone::QrSurround);
    let scale = ui.ctx().pixels_per_point();
    let module_px = qr_module_px(rect.width().min(rect.height()), scale, view.modules);
    let side = count((view.modules.size() + 2 * QUIET_ZONE) * module_px) / scale;
    let corner = whole_pixel(rect.center() - vec2(side, side) / 2.0, scale);
    let square = Rect::from_min_size(corner, vec2(side, side));
    pen.fill(square, Tone::White);
    let mut mesh = Mesh::default();
    for (x, y, run) in dark_runs(view.modules) {
        let module = count(module_px) / scale;
        let at = corner + vec2(count(x + QUIET_ZONE), count(y + QUIET_ZONE)) * module;
        mesh.add_colored_rect(Rect::from_min_size(at, Vec2::new(count(run) * module, module)), pen.colour(Tone::Black));
    }
    pen.painter().add(Shape::mesh(mesh));
    (square, module_px)
}

fn whole_pixel(at: Pos2, scale: f32) -> Pos2 {
    pos2((at.x * scale).round() / scale, (at.y * scale).round() / scale)
}

/// Runs of dark modules in a row: column, row, length.
fn dark_runs(modules: &Modules) -> Vec<(usize, usize, usize)> {
    let mut runs = Vec::new();
    for y in 0..modules.size() {
        let mut x = 0;
        while x < modules.size() {
            let run = (x..modules.size()).take_while(|column| modules.is_dark(*column, y)).count();
            if run > 0 {
                runs.push((x, y, run));
            }
            x += run + 1;
        }
    }
    runs
}
