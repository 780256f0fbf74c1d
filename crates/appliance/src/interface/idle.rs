//! When nobody is there: a darker screen, then a locked one. What wakes it does nothing else.

use std::collections::BTreeSet;

use crate::input::{Change, Heard};

/// After so many milliseconds without a key the screen is darker: two minutes.
pub const DARK_MS: u64 = 120_000;
/// After so many it is locked, too: five minutes.
pub const LOCK_MS: u64 = 300_000;

/// How bright the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// As it is.
    Full,
    /// Darker.
    Dark,
    /// Darker, and locked.
    Locked,
}

/// Since when nobody is there.
#[derive(Clone, Debug, Default)]
pub struct Idle {
    since_ms: u64,
    /// Keys that woke the screen, as long as they are down.
    spent: BTreeSet<u16>,
}

impl Idle {
    /// How bright the screen is now.
    pub const fn light(&self, now_ms: u64) -> Light {
        match now_ms.saturating_sub(self.since_ms) {
            LOCK_MS.. => Light::Locked,
            DARK_MS.. => Light::Dark,
            _ => Light::Full,
        }
    }

    /// Somebody is there although no key is pressed.
    pub const fn in_use(&mut self, now_ms: u64) {
        self.since_ms = now_ms;
    }

    /// Takes what was heard and gives what may act.
    pub fn hear(&mut self, now_ms: u64, heard: Vec<Heard>) -> Vec<Heard> {
        let by_person = |heard: &Heard| !matches!(heard, Heard::Report | Heard::Gone);
        if !heard.iter().any(by_person) {
            return heard;
        }
        let wakes = self.light(now_ms) != Light::Full;
        self.since_ms = now_ms;
        heard.into_iter().filter(|heard| self.acts(heard, wakes)).collect()
    }

    fn acts(&mut self, heard: &Heard, wakes: bool) -> bool {
        let Heard::Key { code, change, .. } = heard else { return !wakes };
        match change {
            // A release always counts: what was held before must not stay held.
            Change::Up => !self.spent.remove(code),
            Change::Down if wakes => {
                self.spent.insert(*code);
                false
            }
            Change::Down => {
                self.spent.remove(code);
                true
            }
            Change::Repeat => !wakes && !self.spent.contains(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(code: u16, change: Change) -> Heard {
        Heard::Key { code, change, axes: None }
    }

    #[test]
    fn the_key_that_wakes_the_screen_does_nothing_else() {
        let mut idle = Idle::default();
        assert_eq!(idle.light(DARK_MS - 1), Light::Full);
        assert_eq!(idle.light(DARK_MS), Light::Dark);
        let now = DARK_MS + 5;
        assert_eq!(idle.hear(now, vec![key(28, Change::Down)]), []);
        assert_eq!(idle.light(now), Light::Full);
        assert_eq!(idle.hear(now + 1, vec![key(28, Change::Repeat), key(30, Change::Down)]), [key(30, Change::Down)]);
        assert_eq!(idle.hear(now + 2, vec![key(28, Change::Up)]), []);
        assert_eq!(idle.hear(now + 3, vec![key(28, Change::Down)]), [key(28, Change::Down)]);
    }

    #[test]
    fn what_is_let_go_of_in_the_dark_is_let_go_of() {
        let mut idle = Idle::default();
        idle.hear(0, vec![key(57, Change::Down)]);
        assert_eq!(idle.hear(LOCK_MS, vec![key(57, Change::Up)]), [key(57, Change::Up)]);
    }

    #[test]
    fn a_device_that_only_reports_wakes_nobody() {
        let mut idle = Idle::default();
        idle.hear(LOCK_MS + 1, vec![Heard::Report, Heard::Gone]);
        assert_eq!(idle.light(LOCK_MS + 1), Light::Locked);
        idle.in_use(LOCK_MS + 1);
        assert_eq!(idle.light(LOCK_MS + 1), Light::Full);
    }
}
