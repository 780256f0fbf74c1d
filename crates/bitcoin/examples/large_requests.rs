//! Writes requests of almost 4 MiB, the most that is read, to a folder: one for each way in which a request can be large.
//!
//! Usage: `cargo run --release -p vitrine-bitcoin --example large_requests -- FOLDER`

#[path = "bench_review/request.rs"]
mod request;

use std::error::Error;
use std::path::Path;

use bitcoin::Psbt;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::psbt::raw::Key;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The most that is read: `limits::MAX_PSBT_BYTES`.
const MOST_BYTES: usize = 4 << 20;
/// A value that the second reader, rust-bitcoin, still takes: 4,000,000 bytes are too many.
const MOST_VALUE: usize = 3_999_000;
/// What is left free for the field's own key and lengths.
const SPARE: usize = 64;
/// Inputs with their previous transactions that stay below 4 MiB.
const INPUTS: u32 = 2_100;
/// Pairs that stay below the limit of pairs in one request.
const PAIRS: u32 = 99_000;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("large_requests FOLDER")?;
    std::fs::create_dir_all(&folder)?;
    let small = request::request(1, 0)?;
    let left = MOST_BYTES.saturating_sub(small.len()).saturating_sub(SPARE);
    let cases = [
        ("inputs", request::request(INPUTS, 0)?),
        ("unknown-value", changed(&small, |psbt| drop(psbt.unknown.insert(key(0), vec![0x5a; left.min(MOST_VALUE)])))?),
        ("preimage", changed(&small, |psbt| preimage(psbt, vec![0x5a; (left - 64).min(MOST_VALUE)]))?),
        ("pairs", changed(&small, |psbt| psbt.unknown.extend((0..PAIRS).map(|place| (key(place), vec![0x5a; 32]))))?),
    ];
    println!("of the wallet {}", request::DESCRIPTOR);
    for (name, bytes) in cases {
        println!("{name}: {} bytes", bytes.len());
        std::fs::write(Path::new(&folder).join(format!("{name}.psbt")), bytes)?;
    }
    Ok(())
}

fn changed(psbt: &[u8], change: impl FnOnce(&mut Psbt)) -> Result<Vec<u8>> {
    let mut psbt = Psbt::deserialize(psbt)?;
    change(&mut psbt);
    Ok(psbt.serialize())
}

/// A key of a type that no document defines.
fn key(place: u32) -> Key {
    Key { type_value: 0x7a, key: place.to_be_bytes().to_vec() }
}

fn preimage(psbt: &mut Psbt, bytes: Vec<u8>) {
    if let Some(input) = psbt.inputs.first_mut() {
        input.sha256_preimages.insert(sha256::Hash::hash(&bytes), bytes);
    }
}
