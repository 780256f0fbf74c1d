//! The result as a loop of codes.

use vitrine_qr::Payload;

use super::{Prepared, Step};

/// Bytes a part, from sparse to dense.
pub const DENSITIES: [usize; 7] = [60, 100, 150, 230, 330, 500, 800];
/// Parts a second, from slow to fast.
pub const RATES: [u64; 6] = [1, 2, 4, 6, 8, 12];

const FIRST_DENSITY: usize = 3;
const FIRST_RATE: usize = 3;

/// Which code is shown now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Index of the code.
    pub code: usize,
    /// Which time round this is, from 1.
    pub round: u64,
}

/// The result and how it is shown.
#[derive(Clone, Debug)]
pub struct PresentState {
    /// What the codes carry.
    pub payload: Option<Payload>,
    /// The codes, once they were read back. Nothing is shown before.
    pub prepared: Option<Prepared>,
    /// Why there are no codes.
    pub failed: Option<String>,
    /// Whether the code is shown as large as it gets.
    pub largest: bool,
    /// Whether the loop stands still.
    pub paused: bool,
    density: usize,
    rate: usize,
    steps: u64,
    since_ms: u64,
}

impl Default for PresentState {
    fn default() -> Self {
        Self {
            payload: None,
            prepared: None,
            failed: None,
            largest: false,
            paused: false,
            density: FIRST_DENSITY,
            rate: FIRST_RATE,
            steps: 0,
            since_ms: 0,
        }
    }
}

impl PresentState {
    /// Bytes a part.
    pub fn fragment_len(&self) -> usize {
        DENSITIES.get(self.density).copied().unwrap_or(100)
    }

    /// Parts a second.
    pub fn rate(&self) -> u64 {
        RATES.get(self.rate).copied().unwrap_or(1)
    }

    /// Milliseconds that one code stays.
    pub fn code_ms(&self) -> u64 {
        1_000 / self.rate().max(1)
    }

    /// Changes the density and says whether it changed: the codes must then be drawn and read back again.
    pub fn step_density(&mut self, step: Step) -> bool {
        let before = self.density;
        self.density = stepped(self.density, step, DENSITIES.len());
        if self.density != before {
            self.prepared = None;
        }
        self.density != before
    }

    /// Changes the rate.
    pub fn step_rate(&mut self, step: Step, now_ms: u64) {
        self.settle(now_ms);
        self.rate = stepped(self.rate, step, RATES.len());
    }

    /// Stops or continues the loop.
    pub fn pause(&mut self, now_ms: u64) {
        self.settle(now_ms);
        self.paused = !self.paused;
    }

    /// Shows a neighbouring code and stands still.
    pub fn step_part(&mut self, step: Step, now_ms: u64) {
        self.settle(now_ms);
        self.paused = true;
        let round = self.prepared.as_ref().map_or(1, |p| p.codes.len().max(1)) as u64;
        self.steps = match step {
            Step::Next => self.steps.saturating_add(1),
            Step::Previous => self.steps.checked_sub(1).unwrap_or(round.saturating_sub(1)),
        };
    }

    /// Starts the loop with these codes.
    pub fn start(&mut self, prepared: Prepared, now_ms: u64) {
        self.prepared = Some(prepared);
        self.steps = 0;
        self.since_ms = now_ms;
    }

    /// The code to show at `now_ms`; none before the codes were read back.
    pub fn shown(&self, now_ms: u64) -> Option<Loop> {
        let count = self.prepared.as_ref()?.codes.len() as u64;
        let steps = self.steps.saturating_add(self.steps_since(now_ms));
        let code = usize::try_from(steps.checked_rem(count)?).ok()?;
        Some(Loop { code, round: steps.checked_div(count)?.saturating_add(1) })
    }

    fn steps_since(&self, now_ms: u64) -> u64 {
        if self.paused { 0 } else { now_ms.saturating_sub(self.since_ms) / self.code_ms().max(1) }
    }

    fn settle(&mut self, now_ms: u64) {
        self.steps = self.steps.saturating_add(self.steps_since(now_ms));
        self.since_ms = now_ms;
    }
}

fn stepped(at: usize, step: Step, count: usize) -> usize {
    match step {
        Step::Next => at.saturating_add(1).min(count.saturating_sub(1)),
        Step::Previous => at.saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_qr::{Modules, ReadBack};

    fn prepared(count: usize) -> Prepared {
        let codes = (0..count).map(|i| Modules::encode(&i.to_string()).unwrap()).collect();
        Prepared { codes, pure: count, fragment_len: 100, read_back: ReadBack { parts: count, sha256: [0; 32] } }
    }

    #[test]
    fn nothing_is_shown_before_it_was_read_back() {
        let mut present = PresentState::default();
        assert_eq!(present.shown(10_000), None);
        present.start(prepared(3), 1_000);
        assert_eq!(present.shown(1_000), Some(Loop { code: 0, round: 1 }));
        assert!(present.step_density(Step::Next));
        assert_eq!(present.shown(1_000), None, "other parts must be read back first");
    }

    #[test]
    fn the_loop_goes_round_and_stands_still_when_paused() {
        let mut present = PresentState::default();
        present.start(prepared(3), 0);
        let part_ms = present.code_ms();
        assert_eq!(present.shown(part_ms * 4), Some(Loop { code: 1, round: 2 }));
        present.pause(part_ms * 4);
        assert_eq!(present.shown(part_ms * 40), Some(Loop { code: 1, round: 2 }));
        present.step_part(Step::Previous, part_ms * 41);
        assert_eq!(present.shown(part_ms * 50), Some(Loop { code: 0, round: 2 }));
    }
}
