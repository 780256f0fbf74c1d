//! MuSig2 (BIP-327): several keys become one, and their holders sign together.
//!
//! A public nonce of each participant, then a partial signature of each, then their sum: an ordinary signature
//! (BIP-340). All of it is computed here from public numbers alone; no secret ever comes near.

mod keys;
mod points;
mod scalar;
mod session;

pub(crate) use keys::{KeyAgg, TweakMode, derived, key_sort, synthetic_xpub};
pub(crate) use session::{PublicNonce, Session, aggregate_nonces, is_pair_of_points, x_coordinates};

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::PublicKey;
use bitcoin::taproot::TapLeafHash;

/// Who a nonce or a partial signature belongs to, and what it is for: the key of PSBT_IN_MUSIG2_PUB_NONCE and
/// PSBT_IN_MUSIG2_PARTIAL_SIG (BIP-373).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MusigSigner {
    pub(crate) participant: PublicKey,
    /// The key that the finished signature is by: the taproot output key, or a key in a leaf.
    pub(crate) aggregate: PublicKey,
    /// The leaf that is signed; none for the key path.
    pub(crate) leaf: Option<TapLeafHash>,
}

impl MusigSigner {
    /// Reads the data of such a key.
    pub(crate) fn read(key_data: &[u8]) -> Option<Self> {
        let (participant, rest) = key_data.split_at_checked(33)?;
        let (aggregate, leaf) = rest.split_at_checked(33)?;
        let leaf = match leaf {
            [] => None,
            leaf => Some(TapLeafHash::from_byte_array(leaf.try_into().ok()?)),
        };
        let (participant, aggregate) =
            (PublicKey::from_slice(participant).ok()?, PublicKey::from_slice(aggregate).ok()?);
        Some(Self { participant, aggregate, leaf })
    }

    /// The data of such a key.
    pub(crate) fn key_data(&self) -> Vec<u8> {
        let mut data = [self.participant.serialize(), self.aggregate.serialize()].concat();
        data.extend(self.leaf.iter().flat_map(|leaf| leaf.to_byte_array()));
        data
    }
}

#[cfg(test)]
mod tests;
