//! Numbers modulo the order of the group: public ones alone, so that nothing here needs constant time.

use bitcoin::secp256k1::Scalar;
use bitcoin::secp256k1::constants::CURVE_ORDER;

/// A hash modulo the order.
pub(super) fn reduce(hash: [u8; 32]) -> Scalar {
    scalar(hash, false)
}

pub(super) fn add(a: &Scalar, b: &Scalar) -> Scalar {
    let (sum, carry) = sum(&a.to_be_bytes(), &b.to_be_bytes());
    scalar(sum, carry)
}

pub(super) fn negate(a: &Scalar) -> Scalar {
    scalar(difference(&CURVE_ORDER, &a.to_be_bytes()), false)
}

/// The product, by doubling and adding.
pub(super) fn mul(a: &Scalar, b: &Scalar) -> Scalar {
    let mut product = Scalar::ZERO;
    for byte in b.to_be_bytes() {
        for bit in (0..8).rev() {
            product = add(&product, &product);
            if (byte >> bit) & 1 == 1 {
                product = add(&product, a);
            }
        }
    }
    product
}

/// A number below twice the order, of which `carry` is the 257th bit, modulo the order.
fn scalar(bytes: [u8; 32], carry: bool) -> Scalar {
    let reduced = if carry || bytes >= CURVE_ORDER { difference(&bytes, &CURVE_ORDER) } else { bytes };
    Scalar::from_be_bytes(reduced).unwrap_or(Scalar::ZERO)
}

fn sum(a: &[u8; 32], b: &[u8; 32]) -> ([u8; 32], bool) {
    let (mut out, mut carry) = ([0; 32], 0u8);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b).rev() {
        let sum = u16::from(*a).saturating_add(u16::from(*b)).saturating_add(u16::from(carry));
        [carry, *out] = sum.to_be_bytes();
    }
    (out, carry == 1)
}

/// The difference modulo 2^256.
fn difference(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let (mut out, mut borrow) = ([0; 32], false);
    for ((out, a), b) in out.iter_mut().zip(a).zip(b).rev() {
        let (first, one) = a.overflowing_sub(*b);
        let (second, two) = first.overflowing_sub(u8::from(borrow));
        (*out, borrow) = (second, one || two);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitcoin::hashes::{Hash as _, sha256};
    use bitcoin::secp256k1::SecretKey;

    fn number(n: u32) -> Scalar {
        reduce(sha256::Hash::hash(&n.to_be_bytes()).to_byte_array())
    }

    /// The library does the same arithmetic on secret keys.
    #[test]
    fn the_library_computes_the_same() {
        let one = difference(&CURVE_ORDER, &[[0; 31].as_slice(), &[1]].concat().try_into().unwrap());
        let edges = [Scalar::from_be_bytes(one).unwrap(), Scalar::ONE];
        let numbers: Vec<Scalar> = (0..40).map(number).chain(edges).collect();
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(move |b| (a, b))) {
            let key = SecretKey::from_slice(&a.to_be_bytes()).unwrap();
            assert_eq!(mul(a, b).to_be_bytes(), key.mul_tweak(b).unwrap().secret_bytes());
            let sum = key.add_tweak(b).map_or([0; 32], |sum| sum.secret_bytes());
            assert_eq!(add(a, b).to_be_bytes(), sum);
            assert_eq!(negate(a).to_be_bytes(), key.negate().secret_bytes());
        }
        assert_eq!(negate(&Scalar::ZERO), Scalar::ZERO);
        assert_eq!(reduce(CURVE_ORDER), Scalar::ZERO);
        assert_eq!(mul(&Scalar::ZERO, &number(1)), Scalar::ZERO);
    }
}
