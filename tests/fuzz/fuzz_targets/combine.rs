//! PSBTs brought together: edited copies of requests and of an answer, of one key, of several, and of taproot scripts;
//! and any bytes with themselves.
#![no_main]

mod common;

use common::{REQUEST, SIGNED, edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_bitcoin::{combine, decode};

const SEVERAL_KEYS: &[u8] = include_bytes!("../../scenarios/btc-38-wrong-partial-signature/request.psbt");
const TAPROOT_SCRIPTS: &[u8] = include_bytes!("../../scenarios/btc-00-taproot-miniscript/request.psbt");
const FINISHED: &[u8] = include_bytes!("../../scenarios/btc-45-foreign-input-final/request.psbt");

/// A signature field of the first input, so that every kind of it is reached.
fn with_signature(psbt: &[u8], input: &mut &[u8]) -> Vec<u8> {
    const KINDS: [(u8, usize, usize); 5] =
        [(0x02, 33, 71), (0x13, 0, 64), (0x14, 64, 64), (0x07, 0, 30), (0x08, 0, 70)];
    let (kind, key, value) = KINDS[usize::from(take(input)) % KINDS.len()];
    let mut pair = vec![key as u8 + 1, kind];
    pair.extend((0..key).map(|_| take(input)));
    pair.push(value as u8);
    pair.extend((0..value).map(|_| take(input)));
    let place = usize::from(u16::from_be_bytes([take(input), take(input)])) % (psbt.len() + 1);
    let mut bytes = psbt.to_vec();
    bytes.splice(place..place, pair);
    bytes
}

/// Copies of one PSBT, most of them edited.
fn copies(base: &[u8], input: &mut &[u8]) -> Vec<Vec<u8>> {
    let how = take(input);
    (0..2 + usize::from(how & 1))
        .map(|n| match how >> (2 * n + 1) & 3 {
            0 => base.to_vec(),
            1 => edited(base, input),
            2 => with_signature(base, input),
            _ => edited(if base == REQUEST { SIGNED.psbt() } else { base }, input),
        })
        .collect()
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let bases = [REQUEST, SIGNED.psbt(), SEVERAL_KEYS, TAPROOT_SCRIPTS, FINISHED];
    let copies = match bases.get(usize::from(take(input)) % 8) {
        Some(base) => copies(base, input),
        None => vec![input.to_vec(), input.to_vec()],
    };
    let psbts: Vec<&[u8]> = copies.iter().map(Vec::as_slice).collect();
    if let Ok(combined) = combine(&psbts) {
        let again = decode(combined.psbt()).expect("what was written is read");
        let first = decode(psbts[0]).expect("it was combined");
        assert_eq!(again.transaction(), first.transaction());
        let twice = combine(&[combined.psbt(), combined.psbt()]).expect("what was combined is combined again");
        assert_eq!((twice.psbt(), twice.transaction()), (combined.psbt(), combined.transaction()));
    }
});
