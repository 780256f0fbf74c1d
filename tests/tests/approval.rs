//! Signing without a window: nothing is signed that was not approved, and what is signed verifies.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::fs;
use std::path::{Path, PathBuf};

use acceptance::ceremony;
use acceptance::program::{Finished, folder, vitrine};
use vitrine_qr::Payload;

const REFUSED: i32 = 4;
const VERIFICATION_FAILED: i32 = 6;
const MALFORMED: i32 = 3;

/// `vitrine sign` on the demo's request, with what the approver gives.
fn sign(out: &Path, given: &[&str]) -> Finished {
    let (request, demo) = (ceremony::request(), ceremony::demo());
    let [request, demo, out] = [&request, &demo, &out.to_path_buf()].map(|path| path.to_str().unwrap().to_owned());
    let mut args = vec!["sign", &request, "--ceremony", &demo, "--device", "sim:trezor", "--out", &out];
    args.extend(given);
    vitrine(args)
}

fn review() -> serde_json::Value {
    let (request, demo) = (ceremony::request(), ceremony::demo());
    let finished =
        vitrine(["inspect", request.to_str().unwrap(), "--ceremony", demo.to_str().unwrap(), "--format", "json"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

fn digest() -> String {
    review()["digest"]["hex"].as_str().unwrap().to_owned()
}

/// Codes of the cautions, each with the flag that acknowledges it.
fn acknowledgements() -> Vec<String> {
    let review = review();
    let findings = review["findings"].as_array().unwrap().iter();
    let cautions = findings.filter(|f| f["must_be_acknowledged"] == true);
    cautions.flat_map(|f| ["--acknowledge".to_owned(), f["code"].as_str().unwrap().to_owned()]).collect()
}

fn signed(name: &str) -> PathBuf {
    let out = folder(name).join("signed.psbt");
    let (digest, acknowledged) = (digest(), acknowledgements());
    let mut given = vec!["--approve", &digest];
    given.extend(acknowledged.iter().map(String::as_str));
    let finished = sign(&out, &given);
    assert_eq!(finished.code, 0, "{}{}", finished.stdout, finished.stderr);
    out
}

fn verify(response: &Path) -> Finished {
    let request = ceremony::request();
    vitrine(["verify".as_ref(), "--request".as_ref(), request.as_os_str(), "--response".as_ref(), response.as_os_str()])
}

#[test]
fn nothing_is_signed_without_the_digest() {
    let out = folder("no-digest").join("signed.psbt");
    let acknowledged = acknowledgements();
    let given: Vec<_> = acknowledged.iter().map(String::as_str).collect();
    let finished = sign(&out, &given);
    assert_eq!(finished.code, REFUSED, "{}", finished.stderr);
    assert!(finished.stderr.contains("--approve") && !out.exists(), "{}", finished.stderr);
}

#[test]
fn nothing_is_signed_for_another_digest() {
    let out = folder("other-digest").join("signed.psbt");
    let mut other = digest();
    let last = if other.ends_with('0') { "1" } else { "0" };
    other.replace_range(63.., last);
    let acknowledged = acknowledgements();
    let mut given = vec!["--approve", &other];
    given.extend(acknowledged.iter().map(String::as_str));
    let finished = sign(&out, &given);
    assert_eq!(finished.code, REFUSED, "{}", finished.stderr);
    assert!(!out.exists());
}

#[test]
fn nothing_is_signed_while_a_caution_is_unread() {
    let out = folder("unread").join("signed.psbt");
    assert!(!acknowledgements().is_empty(), "the demo pays somebody new: that is a caution");
    let finished = sign(&out, &["--approve", &digest()]);
    assert_eq!(finished.code, REFUSED, "{}", finished.stderr);
    assert!(finished.stderr.contains("btc.payee-unknown") && !out.exists(), "{}", finished.stderr);
}

#[test]
fn the_signed_result_verifies() {
    let finished = verify(&signed("verifies"));
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.ends_with("verified\n"), "{}", finished.stdout);
}

/// The exit code of `vitrine verify` as its library decides it, fast enough for every byte.
fn verdict(request: &Payload, response: &[u8]) -> bool {
    Payload::from_file(response).is_ok_and(|response| vitrine_ceremony::verify_response(request, &response).is_ok())
}

#[test]
fn no_byte_of_the_result_can_be_changed() {
    let request = Payload::from_file(&fs::read(ceremony::request()).unwrap()).unwrap();
    let good = fs::read(signed("every-byte")).unwrap();
    assert!(verdict(&request, &good));
    for at in 0..good.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= change;
            assert!(!verdict(&request, &bad), "byte {at} can be changed by {change:#04x}");
        }
    }
}

#[test]
fn the_operator_sees_a_changed_byte() {
    let path = signed("changed-byte");
    let good = fs::read(&path).unwrap();
    for at in (0..good.len()).step_by(61) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        let finished = verify(&path);
        assert!([MALFORMED, VERIFICATION_FAILED].contains(&finished.code), "byte {at}: {}", finished.stderr);
        assert!(!finished.stdout.contains("verified"), "byte {at}: {}", finished.stdout);
    }
}
