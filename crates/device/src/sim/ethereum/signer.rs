//! The simulated device's signatures: RFC 6979, low s, v of 27 or 28.

use bitcoin::secp256k1::{Message, SecretKey};
use vitrine_ethereum::Signature;
use vitrine_ethereum::alloy_primitives::{Address, B256, U256};

use super::super::keys::Keys;
use super::super::transaction::{neighbour, other_s};
use super::super::{Fault, Refusal};
use super::hash::keccak;

/// Who signs, and what is wrong with it.
pub(super) struct Signer<'a> {
    pub(super) keys: &'a Keys,
    pub(super) fault: Option<Fault>,
    pub(super) nonces: Option<u32>,
}

/// r, s and v.
pub(super) struct Signed {
    pub(super) r: Vec<u8>,
    pub(super) s: Vec<u8>,
    /// 27 and the parity of the curve's point.
    pub(super) v: u8,
}

impl Signed {
    /// r, s, v in 65 bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [self.r.as_slice(), &self.s, &[self.v]].concat()
    }
}

impl Signer<'_> {
    /// The account at a path that the firmware signs with.
    pub(super) fn account(&self, path: &[u32]) -> Result<Address, Refusal> {
        let key = self.keys.ethereum(path)?.public_key(self.keys.secp()).serialize_uncompressed();
        let hash = keccak(&[key.get(1..).unwrap_or_default()]);
        Ok(Address::from_word(hash))
    }

    /// Whether the device is to sign something else than it showed.
    pub(super) fn changes(&self) -> bool {
        self.fault == Some(Fault::ChangesOutput)
    }

    pub(super) fn sign(&self, path: &[u32], digest: B256) -> Result<Signed, Refusal> {
        let digest = match self.fault {
            Some(Fault::StaleSignature) => keccak(&[b"an earlier request"]),
            _ => digest,
        };
        let secret = match self.fault {
            Some(Fault::WrongKey) => neighbour(self.keys.ethereum(path)?)?,
            _ => self.keys.ethereum(path)?,
        };
        self.signed(&secret, digest)
    }

    fn signed(&self, secret: &SecretKey, digest: B256) -> Result<Signed, Refusal> {
        let secp = self.keys.secp();
        let message = Message::from_digest(digest.0);
        let signature = match self.nonces {
            None => secp.sign_ecdsa(&message, secret),
            Some(nonces) => {
                let mixed = keccak(&[&nonces.to_be_bytes()]);
                secp.sign_ecdsa_with_noncedata(&message, secret, &mixed.0)
            }
        };
        let own = secret.public_key(secp).serialize_uncompressed();
        let own = Address::from_word(keccak(&[own.get(1..).unwrap_or_default()]));
        let compact = signature.serialize_compact();
        let odd = Signature::new(scalar(&compact, 0), scalar(&compact, 32), true);
        let odd = odd.and_then(|odd| odd.recover(digest)) == Ok(own);
        let returned = if self.fault == Some(Fault::HighS) { other_s(&signature)? } else { signature };
        let returned = returned.serialize_compact();
        let (r, s) = returned.split_at(32);
        Ok(Signed { r: r.to_vec(), s: s.to_vec(), v: 27_u8.saturating_add(u8::from(odd)) })
    }
}

fn scalar(compact: &[u8; 64], from: usize) -> U256 {
    compact.get(from..from.saturating_add(32)).map(U256::from_be_slice).unwrap_or_default()
}
