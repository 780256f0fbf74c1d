//! Commands to an application on a Ledger, and the link that carries them.

use super::LedgerApp;
use crate::control::{Control, WaitEnd};
use crate::error::DeviceError;

/// Class of the Ethereum app's commands. Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`.
pub(crate) const ETHEREUM: u8 = 0xe0;
/// Class of the operating system's commands.
const SYSTEM: u8 = 0xb0;
/// Most bytes of a command's data.
pub(crate) const DATA_BYTES: usize = 255;
/// Most bytes of an answer: 256 of data and the status word.
pub(crate) const REPLY_BYTES: usize = 258;

/// Carries one command to the device and its answer back: USB, an emulator, a recording, a simulation.
pub trait ApduExchange: Send {
    /// Sends a command (class, instruction, two parameters, length, data) and waits for the answer: data and two bytes
    /// of status. How long it waits, and whether it goes on waiting, says the driver's [`crate::Control`].
    ///
    /// # Errors
    /// [`LinkError`]; what came late is not to be returned as the answer to a later command.
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError>;
}

/// Why a command was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkError {
    /// The device went away.
    Unplugged,
    /// No answer within [`crate::Control::limit_s`].
    Timeout,
    /// [`crate::Control::cancel`] ended the wait.
    Cancelled,
    /// The packets are not Ledger's.
    Malformed,
    /// The answer is larger than any can be: its bytes.
    TooLarge(usize),
}

impl From<WaitEnd> for LinkError {
    fn from(end: WaitEnd) -> Self {
        match end {
            WaitEnd::Cancelled => Self::Cancelled,
            WaitEnd::Timeout => Self::Timeout,
        }
    }
}

impl LinkError {
    pub(super) fn during(self, at: &'static str, control: &Control) -> DeviceError {
        match self {
            Self::Unplugged => DeviceError::Unplugged { at },
            Self::Timeout => control.timeout(at),
            Self::Cancelled => DeviceError::CancelledHere { at },
            Self::Malformed => DeviceError::Malformed { at, what: "packets that are not Ledger's" },
            Self::TooLarge(bytes) => DeviceError::TooLarge { at, bytes, limit: REPLY_BYTES },
        }
    }
}

/// A command: its name for people, the app that knows it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apdu {
    pub(super) at: &'static str,
    /// None: every app, and the dashboard.
    pub(super) app: Option<LedgerApp>,
    bytes: Vec<u8>,
}

impl Apdu {
    /// A command of the Ethereum app. `data` has at most [`DATA_BYTES`]; more is cut, and the app refuses what is left.
    pub(super) fn new(at: &'static str, [instruction, p1, p2]: [u8; 3], data: &[u8]) -> Self {
        Self::build(at, Some(LedgerApp::Ethereum), [ETHEREUM, instruction, p1, p2], data)
    }

    /// A command of the operating system, answered in every app and on the dashboard.
    pub(super) fn of_system(at: &'static str, [instruction, p1, p2]: [u8; 3]) -> Self {
        Self::build(at, None, [SYSTEM, instruction, p1, p2], &[])
    }

    pub(super) fn build(at: &'static str, app: Option<LedgerApp>, header: [u8; 4], data: &[u8]) -> Self {
        let data = data.get(..DATA_BYTES).unwrap_or(data);
        let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let mut bytes = header.to_vec();
        bytes.push(length);
        bytes.extend(data);
        Self { at, app, bytes }
    }

    pub(super) fn instruction(&self) -> Option<u8> {
        self.bytes.get(1).copied()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A path as the app reads it: number of steps, then each as four bytes.
pub(super) fn path_bytes(path: &[u32]) -> Result<Vec<u8>, DeviceError> {
    const STEPS: usize = 10;
    let count = u8::try_from(path.len()).ok().filter(|_| (1..=STEPS).contains(&path.len()));
    let what = || format!("a key path of {} steps: the app takes 1 to {STEPS}", path.len());
    let mut bytes = vec![count.ok_or_else(|| DeviceError::Unsupported { what: what() })?];
    bytes.extend(path.iter().flat_map(|step| step.to_be_bytes()));
    Ok(bytes)
}
