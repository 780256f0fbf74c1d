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

/// The public seeds of Ledger's emulator and of BIP-39.
const LEDGERS_KEYS: [&str; 2] = [
    "[f5acc2fd/48h/1h/0h/2h]tpubDFAqEGNyad35aBCKUAXbQGDjdVhNueno5ZZVEn3sQbW5ci457gLR7HyTmHBg93oourBssgUxuWz1jX5uhc1qaqFo9VsybY1J5FuedLfm4dK",
    "[73c5da0a/48h/1h/0h/2h]tpubDFH9dgzveyD8zTbPUFuLrGmCydNvxehyNdUXKJAQN8x4aZ4j6UZqGfnqFrD4NqyaTVGKbvEW54tsvPTK2UoSbCC1PJY8iCNiwTL3RWZEheQ",
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

/// From a wallet of two keys to its address on the screen of a device that has to be told of it first.
#[test]
fn what_a_ledger_gives_is_appended_and_the_rest_of_the_file_stays_byte_for_byte() {
    let keys = LEDGERS_KEYS.map(|key| format!("\"{key}\"")).join(", ");
    let wallet = format!(
        "# By hand.\nversion = 1\nname = \"Board\"\ntemplate = \"wsh(sortedmulti(2,@0/**,@1/**))\"\nkeys = [{keys}]"
    );
    let dir = folder("register-ledger", &wallet);
    let dir = dir.to_str().unwrap();
    let base = ["--ceremony", dir, "--wallet", "Board", "--device", "sim:ledger"];
    let address = [&["wallet", "address"][..], &base, &["--index", "3"]].concat();
    let early = vitrine(&address);
    assert_eq!(early.status.code(), Some(5), "{}", text(&early.stderr));
    assert!(text(&early.stderr).contains("vitrine wallet register"), "{}", text(&early.stderr));
    let register = [&["wallet", "register"][..], &base].concat();
    let printed = said(&register);
    assert!(printed.starts_with("[[registration]]\ndevice = \"ledger\"\nfingerprint = \"f5acc2fd\"\n"), "{printed}");
    let file = || std::fs::read_to_string(format!("{dir}/wallets/board.toml")).unwrap();
    assert_eq!(file(), wallet, "only --write writes");
    assert!(said(&[&register[..], &["--write"]].concat()).contains("digest"));
    assert_eq!(file(), format!("{wallet}\n\n{printed}"));
    assert!(said(&register).contains("already"));
    assert!(said(&address).contains("The device shows the same address"));
    let listed = said(&["devices", "--device", "sim:ledger", "--ceremony", dir]);
    assert!(listed.contains("Board, registered with it"), "{listed}");
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
