//! Reading a simulated film: our reader against plain rqrr, on the same frames, in one run.
//!
//! `cargo run --release -p vitrine-camera --example bench_reader [FRAMES]`. A frame counts as read when a symbol in it
//! says exactly what a code in front of the camera said. "Whole" frames are those that show one code alone.

use std::time::Instant;

use vitrine_camera::{Scene, SimulatedCamera};
use vitrine_qr::{FrameSource, LumaFrame, Modules, Reader, Symbol, read_independently};

type Failure = Box<dyn std::error::Error>;

const SEEDS: [u64; 3] = [1, 2, 3];

/// QR versions, and how many characters fill them (ISO/IEC 18004, alphanumeric, level L).
const DENSITIES: [(u8, usize); 4] = [(10, 395), (15, 758), (20, 1249), (25, 1853)];

/// How one reader did on some frames.
#[derive(Debug, Default, Clone)]
struct Score {
    millis: Vec<f64>,
    read: usize,
    whole: usize,
    whole_read: usize,
    wrong: usize,
}

fn main() -> Result<(), Failure> {
    let frames: usize = std::env::args().nth(1).map_or(Ok(90), |count| count.parse())?;
    println!("1280 x 720, 30 fps, 8 codes a second, {frames} frames of each of {} seeds", SEEDS.len());
    println!("scene    code  reader   read %  of whole %  wrong  ms median  ms p95  ms mean  read per s of work");
    for (name, scene) in [("ordinary", Scene::default()), ("bad day", Scene::hard())] {
        let mut all = [Score::default(), Score::default()];
        for (version, characters) in DENSITIES {
            let scores = compare(scene, version, characters, frames)?;
            for (sum, (score, reader)) in all.iter_mut().zip(scores.iter().zip(["vitrine", "rqrr"])) {
                score.print(name, &format!("v{version}"), reader);
                sum.add(score);
            }
        }
        let [ours, plain] = &all;
        ours.print(name, "all", "vitrine");
        plain.print(name, "all", "rqrr");
        ratios(name, ours, plain);
    }
    Ok(())
}

fn ratios(name: &str, ours: &Score, plain: &Score) {
    println!(
        "{name}: vitrine reads {:.2} times the frames of rqrr, in {:.2} of its time per frame (median), {:.2} (p95); {:.1} times the frames read per second of work",
        ours.read as f64 / plain.read.max(1) as f64,
        ours.percentile(50) / plain.percentile(50),
        ours.percentile(95) / plain.percentile(95),
        ours.rate() / plain.rate().max(f64::MIN_POSITIVE),
    );
}

fn compare(scene: Scene, version: u8, characters: usize, frames: usize) -> Result<[Score; 2], Failure> {
    let mut scores = [Score::default(), Score::default()];
    for seed in SEEDS {
        let texts: Vec<String> = (0..40).map(|number| text(seed, number, characters)).collect();
        let codes: Result<Vec<Modules>, _> =
            texts.iter().map(|text| Modules::encode_at_version(text, version)).collect();
        let mut camera = SimulatedCamera::new(codes?, Scene { seed, ..scene });
        let mut reader = Reader::new();
        for _ in 0..frames {
            let frame = camera.next_frame()?.ok_or("the film is over")?;
            let parts = camera.filmed().map_or(&[][..], |filmed| &filmed.parts);
            let shown: Vec<&str> = parts.iter().filter_map(|(part, _)| texts.get(*part)).map(String::as_str).collect();
            let [ours, plain] = &mut scores;
            ours.time(&shown, &frame, |frame| reader.read(frame));
            plain.time(&shown, &frame, read_independently);
        }
    }
    Ok(scores)
}

/// Letters that differ from part to part, as those of a UR do.
fn text(seed: u64, number: u64, characters: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number + 1).wrapping_mul(0xd134_2543_de82_ef95);
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'A' + ((state >> 40) % 26) as u8)
    };
    let head = format!("UR:CRYPTO-PSBT/{}-40/", number + 1);
    let tail: String = (head.len()..characters * 97 / 100).map(|_| letter()).collect();
    head + &tail
}

impl Score {
    fn time(&mut self, shown: &[&str], frame: &LumaFrame, read: impl FnOnce(&LumaFrame) -> Vec<Symbol>) {
        let start = Instant::now();
        let symbols = read(frame);
        self.millis.push(start.elapsed().as_secs_f64() * 1000.0);
        let is_shown = |symbol: &Symbol| shown.iter().any(|text| text.as_bytes() == symbol.bytes);
        let is_read = symbols.iter().any(is_shown);
        self.read += usize::from(is_read);
        self.wrong += symbols.iter().filter(|symbol| !is_shown(symbol)).count();
        if shown.len() == 1 {
            self.whole += 1;
            self.whole_read += usize::from(is_read);
        }
    }

    fn add(&mut self, other: &Self) {
        self.millis.extend_from_slice(&other.millis);
        self.read += other.read;
        self.whole += other.whole;
        self.whole_read += other.whole_read;
        self.wrong += other.wrong;
    }

    fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.millis.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
    }

    fn seconds(&self) -> f64 {
        self.millis.iter().sum::<f64>() / 1000.0
    }

    /// Frames read in a second of work.
    fn rate(&self) -> f64 {
        self.read as f64 / self.seconds().max(f64::MIN_POSITIVE)
    }

    fn print(&self, scene: &str, code: &str, reader: &str) {
        let frames = self.millis.len().max(1);
        println!(
            "{scene:<8} {code:>4}  {reader:<7} {:>6.1}  {:>10.1}  {:>5}  {:>9.1}  {:>6.1}  {:>7.1}  {:>18.1}",
            100.0 * self.read as f64 / frames as f64,
            100.0 * self.whole_read as f64 / self.whole.max(1) as f64,
            self.wrong,
            self.percentile(50),
            self.percentile(95),
            1000.0 * self.seconds() / frames as f64,
            self.rate(),
        );
    }
}
