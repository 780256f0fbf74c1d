//! Who may use the simulated Trezor: its PIN, its passphrase, and the sessions that remember the passphrase.

use bitcoin::hashes::{Hash, sha256};
use trezor_client::protos::MessageType;

use super::{Refusal, SimModel, SimOptions};
use crate::device::DeviceScreen;

/// Most bytes of a passphrase. Source: firmware, `core/src/apps/common/passphrase.py` and `legacy/firmware/config.h`.
const PASSPHRASE_BYTES: usize = 50;
/// Sessions that are remembered. Source: firmware, `core/src/storage/cache_codec.py`.
const SESSIONS: usize = 10;

/// What the device has to be told before it can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    /// The PIN, as positions in the matrix of a Trezor One.
    PinMatrix,
    /// The PIN, on the device.
    Pin,
    /// The passphrase.
    Passphrase,
}

/// A session: what the host names it, and the passphrase once it is known.
struct Session {
    id: Vec<u8>,
    passphrase: Option<String>,
}

pub(super) struct Access {
    model: SimModel,
    pin: Option<String>,
    passphrase_protection: bool,
    unlocked: bool,
    /// Matrices shown so far: each has its own order.
    matrices: u8,
    /// Oldest first; the active one last.
    sessions: Vec<Session>,
    begun: u8,
}

impl Access {
    pub(super) fn new(options: &SimOptions) -> Self {
        Self {
            model: options.model,
            pin: options.pin.clone(),
            passphrase_protection: options.passphrase_protection,
            unlocked: options.pin.is_none(),
            matrices: 0,
            sessions: Vec::new(),
            begun: 0,
        }
    }

    pub(super) const fn is_unlocked(&self) -> bool {
        self.unlocked
    }

    /// Forgets that the PIN was entered.
    pub(super) const fn lock(&mut self) {
        self.unlocked = self.pin.is_none();
    }

    /// Resumes the session of this identifier, or begins one; its identifier.
    pub(super) fn begin(&mut self, id: Option<&[u8]>) -> Vec<u8> {
        let known = id.and_then(|id| self.sessions.iter().position(|session| session.id == id));
        let session = match known {
            Some(at) => self.sessions.remove(at),
            None => self.fresh(),
        };
        let id = session.id.clone();
        self.sessions.push(session);
        if self.sessions.len() > SESSIONS {
            self.sessions.remove(0);
        }
        id
    }

    fn fresh(&mut self) -> Session {
        let id = vec![self.begun.wrapping_add(0x51); 32];
        self.begun = self.begun.wrapping_add(1);
        Session { id, passphrase: (!self.passphrase_protection).then(String::new) }
    }

    /// Ends the active session.
    pub(super) fn end(&mut self) {
        self.sessions.pop();
    }

    /// The passphrase of the active session, once it is known.
    pub(super) fn passphrase(&self) -> Option<&str> {
        self.sessions.last().and_then(|session| session.passphrase.as_deref())
    }

    /// What is lacking to answer a message of this type.
    pub(super) fn lacking(&mut self, kind: MessageType) -> Option<Lacking> {
        if !is_guarded(kind) {
            return None;
        }
        if self.sessions.is_empty() {
            self.begin(None);
        }
        if !self.unlocked {
            let one = self.model == SimModel::One;
            return Some(if one { Lacking::PinMatrix } else { Lacking::Pin });
        }
        let seedless = kind == MessageType::MessageType_ApplyFlags;
        (!seedless && self.passphrase().is_none()).then_some(Lacking::Passphrase)
    }

    /// A matrix in an order of its own, as the screen has it: the position of a digit is its place on a number pad.
    pub(super) fn matrix(&mut self) -> DeviceScreen {
        self.matrices = self.matrices.wrapping_add(1);
        let digits = self.order();
        let lines = digits.chunks(3).rev().map(|row| row.iter().collect()).collect();
        let title = "Please enter current PIN:".to_owned();
        DeviceScreen { step: "PIN".to_owned(), title, lines, address: false }
    }

    fn order(&self) -> Vec<char> {
        let mut digits: Vec<char> = ('1'..='9').collect();
        let salt = self.matrices;
        digits.sort_by_key(|digit| sha256::Hash::hash(format!("{salt}{digit}").as_bytes()));
        digits
    }

    /// Takes positions in the matrix shown last.
    pub(super) fn enter_positions(&mut self, positions: &str) -> Result<(), Refusal> {
        let order = self.order();
        let digit = |position: char| {
            let place = usize::try_from(position.to_digit(10)?).ok()?.checked_sub(1)?;
            order.get(place).copied()
        };
        let entered: Option<String> = positions.chars().map(digit).collect();
        match entered {
            None => Err(Refusal { code: 6, text: "PIN cancelled" }),
            entered if entered == self.pin => {
                self.unlocked = true;
                Ok(())
            }
            Some(_) => Err(Refusal { code: 7, text: "PIN invalid" }),
        }
    }

    /// The person enters the PIN on the device.
    pub(super) const fn enter_on_device(&mut self) {
        self.unlocked = true;
    }

    /// Opens the wallet of a passphrase for the active session.
    pub(super) fn open(&mut self, passphrase: String) -> Result<(), Refusal> {
        if passphrase.len() > PASSPHRASE_BYTES {
            return Err(Refusal::data("Maximum passphrase length is 50 bytes"));
        }
        if let Some(session) = self.sessions.last_mut() {
            session.passphrase = Some(passphrase);
        }
        Ok(())
    }
}

/// Whether a message needs the person's PIN: everything that uses the seed.
const fn is_guarded(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::MessageType_ApplyFlags
            | MessageType::MessageType_GetPublicKey
            | MessageType::MessageType_GetAddress
            | MessageType::MessageType_SignTx
            | MessageType::MessageType_EthereumGetAddress
            | MessageType::MessageType_EthereumSignTx
            | MessageType::MessageType_EthereumSignTxEIP1559
            | MessageType::MessageType_EthereumSignMessage
            | MessageType::MessageType_EthereumSignTypedHash
            | MessageType::MessageType_EthereumSignTypedData
    )
}
