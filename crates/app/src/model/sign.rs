//! What the hardware wallet does.

use vitrine_ceremony::{Askings, NotSigned, SessionError};
use vitrine_device::{DeviceError, DeviceScreen, Identity, Prompt};

use super::SignReport;

/// Why a device did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What went wrong.
    pub reason: String,
    /// What the person can do, if it is not in the reason already.
    pub next: Option<String>,
    /// Whether the device broke its protocol, or what it returned is not what was reviewed.
    pub breach: bool,
}

impl Failed {
    /// Something that is no fault of the device: it is not there, cannot be opened.
    pub fn plain(reason: String) -> Self {
        Self { reason, next: None, breach: false }
    }
}

impl From<&DeviceError> for Failed {
    fn from(error: &DeviceError) -> Self {
        Self { reason: error.reason(), next: Some(error.next_step().to_owned()), breach: error.is_breach() }
    }
}

impl From<&SessionError> for Failed {
    fn from(error: &SessionError) -> Self {
        match error {
            SessionError::Device(NotSigned { error, again: false }) => Self::from(error),
            SessionError::Device(NotSigned { error: device, again: true }) => {
                Self { reason: error.to_string(), next: None, breach: device.is_breach() }
            }
            other => Self { reason: other.to_string(), next: None, breach: true },
        }
    }
}

/// The exchange with the hardware wallet, as far as it is shown.
#[derive(Clone, Debug, Default)]
pub struct SignState {
    /// Model and firmware, once it answered.
    pub identity: Option<Identity>,
    /// What it will show, in order.
    pub screens: Vec<DeviceScreen>,
    /// How often it is asked for its signatures, once it answered.
    pub askings: Option<Askings>,
    /// Whether it is being asked for the second time.
    pub again: bool,
    /// The screen that it shows now, as far as it was said.
    pub current: Option<usize>,
    /// The device's own words of what it asks.
    pub asks: Option<String>,
    /// Why it did not sign, or why what it returned is not used.
    pub failed: Option<Failed>,
    /// Whether the person ended the exchange, and the device has not let go yet.
    pub cancelling: bool,
    /// When the exchange began.
    pub started_ms: u64,
    /// Whether the device waits for an answer of this machine, as a simulated one does.
    pub waits_here: bool,
}

impl SignState {
    /// An exchange that begins now.
    pub fn begin(now_ms: u64) -> Self {
        Self { started_ms: now_ms, ..Self::default() }
    }

    /// Takes a report; a finished exchange is the caller's.
    pub fn hear(&mut self, report: &SignReport) {
        match report {
            SignReport::Ready { identity, screens, askings } => {
                self.askings = Some(*askings);
                self.identity = Some(identity.clone());
                self.screens.clone_from(screens);
            }
            SignReport::Asks(Prompt::ConfirmOnDevice { screen, what }) => {
                self.current = Some(*screen);
                self.asks = Some(what.clone());
                self.waits_here = true;
            }
            SignReport::Asks(Prompt::Pin(_)) => self.asks = Some("PIN".to_owned()),
            SignReport::Asks(Prompt::Passphrase) => self.asks = Some("Passphrase".to_owned()),
            SignReport::Asks(Prompt::Pairing { .. }) => self.asks = Some("Pairing code".to_owned()),
            SignReport::Asks(Prompt::Again) => {
                (self.again, self.current, self.asks) = (true, None, None);
            }
            SignReport::Done(_) => self.waits_here = false,
        }
    }

    /// Seconds since the exchange began.
    pub fn seconds(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.started_ms) / 1_000
    }
}
