//! Personal messages (EIP-191, version 0x45 “E”), as `personal_sign` takes them.
//!
//! Source: <https://eips.ethereum.org/EIPS/eip-191>

mod sign_in;
mod time;

use alloy_primitives::{B256, Keccak256};

pub use sign_in::{SignIn, SignInError};

use crate::Located;

/// A message to be signed as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalMessage {
    bytes: Located,
    text: Option<String>,
    digest: B256,
    hidden_hash: Option<B256>,
    sign_in: SignInReading,
}

/// What a message has to do with signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInReading {
    /// It is no sign-in message.
    Absent,
    /// It claims to be one and is not as ERC-4361 has it.
    Malformed(SignInError),
    /// It is one.
    SignIn(Box<SignIn>),
}

impl PersonalMessage {
    /// A message of these bytes, whatever they are.
    pub fn new(bytes: Located) -> Self {
        let text = std::str::from_utf8(bytes.bytes()).ok().map(str::to_owned);
        let sign_in = match text.as_deref() {
            Some(text) if sign_in::claims_to_be(text) => match SignIn::parse(text, &bytes) {
                Ok(sign_in) => SignInReading::SignIn(Box::new(sign_in)),
                Err(error) => SignInReading::Malformed(error),
            },
            _ => SignInReading::Absent,
        };
        Self { digest: digest(bytes.bytes()), hidden_hash: hidden_hash(bytes.bytes()), bytes, text, sign_in }
    }

    /// The message.
    pub fn bytes(&self) -> &Located {
        &self.bytes
    }

    /// The message as text, if it is UTF-8. Hostile.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// What is signed: `keccak256(0x19 "Ethereum Signed Message:" 0x0a ‖ length in decimal ‖ message)`.
    pub fn digest(&self) -> B256 {
        self.digest
    }

    /// The hash that the message is instead of a text: 32 bytes that nobody can tell from one, or 64 hexadecimal digits.
    /// Contracts take signatures over such hashes, a Safe for example; nothing says what they stand for.
    pub fn hidden_hash(&self) -> Option<B256> {
        self.hidden_hash
    }

    /// What the message has to do with signing in (ERC-4361).
    pub fn sign_in(&self) -> &SignInReading {
        &self.sign_in
    }
}

fn digest(message: &[u8]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(b"\x19Ethereum Signed Message:\n");
    hasher.update(message.len().to_string());
    hasher.update(message);
    hasher.finalize()
}

/// Whether no hash can have been made to look like this. One of 2^45 hashes has printable characters alone, and a SafeTx
/// has members that are free to try so many; that 26 of 32 are small letters or blanks happens once in 2^72, that all are
/// hexadecimal digits once in 2^113.
fn is_text_of_32_bytes(message: &[u8]) -> bool {
    let is_printable = |b: &u8| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let letters = message.iter().filter(|b| matches!(b, b'a'..=b'z' | b' ')).count();
    message.iter().all(is_printable) && (letters >= 26 || message.iter().all(u8::is_ascii_hexdigit))
}

fn hidden_hash(message: &[u8]) -> Option<B256> {
    if message.len() == 32 && !is_text_of_32_bytes(message) {
        return B256::try_from(message).ok();
    }
    let trimmed = message.trim_ascii();
    let digits = [&b"0x"[..], b"0X"].iter().find_map(|prefix| trimmed.strip_prefix(*prefix)).unwrap_or(trimmed);
    let hash = data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?;
    B256::try_from(hash.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> PersonalMessage {
        PersonalMessage::new(Located::binary(bytes.to_vec(), 0))
    }

    /// Hashes published with `hashMessage` of ethers, web3.js and OpenZeppelin's `MessageHashUtils`.
    #[test]
    fn published_hashes() {
        for (text, hash) in [
            ("", "5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad"),
            ("Hello World", "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2"),
            ("hello", "50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750"),
            ("Some data", "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655"),
        ] {
            assert_eq!(data_encoding::HEXLOWER.encode(message(text.as_bytes()).digest().as_slice()), hash, "{text}");
        }
    }

    #[test]
    fn a_hash_in_place_of_a_text_is_found() {
        let hex = "5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad";
        let hash = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        for bytes in [
            hash.clone(),
            hex.as_bytes().to_vec(),
            format!("0x{hex}").into_bytes(),
            format!("0X{}\n", hex.to_uppercase()).into_bytes(),
            format!("  {hex} ").into_bytes(),
        ] {
            assert_eq!(message(&bytes).hidden_hash().unwrap().to_vec(), hash);
        }
        for text in ["", "Hello", "a sentence of thirty-two letters", &hex[1..], &format!("{hex}0")] {
            assert_eq!(message(text.as_bytes()).hidden_hash(), None, "{text}");
        }
        assert_eq!(message(&hash[1..]).hidden_hash(), None);
    }

    #[test]
    fn bytes_that_are_no_text_stay_bytes() {
        assert_eq!(message(b"\xff\x00").text(), None);
        assert_eq!(message("né".as_bytes()).text(), Some("né"));
        assert_eq!(message(b"x").sign_in(), &SignInReading::Absent);
    }
}
