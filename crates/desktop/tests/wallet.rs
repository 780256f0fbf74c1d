//! `vitrine wallet` as its users start it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DESCRIPTOR: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";

fn vitrine(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("ceremony/wallets")).unwrap();
    folder
}

/// From another program's file to an address on a device's screen.
#[test]
fn an_imported_wallet_is_registered_and_its_address_compared() {
    let folder = folder("wallet-import");
    let file = folder.join("export.txt");
    std::fs::write(&file, DESCRIPTOR).unwrap();
    let out = folder.join("ceremony/wallets/imported.toml");
    let (file, toml) = (file.to_str().unwrap(), out.to_str().unwrap());
    let printed = vitrine(&["wallet", "import", file]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    assert!(text(&printed.stdout).starts_with("version = 1\nname = \"Imported\"\ndescriptor = \"wpkh("));
    assert!(text(&printed.stderr).contains("first address tb1q kvwu"), "{}", text(&printed.stderr));
    assert_eq!(vitrine(&["wallet", "import", file, "--out", toml]).status.code(), Some(0));
    assert_eq!(std::fs::read(&out).unwrap(), printed.stdout);
    let ceremony = "version = 1\ntitle = \"Test\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n";
    std::fs::write(folder.join("ceremony/ceremony.toml"), ceremony).unwrap();
    let dir = folder.join("ceremony");
    let base = ["wallet", "address", "--ceremony", dir.to_str().unwrap(), "--wallet", "Imported", "--index", "0"];
    let shown = vitrine(&base);
    assert_eq!(text(&shown.stdout), "tb1q kvwu 9g3k 2pdx ewfq r7sy z89r 3gj5 57l3 uuf9 r9\n");
    let compared = vitrine(&[&base[..], &["--device", "sim:trezor"]].concat());
    assert_eq!(compared.status.code(), Some(0), "{}", text(&compared.stderr));
    assert!(text(&compared.stdout).contains("The device shows the same address"));
    let nobody = vitrine(&[&base[..5], &["Nobody", "--index", "0"]].concat());
    assert_eq!(nobody.status.code(), Some(2), "{}", text(&nobody.stderr));
}

#[test]
fn a_device_with_another_seed_is_found_out() {
    let folder = folder("wallet-differs");
    let other = DESCRIPTOR.replace(
        "tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg",
        "tpubDCgYNDYFCZpc5H8LExm81BQd8YcpJndx14YXjFV5XZrFxexwZKMVAycjDvmdLJELb6NgeVAM4UyGbqVqqdATXQh5FnYkS4C9DkzmFc9A86Z",
    );
    let ceremony = "version = 1\ntitle = \"Test\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n";
    std::fs::write(folder.join("ceremony/ceremony.toml"), ceremony).unwrap();
    let toml = format!("version = 1\nname = \"Other\"\ndescriptor = \"{other}\"\n");
    std::fs::write(folder.join("ceremony/wallets/other.toml"), toml).unwrap();
    let dir = folder.join("ceremony");
    let dir = dir.to_str().unwrap();
    let args = ["wallet", "address", "--ceremony", dir, "--wallet", "Other", "--index", "3", "--device", "sim:trezor"];
    let compared = vitrine(&args);
    assert_eq!(compared.status.code(), Some(6), "{}", text(&compared.stderr));
}

#[test]
fn private_keys_and_strange_files_are_refused() {
    let folder = folder("wallet-refused");
    let file = folder.join("export.txt");
    let xprv = "tprv8ZgxMBicQKsPe5YMU9gHen4Ez3ApihUfykaqUorj9t6FDqy3nP6eoXiAo2ssvpAjoLroQxHqr3R5nE3a5dU3DHTjTgJDd7zrbniJr6nrCzd";
    std::fs::write(&file, format!("wpkh({xprv}/0/*)")).unwrap();
    let refused = vitrine(&["wallet", "import", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(text(&refused.stderr).contains("PRIVATE KEY") && !text(&refused.stderr).contains("tprv"));
    assert!(refused.stdout.is_empty());
    std::fs::write(&file, "not a wallet").unwrap();
    assert_eq!(vitrine(&["wallet", "import", file.to_str().unwrap()]).status.code(), Some(3));
}
