//! Seeded randomness that is the same on every machine.

/// Streams of numbers that must not influence each other, though they share one seed.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    /// When the first code appeared, relative to the camera's clock.
    Phase,
    /// Which camera frames never arrive.
    Drop,
    /// Where in the noise table each row of each frame starts.
    Grain,
    /// The noise table itself.
    Table,
    /// One of the slow movements of the hand, by number.
    Motion(u8),
}

/// The number at `index` of a stream: a pure function, so that any frame can be made without the ones before it.
///
/// SplitMix64 (Steele, Lea, Flood 2014), used as a hash.
pub fn number(seed: u64, stream: Stream, index: u64) -> u64 {
    mix(mix(seed ^ salt(stream)).wrapping_add(index.wrapping_mul(GOLDEN)))
}

/// The same number as a fraction from -1 to 1.
pub fn signed_unit(seed: u64, stream: Stream, index: u64) -> f64 {
    const STEPS: f64 = (1u64 << 30) as f64;
    ((number(seed, stream, index) >> 33) as f64) / STEPS - 1.0
}

/// A table of `len` normally distributed numbers with a standard deviation of [`GRAIN_SIGMA`].
pub fn grain_table(seed: u64, len: usize) -> Vec<i16> {
    (0..len as u64).map(|index| normal(seed, index)).collect()
}

/// Standard deviation of the numbers of [`grain_table`].
pub const GRAIN_SIGMA: f64 = 74.0;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The sum of four uniform bytes: near enough to a normal distribution, and integers only.
fn normal(seed: u64, index: u64) -> i16 {
    let bytes = number(seed, Stream::Table, index).to_le_bytes();
    let sum: i16 = bytes.iter().take(4).map(|byte| i16::from(*byte)).sum();
    (sum - 510) / 2
}

fn salt(stream: Stream) -> u64 {
    match stream {
        Stream::Phase => 0x50,
        Stream::Drop => 0x51,
        Stream::Grain => 0x52,
        Stream::Table => 0x53,
        Stream::Motion(number) => 0x100 + u64::from(number),
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::{GRAIN_SIGMA, Stream, grain_table, number, signed_unit};

    #[test]
    fn the_noise_has_the_spread_it_claims() {
        let table = grain_table(7, 20_000);
        let mean = table.iter().map(|n| f64::from(*n)).sum::<f64>() / 20_000.0;
        let variance = table.iter().map(|n| (f64::from(*n) - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 2.0, "mean {mean}");
        assert!((variance.sqrt() - GRAIN_SIGMA).abs() < 2.0, "sigma {}", variance.sqrt());
    }

    #[test]
    fn streams_and_seeds_do_not_repeat_each_other() {
        assert_ne!(number(1, Stream::Phase, 0), number(1, Stream::Drop, 0));
        assert_ne!(number(1, Stream::Phase, 0), number(2, Stream::Phase, 0));
        assert!((0..1000).all(|index| signed_unit(3, Stream::Motion(1), index).abs() <= 1.0));
    }
}
