//! Answers to the device's questions about the transaction: the fields that firmware asks for, and no others.

use bitcoin::hashes::Hash;
use bitcoin::{OutPoint, Sequence, Transaction, Txid};
use protobuf::{Enum, EnumOrUnknown, MessageField};
use trezor_client::protos::tx_ack::TransactionType;
use trezor_client::protos::tx_ack::transaction_type::{TxInputType, TxOutputBinType, TxOutputType};
use trezor_client::protos::tx_request::{RequestType, TxRequestDetailsType};
use trezor_client::protos::{InputScriptType, OutputScriptType, TxAck, TxRequest};

use super::plan::{Destination, ForeignInput, OwnInput, Part, Plan};
use crate::error::DeviceError;

const AT: &str = "TxAck";

/// Returns the answer to a question, or `None` when the device says that it is done.
pub(super) fn answer(plan: &Plan<'_>, request: &TxRequest) -> Result<Option<TxAck>, DeviceError> {
    let details = request.details.as_ref().cloned().unwrap_or_default();
    let part = match kind(request)? {
        RequestType::TXFINISHED => return Ok(None),
        RequestType::TXINPUT => input(plan, &details)?,
        RequestType::TXOUTPUT => output(plan, &details)?,
        RequestType::TXMETA => meta(plan, &details)?,
        refused => return Err(refusal(refused)),
    };
    Ok(Some(TxAck { tx: MessageField::some(part), ..Default::default() }))
}

fn kind(request: &TxRequest) -> Result<RequestType, DeviceError> {
    let kind = request.request_type.ok_or(DeviceError::Malformed { at: AT, what: "a request without a type" })?;
    kind.enum_value().map_err(|number| DeviceError::UnexpectedMessage {
        at: AT,
        received: format!("transaction request of type {number}"),
    })
}

/// Replacement, payment requests and foreign chains' extra data are never part of what this driver starts.
fn refusal(kind: RequestType) -> DeviceError {
    let asked = match kind {
        RequestType::TXORIGINPUT => "an input of a transaction to be replaced",
        RequestType::TXORIGOUTPUT => "an output of a transaction to be replaced",
        RequestType::TXPAYMENTREQ => "a payment request",
        _ => "data of another coin",
    };
    let received = format!("the device asks for {asked}, {kind:?} (type {}), which nobody announced", kind.value());
    DeviceError::UnexpectedMessage { at: AT, received }
}

fn input(plan: &Plan<'_>, details: &TxRequestDetailsType) -> Result<TransactionType, DeviceError> {
    let transaction = transaction(plan, details)?;
    let (_, input) = pick(&transaction.input, details, "input")?;
    let mut part = spent(&input.previous_output, input.sequence);
    if details.tx_hash.is_some() {
        part.script_sig = Some(input.script_sig.to_bytes());
    } else {
        let (_, planned) = pick(&plan.inputs, details, "input")?;
        part.amount = Some(planned.amount_sat);
        match &planned.part {
            Part::Own(own) => describe_own(own, &mut part),
            Part::Foreign(foreign) => describe_foreign(foreign, plan.shows_witness, &mut part),
        }
    }
    Ok(TransactionType { inputs: vec![part], ..Default::default() })
}

fn describe_own(own: &OwnInput<'_>, part: &mut TxInputType) {
    part.address_n.clone_from(&own.path);
    part.script_type = Some(EnumOrUnknown::new(own.script_type));
    part.multisig = own.multisig.clone().into();
}

/// A signed input is given with its signature, which core models verify; the first model does not, and has no room for
/// every witness. A field that is there, though empty, would pass for one.
fn describe_foreign(foreign: &ForeignInput, shows_witness: bool, part: &mut TxInputType) {
    let given = |bytes: &Vec<u8>| Some(bytes.clone()).filter(|bytes| shows_witness && !bytes.is_empty());
    part.script_type = Some(EnumOrUnknown::new(InputScriptType::EXTERNAL));
    part.script_pubkey = Some(foreign.script_pubkey.clone());
    part.script_sig = given(&foreign.script_sig);
    part.witness = given(&foreign.witness);
}

fn spent(previous: &OutPoint, sequence: Sequence) -> TxInputType {
    TxInputType {
        prev_hash: Some(display_order(&previous.txid)),
        prev_index: Some(previous.vout),
        script_sig: Some(Vec::new()),
        sequence: Some(sequence.to_consensus_u32()),
        ..Default::default()
    }
}

fn output(plan: &Plan<'_>, details: &TxRequestDetailsType) -> Result<TransactionType, DeviceError> {
    if details.tx_hash.is_some() {
        return previous_output(transaction(plan, details)?, details);
    }
    let (_, output) = pick(&plan.outputs, details, "output")?;
    let mut part = TxOutputType { amount: Some(output.amount_sat), ..Default::default() };
    let script_type = match &output.to {
        Destination::Address(address) => {
            part.address = Some(address.clone());
            OutputScriptType::PAYTOADDRESS
        }
        Destination::Change { path, script_type, multisig, .. } => {
            part.address_n.clone_from(path);
            part.multisig = multisig.as_deref().cloned().into();
            *script_type
        }
        Destination::Data(data) => {
            part.op_return_data = Some(data.clone());
            OutputScriptType::PAYTOOPRETURN
        }
    };
    part.script_type = Some(EnumOrUnknown::new(script_type));
    Ok(TransactionType { outputs: vec![part], ..Default::default() })
}

fn previous_output(transaction: &Transaction, details: &TxRequestDetailsType) -> Result<TransactionType, DeviceError> {
    let (_, output) = pick(&transaction.output, details, "previous output")?;
    let part = TxOutputBinType {
        amount: Some(output.value.to_sat()),
        script_pubkey: Some(output.script_pubkey.to_bytes()),
        ..Default::default()
    };
    Ok(TransactionType { bin_outputs: vec![part], ..Default::default() })
}

fn meta(plan: &Plan<'_>, details: &TxRequestDetailsType) -> Result<TransactionType, DeviceError> {
    let transaction = transaction(plan, details)?;
    Ok(TransactionType {
        version: Some(version(transaction)),
        lock_time: Some(transaction.lock_time.to_consensus_u32()),
        inputs_cnt: Some(count(transaction.input.len())?),
        outputs_cnt: Some(count(transaction.output.len())?),
        ..Default::default()
    })
}

/// Returns the transaction asked about: the one to be signed, or one it spends from.
fn transaction<'p>(plan: &'p Plan<'_>, details: &TxRequestDetailsType) -> Result<&'p Transaction, DeviceError> {
    let Some(hash) = &details.tx_hash else { return Ok(plan.transaction) };
    let mut bytes: [u8; 32] =
        hash.as_slice().try_into().map_err(|_| DeviceError::Malformed { at: AT, what: "a txid not of 32 bytes" })?;
    bytes.reverse();
    let txid = Txid::from_byte_array(bytes);
    plan.previous.get(&txid).copied().ok_or_else(|| DeviceError::ForeignTransaction { txid: txid.to_string() })
}

fn pick<'l, T>(
    list: &'l [T],
    details: &TxRequestDetailsType,
    part: &'static str,
) -> Result<(usize, &'l T), DeviceError> {
    let index = details.request_index.ok_or(DeviceError::Malformed { at: AT, what: "a request without an index" })?;
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let found = list.get(index).ok_or(DeviceError::NoSuchPart { part, index, count: list.len() })?;
    Ok((index, found))
}

/// Returns the version's four bytes as the number of the protocol.
pub(super) const fn version(transaction: &Transaction) -> u32 {
    u32::from_le_bytes(transaction.version.0.to_le_bytes())
}

pub(super) fn count(parts: usize) -> Result<u32, DeviceError> {
    u32::try_from(parts).map_err(|_| DeviceError::Unsupported { what: format!("{parts} inputs or outputs") })
}

fn display_order(txid: &Txid) -> Vec<u8> {
    let mut bytes = txid.to_byte_array().to_vec();
    bytes.reverse();
    bytes
}
