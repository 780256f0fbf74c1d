//! CPU time and memory of a review, beside what others need to decode the same calldata in the same run.
//!
//! `make bench`, or `cargo run --release -p vitrine-ethereum --example bench_ethereum` once `make peers` has installed cast.

#[path = "bench_ethereum/clock.rs"]
mod clock;
#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/hostile/mod.rs"]
mod hostile;
#[path = "bench_ethereum/peers.rs"]
mod peers;
#[path = "../tests/town/mod.rs"]
mod town;

use std::error::Error;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::{Payload, RequestForm, Surroundings, decode};
use vitrine_review::{Context, Severity};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("decode + check + review + byte account, a Safe's multiSend of n token transfers, as a bundle in JSON");
    println!("folder: {ENTRIES} entries in the address book, read before");
    println!("alloy: alloy-dyn-abi decodes multiSend(bytes) and each transfer, types parsed before; values alone");
    println!("cast: decode-calldata 'multiSend(bytes)', the flat call alone, in a process; its start measured apart");
    println!("times are CPU time: of this thread, and of the process of cast to half a millisecond");
    let known = hostile::surroundings(ENTRIES);
    let start = peers::cast_start()?;
    println!("cast's start, decoding transfer(address,uint256): {:.2} ms, taken off below", millis(start));
    println!("calls      bytes  review ms  us/call   alloy ms   ratio    cast ms   ratio  memory/byte");
    let mut at = Vec::new();
    for calls in [1, 10, 100, 1_000, 2_000] {
        let bytes = hostile::transfers(calls);
        let data = calldata(&bytes, RequestForm::Json)?;
        let ours = row(
            calls,
            &bytes,
            RequestForm::Json,
            &known,
            || peers::alloy_multi_send(&data),
            || peers::cast("multiSend(bytes)", &data),
        )?;
        at.push((calls, ours));
    }
    linear(&at);
    println!("\ndecode + check + review of an unsigned transaction: numbers(uint256[]) of a contract of the folder");
    println!("items      bytes  review ms  us/item   alloy ms   ratio    cast ms   ratio  memory/byte");
    let mut at = Vec::new();
    for numbers in [31, 312, 3_125, 31_250] {
        let bytes = hostile::numbers(numbers);
        let data = calldata(&bytes, RequestForm::Transaction)?;
        let ours = row(
            numbers,
            &bytes,
            RequestForm::Transaction,
            &known,
            || peers::alloy_numbers(&data),
            || peers::cast("numbers(uint256[])", &data),
        )?;
        at.push((numbers, ours));
    }
    linear(&at);
    address_book()?;
    hostile_requests(&known)
}

/// Entries of the address book.
const ENTRIES: usize = 10_000;

/// Prints one row; returns our time.
fn row(
    count: usize,
    bytes: &[u8],
    form: RequestForm,
    known: &Surroundings,
    alloy: impl Fn() -> Result<()>,
    cast: impl Fn() -> Result<()>,
) -> Result<Duration> {
    let ours = clock::here(|| review(bytes, form, known))?;
    let theirs = clock::here(alloy)?;
    let start = peers::cast_start()?;
    let cast = clock::of_children(cast)?.saturating_sub(start);
    println!(
        "{count:>5} {:>10} {:>10.3} {:>8.2} {:>10.3} {:>7.1} {:>10.2} {:>7.3} {:>11.1}x",
        bytes.len(),
        millis(ours),
        millis(ours) * 1e3 / count as f64,
        millis(theirs),
        ratio(ours, theirs),
        millis(cast),
        ratio(ours, cast.max(Duration::from_micros(500))),
        peak(bytes, form, known)? as f64 / bytes.len() as f64,
    );
    Ok(ours)
}

/// How the time grows with the size, from each row to the next.
fn linear(at: &[(usize, Duration)]) {
    for pair in at.windows(2) {
        if let [(few, before), (many, after)] = pair {
            let times = *many as f64 / *few as f64;
            println!("{few} to {many}: {:.2} times the time for {times:.2} times the size", ratio(*after, *before));
        }
    }
}

/// What a long address book costs each review.
fn address_book() -> Result<()> {
    let bytes = hostile::transfers(100);
    print!("\n100 calls, address book of");
    for entries in [0, 100, ENTRIES] {
        let known = hostile::surroundings(entries);
        let time = clock::here(|| review(&bytes, RequestForm::Json, &known))?;
        print!(" {entries}: {:.3} ms;", millis(time));
    }
    let time = clock::here(|| {
        std::hint::black_box(hostile::surroundings(ENTRIES));
        Ok(())
    })?;
    println!(" indexing {ENTRIES} entries: {:.2} ms, once per ceremony", millis(time));
    Ok(())
}

/// Requests that ask for as much work as they can, half and whole.
fn hostile_requests(known: &Surroundings) -> Result<()> {
    println!("\nhostile requests, of the largest size that is read");
    println!("                           bytes  decode ms  review ms  half to whole  memory/byte");
    for (half, whole) in hostile::all(4).into_iter().zip(hostile::all(8)) {
        let half = clock::here(|| all(&half.bytes, half.form, known))?;
        let decoding = clock::here(|| {
            std::hint::black_box(decode(&whole.bytes, whole.form)?);
            Ok(())
        })?;
        let time = clock::here(|| all(&whole.bytes, whole.form, known))?;
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        all(&whole.bytes, whole.form, known)?;
        let peak = MEMORY.peak_usage().saturating_sub(before);
        println!(
            "{:<26} {:>7} {:>9.1} {:>10.1} {:>13.2}x {:>11.1}x",
            whole.name,
            whole.bytes.len(),
            millis(decoding),
            millis(time),
            ratio(time, half),
            peak as f64 / whole.bytes.len() as f64,
        );
    }
    Ok(())
}

/// A review in order: everything explained, nothing refused.
fn review(bytes: &[u8], form: RequestForm, known: &Surroundings) -> Result<()> {
    let review = decode(bytes, form)?.check(known)?.review(&Context::default());
    let is_folders_own = form == RequestForm::Transaction;
    let in_order = review.account().unknown() == 0 && review.findings().count(Severity::Refuse) == 0;
    if !in_order || (!is_folders_own && review.findings().count(Severity::Restricted) > 0) {
        return Err("the request of the benchmark is not in order".into());
    }
    std::hint::black_box(review);
    Ok(())
}

fn all(bytes: &[u8], form: RequestForm, known: &Surroundings) -> Result<()> {
    let review = decode(bytes, form)?.check(known)?.review(&Context::default());
    std::hint::black_box((vitrine_review::to_text(&review), review));
    Ok(())
}

/// Most bytes allocated at once during a review, beyond the request itself.
fn peak(bytes: &[u8], form: RequestForm, known: &Surroundings) -> Result<usize> {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    review(bytes, form, known)?;
    Ok(MEMORY.peak_usage().saturating_sub(before))
}

/// The calldata of a request.
fn calldata(bytes: &[u8], form: RequestForm) -> Result<Vec<u8>> {
    match decode(bytes, form)?.asked().payload() {
        Payload::SafeBundle(bundle) => Ok(bundle.transaction.data.bytes().to_vec()),
        Payload::Transaction(transaction) => Ok(transaction.data().value.bytes().to_vec()),
        _ => Err("no calldata".into()),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}
