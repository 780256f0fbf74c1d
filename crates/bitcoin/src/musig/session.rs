//! One signing together (BIP-327): nonces become one, partial signatures are verified and become a signature.

use std::sync::Arc;

use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, Verification};

use super::keys::KeyAgg;
use super::points::{self, Negated, Point};
use super::scalar;
use crate::tagged::tagged_hash;

/// The public nonce of a participant, or of all together: two points. The latter may be at infinity, as zeros.
pub(crate) type PublicNonce = [u8; 66];

/// The nonce of all participants together; none if one of theirs is no pair of points.
pub(crate) fn aggregate_nonces<'a>(nonces: impl IntoIterator<Item = &'a PublicNonce>) -> Option<PublicNonce> {
    let (mut first, mut second) = (None, None);
    for nonce in nonces {
        let (a, b) = points_of(nonce)?;
        (first, second) = (points::add(first, Some(a)), points::add(second, Some(b)));
    }
    let bytes = |point: Point| point.map_or([0; 33], |point| point.serialize());
    [bytes(first), bytes(second)].concat().try_into().ok()
}

/// Whether these bytes are a participant's nonce: two points, neither at infinity.
pub(crate) fn is_pair_of_points(nonce: &[u8]) -> bool {
    nonce.try_into().is_ok_and(|nonce: PublicNonce| points_of(&nonce).is_some())
}

/// The x coordinates of both points of a nonce, whose signs others can choose.
pub(crate) fn x_coordinates(nonce: &PublicNonce) -> Vec<[u8; 32]> {
    nonce.chunks(33).filter_map(|point| point.get(1..)?.try_into().ok()).collect()
}

/// What all participants sign with: key, nonce and message put together (`GetSessionValues`).
#[derive(Clone, Debug)]
pub(crate) struct Session {
    key_agg: Arc<KeyAgg>,
    /// `b`, and the hash that it is.
    coefficient: Scalar,
    id: [u8; 32],
    /// `R`.
    nonce: PublicKey,
    /// `e` of BIP-340.
    challenge: Scalar,
}

impl Session {
    /// A session; none if the aggregate nonce is no pair of points.
    pub(crate) fn new(
        secp: &Secp256k1<impl Verification>,
        key_agg: Arc<KeyAgg>,
        nonce: &PublicNonce,
        message: &[u8],
    ) -> Option<Self> {
        let (first, second) = nonce.split_at_checked(33)?;
        let key = key_agg.key().x_only_public_key().0.serialize();
        let id = tagged_hash("MuSig/noncecoef", &[nonce, &key, message]);
        let coefficient = scalar::reduce(id);
        let second = points::mul(secp, point_or_infinity(second)?, &coefficient);
        let nonce = points::add(point_or_infinity(first)?, second).or_else(points::generator)?;
        let x = nonce.x_only_public_key().0.serialize();
        let challenge = scalar::reduce(tagged_hash("BIP0340/challenge", &[&x, &key, message]));
        Some(Self { key_agg, coefficient, id, nonce, challenge })
    }

    /// A hash of key, aggregate nonce and message. A participant whose nonce is in two sessions gives away the key.
    pub(crate) fn id(&self) -> [u8; 32] {
        self.id
    }

    /// Whether a partial signature is this participant's, with this nonce of theirs (`PartialSigVerify`).
    pub(crate) fn verifies(
        &self,
        secp: &Secp256k1<impl Verification>,
        participant: &PublicKey,
        nonce: &PublicNonce,
        partial: &[u8],
    ) -> bool {
        self.sides(secp, participant, nonce, partial).is_some_and(|(left, right)| left == right)
    }

    /// `s·G`, and `Re + e·a·g·P`.
    fn sides(
        &self,
        secp: &Secp256k1<impl Verification>,
        participant: &PublicKey,
        nonce: &PublicNonce,
        partial: &[u8],
    ) -> Option<(Point, Point)> {
        let s = Scalar::from_be_bytes(partial.try_into().ok()?).ok()?;
        let (first, second) = points_of(nonce)?;
        let nonce = points::add(Some(first), points::mul(secp, Some(second), &self.coefficient));
        let nonce = points::negate_if(secp, nonce, Negated::to_even(&self.nonce));
        let weight = scalar::mul(&self.challenge, &self.key_agg.coefficient(participant)?);
        let sign = Negated::to_even(&self.key_agg.key()).times(self.key_agg.negated());
        let key = points::negate_if(secp, points::mul(secp, Some(*participant), &weight), sign);
        Some((points::mul(secp, points::generator(), &s), points::add(nonce, key)))
    }

    /// The signature that the partial signatures of all participants make (`PartialSigAgg`); none if one of them is
    /// not below the group order.
    pub(crate) fn signature<'a>(&self, partials: impl IntoIterator<Item = &'a [u8]>) -> Option<[u8; 64]> {
        let tweak = scalar::mul(&self.challenge, self.key_agg.tweak());
        let negated = Negated::to_even(&self.key_agg.key()) == Negated::Yes;
        let mut sum = if negated { scalar::negate(&tweak) } else { tweak };
        for partial in partials {
            sum = scalar::add(&sum, &Scalar::from_be_bytes(partial.try_into().ok()?).ok()?);
        }
        let x = self.nonce.x_only_public_key().0.serialize();
        [x, sum.to_be_bytes()].concat().try_into().ok()
    }
}

/// The two points of a participant's nonce.
fn points_of(nonce: &PublicNonce) -> Option<(PublicKey, PublicKey)> {
    let (first, second) = nonce.split_at_checked(33)?;
    Some((PublicKey::from_slice(first).ok()?, PublicKey::from_slice(second).ok()?))
}

fn point_or_infinity(bytes: &[u8]) -> Option<Point> {
    if bytes == [0; 33] {
        return Some(None);
    }
    PublicKey::from_slice(bytes).ok().map(Some)
}
