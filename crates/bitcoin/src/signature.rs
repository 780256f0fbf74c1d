//! Single signatures: their encoding and their mathematics.

use std::fmt;

use bitcoin::secp256k1::{Message, Secp256k1, VerifyOnly, ecdsa, schnorr};
use bitcoin::{PublicKey, Script, XOnlyPublicKey};

use crate::SighashType;

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// Not strict DER (BIP-66), or not 64 bytes for Schnorr.
    Encoding,
    /// The s value is in the upper half (BIP-146); anybody could have changed it.
    HighS,
    /// The sighash byte is not the reviewed one.
    SighashByte {
        /// The byte found; none if there is none.
        found: Option<u8>,
        /// The byte reviewed; none for none.
        expected: Option<u8>,
    },
    /// Its key does not belong to the coin.
    ForeignKey,
    /// It does not verify for this key and digest.
    Wrong,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let byte = |b: &Option<u8>| b.map_or("none".to_owned(), |b| format!("0x{b:02x}"));
        match self {
            Self::Encoding => f.write_str("it is not strictly encoded"),
            Self::HighS => f.write_str("its s value is in the upper half"),
            Self::SighashByte { found, expected } => {
                write!(f, "its sighash byte is {}, reviewed was {}", byte(found), byte(expected))
            }
            Self::ForeignKey => f.write_str("its key does not belong to the coin"),
            Self::Wrong => f.write_str("it is not a signature of what was reviewed"),
        }
    }
}

/// Verifies an ECDSA signature with its sighash byte.
pub(crate) fn verify_ecdsa(
    secp: &Secp256k1<VerifyOnly>,
    digest: &[u8; 32],
    key: &PublicKey,
    bytes: &[u8],
    sighash_type: SighashType,
) -> Result<(), SignatureFault> {
    let (byte, der) = bytes.split_last().ok_or(SignatureFault::Encoding)?;
    let expected = sighash_type.byte();
    if Some(*byte) != expected {
        return Err(SignatureFault::SighashByte { found: Some(*byte), expected });
    }
    let signature = ecdsa::Signature::from_der(der).map_err(|_| SignatureFault::Encoding)?;
    // The parser is lenient about padding; the network is not.
    if signature.serialize_der().as_ref() != der {
        return Err(SignatureFault::Encoding);
    }
    let mut low = signature;
    low.normalize_s();
    if low != signature {
        return Err(SignatureFault::HighS);
    }
    let message = Message::from_digest(*digest);
    secp.verify_ecdsa(&message, &signature, &key.inner).map_err(|_| SignatureFault::Wrong)
}

/// Verifies a taproot key path signature against the output key in its script.
pub(crate) fn verify_schnorr(
    secp: &Secp256k1<VerifyOnly>,
    digest: &[u8; 32],
    script: Option<&Script>,
    bytes: &[u8],
    sighash_type: SighashType,
) -> Result<(), SignatureFault> {
    let (signature, byte) = match bytes.len() {
        64 => (bytes, None),
        65 => (bytes.get(..64).unwrap_or_default(), bytes.last().copied()),
        _ => return Err(SignatureFault::Encoding),
    };
    let expected = sighash_type.byte();
    if byte != expected {
        return Err(SignatureFault::SighashByte { found: byte, expected });
    }
    let program = script.filter(|s| s.is_p2tr()).and_then(|s| s.as_bytes().get(2..));
    let key = program.and_then(|program| XOnlyPublicKey::from_slice(program).ok()).ok_or(SignatureFault::Wrong)?;
    let signature = schnorr::Signature::from_slice(signature).map_err(|_| SignatureFault::Encoding)?;
    secp.verify_schnorr(&signature, &Message::from_digest(*digest), &key).map_err(|_| SignatureFault::Wrong)
}
