//! Tagged hashes (BIP-340).

use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};

/// SHA-256 of the parts, with a tag that no other use of the hash has.
pub(crate) fn tagged_hash(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let tag = sha256::Hash::hash(tag.as_bytes());
    let mut engine = sha256::Hash::engine();
    engine.input(tag.as_byte_array());
    engine.input(tag.as_byte_array());
    parts.iter().for_each(|part| engine.input(part));
    sha256::Hash::from_engine(engine).to_byte_array()
}
