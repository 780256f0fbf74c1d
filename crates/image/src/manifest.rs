//! What was built: names, sizes and hashes, as hex and as words.

use vitrine_review::sha256;

/// One line for each file: SHA-256, size in bytes, name; then the hash in words.
pub fn manifest(files: &[(&str, &[u8])]) -> String {
    let mut text = String::new();
    for (name, bytes) in files {
        let digest = sha256(bytes);
        text.push_str(&format!("{digest}  {:>9}  {name}\n", bytes.len()));
        text.push_str(&format!("  {}\n", digest.words().join(" ")));
    }
    text
}
