//! Writes what three frames of the demo at 1920x1080 paint, for `tests/bench`: the review, and the result's code twice.
//!
//! Usage: `cargo run --package vitrine-app --example dump_frames -- FILE`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a tool of the benchmark says what went wrong by failing"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use egui::epaint::{ClippedPrimitive, Primitive};
use egui::{ColorImage, Context, FullOutput, ImageData, RawInput, TextureId};
use vitrine_app::model::Route;
use vitrine_app::raster::Rasteriser;
use vitrine_app::{DemoPace, Theme};

struct Player {
    app: vitrine_app::App,
    ctx: Context,
    raster: Rasteriser,
    textures: BTreeMap<u64, ColorImage>,
    now_ms: u64,
}

impl Player {
    fn frame(&mut self, ms: u64) -> Vec<ClippedPrimitive> {
        self.now_ms += ms;
        let time = Some(std::time::Duration::from_millis(self.now_ms).as_secs_f64());
        let input = RawInput { time, ..self.raster.input() };
        let FullOutput { mut textures_delta, shapes, pixels_per_point, .. } =
            self.ctx.run_ui(input, |ui| self.app.ui(ui));
        for (id, deltas) in std::mem::take(&mut textures_delta.set) {
            let TextureId::Managed(id) = id else { panic!("a texture of somebody else") };
            for delta in deltas {
                let ImageData::Color(image) = &delta.image;
                match delta.pos {
                    None => drop(self.textures.insert(id, (**image).clone())),
                    Some([left, top]) => replace(self.textures.get_mut(&id).unwrap(), left, top, image),
                }
            }
        }
        textures_delta.free.clear();
        self.ctx.tessellate(shapes, pixels_per_point)
    }

    fn until(&mut self, moment: impl Fn(&vitrine_app::model::Model) -> bool) -> Vec<ClippedPrimitive> {
        for _ in 0..20_000 {
            // The workers of a demo at human speed have their own time.
            std::thread::sleep(std::time::Duration::from_millis(3));
            let primitives = self.frame(33);
            if moment(self.app.model()) {
                return primitives;
            }
        }
        panic!("the demo does not go on at {:?}", self.app.model().route);
    }
}

fn replace(texture: &mut ColorImage, left: usize, top: usize, part: &ColorImage) {
    for row in 0..part.size[1] {
        let to = (top + row) * texture.size[0] + left;
        let from = row * part.size[0];
        texture.pixels[to..to + part.size[0]].copy_from_slice(&part.pixels[from..from + part.size[0]]);
    }
}

fn number(file: &mut Vec<u8>, number: usize) {
    file.extend(u32::try_from(number).unwrap().to_le_bytes());
}

fn floats(file: &mut Vec<u8>, floats: &[f32]) {
    floats.iter().for_each(|float| file.extend(float.to_le_bytes()));
}

/// All textures as they are now: places in them mean something else once they grow.
fn textures(file: &mut Vec<u8>, textures: &BTreeMap<u64, ColorImage>) {
    number(file, textures.len());
    for (id, image) in textures {
        number(file, usize::try_from(*id).unwrap());
        number(file, image.size[0]);
        number(file, image.size[1]);
        image.pixels.iter().for_each(|texel| file.extend(texel.to_array()));
    }
}

fn frame(file: &mut Vec<u8>, primitives: &[ClippedPrimitive]) {
    number(file, primitives.len());
    for ClippedPrimitive { clip_rect: clip, primitive } in primitives {
        let Primitive::Mesh(mesh) = primitive else { panic!("a primitive that is no mesh") };
        let TextureId::Managed(id) = mesh.texture_id else { panic!("a texture of somebody else") };
        floats(file, &[clip.left(), clip.top(), clip.right(), clip.bottom()]);
        number(file, usize::try_from(id).unwrap());
        number(file, mesh.vertices.len());
        for vertex in &mesh.vertices {
            floats(file, &[vertex.pos.x, vertex.pos.y, vertex.uv.x, vertex.uv.y]);
            file.extend(vertex.color.to_array());
        }
        number(file, mesh.indices.len());
        mesh.indices.iter().for_each(|index| file.extend(index.to_le_bytes()));
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("dump_frames FILE");
    let app = support::app(support::session(), Theme::Dark, Some(DemoPace::Human), support::Broken::Nothing);
    let ctx = Context::default();
    app.install(&ctx);
    let raster = Rasteriser::new(1920, 1080, 1.0);
    let mut player = Player { app, ctx, raster, textures: BTreeMap::new(), now_ms: 0 };
    let mut file = Vec::new();
    let review = player.until(|model| model.route == Route::Review && model.review.focus >= 2);
    textures(&mut file, &player.textures);
    frame(&mut file, &review);
    let first = player.until(|model| model.route == Route::Present && model.present.prepared.is_some());
    let before: Vec<[usize; 2]> = player.textures.values().map(|image| image.size).collect();
    let second = (0..40).map(|_| player.frame(33)).find(|frame| format!("{frame:?}") != format!("{first:?}"));
    let after: Vec<[usize; 2]> = player.textures.values().map(|image| image.size).collect();
    assert_eq!(player.app.model().route, Route::Present, "the code is still shown");
    assert_eq!(before, after, "places in textures mean the same in both frames");
    textures(&mut file, &player.textures);
    frame(&mut file, &first);
    frame(&mut file, &second.expect("the code changes"));
    std::fs::write(&path, file).unwrap();
    println!("{path}: {} textures, 3 frames", player.textures.len());
}
