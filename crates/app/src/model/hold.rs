//! Hold to sign: two seconds of one deliberate press.

/// How long Space must be held, in milliseconds.
pub const HOLD_MS: u64 = 2_000;

/// The most one frame counts for, in milliseconds: a stalled window must not sign on its own.
const LONGEST_FRAME_MS: u64 = 250;

/// What the key did since the last frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldInput {
    /// A press that was not an auto-repeat.
    pub pressed: bool,
    /// A release.
    pub released: bool,
    /// The key is down now and the window has the keyboard.
    pub down: bool,
}

/// The button's state as shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// Gates are open: how many steps are left.
    Locked(usize),
    /// Everything is done, nobody holds.
    Armed,
    /// Held for so many milliseconds, less than [`HOLD_MS`].
    Held(u64),
}

/// The hold button. A new one is needed for each screen, so that a key already down does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    held_ms: Option<u64>,
    done: bool,
}

impl Hold {
    /// Counts one frame of `frame_ms` milliseconds and says whether the hold is complete.
    ///
    /// Completes once. A press counts from its own frame on; without a press in this screen, a key that is down counts
    /// for nothing.
    pub fn frame(&mut self, steps_left: usize, input: HoldInput, frame_ms: u64) -> bool {
        if steps_left > 0 || self.done || input.released || !input.down {
            self.held_ms = None;
            return false;
        }
        if input.pressed {
            self.held_ms = Some(0);
            return false;
        }
        self.held_ms = self.held_ms.map(|held| held.saturating_add(frame_ms.min(LONGEST_FRAME_MS)));
        self.done = self.held_ms.is_some_and(|held| held >= HOLD_MS);
        self.done
    }

    /// The state to show.
    pub fn state(&self, steps_left: usize) -> HoldState {
        match (steps_left, self.held_ms) {
            (0, None) => HoldState::Armed,
            (0, Some(held)) => HoldState::Held(held.min(HOLD_MS)),
            (left, _) => HoldState::Locked(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESS: HoldInput = HoldInput { pressed: true, released: false, down: true };
    const DOWN: HoldInput = HoldInput { pressed: false, released: false, down: true };
    const RELEASE: HoldInput = HoldInput { pressed: false, released: true, down: false };

    fn frames(hold: &mut Hold, input: HoldInput, count: usize) -> bool {
        (0..count).any(|_| hold.frame(0, input, 100))
    }

    #[test]
    fn a_key_already_down_when_the_screen_opened_never_signs() {
        let mut hold = Hold::default();
        assert!(!frames(&mut hold, DOWN, 100));
        assert_eq!(hold.state(0), HoldState::Armed);
    }

    #[test]
    fn a_hold_of_two_seconds_signs_once() {
        let mut hold = Hold::default();
        hold.frame(0, PRESS, 100);
        assert!(!frames(&mut hold, DOWN, 19));
        assert_eq!(hold.state(0), HoldState::Held(1_900));
        assert!(frames(&mut hold, DOWN, 1));
        assert!(!frames(&mut hold, DOWN, 100));
        hold.frame(0, PRESS, 100);
        assert!(!frames(&mut hold, DOWN, 100), "a second hold signs nothing");
    }

    #[test]
    fn released_early_goes_back_to_armed() {
        let mut hold = Hold::default();
        hold.frame(0, PRESS, 100);
        frames(&mut hold, DOWN, 15);
        hold.frame(0, RELEASE, 100);
        assert_eq!(hold.state(0), HoldState::Armed);
        assert!(!frames(&mut hold, DOWN, 100), "the rest of an old press does not count");
    }

    #[test]
    fn a_press_while_locked_does_not_count_later() {
        let mut hold = Hold::default();
        assert!(!hold.frame(1, PRESS, 100));
        assert_eq!(hold.state(1), HoldState::Locked(1));
        assert!(!frames(&mut hold, DOWN, 100));
    }

    #[test]
    fn a_window_that_stalls_does_not_sign_on_its_own() {
        let mut hold = Hold::default();
        hold.frame(0, PRESS, 16);
        assert!(!hold.frame(0, DOWN, 10_000));
    }
}
