//! No change of what is signed goes unseen: every single-bit flip of varied requests is refused, or changes an effect
//! or a named field. Digests, computed hashes and raw bytes do not count as a change that a person sees.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod town;

use std::collections::BTreeMap;
use std::thread;

use town::requests::{Sample, samples, surroundings};
use vitrine_ethereum::alloy_primitives::B256;
use vitrine_ethereum::{RequestForm, Surroundings, decode};
use vitrine_review::{Context, Review, Severity, Value};

/// What a person sees of a request, and the hash that is signed.
struct Seen {
    hash: B256,
    refused: bool,
    named: BTreeMap<String, String>,
}

fn seen(bytes: &[u8], sample: &Sample, surroundings: &Surroundings) -> Option<Seen> {
    let checked = decode(bytes, sample.form).ok()?.check(surroundings).ok()?;
    let review = checked.review(&Context::default());
    let refused = review.findings().worst().is_some_and(|worst| worst >= Severity::Restricted);
    Some(Seen { hash: checked.signable().hash(), refused, named: named(&review) })
}

fn named(review: &Review) -> BTreeMap<String, String> {
    let fields = review.document().fields();
    let counts = |value: &Value, computed: bool| {
        !(matches!(value, Value::Bytes(_)) || computed && matches!(value, Value::Hash(_)))
    };
    let fields = fields.filter(|field| counts(&field.value, field.proof.code() == "computed"));
    let mut named: BTreeMap<String, String> = fields.map(|f| (f.code.clone(), f.value.to_text())).collect();
    named.extend(review.effects().list.iter().map(|effect| (effect.role.clone(), effect.sentence.clone())));
    named
}

#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    refused: usize,
    changed: usize,
    same_signature: usize,
    escaped: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.refused += other.refused;
        self.changed += other.changed;
        self.same_signature += other.same_signature;
        self.escaped += other.escaped;
    }
}

/// Counts what became of a changed request.
fn compare(changed: Option<Seen>, original: &Seen, what: &str) -> Counts {
    let mut counts = Counts::default();
    match changed {
        None => counts.refused = 1,
        Some(seen) if seen.refused => counts.refused = 1,
        Some(seen) if seen.named != original.named => counts.changed = 1,
        Some(seen) if seen.hash == original.hash => counts.same_signature = 1,
        Some(_) => {
            counts.escaped = 1;
            println!("{what}: what is signed changes, and nobody sees it");
        }
    }
    counts
}

fn flip_every_bit(sample: &Sample, surroundings: &Surroundings) -> Counts {
    let original = seen(&sample.bytes, sample, surroundings).unwrap_or_else(|| panic!("{} is not read", sample.name));
    assert!(!original.refused, "{} is refused already", sample.name);
    let mut counts = Counts::default();
    let mut bytes = sample.bytes.clone();
    for (i, bit) in (0..bytes.len()).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
        bytes[i] ^= 1 << bit;
        let what = format!("{}, bit {bit} of byte {i}", sample.name);
        counts.add(compare(seen(&bytes, sample, surroundings), &original, &what));
        bytes[i] ^= 1 << bit;
    }
    counts
}

#[test]
fn no_flipped_bit_goes_unseen() {
    let (samples, surroundings) = (samples(), surroundings());
    assert!(samples.len() >= 200, "{} requests", samples.len());
    let halves: Vec<&[Sample]> = samples.chunks(samples.len().div_ceil(4)).collect();
    let total = thread::scope(|scope| {
        let surroundings = &surroundings;
        let run = |half: &'_ [Sample]| {
            half.iter().fold(Counts::default(), |mut sum, sample| {
                sum.add(flip_every_bit(sample, surroundings));
                sum
            })
        };
        let threads: Vec<_> = halves.into_iter().map(|half| scope.spawn(move || run(half))).collect();
        threads.into_iter().fold(Counts::default(), |mut sum, thread| {
            sum.add(thread.join().unwrap());
            sum
        })
    });
    println!(
        "{} requests: {} flips refused, {} change an effect or a named field, {} sign the same, {} escaped",
        samples.len(),
        total.refused,
        total.changed,
        total.same_signature,
        total.escaped
    );
    assert_eq!(total.escaped, 0);
}

#[test]
fn no_two_swapped_values_go_unseen() {
    let (samples, surroundings) = (samples(), surroundings());
    let mut counts = Counts::default();
    for sample in samples.iter().filter(|sample| sample.form == RequestForm::Transaction).step_by(2) {
        let original = seen(&sample.bytes, sample, &surroundings).unwrap();
        for size in [8, 20, 32] {
            for at in 0..sample.bytes.len().saturating_sub(2 * size) {
                let mut bytes = sample.bytes.clone();
                let (front, back) = bytes.split_at_mut(at + size);
                front[at..].swap_with_slice(&mut back[..size]);
                counts.add(compare(
                    seen(&bytes, sample, &surroundings),
                    &original,
                    &format!("{} {at} {size}", sample.name),
                ));
            }
        }
    }
    println!("swaps: {counts:?}");
    assert!(counts.changed > 0 && counts.refused > 0);
    assert_eq!(counts.escaped, 0);
}

#[test]
fn no_cut_or_added_byte_goes_unseen() {
    let (samples, surroundings) = (samples(), surroundings());
    for sample in samples.iter().filter(|sample| sample.form == RequestForm::Transaction).step_by(3) {
        let original = seen(&sample.bytes, sample, &surroundings).unwrap();
        for at in 0..sample.bytes.len() {
            let mut counts = compare(seen(&sample.bytes[..at], sample, &surroundings), &original, &sample.name);
            let mut longer = sample.bytes.clone();
            longer.insert(at, 0);
            counts.add(compare(seen(&longer, sample, &surroundings), &original, &sample.name));
            assert_eq!(counts.escaped, 0, "{} at {at}", sample.name);
        }
    }
}
