//! The consequences of signing, one by one.

use vitrine_review::{Address, Amount, Context, Effect, EffectKind, Effects, Proof, WorstCase, escape};

use super::commitments::leaves_open;
use super::names::Standing;
use super::owner::{derived, place};
use super::sums::{fee_proof, fee_shares};
use crate::check::{Malleability, malleability};
use crate::keyvalue::MapKind;
use crate::{CheckedOutput, CheckedPsbt, OutputRole};

pub(crate) fn effects(checked: &CheckedPsbt, context: &Context) -> Effects {
    let list = match checked.message() {
        Some(message) => vec![crate::message::effect(message)],
        None => payments(checked, context),
    };
    // Without wallets nothing is ours, and "nothing leaves" would be as misleading as any other number.
    let leaving = checked.sums.leaving_sat().filter(|_| checked.has_wallets()).map(|sat| amount(checked, sat));
    Effects { list, leaving, worst_case: worst_case(checked), others_can_change: others_can_change(checked) }
}

fn payments(checked: &CheckedPsbt, context: &Context) -> Vec<Effect> {
    let outputs = checked.outputs().iter().enumerate();
    let mut list: Vec<Effect> =
        outputs.map(|(n, output)| of_output(checked, n, output, Standing::of(output, context))).collect();
    list.push(fee(checked));
    list
}

fn amount(checked: &CheckedPsbt, sat: u64) -> Amount {
    Amount::from_sat(sat, checked.network().unit())
}

fn of_output(checked: &CheckedPsbt, n: usize, output: &CheckedOutput, name: Option<Standing<'_>>) -> Effect {
    let paid = amount(checked, output.amount_sat());
    let kind = match output.role() {
        OutputRole::Payee(_) => EffectKind::Pays,
        OutputRole::Transfer => EffectKind::Transfers,
        OutputRole::Change | OutputRole::OwnAddress => EffectKind::ReturnsChange,
        OutputRole::Data => EffectKind::PublishesData,
    };
    let code = MapKind::Output(n).code();
    Effect {
        kind,
        amount: Some(paid),
        token: None,
        role: output.role().name(),
        sentence: sentence(output, name, &paid),
        address: output.silent_payment().or(output.address()).map(Address::new),
        proof: proof(output, name),
        provenance: provenance(checked, n, output, name),
        fields: ["amount", "address", "owner", "script"].iter().map(|f| format!("{code}.{f}")).collect(),
    }
}

/// What says who is paid: our own descriptor, the address book, DNSSEC, or nobody but the bytes themselves.
fn proof(output: &CheckedOutput, name: Option<Standing<'_>>) -> Proof {
    match (output.own(), output.role(), output.label(), name) {
        (Some(own), ..) => derived(own),
        (None, OutputRole::Payee(_), Some(_), _) => Proof::Proven("address-book", "the address book".to_owned()),
        (None, OutputRole::Payee(_), None, Some(standing)) if standing.payee().is_some() => standing.proof(),
        (None, ..) => Proof::signed_bytes(),
    }
}

fn sentence(output: &CheckedOutput, name: Option<Standing<'_>>, paid: &Amount) -> String {
    let wallet = output.own().map(|own| escape(own.wallet_name())).unwrap_or_default();
    if let (OutputRole::Payee(_), None, Some(name)) = (output.role(), output.label(), name.and_then(Standing::payee)) {
        return format!("Sends {paid} to the payment name {name}.");
    }
    match (output.role(), output.label(), output.address()) {
        (OutputRole::Payee(_), Some(label), _) => format!("Sends {paid} to {label}."),
        (OutputRole::Payee(_), None, Some(_)) => format!("Sends {paid} to an address without a name."),
        (OutputRole::Payee(_), None, None) => format!("Sends {paid} to a script without an address."),
        (OutputRole::Transfer, ..) => {
            format!("Moves {paid} to the registered wallet {wallet}, out of the wallet that pays.")
        }
        (OutputRole::Change, ..) => format!("Returns {paid} to this treasury as change."),
        (OutputRole::OwnAddress, ..) => format!("Returns {paid} to this treasury at an address for receiving."),
        (OutputRole::Data, ..) if output.amount_sat() > 0 => format!("Destroys {paid} and publishes data."),
        (OutputRole::Data, ..) => "Publishes data and pays nobody.".to_owned(),
    }
}

fn provenance(checked: &CheckedPsbt, n: usize, output: &CheckedOutput, name: Option<Standing<'_>>) -> Vec<String> {
    let mut lines = Vec::new();
    match (output.own(), output.role(), output.label()) {
        (Some(own), ..) => lines.push(place(own)),
        (None, OutputRole::Payee(_), Some(label)) => {
            lines.push(format!("In the address book as {label}"));
            lines.extend(output.provenance().map(str::to_owned));
        }
        (None, OutputRole::Payee(_), None) if checked.has_book => lines.push("Not in the address book".to_owned()),
        (None, OutputRole::Payee(_), None) => lines.push("The ceremony has no address book".to_owned()),
        (None, ..) => {}
    }
    lines.extend(name.map(Standing::provenance));
    if output.silent_payment().is_some() {
        lines.push("Silent payment address, proven by a DLEQ proof".to_owned());
    }
    lines.push(format!("Output {n}, {}", output.kind().name()));
    lines
}

fn fee(checked: &CheckedPsbt) -> Effect {
    let paid = checked.sums.fee.fee_sat().map(|sat| amount(checked, sat));
    let sentence = match (checked.fee_sat(), &paid) {
        (Some(_), Some(paid)) => format!("Pays the network fee, {paid}."),
        (None, Some(paid)) => format!("Pays a network fee that nobody proved, {paid} if the request is right."),
        (_, None) => "Pays a network fee that cannot be known.".to_owned(),
    };
    Effect {
        kind: EffectKind::PaysFee,
        amount: checked.fee_sat().and(paid),
        token: None,
        role: "Fee".to_owned(),
        sentence,
        address: None,
        proof: fee_proof(checked.sums.fee),
        provenance: fee_shares(checked),
        fields: ["btc.fee", "btc.fee-rate", "btc.fee-share"].map(str::to_owned).to_vec(),
    }
}

/// Without open sighash types exactly what leaves; with them at most all that our inputs hold.
fn worst_case(checked: &CheckedPsbt) -> WorstCase {
    if !checked.has_wallets() {
        return WorstCase::Unbounded("no wallet is registered".to_owned());
    }
    let Some(own_inputs) = checked.sums.own_inputs_sat else {
        let n = checked.inputs().iter().position(|i| i.own().is_some() && i.amount().sure_sat().is_none());
        let which = n.map_or_else(|| "an own input".to_owned(), |n| format!("input {n}"));
        return WorstCase::Unbounded(format!("the amount of {which} is not proven"));
    };
    let fixed = checked.inputs().iter().filter(|i| i.own().is_some()).all(|i| i.sighash_type().fixes_everything());
    match checked.sums.leaving_sat() {
        Some(leaving) if fixed => WorstCase::AtMost(amount(checked, leaving)),
        _ => WorstCase::AtMost(amount(checked, own_inputs)),
    }
}

fn others_can_change(checked: &CheckedPsbt) -> Vec<String> {
    let mut sentences = Vec::new();
    for (n, input) in checked.inputs().iter().enumerate() {
        if input.own().is_some() && !input.sighash_type().fixes_everything() {
            sentences.push(format!("Because of input {n}: {}.", leaves_open(input.sighash_type())));
        }
    }
    sentences.extend(match malleability(checked.inputs()) {
        Malleability::Final => None,
        Malleability::Through(n) => {
            Some(format!("The transaction id, because input {n} is not segwit. Amounts and payees stay."))
        }
        Malleability::Untold(n) => Some(format!(
            "Perhaps the transaction id: nothing proves the script of input {n}. Amounts and payees stay."
        )),
    });
    sentences
}
