//! MuSig2 key aggregation (BIP-327) and the extended key of an aggregate (BIP-328). No signing, no secrets.

use bitcoin::NetworkKind;
use bitcoin::bip32::{ChainCode, ChildNumber, Fingerprint, Xpub};
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, VerifyOnly};
use vitrine_review::tagged_sha256;

/// Chain code of every extended key of an aggregate: SHA-256 of `MuSig2MuSig2MuSig2` (BIP-328).
const CHAIN_CODE: [u8; 32] = [
    0x86, 0x80, 0x87, 0xca, 0x02, 0xa6, 0xf9, 0x74, 0xc4, 0x59, 0x89, 0x24, 0xc3, 0x6b, 0x57, 0x76, 0x2d, 0x32, 0xcb,
    0x45, 0x71, 0x71, 0x67, 0xe3, 0x00, 0x62, 0x2c, 0x71, 0x67, 0xe3, 0x89, 0x65,
];

/// The aggregate of keys in their given order (BIP-327, `KeyAgg`); none for no keys, or keys that cancel out.
pub(crate) fn aggregate(keys: &[PublicKey], secp: &Secp256k1<VerifyOnly>) -> Option<PublicKey> {
    let first = keys.first()?;
    let second = keys.iter().find(|key| *key != first);
    let list: Vec<u8> = keys.iter().flat_map(PublicKey::serialize).collect();
    let list = tagged_sha256("KeyAgg list", &list);
    let mut terms = Vec::with_capacity(keys.len());
    for key in keys {
        if Some(key) == second {
            terms.push(*key);
        } else {
            let bytes = [list.as_bytes().as_slice(), &key.serialize()].concat();
            let coefficient = tagged_sha256("KeyAgg coefficient", &bytes);
            // A coefficient of the group order or more has a chance of 2^-128: refused rather than reduced.
            let coefficient = Scalar::from_be_bytes(*coefficient.as_bytes()).ok()?;
            terms.push(key.mul_tweak(secp, &coefficient).ok()?);
        }
    }
    let terms: Vec<&PublicKey> = terms.iter().collect();
    PublicKey::combine_keys(&terms).ok()
}

/// The aggregate of keys in the order of their bytes (BIP-327, `KeySort`), as descriptors want it (BIP-390).
pub(crate) fn sorted_aggregate(mut keys: Vec<PublicKey>, secp: &Secp256k1<VerifyOnly>) -> Option<PublicKey> {
    keys.sort_by_key(PublicKey::serialize);
    aggregate(&keys, secp)
}

/// The extended key of an aggregate (BIP-328): it derives, and nobody has its private key.
pub(crate) fn synthetic_xpub(aggregate: PublicKey, network: NetworkKind) -> Xpub {
    Xpub {
        network,
        depth: 0,
        parent_fingerprint: Fingerprint::default(),
        child_number: ChildNumber::Normal { index: 0 },
        public_key: aggregate,
        chain_code: ChainCode::from(CHAIN_CODE),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

    use super::*;
    use std::str::FromStr as _;

    fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
        file.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
    }

    fn keys(list: &str) -> Result<Vec<PublicKey>, bitcoin::secp256k1::Error> {
        list.split(' ').map(PublicKey::from_str).collect()
    }

    #[test]
    fn published_aggregates_are_computed() {
        let secp = Secp256k1::verification_only();
        let mut count = 0;
        for line in lines(include_str!("../../../../tests/vectors/bip327-key-agg.tsv")) {
            if line[0] == "valid" {
                let found = aggregate(&keys(line[1]).unwrap(), &secp).unwrap();
                assert_eq!(found.x_only_public_key().0.to_string(), line[2].to_lowercase());
            } else {
                assert!(keys(line[1]).is_err(), "{}", line[2]);
            }
            count += 1;
        }
        println!("{count} aggregates");
        assert_eq!(count, 4 + 3);
    }

    #[test]
    fn published_extended_keys_of_aggregates_are_made() {
        let secp = Secp256k1::verification_only();
        let mut count = 0;
        for line in lines(include_str!("../../../../tests/vectors/bip328.tsv")) {
            let found = aggregate(&keys(line[0]).unwrap(), &secp).unwrap();
            assert_eq!(found.to_string(), line[1].to_lowercase());
            assert_eq!(synthetic_xpub(found, NetworkKind::Main).to_string(), line[2]);
            count += 1;
        }
        assert_eq!(count, 3);
    }
}
