//! Shares of the secret between sender and payee, and the proofs that they are right (BIP-375).

use std::collections::BTreeMap;

use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly};

use super::derive;
use crate::bytes::slice;
use crate::decode::keys::{GLOBAL_SP_DLEQ, GLOBAL_SP_ECDH_SHARE, IN_SP_DLEQ, IN_SP_ECDH_SHARE};
use crate::dleq::Statement;
use crate::keyvalue::{Map, MapKind, Maps};

/// Why the share for a scan key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShareFault {
    /// There is none, or none with a proof.
    Missing(MapKind),
    /// Its proof proves nothing.
    Wrong(MapKind),
    /// The shares add up to nothing.
    Zero,
}

/// Share and proof as stated, by map and scan key.
#[derive(Debug, Default)]
pub(crate) struct Shares<'a> {
    global: BTreeMap<&'a [u8], Pair<'a>>,
    inputs: Vec<BTreeMap<&'a [u8], Pair<'a>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pair<'a> {
    share: Option<&'a [u8]>,
    proof: Option<&'a [u8]>,
}

impl<'a> Shares<'a> {
    pub(crate) fn read(bytes: &'a [u8], maps: &Maps) -> Self {
        let inputs = maps.inputs.iter().map(|map| pairs(bytes, map, IN_SP_ECDH_SHARE, IN_SP_DLEQ)).collect();
        Self { global: pairs(bytes, &maps.global, GLOBAL_SP_ECDH_SHARE, GLOBAL_SP_DLEQ), inputs }
    }

    /// Number of proofs that may have to be verified.
    pub(crate) fn len(&self) -> usize {
        self.inputs.iter().map(BTreeMap::len).sum::<usize>().saturating_add(self.global.len())
    }

    /// The proven share for a scan key: the global one, or the sum of those of all eligible inputs.
    pub(crate) fn proven(
        &self,
        secp: &Secp256k1<VerifyOnly>,
        scan: &PublicKey,
        keys: &[(usize, PublicKey)],
        sum: &PublicKey,
    ) -> Result<PublicKey, ShareFault> {
        let scan_bytes = scan.serialize();
        let global = self.global.get(scan_bytes.as_slice());
        let global = global.map(|pair| pair.proven(secp, scan, sum, MapKind::Global)).transpose()?;
        let mut shares = Vec::new();
        for (n, key) in keys {
            match self.inputs.get(*n).and_then(|map| map.get(scan_bytes.as_slice())) {
                Some(pair) => shares.push(pair.proven(secp, scan, key, MapKind::Input(*n))?),
                None if global.is_some() => {}
                None => return Err(ShareFault::Missing(MapKind::Input(*n))),
            }
        }
        match global {
            Some(global) => Ok(global),
            None => derive::sum(&shares).ok_or(ShareFault::Zero),
        }
    }
}

impl Pair<'_> {
    /// The share, if its proof says that the owner of `key` made it.
    fn proven(
        self,
        secp: &Secp256k1<VerifyOnly>,
        scan: &PublicKey,
        key: &PublicKey,
        map: MapKind,
    ) -> Result<PublicKey, ShareFault> {
        let (share, proof) = self.share.zip(self.proof).ok_or(ShareFault::Missing(map))?;
        let share = PublicKey::from_slice(share).map_err(|_| ShareFault::Wrong(map))?;
        let statement = Statement { key, base: scan, share: &share };
        if statement.is_proven(secp, proof) { Ok(share) } else { Err(ShareFault::Wrong(map)) }
    }
}

fn pairs<'a>(bytes: &'a [u8], map: &Map, share: u64, proof: u64) -> BTreeMap<&'a [u8], Pair<'a>> {
    let mut found: BTreeMap<&[u8], Pair<'_>> = BTreeMap::new();
    for kv in map.pairs.iter().filter(|kv| kv.key_type == share || kv.key_type == proof) {
        let pair = found.entry(slice(bytes, kv.key_data)).or_default();
        let part = if kv.key_type == share { &mut pair.share } else { &mut pair.proof };
        *part = Some(slice(bytes, kv.value));
    }
    found
}
