//! What the simulated Trezor answers besides keys and signatures: who it is, PIN, passphrase, sessions.

use protobuf::EnumOrUnknown;
use trezor_client::protos::features::Capability;
use trezor_client::protos::{self, MessageType, SafetyCheckLevel};
use trezor_client::transport::ProtoMessage;

use super::access::Lacking;
use super::keys::Keys;
use super::trezor::{SimulatedTrezor, State, read, seed_of};
use super::{Button, Refusal, SafetyChecks, SimModel};

const OTHER: i32 = 1;
const PIN_ENTRY: i32 = 19;
const PASSPHRASE_ENTRY: i32 = 20;

impl SimulatedTrezor {
    pub(super) fn initialize(&mut self, question: &protos::Initialize) -> Result<(), Refusal> {
        let id = self.access.begin(question.session_id.as_deref());
        self.take_keys();
        self.features(Some(id))
    }

    /// The keys of the active session's passphrase; where it is not known yet, nobody gets to them.
    fn take_keys(&mut self) {
        self.keys = Keys::of(seed_of(&self.options), self.access.passphrase().unwrap_or_default());
    }

    pub(super) fn features(&mut self, session_id: Option<Vec<u8>>) -> Result<(), Refusal> {
        let (model, internal, version) = match self.options.model {
            SimModel::Safe5 => ("Safe 5 (simulated)", "T3T1", (2, 11, 1)),
            SimModel::One => ("One (simulated)", "T1B1", (1, 14, 1)),
        };
        let mut capabilities = vec![Capability::Capability_Bitcoin, Capability::Capability_Crypto];
        capabilities.push(Capability::Capability_Ethereum);
        if self.options.model == SimModel::Safe5 {
            capabilities.push(Capability::Capability_PassphraseEntry);
        }
        let unlocked = self.access.is_unlocked();
        self.reply(&protos::Features {
            vendor: Some("trezor.io".to_owned()),
            major_version: Some(version.0),
            minor_version: Some(version.1),
            patch_version: Some(version.2),
            bootloader_mode: Some(false),
            device_id: Some("SIMULATED".to_owned()),
            pin_protection: Some(self.options.pin.is_some()),
            unlocked: Some(unlocked),
            // Firmware tells only somebody who unlocked it.
            passphrase_protection: unlocked.then_some(self.options.passphrase_protection),
            label: Some("Public test seed".to_owned()),
            initialized: Some(true),
            model: Some(model.to_owned()),
            internal_model: Some(internal.to_owned()),
            fw_vendor: Some("EMULATOR".to_owned()),
            capabilities: capabilities.into_iter().map(EnumOrUnknown::new).collect(),
            safety_checks: Some(EnumOrUnknown::new(match self.options.safety_checks {
                SafetyChecks::Strict => SafetyCheckLevel::Strict,
                SafetyChecks::Prompt => SafetyCheckLevel::PromptTemporarily,
            })),
            session_id,
            ..Default::default()
        })
    }

    /// Asks for what is lacking to answer `pending`.
    pub(super) fn lacks(&mut self, pending: ProtoMessage, lacking: Lacking) -> Result<(), Refusal> {
        self.state = State::Locked(pending, lacking);
        match lacking {
            Lacking::PinMatrix => {
                let matrix = self.access.matrix();
                self.screen.show(matrix);
                let current = protos::pin_matrix_request::PinMatrixRequestType::PinMatrixRequestType_Current;
                let type_ = Some(EnumOrUnknown::new(current));
                self.reply(&protos::PinMatrixRequest { type_, ..Default::default() })
            }
            Lacking::Pin => self.ask(&Button { code: PIN_ENTRY, name: "pin_device", pages: 0, screens: vec![] }),
            Lacking::Passphrase => self.reply(&protos::PassphraseRequest::new()),
        }
    }

    /// Takes what was asked for, then goes on with what was asked of the device.
    pub(super) fn told(
        &mut self,
        kind: MessageType,
        message: &ProtoMessage,
        pending: ProtoMessage,
        lacking: Lacking,
    ) -> Result<(), Refusal> {
        match (lacking, kind) {
            (Lacking::PinMatrix, MessageType::MessageType_PinMatrixAck) => {
                self.access.enter_positions(read::<protos::PinMatrixAck>(message)?.pin())?;
                self.receive(&pending)
            }
            (Lacking::Pin, MessageType::MessageType_ButtonAck) => {
                self.access.enter_on_device();
                self.receive(&pending)
            }
            (Lacking::Passphrase, MessageType::MessageType_PassphraseAck) => self.passphrase(&read(message)?, pending),
            _ => Err(Refusal { code: 1, text: "Unexpected message" }),
        }
    }

    fn passphrase(&mut self, ack: &protos::PassphraseAck, pending: ProtoMessage) -> Result<(), Refusal> {
        let one = self.options.model == SimModel::One;
        match (ack.on_device(), &ack.passphrase) {
            (true, _) if one => Err(Refusal::data("This firmware is incapable of passphrase entry on the device.")),
            (true, Some(_)) => Err(Refusal::data("Passphrase provided when it should not be")),
            (true, None) => {
                self.state = State::Passphrase(pending, self.options.typed_passphrase.clone(), vec![]);
                self.ask(&Button { code: PASSPHRASE_ENTRY, name: "passphrase_device", pages: 0, screens: vec![] })
            }
            (false, None) => Err(Refusal::data("Passphrase not provided and on_device is False.")),
            (false, Some(text)) if one || text.is_empty() => self.opens(pending, text.clone(), vec![]),
            (false, Some(text)) => {
                self.state = State::Passphrase(pending, text.clone(), vec!["passphrase_host2"]);
                self.ask(&Button { code: OTHER, name: "passphrase_host1", pages: 0, screens: vec![] })
            }
        }
    }

    /// Opens the wallet of a passphrase when the person has seen every screen about it.
    pub(super) fn opens(
        &mut self,
        pending: ProtoMessage,
        passphrase: String,
        mut screens: Vec<&'static str>,
    ) -> Result<(), Refusal> {
        if let Some(name) = screens.pop() {
            self.state = State::Passphrase(pending, passphrase, screens);
            return self.ask(&Button { code: OTHER, name, pages: 0, screens: vec![] });
        }
        self.access.open(passphrase)?;
        self.take_keys();
        self.receive(&pending)
    }

    /// Answers what needs no key.
    pub(super) fn keep_house(&mut self, message: &ProtoMessage) -> Result<(), Refusal> {
        let mut success = protos::Success::new();
        match message.message_type() {
            MessageType::MessageType_Ping => success.message = read::<protos::Ping>(message)?.message,
            MessageType::MessageType_EndSession => self.access.end(),
            MessageType::MessageType_LockDevice => self.access.lock(),
            _ => {}
        }
        self.reply(&success)
    }
}

/// Whether a message needs no key.
pub(super) const fn is_housekeeping(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::MessageType_Ping
            | MessageType::MessageType_EndSession
            | MessageType::MessageType_LockDevice
            | MessageType::MessageType_ApplyFlags
    )
}
