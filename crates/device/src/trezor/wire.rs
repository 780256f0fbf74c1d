//! One question to the device, and the interruptions it may make before it answers.

use protobuf::{Enum, Message};
use trezor_client::TrezorMessage;
use trezor_client::protos::{self, MessageType};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::{ProtoMessage, Transport};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::control::Control;
use crate::error::{DeviceError, device_text};
use crate::limits;
use crate::prompt::{Answer, PinKind, Prompt, Prompter};

/// Most positions of a PIN, and most bytes of a passphrase: what firmware takes.
const SECRET_BYTES: usize = 50;

/// How many left-over answers of a broken exchange are skipped before `Features`.
const STALE_ANSWERS: usize = 4;

const PIN_ENTRY: i32 = 19;
const PASSPHRASE_ENTRY: i32 = 20;

/// The device behind its link.
pub(super) struct Wire {
    transport: Box<dyn Transport>,
    control: Control,
    /// An exchange ended in the middle: an answer to it may still arrive.
    stale: bool,
    /// A Cancel was sent: what arrives before the failure that answers it belongs to what was cancelled.
    cancels: bool,
    /// Nothing was answered yet: what arrives may be meant for a program that ended.
    fresh: bool,
}

/// One operation: who answers for the person, and how much the device may still ask.
pub(super) struct Dialogue<'a> {
    prompter: &'a mut dyn Prompter,
    asked: usize,
    received: usize,
    limit: usize,
}

impl<'a> Dialogue<'a> {
    /// `limit`: most messages accepted from the device before the operation is given up.
    pub(super) fn new(prompter: &'a mut dyn Prompter, limit: usize) -> Self {
        Self { prompter, asked: 0, received: 0, limit }
    }

    fn count(&mut self, at: &'static str) -> Result<(), DeviceError> {
        self.received = self.received.saturating_add(1);
        if self.received > self.limit {
            return Err(DeviceError::TooManyMessages { at, limit: self.limit });
        }
        Ok(())
    }

    /// Unlocking the device is no screen of the operation: it may come in between and moves no index.
    fn confirm_on_device(&mut self, request: &protos::ButtonRequest) -> Answer {
        let screen = self.asked;
        if !is_unlocking(request) {
            self.asked = self.asked.saturating_add(1);
        }
        self.prompter.prompt(Prompt::ConfirmOnDevice { screen, what: subject(request) })
    }
}

impl Wire {
    pub(super) fn new(transport: Box<dyn Transport>, control: Control) -> Self {
        Self { transport, control, stale: false, cancels: false, fresh: true }
    }

    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    /// Says whether the last exchange ended in the middle, so that the device must be initialised again.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Says whether the device has answered nothing yet, so that it may still be occupied with another program.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Asks, answers the interruptions, and returns the answer.
    pub(super) fn call<Q, R>(&mut self, question: &Q, dialogue: &mut Dialogue<'_>) -> Result<R, DeviceError>
    where
        Q: TrezorMessage,
        R: TrezorMessage,
    {
        let (_, payload) = self.ask(question, &[R::MESSAGE_TYPE], dialogue)?;
        parse(&payload, name_of(Q::MESSAGE_TYPE)).inspect_err(|error| self.leave(error))
    }

    /// The same for a question that may be answered by messages of several types; what arrived is not read here.
    pub(super) fn ask<Q: TrezorMessage>(
        &mut self,
        question: &Q,
        answers: &[MessageType],
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(MessageType, Vec<u8>), DeviceError> {
        let at = name_of(Q::MESSAGE_TYPE);
        self.control.wait_for_device();
        let may_ask = if self.control.is_cancelled() { Err(DeviceError::CancelledHere { at }) } else { Ok(()) };
        may_ask.and_then(|()| self.exchange(question, answers, at, dialogue)).inspect_err(|error| self.leave(error))
    }

    fn exchange<Q: TrezorMessage>(
        &mut self,
        question: &Q,
        answers: &[MessageType],
        at: &'static str,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(MessageType, Vec<u8>), DeviceError> {
        self.send(question, at)?;
        let resets = answers.contains(&MessageType::MessageType_Features);
        let mut skip = if self.stale && resets { STALE_ANSWERS } else { 0 };
        loop {
            let (kind, payload) = self.receive(at, dialogue)?;
            if answers.contains(&kind) && !(resets && self.cancels) {
                (self.stale, self.cancels, self.fresh) = (false, false, false);
                return Ok((kind, payload));
            }
            if skip > 0 {
                self.cancels &= kind != MessageType::MessageType_Failure;
                skip = skip.saturating_sub(1);
                continue;
            }
            if resets && self.fresh && kind != MessageType::MessageType_Failure {
                return Err(DeviceError::UnexpectedMessage { at, received: name_of_received(kind) });
            }
            self.interrupted(kind, &payload, at, dialogue)?;
        }
    }

    fn send<Q: TrezorMessage>(&mut self, message: &Q, at: &'static str) -> Result<(), DeviceError> {
        let bytes = message.write_to_bytes().map_err(|_| DeviceError::Malformed { at, what: "our own message" })?;
        let message = ProtoMessage::new(Q::MESSAGE_TYPE, bytes);
        self.transport.write_message(message).map_err(|error| self.link_error(error, at))
    }

    fn receive(
        &mut self,
        at: &'static str,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(MessageType, Vec<u8>), DeviceError> {
        dialogue.count(at)?;
        let message = self.transport.read_message().map_err(|error| self.link_error(error, at))?;
        let bytes = message.payload().len();
        if bytes > limits::MESSAGE_BYTES {
            return Err(DeviceError::TooLarge { at, bytes, limit: limits::MESSAGE_BYTES });
        }
        Ok((message.message_type(), message.into_payload()))
    }

    fn interrupted(
        &mut self,
        kind: MessageType,
        payload: &[u8],
        at: &'static str,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(), DeviceError> {
        match kind {
            MessageType::MessageType_ButtonRequest => self.button(&parse(payload, at)?, at, dialogue),
            MessageType::MessageType_PinMatrixRequest => self.pin(&parse(payload, at)?, at, dialogue),
            MessageType::MessageType_PassphraseRequest => self.passphrase(at, dialogue),
            MessageType::MessageType_Failure => Err(failure(&parse(payload, at)?, at)),
            other => Err(DeviceError::UnexpectedMessage { at, received: name_of_received(other) }),
        }
    }

    fn button(
        &mut self,
        request: &protos::ButtonRequest,
        at: &'static str,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(), DeviceError> {
        match dialogue.confirm_on_device(request) {
            Answer::Continue => {
                self.control.wait_for_person();
                self.send(&protos::ButtonAck::new(), at)
            }
            _ => Err(DeviceError::CancelledHere { at }),
        }
    }

    fn pin(
        &mut self,
        request: &protos::PinMatrixRequest,
        at: &'static str,
        dialogue: &mut Dialogue<'_>,
    ) -> Result<(), DeviceError> {
        let code = request.type_.map_or(1, |kind| kind.value());
        let kind = if code == 1 { PinKind::Current } else { PinKind::New };
        let Answer::Pin(pin) = dialogue.prompter.prompt(Prompt::Pin(kind)) else {
            return Err(DeviceError::Locked { at });
        };
        // An entry that no PIN can be would count as a wrong one.
        if pin.is_empty() || pin.len() > SECRET_BYTES || !pin.bytes().all(|digit| matches!(digit, b'1'..=b'9')) {
            return Err(DeviceError::Locked { at });
        }
        let mut ack = protos::PinMatrixAck::new();
        ack.set_pin(pin.as_str().to_owned());
        // After wrong ones the device lets time pass before it looks at the next.
        self.control.wait_for_person();
        let sent = self.send(&ack, at);
        overwrite(ack.pin.take());
        sent
    }

    fn passphrase(&mut self, at: &'static str, dialogue: &mut Dialogue<'_>) -> Result<(), DeviceError> {
        let mut ack = protos::PassphraseAck::new();
        match dialogue.prompter.prompt(Prompt::Passphrase) {
            Answer::Passphrase(passphrase) => ack.set_passphrase(normalized(&passphrase)?.as_str().to_owned()),
            Answer::Continue => ack.set_on_device(true),
            _ => return Err(DeviceError::CancelledHere { at }),
        }
        self.control.wait_for_person();
        let sent = self.send(&ack, at);
        overwrite(ack.passphrase.take());
        sent
    }

    /// Ends an exchange that the device may believe is still going on.
    ///
    /// Its answer is not read here: a device that broke the protocol may never send one.
    pub(super) fn leave(&mut self, error: &DeviceError) {
        if matches!(error, DeviceError::Failure { .. } | DeviceError::RefusedOnDevice { .. } | DeviceError::WrongPin) {
            return;
        }
        self.stale = true;
        if !matches!(
            error,
            DeviceError::Unplugged { .. } | DeviceError::Timeout { .. } | DeviceError::OrderTimeout { .. }
        ) {
            self.cancels = self.send(&protos::Cancel::new(), "Cancel").is_ok();
        }
    }

    fn link_error(&self, error: LinkError, at: &'static str) -> DeviceError {
        match error {
            LinkError::IO(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                DeviceError::CancelledHere { at }
            }
            LinkError::IO(error) if error.kind() == std::io::ErrorKind::TimedOut => self.control.timeout(at),
            LinkError::IO(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                DeviceError::Malformed { at, what: "packets that are not Trezor's" }
            }
            LinkError::DeviceReadTimeout => self.control.timeout(at),
            LinkError::InvalidMessageType(number) => {
                DeviceError::UnexpectedMessage { at, received: format!("message type {number}") }
            }
            LinkError::DeviceBadMagic | LinkError::UnexpectedChunkSizeFromDevice(_) => {
                DeviceError::Malformed { at, what: "packets that are not Trezor's" }
            }
            _ => DeviceError::Unplugged { at },
        }
    }
}

/// Reads a message.
pub(super) fn parse<M: Message>(payload: &[u8], at: &'static str) -> Result<M, DeviceError> {
    M::parse_from_bytes(payload).map_err(|_| DeviceError::Malformed { at, what: "not a protobuf message of its type" })
}

/// What a message held of what was typed. The bytes that were made of it belong to the transport.
fn overwrite(typed: Option<String>) {
    drop(typed.map(Zeroizing::new));
}

/// Text means the same wallet on every machine in Unicode's form NFKD alone (BIP-39).
fn normalized(passphrase: &str) -> Result<Zeroizing<String>, DeviceError> {
    // One character is at most 18 in this form (UAX 15): the text never moves in memory while it grows.
    let mut normalized = Zeroizing::new(String::with_capacity(passphrase.len().saturating_mul(18)));
    normalized.extend(passphrase.nfkd());
    if normalized.len() > SECRET_BYTES {
        return Err(DeviceError::Unsupported { what: format!("a passphrase of more than {SECRET_BYTES} bytes") });
    }
    Ok(normalized)
}

fn failure(failure: &protos::Failure, at: &'static str) -> DeviceError {
    let code = failure.code.map_or(0, |code| code.value());
    match code {
        4 => DeviceError::RefusedOnDevice { at },
        5 | 6 | 19 => DeviceError::Locked { at },
        7 => DeviceError::WrongPin,
        11 => DeviceError::NoSeed,
        15 => DeviceError::Busy { at },
        17 => DeviceError::NeedsThp,
        _ => DeviceError::Failure { at, code, text: device_text(failure.message()) },
    }
}

fn code_of(request: &protos::ButtonRequest) -> i32 {
    request.code.map_or(0, |code| code.value())
}

/// Whether the device asks for its PIN or its passphrase, or shows the passphrase that it was given.
fn is_unlocking(request: &protos::ButtonRequest) -> bool {
    matches!(code_of(request), PIN_ENTRY | PASSPHRASE_ENTRY) || request.name().starts_with("passphrase_host")
}

/// Says in our words what the device asks the person about; a name unknown to us is quoted, escaped.
fn subject(request: &protos::ButtonRequest) -> String {
    let known = match (request.name(), code_of(request)) {
        ("confirm_output" | "confirm_ethereum_tx", 8) => "the recipient, or the amount and the fee",
        ("confirm_output", _) => "an output",
        ("confirm_data", _) => "the data of the call",
        ("confirm_ethereum_approve", _) => "an approval",
        ("unknown_contract_warning" | "unknown_token", _) => "a contract that it does not know",
        ("sign_message", _) => "the message, or the address that signs it",
        ("confirm_address", _) => "the address that signs",
        ("should_show_domain", _) => "the domain of the typed data",
        ("should_show_struct" | "should_show_array", _) => "a part of the typed data, which it shows when asked to",
        ("confirm_typed_value", _) => "a value of the typed data",
        ("confirm_message_hash", _) => "the hash of the typed data",
        ("confirm_typed_data_final", _) => "the typed data as a whole, then the signature",
        ("op_return" | "omni_transaction", _) => "the data output",
        ("confirm_joint_total", _) => "the own part and the total, then the signature",
        ("unverified_external_input", _) => "inputs of others that it cannot verify",
        ("sending_from_multiple_accounts", _) => "inputs of several accounts",
        ("change_count_over_threshold", _) => "the number of change outputs",
        ("warning_multisig", _) => "that the address is of several keys",
        ("confirm_total", _) => "the total and the fee, then the signature",
        ("nondefault_locktime", _) => "the lock time",
        ("fee_over_threshold", _) | (_, 2) => "an unusually high fee",
        ("show_address", _) | (_, 10) => "an address",
        (_, 11) => "a public key",
        (_, 15) => "an unusual derivation path",
        (_, PIN_ENTRY) => "its PIN",
        ("passphrase_host1" | "passphrase_host1_hidden" | "passphrase_host2", _) | (_, PASSPHRASE_ENTRY) => {
            "its passphrase"
        }
        ("", 3) => "an output",
        ("", 8) => "the total and the fee, then the signature",
        ("", _) => "a question of its own",
        (name, _) => return device_text(name),
    };
    known.to_owned()
}

fn name_of(kind: MessageType) -> &'static str {
    match kind {
        MessageType::MessageType_Initialize => "Initialize",
        MessageType::MessageType_GetPublicKey => "GetPublicKey",
        MessageType::MessageType_GetAddress => "GetAddress",
        MessageType::MessageType_SignTx => "SignTx",
        MessageType::MessageType_TxAck => "TxAck",
        MessageType::MessageType_EthereumGetAddress => "EthereumGetAddress",
        MessageType::MessageType_EthereumSignTx => "EthereumSignTx",
        MessageType::MessageType_EthereumSignTxEIP1559 => "EthereumSignTxEIP1559",
        MessageType::MessageType_EthereumTxAck => "EthereumTxAck",
        MessageType::MessageType_EthereumSignMessage => "EthereumSignMessage",
        MessageType::MessageType_EthereumSignTypedHash => "EthereumSignTypedHash",
        MessageType::MessageType_EthereumSignTypedData => "EthereumSignTypedData",
        MessageType::MessageType_EthereumTypedDataStructAck => "EthereumTypedDataStructAck",
        MessageType::MessageType_EthereumTypedDataValueAck => "EthereumTypedDataValueAck",
        _ => "a message",
    }
}

fn name_of_received(kind: MessageType) -> String {
    let name = format!("{kind:?}");
    format!("{} (type {})", name.trim_start_matches("MessageType_"), kind.value())
}
