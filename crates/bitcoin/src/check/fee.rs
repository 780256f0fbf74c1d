//! Sums: what comes in, what goes out, what the network gets.

use std::collections::BTreeSet;

use bitcoin::{Psbt, Transaction};
use vitrine_review::Amount;

use super::size::{max_vsize, min_vsize};
use super::{CheckedInput, CheckedOutput, OutputRole};
use crate::Network;
use crate::count::count;
use crate::findings::{Notes, Says};

/// All coins there can ever be, in satoshis.
const MAX_MONEY_SAT: u64 = 21_000_000 * 100_000_000;
/// A fee above this is cautioned: 0.01 BTC.
pub(crate) const HIGH_FEE_SAT: u64 = 1_000_000;
/// A fee rate above this is cautioned, in sat/vB.
pub(crate) const HIGH_FEE_RATE: u64 = 500;
/// A fee above this share of the amount sent is cautioned, in percent.
pub(crate) const HIGH_FEE_SHARE: u64 = 5;

/// What is known of the fee, in satoshis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeeAmount {
    /// All inputs are proven by their previous transactions.
    Proven(u64),
    /// All inputs are proven, or bound by our own taproot signature.
    Bound(u64),
    /// Some input is only claimed.
    Claimed(u64),
    /// Some input is not known, or the sums make no sense.
    Unknown,
}

impl FeeAmount {
    pub(crate) const fn fee_sat(self) -> Option<u64> {
        match self {
            Self::Proven(sat) | Self::Bound(sat) | Self::Claimed(sat) => Some(sat),
            Self::Unknown => None,
        }
    }
}

/// Sums of a request, in satoshis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) fee: FeeAmount,
    /// Sum of all inputs, if all are known.
    pub(crate) inputs_sat: Option<u64>,
    pub(crate) outputs_sat: Option<u64>,
    /// Sum of own inputs, if all of them are sure.
    pub(crate) own_inputs_sat: Option<u64>,
    /// The part of it that comes from wallets that pay; the others get more than they put in.
    paid_in_sat: Option<u64>,
    /// Sum of what comes back to the wallets that pay.
    pub(crate) returned_sat: Option<u64>,
    /// Sum of what goes elsewhere, data and other registered wallets included.
    pub(crate) sent_sat: Option<u64>,
    /// Largest virtual size when signed.
    pub(crate) max_vsize: Option<u64>,
    /// Smallest virtual size when signed.
    pub(crate) min_vsize: Option<u64>,
}

impl Sums {
    /// A message moves nothing and pays no fee, whatever its inputs hold.
    pub(crate) const fn of_message() -> Self {
        let nothing = Some(0);
        Self {
            fee: FeeAmount::Unknown,
            inputs_sat: None,
            outputs_sat: nothing,
            own_inputs_sat: nothing,
            paid_in_sat: nothing,
            returned_sat: nothing,
            sent_sat: nothing,
            max_vsize: None,
            min_vsize: None,
        }
    }

    /// What leaves the wallets that pay, fee included; none if it cannot be known.
    pub(crate) fn leaving_sat(&self) -> Option<u64> {
        Some(self.own_inputs_sat.and(self.paid_in_sat)?.saturating_sub(self.returned_sat?))
    }
}

/// Adds everything up and judges it.
pub(crate) fn check_sums(
    psbt: &Psbt,
    inputs: &[CheckedInput],
    outputs: &[CheckedOutput],
    network: Network,
    notes: &mut Notes,
) -> Sums {
    note_ranges(inputs, outputs, notes);
    let all = inputs.iter().map(CheckedInput::amount_sat);
    let own = || inputs.iter().filter_map(|input| Some((input.own()?.wallet(), input.amount.sure_sat())));
    let transfers = outputs.iter().filter(|output| output.role == OutputRole::Transfer);
    let paid: BTreeSet<usize> = transfers.filter_map(|output| Some(output.own()?.wallet())).collect();
    let outputs_of = |back: bool| outputs.iter().filter(move |o| o.is_returned() == back).map(|o| Some(o.amount_sat));
    let (inputs_sat, outputs_sat) = (sum(all), sum(outputs.iter().map(|o| Some(o.amount_sat))));
    let sums = Sums {
        fee: fee(inputs, inputs_sat, outputs_sat, notes),
        inputs_sat,
        outputs_sat,
        own_inputs_sat: sum(own().map(|(_, sat)| sat)),
        paid_in_sat: sum(own().filter(|(wallet, _)| !paid.contains(wallet)).map(|(_, sat)| sat)),
        returned_sat: sum(outputs_of(true)),
        sent_sat: sum(outputs_of(false)),
        max_vsize: max_vsize(&psbt.unsigned_tx, inputs, &psbt.inputs),
        min_vsize: min_vsize(&psbt.unsigned_tx, inputs),
    };
    note_bound(inputs, notes);
    note_fee(&sums, network, notes);
    note_shape(&psbt.unsigned_tx, outputs, notes);
    sums
}

/// A sum within the range of money; none if a part is missing.
fn sum(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let mut total = 0u64;
    for part in parts {
        total = total.checked_add(part?).filter(|total| *total <= MAX_MONEY_SAT)?;
    }
    Some(total)
}

fn note_ranges(inputs: &[CheckedInput], outputs: &[CheckedOutput], notes: &mut Notes) {
    let inputs = inputs.iter().enumerate().filter_map(|(n, i)| Some(("input", n, i.amount_sat()?)));
    let outputs = outputs.iter().enumerate().map(|(n, o)| ("output", n, o.amount_sat));
    let (mut of_inputs, mut of_outputs) = (0u128, 0u128);
    for (what, n, sat) in inputs.chain(outputs) {
        let total = if what == "input" { &mut of_inputs } else { &mut of_outputs };
        *total = total.saturating_add(u128::from(sat));
        if *total > u128::from(MAX_MONEY_SAT) {
            let truth = format!("With {what} {n} the {what}s add up to more than all coins there can ever be.");
            let action = "Do not sign. Ask for the request again from the wallet that made it.";
            let says = Says(truth, "No node accepts that.", action);
            notes.add("btc.amount-out-of-range", Some(format!("btc.{what}[{n}].amount")), says);
            return;
        }
    }
}

fn fee(inputs: &[CheckedInput], paid_in: Option<u64>, paid_out: Option<u64>, notes: &mut Notes) -> FeeAmount {
    let (Some(paid_in), Some(paid_out)) = (paid_in, paid_out) else { return FeeAmount::Unknown };
    let Some(fee) = paid_in.checked_sub(paid_out) else {
        let truth = "The outputs are larger than the inputs.".to_owned();
        let action = "Do not sign. Ask for the request again from the wallet that made it.";
        notes.add(
            "btc.outputs-exceed-inputs",
            Some("btc.fee".to_owned()),
            Says(truth, "No node accepts that.", action),
        );
        return FeeAmount::Unknown;
    };
    use super::InputAmount::{Bound, Proven};
    if inputs.iter().all(|input| matches!(input.amount, Proven(_))) {
        FeeAmount::Proven(fee)
    } else if inputs.iter().all(|input| matches!(input.amount, Proven(_) | Bound(_))) {
        FeeAmount::Bound(fee)
    } else {
        FeeAmount::Claimed(fee)
    }
}

/// Amounts without a previous transaction that nobody can lie about all the same.
fn note_bound(inputs: &[CheckedInput], notes: &mut Notes) {
    let is_bound = |input: &CheckedInput| matches!(input.amount, super::InputAmount::Bound(_));
    let Some(first) = inputs.iter().position(is_bound) else { return };
    let bound = count(inputs.iter().filter(|input| is_bound(input)).count(), "amount");
    let truth = format!("{bound} of inputs come without their previous transactions.");
    let consequence = "Our own taproot signature commits to them: it is void if one is wrong.";
    notes.add("btc.amount-bound", Some(format!("btc.input[{first}].amount")), Says(truth, consequence, ""));
}

fn note_fee(sums: &Sums, network: Network, notes: &mut Notes) {
    let mut note = |code, field: &str, truth: String, consequence: &str, action: &str| {
        notes.add(code, Some(field.to_owned()), Says(truth, consequence, action));
    };
    let Some(fee_sat) = sums.fee.fee_sat().filter(|_| !matches!(sums.fee, FeeAmount::Claimed(_))) else {
        let truth = "The fee cannot be known, because an amount is not proven.".to_owned();
        let consequence = "It could be any part of what the inputs hold.";
        let action = "Ask for the request with full previous transactions.";
        return note("btc.fee-unknown", "btc.fee", truth, consequence, action);
    };
    let fee = Amount::from_sat(fee_sat, network.unit());
    let action = "Ask for the request with a lower fee.";
    if fee_sat > HIGH_FEE_SAT {
        let limit = Amount::from_sat(HIGH_FEE_SAT, network.unit());
        let truth = format!("The fee is {fee}, more than {limit}.");
        note("btc.fee-high", "btc.fee", truth, "The miner keeps it.", action);
    }
    let sent = sums.sent_sat.unwrap_or(0);
    if sent > 0 && u128::from(fee_sat) * 100 > u128::from(sent) * u128::from(HIGH_FEE_SHARE) {
        let truth = format!("The fee is more than {HIGH_FEE_SHARE} % of the amount sent.");
        note("btc.fee-share-high", "btc.fee", truth, "The miner keeps it.", action);
    }
    if let Some(vsize) = sums.max_vsize {
        if u128::from(fee_sat) > u128::from(vsize) * u128::from(HIGH_FEE_RATE) {
            let truth = format!("The fee rate is more than {HIGH_FEE_RATE} sat/vB.");
            note("btc.fee-rate-high", "btc.fee-rate", truth, "The miner keeps it.", action);
        } else if fee_sat < vsize {
            let truth = "The fee rate can be below 1 sat/vB.".to_owned();
            note("btc.fee-rate-low", "btc.fee-rate", truth, "The network may not relay it.", "");
        }
    }
}

fn note_shape(transaction: &Transaction, outputs: &[CheckedOutput], notes: &mut Notes) {
    if transaction.output.is_empty() {
        let truth = "The transaction has no outputs.".to_owned();
        let says = Says(truth, "Everything would go to the miner.", "Do not sign.");
        notes.add("btc.no-outputs", Some("btc.transaction.output-count".to_owned()), says);
    } else if outputs.iter().all(|o| o.own.is_some()) {
        let truth = "The transaction pays nobody but this treasury.".to_owned();
        let moves = outputs.iter().any(|o| o.role == OutputRole::Transfer);
        let consequence = if moves { "Only the fee leaves its registered wallets." } else { "Only the fee leaves." };
        notes.add("btc.self-transfer", None, Says(truth, consequence, ""));
    }
}
