//! Time and memory of a review, and of executing scripts, beside what others need for the same request in the same run.
//!
//! `make bench`, or `cargo run --release -p vitrine-bitcoin --example bench_review` once `make peers` has installed embit.

#[path = "bench_review/execution.rs"]
mod execution;
#[path = "bench_review/request.rs"]
mod request;

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use bitcoin::Psbt;
use miniscript::{Descriptor, DescriptorPublicKey};
use peak_alloc::PeakAlloc;
use request::{DESCRIPTOR, request};
use vitrine_bitcoin::{AddressBook, Network, Surroundings, Wallet};
use vitrine_review::Context;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const NETWORK: Network = Network::Testnet3;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("decode + check + review + byte account, p2wpkh, full previous transactions; wallets registered before");
    println!("floor: rust-bitcoin's deserialize, and miniscript deriving each own script once");
    println!("embit: parses, compares the previous ids, derives each own script; no document, no byte account");
    println!("inputs      bytes  review ms   floor ms   ratio   embit ms   ratio  memory/input");
    let (mut at_250, mut at_1000) = (Duration::ZERO, Duration::ZERO);
    for inputs in [1, 2, 250, 1000] {
        let bytes = request(inputs, 0)?;
        let surroundings = surroundings()?;
        let descriptors = descriptors()?;
        let runs = if inputs < 100 { 201 } else { 15 };
        let review_time = median(runs, || review(&bytes, &surroundings))?;
        let floor_time = median(runs, || floor(&bytes, &descriptors, 0, inputs))?;
        let embit_time = embit(&bytes, if inputs < 100 { 21 } else { 3 })?;
        println!(
            "{inputs:>6} {:>10} {:>10.3} {:>10.3} {:>7.2} {:>10.2} {:>7.3} {:>12.1}x",
            bytes.len(),
            millis(review_time),
            millis(floor_time),
            ratio(review_time, floor_time),
            millis(embit_time),
            ratio(review_time, embit_time),
            peak(&bytes, &surroundings)? as f64 / bytes.len() as f64,
        );
        match inputs {
            250 => at_250 = review_time,
            1000 => at_1000 = review_time,
            _ => {}
        }
    }
    println!("250 to 1,000 inputs: {:.2} times the time (target: at most 4.5)", ratio(at_1000, at_250));
    far_index()?;
    let registered = median(21, || {
        std::hint::black_box(surroundings()?);
        Ok(())
    })?;
    println!("registering the wallet, its first 42 scripts derived: {:.3} ms, once per ceremony", millis(registered));
    execution::run()
}

/// The dear case of few inputs: their index is high, and the payee could be any of the lower ones.
fn far_index() -> Result<()> {
    let bytes = request(1, 500)?;
    let (surroundings, descriptors) = (surroundings()?, descriptors()?);
    let review_time = median(15, || review(&bytes, &surroundings))?;
    let floor_time = median(15, || floor(&bytes, &descriptors, 500, 1))?;
    println!(
        "1 input at index 500, 1,042 scripts derived to find what the request hides: {:.2} ms, floor {:.3} ms",
        millis(review_time),
        millis(floor_time)
    );
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

fn median(runs: usize, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
    }
    times.sort();
    times.get(runs / 2).copied().ok_or_else(|| "no runs".into())
}

fn surroundings() -> Result<Surroundings> {
    let wallets = vec![Wallet::parse("Treasury", DESCRIPTOR, NETWORK)?];
    Ok(Surroundings { network: NETWORK, wallets, address_book: AddressBook::new(Vec::new(), NETWORK)? })
}

/// Receive and change.
fn descriptors() -> Result<Vec<Descriptor<DescriptorPublicKey>>> {
    Ok(Descriptor::<DescriptorPublicKey>::from_str(DESCRIPTOR)?.into_single_descriptors()?)
}

fn review(bytes: &[u8], surroundings: &Surroundings) -> Result<()> {
    let checked = vitrine_bitcoin::decode(bytes)?.check(surroundings)?;
    let review = checked.review(&Context::default());
    if checked.refusal().is_some() || review.account().unknown() > 0 {
        return Err("the request of the benchmark is not in order".into());
    }
    std::hint::black_box(review);
    Ok(())
}

/// Most bytes allocated at once during a review, beyond the request itself.
fn peak(bytes: &[u8], surroundings: &Surroundings) -> Result<usize> {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    review(bytes, surroundings)?;
    Ok(MEMORY.peak_usage().saturating_sub(before))
}

fn floor(bytes: &[u8], descriptors: &[Descriptor<DescriptorPublicKey>], first: u32, inputs: u32) -> Result<()> {
    let psbt = Psbt::deserialize(bytes)?;
    let (receive, change) = (descriptors.first().ok_or("no path")?, descriptors.last().ok_or("no path")?);
    for index in first..first + inputs {
        std::hint::black_box(receive.at_derivation_index(index)?.script_pubkey());
    }
    std::hint::black_box((change.at_derivation_index(first)?.script_pubkey(), psbt));
    Ok(())
}

/// embit in a process of its own, which measures itself without its start.
fn embit(bytes: &[u8], runs: usize) -> Result<Duration> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    let python = peers.join(".venv/bin/python");
    if !python.exists() {
        return Err("embit is not installed: run `make bench`, which installs it".into());
    }
    let mut child = Command::new(python)
        .arg(peers.join("bench_embit.py"))
        .args([DESCRIPTOR, &runs.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("no standard input")?.write_all(bytes)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("embit does not read the request of the benchmark".into());
    }
    Ok(Duration::from_nanos(String::from_utf8(output.stdout)?.trim().parse()?))
}
