//! The main job for Ethereum through the real binary: a Safe's multiSend, from film to verified signature.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod support;

use std::path::Path;
use std::process::Output;

use support::{text, vitrine};

const CEREMONY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ethereum/ceremony");
/// Owner of the demo's Safe: `m/44'/60'/0'/0/0` of the public test seed of SLIP-14.
const SIGNER: &str = "0x73d0385F4d8E00C5e6504C6030F47BF6212736A8";

fn demo() -> &'static Path {
    support::demo("ethereum")
}

fn file(name: &str) -> String {
    demo().join(name).to_str().unwrap().to_owned()
}

fn verify(response: &str) -> Output {
    vitrine(&["verify", "--request", &file("request.json"), "--response", response, "--signer", SIGNER])
}

#[test]
fn the_demo_leaves_everything_that_it_names() {
    let names = [
        "request.json",
        "request.gif",
        "review.txt",
        "review.json",
        "signature.ur",
        "signature.hex",
        "signed.gif",
        "record/record.jsonl",
    ];
    for name in names {
        assert!(std::fs::metadata(file(name)).unwrap().len() > 0, "{name}");
    }
    let screens = std::fs::read_dir(demo().join("screens")).unwrap().count();
    assert!(screens >= 7, "{screens} screens");
    assert!(std::fs::read_dir(demo()).unwrap().all(|e| !e.unwrap().path().to_str().unwrap().ends_with(".partial")));
    assert!(vitrine(&["record", "verify", &file("record")]).status.success());
}

#[test]
fn the_review_says_the_three_effects_and_every_byte_has_an_owner() {
    let review = std::fs::read_to_string(file("review.txt")).unwrap();
    let effects = [
        "Sends 1.250000000000000000 tacreBTC (token 0xB8ba4B007321e0EB4586De49E59593E0eD66d367) from Demo treasury",
        "Lets Permit2 (0x000000000022D473030F116dDEE9F6B43aC78BA3) spend at most 0.500000000000000000 tacreBTC",
        "(0xFec46264F55F0D1DA38402027465d177F5DDeE8c)",
    ];
    for effect in effects {
        assert!(review.contains(effect), "{effect}\n{review}");
    }
    assert!(review.contains("Norrland Payroll") && review.contains("172,800"), "{review}");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(file("review.json")).unwrap()).unwrap();
    let (bytes, effects) = (&json["bytes"], json["effects"].as_array().unwrap());
    assert_eq!(bytes["total"], bytes["explained"]);
    assert_eq!(bytes["total"].as_u64().unwrap(), std::fs::metadata(file("request.json")).unwrap().len());
    let kinds: Vec<&str> = effects.iter().map(|effect| effect["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["pays", "grants-spending", "changes-control"]);
}

#[test]
fn film_and_file_of_the_answer_verify_to_the_same_signature() {
    for name in ["signed.gif", "signature.ur"] {
        let output = verify(&file(name));
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        let stdout = text(&output.stdout);
        assert_eq!(stdout.lines().last(), Some("verified"));
        let signature = std::fs::read_to_string(file("signature.hex")).unwrap();
        assert!(stdout.contains(signature.trim()) && stdout.contains(SIGNER), "{name}: {stdout}");
    }
    let nobody = vitrine(&["verify", "--request", &file("request.json"), "--response", &file("signature.ur")]);
    assert_eq!(nobody.status.code(), Some(2), "{}", text(&nobody.stderr));
}

#[test]
fn no_changed_byte_of_answer_or_request_verifies() {
    let answer = std::fs::read(file("signature.ur")).unwrap();
    let changed = file("changed.ur");
    for at in 0..answer.len() {
        let mut bytes = answer.clone();
        bytes[at] ^= 0x01;
        std::fs::write(&changed, &bytes).unwrap();
        let code = verify(&changed).status.code();
        assert!(matches!(code, Some(3 | 6)), "byte {at} of the answer: exit {code:?}");
    }
    // Every digit of the request's data is tried in-process by vitrine-ethereum; here a spread through the binary.
    let request = std::fs::read(file("request.json")).unwrap();
    let start = request.windows(9).position(|window| window == b"\"data\": \"").unwrap() + 11;
    let end = start + request[start..].iter().position(|byte| *byte == b'"').unwrap();
    let changed = file("changed.json");
    for at in (start..end).step_by(97) {
        let mut bytes = request.clone();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        std::fs::write(&changed, &bytes).unwrap();
        let response = file("signature.ur");
        let output = vitrine(&["verify", "--request", &changed, "--response", &response, "--signer", SIGNER]);
        assert!(matches!(output.status.code(), Some(3 | 6)), "byte {at} of the request: {}", text(&output.stderr));
    }
}

#[test]
fn the_same_job_by_separate_commands_and_what_is_still_missing_for_the_safe() {
    let (request, film, scanned) = (file("request.json"), file("shown.gif"), file("scanned.json"));
    assert!(vitrine(&["show", &request, "--gif", &film]).status.success());
    assert!(vitrine(&["scan", &film, "--out", &scanned]).status.success());
    assert_eq!(std::fs::read(&scanned).unwrap(), std::fs::read(&request).unwrap());
    let output = vitrine(&["inspect", &film, "--ceremony", CEREMONY, "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let digest = json["digest"]["hex"].as_str().unwrap();
    let (signed, record) = (file("by-hand.ur"), file("record-by-hand"));
    let base = ["sign", &scanned, "--ceremony", CEREMONY, "--device", "sim:trezor", "--out", &signed];
    let mut args = [&base[..], &["--record", &record, "--approve", digest]].concat();
    assert_eq!(vitrine(&args).status.code(), Some(4), "cautions were not acknowledged");
    std::fs::remove_dir_all(&record).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let cautions = findings.iter().filter(|finding| finding["must_be_acknowledged"].as_bool().unwrap());
    let codes: std::collections::BTreeSet<&str> = cautions.map(|finding| finding["code"].as_str().unwrap()).collect();
    args.extend(codes.iter().flat_map(|code| ["--acknowledge", code]));
    let output = vitrine(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("asked twice, the device gave the same signature"), "{output:?}");
    assert_eq!(std::fs::read(&signed).unwrap(), std::fs::read(file("signature.ur")).unwrap());
    let out = file("never.hex");
    let output = vitrine(&["combine", &signed, "--request", &request, "--ceremony", CEREMONY, "--out", &out]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains("1 more of the Safe's owners must sign"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("A. Brandt") && !Path::new(&out).exists());
    // What was signed is remembered.
    let before = ["inspect", &request, "--ceremony", CEREMONY, "--previous-record", &record];
    let output = vitrine(&before);
    assert!(text(&output.stdout).contains("eth.signed-before"), "{}", text(&output.stdout));
}
