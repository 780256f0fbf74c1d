//! Asks a hardware wallet who it is.

use vitrine_ceremony::{Folder, recognise};

use super::questions::Questions;
use super::{Desk, Hands};
use crate::model::{Failed, Report};

/// Opens the device, and asks it who it is and what of the folder belongs to it.
pub(super) fn run(desk: Desk, id: &str, folder: Option<&Folder>, hands: Hands) {
    let device = id.to_owned();
    let opened = desk.ports().open_device(id);
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(why) => return desk.say(Report::Recognised { device, result: Err(Failed::plain(why)) }),
    };
    let mut questions = Questions::of(desk, opened.control(), hands, Report::Asked);
    let result = recognise(folder, opened.as_mut(), &mut questions);
    let result = result.map(Box::new).map_err(|error| Failed::from(&error));
    drop(opened);
    questions.end(Report::Recognised { device, result });
}
