//! No change of what is signed goes unseen: every single-bit flip of varied requests, and every two of their fields
//! swapped, is refused, or changes an effect or a named field. Digests, computed hashes and raw bytes do not count as a
//! change that a person sees.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod town;

use std::collections::BTreeMap;
use std::thread;

use town::requests::{batches, samples, surroundings};
use vitrine_ethereum::alloy_primitives::B256;
use vitrine_ethereum::{CheckedRequests, RequestForm, Surroundings, decode, decode_batch};
use vitrine_review::{Context, Ownership, Review, Severity, Span, Value};

/// A request, or all of a batch.
struct Case {
    name: String,
    /// None for a batch.
    form: Option<RequestForm>,
    bytes: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let one =
        samples().into_iter().map(|sample| Case { name: sample.name, form: Some(sample.form), bytes: sample.bytes });
    let batches = batches().into_iter().enumerate();
    let cases = one.chain(batches.map(|(n, bytes)| Case { name: format!("batch {n}"), form: None, bytes }));
    let cases: Vec<Case> = cases.collect();
    assert!(cases.len() >= 200, "{} requests", cases.len());
    cases
}

/// What a person sees of a request, and what is signed.
struct Seen {
    hashes: Vec<B256>,
    refused: bool,
    named: BTreeMap<String, String>,
}

fn checked(bytes: &[u8], case: &Case, surroundings: &Surroundings) -> Option<CheckedRequests> {
    match case.form {
        Some(form) => decode(bytes, form).ok()?.check(surroundings).ok().map(CheckedRequests::from),
        None => decode_batch(bytes).ok()?.check(surroundings).ok(),
    }
}

fn seen(bytes: &[u8], case: &Case, surroundings: &Surroundings) -> Option<Seen> {
    let checked = checked(bytes, case, surroundings)?;
    let review = checked.review(&Context::default());
    let refused = review.findings().worst().is_some_and(|worst| worst >= Severity::Restricted);
    let hashes = checked.requests().iter().map(|request| request.signable().hash()).collect();
    Some(Seen { hashes, refused, named: named(&review) })
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

    fn print(&self, requests: usize, changes: &str) {
        let Self { refused, changed, same_signature, escaped } = self;
        println!(
            "{requests} requests, {changes}: {refused} refused, {changed} change an effect or a named field, \
             {same_signature} sign the same, {escaped} escaped"
        );
    }
}

/// Counts what became of a changed request.
fn compare(changed: Option<Seen>, original: &Seen, what: impl Fn() -> String) -> Counts {
    let mut counts = Counts::default();
    match changed {
        None => counts.refused = 1,
        Some(seen) if seen.refused => counts.refused = 1,
        Some(seen) if seen.named != original.named => counts.changed = 1,
        Some(seen) if seen.hashes == original.hashes => counts.same_signature = 1,
        Some(_) => {
            counts.escaped = 1;
            println!("{}: what is signed changes, and nobody sees it", what());
        }
    }
    counts
}

/// Every case as it is, which could be signed, and what `change` makes of it; on all processors.
fn over_all(cases: &[Case], change: impl Fn(&Case, &Seen, &Surroundings) -> Counts + Sync) -> Counts {
    let surroundings = surroundings();
    let run = |part: &[Case]| {
        part.iter().fold(Counts::default(), |mut sum, case| {
            let original =
                seen(&case.bytes, case, &surroundings).unwrap_or_else(|| panic!("{} is not read", case.name));
            assert!(!original.refused, "{} is refused already", case.name);
            sum.add(change(case, &original, &surroundings));
            sum
        })
    };
    thread::scope(|scope| {
        let parts = cases.chunks(cases.len().div_ceil(4));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| run(part))).collect();
        threads.into_iter().fold(Counts::default(), |mut sum, thread| {
            sum.add(thread.join().unwrap());
            sum
        })
    })
}

fn flip_every_bit(case: &Case, original: &Seen, surroundings: &Surroundings) -> Counts {
    let mut counts = Counts::default();
    let mut bytes = case.bytes.clone();
    for (i, bit) in (0..bytes.len()).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
        bytes[i] ^= 1 << bit;
        let what = || format!("{}, bit {bit} of byte {i}", case.name);
        counts.add(compare(seen(&bytes, case, surroundings), original, what));
        bytes[i] ^= 1 << bit;
    }
    counts
}

#[test]
fn no_flipped_bit_goes_unseen() {
    let cases = cases();
    let total = over_all(&cases, flip_every_bit);
    total.print(cases.len(), "every bit flipped");
    assert!(total.changed > 0 && total.refused > 0);
    assert_eq!(total.escaped, 0);
}

/// Places of the values of a request: each owner of bytes that is no structure.
fn values(case: &Case, surroundings: &Surroundings) -> Vec<(String, Span)> {
    let review = checked(&case.bytes, case, surroundings).unwrap().review(&Context::default());
    let owners = review.account().owners().iter().filter(|owner| owner.ownership != Ownership::Structure);
    owners.map(|owner| (owner.label.clone(), owner.span)).collect()
}

/// The bytes with what lies at two places exchanged, the first before the second.
fn exchanged(bytes: &[u8], first: Span, second: Span) -> Vec<u8> {
    let (before, between) = (&bytes[..first.start], &bytes[first.end..second.start]);
    let (one, other) = (&bytes[first.start..first.end], &bytes[second.start..second.end]);
    [before, other, between, one, &bytes[second.end..]].concat()
}

/// Every two values: of the same length in binary requests, where a length stands before each; any two in text.
fn swap_every_two_fields(case: &Case, original: &Seen, surroundings: &Surroundings) -> Counts {
    let (values, mut counts) = (values(case, surroundings), Counts::default());
    let is_text = case.form == Some(RequestForm::Json);
    for (i, (name, first)) in values.iter().enumerate() {
        for (other, second) in &values[i + 1..] {
            if !is_text && first.len() != second.len() {
                continue;
            }
            let bytes = exchanged(&case.bytes, *first, *second);
            if bytes == case.bytes {
                continue;
            }
            let what = || format!("{}, {name} for {other}", case.name);
            counts.add(compare(seen(&bytes, case, surroundings), original, what));
        }
    }
    counts
}

#[test]
fn no_two_swapped_fields_go_unseen() {
    let cases = cases();
    let total = over_all(&cases, swap_every_two_fields);
    total.print(cases.len(), "every two fields swapped");
    assert!(total.changed > 0 && total.refused > 0);
    assert_eq!(total.escaped, 0);
}

/// Neighbours of the sizes that values have, wherever they begin: what no field boundary would exchange.
fn swap_neighbours(case: &Case, original: &Seen, surroundings: &Surroundings) -> Counts {
    let mut counts = Counts::default();
    for size in [8, 20, 32] {
        for at in 0..case.bytes.len().saturating_sub(2 * size) {
            let (first, second) = (Span::new(at, at + size), Span::new(at + size, at + 2 * size));
            let bytes = exchanged(&case.bytes, first, second);
            let what = || format!("{}, {size} bytes at {at}", case.name);
            counts.add(compare(seen(&bytes, case, surroundings), original, what));
        }
    }
    counts
}

#[test]
fn no_two_swapped_runs_of_bytes_go_unseen() {
    let cases: Vec<Case> = binary_cases().into_iter().step_by(2).collect();
    let total = over_all(&cases, swap_neighbours);
    total.print(cases.len(), "neighbours of 8, 20 and 32 bytes swapped");
    assert!(total.changed > 0 && total.refused > 0);
    assert_eq!(total.escaped, 0);
}

fn binary_cases() -> Vec<Case> {
    cases().into_iter().filter(|case| case.form != Some(RequestForm::Json)).collect()
}

#[test]
fn no_cut_or_added_byte_goes_unseen() {
    let cases: Vec<Case> = binary_cases().into_iter().step_by(3).collect();
    let total = over_all(&cases, |case, original, surroundings| {
        let mut counts = Counts::default();
        for at in 0..case.bytes.len() {
            let what = || format!("{} at {at}", case.name);
            counts.add(compare(seen(&case.bytes[..at], case, surroundings), original, what));
            let mut longer = case.bytes.clone();
            longer.insert(at, 0);
            counts.add(compare(seen(&longer, case, surroundings), original, what));
        }
        counts
    });
    total.print(cases.len(), "cut short anywhere, a byte put in anywhere");
    assert_eq!(total.escaped, 0);
}
