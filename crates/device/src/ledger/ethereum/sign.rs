//! One request, signed: what is asked for, in which order, with what the device must not be asked for.

use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::transaction::TransactionType;
use vitrine_ethereum::typed_data::TypedData;
use vitrine_ethereum::{CheckedRequest, Payload, ReturnedSignature, Transaction};

use super::super::apdu::{Apdu, path_bytes};
use super::super::wire::Wire;
use super::filters::KnownTypedData;
use super::screens::{Presentation, token_descriptor};
use super::{Settings, TypedDataForm, ask_the_person, chunks, safe, typed};
use crate::error::DeviceError;
use crate::prompt::Prompter;

const SIGN_TRANSACTION: u8 = 0x04;
const SIGN_MESSAGE: u8 = 0x08;
const TOKEN: u8 = 0x0a;
/// Most bytes of a message: the app counts its hexadecimal digits in 16 bits.
const MESSAGE_BYTES: usize = 32_766;
/// v, r and s.
const SIGNATURE_BYTES: usize = 65;

/// A request that the app can be asked to sign, and who is to sign it.
pub(super) struct Order<'a> {
    signer: Address,
    path: &'a [u32],
    task: Task<'a>,
}

enum Task<'a> {
    Transaction(&'a Transaction, Presentation),
    TypedData(Box<TypedData>, TypedDataForm),
    Message(&'a [u8]),
}

impl<'a> Order<'a> {
    /// Refuses what the app would refuse or could not be given.
    pub(super) fn of(request: &'a CheckedRequest, form: TypedDataForm) -> Result<Self, DeviceError> {
        let unsupported = |what: &str| DeviceError::Unsupported { what: what.to_owned() };
        let signer = request.signer().ok_or_else(|| unsupported("a request that says nowhere who is to sign"))?;
        let path = request.signer_path().ok_or_else(|| unsupported("an account that is not registered"))?;
        let task = match request.payload() {
            Payload::Transaction(transaction) => Task::transaction(transaction)?,
            Payload::TypedData(data) => Task::TypedData(data.clone(), form),
            Payload::SafeBundle(bundle) => {
                let data = safe::typed_data(bundle).ok_or_else(|| unsupported("this SafeTx as typed data"))?;
                Task::TypedData(Box::new(data), form)
            }
            Payload::Message(message) => Task::message(message.bytes().bytes())?,
        };
        Ok(Self { signer, path, task })
    }

    pub(super) fn path(&self) -> &[u32] {
        self.path
    }

    /// Refuses before anything is shown what the app may not sign with its settings.
    pub(super) fn check_settings(&self, settings: &Settings) -> Result<(), DeviceError> {
        let is_blind = match &self.task {
            Task::Transaction(_, presentation) => presentation.is_blind(),
            Task::TypedData(data, TypedDataForm::Whole) => KnownTypedData::of(data).is_none(),
            Task::TypedData(_, TypedDataForm::Hashes) => true,
            Task::Message(_) => false,
        };
        if is_blind && !settings.blind_signing { Err(DeviceError::BlindSigningOff) } else { Ok(()) }
    }

    /// The device's key has to be the account's.
    pub(super) fn check_address(&self, found: Address) -> Result<(), DeviceError> {
        if found == self.signer {
            return Ok(());
        }
        let steps: Vec<String> = self.path.iter().map(|step| step_text(*step)).collect();
        Err(DeviceError::WrongSeed {
            path: format!("m/{}", steps.join("/")),
            expected: self.signer.to_string(),
            found: found.to_string(),
        })
    }

    pub(super) fn sign(&self, wire: &mut Wire, prompter: &mut dyn Prompter) -> Result<ReturnedSignature, DeviceError> {
        let path = path_bytes(self.path)?;
        match &self.task {
            Task::Transaction(transaction, presentation) => {
                if let Presentation::Token(_) = presentation {
                    provide_token(wire, transaction)?;
                }
                let commands = transaction_commands(&path, transaction);
                send(wire, prompter, &commands, "a transaction")
            }
            Task::Message(message) => send(wire, prompter, &message_commands(&path, message), "a message"),
            Task::TypedData(data, TypedDataForm::Whole) => {
                let stream = typed::stream(data)?;
                typed::send_types(wire, &stream)?;
                send(wire, prompter, &typed::value_commands(&path, &stream), "typed data")
            }
            Task::TypedData(data, TypedDataForm::Hashes) => {
                send(wire, prompter, &[typed::hashes_command(&path, data)], "typed data by its hashes")
            }
        }
    }
}

impl<'a> Task<'a> {
    fn transaction(transaction: &'a Transaction) -> Result<Self, DeviceError> {
        match Presentation::of(transaction) {
            Presentation::Refused(what) => Err(DeviceError::Unsupported { what: what.to_owned() }),
            presentation => Ok(Self::Transaction(transaction, presentation)),
        }
    }

    fn message(message: &'a [u8]) -> Result<Self, DeviceError> {
        if message.len() > MESSAGE_BYTES {
            let what = format!("a message of {} bytes: the app takes {MESSAGE_BYTES}", message.len());
            return Err(DeviceError::Unsupported { what });
        }
        Ok(Self::Message(message))
    }
}

/// What Ledger signed about the token. The app then shows amount and recipient instead of a warning.
fn provide_token(wire: &mut Wire, transaction: &Transaction) -> Result<(), DeviceError> {
    let Some(descriptor) = token_descriptor(transaction) else { return Ok(()) };
    let command = Apdu::new("telling the token", [TOKEN, 0x00, 0x00], &descriptor);
    match wire.ask(&command)?.as_slice() {
        [_] => Ok(()),
        _ => Err(DeviceError::Malformed { at: command.at, what: "not the place of a token" }),
    }
}

fn transaction_commands(path: &[u8], transaction: &Transaction) -> Vec<Apdu> {
    let bytes = transaction.bytes().bytes();
    let packets = chunks::cut(path, bytes, legacy_tail(transaction));
    chunks::commands("signing the transaction", SIGN_TRANSACTION, &packets)
}

/// Where the chain of a legacy transaction begins: chain, and two empty items (EIP-155).
fn legacy_tail(transaction: &Transaction) -> Option<usize> {
    if transaction.transaction_type() != TransactionType::Legacy {
        return None;
    }
    let chain_id = transaction.chain_id().value;
    let digits = usize::try_from(u64::BITS.saturating_sub(chain_id.leading_zeros()).div_ceil(8)).ok()?;
    let item = if chain_id < 0x80 { 1 } else { digits.saturating_add(1) };
    transaction.bytes().bytes().len().checked_sub(item.saturating_add(2))
}

fn message_commands(path: &[u8], message: &[u8]) -> Vec<Apdu> {
    let mut head = path.to_vec();
    head.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    chunks::commands("signing the message", SIGN_MESSAGE, &chunks::cut(&head, message, None))
}

/// Sends the commands, of which the last is answered with a signature.
fn send(
    wire: &mut Wire,
    prompter: &mut dyn Prompter,
    commands: &[Apdu],
    what: &str,
) -> Result<ReturnedSignature, DeviceError> {
    let Some((last, first)) = commands.split_last() else {
        return Err(DeviceError::Unsupported { what: what.to_owned() });
    };
    ask_the_person(prompter, last.at, what).inspect_err(|_| wire.leave())?;
    for command in first {
        let reply = wire.ask_person(command)?;
        let is_place = command.instruction() == Some(TOKEN) && reply.len() == 1;
        if !reply.is_empty() && !is_place {
            wire.leave();
            return Err(DeviceError::Malformed { at: command.at, what: "an answer before the request was complete" });
        }
    }
    let reply = wire.ask_person(last)?;
    signature(&reply, last.at)
}

/// v, r, s: what the device says about v is not even looked at.
fn signature(reply: &[u8], at: &'static str) -> Result<ReturnedSignature, DeviceError> {
    let malformed = DeviceError::Malformed { at, what: "not a signature of 65 bytes" };
    let scalars = reply.get(1..).filter(|_| reply.len() == SIGNATURE_BYTES).and_then(<[u8]>::split_first_chunk::<32>);
    let (r, s) = scalars.ok_or_else(|| malformed.clone())?;
    Ok(ReturnedSignature::from_scalars(*r, s.try_into().map_err(|_| malformed)?))
}

fn step_text(step: u32) -> String {
    const HARDENED: u32 = 1 << 31;
    if step >= HARDENED { format!("{}'", step & !HARDENED) } else { step.to_string() }
}
