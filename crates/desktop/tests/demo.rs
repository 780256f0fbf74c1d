//! The main job through the real binary: everything it leaves is there, and proves itself.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod support;

use std::path::Path;

use support::{text, vitrine};

fn demo() -> &'static Path {
    support::demo("bitcoin")
}

fn file(name: &str) -> String {
    demo().join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_demo_leaves_everything_that_it_names() {
    let names = [
        "request.psbt",
        "request.gif",
        "review.txt",
        "review.json",
        "signed.psbt",
        "signed.gif",
        "transaction.hex",
        "record/record.jsonl",
    ];
    for name in names {
        assert!(std::fs::metadata(file(name)).unwrap().len() > 0, "{name}");
    }
    let screens = std::fs::read_dir(demo().join("screens")).unwrap().count();
    assert!(screens >= 7, "{screens} screens");
    assert!(std::fs::read_dir(demo()).unwrap().all(|e| !e.unwrap().path().to_str().unwrap().ends_with(".partial")));
}

#[test]
fn the_film_of_the_result_verifies_and_gives_the_same_transaction() {
    let tx_out = file("again.hex");
    let args = ["verify", "--request", &file("request.psbt"), "--response", &file("signed.gif"), "--tx-out", &tx_out];
    let output = vitrine(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().last(), Some("verified"));
    assert_eq!(std::fs::read(tx_out).unwrap(), std::fs::read(file("transaction.hex")).unwrap());
}

#[test]
fn a_changed_byte_of_the_signed_psbt_never_verifies() {
    let signed = std::fs::read(file("signed.psbt")).unwrap();
    let changed_file = file("changed.psbt");
    // Every byte is tried in-process by vitrine-bitcoin; here a spread of them through the binary.
    for at in (0..signed.len()).step_by(97) {
        let mut changed = signed.clone();
        changed[at] ^= 0x01;
        std::fs::write(&changed_file, &changed).unwrap();
        let output = vitrine(&["verify", "--request", &file("request.psbt"), "--response", &changed_file]);
        let code = output.status.code();
        assert!(matches!(code, Some(3 | 6)), "byte {at}: exit {code:?}: {}", text(&output.stderr));
    }
}

#[test]
fn the_record_is_whole_and_a_changed_one_is_not() {
    let record = file("record");
    let output = vitrine(&["record", "verify", &record]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let copy = demo().join("record-changed");
    std::fs::create_dir_all(&copy).unwrap();
    let lines = std::fs::read_to_string(demo().join("record/record.jsonl")).unwrap();
    std::fs::write(copy.join("record.jsonl"), lines.replacen("\"at\":1", "\"at\":2", 1)).unwrap();
    assert_eq!(vitrine(&["record", "verify", copy.to_str().unwrap()]).status.code(), Some(6));
}

#[test]
fn the_same_job_by_separate_commands() {
    let ceremony = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ceremony");
    let (request, gif, scanned) = (file("request.psbt"), file("shown.gif"), file("scanned.psbt"));
    assert!(vitrine(&["show", &request, "--as", "bbqr", "--gif", &gif]).status.success());
    assert!(vitrine(&["scan", &gif, "--out", &scanned]).status.success());
    assert_eq!(std::fs::read(&scanned).unwrap(), std::fs::read(&request).unwrap());

    let output = vitrine(&["inspect", &gif, "--ceremony", ceremony, "--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let digest = json["digest"]["hex"].as_str().unwrap().to_owned();

    let (signed, device) = (file("signed-by-hand.psbt"), "sim:trezor");
    let base = ["sign", &scanned, "--ceremony", ceremony, "--device", device, "--out", &signed];
    let unapproved = vitrine(&base);
    assert_eq!(unapproved.status.code(), Some(4));
    assert!(text(&unapproved.stderr).contains(&digest));
    let cautions: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["must_be_acknowledged"].as_bool().unwrap())
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    let mut args = base.to_vec();
    args.extend(["--approve", &digest]);
    if !cautions.is_empty() {
        assert_eq!(vitrine(&args).status.code(), Some(4), "a caution was not acknowledged");
    }
    args.extend(cautions.iter().flat_map(|code| ["--acknowledge", code]));
    let record = file("record-by-hand");
    args.extend(["--record", &record]);
    let output = vitrine(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&vitrine(&["record", "show", &record]).stdout);
    assert_eq!(vitrine(&args).status.code(), Some(2), "the record of a session was written over");
    for step in ["Approved", "Signed", "Read back", "Closed"] {
        assert!(shown.contains(step), "the record does not say {step}:\n{shown}");
    }
    assert_eq!(std::fs::read(&signed).unwrap(), std::fs::read(file("signed.psbt")).unwrap());
    assert!(vitrine(&["verify", "--request", &request, "--response", &signed]).status.success());
}

#[test]
fn another_review_s_digest_signs_nothing() {
    let ceremony = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ceremony");
    let out = file("never.psbt");
    let digest = "00".repeat(32);
    let args = [
        "sign",
        &file("request.psbt"),
        "--ceremony",
        ceremony,
        "--device",
        "sim:trezor",
        "--approve",
        &digest,
        "--out",
        &out,
    ];
    let output = vitrine(&args);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(!Path::new(&out).exists());
}

#[test]
fn a_refused_request_is_exit_code_4_without_a_folder_too() {
    let request = file("request.psbt");
    assert_eq!(vitrine(&["inspect", &request, "--network", "testnet"]).status.code(), Some(0));
    let output = vitrine(&["inspect", &request, "--network", "mainnet"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("btc.other-network"), "{}", text(&output.stderr));
    assert!(!output.stdout.is_empty(), "the review is printed all the same");
}

#[test]
fn a_slip_of_the_keyboard_asks_no_device_and_says_what_was_meant() {
    let ceremony = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ceremony");
    let (request, out) = (file("request.psbt"), file("slip.psbt"));
    let json = vitrine(&["inspect", &request, "--ceremony", ceremony, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let digest = json["digest"]["hex"].as_str().unwrap();
    let base = ["sign", &request, "--ceremony", ceremony, "--approve", digest, "--acknowledge", "btc.payee-unknown"];
    let slips: [(&[&str], &str); 3] = [
        (&["--device", "sim:trezor"], "--out"),
        (&["--device", "sim:trezr", "--out", &out], "no such simulated device. Known: sim:trezor"),
        (&["--device", "sim:trezor", "--out", &out, "--acknowledge", "btc.payee-unknwn"], "no such caution"),
    ];
    for (slip, said) in slips {
        let output = vitrine(&[&base[..], slip].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(said) && !stderr.contains("Device screen"), "{stderr}");
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn what_was_and_was_not_compared_is_said_by_every_command_that_signs() {
    let shown = text(&vitrine(&["record", "show", &file("record")]).stdout);
    assert!(shown.contains("asked twice, the device gave the same 3 signatures, byte for byte"), "{shown}");
    let ceremony = demo().join("once");
    for name in ["ceremony.toml", "wallets/demo.toml", "addresses.toml"] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ceremony/").to_owned() + name;
        let toml = std::fs::read_to_string(path).unwrap().replace("sign_twice = true\n", "");
        std::fs::create_dir_all(ceremony.join("wallets")).unwrap();
        std::fs::write(ceremony.join(name), toml).unwrap();
    }
    let (ceremony, request, out) = (ceremony.to_str().unwrap().to_owned(), file("request.psbt"), file("once.psbt"));
    let json = vitrine(&["inspect", &request, "--ceremony", &ceremony, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let digest = json["digest"]["hex"].as_str().unwrap();
    let base = ["sign", &request, "--ceremony", &ceremony, "--device", "sim:trezor", "--out", &out];
    let output = vitrine(&[&base[..], &["--approve", digest, "--acknowledge", "btc.payee-unknown"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = "nonces not compared: by the ceremony folder the device is asked once";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr).matches("asked to sign the same request again").count(), 0);
}

#[test]
fn an_operator_is_told_once_what_is_wrong_and_who_signed() {
    let (request, signed) = (file("request.psbt"), file("signed.psbt"));
    let output = vitrine(&["verify", "--request", &request, "--response", &request]);
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(
        text(&output.stderr),
        "vitrine: the response adds no signature; scan the signed result, not the request\n"
    );
    let output = vitrine(&["verify", "--request", &request, "--response", &signed]);
    let said = "5c9e228d/84'/1'/0', as the request claims, made 3 signatures";
    assert!(text(&output.stdout).contains(said), "{}", text(&output.stdout));
    let out = file("combined.psbt");
    let output = vitrine(&["combine", &signed, &signed, "--out", &out]);
    assert!(text(&output.stdout).starts_with("no signature added; 3 signatures carried already, all valid\n"));
}
