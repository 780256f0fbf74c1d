//! What the hardware wallet does.

use vitrine_ceremony::Askings;
use vitrine_device::{DeviceScreen, Identity, Prompt};

use super::SignReport;

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
    pub failed: Option<String>,
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
            SignReport::Asks(Prompt::Passphrase) => self.asks = Some("Passphrase, on the device".to_owned()),
            SignReport::Asks(Prompt::Pairing { code }) => {
                self.asks = Some(format!("Pairing code {code}: is it the one on the device?"));
            }
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
