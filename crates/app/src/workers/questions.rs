//! Passes a device's questions to the window, and the answers back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, PoisonError};

use vitrine_device::{Answer, Control, Prompt, Prompter};

use super::{Desk, Hands, Wake};
use crate::model::Report;

/// Whether a question waits for an answer of this machine; all others go on, and wait for the person at the device.
pub(super) fn is_answered_here(prompt: &Prompt, hands: Hands) -> bool {
    match prompt {
        Prompt::Pin(_) | Prompt::Passphrase | Prompt::Pairing { .. } => true,
        Prompt::ConfirmOnDevice { .. } => hands == Hands::Here,
        Prompt::Again => false,
    }
}

/// Passes questions to the window as reports, and its answers back.
pub(super) struct Questions {
    reports: SyncSender<Report>,
    answers: Receiver<Answer>,
    stop: Arc<AtomicBool>,
    wake: Option<Wake>,
    hands: Hands,
    report: fn(Prompt) -> Report,
}

impl Questions {
    /// Takes over the answers of a desk, and lets the window end the exchange through `control`.
    pub(super) fn of(desk: Desk, control: Control, hands: Hands, report: fn(Prompt) -> Report) -> Self {
        let shared = desk.control;
        *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(control.clone());
        // Cancelled while the device was being opened: there was no control to say it to.
        if desk.stop.load(Ordering::Relaxed) {
            control.cancel();
        }
        Self { reports: desk.reports, answers: desk.answers, stop: desk.stop, wake: desk.wake, hands, report }
    }

    /// Whether the person at this machine wants to go on with a device that something is known against.
    pub(super) fn acknowledged(&self, device: String, problems: Vec<&'static str>) -> bool {
        self.say(Report::Advised { device, problems });
        self.answers.recv() == Ok(Answer::Continue)
    }

    /// Says the last word of the job. The window may have left meanwhile: then nobody takes it.
    pub(super) fn end(self, report: Report) {
        let _ = self.reports.send(report);
        if let Some(wake) = self.wake {
            wake();
        }
    }

    /// Says something on the way.
    pub(super) fn say(&self, report: Report) {
        let _ = self.reports.send(report);
        if let Some(wake) = &self.wake {
            wake();
        }
    }
}

impl Prompter for Questions {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let waits = is_answered_here(&prompt, self.hands);
        let was_left = || self.stop.load(Ordering::Relaxed);
        if was_left() || self.reports.send((self.report)(prompt)).is_err() {
            return Answer::Cancel;
        }
        if let Some(wake) = &self.wake {
            wake();
        }
        match waits {
            true => self.answers.recv().unwrap_or(Answer::Cancel),
            false => Answer::Continue,
        }
    }
}
