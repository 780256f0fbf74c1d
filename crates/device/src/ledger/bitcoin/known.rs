//! What the device may be told during one command: nothing else leaves this machine.

use std::collections::BTreeMap;

use bitcoin::VarInt;
use bitcoin::consensus::serialize;

use super::merkle::{Digest, Tree, hash, leaf_bytes};

/// Fields by their keys.
pub(super) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Data by its hash, and lists by the root of their tree.
#[derive(Default)]
pub(super) struct Known {
    data: BTreeMap<Digest, Vec<u8>>,
    trees: BTreeMap<Digest, Tree>,
    /// Answers that it takes to tell everything once.
    once: usize,
}

/// Bytes of data in an answer, besides its length.
const ANSWER_BYTES: usize = 250;

impl Known {
    pub(super) fn add_data(&mut self, data: Vec<u8>) -> Digest {
        let digest = hash(&data);
        let answers = (data.len() / ANSWER_BYTES).saturating_add(1);
        self.once = self.once.saturating_add(answers);
        self.data.insert(digest, data);
        digest
    }

    /// The root of a list whose elements may be asked for.
    pub(super) fn add_list(&mut self, elements: &[Vec<u8>]) -> Digest {
        for element in elements {
            self.add_data(leaf_bytes(element));
            // Its place, its proof, and more of the proof.
            self.once = self.once.saturating_add(3);
        }
        let tree = Tree::new(elements);
        let root = tree.root();
        self.trees.insert(root, tree);
        root
    }

    /// Number of fields, root of the keys, root of the values.
    pub(super) fn add_map(&mut self, map: &Map) -> Vec<u8> {
        let keys: Vec<Vec<u8>> = map.keys().cloned().collect();
        let values: Vec<Vec<u8>> = map.values().cloned().collect();
        let (keys_root, values_root) = (self.add_list(&keys), self.add_list(&values));
        [varint(map.len()).as_slice(), &keys_root, &values_root].concat()
    }

    pub(super) fn data(&self, digest: &Digest) -> Option<&[u8]> {
        self.data.get(digest).map(Vec::as_slice)
    }

    pub(super) fn tree(&self, root: &Digest) -> Option<&Tree> {
        self.trees.get(root)
    }

    /// Answers that it takes to tell everything once, or somewhat more.
    pub(super) const fn answers(&self) -> usize {
        self.once
    }
}

pub(super) fn varint(number: usize) -> Vec<u8> {
    serialize(&VarInt(u64::try_from(number).unwrap_or(u64::MAX)))
}
