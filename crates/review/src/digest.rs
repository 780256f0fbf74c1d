//! Digests as people compare them: hex in groups of four, and words.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::text::groups_of_four;
use crate::{value, words};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest of these 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// The hex digits in 16 groups of four.
    pub fn groups(&self) -> Vec<String> {
        groups_of_four(&self.hex()).into_iter().map(str::to_owned).collect()
    }

    /// All 32 words.
    pub fn words(&self) -> Vec<&'static str> {
        words::digest_words(&self.0)
    }

    /// The first six words.
    pub fn first_words(&self) -> String {
        value::first_words(&self.0)
    }

    /// Reads 64 hex digits, upper or lower case, spaces and colons between groups allowed.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | ':')).collect();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// SHA-256 with the tag's own digest twice in front, as in BIP-340.
pub fn tagged_sha256(tag: &str, bytes: &[u8]) -> Digest {
    Digest(tagged(tag).chain_update(bytes).finalize().into())
}

fn tagged(tag: &str) -> Sha256 {
    let tag_digest = Sha256::digest(tag.as_bytes());
    Sha256::new().chain_update(tag_digest).chain_update(tag_digest)
}

/// Canonical encoding for digests, hashed as it is made: each item is its length as u64 big-endian, then its bytes.
pub(crate) struct Canonical(Sha256);

impl Canonical {
    /// An encoding without items yet, to be digested under this tag.
    pub(crate) fn new(tag: &str) -> Self {
        Self(tagged(tag))
    }

    pub(crate) fn item(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn option(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            Some(bytes) => self.item(&[1]).item(bytes),
            None => self.item(&[0]),
        }
    }

    pub(crate) fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_back_in_every_form_people_type() {
        let digest = sha256(b"abc");
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.hex(), hex);
        assert_eq!(Digest::from_hex(&hex.to_uppercase()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.groups().join(" ")), Some(digest));
        assert_eq!(Digest::from_hex(hex.get(1..).unwrap()), None);
    }

    #[test]
    fn length_prefixes_keep_items_apart() {
        let mut a = Canonical::new("t");
        a.item(b"ab").item(b"c");
        let mut b = Canonical::new("t");
        b.item(b"a").item(b"bc");
        assert_ne!(a.digest(), b.digest());
    }
}
