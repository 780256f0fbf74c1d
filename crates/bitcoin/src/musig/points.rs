//! Points of the curve with the one at infinity, which the library's type does not have.

use bitcoin::secp256k1::{Parity, PublicKey, Scalar, Secp256k1, Verification};

pub(super) use crate::dleq::generator;

/// A point; none is the one at infinity.
pub(super) type Point = Option<PublicKey>;

pub(super) fn add(a: Point, b: Point) -> Point {
    match (a, b) {
        // The sum of two points is refused only if it is at infinity.
        (Some(a), Some(b)) => a.combine(&b).ok(),
        (one, other) => one.or(other),
    }
}

pub(super) fn mul(secp: &Secp256k1<impl Verification>, point: Point, by: &Scalar) -> Point {
    // A product is refused only if the factor is zero.
    point.and_then(|point| point.mul_tweak(secp, by).ok())
}

/// The point, or its negation.
pub(super) fn negate_if(secp: &Secp256k1<impl Verification>, point: Point, negated: Negated) -> Point {
    match negated {
        Negated::No => point,
        Negated::Yes => point.map(|point| point.negate(secp)),
    }
}

/// Whether a point or a number counts with the other sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Negated {
    No,
    Yes,
}

impl Negated {
    /// What makes the y coordinate of a point even.
    pub(super) fn to_even(point: &PublicKey) -> Self {
        if point.x_only_public_key().1 == Parity::Odd { Self::Yes } else { Self::No }
    }

    pub(super) fn times(self, other: Self) -> Self {
        if self == other { Self::No } else { Self::Yes }
    }
}
