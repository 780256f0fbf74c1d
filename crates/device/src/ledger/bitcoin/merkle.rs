//! Trees of hashes, by which the app knows that it is told one thing only.
//!
//! RFC 6962, section 2.1, but for the tree of nothing, whose root is zeros: LedgerHQ/app-bitcoin-new, `doc/merkle.md`.

use bitcoin::hashes::{Hash as _, sha256};

pub(super) type Digest = [u8; 32];

const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;

/// A tree with all of its nodes.
pub(super) struct Tree {
    /// The leaves, then what is above them, up to the root. A last node without a brother stands in both levels.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    pub(super) fn new(elements: &[Vec<u8>]) -> Self {
        let mut level: Vec<Digest> = elements.iter().map(|element| hash(&leaf_bytes(element))).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                alone => alone.first().copied().unwrap_or_default(),
            });
            let above = above.collect();
            levels.push(core::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    pub(super) fn root(&self) -> Digest {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The hash of a leaf, and the brothers on its way up, the lowest first.
    pub(super) fn proof(&self, index: usize) -> Option<(Digest, Vec<Digest>)> {
        let leaf = self.levels.first()?.get(index)?;
        let mut at = index;
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(at ^ 1).copied());
            at /= 2;
        }
        Some((*leaf, proof))
    }

    /// The place of the first leaf of this hash.
    pub(super) fn index_of(&self, leaf: &Digest) -> Option<usize> {
        self.levels.first()?.iter().position(|known| known == leaf)
    }
}

/// What is hashed for a leaf, and what the app asks for when it wants the leaf.
pub(super) fn leaf_bytes(element: &[u8]) -> Vec<u8> {
    [&[LEAF], element].concat()
}

pub(super) fn hash(bytes: &[u8]) -> Digest {
    sha256::Hash::hash(bytes).to_byte_array()
}

fn node(left: &Digest, right: &Digest) -> Digest {
    hash(&[[NODE].as_slice(), left, right].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| vec![u8::try_from(n % 251).unwrap(); n]).collect()
    }

    /// The definition of RFC 6962, written down as it stands there.
    fn defined(elements: &[Vec<u8>]) -> Digest {
        match elements {
            [] => [0; 32],
            [one] => hash(&[&[0], one.as_slice()].concat()),
            several => {
                let half = several.len().next_power_of_two() / 2;
                let (left, right) = several.split_at(half);
                hash(&[[1].as_slice(), &defined(left), &defined(right)].concat())
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        for count in 0..70 {
            assert_eq!(Tree::new(&elements(count)).root(), defined(&elements(count)), "{count}");
        }
    }

    /// As the app verifies: the tree's shape says on which side a brother stands.
    fn proves(tree: &Tree, index: usize) -> bool {
        fn path(index: usize, count: usize) -> Vec<bool> {
            if count <= 1 {
                return Vec::new();
            }
            let half = count.next_power_of_two() / 2;
            let (right, rest) =
                if index < half { (false, path(index, half)) } else { (true, path(index - half, count - half)) };
            [rest, vec![right]].concat()
        }
        let (leaf, proof) = tree.proof(index).unwrap();
        let sides = path(index, tree.len());
        assert_eq!(sides.len(), proof.len(), "{index} of {}", tree.len());
        let up = |below, (brother, right): (&Digest, &bool)| {
            if *right { node(brother, &below) } else { node(&below, brother) }
        };
        proof.iter().zip(&sides).fold(leaf, up) == tree.root()
    }

    #[test]
    fn every_leaf_is_proven_and_no_other_exists() {
        for count in 1..70 {
            let tree = Tree::new(&elements(count));
            assert_eq!(tree.len(), count);
            for index in 0..count {
                assert!(proves(&tree, index), "{index} of {count}");
                let (leaf, _) = tree.proof(index).unwrap();
                assert_eq!(tree.index_of(&leaf), Some(index));
            }
            assert!(tree.proof(count).is_none());
            assert!(tree.index_of(&[7; 32]).is_none());
        }
    }
}
