//! The encrypted channel: `Noise_XX_25519_ChaChaPoly_SHA256`, and the code that people compare.
//!
//! Both keys of this machine are given to it: nothing in here makes randomness.
//!
//! Source: <https://noiseprotocol.org/noise.html>; BitBoxSwiss/bitbox02-firmware, `src/rust/bitbox-noise` and
//! `src/rust/bitbox02-rust/src/hww/noise.rs`.

use noise_protocol::patterns::noise_xx;
use noise_protocol::{CipherState, HandshakeState, U8Array};
use noise_rust_crypto::sensitive::Sensitive;
use noise_rust_crypto::{ChaCha20Poly1305, Sha256, X25519};

use crate::error::DeviceError;

const AT: &str = "the handshake";
const PROLOGUE: &[u8] = b"Noise_XX_25519_ChaChaPoly_SHA256";
/// Ephemeral key, encrypted static key, and an empty payload with its tag.
const ANSWER_BYTES: usize = 32 + 48 + 16;

/// A handshake of which the first message was written.
pub(super) struct Handshake(HandshakeState<X25519, ChaCha20Poly1305, Sha256>);

/// What two devices encrypt with after a handshake.
pub(super) struct Channel {
    send: CipherState<ChaCha20Poly1305>,
    receive: CipherState<ChaCha20Poly1305>,
}

/// A handshake that is over, and what it says about the device.
pub(super) struct Shaken {
    pub(super) channel: Channel,
    /// The device's static key.
    pub(super) device_key: [u8; 32],
    /// Four groups of five letters and digits, which only these two devices can both show.
    pub(super) code: String,
}

impl Handshake {
    /// Begins with this machine's static and ephemeral key; returns the first message too.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`], which no key leads to.
    pub(super) fn begin(static_key: &[u8; 32], ephemeral_key: &[u8; 32]) -> Result<(Self, Vec<u8>), DeviceError> {
        let key = |bytes: &[u8; 32]| Some(Sensitive::from_slice(bytes));
        let (own, ephemeral) = (key(static_key), key(ephemeral_key));
        let mut state = HandshakeState::new(noise_xx(), true, PROLOGUE, own, ephemeral, None, None);
        let message = state.write_message_vec(&[]).map_err(|_| failed("the first message"))?;
        Ok((Self(state), message))
    }

    /// Reads the device's message and writes the last.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`] if it is not the answer to the first.
    pub(super) fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>, DeviceError> {
        if message.len() != ANSWER_BYTES {
            return Err(failed("an answer of another length"));
        }
        self.0.read_message_vec(message).map_err(|_| failed("an answer to another message"))?;
        self.0.write_message_vec(&[]).map_err(|_| failed("the last message"))
    }

    /// Ends the handshake.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`] before [`Handshake::answer`] was called.
    pub(super) fn finish(self) -> Result<Shaken, DeviceError> {
        let device_key = self.0.get_rs().filter(|_| self.0.completed()).ok_or_else(|| failed("no device key"))?;
        let code = code(self.0.get_hash());
        let (send, receive) = self.0.get_ciphers();
        Ok(Shaken { channel: Channel { send, receive }, device_key, code })
    }
}

impl Channel {
    pub(super) fn encrypt(&mut self, message: &[u8]) -> Vec<u8> {
        self.send.encrypt_vec(message)
    }

    /// None if the message is not the device's next one.
    pub(super) fn decrypt(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        self.receive.decrypt_vec(message).ok()
    }
}

fn failed(what: &'static str) -> DeviceError {
    DeviceError::Malformed { at: AT, what }
}

/// The beginning of the handshake's hash in base 32 (RFC 4648), as the device shows it in two rows.
fn code(hash: &[u8]) -> String {
    let letters = data_encoding::BASE32.encode(hash);
    let groups: Vec<&str> = (0..4_usize).filter_map(|n| letters.get(n.checked_mul(5)?..)?.get(..5)).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_one_that_the_firmware_shows() {
        let hash = "59289bdbbbb6b68e8f127f49a525b03013500b3c1af2626f4007ebe44f09c86b";
        let hash = data_encoding::HEXLOWER.decode(hash.as_bytes()).unwrap();
        assert_eq!(code(&hash), "LEUJX W53W2 3I5DY SP5E2"); // the firmware's own test, workflow/pairing.rs
    }

    #[test]
    fn a_handshake_answered_with_anything_else_makes_no_channel() {
        let (mut handshake, first) = Handshake::begin(&[1; 32], &[2; 32]).unwrap();
        assert_eq!(first.len(), 32);
        for answer in [vec![], vec![0; ANSWER_BYTES], vec![9; ANSWER_BYTES - 1], first] {
            assert!(handshake.answer(&answer).is_err());
        }
        assert!(handshake.finish().is_err());
    }
}
