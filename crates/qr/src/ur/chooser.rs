//! Which fragments a part mixes: a function of its number and the message's checksum alone (BCR-2020-005, BCR-2024-001).

use sha2::{Digest, Sha256};

/// Says which fragments a part of a message with `count` fragments contains.
#[derive(Clone, Debug)]
pub(crate) struct Chooser {
    count: usize,
    degrees: Option<Sampler>,
}

impl Chooser {
    /// Prepares for a message; the table of degrees is made when the first mixed part asks for it.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, degrees: None }
    }

    /// Lists the fragments, counted from 0, in the order in which they are drawn.
    ///
    /// Takes `count` steps at most, each logarithmic.
    pub(crate) fn fragments(&mut self, sequence: u32, checksum: u32) -> Vec<usize> {
        let pure = usize::try_from(sequence).unwrap_or(usize::MAX).saturating_sub(1);
        if pure < self.count {
            return vec![pure];
        }
        let mut random = Xoshiro256::for_part(sequence, checksum);
        let count = self.count;
        let degree = self.degrees.get_or_insert_with(|| Sampler::degrees(count)).draw(&mut random).saturating_add(1);
        let mut remaining = Remaining::all(self.count);
        (0..degree.min(self.count)).map(|_| remaining.take(random.below(remaining.left))).collect()
    }
}

/// The generator xoshiro256**, seeded as the UR paper says.
struct Xoshiro256 {
    state: [u64; 4],
}

impl Xoshiro256 {
    fn for_part(sequence: u32, checksum: u32) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(sequence.to_be_bytes());
        hasher.update(checksum.to_be_bytes());
        Self::from_digest(hasher.finalize().into())
    }

    /// Reads the digest as four big-endian numbers.
    fn from_digest(digest: [u8; 32]) -> Self {
        let mut state = [0; 4];
        for (word, bytes) in state.iter_mut().zip(digest.chunks_exact(8)) {
            *word = bytes.iter().fold(0, |value, &byte| (value << 8) | u64::from(byte));
        }
        Self { state }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from 0 to 1, without 1, of 53 bits.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }
}

/// Vose's alias method: draws an index with given weights in two steps.
#[derive(Clone, Debug)]
struct Sampler {
    probabilities: Vec<f64>,
    aliases: Vec<usize>,
}

impl Sampler {
    /// Weights 1, 1/2, 1/3 …: the index drawn is a part's degree less one.
    fn degrees(count: usize) -> Self {
        Self::new((1..=count).map(|degree| 1.0 / degree as f64).collect())
    }

    fn new(mut weights: Vec<f64>) -> Self {
        let count = weights.len();
        let scale = count as f64 / weights.iter().sum::<f64>();
        weights.iter_mut().for_each(|weight| *weight *= scale);
        let at = |weights: &[f64], index: usize| weights.get(index).copied().unwrap_or(1.0);
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..count).rev().partition(|&index| at(&weights, index) < 1.0);
        let (mut probabilities, mut aliases) = (vec![1.0; count], vec![0; count]);
        while let (Some(&less), Some(&more)) = (small.last(), large.last()) {
            small.pop();
            large.pop();
            let weight = at(&weights, less);
            set(&mut probabilities, less, weight);
            set(&mut aliases, less, more);
            let rest = at(&weights, more) + (weight - 1.0);
            set(&mut weights, more, rest);
            if rest < 1.0 { small.push(more) } else { large.push(more) }
        }
        Self { probabilities, aliases }
    }

    fn draw(&self, random: &mut Xoshiro256) -> usize {
        let (first, second) = (random.unit(), random.unit());
        let index = (self.probabilities.len() as f64 * first) as usize;
        match self.probabilities.get(index) {
            Some(&probability) if second >= probability => self.aliases.get(index).copied().unwrap_or(0),
            _ => index,
        }
    }
}

fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}

/// The numbers 0 to n, of which the r-th remaining can be taken in logarithmic time: a binary indexed tree.
struct Remaining {
    tree: Vec<usize>,
    left: usize,
}

impl Remaining {
    fn all(count: usize) -> Self {
        Self { tree: (0..=count).map(|node| node & node.wrapping_neg()).collect(), left: count }
    }

    fn take(&mut self, mut rank: usize) -> usize {
        let mut found = 0_usize;
        let mut step = self.tree.len().next_power_of_two() / 2;
        while step > 0 {
            match self.tree.get(found + step) {
                Some(&below) if below <= rank => {
                    found += step;
                    rank -= below;
                }
                _ => {}
            }
            step /= 2;
        }
        self.remove(found + 1);
        found
    }

    fn remove(&mut self, mut node: usize) {
        while let Some(count) = self.tree.get_mut(node) {
            *count = count.saturating_sub(1);
            node += node & node.wrapping_neg();
        }
        self.left = self.left.saturating_sub(1);
    }
}

/// The message of the published test vectors: bytes drawn from the generator seeded with "Wolf".
#[cfg(test)]
pub(crate) fn wolf_message(length: usize) -> Vec<u8> {
    let mut random = Xoshiro256::from_digest(Sha256::digest(b"Wolf").into());
    (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ur::crc32;

    fn wolf() -> Xoshiro256 {
        Xoshiro256::from_digest(Sha256::digest(b"Wolf").into())
    }

    #[test]
    fn generator_gives_the_published_numbers() {
        let mut random = wolf();
        let drawn: Vec<u64> = (0..20).map(|_| random.next() % 100).collect();
        assert_eq!(drawn, [42, 81, 85, 8, 82, 84, 76, 73, 70, 88, 2, 74, 40, 48, 77, 54, 88, 7, 5, 88]);
        let mut random = wolf();
        let drawn: Vec<usize> = (0..20).map(|_| random.below(10) + 1).collect();
        assert_eq!(drawn, [6, 5, 8, 4, 10, 5, 7, 10, 4, 9, 10, 9, 7, 7, 1, 1, 2, 9, 9, 2]);
    }

    #[test]
    fn sampler_draws_the_published_indexes() {
        let sampler = Sampler::new(vec![1.0, 2.0, 4.0, 8.0]);
        let mut random = wolf();
        let drawn: Vec<usize> = (0..24).map(|_| sampler.draw(&mut random)).collect();
        assert_eq!(drawn, [3, 3, 3, 3, 3, 3, 3, 0, 2, 3, 3, 3, 3, 1, 2, 2, 1, 3, 3, 2, 3, 3, 1, 1]);
    }

    #[test]
    fn degrees_are_the_published_ones() {
        let sampler = Sampler::degrees(11);
        let drawn: Vec<usize> = (1..=20)
            .map(|nonce| {
                let seed = Sha256::digest(format!("Wolf-{nonce}"));
                sampler.draw(&mut Xoshiro256::from_digest(seed.into())) + 1
            })
            .collect();
        assert_eq!(drawn, [11, 3, 6, 5, 2, 1, 2, 11, 1, 3, 9, 10, 10, 4, 2, 1, 1, 2, 1, 1]);
    }

    #[test]
    fn shuffles_as_published() {
        let mut random = wolf();
        let expected = [[6, 4, 9, 3, 10, 5, 7, 8, 1, 2], [10, 8, 6, 5, 1, 2, 3, 9, 7, 4]];
        for order in expected {
            let mut remaining = Remaining::all(10);
            let drawn: Vec<usize> = (0..10).map(|_| remaining.take(random.below(remaining.left)) + 1).collect();
            assert_eq!(drawn, order);
        }
    }

    #[test]
    fn parts_mix_the_published_fragments() {
        let checksum = crc32(&wolf_message(1024));
        let mut chooser = Chooser::new(11);
        let mixed: [&[usize]; 10] = [
            &[9],
            &[2, 5, 6, 8, 9, 10],
            &[8],
            &[1, 5],
            &[1],
            &[0, 2, 4, 5, 8, 10],
            &[5],
            &[2],
            &[2],
            &[0, 1, 3, 4, 5, 7, 9, 10],
        ];
        let pure = (0..11).map(|index| vec![index]);
        let expected = pure.chain(mixed.iter().map(|fragments| fragments.to_vec()));
        for (sequence, expected) in (1..).zip(expected) {
            let mut fragments = chooser.fragments(sequence, checksum);
            fragments.sort_unstable();
            assert_eq!(fragments, expected, "part {sequence}");
        }
    }

    #[test]
    fn agrees_with_another_encoder_for_many_counts() {
        for count in [1, 2, 3, 5, 9, 10, 25, 26, 63, 64, 65, 100, 127, 250, 333, 500, 1000, 2000] {
            let message = wolf_message(count);
            let checksum = crc32(&message);
            let mut theirs = ur::fountain::Encoder::new(&message, 1).unwrap();
            let mut ours = Chooser::new(count);
            for sequence in 1..=u32::try_from(count + 60).unwrap() {
                assert_eq!(ours.fragments(sequence, checksum), theirs.next_part().indexes(), "{sequence} of {count}");
            }
        }
    }

    #[test]
    fn the_largest_count_is_drawn_at_once() {
        let mut chooser = Chooser::new(16_384);
        let mixed: usize = (0..200).map(|part| chooser.fragments(16_385 + part, 7).len()).sum();
        assert!(mixed > 200);
        let mut all = Remaining::all(16_384);
        let drawn: std::collections::BTreeSet<usize> = (0..16_384).map(|_| all.take(all.left / 2)).collect();
        assert_eq!(drawn.len(), 16_384);
    }
}
