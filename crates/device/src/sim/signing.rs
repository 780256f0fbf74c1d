//! The device's side of signing: which part it asks for next, what it shows, and when it signs.
//!
//! The order is that of core firmware: inputs, outputs with the person's consent, total; then each previous transaction;
//! then everything again while it serializes and signs.

use std::collections::VecDeque;

use protobuf::{EnumOrUnknown, MessageField};
use trezor_client::protos::tx_ack::TransactionType;
use trezor_client::protos::tx_request::{RequestType, TxRequestDetailsType, TxRequestSerializedType};
use trezor_client::protos::{InputScriptType, SignTx, TxRequest};

use super::keys::{Coin, Keys};
use super::parts::{Input, Output, To, input_form, previous_input, previous_output};
use super::transaction::{Previous, Signer, header, input_bytes, length, output_bytes, witness_bytes};
use super::{Button, Fault, NetworkGuard, Refusal, screen};

/// Change outputs passed over before one question about their number.
const SILENT_CHANGE_OUTPUTS: usize = 2;
const SILENT_INDEX: u32 = 1_000_000;

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
    grouped: bool,
    fault: Option<Fault>,
    /// Mixed into every nonce, where they are not deterministic.
    nonces: Option<u32>,
    phase: Phase,
    inputs: Vec<Input>,
    /// Account and form that all inputs share: change goes back there unseen.
    account: Option<(Vec<u32>, InputScriptType)>,
    outputs: Vec<Output>,
    shown_outputs: usize,
    payees: usize,
    previous: Option<Previous>,
    signer: Option<Signer>,
    serialized: Vec<u8>,
    signature: Option<(usize, Vec<u8>)>,
    buttons: VecDeque<Button>,
}

impl Signing {
    pub(super) fn begin(message: &SignTx, guard: NetworkGuard, fault: Option<Fault>) -> Result<Self, Refusal> {
        let inputs_count = usize::try_from(message.inputs_count.unwrap_or(0)).unwrap_or(0);
        let outputs_count = usize::try_from(message.outputs_count.unwrap_or(0)).unwrap_or(0);
        if inputs_count == 0 || outputs_count == 0 {
            return Err(Refusal::data("Transaction without inputs or outputs"));
        }
        Ok(Self {
            coin: Coin::named(message.coin_name(), guard)?,
            inputs_count,
            outputs_count,
            version: message.version.unwrap_or(1),
            lock_time: message.lock_time.unwrap_or(0),
            grouped: message.chunkify.unwrap_or(false),
            fault,
            nonces: None,
            phase: Phase::Input(0),
            inputs: Vec::new(),
            account: None,
            outputs: Vec::new(),
            shown_outputs: 0,
            payees: 0,
            previous: None,
            signer: None,
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
        request.details = MessageField::some(details);
        request.serialized = MessageField::some(self.flush());
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
            Phase::Verify(i) => self.same_input(i, part).map(|()| Phase::PreviousMeta(i))?,
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
        self.inputs.push(Input::read(part, keys, self.coin)?);
        let next = i.saturating_add(1);
        if next < self.inputs_count {
            return Ok(Phase::Input(next));
        }
        self.account = shared_account(&self.inputs);
        Ok(Phase::Output(0))
    }

    fn take_output(&mut self, j: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        let output = Output::read(part, keys, self.coin)?;
        self.ask_about(&output);
        self.outputs.push(output);
        let next = j.saturating_add(1);
        if next < self.outputs_count {
            return Ok(Phase::Output(next));
        }
        self.ask_about_the_whole()?;
        if self.inputs.iter().all(Input::is_taproot) { Ok(self.begin_serializing()) } else { Ok(Phase::Verify(0)) }
    }

    fn ask_about(&mut self, output: &Output) {
        if self.is_silent(output) {
            return;
        }
        self.shown_outputs = self.shown_outputs.saturating_add(1);
        let (address, who) = match &output.to {
            To::Data(data) => return self.buttons.push_back(screen::data(data)),
            To::Path { address, .. } => (address, "Change".to_owned()),
            To::Address(address) => {
                self.payees = self.payees.saturating_add(1);
                (address, format!("Payee {}", self.payees))
            }
        };
        let sat = output.txout.value.to_sat();
        let screens = screen::output(who, self.shown_outputs, address, sat, self.coin.unit(), self.grouped);
        self.buttons.extend(screens);
    }

    /// Change that the device recognises by itself: the account and form of every input, a plain chain and index.
    fn is_silent(&self, output: &Output) -> bool {
        let To::Path { form, .. } = &output.to else { return false };
        let [account @ .., chain, index] = output.arrived.address_n.as_slice() else { return false };
        let Some((own, own_form)) = &self.account else { return false };
        account == own.as_slice()
            && input_form(*form) == Some(*own_form)
            && *chain <= 1
            && *index <= SILENT_INDEX
            && output.txout.value > bitcoin::Amount::ZERO
    }

    fn ask_about_the_whole(&mut self) -> Result<(), Refusal> {
        let sum = |mut amounts: Box<dyn Iterator<Item = u64> + '_>| {
            amounts.try_fold(0_u64, u64::checked_add).ok_or(Refusal::data("Amounts overflow"))
        };
        let change = || self.outputs.iter().filter(|output| self.is_silent(output));
        let total_in = sum(Box::new(self.inputs.iter().map(|input| input.spent.value.to_sat())))?;
        let total_out = sum(Box::new(self.outputs.iter().map(|output| output.txout.value.to_sat())))?;
        let total_change = sum(Box::new(change().map(|output| output.txout.value.to_sat())))?;
        let fee = total_in.checked_sub(total_out).ok_or(Refusal { code: 10, text: "Not enough funds" })?;
        let change_count = change().count();
        if self.account.is_none() {
            self.buttons.push_back(screen::several_accounts());
        }
        if change_count > SILENT_CHANGE_OUTPUTS {
            self.buttons.push_back(screen::change_count(change_count));
        }
        if self.lock_time > 0 {
            let enabled = self.inputs.iter().any(|input| !input.txin.sequence.is_final());
            self.buttons.push_back(screen::lock_time(self.lock_time, enabled));
        }
        self.buttons.push_back(screen::total(total_in.saturating_sub(total_change), fee, self.coin.unit()));
        Ok(())
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
        let next = i.saturating_add(1);
        if next < self.inputs_count { Ok(Phase::Verify(next)) } else { Ok(self.begin_serializing()) }
    }

    fn begin_serializing(&mut self) -> Phase {
        let segwit = self.inputs.iter().any(Input::is_segwit);
        self.serialized.extend(header(self.version, segwit, self.inputs_count));
        let signer = Signer::new(self.version, self.lock_time, &self.inputs, &self.outputs, self.fault);
        self.signer = Some(signer.with_nonces(self.nonces));
        self.enter_input(0)
    }

    /// A legacy input's signature covers every other part in its own way, so the device walks over all of them for it.
    fn enter_input(&self, i: usize) -> Phase {
        match self.inputs.get(i) {
            Some(input) if input.is_segwit() => Phase::Serialize(i),
            _ => Phase::LegacyInput(i, 0),
        }
    }

    fn leave_input(&mut self, i: usize) -> Phase {
        let next = i.saturating_add(1);
        if next < self.inputs_count {
            return self.enter_input(next);
        }
        self.serialized.extend(length(self.outputs_count));
        Phase::SerializeOutput(0)
    }

    fn serialize_input(&mut self, i: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_input(i, part)?;
        self.serialized.extend(input_bytes(input(&self.inputs, i)?, None));
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
        self.serialized.extend(input_bytes(input(&self.inputs, i)?, Some(&signature)));
        Ok(self.leave_input(i))
    }

    fn serialize_output(&mut self, j: usize, part: &TransactionType) -> Result<Phase, Refusal> {
        self.same_output(j, part)?;
        let output = self.outputs.get(j).ok_or(Refusal::process("No such output"))?;
        self.serialized.extend(output_bytes(output));
        let next = j.saturating_add(1);
        if next < self.outputs_count {
            return Ok(Phase::SerializeOutput(next));
        }
        if self.inputs.iter().any(Input::is_segwit) { Ok(self.enter_witness(0)) } else { Ok(self.finish()) }
    }

    /// Legacy inputs among segwit ones have an empty witness and are not asked for again.
    fn enter_witness(&mut self, mut i: usize) -> Phase {
        while let Some(input) = self.inputs.get(i) {
            if input.is_segwit() {
                return Phase::Witness(i);
            }
            self.serialized.push(0);
            i = i.saturating_add(1);
        }
        self.finish()
    }

    fn witness(&mut self, i: usize, part: &TransactionType, keys: &Keys) -> Result<Phase, Refusal> {
        self.same_input(i, part)?;
        let signature = self.sign(i, keys)?;
        self.serialized.extend(witness_bytes(input(&self.inputs, i)?, &signature));
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
        self.serialized.extend(self.lock_time.to_le_bytes());
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

fn shared_account(inputs: &[Input]) -> Option<(Vec<u32>, InputScriptType)> {
    let account = |input: &Input| match input.arrived.address_n.as_slice() {
        [account @ .., _, _] => Some((account.to_vec(), input.form)),
        _ => None,
    };
    let first = account(inputs.first()?)?;
    inputs.iter().all(|input| account(input).as_ref() == Some(&first)).then_some(first)
}
