//! Has a hardware wallet sign, and passes its questions on.

use vitrine_ceremony::{SignOrder, known_against};
use vitrine_device::DeviceError;

use super::questions::Questions;
use super::{Desk, Hands};
use crate::model::{Report, SignReport};

/// Opens the device, says what it will show, and has it sign.
pub(super) fn run(desk: Desk, order: &SignOrder, id: &str, hands: Hands) {
    let opened = desk.ports().open_device(id);
    let mut device = match opened {
        Ok(device) => device,
        Err(why) => return desk.say(Report::NoDevice(why)),
    };
    let asks = |prompt| Report::Sign(SignReport::Asks(prompt));
    let mut questions = Questions::of(desk, device.control(), hands, asks);
    let returned = match device.identify() {
        Ok(identity) => {
            let screens = order.predicted_screens(device.as_ref());
            let askings = order.askings(device.as_ref());
            let (name, problems) = (identity.name(), known_against(&identity));
            questions.say(Report::Sign(SignReport::Ready { identity, screens, askings }));
            match problems.is_empty() || questions.acknowledged(name, problems) {
                true => order.sign(device.as_mut(), &mut questions),
                false => Err(DeviceError::CancelledHere { at: "what is known against it" }.into()),
            }
        }
        Err(error) => Err(error.into()),
    };
    // A device that is asked once more is opened again: this link must be gone by then.
    drop(device);
    questions.end(Report::Sign(SignReport::Done(returned)));
}
