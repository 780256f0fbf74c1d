//! Which hardware wallet is taken, and who it is.

use super::{Command, Model, Overlay, Route, Step};

impl Model {
    /// Whether another hardware wallet may be taken now: not while one is at work.
    pub fn may_choose_device(&self) -> bool {
        match self.route {
            Route::Open => true,
            Route::Sign => self.sign.failed.is_some(),
            _ => false,
        }
    }

    pub(super) fn list_devices(&mut self) -> Vec<Command> {
        if self.overlay == Some(Overlay::Devices) {
            return self.close_overlay();
        }
        if !self.may_choose_device() {
            return Vec::new();
        }
        let taken = self.open.device().map(|found| found.id.clone());
        let place = self.open.device_list().iter().position(|found| Some(&found.id) == taken.as_ref());
        self.open.focus = place.unwrap_or_default();
        self.overlay = Some(Overlay::Devices);
        self.look_again()
    }

    /// Looks for cameras and hardware wallets. What these said of themselves is forgotten before: another one may be in
    /// the same port by now, under the same id.
    pub(super) fn look_again(&mut self) -> Vec<Command> {
        self.open.recognised.clear();
        vec![Command::Probe]
    }

    /// Closes what lies over the screen. A hardware wallet that was being asked who it is is left.
    pub(super) fn close_overlay(&mut self) -> Vec<Command> {
        let asked = self.overlay == Some(Overlay::Devices) && self.open.asking.is_some();
        self.overlay = None;
        if asked { vec![Command::Cancel] } else { Vec::new() }
    }

    pub(super) fn step_device(&mut self, step: Step) {
        let last = self.open.device_list().len().saturating_sub(1);
        self.open.focus = match step {
            Step::Next => self.open.focus.saturating_add(1).min(last),
            Step::Previous => self.open.focus.min(last).saturating_sub(1),
        };
    }

    /// Takes the hardware wallet in focus, and asks it who it is.
    pub(super) fn take_device(&mut self) -> Vec<Command> {
        if self.overlay != Some(Overlay::Devices) || self.open.asking.is_some() {
            return Vec::new();
        }
        let Some(found) = self.open.device_list().get(self.open.focus).cloned() else { return Vec::new() };
        self.open.recognised.remove(&found.id);
        self.open.chosen = Some(found.id.clone());
        self.open.asking = Some(found.id.clone());
        let folder = self.session.folder().cloned().map(Box::new);
        vec![Command::Recognise { device: found.id, folder }]
    }
}
