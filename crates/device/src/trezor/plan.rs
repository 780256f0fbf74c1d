//! A checked request as a Trezor understands it: which key signs each input, and what each output is to the device.

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::script::{Instruction, PushBytesBuf};
use bitcoin::{Script, ScriptBuf, Transaction, Txid};
use trezor_client::protos::{InputScriptType, OutputScriptType};
use vitrine_bitcoin::{
    CheckedInput, CheckedOutput, CheckedPsbt, Network, OutputRole, OwnKey, OwnScript, ScriptKind, SighashType,
};

use crate::error::DeviceError;
use crate::limits;

/// Highest address index that a Trezor takes for change without asking.
const SILENT_INDEX: u32 = 1_000_000;

/// Everything the driver will tell the device.
pub(super) struct Plan<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) network: Network,
    pub(super) inputs: Vec<PlannedInput<'a>>,
    pub(super) outputs: Vec<PlannedOutput>,
    /// Account and form that all inputs share: the device takes it for the wallet.
    pub(super) account: Option<(Vec<u32>, InputScriptType)>,
    /// Transactions that inputs spend from.
    pub(super) previous: BTreeMap<Txid, &'a Transaction>,
}

/// An input of ours.
pub(super) struct PlannedInput<'a> {
    pub(super) key: &'a OwnKey,
    pub(super) path: Vec<u32>,
    pub(super) script_type: InputScriptType,
    pub(super) amount_sat: u64,
    /// Whether the request does not carry all of its signatures already.
    pub(super) needs_signature: bool,
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
    Change { path: Vec<u32>, script_type: OutputScriptType, address: String },
    /// Data, without opcodes.
    Data(Vec<u8>),
}

impl<'a> Plan<'a> {
    /// Plans a request.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] with the first input or output that this driver does not do.
    pub(super) fn of(psbt: &'a CheckedPsbt) -> Result<Self, DeviceError> {
        let transaction = psbt.transaction();
        if transaction.input.len().max(transaction.output.len()) > limits::TRANSACTION_PARTS {
            return Err(unsupported(format!("more than {} inputs or outputs", limits::TRANSACTION_PARTS)));
        }
        let inputs: Vec<PlannedInput<'_>> = (0..).zip(psbt.inputs()).map(plan_input).collect::<Result<_, _>>()?;
        let outputs = (0..).zip(psbt.outputs()).map(plan_output).collect::<Result<_, _>>()?;
        let previous = previous_transactions(psbt)?;
        let account = shared_account(&inputs);
        Ok(Self { transaction, network: psbt.network(), inputs, outputs, account, previous })
    }

    /// Says whether the device passes over an output without asking, by the rules of its core firmware.
    pub(super) fn is_silent(&self, output: &PlannedOutput) -> bool {
        let Destination::Change { path, script_type, .. } = &output.to else { return false };
        let Some((account, input_type)) = &self.account else { return false };
        let [origin @ .., chain, index] = path.as_slice() else { return false };
        origin == account.as_slice()
            && change_type(*input_type) == Some(*script_type)
            && *chain <= 1
            && *index <= SILENT_INDEX
            && output.amount_sat > 0
    }

    /// Sums what leaves the wallet with the fee, and the fee, both in satoshi.
    pub(super) fn total_and_fee_sat(&self) -> Option<(u64, u64)> {
        let sum = |mut amounts: Box<dyn Iterator<Item = u64> + '_>| amounts.try_fold(0_u64, u64::checked_add);
        let total_in = sum(Box::new(self.inputs.iter().map(|input| input.amount_sat)))?;
        let total_out = sum(Box::new(self.outputs.iter().map(|output| output.amount_sat)))?;
        let silent = self.outputs.iter().filter(|output| self.is_silent(output)).map(|output| output.amount_sat);
        let change = sum(Box::new(silent))?;
        Some((total_in.checked_sub(change)?, total_in.checked_sub(total_out)?))
    }

    /// Counts the messages that an honest device needs at most while signing, twice over.
    pub(super) fn message_limit(&self) -> usize {
        let parts = self.inputs.len().saturating_add(self.outputs.len());
        let legacy = self.inputs.iter().filter(|i| i.script_type == InputScriptType::SPENDADDRESS).count();
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

fn shared_account(inputs: &[PlannedInput<'_>]) -> Option<(Vec<u32>, InputScriptType)> {
    let [origin @ .., _, _] = inputs.first()?.path.as_slice() else { return None };
    let form = inputs.first()?.script_type;
    let same = |input: &PlannedInput<'_>| {
        matches!(input.path.as_slice(), [own @ .., _, _] if own == origin) && input.script_type == form
    };
    inputs.iter().all(same).then(|| (origin.to_vec(), form))
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
pub(super) const fn input_type(kind: ScriptKind) -> Option<InputScriptType> {
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
        InputScriptType::SPENDP2SHWITNESS => Some(OutputScriptType::PAYTOP2SHWITNESS),
        InputScriptType::SPENDWITNESS => Some(OutputScriptType::PAYTOWITNESS),
        InputScriptType::SPENDTAPROOT => Some(OutputScriptType::PAYTOTAPROOT),
        _ => None,
    }
}

fn plan_input((number, input): (usize, &CheckedInput)) -> Result<PlannedInput<'_>, DeviceError> {
    let own = input.own().ok_or_else(|| unsupported(format!("input {number}, which is not proven ours")))?;
    let (key, script_type) = single_key(own)
        .ok_or_else(|| unsupported(format!("input {number}, a {} of {} keys", own.kind().name(), own.keys().len())))?;
    check_sighash(number, input.sighash_type(), script_type)?;
    let amount_sat = input.amount().sure_sat();
    let amount_sat = amount_sat.ok_or_else(|| unsupported(format!("input {number}, whose amount is not proven")))?;
    let needs_signature = input.needs_signature();
    Ok(PlannedInput { key, path: numbers(key.path()), script_type, amount_sat, needs_signature })
}

pub(super) fn single_key(own: &OwnScript) -> Option<(&OwnKey, InputScriptType)> {
    Some((own.key()?, input_type(own.kind())?))
}

/// A Trezor signs for the whole transaction only.
fn check_sighash(number: usize, sighash: SighashType, script_type: InputScriptType) -> Result<(), DeviceError> {
    let whole = match script_type {
        InputScriptType::SPENDTAPROOT => sighash == SighashType::Default,
        _ => sighash == SighashType::All,
    };
    if whole { Ok(()) } else { Err(unsupported(format!("input {number}, whose signature would not cover everything"))) }
}

fn plan_output((number, output): (usize, &CheckedOutput)) -> Result<PlannedOutput, DeviceError> {
    let to = destination(output)
        .ok_or_else(|| unsupported(format!("output {number}, whose script has no address a Trezor can show")))?;
    if matches!(to, Destination::Data(_)) && output.amount_sat() > 0 {
        return Err(unsupported(format!("output {number}, data that burns an amount")));
    }
    Ok(PlannedOutput { amount_sat: output.amount_sat(), role: output.role(), to })
}

fn destination(output: &CheckedOutput) -> Option<Destination> {
    if output.script_pubkey().is_op_return() {
        return pushed_data(output.script_pubkey()).map(Destination::Data);
    }
    let address = output.address()?.to_owned();
    Some(match change_key(output) {
        Some((path, script_type)) => Destination::Change { path, script_type, address },
        None => Destination::Address(address),
    })
}

fn change_key(output: &CheckedOutput) -> Option<(Vec<u32>, OutputScriptType)> {
    if output.role() != OutputRole::Change {
        return None;
    }
    let (key, kind) = single_key(output.own()?)?;
    Some((numbers(key.path()), change_type(kind)?))
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

/// Collects the transactions that the device may ask for.
///
/// It checks each amount against the previous transaction, unless all inputs are taproot, whose signatures commit to the
/// amounts (BIP-341).
fn previous_transactions(psbt: &CheckedPsbt) -> Result<BTreeMap<Txid, &Transaction>, DeviceError> {
    let mut previous = BTreeMap::new();
    let taproot = psbt.inputs().iter().all(|input| input.kind() == ScriptKind::P2tr);
    for (number, input) in psbt.inputs().iter().enumerate() {
        match input.previous_transaction() {
            Some(transaction) => drop(previous.insert(transaction.compute_txid(), transaction)),
            None if taproot => {}
            None => return Err(unsupported(format!("input {number} without its whole previous transaction"))),
        }
    }
    Ok(previous)
}

fn unsupported(what: String) -> DeviceError {
    DeviceError::Unsupported { what }
}
