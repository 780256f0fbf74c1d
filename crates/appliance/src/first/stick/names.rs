//! The files that a session leaves: no other name is ever written.

/// Names of fixed files, as the desktop's.
const FILES: [&str; 16] = [
    "record/record.jsonl",
    "request.psbt",
    "request.json",
    "request.hex",
    "request.ur",
    "request.gif",
    "review.txt",
    "review.json",
    "signed.psbt",
    "signed.gif",
    "nonces.psbt",
    "signature.ur",
    "signature.hex",
    "transaction.hex",
    "self-test.txt",
    "notices.txt",
];
/// Content that the record names, by its SHA-256.
const CONTENT: &str = "record/content/";

/// What the record is kept as.
pub const RECORD: &str = "record/record.jsonl";

/// Whether a session leaves a file of this name.
pub fn is_kept(name: &str) -> bool {
    FILES.contains(&name) || digest(name).is_some()
}

/// Whether a file of this name is a result of signing.
pub fn is_result(name: &str) -> bool {
    ["signed.psbt", "nonces.psbt", "signature.ur", "signature.hex", "transaction.hex"].contains(&name)
}

/// The SHA-256 of content that the record names, in lower-case hex digits.
pub fn digest(name: &str) -> Option<&str> {
    let hex = name.strip_prefix(CONTENT)?;
    let digits = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (hex.len() == 64 && digits).then_some(hex)
}
