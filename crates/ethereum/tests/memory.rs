//! What a review takes: memory in proportion to the request, whatever it asks for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;
mod hostile;
mod town;

use hostile::{Hostile, surroundings};
use peak_alloc::PeakAlloc;
use vitrine_ethereum::{Surroundings, decode};
use vitrine_review::Context;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Most bytes that a review of the largest request may allocate at once.
const MOST: usize = 64 << 20;

/// What a review holds, and the most that was allocated at once while it was made.
#[derive(Debug)]
struct Taken {
    bytes: usize,
    fields: usize,
    owners: usize,
    findings: usize,
    effects: usize,
    peak: usize,
}

fn taken(request: &Hostile, known: &Surroundings) -> Taken {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let decoded = decode(&request.bytes, request.form).unwrap_or_else(|error| panic!("{}: {error}", request.name));
    let checked = decoded.check(known).unwrap_or_else(|error| panic!("{}: {error}", request.name));
    let review = checked.review(&Context::default());
    let peak = MEMORY.peak_usage().saturating_sub(before);
    Taken {
        bytes: request.bytes.len(),
        fields: review.document().fields().count(),
        owners: review.account().owners().len(),
        findings: review.findings().len(),
        effects: review.effects().list.len(),
        peak,
    }
}

/// The only test here: what is counted is all that the process allocates.
#[test]
fn what_a_review_takes_grows_with_the_request_alone() {
    let known = surroundings(10_000);
    let (halves, wholes) = (hostile::all(4), hostile::all(8));
    let _ = taken(&halves[0], &known); // What is made once is made now.
    for (half, whole) in halves.iter().zip(&wholes) {
        let (a, b) = (taken(half, &known), taken(whole, &known));
        println!("{}: {b:?}", whole.name);
        let counts = [(a.fields, b.fields), (a.owners, b.owners), (a.findings, b.findings), (a.effects, b.effects)];
        for (few, many) in counts {
            assert!(many <= 2 * few + 32, "{}: {a:?} {b:?}", whole.name);
        }
        assert!(b.peak <= a.peak * 9 / 4 + (1 << 20), "{}: {a:?} {b:?}", whole.name);
        assert!(b.bytes <= 1 << 20 && b.peak <= MOST, "{}: {b:?}", whole.name);
    }
}
