//! A checked request as a BitBox02 understands it.

use bitbox_api::btc::Payload;
use bitbox_api::pb::BtcOutputType;
use bitcoin::absolute::LockTime;
use bitcoin::{Script, Transaction};
use vitrine_bitcoin::{
    CheckedInput, CheckedOutput, CheckedPsbt, Network, OutputRole, OwnScript, ScriptKind, SighashType,
};

use super::account::{Account, Form, LAST_INDEX};
use crate::error::DeviceError;
use crate::limits;

/// Most bytes of a script in a previous transaction: it travels in one message.
const SCRIPT_BYTES: usize = 7000;
/// Most outputs whose number the device's counter of change shows without a warning.
pub(super) const SILENT_CHANGE: usize = 1;

/// Everything the driver will tell the device.
pub(super) struct Plan<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) network: Network,
    /// Wallets that coins are spent from.
    pub(super) accounts: Vec<Account>,
    pub(super) inputs: Vec<PlannedInput<'a>>,
    pub(super) outputs: Vec<PlannedOutput<'a>>,
}

/// An input of ours.
pub(super) struct PlannedInput<'a> {
    pub(super) own: &'a OwnScript,
    /// Index of its wallet among [`Plan::accounts`].
    pub(super) account: usize,
    pub(super) amount_sat: u64,
    pub(super) previous: Option<&'a Transaction>,
    pub(super) needs_signature: bool,
}

/// An output.
pub(super) struct PlannedOutput<'a> {
    pub(super) amount_sat: u64,
    pub(super) role: OutputRole,
    pub(super) to: Destination<'a>,
}

/// Where an output goes, in the device's terms.
pub(super) enum Destination<'a> {
    /// Back to a wallet that is spent from: the device derives the script itself.
    Own { own: &'a OwnScript, account: usize, address: String },
    /// To somebody: the device asks.
    Payee { payload: Payload, address: String },
    /// Data, without opcodes.
    Data(Vec<u8>),
}

impl<'a> Plan<'a> {
    /// # Errors
    /// [`DeviceError::Unsupported`] with the first part that the device or this driver does not do.
    pub(super) fn of(psbt: &'a CheckedPsbt) -> Result<Self, DeviceError> {
        let transaction = psbt.transaction();
        check_frame(transaction)?;
        let mut used: Vec<usize> = Vec::new();
        for (number, input) in psbt.inputs().iter().enumerate() {
            let wallet = own_of(number, input)?.wallet();
            if !used.contains(&wallet) {
                used.push(wallet);
            }
        }
        let wallets = used.iter().filter_map(|wallet| psbt.wallets().get(*wallet));
        let accounts: Vec<Account> = wallets.map(Account::of).collect::<Result<_, _>>()?;
        check_together(&accounts)?;
        let place = |own: &OwnScript| used.iter().position(|wallet| *wallet == own.wallet());
        let inputs = psbt.inputs().iter().enumerate();
        let inputs: Vec<_> = inputs.map(|(n, input)| plan_input(n, input, &place)).collect::<Result<_, _>>()?;
        let outputs = psbt.outputs().iter().enumerate();
        let outputs = outputs.map(|(n, output)| plan_output(n, output, &place)).collect::<Result<_, _>>()?;
        let plan = Self { transaction, network: psbt.network(), accounts, inputs, outputs };
        plan.check_previous()?;
        Ok(plan)
    }

    /// Whether the device asks for previous transactions: not where each signature commits to the amounts (BIP-341).
    pub(super) fn streams_previous(&self) -> bool {
        self.inputs.iter().any(|input| input.own.kind() != ScriptKind::P2tr)
    }

    fn check_previous(&self) -> Result<(), DeviceError> {
        for (number, input) in self.inputs.iter().enumerate().filter(|_| self.streams_previous()) {
            let previous = input.previous;
            let previous = previous.ok_or_else(|| about_input(number, "without its whole previous transaction"))?;
            let inputs = previous.input.iter().map(|input| input.script_sig.len());
            let longest = inputs.chain(previous.output.iter().map(|output| output.script_pubkey.len())).max();
            if longest.is_some_and(|bytes| bytes > SCRIPT_BYTES) {
                return Err(about_input(number, "whose previous transaction has a script of more than 7000 bytes"));
            }
        }
        Ok(())
    }

    /// Whether the device takes an output for change, and passes over it.
    pub(super) fn is_change(output: &PlannedOutput<'_>) -> bool {
        matches!(output.to, Destination::Own { own, .. } if own.change())
    }

    /// Sums what is spent, what goes out, and the fee, in satoshi; change counts as neither.
    pub(super) fn sums_sat(&self) -> Option<Sums> {
        let sum = |mut amounts: Box<dyn Iterator<Item = u64> + '_>| amounts.try_fold(0_u64, u64::checked_add);
        let amounts = |change: bool| {
            let outputs = self.outputs.iter().filter(move |output| Self::is_change(output) == change);
            outputs.map(|output| output.amount_sat)
        };
        let inputs_sat = sum(Box::new(self.inputs.iter().map(|input| input.amount_sat)))?;
        let change_sat = sum(Box::new(amounts(true)))?;
        let out_sat = sum(Box::new(amounts(false)))?;
        let total_sat = inputs_sat.checked_sub(change_sat)?;
        Some(Sums { inputs_sat, out_sat, total_sat, fee_sat: total_sat.checked_sub(out_sat)? })
    }
}

/// Sums of a transaction, in satoshi.
pub(super) struct Sums {
    pub(super) inputs_sat: u64,
    pub(super) out_sat: u64,
    pub(super) total_sat: u64,
    pub(super) fee_sat: u64,
}

fn check_frame(transaction: &Transaction) -> Result<(), DeviceError> {
    if transaction.input.len().max(transaction.output.len()) > limits::TRANSACTION_PARTS {
        return Err(unsupported(format!("more than {} inputs or outputs", limits::TRANSACTION_PARTS)));
    }
    if !matches!(transaction.version.0, 1 | 2) {
        return Err(unsupported(format!("a transaction of version {}", transaction.version.0)));
    }
    match transaction.lock_time {
        LockTime::Blocks(_) => Ok(()),
        LockTime::Seconds(_) => Err(unsupported("a lock time that is a date".to_owned())),
    }
}

/// Wallets of several keys are spent from alone; others together, if their account has one number.
fn check_together(accounts: &[Account]) -> Result<(), DeviceError> {
    let [first, others @ ..] = accounts else { return Ok(()) };
    let number = |account: &Account| match account.form {
        Form::Simple(_) => account.account_number(),
        Form::Multisig { .. } | Form::Policy(_) => None,
    };
    let alike = others.iter().all(|other| number(other).is_some() && number(other) == number(first));
    if alike { Ok(()) } else { Err(unsupported("coins of these wallets in one transaction".to_owned())) }
}

fn own_of(number: usize, input: &CheckedInput) -> Result<&OwnScript, DeviceError> {
    input.own().ok_or_else(|| about_input(number, "which is not ours: all inputs have to be"))
}

fn plan_input<'a>(
    number: usize,
    input: &'a CheckedInput,
    place: &impl Fn(&OwnScript) -> Option<usize>,
) -> Result<PlannedInput<'a>, DeviceError> {
    let own = own_of(number, input)?;
    let whole = match own.kind() {
        ScriptKind::P2tr => SighashType::Default,
        _ => SighashType::All,
    };
    if input.sighash_type() != whole {
        return Err(about_input(number, "whose signature would not cover everything"));
    }
    let amount_sat = input.amount().sure_sat().filter(|sat| *sat > 0);
    let amount_sat = amount_sat.ok_or_else(|| about_input(number, "whose amount is not proven, or nothing"))?;
    let account = place(own).ok_or_else(|| about_input(number, "of no wallet"))?;
    let (previous, needs_signature) = (input.previous_transaction(), input.needs_signature());
    Ok(PlannedInput { own, account, amount_sat, previous, needs_signature })
}

fn plan_output<'a>(
    number: usize,
    output: &'a CheckedOutput,
    place: &impl Fn(&OwnScript) -> Option<usize>,
) -> Result<PlannedOutput<'a>, DeviceError> {
    let about = |what: &str| unsupported(format!("output {number}, {what}"));
    let to = destination(output.script_pubkey(), output, place)
        .ok_or_else(|| about("whose script the device cannot show or does not know"))?;
    let amount_sat = output.amount_sat();
    match (&to, amount_sat) {
        (Destination::Data(data), _) if data.is_empty() => return Err(about("data of no bytes")),
        (Destination::Data(_), 0) => {}
        (Destination::Data(_), _) => return Err(about("data that burns an amount")),
        (_, 0) => return Err(about("of no amount")),
        _ => {}
    }
    Ok(PlannedOutput { amount_sat, role: output.role(), to })
}

fn destination<'a>(
    script: &Script,
    output: &'a CheckedOutput,
    place: &impl Fn(&OwnScript) -> Option<usize>,
) -> Option<Destination<'a>> {
    let payload = Payload::from_pkscript(script.as_bytes()).ok()?;
    if payload.output_type == BtcOutputType::OpReturn {
        return Some(Destination::Data(payload.data));
    }
    let address = output.address()?.to_owned();
    let own = output.own().filter(|own| own.index() <= LAST_INDEX);
    Some(match own.and_then(|own| Some((own, place(own)?))) {
        Some((own, account)) => Destination::Own { own, account, address },
        None => Destination::Payee { payload, address },
    })
}

fn about_input(number: usize, what: &str) -> DeviceError {
    unsupported(format!("input {number}, {what}"))
}

fn unsupported(what: String) -> DeviceError {
    DeviceError::Unsupported { what: format!("{what}, with a BitBox02") }
}
