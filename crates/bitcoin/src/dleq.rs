//! Proofs that two points have the same discrete logarithm (BIP-374).

use bitcoin::secp256k1::constants::{GENERATOR_X, GENERATOR_Y};
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, Verification};

use crate::tagged::tagged_hash;

/// What is proven: one secret makes `key` of the generator, and `share` of `base`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) key: &'a PublicKey,
    pub(crate) base: &'a PublicKey,
    pub(crate) share: &'a PublicKey,
}

impl Statement<'_> {
    /// Whether `proof` proves it, for the generator of secp256k1 and no message.
    pub(crate) fn is_proven<C: Verification>(&self, secp: &Secp256k1<C>, proof: &[u8]) -> bool {
        generator().is_some_and(|generator| self.is_proven_for(secp, &generator, proof, &[]))
    }

    /// Whether `proof` proves it, for any generator and message.
    pub(crate) fn is_proven_for<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
        generator: &PublicKey,
        proof: &[u8],
        message: &[u8],
    ) -> bool {
        let Some((e_bytes, s_bytes)) = halves(proof) else { return false };
        let (Ok(e), Ok(s)) = (Scalar::from_be_bytes(e_bytes), Scalar::from_be_bytes(s_bytes)) else { return false };
        // s·G − e·A and s·B − e·C; a sum at infinity is an error.
        let commitment = |base: &PublicKey, point: &PublicKey| {
            let minus = point.mul_tweak(secp, &e).ok()?.negate(secp);
            base.mul_tweak(secp, &s).ok()?.combine(&minus).ok()
        };
        let commitments = commitment(generator, self.key).zip(commitment(self.base, self.share));
        commitments.is_some_and(|(first, second)| {
            let points = [self.key, self.base, self.share, generator, &first, &second];
            let points = points.map(|point| point.serialize());
            tagged_hash("BIP0374/challenge", &[points.as_flattened(), message]) == e_bytes
        })
    }
}

fn halves(proof: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let (e, s) = proof.split_at_checked(32)?;
    Some((e.try_into().ok()?, s.try_into().ok()?))
}

/// The generator of the group.
pub(crate) fn generator() -> Option<PublicKey> {
    PublicKey::from_slice(&[[4].as_slice(), &GENERATOR_X, &GENERATOR_Y].concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_proofs_are_told_apart() {
        let rows = include_str!("../../../tests/vectors/bip374.tsv").lines().filter(|line| !line.starts_with('#'));
        let (mut valid, mut invalid) = (0, 0);
        for row in rows {
            let columns: Vec<&str> = row.split('\t').collect();
            let hex = |n: usize| data_encoding::HEXLOWER.decode(columns[n].as_bytes()).unwrap();
            let point = |n: usize| PublicKey::from_slice(&hex(n)).unwrap();
            let (generator, key, base, share) = (point(2), point(3), point(4), point(5));
            let statement = Statement { key: &key, base: &base, share: &share };
            let proven = statement.is_proven_for(&Secp256k1::verification_only(), &generator, &hex(6), &hex(7));
            assert_eq!(proven, columns[0] == "valid", "{}", columns[1]);
            *(if proven { &mut valid } else { &mut invalid }) += 1;
        }
        println!("{valid} proofs verified, {invalid} refused");
        assert_eq!((valid, invalid), (8 + 8, 7));
    }

    #[test]
    fn a_proof_of_another_length_proves_nothing() {
        let key = generator().unwrap();
        let statement = Statement { key: &key, base: &key, share: &key };
        for length in [0, 32, 63, 65] {
            assert!(!statement.is_proven(&Secp256k1::verification_only(), &vec![1; length]));
        }
        for proof in [[0; 64], [0xff; 64]] {
            assert!(!statement.is_proven(&Secp256k1::verification_only(), &proof));
        }
    }
}
