//! A PSBT of version 0 as version 2 (BIP-370), made without the crate under test.

use bitcoin::Psbt;
use bitcoin::consensus::encode::{VarInt, deserialize_partial, serialize};
use bitcoin::hashes::Hash as _;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The maps of a PSBT: global, inputs, outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainMaps(pub Vec<Vec<Pair>>);

impl PlainMaps {
    /// The maps of the bytes, which are well formed.
    pub fn read(bytes: &[u8]) -> Self {
        let (mut rest, mut maps) = (&bytes[5..], vec![Vec::new()]);
        while !rest.is_empty() {
            let key = take(&mut rest);
            if key.is_empty() {
                maps.push(Vec::new());
            } else {
                let value = take(&mut rest);
                maps.last_mut().unwrap().push((key, value));
            }
        }
        maps.pop();
        Self(maps)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"psbt\xff".to_vec();
        for map in &self.0 {
            for part in map.iter().flat_map(|(key, value)| [key, value]) {
                out.extend(serialize(&VarInt(part.len() as u64)));
                out.extend(part);
            }
            out.push(0);
        }
        out
    }

    /// Sets the value of a key of one map, or takes the pair out.
    pub fn set(&mut self, map: usize, key: &[u8], value: Option<&[u8]>) {
        let map = &mut self.0[map];
        map.retain(|(k, _)| k != key);
        map.extend(value.map(|value| (key.to_vec(), value.to_vec())));
        map.sort();
    }
}

fn take(rest: &mut &[u8]) -> Vec<u8> {
    let (length, used): (VarInt, usize) = deserialize_partial(rest).unwrap();
    let end = used + length.0 as usize;
    let taken = rest[used..end].to_vec();
    *rest = &rest[end..];
    taken
}

/// The same request in version 2: its lock time is the fallback.
pub fn to_version_2(psbt: &Psbt) -> PlainMaps {
    let mut maps = PlainMaps::read(&psbt.serialize());
    let tx = &psbt.unsigned_tx;
    let count = |n: usize| serialize(&VarInt(n as u64));
    maps.set(0, &[0x00], None);
    maps.set(0, &[0x02], Some(&tx.version.0.to_le_bytes()));
    maps.set(0, &[0x03], Some(&tx.lock_time.to_consensus_u32().to_le_bytes()));
    maps.set(0, &[0x04], Some(&count(tx.input.len())));
    maps.set(0, &[0x05], Some(&count(tx.output.len())));
    maps.set(0, &[0xfb], Some(&2u32.to_le_bytes()));
    for (n, input) in tx.input.iter().enumerate() {
        maps.set(1 + n, &[0x0e], Some(input.previous_output.txid.as_byte_array()));
        maps.set(1 + n, &[0x0f], Some(&input.previous_output.vout.to_le_bytes()));
        maps.set(1 + n, &[0x10], Some(&input.sequence.to_consensus_u32().to_le_bytes()));
    }
    for (n, output) in tx.output.iter().enumerate() {
        let map = 1 + tx.input.len() + n;
        maps.set(map, &[0x03], Some(&output.value.to_sat().to_le_bytes()));
        maps.set(map, &[0x04], Some(output.script_pubkey.as_bytes()));
    }
    maps
}
