//! The device's side of signing: which part it asks for next, what it shows, and when it signs.
//!
//! The order is that of the firmware: inputs, outputs with the person's consent, total; then each previous transaction;
//! then everything again while it serializes and signs. Where legacy firmware goes another way, [`Signing::one`] says so.

use std::collections::VecDeque;

use protobuf::{EnumOrUnknown, MessageField};
use trezor_client::protos::tx_ack::TransactionType;
use trezor_client::protos::tx_request::{RequestType, TxRequestDetailsType, TxRequestSerializedType};
use trezor_client::protos::{SignTx, TxRequest};

use super::consent::Consent;
use super::keys::{Coin, Keys};
use super::parts::{Input, Output, previous_input, previous_output};
use super::transaction::{Previous, Signer, header, input_bytes, length, output_bytes, witness_bytes};
use super::{Button, Fault, Refusal, SafetyChecks, SimModel, SimOptions};

/// Which part is asked for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Input(usize),
    Output(usize),
    Verify(usize),
    PreviousMeta(usize),
    PreviousInput(usize, usize),
    PreviousOutput(usize, usize),
    Serialize(usize),
    LegacyInput(usize, usize),
    LegacyOutput(usize, usize),
    SerializeOutput(usize),
    Witness(usize),
    Finished,
}

/// One transaction being signed.
pub(super) struct Signing {
    coin: Coin,
    inputs_count: usize,
    outputs_count: usize,
    version: u32,
    lock_time: u32,
    /// Whether it is the first model.
    one: bool,
    strict: bool,
    fault: Option<Fault>,
    /// Mixed into every nonce, where they are not deterministic.
    nonces: Option<u32>,
    phase: Phase,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    consent: Consent,
    previous: Option<Previous>,
    signer: Option<Signer>,
    /// Bytes that legacy firmware sends with the next part, not before it.
    ahead: Vec<u8>,
    serialized: Vec<u8>,
    signature: Option<(usize, Vec<u8>)>,
    buttons: VecDeque<Button>,
}

impl Signing {
    pub(super) fn begin(message: &SignTx, options: &SimOptions) -> Result<Self, Refusal> {
        let inputs_count = usize::try_from(message.inputs_count.unwrap_or(0)).unwrap_or(0);
        let outputs_count = usize::try_from(message.outputs_count.unwrap_or(0)).unwrap_or(0);
        if inputs_count == 0 || outputs_count == 0 {
            return Err(Refusal::data("Transaction without inputs or outputs"));
        }
        let coin = Coin::named(message.coin_name(), options.network_guard)?;
        let one = options.model == SimModel::One;
        let lock_time = message.lock_time.unwrap_or(0);
        Ok(Self {
            coin,
            inputs_count,
            outputs_count,
            version: message.version.unwrap_or(1),
            lock_time,
            one,
            strict: options.safety_checks == SafetyChecks::Strict,
            fault: options.fault,
            nonces: None,
            phase: Phase::Input(0),
            inputs: Vec::new(),
            outputs: Vec::new(),
            consent: Consent::new(coin, one, lock_time, message.chunkify.unwrap_or(false)),
            previous: None,
            signer: None,
            ahead: Vec::new(),
            serialized: Vec::new(),
            signature: None,
            buttons: VecDeque::new(),
        })
    }

    /// The same, mixing this into every nonce.
    pub(super) fn with_nonces(mut self, nonces: Option<u32>) -> Self {
        self.nonces = nonces;
        self
    }

    /// The next question to the person, if one is due before the host is asked again.
    pub(super) fn button(&mut self) -> Option<Button> {
        self.buttons.pop_front()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.phase == Phase::Finished
    }

    /// The next question to the host, with what was serialized and signed since the last one.
    pub(super) fn question(&mut self) -> TxRequest {
        let mut details = TxRequestDetailsType::new();
        let (kind, index, of) = match self.phase {
            Phase::Input(i) | Phase::Verify(i) | Phase::Serialize(i) | Phase::Witness(i) => {
                (RequestType::TXINPUT, Some(i), None)
            }
            Phase::LegacyInput(_, k) => (RequestType::TXINPUT, Some(k), None),
            Phase::Output(j) | Phase::LegacyOutput(_, j) | Phase::SerializeOutput(j) => {
                (RequestType::TXOUTPUT, Some(j), None)
            }
            Phase::PreviousMeta(i) => (RequestType::TXMETA, None, Some(i)),
            Phase::PreviousInput(i, k) => (RequestType::TXINPUT, Some(k), Some(i)),
            Phase::PreviousOutput(i, k) => (RequestType::TXOUTPUT, Some(k), Some(i)),
            Phase::Finished => (RequestType::TXFINISHED, None, None),
        };
        details.request_index = index.and_then(|index| u32::try_from(index).ok());
        details.tx_hash = of.and_then(|i| self.inputs.get(i)).and_then(|input| input.arrived.prev_hash.clone());
        let mut request = TxRequest::new();
        request.request_type = Some(EnumOrUnknown::new(kind));
        if !self.one {
            request.details = MessageField::some(details);
            request.serialized = MessageField::some(self.flush());
            return request;
        }
        request.details = Some(details).filter(|_| kind != RequestType::TXFINISHED).into();
        if !self.serialized.is_empty() || self.signature.is_some() {
            let mut serialized = self.flush();
            serialized.serialized_tx = serialized.serialized_tx.filter(|bytes| !bytes.is_empty());
            request.serialized = MessageField::some(serialized);
        }
        request
    }

    fn flush(&mut self) -> TxRequestSerializedType {
        let mut serialized = TxRequestSerializedType::new();
        serialized.serialized_tx = Some(core::mem::take(&mut self.serialized));
        if let Some((index, signature)) = self.signature.take() {
            serialized.signature_index = u32::try_from(index).ok();
            serialized.signature = Some(signature);
        }
        serialized
    }

    /// Takes the host's answer and moves on.
    pub(super) fn take(&mut self, part: &TransactionType, keys: &Keys) -> Result<(), Refusal> {
        self.phase = match self.phase {
            Phase::Input(i) => self.take_input(i, part, keys)?,
            Phase::Output(j) => self.take_output(j, part, keys)?,
            Phase::Verify(i) => self.verify(i, part)?,
            Phase::PreviousMeta(i) => self.begin_previous(i, part)?,
            Phase::PreviousInput(i, k) => self.take_previous_input(i, k, part)?,
            Phase::PreviousOutput(i, k) => self.take_previous_output(i, k, part)?,
            Phase::Serialize(i) => self.serialize_input(i, part)?,
            Phase::LegacyInput(i, k) => self.legacy_input(i, k, part)?,
            Phase::LegacyOutput(i, j) => self.legacy_output(i, j, part, keys)?,
            Phase::SerializeOutput(j) => self.serialize_output(j, part)?,
            Phase::Witness(i) => self.witness(i, part, keys)?,
            Phase::Finished => return Err(Refusal { code: 1, text: "Nothing was asked for" }),
        };
        Ok(())
    }

    fn take_input(&mut self, i: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        let input = Input::read(part, keys, self.coin)?;
        // An empty field passes for a signature in core firmware; a driver must not send one.
        let unverified =
            input.is_external() && (self.one || input.arrived.witness.is_none() && input.arrived.script_sig.is_none());
        if unverified && self.strict {
            return Err(Refusal::process("Unverifiable external input."));
        }
        self.buttons.extend(self.consent.input(&input, unverified));
        self.inputs.push(input);
        let next = i.saturating_add(1);
        if next < self.inputs_count {
            return Ok(Phase::Input(next));
        }
        self.consent.after_inputs(&self.inputs);
        Ok(Phase::Output(0))
    }

    fn take_output(&mut self, j: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        let output = Output::read(part, keys, self.coin)?;
        self.buttons.extend(self.consent.output(&output));
        self.outputs.push(output);
        let next = j.saturating_add(1);
        if next < self.outputs_count {
            return Ok(Phase::Output(next));
        }
        self.buttons.extend(self.consent.whole(&self.inputs, &self.outputs, self.strict)?);
        self.enter_verify(0)
    }

    /// Taproot signatures commit to all amounts: then only signatures of others are to be verified.
    fn enter_verify(&mut self, mut i: usize) -> Result<Phase, Refusal> {
        let own = self.inputs.iter().filter(|input| !input.is_external());
        let taproot_only = own.into_iter().all(Input::is_taproot);
        while taproot_only && self.inputs.get(i).is_some_and(|input| self.one || !input.is_presigned()) {
            i = i.saturating_add(1);
        }
        if i < self.inputs_count { Ok(Phase::Verify(i)) } else { self.begin_serializing() }
    }

    fn verify(&mut self, i: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_input(i, part)?;
        if self.inputs.iter().filter(|input| !input.is_external()).all(Input::is_taproot) {
            self.verify_presigned(i)?;
            return self.enter_verify(i.saturating_add(1));
        }
        Ok(Phase::PreviousMeta(i))
    }

    fn verify_presigned(&self, i: usize) -> Result<(), Refusal> {
        let presigned = input(&self.inputs, i)?;
        if self.one || !presigned.is_presigned() {
            return Ok(());
        }
        Signer::new(self.version, self.lock_time, &self.inputs, &self.outputs, None).check_presigned(i, presigned)
    }

    fn begin_previous(&mut self, i: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        let count = |count: Option<u32>| usize::try_from(count.unwrap_or(0)).unwrap_or(0);
        let (inputs, outputs) = (count(part.inputs_cnt), count(part.outputs_cnt));
        if inputs == 0 || outputs == 0 {
            return Err(Refusal::data("Previous transaction without inputs or outputs"));
        }
        let (version, lock_time) = (part.version.unwrap_or(1), part.lock_time.unwrap_or(0));
        self.previous = Some(Previous::begin(version, lock_time, inputs, outputs));
        Ok(Phase::PreviousInput(i, 0))
    }

    fn take_previous_input(&mut self, i: usize, k: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        let previous = self.previous.as_mut().ok_or(Refusal::process("No previous transaction"))?;
        previous.push_input(previous_input(part)?);
        let next = k.saturating_add(1);
        Ok(if next < previous.inputs { Phase::PreviousInput(i, next) } else { Phase::PreviousOutput(i, 0) })
    }

    fn take_previous_output(&mut self, i: usize, k: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        let previous = self.previous.as_mut().ok_or(Refusal::process("No previous transaction"))?;
        previous.push_output(previous_output(part)?);
        let next = k.saturating_add(1);
        if next < previous.outputs {
            return Ok(Phase::PreviousOutput(i, next));
        }
        previous.check(input(&self.inputs, i)?)?;
        self.verify_presigned(i)?;
        self.enter_verify(i.saturating_add(1))
    }

    fn begin_serializing(&mut self) -> Result<Phase, Refusal> {
        let bytes = header(self.version, self.has_witnesses(), self.inputs_count);
        self.announce(bytes);
        let signer = Signer::new(self.version, self.lock_time, &self.inputs, &self.outputs, self.fault);
        self.signer = Some(signer.with_nonces(self.nonces));
        Ok(self.enter_input(0))
    }

    /// Core firmware takes an input of somebody else, unless it is signed without a witness, for one with a witness.
    fn has_witnesses(&self) -> bool {
        self.inputs.iter().any(|input| input.is_segwit() || !self.one && is_external_segwit(input))
    }

    /// Writes bytes before a part: core firmware at once, legacy firmware with the part.
    fn announce(&mut self, bytes: Vec<u8>) {
        if self.one { self.ahead.extend(bytes) } else { self.serialized.extend(bytes) }
    }

    fn write(&mut self, bytes: Vec<u8>) {
        self.serialized.append(&mut self.ahead);
        self.serialized.extend(bytes);
    }

    /// A legacy input's signature covers every other part in its own way, so the device walks over all of them for it.
    fn enter_input(&self, i: usize) -> Phase {
        match self.inputs.get(i) {
            Some(input) if input.is_segwit() || input.is_external() => Phase::Serialize(i),
            _ => Phase::LegacyInput(i, 0),
        }
    }

    fn leave_input(&mut self, i: usize) -> Phase {
        let next = i.saturating_add(1);
        if next < self.inputs_count {
            return self.enter_input(next);
        }
        self.announce(length(self.outputs_count));
        Phase::SerializeOutput(0)
    }

    fn serialize_input(&mut self, i: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_input(i, part)?;
        self.write(input_bytes(input(&self.inputs, i)?, None));
        Ok(self.leave_input(i))
    }

    fn legacy_input(&mut self, i: usize, k: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_input(k, part)?;
        let next = k.saturating_add(1);
        Ok(if next < self.inputs_count { Phase::LegacyInput(i, next) } else { Phase::LegacyOutput(i, 0) })
    }

    fn legacy_output(&mut self, i: usize, j: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        self.same_output(j, part)?;
        let next = j.saturating_add(1);
        if next < self.outputs_count {
            return Ok(Phase::LegacyOutput(i, next));
        }
        let signature = self.sign(i, keys)?;
        self.write(input_bytes(input(&self.inputs, i)?, Some(&signature)));
        Ok(self.leave_input(i))
    }

    fn serialize_output(&mut self, j: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_output(j, part)?;
        let output = self.outputs.get(j).ok_or(Refusal::process("No such output"))?;
        let bytes = output_bytes(output);
        self.write(bytes);
        let next = j.saturating_add(1);
        if next < self.outputs_count {
            return Ok(Phase::SerializeOutput(next));
        }
        if self.has_witnesses() { Ok(self.enter_witness(0)) } else { Ok(self.finish()) }
    }

    /// Core firmware does not ask again for inputs whose witness is empty; legacy firmware asks for every one.
    fn enter_witness(&mut self, mut i: usize) -> Phase {
        while let Some(input) = self.inputs.get(i) {
            let given = is_external_segwit(input) && !input.arrived.witness().is_empty();
            if self.one || input.is_segwit() || given {
                return Phase::Witness(i);
            }
            self.serialized.push(0);
            i = i.saturating_add(1);
        }
        self.finish()
    }

    fn witness(&mut self, i: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        self.same_input(i, part)?;
        let bytes = if input(&self.inputs, i)?.is_segwit() {
            let signature = self.sign(i, keys)?;
            witness_bytes(input(&self.inputs, i)?, &signature)
        } else {
            let given = input(&self.inputs, i)?.arrived.witness.clone();
            given.filter(|bytes| !bytes.is_empty()).unwrap_or_else(|| vec![0])
        };
        self.write(bytes);
        Ok(self.enter_witness(i.saturating_add(1)))
    }

    fn sign(&mut self, i: usize, keys: &Keys) -> Result<Vec<u8>, Refusal> {
        let signer = self.signer.as_mut().ok_or(Refusal::process("Nothing to sign"))?;
        let signature = signer.sign(i, input(&self.inputs, i)?, keys)?;
        let index = if self.fault == Some(Fault::SignsTwice) { 0 } else { i };
        let skipped = self.fault == Some(Fault::SkipsSignature) && i.saturating_add(1) == self.inputs_count;
        self.signature = (!skipped).then(|| (index, signature.clone()));
        Ok(signature)
    }

    fn finish(&mut self) -> Phase {
        self.write(self.lock_time.to_le_bytes().to_vec());
        Phase::Finished
    }

    /// What is sent again must be what the person agreed to.
    fn same_input(&self, i: usize, part: &TransactionType) -> Result<(), Refusal> {
        if part.inputs.as_slice() == [input(&self.inputs, i)?.arrived.clone()] {
            return Ok(());
        }
        Err(Refusal::process("Transaction has changed during signing"))
    }

    fn same_output(&self, j: usize, part: &TransactionType) -> Result<(), Refusal> {
        let output = self.outputs.get(j).ok_or(Refusal::process("No such output"))?;
        if part.outputs.as_slice() == [output.arrived.clone()] {
            return Ok(());
        }
        Err(Refusal::process("Transaction has changed during signing"))
    }
}

fn input(inputs: &[Input], i: usize) -> Result<&Input, Refusal> {
    inputs.get(i).ok_or(Refusal::process("No such input"))
}

fn is_external_segwit(input: &Input) -> bool {
    input.is_external() && (!input.arrived.witness().is_empty() || input.arrived.script_sig().is_empty())
}
