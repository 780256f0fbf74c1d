//! What is on the screen while each row of the sensor is exposed.

use super::random::{Stream, number};

/// The most parts that one row of one frame can show, one over the other.
pub const MAX_MIX: usize = 4;

/// A share of a row's light, in 256ths.
pub const FULL: u32 = 256;

/// When the screen changes and when each row of the sensor looks. Times are in microseconds of the camera's clock.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Time between two frames of the camera.
    pub frame_us: i64,
    /// Time from the first row's start to the last row's.
    pub readout_us: i64,
    /// Time for which each row gathers light.
    pub exposure_us: i64,
    /// Time the screen's crystals take to turn.
    pub settle_us: i64,
    /// Parts shown in a second.
    pub parts_per_second: i64,
    /// When part 0 appeared: at or before the first frame.
    pub phase_us: i64,
}

/// The parts that one row shows, with their shares, which sum to [`FULL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    shares: [(i64, u32); MAX_MIX],
    len: usize,
}

impl Mix {
    /// Part numbers (counted since the film began) and shares, oldest first.
    pub fn shares(&self) -> &[(i64, u32)] {
        self.shares.get(..self.len).unwrap_or(&[])
    }

    fn push(&mut self, part: i64, share: u32) {
        if let (Some(slot), true) = (self.shares.get_mut(self.len), share > 0) {
            *slot = (part, share);
            self.len += 1;
        }
    }
}

/// The screen draws at this rate, and a part appears only when it draws.
const SCREEN_HZ: i64 = 60;

impl Timing {
    /// A random moment of the first part's showing, by the seed.
    pub fn phase(seed: u64, parts_per_second: i64) -> i64 {
        let hold = 1_000_000 / parts_per_second.max(1);
        -((number(seed, Stream::Phase, 0) % (hold.max(1) as u64)) as i64)
    }

    /// When the part with this number appears.
    pub fn appears_us(&self, part: i64) -> i64 {
        let refresh = (part * SCREEN_HZ).div_euclid(self.parts_per_second);
        self.phase_us + refresh * 1_000_000 / SCREEN_HZ
    }

    /// The mix of the row that starts to gather light at `start_us`.
    pub fn mix(&self, start_us: i64) -> Mix {
        let mut mix = Mix { shares: [(0, 0); MAX_MIX], len: 0 };
        let mut part = self.showing_at(start_us - self.settle_us);
        let mut left = FULL;
        while left > 0 {
            let later = self.risen(part + 1, start_us).min(left);
            let is_last = mix.len + 1 == MAX_MIX;
            mix.push(part, if is_last { left } else { left - later });
            left = if is_last { 0 } else { later };
            part += 1;
        }
        mix
    }

    /// The part whose showing began last before a time.
    fn showing_at(&self, time_us: i64) -> i64 {
        let mut part = ((time_us - self.phase_us) * self.parts_per_second).div_euclid(1_000_000) + 1;
        while part > 0 && self.appears_us(part) > time_us {
            part -= 1;
        }
        part.max(0)
    }

    /// How much of the light of an exposure comes from `part` and those after it.
    fn risen(&self, part: i64, start_us: i64) -> u32 {
        let since = start_us - self.appears_us(part);
        let light = self.gathered(since + self.exposure_us) - self.gathered(since);
        u32::try_from(light * i64::from(FULL) / self.exposure_us.max(1)).unwrap_or(0).min(FULL)
    }

    /// The light that a crystal let through until `since` its change began, in microseconds of full light.
    fn gathered(&self, since: i64) -> i64 {
        if since <= 0 {
            0
        } else if since < self.settle_us {
            since * since / (2 * self.settle_us)
        } else {
            since - self.settle_us / 2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FULL, Timing};

    fn timing() -> Timing {
        Timing {
            frame_us: 33_333,
            readout_us: 28_000,
            exposure_us: 15_000,
            settle_us: 8_000,
            parts_per_second: 12,
            phase_us: -20_000,
        }
    }

    #[test]
    fn every_row_gets_all_its_light_from_some_part() {
        for start in (0..2_000_000).step_by(777) {
            let mix = timing().mix(start);
            let total: u32 = mix.shares().iter().map(|(_, share)| share).sum();
            assert_eq!(total, FULL, "row at {start} us: {mix:?}");
        }
    }

    #[test]
    fn a_row_is_mixed_only_around_a_change() {
        let timing = timing();
        let change = timing.appears_us(3);
        assert_eq!(timing.mix(change - timing.exposure_us).shares(), &[(2, FULL)]);
        assert_eq!(timing.mix(change + timing.settle_us).shares(), &[(3, FULL)]);
        let mixed = timing.mix(change - timing.exposure_us / 2);
        assert_eq!(mixed.shares().iter().map(|(part, _)| *part).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_fast_screen_puts_several_parts_into_one_exposure() {
        let fast = Timing { parts_per_second: 60, exposure_us: 30_000, ..timing() };
        assert!((0..100).any(|row| fast.mix(row * 500).shares().len() >= 3));
        assert!((0..100).all(|row| fast.mix(row * 500).shares().iter().map(|(_, s)| s).sum::<u32>() == FULL));
        assert!((0..9000).all(|row| fast.mix(row * 7).shares().iter().all(|(_, share)| *share > 0)));
    }
}
