//! Has a hardware wallet sign, and passes its questions on.

use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, SyncSender};

use vitrine_ceremony::SignOrder;
use vitrine_device::{Answer, Prompt, Prompter};

use super::{Desk, Hands, Wake};
use crate::model::{Report, SignReport};

/// Opens the device, says what it will show, and has it sign.
pub(super) fn run(desk: Desk, order: &SignOrder, id: &str, hands: Hands) {
    let opened = desk.ports().open_device(id);
    let mut device = match opened {
        Ok(device) => device,
        Err(why) => return desk.say(Report::NoDevice(why)),
    };
    *desk.control.lock().unwrap_or_else(PoisonError::into_inner) = Some(device.control());
    match device.identify() {
        Ok(identity) => {
            let screens = order.predicted_screens(device.as_ref());
            let askings = order.askings(device.as_ref());
            desk.say(Report::Sign(SignReport::Ready { identity, screens, askings }));
        }
        Err(error) => return desk.say(Report::Sign(SignReport::Done(Err(error.into())))),
    }
    let (reports, wake) = (desk.reports.clone(), desk.wake.clone());
    let mut prompter = Questions { reports, answers: desk.answers, wake, hands };
    let returned = order.sign(device.as_mut(), &mut prompter);
    // The window may have left meanwhile: then nobody takes the result, which is the point of leaving.
    let _ = desk.reports.send(Report::Sign(SignReport::Done(returned)));
    if let Some(wake) = desk.wake {
        wake();
    }
}

/// Passes questions to the window, and its answers back.
struct Questions {
    reports: SyncSender<Report>,
    answers: Receiver<Answer>,
    wake: Option<Wake>,
    hands: Hands,
}

impl Prompter for Questions {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        let is_confirm = matches!(prompt, Prompt::ConfirmOnDevice { .. } | Prompt::Pairing { .. });
        let is_pin = matches!(prompt, Prompt::Pin(_));
        let is_code = matches!(prompt, Prompt::Pairing { .. });
        if self.reports.send(Report::Sign(SignReport::Asks(prompt))).is_err() {
            return Answer::Cancel;
        }
        if let Some(wake) = &self.wake {
            wake();
        }
        match self.hands {
            // A PIN is entered on the device itself; this machine never asks for one.
            _ if is_pin => Answer::Cancel,
            // Only a person can say that two screens showed one code.
            Hands::OnDevice if is_code => Answer::Cancel,
            Hands::Here if is_confirm => self.answers.recv().unwrap_or(Answer::Cancel),
            Hands::Here | Hands::OnDevice => Answer::Continue,
        }
    }
}
