//! What was written by others and is kept here with a change.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test each is an assertion")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use acceptance::repository;
use sha2::{Digest, Sha256};

const CRATE: &str = "vendor/ledger-transport-hid";
const CHANGED: (&str, &str) =
    (r#"features = ["linux-native-basic-udev"] # changed: PATCH.md"#, r#"features = ["linux-static-hidraw"]"#);

/// Hash and path of each file, as the patch's page lists them.
fn published() -> Vec<(String, String)> {
    let page = fs::read_to_string(repository::root().join(CRATE).join("PATCH.md")).unwrap();
    let list = page.rsplit("```").nth(1).unwrap();
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(hash, path)| (hash.to_owned(), path.to_owned())).collect()
}

fn files(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{path}/"), found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn one_line_differs_from_what_was_published() {
    let folder = repository::root().join(CRATE);
    let mut there = BTreeSet::new();
    files(&folder, "", &mut there);
    assert!(there.remove("PATCH.md") && there.remove("LICENSE"));
    let published = published();
    assert_eq!(there, published.iter().map(|(_, path)| path.clone()).collect());
    for (hash, path) in published {
        let mut text = fs::read_to_string(folder.join(&path)).unwrap();
        if path == "Cargo.toml" {
            assert_eq!(text.matches(CHANGED.0).count(), 1);
            text = text.replace(CHANGED.0, CHANGED.1);
        }
        assert_eq!(format!("{:x}", Sha256::digest(text)), hash, "{path}");
    }
}

/// A second hidapi, or libudev through the feature of another crate, would undo it.
#[test]
fn the_one_hidapi_needs_no_libudev() {
    let lines = tree(&["--workspace"]);
    let hidapi: BTreeSet<_> = lines.iter().filter(|line| line.starts_with("hidapi ")).collect();
    assert_eq!(hidapi.len(), 1, "{hidapi:?}");
    assert!(hidapi.iter().all(|line| line.ends_with("[linux-native-basic-udev]")), "{hidapi:?}");
    assert!(lines.iter().all(|line| !line.starts_with("libudev-sys ") && !line.starts_with("udev ")));
    assert!(lines.iter().any(|line| line.starts_with("libusb1-sys ") && line.contains("vendored")));
    let config = fs::read_to_string(repository::root().join(".cargo/config.toml")).unwrap();
    assert!(config.contains("LIBUDEV_NO_PKG_CONFIG = \"1\""));
}

/// Simulated devices sign: nothing of them may be in the program that the image starts.
#[test]
fn the_appliance_contains_no_simulated_device() {
    let lines = tree(&["--package", "vitrine-appliance"]);
    let device: BTreeSet<_> = lines.iter().filter(|line| line.starts_with("vitrine-device ")).collect();
    assert_eq!(device.len(), 1, "{device:?}");
    let features: BTreeSet<_> =
        device.iter().flat_map(|line| line.split(['[', ']']).nth(1).unwrap().split(',')).collect();
    assert_eq!(features, BTreeSet::from(["hid"]));
}

/// Each linked package with its features, as `NAME VERSION [FEATURES]`.
fn tree(packages: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(["--target", "all", "--format", "{p} [{f}]"])
        .args(packages)
        .current_dir(repository::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect()
}
