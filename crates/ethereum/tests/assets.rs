//! The files of `assets/ethereum` are those that the manifest names, made from the packages that the lock names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest, Sha256};
use vitrine_ethereum::alloy_primitives::address;
use vitrine_ethereum::interface::Interfaces;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/ethereum")
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn no_byte_of_an_asset_differs_from_the_manifest() {
    let manifest = json("manifest.json");
    let mut named = BTreeSet::from(["manifest.json".to_owned(), "packages".to_owned(), "SOURCE.md".to_owned()]);
    let mut total = 0;
    for file in manifest["files"].as_array().unwrap() {
        let name = text(file, "file");
        let bytes = std::fs::read(folder().join(name)).unwrap();
        assert_eq!(data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)), text(file, "sha256"), "{name}");
        assert_eq!(bytes.len() as u64, file["bytes"].as_u64().unwrap(), "{name}");
        println!("{name}: {} rows, {} bytes", file["rows"], bytes.len());
        total += bytes.len();
        named.insert(name.to_owned());
    }
    let found: BTreeSet<_> =
        std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, named);
    assert!(total < 4_000_000, "{total} bytes");
}

#[test]
fn the_manifest_names_the_packages_of_the_lock_and_no_others() {
    let (manifest, lock) = (json("manifest.json"), json("packages/package-lock.json"));
    let of = |entry: &Value, name: &str| [name, text(entry, "version"), text(entry, "integrity")].map(str::to_owned);
    let packages = manifest["packages"].as_array().unwrap();
    let named: BTreeSet<_> = packages.iter().map(|p| of(p, text(p, "package"))).collect();
    let locked = lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty());
    let locked: BTreeSet<_> = locked
        .map(|(path, entry)| of(entry, entry["name"].as_str().unwrap_or(&path["node_modules/".len()..])))
        .collect();
    assert_eq!((named.len(), &named), (10, &locked));
    for package in packages {
        assert!(["MIT", "Apache-2.0"].contains(&text(package, "licence")));
        assert!(text(package, "integrity").starts_with("sha512-"));
    }
    let usdc = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
    let source = Interfaces::built_in().contract_at(1, usdc).unwrap().source;
    assert!(named.iter().any(|[name, version, _]| source.contains(&format!("{name} {version}"))), "{source}");
    for entry in lock["packages"].as_object().unwrap().values() {
        assert!(entry.get("resolved").is_none(), "the lock file names a host");
    }
}
