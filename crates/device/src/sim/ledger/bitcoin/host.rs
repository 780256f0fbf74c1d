//! The host on the other side: the app asks it for what the request consists of, and believes nothing without proof.
//!
//! Source: app-bitcoin-new 2.4.6, `doc/bitcoin.md`, `doc/merkle.md`, and `src/handler/lib`, whose order of questions this
//! follows. A question suspends the command (status E000), the next `F8 01` resumes it: so the command is a future, which
//! is polled once for each answer.

use core::future::poll_fn;
use core::task::Poll;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bitcoin::hashes::{Hash as _, sha256};

use super::reader::{Reader, varint};

const YIELD: u8 = 0x10;
const GET_PREIMAGE: u8 = 0x40;
const GET_MERKLE_LEAF_PROOF: u8 = 0x41;
const GET_MERKLE_LEAF_INDEX: u8 = 0x42;
const GET_MORE_ELEMENTS: u8 = 0xa0;

/// Longest value that the app reads without keeping it: a previous transaction. The simulated app keeps it.
const STREAM_BYTES: usize = 4_000_000;
/// Longest key of a map.
const KEY_BYTES: usize = 34 + 32 * 8;
/// Longest description of a map: two roots after a number.
const MAP_BYTES: usize = 9 + 2 * 32;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// What app and host hand each other.
#[derive(Clone, Default)]
pub(super) struct Host(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    question: Option<Vec<u8>>,
    answer: Option<Vec<u8>>,
}

/// A Merkle tree that the host holds: its root, and how many leaves it is said to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tree {
    pub(super) root: Hash,
    pub(super) size: u64,
}

/// A map that the host holds: one tree of its keys, in order, and one of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    pub(super) keys: Tree,
    pub(super) values: Tree,
}

impl Map {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let size = from.varint()?;
        let (keys, values) = (from.array()?, from.array()?);
        Some(Self { keys: Tree { root: keys, size }, values: Tree { root: values, size } })
    }
}

/// The keys of a map, being read one after the other.
pub(super) struct Scan {
    pub(super) map: Map,
    next: u64,
    previous: Option<Vec<u8>>,
}

impl Host {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The question that the app waits with.
    pub(super) fn take_question(&self) -> Option<Vec<u8>> {
        self.slot().question.take()
    }

    /// The host's answer, for the app to read when it is polled.
    pub(super) fn answer(&self, answer: Vec<u8>) {
        self.slot().answer = Some(answer);
    }

    /// Forgets question and answer.
    pub(super) fn clear(&self) {
        *self.slot() = Slot::default();
    }

    async fn ask(&self, question: Vec<u8>) -> Vec<u8> {
        self.slot().question = Some(question);
        poll_fn(|_| self.slot().answer.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// Hands out a result; the host has nothing to say to it.
    pub(super) async fn give(&self, result: &[u8]) {
        self.ask([&[YIELD], result].concat()).await;
    }

    /// What hashes to `hash`: at most `limit` bytes.
    pub(super) async fn preimage(&self, hash: &Hash, limit: usize) -> Option<Vec<u8>> {
        let answer = self.ask([&[GET_PREIMAGE, 0], hash.as_slice()].concat()).await;
        let mut answer = Reader(&answer);
        let length = usize::try_from(answer.varint()?).ok()?;
        let part = answer.length()?;
        let part = answer.take(part)?;
        if part.is_empty() || part.len() > length || length > limit {
            return None;
        }
        let mut bytes = part.to_vec();
        while bytes.len() < length {
            let more = self.more(1).await?;
            if more.len() > length.saturating_sub(bytes.len()) {
                return None;
            }
            bytes.extend(more);
        }
        (sha256::Hash::hash(&bytes).to_byte_array() == *hash).then_some(bytes)
    }

    /// The next elements of what did not fit.
    async fn more(&self, size: usize) -> Option<Vec<u8>> {
        let answer = self.ask(vec![GET_MORE_ELEMENTS]).await;
        let mut answer = Reader(&answer);
        let (count, stated) = (answer.length()?, answer.length()?);
        let elements = answer.take(count.checked_mul(stated)?)?;
        (stated == size).then(|| elements.to_vec())
    }

    /// The hash of a leaf, proven to be where it is said to be.
    pub(super) async fn leaf(&self, tree: &Tree, index: u64) -> Option<Hash> {
        let mut question = vec![GET_MERKLE_LEAF_PROOF];
        question.extend(tree.root);
        question.extend(varint(tree.size));
        question.extend(varint(index));
        let answer = self.ask(question).await;
        let mut answer = Reader(&answer);
        let leaf: Hash = answer.array()?;
        let (steps, first) = (answer.length()?, answer.length()?);
        if first > steps {
            return None;
        }
        let mut proof = answer.take(first.checked_mul(32)?)?.to_vec();
        while proof.len() < steps.saturating_mul(32) {
            proof.extend(self.more(32).await?);
        }
        let (siblings, []) = proof.as_chunks::<32>() else { return None };
        (siblings.len() == steps && proven_root(tree.size, index, leaf, siblings)? == tree.root).then_some(leaf)
    }

    /// The content of a leaf: at most `limit` bytes.
    pub(super) async fn element(&self, tree: &Tree, index: u64, limit: usize) -> Option<Vec<u8>> {
        let leaf = self.leaf(tree, index).await?;
        self.content(&leaf, limit).await
    }

    async fn content(&self, leaf: &Hash, limit: usize) -> Option<Vec<u8>> {
        let mut bytes = self.preimage(leaf, limit.saturating_add(1)).await?;
        // The prefix of every leaf. The app does not look at it either: its hash was proven.
        bytes.remove(0);
        Some(bytes)
    }

    /// Where the leaf of this content is; none too if the host says that there is none.
    async fn index_of(&self, tree: &Tree, content: &[u8]) -> Option<u64> {
        let leaf = leaf_hash(content);
        let question = [&[GET_MERKLE_LEAF_INDEX], tree.root.as_slice(), leaf.as_slice()].concat();
        let answer = self.ask(question).await;
        let mut answer = Reader(&answer);
        let (found, index) = (answer.byte()?, answer.varint()?);
        if found != 1 || index >= tree.size {
            return None;
        }
        (self.leaf(tree, index).await? == leaf).then_some(index)
    }

    /// The value at a key.
    pub(super) async fn value(&self, map: &Map, key: u8, limit: usize) -> Option<Vec<u8>> {
        let index = self.index_of(&map.keys, &[key]).await?;
        self.element(&map.values, index, limit).await
    }

    /// The value at a key, of exactly as many bytes.
    pub(super) async fn fixed<const N: usize>(&self, map: &Map, key: u8) -> Option<[u8; N]> {
        self.value(map, key, N).await?.try_into().ok()
    }

    /// A value of any length.
    pub(super) async fn long_value(&self, map: &Map, key: u8) -> Option<Vec<u8>> {
        self.value(map, key, STREAM_BYTES).await
    }

    /// The value behind the key at `index`, of any length.
    pub(super) async fn value_at(&self, map: &Map, index: u64) -> Option<Vec<u8>> {
        self.element(&map.values, index, STREAM_BYTES).await
    }

    /// Opens one of a list of maps.
    pub(super) async fn open(&self, maps: &Tree, index: u64) -> Option<Scan> {
        let bytes = self.element(maps, index, MAP_BYTES).await?;
        Some(Scan::of(Map::read(&mut Reader(&bytes))?))
    }

    /// Opens one of a list of maps and reads all its keys, without looking at them.
    pub(super) async fn map(&self, maps: &Tree, index: u64) -> Option<Map> {
        let scan = self.open(maps, index).await?;
        self.check(scan).await
    }

    /// Reads all keys of a map: they have to be in order, each once.
    pub(super) async fn check(&self, mut scan: Scan) -> Option<Map> {
        while scan.next(self).await?.is_some() {}
        Some(scan.map)
    }
}

impl Scan {
    pub(super) const fn of(map: Map) -> Self {
        Self { map, next: 0, previous: None }
    }

    /// The next key with its index; nothing behind the last. The outer option is empty for what is no proven key in order.
    pub(super) async fn next(&mut self, host: &Host) -> Option<Option<(u64, Vec<u8>)>> {
        if self.next >= self.map.keys.size {
            return Some(None);
        }
        let at = self.next;
        let key = host.element(&self.map.keys, at, KEY_BYTES).await?;
        if self.previous.as_ref().is_some_and(|previous| *previous >= key) {
            return None;
        }
        self.next = at.checked_add(1)?;
        self.previous = Some(key.clone());
        Some(Some((at, key)))
    }
}

pub(super) fn leaf_hash(content: &[u8]) -> Hash {
    sha256::Hash::hash(&[&[0], content].concat()).to_byte_array()
}

fn branch_hash(left: &Hash, right: &Hash) -> Hash {
    sha256::Hash::hash(&[&[1], left.as_slice(), right.as_slice()].concat()).to_byte_array()
}

/// The root that a leaf and its siblings, from the leaf upwards, make.
fn proven_root(size: u64, index: u64, leaf: Hash, siblings: &[Hash]) -> Option<Hash> {
    let directions = directions(size, index)?;
    let mut hash = leaf;
    for (i, sibling) in siblings.iter().enumerate() {
        let from_root = siblings.len().checked_sub(i)?.checked_sub(1)?;
        hash = match directions.get(from_root)? {
            Direction::Left => branch_hash(&hash, sibling),
            Direction::Right => branch_hash(sibling, &hash),
        };
    }
    Some(hash)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Left,
    Right,
}

/// The way from the root to a leaf: the left side holds the largest power of two that is smaller than the whole.
fn directions(mut size: u64, mut index: u64) -> Option<Vec<Direction>> {
    if index >= size {
        return None;
    }
    let mut way = Vec::new();
    while size > 1 {
        let left = size.checked_next_power_of_two()? / 2;
        if index < left {
            way.push(Direction::Left);
            size = left;
        } else {
            way.push(Direction::Right);
            (size, index) = (size.saturating_sub(left), index.saturating_sub(left));
        }
    }
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_proven_in_one_place_alone() {
        let leaves: Vec<Hash> = (0..5_u8).map(|i| leaf_hash(&[i])).collect();
        let pairs = branch_hash(&branch_hash(&leaves[0], &leaves[1]), &branch_hash(&leaves[2], &leaves[3]));
        let root = branch_hash(&pairs, &leaves[4]);
        let proof = [leaves[3], branch_hash(&leaves[0], &leaves[1]), leaves[4]];
        assert_eq!(proven_root(5, 2, leaves[2], &proof), Some(root));
        assert_eq!(proven_root(5, 4, leaves[4], &[pairs]), Some(root));
        assert_ne!(proven_root(5, 3, leaves[2], &proof), Some(root));
        assert_eq!(proven_root(5, 5, leaves[2], &proof), None);
        assert_eq!(proven_root(5, 4, leaves[4], &[pairs, pairs]), None);
    }
}
