//! `vitrine combine`: what does not verify is not joined, and the exit code says why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::fs;
use std::path::Path;

use acceptance::ceremony;
use acceptance::program::{Finished, folder, vitrine};
use vitrine_ceremony::Session;
use vitrine_device::sim::{self, SimOptions};
use vitrine_device::{Answer, Prompt, Prompter};
use vitrine_qr::Payload;

/// A person who agrees with everything that this machine asks.
struct Agrees;

impl Prompter for Agrees {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

/// The demo's request, signed.
fn signed() -> Vec<u8> {
    let mut session = Session::open(Some(ceremony::demo_folder()), None, None, 1).unwrap();
    session.receive(&Payload::from_file(&fs::read(ceremony::request()).unwrap()).unwrap(), 2).unwrap();
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    let mut device = sim::trezor(SimOptions::default());
    let returned = order.sign(device.as_mut(), &mut Agrees);
    session.signed(returned, 5).unwrap().payload().bytes.clone()
}

fn combine(other: &Path, out: &Path) -> Finished {
    let transaction = out.with_extension("hex");
    let request = ceremony::request();
    let [request, other, out, transaction] = [&request, other, out, &transaction].map(|p| p.to_str().unwrap());
    vitrine(["combine", request, other, "--out", out, "--tx-out", transaction])
}

#[test]
fn gathered_signatures_are_joined_and_nothing_else_is() {
    let place = folder("combine");
    let (other, out) = (place.join("other.psbt"), place.join("combined.psbt"));
    let good = signed();
    fs::write(&other, &good).unwrap();
    let finished = combine(&other, &out);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.ends_with("verified\n"), "{}", finished.stdout);
    assert_eq!(fs::read(&out).unwrap(), good);
    assert!(out.with_extension("hex").exists());
    fs::remove_file(&out).unwrap();
    // Malformed: cut off. Refused: another output. Wrong: a byte of a signature.
    let mut other_output = good.clone();
    other_output[100] ^= 1;
    let mut wrong = good.clone();
    let request = fs::read(ceremony::request()).unwrap();
    let at = good.iter().zip(&request).take_while(|(a, b)| a == b).count();
    wrong[at + 60] ^= 1;
    for (bytes, code) in [(&good[..good.len() - 9], 3), (&other_output, 4), (&wrong, 6)] {
        fs::write(&other, bytes).unwrap();
        let finished = combine(&other, &out);
        assert_eq!(finished.code, code, "{}", finished.stderr);
        assert!(!out.exists() && !finished.stdout.contains("verified"), "{}", finished.stdout);
    }
}

#[test]
fn one_psbt_alone_is_a_question_of_usage() {
    let request = ceremony::request();
    let finished = vitrine(["combine", request.to_str().unwrap(), "--out", "/dev/null"]);
    assert_eq!(finished.code, 2, "{}", finished.stderr);
}
