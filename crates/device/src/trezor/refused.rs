//! What a model refuses of a plan, by its firmware's version and its settings: said before it is asked.

use trezor_client::protos::MultisigPubkeysOrder;

use super::identity::Model;
use super::plan::{Destination, Plan, unsupported};
use super::weight::Weight;
use crate::error::DeviceError;

/// Most bytes of an `OP_RETURN` output that the first model has room for.
const ONE_DATA_BYTES: usize = 150;

pub(super) fn check_model(plan: &Plan<'_>, model: &Model) -> Result<(), DeviceError> {
    let reason =
        foreign(plan, model).or_else(|| order(plan, model)).or_else(|| data(plan, model)).or_else(|| fee(plan, model));
    reason.map_or(Ok(()), |reason| Err(unsupported(reason)))
}

/// Without a proof that an input is not the device's own, it could be made to spend twice by halves.
fn foreign(plan: &Plan<'_>, model: &Model) -> Option<String> {
    let (number, input) = plan.foreign_inputs().find(|(_, foreign)| !plan.is_verified(foreign))?;
    let unsigned = if input.is_signed() { "whose signature this model does not verify" } else { "not signed yet" };
    let how =
        "it takes such inputs only while its safety checks are set to prompt (trezorctl set safety-checks prompt)";
    (!model.prompts).then(|| format!("input {number}, which is not this device's and is {unsigned}; {how}"))
}

fn order(plan: &Plan<'_>, model: &Model) -> Option<String> {
    let sorted = plan.own_inputs().filter_map(|own| own.multisig.as_ref());
    let is_sorted = |order| order == MultisigPubkeysOrder::LEXICOGRAPHIC;
    let since = if model.one { "1.13.0" } else { "2.8.7" };
    let asked = sorted.into_iter().any(|multisig| is_sorted(multisig.pubkeys_order()));
    (asked && !model.sorts_keys).then(|| format!("a multisig of sorted keys, which firmware knows from {since}"))
}

fn data(plan: &Plan<'_>, model: &Model) -> Option<String> {
    let long = |(number, bytes): (usize, usize)| {
        (bytes > ONE_DATA_BYTES).then(|| format!("output {number}, data of {bytes} bytes: it takes {ONE_DATA_BYTES}"))
    };
    let mut outputs = plan.outputs.iter().enumerate().filter_map(|(number, output)| match &output.to {
        Destination::Data(data) => Some((number, data.len())),
        Destination::Address(_) | Destination::Change { .. } => None,
    });
    outputs.find_map(|output| long(output).filter(|_| model.one))
}

fn fee(plan: &Plan<'_>, model: &Model) -> Option<String> {
    let fee_sat = plan.amounts()?.fee_sat;
    let refuses = !model.one && !model.prompts && Weight::of(plan, model.one).refuses(fee_sat);
    refuses.then(|| format!("a fee of {fee_sat} sat, more than ten times what it takes for high"))
}
