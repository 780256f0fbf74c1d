//! A checked request as a Trezor understands it: which key signs each input, and what each output is to the device.

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::consensus::encode::serialize;
use bitcoin::script::{Instruction, PushBytesBuf};
use bitcoin::{Script, ScriptBuf, Transaction, Txid};
use trezor_client::protos::{InputScriptType, MultisigRedeemScriptType, OutputScriptType};
use vitrine_bitcoin::{
    CheckedInput, CheckedOutput, CheckedPsbt, Multisig, Network, OutputRole, OwnKey, OwnScript, ScriptKind, SighashType,
};

use super::identity::Model;
use super::multisig::{self, Cosigners, Holdings, describe, has_single_path};
use super::paths::{Taken, taken};
use super::refused::check_model;
use crate::error::DeviceError;
use crate::limits;

/// Highest address index that a Trezor signs for.
pub(super) const SILENT_INDEX: u32 = 1_000_000;

/// Everything the driver will tell the device.
pub(super) struct Plan<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) network: Network,
    pub(super) inputs: Vec<PlannedInput<'a>>,
    pub(super) outputs: Vec<PlannedOutput>,
    /// What all inputs of the device share: it takes it for the wallet.
    pub(super) shared: Shared,
    /// Transactions that inputs spend from.
    pub(super) previous: BTreeMap<Txid, &'a Transaction>,
    /// Whether the device is given signatures of others, to verify them.
    pub(super) shows_witness: bool,
}

/// What the inputs that the device signs have in common, each by itself; none where they differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shared {
    pub(super) account: Option<Vec<u32>>,
    form: Option<InputScriptType>,
    cosigners: Option<Option<Cosigners>>,
}

/// An input.
pub(super) struct PlannedInput<'a> {
    pub(super) amount_sat: u64,
    pub(super) part: Part<'a>,
}

/// Who signs an input.
pub(super) enum Part<'a> {
    /// The device.
    Own(OwnInput<'a>),
    /// Somebody else.
    Foreign(ForeignInput),
}

/// An input that the device signs.
pub(super) struct OwnInput<'a> {
    pub(super) key: &'a OwnKey,
    pub(super) path: Vec<u32>,
    pub(super) script_type: InputScriptType,
    /// The script's keys and threshold; none where there is one key.
    pub(super) multisig: Option<MultisigRedeemScriptType>,
    /// Whether the request does not carry all of its signatures already.
    pub(super) needs_signature: bool,
    /// Whether the request carries the device's own signature, of several.
    pub(super) is_signed: bool,
}

/// An input that somebody else signs.
pub(super) struct ForeignInput {
    pub(super) script_pubkey: Vec<u8>,
    /// Empty where the request carries none.
    pub(super) script_sig: Vec<u8>,
    /// As in a transaction, number of items first; empty where the request carries none.
    pub(super) witness: Vec<u8>,
}

impl ForeignInput {
    /// Whether it is signed already, so that core models can verify it.
    pub(super) fn is_signed(&self) -> bool {
        !self.script_sig.is_empty() || !self.witness.is_empty()
    }
}

/// An output.
pub(super) struct PlannedOutput {
    pub(super) amount_sat: u64,
    /// What the output is in the review.
    pub(super) role: OutputRole,
    pub(super) to: Destination,
}

/// Where an output goes, in the device's terms.
pub(super) enum Destination {
    /// To somebody: the device asks.
    Address(String),
    /// Back to us by this path: the device derives the script itself.
    Change {
        path: Vec<u32>,
        script_type: OutputScriptType,
        multisig: Option<Box<MultisigRedeemScriptType>>,
        address: String,
    },
    /// Data, without opcodes.
    Data(Vec<u8>),
}

/// Amounts of a plan, in satoshi.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    /// What leaves with the fee: all inputs but the change.
    pub(super) total_sat: u64,
    pub(super) fee_sat: u64,
    /// What others put in, as far as the device verifies it.
    pub(super) verified_foreign_sat: u64,
}

impl<'a> Plan<'a> {
    /// Plans a request for a device that holds these keys.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] with the first input or output that this driver does not do.
    pub(super) fn of(psbt: &'a CheckedPsbt, holdings: &Holdings) -> Result<Self, DeviceError> {
        let transaction = psbt.transaction();
        if transaction.input.len().max(transaction.output.len()) > limits::TRANSACTION_PARTS {
            return Err(unsupported(format!("more than {} inputs or outputs", limits::TRANSACTION_PARTS)));
        }
        let planner = Planner { psbt, holdings, multisig: multisig::wallets(psbt), binds_amounts: binds_amounts(psbt) };
        let inputs: Vec<PlannedInput<'_>> =
            (0..).zip(psbt.inputs()).map(|(n, input)| planner.input(n, input)).collect::<Result<_, _>>()?;
        if inputs.iter().all(|input| matches!(input.part, Part::Foreign(_))) {
            return Err(unsupported("a transaction without an input of ours".to_owned()));
        }
        let outputs =
            (0..).zip(psbt.outputs()).map(|(n, output)| planner.output(n, output)).collect::<Result<_, _>>()?;
        let previous = planner.previous_transactions()?;
        let shared = Shared::of(&inputs);
        let network = psbt.network();
        Ok(Self { transaction, network, inputs, outputs, shared, previous, shows_witness: true })
    }

    /// Fits the plan to a model.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] with what this model, by its version and settings, refuses.
    pub(super) fn on(mut self, model: &Model) -> Result<Self, DeviceError> {
        self.shows_witness = !model.one;
        check_model(&self, model)?;
        Ok(self)
    }

    /// Checks that no input waits for others after this device.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] with the first input that it has signed already and that needs another cosigner's.
    pub(super) fn check_needed(&self) -> Result<(), DeviceError> {
        let waits =
            |input: &PlannedInput<'_>| matches!(&input.part, Part::Own(own) if own.needs_signature && own.is_signed);
        let waiting = self.inputs.iter().position(waits);
        let words = |number| format!("input {number}, which it has signed already and another cosigner has to sign");
        waiting.map_or(Ok(()), |number| Err(unsupported(words(number))))
    }

    /// The inputs that the device signs.
    pub(super) fn own_inputs(&self) -> impl Iterator<Item = &OwnInput<'a>> {
        self.inputs.iter().filter_map(|input| match &input.part {
            Part::Own(own) => Some(own),
            Part::Foreign(_) => None,
        })
    }

    /// The inputs that others sign, with their numbers.
    pub(super) fn foreign_inputs(&self) -> impl Iterator<Item = (usize, &ForeignInput)> {
        self.inputs.iter().enumerate().filter_map(|(number, input)| match &input.part {
            Part::Foreign(foreign) => Some((number, foreign)),
            Part::Own(_) => None,
        })
    }

    /// Says whether the device verifies that somebody else's input is theirs: by its signature, on core models.
    pub(super) fn is_verified(&self, foreign: &ForeignInput) -> bool {
        self.shows_witness && foreign.is_signed()
    }

    /// Says whether the device passes over an output without asking.
    pub(super) fn is_silent(&self, output: &PlannedOutput) -> bool {
        let Destination::Change { path, script_type, multisig, .. } = &output.to else { return false };
        let [account @ .., chain, index] = path.as_slice() else { return false };
        let described = multisig.as_deref();
        self.shared.account.as_deref() == Some(account)
            && self.shared.form.and_then(change_type) == Some(change_form(*script_type))
            && self.shared.cosigners == Some(described.map(Cosigners::of))
            && described.is_none_or(has_single_path)
            && *chain <= 1
            && *index <= SILENT_INDEX
            && output.amount_sat > 0
    }

    /// Sums the amounts; none if they overflow or spend more than there is.
    pub(super) fn amounts(&self) -> Option<Amounts> {
        let sum = |mut amounts: Box<dyn Iterator<Item = u64> + '_>| amounts.try_fold(0_u64, u64::checked_add);
        let total_in = sum(Box::new(self.inputs.iter().map(|input| input.amount_sat)))?;
        let total_out = sum(Box::new(self.outputs.iter().map(|output| output.amount_sat)))?;
        let silent = self.outputs.iter().filter(|output| self.is_silent(output)).map(|output| output.amount_sat);
        let change = sum(Box::new(silent))?;
        let is_verified = |input: &&PlannedInput<'_>| matches!(&input.part, Part::Foreign(f) if self.is_verified(f));
        let verified = self.inputs.iter().filter(is_verified);
        Some(Amounts {
            total_sat: total_in.checked_sub(change)?,
            fee_sat: total_in.checked_sub(total_out)?,
            verified_foreign_sat: sum(Box::new(verified.map(|input| input.amount_sat)))?,
        })
    }

    /// Counts the messages that an honest device needs at most while signing, twice over.
    pub(super) fn message_limit(&self) -> usize {
        let parts = self.inputs.len().saturating_add(self.outputs.len());
        let in_full = |input: &&PlannedInput<'_>| match &input.part {
            Part::Own(own) => change_form_of(own.script_type) == InputScriptType::SPENDADDRESS,
            Part::Foreign(foreign) => foreign.witness.is_empty() && foreign.is_signed(),
        };
        let legacy = self.inputs.iter().filter(in_full).count();
        let previous: usize = self
            .transaction
            .input
            .iter()
            .filter_map(|input| self.previous.get(&input.previous_output.txid))
            .map(|previous| previous.input.len().saturating_add(previous.output.len()).saturating_add(2))
            .sum();
        let once = parts.saturating_mul(6).saturating_add(previous).saturating_add(parts.saturating_mul(legacy));
        once.saturating_mul(2).saturating_add(64)
    }
}

impl Shared {
    fn of(inputs: &[PlannedInput<'_>]) -> Self {
        let own = || {
            inputs.iter().filter_map(|input| match &input.part {
                Part::Own(own) => Some(own),
                Part::Foreign(_) => None,
            })
        };
        let account = |own: &OwnInput<'_>| match own.path.as_slice() {
            [account @ .., _, _] if !account.is_empty() => Some(account.to_vec()),
            _ => None,
        };
        Self {
            account: common(own().map(account)).flatten(),
            form: common(own().map(|own| change_form_of(own.script_type))),
            cosigners: common(own().map(|own| own.multisig.as_ref().map(Cosigners::of))),
        }
    }
}

/// The value that all have; none if they differ, or if there are none.
fn common<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Returns a path as the numbers of the protocol.
pub(super) fn numbers(path: &DerivationPath) -> Vec<u32> {
    path.into_iter().map(|child: &ChildNumber| u32::from(*child)).collect()
}

/// Returns the name the firmware knows a network by; it takes signet and testnet 4 for testnet, whose addresses they share.
pub(super) const fn coin_name(network: Network) -> &'static str {
    match network {
        Network::Mainnet => "Bitcoin",
        Network::Testnet3 | Network::Testnet4 | Network::Signet => "Testnet",
        Network::Regtest => "Regtest",
    }
}

/// Returns the firmware's word for a script form with a single key.
const fn input_type(kind: ScriptKind) -> Option<InputScriptType> {
    match kind {
        ScriptKind::P2pkh => Some(InputScriptType::SPENDADDRESS),
        ScriptKind::P2shP2wpkh => Some(InputScriptType::SPENDP2SHWITNESS),
        ScriptKind::P2wpkh => Some(InputScriptType::SPENDWITNESS),
        ScriptKind::P2tr => Some(InputScriptType::SPENDTAPROOT),
        _ => None,
    }
}

const fn change_type(input: InputScriptType) -> Option<OutputScriptType> {
    match input {
        InputScriptType::SPENDADDRESS => Some(OutputScriptType::PAYTOADDRESS),
        InputScriptType::SPENDMULTISIG => Some(OutputScriptType::PAYTOMULTISIG),
        InputScriptType::SPENDP2SHWITNESS => Some(OutputScriptType::PAYTOP2SHWITNESS),
        InputScriptType::SPENDWITNESS => Some(OutputScriptType::PAYTOWITNESS),
        InputScriptType::SPENDTAPROOT => Some(OutputScriptType::PAYTOTAPROOT),
        _ => None,
    }
}

/// Forms that the firmware takes for one when it looks for change: bare multisig is told apart by its keys.
const fn change_form_of(input: InputScriptType) -> InputScriptType {
    match input {
        InputScriptType::SPENDMULTISIG => InputScriptType::SPENDADDRESS,
        other => other,
    }
}

const fn change_form(output: OutputScriptType) -> OutputScriptType {
    match output {
        OutputScriptType::PAYTOMULTISIG => OutputScriptType::PAYTOADDRESS,
        other => other,
    }
}

/// What is known while inputs and outputs are planned.
struct Planner<'a, 'h> {
    psbt: &'a CheckedPsbt,
    holdings: &'h Holdings,
    /// Multisig wallets that pay, by position.
    multisig: BTreeMap<usize, Multisig>,
    binds_amounts: bool,
}

/// The key by which the device signs a script, and what the firmware calls it.
pub(super) struct Signer<'a> {
    pub(super) key: &'a OwnKey,
    pub(super) script_type: InputScriptType,
    pub(super) multisig: Option<MultisigRedeemScriptType>,
}

impl<'a> Signer<'a> {
    /// The only key of a script.
    pub(super) fn single(own: &'a OwnScript) -> Option<Self> {
        Some(Self { key: own.key()?, script_type: input_type(own.kind())?, multisig: None })
    }

    /// One key of several.
    pub(super) fn of_multisig(own: &'a OwnScript, multisig: &Multisig, key: usize) -> Option<Self> {
        let script_type = multisig::input_type(own.kind())?;
        Some(Self { key: own.keys().get(key)?, script_type, multisig: Some(describe(multisig, own)) })
    }
}

impl<'a> Planner<'a, '_> {
    fn input(&self, number: usize, input: &'a CheckedInput) -> Result<PlannedInput<'a>, DeviceError> {
        let amount = if self.binds_amounts { input.amount_sat() } else { input.amount().sure_sat() };
        let amount_sat = amount.ok_or_else(|| unsupported(format!("input {number}, whose amount is not proven")))?;
        let part = match input.own() {
            Some(own) if self.is_held(own) => Part::Own(self.own_input(number, input, own)?),
            _ => Part::Foreign(self.foreign_input(number, input)?),
        };
        Ok(PlannedInput { amount_sat, part })
    }

    /// Inputs of a multisig wallet are somebody else's to a device that holds none of its keys.
    fn is_held(&self, own: &OwnScript) -> bool {
        !self.multisig.contains_key(&own.wallet()) || self.holdings.key(own.wallet()).is_some()
    }

    fn own_input(&self, number: usize, input: &CheckedInput, own: &'a OwnScript) -> Result<OwnInput<'a>, DeviceError> {
        let signer = self.signer(own);
        let signer = signer.ok_or_else(|| unsupported(format!("input {number}, {}", description(own))))?;
        check_sighash(number, input.sighash_type(), signer.script_type)?;
        let path = numbers(signer.key.path());
        let multisig = signer.multisig;
        if multisig.as_ref().is_some_and(|m| m.signatures.len() > multisig::MOST_KEYS) {
            return Err(unsupported(format!("input {number}, a multisig of more than {} keys", multisig::MOST_KEYS)));
        }
        if taken(&path, signer.script_type, multisig.is_some(), self.psbt.network()) == Taken::Never {
            return Err(unsupported(format!("input {number}, whose key has the unusual path m/{}", signer.key.path())));
        }
        let is_signed = multisig.is_some() && input.is_signed_by(signer.key);
        let needs_signature = input.needs_signature();
        Ok(OwnInput { key: signer.key, path, script_type: signer.script_type, multisig, needs_signature, is_signed })
    }

    fn signer<'s>(&self, own: &'s OwnScript) -> Option<Signer<'s>> {
        match self.multisig.get(&own.wallet()) {
            Some(multisig) => Signer::of_multisig(own, multisig, self.holdings.key(own.wallet())?),
            None => Signer::single(own),
        }
    }

    fn foreign_input(&self, number: usize, input: &CheckedInput) -> Result<ForeignInput, DeviceError> {
        let script = input.script_pubkey().filter(|script| !script.is_empty());
        let script =
            script.ok_or_else(|| unsupported(format!("input {number}, of which nobody says what it spends")))?;
        let (script_sig, witness) = self.psbt.final_scripts(number).unwrap_or_default();
        Ok(ForeignInput {
            script_pubkey: script.to_bytes(),
            script_sig: script_sig.into_bytes(),
            witness: if witness.is_empty() { Vec::new() } else { serialize(&witness) },
        })
    }

    fn output(&self, number: usize, output: &CheckedOutput) -> Result<PlannedOutput, DeviceError> {
        let to = self
            .destination(output)
            .ok_or_else(|| unsupported(format!("output {number}, whose script has no address a Trezor can show")))?;
        if matches!(to, Destination::Data(_)) && output.amount_sat() > 0 {
            return Err(unsupported(format!("output {number}, data that burns an amount")));
        }
        Ok(PlannedOutput { amount_sat: output.amount_sat(), role: output.role(), to })
    }

    fn destination(&self, output: &CheckedOutput) -> Option<Destination> {
        if output.script_pubkey().is_op_return() {
            return pushed_data(output.script_pubkey()).map(Destination::Data);
        }
        let address = output.address()?.to_owned();
        Some(self.change(output, &address).unwrap_or(Destination::Address(address)))
    }

    /// Change that the device can derive; where it would refuse or warn of the path, it shows the address instead.
    fn change(&self, output: &CheckedOutput, address: &str) -> Option<Destination> {
        let own = output.own().filter(|_| output.role() == OutputRole::Change)?;
        let signer = self.signer(own)?;
        let path = numbers(signer.key.path());
        let plainly = taken(&path, signer.script_type, signer.multisig.is_some(), self.psbt.network());
        (plainly == Taken::Plainly).then_some(())?;
        let script_type = change_type(signer.script_type)?;
        let multisig = signer.multisig.map(Box::new);
        Some(Destination::Change { path, script_type, multisig, address: address.to_owned() })
    }

    /// Collects the transactions that the device may ask for: it checks each amount against the previous transaction.
    fn previous_transactions(&self) -> Result<BTreeMap<Txid, &'a Transaction>, DeviceError> {
        let mut previous = BTreeMap::new();
        for (number, input) in self.psbt.inputs().iter().enumerate() {
            match input.previous_transaction() {
                Some(transaction) => drop(previous.insert(transaction.compute_txid(), transaction)),
                None if self.binds_amounts => {}
                None => return Err(unsupported(format!("input {number} without its whole previous transaction"))),
            }
        }
        Ok(previous)
    }
}

/// Whether all inputs of ours are taproot, whose signatures commit to every amount (BIP-341): the device then asks for
/// no previous transaction.
fn binds_amounts(psbt: &CheckedPsbt) -> bool {
    psbt.inputs().iter().filter(|input| input.own().is_some()).all(|input| input.kind() == ScriptKind::P2tr)
}

fn description(own: &OwnScript) -> String {
    match (own.keys().len(), own.threshold()) {
        (1, _) => format!("a {} of one key", own.kind().name()),
        (keys, Some((threshold, _))) => {
            format!("a {} of {threshold} of {keys} keys in another form", own.kind().name())
        }
        (keys, None) => format!("a {} of {keys} keys with rules of its own", own.kind().name()),
    }
}

/// A Trezor signs for the whole transaction only.
fn check_sighash(number: usize, sighash: SighashType, script_type: InputScriptType) -> Result<(), DeviceError> {
    let whole = match script_type {
        InputScriptType::SPENDTAPROOT => sighash == SighashType::Default,
        _ => sighash == SighashType::All,
    };
    if whole { Ok(()) } else { Err(unsupported(format!("input {number}, whose signature would not cover everything"))) }
}

/// Returns the data of an `OP_RETURN` output with exactly one push, written as the firmware writes it.
fn pushed_data(script: &Script) -> Option<Vec<u8>> {
    let data = script.instructions().nth(1)?.ok().and_then(|instruction| match instruction {
        Instruction::PushBytes(bytes) => Some(bytes.as_bytes().to_vec()),
        Instruction::Op(_) => None,
    })?;
    let push = PushBytesBuf::try_from(data.clone()).ok()?;
    (ScriptBuf::new_op_return(push).as_script() == script).then_some(data)
}

pub(super) fn unsupported(what: String) -> DeviceError {
    DeviceError::Unsupported { what }
}
