//! Aggregates of a descriptor's keys (BIP-390) and their extended keys (BIP-328).

use bitcoin::NetworkKind;
use bitcoin::bip32::{ChainCode, ChildNumber, Fingerprint, Xpub};
use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};

use crate::musig::aggregate;

/// Chain code of every extended key of an aggregate: SHA-256 of `MuSig2MuSig2MuSig2` (BIP-328).
const CHAIN_CODE: [u8; 32] = [
    0x86, 0x80, 0x87, 0xca, 0x02, 0xa6, 0xf9, 0x74, 0xc4, 0x59, 0x89, 0x24, 0xc3, 0x6b, 0x57, 0x76, 0x2d, 0x32, 0xcb,
    0x45, 0x71, 0x71, 0x67, 0xe3, 0x00, 0x62, 0x2c, 0x71, 0x67, 0xe3, 0x89, 0x65,
];

/// The aggregate of keys in the order of their bytes (BIP-327, `KeySort`), as descriptors want it (BIP-390).
pub(crate) fn sorted_aggregate(mut keys: Vec<PublicKey>, secp: &Secp256k1<VerifyOnly>) -> Option<PublicKey> {
    keys.sort_by_key(PublicKey::serialize);
    aggregate(secp, &keys)
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
                let found = aggregate(&secp, &keys(line[1]).unwrap()).unwrap();
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
            let found = aggregate(&secp, &keys(line[0]).unwrap()).unwrap();
            assert_eq!(found.to_string(), line[1].to_lowercase());
            assert_eq!(synthetic_xpub(found, NetworkKind::Main).to_string(), line[2]);
            count += 1;
        }
        assert_eq!(count, 3);
    }
}
