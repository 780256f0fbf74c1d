//! `vitrine devices` and `vitrine wallet register` as their users start them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

#[allow(dead_code, reason = "each test binary uses its own part of the support")]
mod support;

use std::path::PathBuf;

use support::{text, vitrine};

const KEYS: [&str; 2] = [
    "[5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg",
    "[73c5da0a/84h/1h/0h]tpubDC8msFGeGuwnKG9Upg7DM2b4DaRqg3CUZa5g8v2SRQ6K4NSkxUgd7HsL2XVWbVm39yBA4LAxysQAm397zwQSQoQgewGiYZqrA9DsP4zbQ1M",
];

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo");

fn folder(name: &str, wallet: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("wallets")).unwrap();
    let ceremony = "version = 1\ntitle = \"Test\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n";
    std::fs::write(folder.join("ceremony.toml"), ceremony).unwrap();
    std::fs::write(folder.join("wallets/board.toml"), wallet).unwrap();
    folder
}

fn said(args: &[&str]) -> String {
    let output = vitrine(args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_device_says_who_it_is_and_which_wallet_it_belongs_to() {
    let trezor = said(&["devices", "--device", "sim:trezor", "--ceremony", &format!("{DEMO}/ceremony")]);
    for line in ["firmware     2.11.1", "fingerprint  5c9e228d", "wallet       Demo treasury"] {
        assert!(trezor.lines().any(|said| said.trim() == line), "{line}: {trezor}");
    }
    let stranger = said(&["devices", "--device", "sim:trezor", "--ceremony", &format!("{DEMO}/ledger/ceremony")]);
    assert!(stranger.contains("none of the ceremony folder"), "{stranger}");
    let folder = format!("{DEMO}/ethereum/ledger/ceremony");
    let ledger = said(&["devices", "--device", "sim:ledger", "--ceremony", &folder]);
    let lines =
        ["app          Ethereum 1.22.0", "wallet       A. Brandt", "wallet       Demo treasury, key of A. Brandt"];
    for line in lines {
        assert!(ledger.lines().any(|said| said.trim() == line), "{line}: {ledger}");
    }
    let alone = said(&["devices", "--device", "sim:trezor"]);
    assert!(!alone.contains("wallet"), "nobody said whose: {alone}");
    let unknown = vitrine(&["devices", "--device", "sim:abacus"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_device_that_registers_nothing_leaves_the_folder_as_it_is() {
    let keys = KEYS.map(|key| format!("\"{key}\"")).join(", ");
    let wallet =
        format!("version = 1\nname = \"Board\"\ntemplate = \"wsh(sortedmulti(1,@0/**,@1/**))\"\nkeys = [{keys}]");
    let dir = folder("register-trezor", &wallet);
    let dir = dir.to_str().unwrap();
    let args = ["wallet", "register", "--ceremony", dir, "--wallet", "Board", "--device", "sim:trezor", "--write"];
    assert!(said(&args).contains("the folder stays as it is"));
    assert_eq!(std::fs::read_to_string(format!("{dir}/wallets/board.toml")).unwrap(), wallet);
    let nobody = vitrine(&["wallet", "register", "--ceremony", dir, "--wallet", "Bord", "--device", "sim:trezor"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", text(&nobody.stderr));
}

#[test]
fn a_device_of_another_seed_registers_nothing() {
    let foreign = KEYS[1];
    let wallet = format!("version = 1\nname = \"Board\"\ndescriptor = \"wsh(pk({foreign}/<0;1>/*))\"\n");
    let dir = folder("register-stranger", &wallet);
    let dir = dir.to_str().unwrap();
    let args = ["wallet", "register", "--ceremony", dir, "--wallet", "Board", "--device", "sim:trezor", "--write"];
    let refused = vitrine(&args);
    assert_eq!(refused.status.code(), Some(6), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("5c9e228d") && text(&refused.stderr).contains("73c5da0a"));
    assert_eq!(std::fs::read_to_string(format!("{dir}/wallets/board.toml")).unwrap(), wallet);
}
