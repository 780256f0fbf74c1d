//! The demo's request and ceremony folders around it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vitrine_ceremony::Folder;

use crate::repository;

/// Account of the treasury's seed on testnet, which the request spends from.
pub const OURS: &str = "wpkh([5c9e228d/84h/1h/0h]tpubDCZB6sR48s4T5Cr8qHUYSZEFCQMMHRg8AoVKVmvcAP5bRw7ArDKeoNwKAJujV3xCPkBvXH5ejSgbgyN6kREmF7sMd41NdbuHa8n1DZNxSMg/<0;1>/*)";
/// The same seed's account on mainnet.
pub const OURS_ON_MAINNET: &str = "wpkh([5c9e228d/84h/0h/0h]xpub6DDUPHpUo4pcy43iJeZjbSVWGav1SMMmuWdMHiGtkK8rhKmfbomtkwW6GKs1GGAKehT6QRocrmda3WWxXawpjmwaUHfFRXuKrXSapdckEYF/<0;1>/*)";
/// Another treasury's account on testnet.
pub const THEIRS: &str = "wpkh([3f635a63/84h/1h/0h]tpubDCgYNDYFCZpc5H8LExm81BQd8YcpJndx14YXjFV5XZrFxexwZKMVAycjDvmdLJELb6NgeVAM4UyGbqVqqdATXQh5FnYkS4C9DkzmFc9A86Z/<0;1>/*)";

/// Path of the demo's request.
#[must_use]
pub fn request() -> PathBuf {
    repository::root().join("assets/demo/request.psbt")
}

/// Path of the demo's ceremony folder.
#[must_use]
pub fn demo() -> PathBuf {
    repository::root().join("assets/demo/ceremony")
}

/// The demo's ceremony folder, parsed.
///
/// # Panics
/// If it is not one.
#[must_use]
#[expect(clippy::panic, reason = "a test without its folder cannot go on")]
pub fn demo_folder() -> Folder {
    let mut files = BTreeMap::new();
    for name in ["addresses.toml", "ceremony.toml", "wallets/demo.toml"] {
        let path = demo().join(name);
        files.insert(name.to_owned(), fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
    }
    Folder::parse(&files).unwrap_or_else(|e| panic!("{}: {e}", demo().display()))
}

/// Writes a ceremony folder with one wallet and no limits, and returns its path.
///
/// # Panics
/// If it cannot be written.
#[must_use]
pub fn folder(place: &Path, network: &str, descriptor: &str) -> PathBuf {
    let folder = place.join(format!("ceremony-{network}"));
    let ceremony = format!(
        "version = 1\ntitle = \"Test\"\nchain = \"bitcoin\"\nnetwork = \"{network}\"\n\n[approval]\nrecipients = \"any\"\n"
    );
    let wallet = format!("version = 1\nname = \"Treasury\"\ndescriptor = \"{descriptor}\"\n");
    write(&folder.join("ceremony.toml"), &ceremony);
    write(&folder.join("wallets/treasury.toml"), &wallet);
    folder
}

#[expect(clippy::panic, reason = "a test without its files cannot go on")]
fn write(path: &Path, text: &str) {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
