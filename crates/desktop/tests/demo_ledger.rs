//! The main job with the simulated Ledger through the real binary.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

#[allow(dead_code, reason = "each test binary uses its own part of the support")]
mod support;

use support::{play, text, vitrine};

/// A. Brandt's account: `m/44'/60'/0'/0/0` of the public seed of Ledger's emulator.
const SIGNER: &str = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D";

#[test]
fn a_safe_s_owner_signs_with_the_other_vendor_s_device() {
    let out = play("ethereum", "sim:ledger");
    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let args = ["verify", "--request", &file("request.json"), "--response", &file("signed.gif"), "--signer", SIGNER];
    let verified = vitrine(&args);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    let record = std::fs::read_to_string(out.join("record/record.jsonl")).unwrap();
    let device = record.lines().find(|line| line.contains("\"kind\":\"Device\"")).unwrap();
    assert!(device.contains("Ledger Nano") && device.contains("Ethereum 1.22.0"), "{device}");
    assert!(device.contains("known: With “Blind signing” on"), "{device}");
    let acknowledged = record.lines().find(|line| line.contains("what is known against it acknowledged"));
    assert!(acknowledged.is_some(), "{record}");
}

#[test]
fn a_payment_is_signed_with_the_other_vendor_s_device() {
    let out = play("bitcoin", "sim:ledger");
    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let verified = vitrine(&["verify", "--request", &file("request.psbt"), "--response", &file("signed.gif")]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    let record = std::fs::read_to_string(out.join("record/record.jsonl")).unwrap();
    let device = record.lines().find(|line| line.contains("\"kind\":\"Device\"")).unwrap();
    assert!(
        device.contains("Bitcoin Test") && device.contains("Fingerprint f5acc2fd; wallet Demo treasury"),
        "{device}"
    );
}

/// Both folders of a demo say the same but for whose keys they are.
#[test]
fn the_folders_of_both_seeds_differ_in_their_wallets_alone() {
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/demo");
    let read = |path: &str| std::fs::read_to_string(assets.join(path)).unwrap();
    for file in ["addresses.toml", "ceremony.toml"] {
        assert_eq!(read(&format!("ceremony/{file}")), read(&format!("ledger/ceremony/{file}")));
        assert_eq!(read(&format!("ethereum/ceremony/{file}")), read(&format!("ethereum/ledger/ceremony/{file}")));
    }
    let contracts = "contracts/treasury.toml";
    assert_eq!(read(&format!("ethereum/ceremony/{contracts}")), read(&format!("ethereum/ledger/ceremony/{contracts}")));
    let safe = read("ethereum/ledger/ceremony/wallets/treasury.toml");
    let slip_14 = "0x73d0385F4d8E00C5e6504C6030F47BF6212736A8";
    assert_eq!(safe.replace(SIGNER, slip_14), read("ethereum/ceremony/wallets/treasury.toml"));
}

#[test]
fn a_device_that_the_demo_does_not_know_is_named() {
    let output = vitrine(&["demo", "--headless", "--device", "sim:abacus", "--out", env!("CARGO_TARGET_TMPDIR")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("sim:trezor, sim:ledger"), "{}", text(&output.stderr));
}
