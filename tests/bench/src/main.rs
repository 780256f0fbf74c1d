//! The rasteriser against `egui_software_backend` in its direct mode, which draws everything each time and alone draws it
//! right: the same meshes, one thread, turn by turn in the same run. Prints milliseconds of that thread's work, the median
//! of all turns, and ratios. Fails above the targets, and where both did not draw the same picture.
//!
//! Usage: `cargo run --release -- FILE`, with FILE from `cargo run --package vitrine-app --example dump_frames -- FILE`

use std::process::ExitCode;
use std::time::Duration;

use egui_software_backend::{BufferMutRef, ColorFieldOrder, EguiSoftwareRender};
use vitrine_raster::Rasteriser;

const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;
const TURNS: usize = 61;
/// Levels of a channel that rounding may make of a difference.
const ROUNDING: u8 = 8;
/// Pixels of a thousand that may differ by more, edges of triangles among them.
const DIFFERING_PER_MILLE: usize = 1;
/// Ratios that must not be exceeded: everything anew, and the next code.
const FULL: f64 = 0.55;
const CODE: f64 = 0.25;

struct File<'a>(&'a [u8]);

impl File<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let (bytes, rest) = self.0.split_first_chunk().expect("the file is cut off");
        self.0 = rest;
        *bytes
    }

    fn number(&mut self) -> usize {
        u32::from_le_bytes(self.bytes()) as usize
    }

    fn float(&mut self) -> f32 {
        f32::from_le_bytes(self.bytes())
    }
}

#[derive(Default)]
struct Frame {
    ours: Vec<egui::ClippedPrimitive>,
    theirs: Vec<theirs::ClippedPrimitive>,
}

fn frame(file: &mut File<'_>) -> Frame {
    let mut frame = Frame::default();
    for _ in 0..file.number() {
        let [left, top, right, bottom] = std::array::from_fn(|_| file.float());
        let texture = file.number() as u64;
        let vertices: Vec<([f32; 4], [u8; 4])> =
            (0..file.number()).map(|_| (std::array::from_fn(|_| file.float()), file.bytes())).collect();
        let indices: Vec<u32> = (0..file.number()).map(|_| u32::from_le_bytes(file.bytes())).collect();
        macro_rules! primitive {
            ($egui:ident) => {{
                let vertex = |([x, y, u, v], [r, g, b, a]): &([f32; 4], [u8; 4])| $egui::epaint::Vertex {
                    pos: $egui::pos2(*x, *y),
                    uv: $egui::pos2(*u, *v),
                    color: $egui::Color32::from_rgba_premultiplied(*r, *g, *b, *a),
                };
                $egui::ClippedPrimitive {
                    clip_rect: $egui::Rect::from_min_max($egui::pos2(left, top), $egui::pos2(right, bottom)),
                    primitive: $egui::epaint::Primitive::Mesh($egui::Mesh {
                        indices: indices.clone(),
                        vertices: vertices.iter().map(vertex).collect(),
                        texture_id: $egui::TextureId::Managed(texture),
                    }),
                }
            }};
        }
        frame.ours.push(primitive!(egui));
        frame.theirs.push(primitive!(theirs));
    }
    frame
}

fn textures(file: &mut File<'_>) -> (egui::TexturesDelta, theirs::TexturesDelta) {
    let (mut ours, mut for_them) = (egui::TexturesDelta::default(), theirs::TexturesDelta::default());
    for _ in 0..file.number() {
        let id = file.number() as u64;
        let size = [file.number(), file.number()];
        let texels: Vec<[u8; 4]> = (0..size[0] * size[1]).map(|_| file.bytes()).collect();
        macro_rules! delta {
            ($egui:ident) => {{
                let texel = |[r, g, b, a]: &[u8; 4]| $egui::Color32::from_rgba_premultiplied(*r, *g, *b, *a);
                let image = $egui::ColorImage::new(size, texels.iter().map(texel).collect());
                $egui::epaint::ImageDelta::full(image, $egui::TextureOptions::LINEAR)
            }};
        }
        ours.push(egui::TextureId::Managed(id), delta!(egui));
        for_them.set.push((theirs::TextureId::Managed(id), delta!(theirs)));
    }
    (ours, for_them)
}

/// How long this thread has worked. Time in which others had the processor does not count.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

struct Bench {
    ours: Rasteriser,
    theirs: EguiSoftwareRender,
    buffer: Vec<[u8; 4]>,
}

impl Bench {
    fn load(&mut self, (ours, for_them): (egui::TexturesDelta, theirs::TexturesDelta)) {
        self.ours.repaint_meshes(&[], ours, 1.0);
        let mut target = BufferMutRef::new(&mut self.buffer, WIDTH, HEIGHT);
        self.theirs.render(&mut target, &[], &for_them, 1.0);
    }

    fn ours(&mut self, frame: &Frame, everything: bool) -> Duration {
        let begun = worked();
        if everything {
            self.ours.forget_picture();
        }
        self.ours.repaint_meshes(&frame.ours, egui::TexturesDelta::default(), 1.0);
        worked() - begun
    }

    fn theirs(&mut self, frame: &Frame) -> Duration {
        let begun = worked();
        self.buffer.fill([0, 0, 0, 255]);
        let mut target = BufferMutRef::new(&mut self.buffer, WIDTH, HEIGHT);
        self.theirs.render(&mut target, &frame.theirs, &theirs::TexturesDelta::default(), 1.0);
        worked() - begun
    }

    /// How many pixels differ by more than rounding does: both must have drawn the same.
    fn differing(&self) -> usize {
        let ours = self.ours.rgb().as_chunks::<3>().0.iter();
        let far = |(one, other): (&[u8; 3], &[u8; 4])| {
            one.iter().zip(other).any(|(one, other)| one.abs_diff(*other) > ROUNDING)
        };
        ours.zip(&self.buffer).filter(|pair| far(*pair)).count()
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

fn compare(bench: &mut Bench, name: &str, frames: [&Frame; 2], everything: bool, most: f64) -> bool {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    let mut differing = 0;
    for turn in 0..TURNS {
        let frame = frames[turn % 2];
        ours.push(bench.ours(frame, everything));
        others.push(bench.theirs(frame));
        differing = bench.differing().max(differing);
    }
    let (ours, others) = (median(ours), median(others));
    let ratio = ours / others;
    let is_same = differing * 1_000 <= WIDTH * HEIGHT * DIFFERING_PER_MILLE;
    let missed = if ratio <= most { "" } else { "  ABOVE THE TARGET" };
    let unfair = if is_same { "" } else { "  NOT THE SAME PICTURE" };
    println!(
        "{name}: {ours:.2} ms, egui_software_backend {others:.2} ms, ratio {ratio:.3} (target {most}); at most {differing} of {} pixels differ{missed}{unfair}",
        WIDTH * HEIGHT
    );
    ratio <= most && is_same
}

fn main() -> ExitCode {
    let path = std::env::args().nth(1).expect("bench-frames FILE");
    let bytes = std::fs::read(path).expect("the file of frames");
    let mut file = File(&bytes);
    let mut bench = Bench {
        ours: Rasteriser::new(WIDTH, HEIGHT, 1.0),
        theirs: EguiSoftwareRender::new(ColorFieldOrder::Rgba).with_caching(false),
        buffer: vec![[0; 4]; WIDTH * HEIGHT],
    };
    bench.load(textures(&mut file));
    let review = frame(&mut file);
    let full = compare(&mut bench, "full redraw of the review", [&review, &review], true, FULL);
    bench.load(textures(&mut file));
    let (first, second) = (frame(&mut file), frame(&mut file));
    let code = compare(&mut bench, "next code of the result  ", [&first, &second], false, CODE);
    if full && code { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
