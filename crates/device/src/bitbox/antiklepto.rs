//! The anti-klepto protocol: this machine adds to each nonce of ECDSA, and checks that the device let it.
//!
//! The device commits to its nonce R before it learns what is added; the signature's nonce is then
//! R + H(R ‖ added)·G. A device that chose the nonce alone, to leak its key through it, would have to guess.
//!
//! Source: secp256k1-zkp, module `ecdsa_s2c`; <https://bitbox.swiss/blog/anti-klepto-explained-protection-against-leaking-private-keys/>.

use bitcoin::hashes::{Hash, HashEngine, sha256};
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1};

use crate::error::DeviceError;

/// What this machine adds to a nonce.
#[derive(Clone, Copy)]
pub(super) struct HostNonce([u8; 32]);

impl HostNonce {
    /// `bytes` have to be random.
    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What the device is told first.
    pub(super) fn commitment(&self) -> Vec<u8> {
        tagged(b"s2c/ecdsa/data", &[&self.0]).to_vec()
    }

    /// What it is told after it has committed itself.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Checks that the signature's r is the committed nonce with ours added.
    ///
    /// # Errors
    /// [`DeviceError::NonceNotShared`] if it is not; [`DeviceError::Malformed`] if the commitment is no point.
    pub(super) fn check(&self, commitment: &[u8], r: &[u8; 32], at: &'static str) -> Result<(), DeviceError> {
        let malformed = DeviceError::Malformed { at, what: "a commitment to a nonce that is no point" };
        let committed = PublicKey::from_slice(commitment).map_err(|_| malformed)?;
        let tweak = Scalar::from_be_bytes(tagged(b"s2c/ecdsa/point", &[&committed.serialize(), &self.0]));
        let secp = Secp256k1::verification_only();
        let shared = tweak.ok().and_then(|tweak| committed.add_exp_tweak(&secp, &tweak).ok());
        match shared.map(|point| point.x_only_public_key().0.serialize()) {
            Some(x) if x == *r => Ok(()),
            _ => Err(DeviceError::NonceNotShared { at }),
        }
    }
}

/// SHA-256 with the tag's digest before it, twice (as in BIP-340).
fn tagged(tag: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let tag = sha256::Hash::hash(tag).to_byte_array();
    let mut engine = sha256::Hash::engine();
    engine.input(&tag);
    engine.input(&tag);
    parts.iter().for_each(|part| engine.input(part));
    sha256::Hash::from_engine(engine).to_byte_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    /// Values of the protocol, as `bitbox-api` 0.13.0 has them among its tests.
    const RUNS: [(&str, &str, &str); 2] = [
        (
            "8b4c26aa2695a34bdbc34235f6c91be14b93037a063b13f7c814101359561092",
            "0236ff92fe02c08d0d04851e0ce1516104085215f05a178307de60ea53e207f971",
            "7fd66b48ffea2fe048869880bbb3a1819e262af14980e8885df1e5765750cb8f",
        ),
        (
            "9c9471aa529fbad96396b9379938e56195c5aa8e1e22b6e87d226e49d8b1f581",
            "034e2979d398ce029996ffe99dc310a0f2cf9a5411b166f57a85fc3a24985f16be",
            "48cb61d08c730e36b0285dfd9ece91e88a5ec0898d1c80b93e85b967e0ddcd19",
        ),
    ];

    #[test]
    fn a_nonce_that_was_shared_is_known_from_one_that_was_not() {
        for (nonce, commitment, r) in RUNS {
            let (nonce, commitment) = (bytes::<32>(nonce), bytes::<33>(commitment));
            HostNonce::new(nonce).check(&commitment, &bytes(r), "x").unwrap();
            for bit in 0..32 {
                let mut other = nonce;
                other[bit] ^= 1;
                let outcome = HostNonce::new(other).check(&commitment, &bytes(r), "x");
                assert_eq!(outcome, Err(DeviceError::NonceNotShared { at: "x" }), "{bit}");
            }
        }
        let own = bytes::<33>(RUNS[0].1);
        let r: [u8; 32] = own[1..].try_into().unwrap();
        assert!(HostNonce::new([5; 32]).check(&own, &r, "x").is_err(), "the device's own nonce alone");
        assert!(HostNonce::new([5; 32]).check(&[0; 33], &r, "x").is_err());
    }

    #[test]
    fn the_commitment_is_the_published_one() {
        let nonce = HostNonce::new(bytes("e8011345fe4851538c30c1fc1a215395e8063fcf6fbdcf8fab9a42e466a74f4a"));
        let expected: [u8; 32] = bytes("70a8934f41a1679b4c715c3e6db17f785b67da4e398107a0a00c828980a4be2f");
        assert_eq!(nonce.commitment(), expected);
    }
}
