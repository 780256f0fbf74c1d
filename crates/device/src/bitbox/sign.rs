//! The signing dialogue: the parts in the one order in which the firmware asks for them, and a signature per input.
//!
//! Inputs with their previous transactions, then outputs, then inputs again, each of which is signed. Anything else that
//! the device asks for ends the exchange.
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `hww/api/bitcoin/signtx.rs`.

use bitbox_api::pb::btc_request::Request as BtcRequest;
use bitbox_api::pb::btc_response::Response as BtcResponse;
use bitbox_api::pb::btc_sign_next_response::Type as Next;
use bitbox_api::pb::{self, request::Request, response::Response};
use bitcoin::bip32::Fingerprint;
use bitcoin::hashes::Hash;
use bitcoin::{Transaction, TxIn, secp256k1};
use vitrine_bitcoin::{ReturnedSignature, ScriptKind};

use super::account::{Account, coin, numbers};
use super::plan::{Destination, Plan, PlannedInput, PlannedOutput};
use super::wire::{Wire, confirm_on_device, unexpected};
use crate::error::DeviceError;
use crate::prompt::Prompter;

const AT: &str = "signing the transaction";

/// Lets the device sign every input of the plan.
pub(super) fn sign(
    wire: &mut Wire,
    plan: &Plan<'_>,
    device: Fingerprint,
    prompter: &mut dyn Prompter,
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    let opening = opening(plan, device)?;
    confirm_on_device(prompter, AT, "a transaction")?;
    let outcome = Dialogue { wire, plan, device }.run(opening);
    outcome.inspect_err(|error| match error {
        DeviceError::RefusedOnDevice { .. } | DeviceError::Failure { .. } => {}
        _ => wire.leave(),
    })
}

fn opening(plan: &Plan<'_>, device: Fingerprint) -> Result<pb::BtcSignInitRequest, DeviceError> {
    Ok(pb::BtcSignInitRequest {
        coin: coin(plan.network).into(),
        script_configs: plan.accounts.iter().map(|account| account.with_keypath(device)).collect::<Result<_, _>>()?,
        version: version(plan.transaction),
        num_inputs: count(plan.transaction.input.len()),
        num_outputs: count(plan.transaction.output.len()),
        locktime: plan.transaction.lock_time.to_consensus_u32(),
        ..Default::default()
    })
}

struct Dialogue<'w, 'p, 'a> {
    wire: &'w mut Wire,
    plan: &'p Plan<'a>,
    device: Fingerprint,
}

impl Dialogue<'_, '_, '_> {
    fn run(mut self, opening: pb::BtcSignInitRequest) -> Result<Vec<ReturnedSignature>, DeviceError> {
        let plan = self.plan;
        let mut next = asked(self.wire.call_person(Request::BtcSignInit(opening), AT)?)?;
        for ((index, input), txin) in (0..).zip(&plan.inputs).zip(&plan.transaction.input) {
            expect(&next, Next::Input, index, 0)?;
            next = asked(self.wire.call(Request::BtcSignInput(self.input(input, txin, None)?), AT)?)?;
            if let Some(previous) = input.previous.filter(|_| plan.streams_previous()) {
                next = self.previous(next, index, previous)?;
            }
        }
        for (index, output) in (0..).zip(&plan.outputs) {
            expect(&next, Next::Output, index, 0)?;
            next = asked(self.wire.call_person(Request::BtcSignOutput(self.output(output)?), AT)?)?;
        }
        let mut signatures = Vec::new();
        for ((index, input), txin) in (0..).zip(&plan.inputs).zip(&plan.transaction.input) {
            expect(&next, Next::Input, index, 0)?;
            let signature;
            (signature, next) = self.signature(index, input, txin)?;
            signatures.extend(input.needs_signature.then_some(signature));
        }
        if next.r#type == i32::from(Next::Done) { Ok(signatures) } else { Err(unexpected(AT, "more questions")) }
    }

    fn previous(
        &mut self,
        mut next: pb::BtcSignNextResponse,
        index: u32,
        previous: &Transaction,
    ) -> Result<pb::BtcSignNextResponse, DeviceError> {
        expect(&next, Next::PrevtxInit, index, 0)?;
        next = self.nested(BtcRequest::PrevtxInit(pb::BtcPrevTxInitRequest {
            version: version(previous),
            num_inputs: count(previous.input.len()),
            num_outputs: count(previous.output.len()),
            locktime: previous.lock_time.to_consensus_u32(),
        }))?;
        for (part, input) in (0..).zip(&previous.input) {
            expect(&next, Next::PrevtxInput, index, part)?;
            next = self.nested(BtcRequest::PrevtxInput(pb::BtcPrevTxInputRequest {
                prev_out_hash: input.previous_output.txid.as_byte_array().to_vec(),
                prev_out_index: input.previous_output.vout,
                signature_script: input.script_sig.to_bytes(),
                sequence: input.sequence.to_consensus_u32(),
            }))?;
        }
        for (part, output) in (0..).zip(&previous.output) {
            expect(&next, Next::PrevtxOutput, index, part)?;
            next = self.nested(BtcRequest::PrevtxOutput(pb::BtcPrevTxOutputRequest {
                value: output.value.to_sat(),
                pubkey_script: output.script_pubkey.to_bytes(),
            }))?;
        }
        Ok(next)
    }

    /// Has one input signed; for ECDSA the device commits to its nonce before it is told ours.
    fn signature(
        &mut self,
        index: u32,
        input: &PlannedInput<'_>,
        txin: &TxIn,
    ) -> Result<(ReturnedSignature, pb::BtcSignNextResponse), DeviceError> {
        let public_key = self.account(input.account)?.key_of(input.own, self.device)?.public_key();
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let returned = |signature| ReturnedSignature { input: place, public_key, signature };
        if input.own.kind() == ScriptKind::P2tr {
            let next = asked(self.wire.call(Request::BtcSignInput(self.input(input, txin, None)?), AT)?)?;
            return Ok((returned(compact(&next, place)?.to_vec()), next));
        }
        let nonce = self.wire.host_nonce()?;
        let question = self.input(input, txin, Some(nonce.commitment()))?;
        let mut next = asked(self.wire.call(Request::BtcSignInput(question), AT)?)?;
        expect(&next, Next::HostNonce, index, 0)?;
        let commitment = next.anti_klepto_signer_commitment.ok_or_else(|| unexpected(AT, "no commitment"))?.commitment;
        let host_nonce = nonce.bytes();
        next = self.nested(BtcRequest::AntikleptoSignature(pb::AntiKleptoSignatureRequest { host_nonce }))?;
        let signature = compact(&next, place)?;
        let r = signature.first_chunk().ok_or(DeviceError::MissingSignature { input: place })?;
        nonce.check(&commitment, r, AT)?;
        let bytes = signature.len();
        let signature = secp256k1::ecdsa::Signature::from_compact(&signature)
            .map_err(|_| DeviceError::MalformedSignature { input: place, bytes })?;
        Ok((returned(signature.serialize_der().to_vec()), next))
    }

    fn nested(&mut self, request: BtcRequest) -> Result<pb::BtcSignNextResponse, DeviceError> {
        asked(self.wire.call(Request::Btc(pb::BtcRequest { request: Some(request) }), AT)?)
    }

    fn account(&self, account: usize) -> Result<&Account, DeviceError> {
        let missing = || DeviceError::Unsupported { what: "a wallet that is not registered".to_owned() };
        self.plan.accounts.get(account).ok_or_else(missing)
    }

    fn input(
        &self,
        input: &PlannedInput<'_>,
        txin: &TxIn,
        commitment: Option<Vec<u8>>,
    ) -> Result<pb::BtcSignInputRequest, DeviceError> {
        let key = self.account(input.account)?.key_of(input.own, self.device)?;
        Ok(pb::BtcSignInputRequest {
            prev_out_hash: txin.previous_output.txid.as_byte_array().to_vec(),
            prev_out_index: txin.previous_output.vout,
            prev_out_value: input.amount_sat,
            sequence: txin.sequence.to_consensus_u32(),
            keypath: numbers(key.path()),
            script_config_index: count(input.account),
            host_nonce_commitment: commitment.map(|commitment| pb::AntiKleptoHostNonceCommitment { commitment }),
        })
    }

    fn output(&self, output: &PlannedOutput<'_>) -> Result<pb::BtcSignOutputRequest, DeviceError> {
        let value = output.amount_sat;
        Ok(match &output.to {
            Destination::Own { own, account, .. } => pb::BtcSignOutputRequest {
                ours: true,
                value,
                keypath: numbers(self.account(*account)?.key_of(own, self.device)?.path()),
                script_config_index: count(*account),
                ..Default::default()
            },
            Destination::Payee { payload, .. } => pb::BtcSignOutputRequest {
                value,
                r#type: payload.output_type.into(),
                payload: payload.data.clone(),
                ..Default::default()
            },
            Destination::Data(data) => pb::BtcSignOutputRequest {
                value,
                r#type: pb::BtcOutputType::OpReturn.into(),
                payload: data.clone(),
                ..Default::default()
            },
        })
    }
}

/// What the device asks for next, in either of the two places where the protocol has it.
fn asked(response: Response) -> Result<pb::BtcSignNextResponse, DeviceError> {
    match response {
        Response::BtcSignNext(next) => Ok(next),
        Response::Btc(pb::BtcResponse { response: Some(BtcResponse::SignNext(next)) }) => Ok(next),
        _ => Err(unexpected(AT, "no question")),
    }
}

fn expect(next: &pb::BtcSignNextResponse, what: Next, index: u32, part: u32) -> Result<(), DeviceError> {
    if (next.r#type, next.index, next.prev_index) == (i32::from(what), index, part) {
        return Ok(());
    }
    let asked = Next::try_from(next.r#type).map_or("something unknown", |kind| kind.as_str_name());
    let received = format!(
        "asked for {asked} {}, {} instead of {} {index}, {part}",
        next.index,
        next.prev_index,
        what.as_str_name()
    );
    Err(unexpected(AT, &received))
}

/// r and s, 32 bytes each.
fn compact(next: &pb::BtcSignNextResponse, input: usize) -> Result<[u8; 64], DeviceError> {
    if !next.has_signature {
        return Err(DeviceError::MissingSignature { input });
    }
    let bytes = next.signature.len();
    next.signature.as_slice().try_into().map_err(|_| DeviceError::MalformedSignature { input, bytes })
}

/// The version as the number that its bytes are.
fn version(transaction: &Transaction) -> u32 {
    u32::from_le_bytes(transaction.version.0.to_le_bytes())
}

/// A count of parts: transactions have at most [`crate::limits::TRANSACTION_PARTS`], previous ones fit into a block.
fn count(parts: usize) -> u32 {
    u32::try_from(parts).unwrap_or(u32::MAX)
}
