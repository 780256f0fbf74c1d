//! MuSig2 key aggregation (BIP-327): many keys become one, of which nobody alone has the secret.

use bitcoin::hashes::{Hash as _, HashEngine as _, sha256};
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, Verification};

/// The aggregate of the keys, in their order; none without keys, or if they cancel each other out.
pub(crate) fn aggregate(secp: &Secp256k1<impl Verification>, keys: &[PublicKey]) -> Option<PublicKey> {
    let first = keys.first()?;
    let second = keys.iter().find(|key| *key != first);
    let list: Vec<u8> = keys.iter().flat_map(PublicKey::serialize).collect();
    let list_hash = tagged_hash("KeyAgg list", &[&list]);
    let weighted = |key: &PublicKey| {
        if Some(key) == second {
            return Some(*key);
        }
        let coefficient = tagged_hash("KeyAgg coefficient", &[&list_hash, &key.serialize()]);
        key.mul_tweak(secp, &reduce(coefficient)).ok()
    };
    let weighted: Vec<PublicKey> = keys.iter().map(weighted).collect::<Option<_>>()?;
    PublicKey::combine_keys(&weighted.iter().collect::<Vec<_>>()).ok()
}

/// A hash modulo the group order; one that is not below it has never been seen, and then there is no aggregate.
fn reduce(hash: [u8; 32]) -> Scalar {
    Scalar::from_be_bytes(hash).unwrap_or(Scalar::ZERO)
}

/// SHA-256 with a tag (BIP-340).
fn tagged_hash(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let tag = sha256::Hash::hash(tag.as_bytes());
    let mut engine = sha256::Hash::engine();
    engine.input(tag.as_byte_array());
    engine.input(tag.as_byte_array());
    parts.iter().for_each(|part| engine.input(part));
    sha256::Hash::from_engine(engine).to_byte_array()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    /// Keys and valid cases of `key_agg_vectors.json` of BIP-327; the aggregates are x-only.
    const KEYS: [&str; 3] = [
        "02F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9",
        "03DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659",
        "023590A94E768F8E1815C2F24B4D80A8E3149316C3518CE7B7AD338368D038CA66",
    ];
    const CASES: [(&[usize], &str); 4] = [
        (&[0, 1, 2], "90539EEDE565F5D054F32CC0C220126889ED1E5D193BAF15AEF344FE59D4610C"),
        (&[2, 1, 0], "6204DE8B083426DC6EAF9502D27024D53FC826BF7D2012148A0575435DF54B2B"),
        (&[0, 0, 0], "B436E3BAD62B8CD409969A224731C193D051162D8C5AE8B109306127DA3AA935"),
        (&[0, 0, 1, 1], "69BC22BFA5D106306E48A20679DE1D7389386124D07571D0D872686028C26A3E"),
    ];

    #[test]
    fn an_aggregate_key_is_the_one_that_bip_327_publishes() {
        let secp = Secp256k1::verification_only();
        for (indexes, expected) in CASES {
            let keys: Vec<_> = indexes.iter().map(|n| PublicKey::from_str(KEYS[*n]).unwrap()).collect();
            let found = aggregate(&secp, &keys).unwrap().x_only_public_key().0;
            assert_eq!(found.to_string().to_uppercase(), expected);
        }
        assert_eq!(aggregate(&secp, &[]), None);
    }
}
