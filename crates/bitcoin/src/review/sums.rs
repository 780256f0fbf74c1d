//! Fee and time locks.

use bitcoin::Sequence;
use vitrine_review::{Amount, Proof, Section, Value};

use super::section::{SectionBuilder, computed, term};
use crate::CheckedPsbt;
use crate::check::{FeeAmount, lock_time, lock_time_value};

pub(crate) fn fee_section(checked: &CheckedPsbt) -> Section {
    let mut section = SectionBuilder::new("Fee", "btc", "Fee");
    let sums = &checked.sums;
    let amount = |sat: Option<u64>| {
        sat.map_or_else(
            || term("cannot be known"),
            |sat| Value::Amount(Amount::from_sat(sat, checked.network().unit())),
        )
    };
    section.add("fee", "Fee", amount(sums.fee.fee_sat()), fee_proof(sums.fee));
    section.add("fee-rate", "Fee rate, at least", rate(checked), fee_proof(sums.fee));
    section.add("fee-share", "Share of sent, at most", share(checked), fee_proof(sums.fee));
    let vsize = sums.max_vsize.map_or_else(|| term("cannot be known"), |vsize| Value::Count(vsize, "vB"));
    section.add("max-vsize", "Signed size, at most", vsize, computed());
    section.add("inputs-sum", "All inputs", amount(sums.inputs_sat), fee_proof(sums.fee));
    section.add("outputs-sum", "All outputs", amount(sums.outputs_sat), Proof::signed_bytes());
    section.build()
}

/// What vouches for the fee: the weakest of what vouches for the inputs.
pub(crate) fn fee_proof(fee: FeeAmount) -> Proof {
    match fee {
        FeeAmount::Proven(_) => Proof::Proven("previous-transactions", "the previous transactions".to_owned()),
        FeeAmount::Bound(_) => Proof::Proven("own-signature", "our own signature, void if it is wrong".to_owned()),
        FeeAmount::Claimed(_) => Proof::Claimed("request", "the request".to_owned()),
        FeeAmount::Unknown => Proof::Unknown("no-amounts", "not every input states its amount".to_owned()),
    }
}

/// The fee rate for the largest size, rounded down to a thousandth: the real one is never lower.
fn rate(checked: &CheckedPsbt) -> Value {
    let parts = checked.sums.fee.fee_sat().zip(checked.sums.max_vsize);
    let rate = parts.and_then(|(fee, vsize)| u128::from(fee).checked_mul(1_000)?.checked_div(u128::from(vsize)));
    rate.map_or_else(|| term("cannot be known"), |rate| Value::Amount(Amount::new(rate, 3, "sat/vB")))
}

/// The fee's share of what is sent, rounded up to a hundredth of a percent.
fn share(checked: &CheckedPsbt) -> Value {
    let sums = &checked.sums;
    let Some((fee, sent)) = sums.fee.fee_sat().zip(sums.sent_sat) else { return term("cannot be known") };
    if sent == 0 {
        return term("nothing is sent");
    }
    let share = u128::from(fee).saturating_mul(10_000).div_ceil(u128::from(sent));
    Value::Amount(Amount::new(share, 2, "%"))
}

pub(crate) fn time_section(checked: &CheckedPsbt) -> Section {
    let transaction = checked.transaction();
    let mut section = SectionBuilder::new("Time locks", "btc", "Time locks");
    let stated = lock_time_value(transaction.lock_time);
    section.add("locktime", "Lock time", stated, Proof::signed_bytes());
    let effect = match lock_time(transaction) {
        Some(value) => term(format!("not valid before {}", value.to_text())),
        None => term("none, valid at once"),
    };
    section.add("locktime-effect", "Effect", effect, computed());
    let signals = transaction.input.iter().filter(|input| input.sequence.is_rbf()).count();
    let replaceable = match signals {
        0 => "no input says so, but most nodes replace it all the same".to_owned(),
        _ => format!("yes, {signals} of {} inputs say so", transaction.input.len()),
    };
    section.add("replaceable", "Replaceable", term(replaceable), Proof::signed_bytes());
    let last = transaction.input.iter().filter(|input| input.sequence == Sequence::MAX).count();
    section.add("final-sequences", "Final sequences", Value::Count(last as u64, "inputs"), Proof::signed_bytes());
    section.build()
}
