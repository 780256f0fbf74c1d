//! Frames that a receiver needs who joins a UR in the middle, ours against the decoder of the `ur` crate.
//!
//! Both hear the same parts: 10 kB in fragments of 400 bytes, in the order of other encoders (pure parts once, then
//! mixed ones) and in ours (pure and mixed in turn), from a random place, some lost at random. Counted are the frames
//! shown, lost ones among them, until the message is complete.

use std::process::ExitCode;

use vitrine_qr::{Assembler, PartStream, Payload, PayloadKind, Transport, UrType};

const SEEDS: u64 = 200;
const BYTES: usize = 10_000;
const FRAGMENT: usize = 400;
const TRANSPORT: Transport = Transport::Ur { ur_type: UrType::Bytes };

/// SplitMix64: seeds must give the same figures on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

#[derive(Clone, Copy)]
enum Order {
    PureThenMixed,
    Alternating,
}

/// What to feed, and how many frames it took; frames are counted up to a bound that none should reach.
fn frames(parts: impl Iterator<Item = String>, loss: u64, seed: u64, mut done: impl FnMut(&str) -> bool) -> u64 {
    let mut random = Random(seed ^ 0x1055);
    let mut shown = 0;
    for part in parts.take(4000) {
        shown += 1;
        if random.below(100) >= loss && done(&part) {
            break;
        }
    }
    shown
}

fn payload(seed: u64) -> Payload {
    let mut random = Random(seed);
    let bytes = (0..BYTES).map(|_| random.next().to_le_bytes()[0]).collect();
    Payload { kind: PayloadKind::Bytes, transport: TRANSPORT, bytes }
}

/// The parts from a random place within the first two rounds.
fn parts(order: Order, payload: &Payload, seed: u64) -> Option<Box<dyn Iterator<Item = String>>> {
    let mut ours = PartStream::new(payload, &TRANSPORT, FRAGMENT).ok()?;
    let count = ours.pure_count();
    let join = 1 + Random(seed ^ 0x901f).below(2 * count as u64) as usize;
    Some(match order {
        Order::Alternating => Box::new(std::iter::repeat_with(move || ours.next_part()).skip(join)),
        Order::PureThenMixed => {
            let message = minicbor::to_vec(minicbor::bytes::ByteVec::from(payload.bytes.clone())).ok()?;
            let mut theirs = ur::Encoder::bytes(&message, FRAGMENT).ok()?;
            Box::new(std::iter::from_fn(move || theirs.next_part().ok()).skip(join))
        }
    })
}

/// Frames needed by our assembler and by the other decoder.
fn measure(order: Order, loss: u64, seed: u64) -> Option<(u64, u64)> {
    let payload = payload(seed);
    let mut assembler = Assembler::new();
    let ours = frames(parts(order, &payload, seed)?, loss, seed, |part| {
        assembler.receive(part.as_bytes());
        assembler.payload().is_some()
    });
    let mut decoder = ur::Decoder::default();
    let theirs =
        frames(parts(order, &payload, seed)?, loss, seed, |part| decoder.receive(part).is_ok() && decoder.complete());
    (assembler.payload()?.bytes == payload.bytes).then_some((ours, theirs))
}

fn summary(mut frames: Vec<u64>) -> (f64, u64) {
    frames.sort_unstable();
    let mean = frames.iter().sum::<u64>() as f64 / frames.len().max(1) as f64;
    let p95 = frames.get(frames.len() * 95 / 100).copied().unwrap_or(0);
    (mean, p95)
}

fn main() -> ExitCode {
    println!(
        "UR, {BYTES} bytes in fragments of {FRAGMENT}, joined mid-stream, {SEEDS} seeds; frames shown until complete"
    );
    println!("{:<16} {:>5}  {:>14}  {:>14}  {:>6}", "order", "loss", "ours mean/p95", "ur mean/p95", "ratio");
    for (name, order) in [("pure then mixed", Order::PureThenMixed), ("alternating", Order::Alternating)] {
        for loss in [0, 10, 30] {
            let measured: Option<Vec<(u64, u64)>> = (0..SEEDS).map(|seed| measure(order, loss, seed)).collect();
            let Some(measured) = measured else {
                eprintln!("a message did not arrive as it was sent");
                return ExitCode::FAILURE;
            };
            let (ours, theirs): (Vec<u64>, Vec<u64>) = measured.into_iter().unzip();
            let ((our_mean, our_p95), (their_mean, their_p95)) = (summary(ours), summary(theirs));
            let (ours, theirs) = (format!("{our_mean:.1} / {our_p95}"), format!("{their_mean:.1} / {their_p95}"));
            println!("{name:<16} {loss:>4}%  {ours:>14}  {theirs:>14}  {:>6.2}", their_mean / our_mean);
        }
    }
    ExitCode::SUCCESS
}
