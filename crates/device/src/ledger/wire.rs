//! One command and its answer: bounded, and in words where it is no answer.

use super::apdu::{Apdu, ApduExchange, REPLY_BYTES};
use super::model::SystemInfo;
use super::{LedgerApp, status};
use crate::control::Control;
use crate::error::{DeviceError, device_text};

/// How often the device is asked until it answers after an exchange that ended in the middle.
pub(super) const RESYNC_TRIES: usize = 4;

const WHICH_APP: &str = "asking which app is open";

/// The device behind its link.
pub(super) struct Wire {
    exchange: Box<dyn ApduExchange>,
    control: Control,
    /// An exchange ended in the middle: the app may wait for the rest of it.
    stale: bool,
}

/// The app that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenApp {
    /// Its name, escaped.
    pub(super) name: String,
    /// Its version, escaped.
    pub(super) version: String,
}

/// What the device says to a command.
pub(super) enum Reply {
    /// It was carried out.
    Done(Vec<u8>),
    /// Before it goes on, it asks this.
    Question(Vec<u8>),
}

impl Wire {
    pub(super) fn new(exchange: Box<dyn ApduExchange>, control: Control) -> Self {
        Self { exchange, control, stale: false }
    }

    pub(super) const fn control(&self) -> &Control {
        &self.control
    }

    /// Sends a command that the chip answers by itself.
    pub(super) fn ask(&mut self, apdu: &Apdu) -> Result<Vec<u8>, DeviceError> {
        self.control.wait_for_device();
        self.send(apdu)
    }

    /// Sends a command that a person answers at the device's screen.
    pub(super) fn ask_person(&mut self, apdu: &Apdu) -> Result<Vec<u8>, DeviceError> {
        self.control.wait_for_person();
        self.send(apdu)
    }

    /// Says a part of a dialogue, in which the device asks back. How long it may take was said before.
    pub(super) fn say(&mut self, apdu: &Apdu) -> Result<Reply, DeviceError> {
        let reply = self.raw(apdu).and_then(|(data, status)| match status {
            status::OK => Ok(Reply::Done(data)),
            status::INTERRUPTED => Ok(Reply::Question(data)),
            _ => Err(status::error(apdu, status)),
        });
        self.noted(apdu, reply)
    }

    /// Notes that the app waits for something that will not come.
    pub(super) fn leave(&mut self) {
        self.stale = true;
    }

    fn send(&mut self, apdu: &Apdu) -> Result<Vec<u8>, DeviceError> {
        let outcome = self.once(apdu);
        self.noted(apdu, outcome)
    }

    fn noted<T>(&mut self, apdu: &Apdu, outcome: Result<T, DeviceError>) -> Result<T, DeviceError> {
        if let Err(error) = &outcome {
            // After a status word the app is where it began; otherwise nobody knows.
            self.stale |= !matches!(error, DeviceError::RefusedOnDevice { .. } | DeviceError::WrongApp { .. });
        }
        outcome.map_err(|error| self.name_open_app(error, apdu.app))
    }

    fn once(&mut self, apdu: &Apdu) -> Result<Vec<u8>, DeviceError> {
        let (data, status) = self.raw(apdu)?;
        if status == status::OK { Ok(data) } else { Err(status::error(apdu, status)) }
    }

    fn raw(&mut self, apdu: &Apdu) -> Result<(Vec<u8>, u16), DeviceError> {
        if self.control.is_cancelled() {
            return Err(DeviceError::CancelledHere { at: apdu.at });
        }
        let reply = self.exchange.exchange(apdu.bytes());
        let reply = reply.map_err(|error| error.during(apdu.at, &self.control))?;
        let bytes = reply.len();
        if bytes > REPLY_BYTES {
            return Err(DeviceError::TooLarge { at: apdu.at, bytes, limit: REPLY_BYTES });
        }
        let short = || DeviceError::Malformed { at: apdu.at, what: "an answer without a status word" };
        let (data, status) = reply.split_last_chunk::<2>().ok_or_else(short)?;
        Ok((data.to_vec(), u16::from_be_bytes(*status)))
    }

    /// Brings the app back to where it listens for a new request, if an exchange ended in the middle: `first` is sent,
    /// whatever it answers, then `probe` until it is answered.
    pub(super) fn resynchronise(&mut self, first: Option<&Apdu>, probe: &Apdu) -> Result<(), DeviceError> {
        if !self.stale {
            return Ok(());
        }
        self.control.wait_for_device();
        if let Some(first) = first {
            self.raw(first)?;
        }
        let mut last = Err(DeviceError::Malformed { at: probe.at, what: "nothing" });
        for _ in 0..RESYNC_TRIES {
            last = self.once(probe).map(drop);
            if last.is_ok() {
                self.stale = false;
                break;
            }
        }
        last.map_err(|error| self.name_open_app(error, probe.app))
    }

    /// Makes sure that this app is open and listens, whatever happened before.
    pub(super) fn ready(&mut self, needed: LedgerApp) -> Result<OpenApp, DeviceError> {
        let open = self.open_app()?;
        if open.name != needed.name() {
            return Err(DeviceError::WrongApp { at: WHICH_APP, open: open.name, needed });
        }
        // An exchange of another app ended with that app.
        self.stale = false;
        Ok(open)
    }

    /// Asks the operating system which app is open (`B0 01`, answered in every app and on the dashboard). After an
    /// exchange that ended in the middle, the first answers can be the end of that one.
    pub(super) fn open_app(&mut self) -> Result<OpenApp, DeviceError> {
        self.control.wait_for_device();
        let question = Apdu::of_system(WHICH_APP, [0x01, 0x00, 0x00]);
        let mut reply = self.once(&question);
        for _ in 1..RESYNC_TRIES {
            // A program before this one may have left in the middle, too.
            if !matches!(&reply, Err(DeviceError::Failure { code, .. }) if status::ENDS.contains(code)) {
                break;
            }
            reply = self.once(&question);
        }
        let malformed = DeviceError::Malformed { at: WHICH_APP, what: "no name and version" };
        app_of(&reply?).ok_or(malformed)
    }

    /// Asks the operating system about itself (`E0 01`), which answers while no app is open; none from one that does not.
    pub(super) fn system_info(&mut self) -> Option<SystemInfo> {
        let command = Apdu::build("asking for the firmware", None, [0xe0, 0x01, 0x00, 0x00], &[]);
        self.control.wait_for_device();
        SystemInfo::read(&self.once(&command).ok()?)
    }

    fn name_open_app(&mut self, error: DeviceError, needed: Option<LedgerApp>) -> DeviceError {
        let (DeviceError::WrongApp { at, .. }, Some(needed)) = (&error, needed) else { return error };
        let at = *at;
        match self.open_app().map(|app| app.name).unwrap_or_default() {
            open if open == needed.name() => {
                DeviceError::Unsupported { what: format!("{at}: this version of the app {}", needed.name()) }
            }
            open => DeviceError::WrongApp { at, open, needed },
        }
    }
}

/// Format 1, then name and version, each after its length; flags may follow.
fn app_of(reply: &[u8]) -> Option<OpenApp> {
    let (1, rest) = reply.split_first()? else { return None };
    let (name, rest) = sized(rest)?;
    let (version, _) = sized(rest)?;
    let text = |bytes: &[u8]| device_text(&String::from_utf8_lossy(bytes));
    Some(OpenApp { name: text(name), version: text(version) })
}

fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_apps_are_read_within_their_bounds() {
        let reply = b"\x01\x08Ethereum\x061.22.0\x01\x02";
        let app = app_of(reply).unwrap();
        assert_eq!((app.name.as_str(), app.version.as_str()), ("Ethereum", "1.22.0"));
        for end in 0..17 {
            assert_eq!(app_of(&reply[..end]), None, "{end}");
        }
        assert_eq!(app_of(b"\x02\x01a\x01b"), None);
    }
}
