//! Whatever bytes arrive, the answer is a review or an error, never a panic.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests stop at the first surprise")]

mod common;

use common::{Form, Maker, surroundings};
use vitrine_bitcoin::{CheckedPsbt, bitcoin, decode, verify_response, verify_transaction};

/// A small generator (xorshift64*), so that every run sees the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// One to four changes: a flipped bit, an odd value, a piece cut, repeated, or moved.
fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(out.len());
        let length = random.below(40).min(out.len() - at);
        match random.below(6) {
            0 => out[at] ^= 1 << random.below(8),
            1 => out[at] = [0, 1, 0x4c, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff][random.below(9)],
            2 => drop(out.drain(at..at + length)),
            3 => {
                let piece = out[at..at + length].to_vec();
                out.splice(at..at, piece);
            }
            4 => {
                let piece: Vec<u8> = out.drain(at..at + length).collect();
                let to = random.below(out.len() + 1);
                out.splice(to..to, piece);
            }
            _ => out.splice(at..at, [random.next() as u8]).for_each(drop),
        }
        if out.is_empty() {
            out.push(0);
        }
    }
    out
}

/// Requests with every kind of field that the library writes.
fn seeds(form: Form) -> Vec<Vec<u8>> {
    let mut maker = Maker::usual(form);
    maker.add_output(bitcoin::ScriptBuf::from_bytes(vec![0x6a, 2, 0x68, 0x69]), 0);
    maker.psbt.inputs[1].sighash_type = Some(bitcoin::psbt::PsbtSighashType::from_u32(1));
    let mut bare = Maker::usual(form);
    bare.psbt.inputs.iter_mut().for_each(|input| input.non_witness_utxo = None);
    vec![maker.bytes(), maker.signed().serialize(), bare.bytes(), version_2(&maker)]
}

/// The same request in version 2, with every kind of field that only this version has, and MuSig2 fields.
fn version_2(maker: &Maker) -> Vec<u8> {
    let mut maps = common::version_2::to_version_2(&maker.psbt);
    let point = &[&[2], [0x01; 32].as_slice()].concat();
    let keyed = |key: u8| [&[key], point.as_slice()].concat();
    maps.set(0, &[0x06], Some(&[0]));
    maps.set(0, &keyed(0x07), Some(point));
    maps.set(0, &keyed(0x08), Some(&[1; 64]));
    maps.set(1, &[0x11], Some(&500_000_000u32.to_le_bytes()));
    maps.set(1, &[0x12], Some(&800_000u32.to_le_bytes()));
    maps.set(1, &keyed(0x1a), Some(&point.repeat(2)));
    maps.set(1, &[keyed(0x1b), point.clone()].concat(), Some(&point.repeat(2)));
    maps.set(1, &[keyed(0x1c), point.clone()].concat(), Some(&[1; 32]));
    maps.set(3, &[0x09], Some(&point.repeat(2)));
    maps.set(3, &[0x0a], Some(&[1, 0, 0, 0]));
    let bytes = maps.bytes();
    assert!(decode(&bytes).is_ok(), "{:?}", decode(&bytes).map(drop));
    bytes
}

#[test]
fn changed_requests_are_reviewed_or_refused_without_a_panic() {
    let mut random = Random(0x5eed);
    let (mut reviewed, mut refused) = (0, 0);
    for form in Form::ALL {
        let surroundings = surroundings(form);
        let seeds = seeds(form);
        for round in 0..4_000 {
            let bytes = mutate(&seeds[round % seeds.len()], &mut random);
            match decode(&bytes) {
                Ok(request) => {
                    let checked = request.check(&surroundings).unwrap();
                    let review = common::review(&checked);
                    assert_eq!(review.account().total(), bytes.len());
                    let known = review.findings().iter().all(|f| f.code != "btc.account-incomplete");
                    assert!(known, "a byte without owner");
                    reviewed += 1;
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
    }
    println!("{reviewed} changed requests reviewed, {refused} refused");
    assert!(reviewed > 500 && refused > 500, "{reviewed} reviewed, {refused} refused");
}

#[test]
fn changed_responses_never_pass_and_never_panic() {
    let mut random = Random(0xfeed);
    for form in Form::ALL {
        let maker = Maker::usual(form);
        change_response(&maker.check(), &maker.signed().serialize(), 1_500, &mut random);
        let request = common::version_2::to_version_2(&maker.psbt).bytes();
        let checked = decode(&request).unwrap().check(&surroundings(form)).unwrap();
        let signed = common::version_2::to_version_2(&maker.signed()).bytes();
        change_response(&checked, &signed, 1_000, &mut random);
    }
}

fn change_response(checked: &CheckedPsbt, signed: &[u8], rounds: usize, random: &mut Random) {
    let expected = verify_response(checked, signed).unwrap();
    for _ in 0..rounds {
        if let Ok(verified) = verify_response(checked, &mutate(signed, random)) {
            // Fields may have moved within a map; what leaves is still exactly ours.
            assert_eq!(verified, expected);
        }
        let _ = verify_transaction(checked, &mutate(expected.transaction().unwrap(), random));
    }
}
