//! The machine itself, where the whole of it is this program's: keyboard layout, screen lock, notices, self-test.

use vitrine_review::Digest;

use super::{Action, Model, Overlay, Route, Step};

/// One property of the running system that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold, in a sentence.
    pub property: String,
    /// Whether it does.
    pub passed: bool,
    /// What was looked at, and what was there. 64 hex digits are shown as a digest, with its words.
    pub seen: String,
}

impl Check {
    /// What was seen, if it is a digest: the measure of the running image.
    pub fn digest(&self) -> Option<Digest> {
        Digest::from_hex(&self.seen)
    }
}

/// Something that happened to the machine and that people must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub text: String,
    /// What to do.
    pub next: String,
}

/// What a person asks of the machine. The shell takes these with [`crate::App::take_wishes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Another keyboard layout; answered by [`super::Report::Layout`].
    NextLayout,
    /// Look at each property of the running system; answered by [`super::Report::SelfTested`].
    SelfTest,
    /// Switch it off.
    PowerOff,
}

/// Both presses of `Enter` that open a locked screen must come within so many milliseconds.
const UNLOCK_MS: u64 = 2_000;
/// After the screen is opened, keys do nothing for so many milliseconds: a third press is no action.
const QUIET_MS: u64 = 500;
/// Notices that are kept; older ones are in the first process.
const MOST_NOTICES: usize = 64;

/// What the interface knows of the machine.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Name of the keyboard layout, as it is shown.
    pub layout: &'static str,
    /// What happened, oldest first.
    pub notices: Vec<Notice>,
    /// How many of them were read.
    pub read: usize,
    /// What the self-test found, once it ran, or why it could not.
    pub checks: Option<Result<Vec<Check>, String>>,
    /// The first entry that is shown of a list.
    pub first: usize,
    locked: bool,
    pressed_ms: Option<u64>,
    quiet_until_ms: u64,
    pub(super) wishes: Vec<Wish>,
}

impl Machine {
    /// How many notices nobody has read.
    pub fn unread(&self) -> usize {
        self.notices.len().saturating_sub(self.read)
    }
}

impl Model {
    /// Whether the screen is locked: it shows nothing of the session, and only opening it acts.
    pub fn is_locked(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.locked)
    }

    /// Whether keys do nothing, because the screen was opened just now.
    pub(crate) fn is_quiet(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| self.now_ms < machine.quiet_until_ms)
    }

    /// Takes what happened to the machine, all of it since the start.
    pub(super) fn noticed(&mut self, mut notices: Vec<Notice>) {
        if let Some(machine) = &mut self.machine {
            let older = notices.len().saturating_sub(MOST_NOTICES);
            notices.drain(..older);
            let kept = machine.notices.iter().zip(&notices).take_while(|(old, new)| old == new).count();
            machine.read = machine.read.min(kept);
            machine.notices = notices;
        }
    }

    pub(super) fn update_machine(&mut self, action: &Action) {
        let now_ms = self.now_ms;
        let may_switch_off = matches!(self.route, Route::Open | Route::Record);
        let Some(machine) = &mut self.machine else { return };
        match action {
            Action::Lock => (machine.locked, machine.pressed_ms) = (true, None),
            Action::Unlock if machine.locked => {
                let second = machine.pressed_ms.is_some_and(|first| now_ms.saturating_sub(first) <= UNLOCK_MS);
                machine.pressed_ms = Some(now_ms);
                if second {
                    (machine.locked, machine.quiet_until_ms) = (false, now_ms.saturating_add(QUIET_MS));
                }
            }
            Action::NextLayout => machine.wishes.push(Wish::NextLayout),
            Action::SelfTest => {
                (machine.first, machine.checks) = (0, None);
                if self.overlay != Some(Overlay::SelfTest) {
                    machine.wishes.push(Wish::SelfTest);
                }
                self.toggle(Overlay::SelfTest);
            }
            Action::Notices => {
                let unread = machine.unread() > 0;
                (machine.first, machine.read) = (0, machine.notices.len());
                if unread {
                    self.overlay = Some(Overlay::Notices);
                } else {
                    self.toggle(Overlay::Notices);
                }
            }
            Action::AskPowerOff if may_switch_off => self.overlay = Some(Overlay::PowerOff),
            Action::PowerOff if self.overlay == Some(Overlay::PowerOff) => machine.wishes.push(Wish::PowerOff),
            Action::Scroll(step) => {
                let entries = match (&self.overlay, &machine.checks) {
                    (Some(Overlay::SelfTest), Some(Ok(checks))) => checks.len(),
                    (Some(Overlay::Notices), _) => machine.notices.len(),
                    _ => 0,
                };
                machine.first = match step {
                    Step::Next => machine.first.saturating_add(1).min(entries.saturating_sub(1)),
                    Step::Previous => machine.first.saturating_sub(1),
                };
            }
            _ => {}
        }
    }

    pub(crate) fn take_wishes(&mut self) -> Vec<Wish> {
        self.machine.as_mut().map(|machine| std::mem::take(&mut machine.wishes)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Wishes;
    use vitrine_ceremony::Session;

    fn model() -> Model {
        let mut model = Model::new(Session::open(None, Some("testnet"), None, 0).unwrap(), Wishes::default(), 0);
        model.machine = Some(Machine::default());
        model
    }

    fn at(model: &mut Model, ms: u64, action: Action) {
        model.tick(ms);
        model.update(action);
    }

    #[test]
    fn a_locked_screen_opens_by_two_presses_close_together() {
        let mut model = model();
        at(&mut model, 0, Action::Lock);
        at(&mut model, 1_000, Action::Unlock);
        at(&mut model, 4_000, Action::Unlock);
        assert!(model.is_locked(), "too far apart");
        at(&mut model, 5_900, Action::Unlock);
        assert!(!model.is_locked());
        assert!(model.is_quiet());
        model.tick(6_400);
        assert!(!model.is_quiet());
        at(&mut model, 7_000, Action::Lock);
        at(&mut model, 7_100, Action::Unlock);
        assert!(model.is_locked(), "presses before the lock do not count");
    }

    #[test]
    fn a_notice_is_unread_until_it_was_shown() {
        let notice = |text: &str| Notice { text: text.to_owned(), next: String::new() };
        let mut model = model();
        model.noticed(vec![notice("a")]);
        assert_eq!(model.machine.as_ref().unwrap().unread(), 1);
        model.update(Action::Notices);
        assert_eq!(model.overlay, Some(Overlay::Notices));
        model.noticed(vec![notice("a")]);
        assert_eq!(model.machine.as_ref().unwrap().unread(), 0);
        model.noticed(vec![notice("a"), notice("b")]);
        assert_eq!(model.machine.as_ref().unwrap().unread(), 1);
        model.noticed((0..200).map(|n| notice(&n.to_string())).collect());
        let machine = model.machine.as_ref().unwrap();
        assert_eq!((machine.notices.len(), machine.unread()), (64, 64));
        assert_eq!(machine.notices.last().unwrap().text, "199");
    }

    #[test]
    fn it_is_switched_off_only_where_nothing_is_under_way_and_after_a_question() {
        let mut model = model();
        model.update(Action::PowerOff);
        assert_eq!(model.take_wishes(), []);
        model.route = Route::Sign;
        model.update(Action::AskPowerOff);
        assert_eq!(model.overlay, None);
        model.route = Route::Record;
        model.update(Action::AskPowerOff);
        model.update(Action::PowerOff);
        assert_eq!(model.take_wishes(), [Wish::PowerOff]);
        assert_eq!(model.take_wishes(), []);
    }
}
