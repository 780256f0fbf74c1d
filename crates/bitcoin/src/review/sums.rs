//! Fee and time locks.

use bitcoin::Sequence;
use vitrine_review::{Amount, Context, Proof, Section, Value};

use super::section::{SectionBuilder, computed, term};
use crate::CheckedPsbt;
use crate::check::{FeeAmount, HIGH_FEE_RATE, HIGH_FEE_SAT, HIGH_FEE_SHARE, lock_time, lock_time_value, relative_lock};

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
    section.add("fee-rate", "Fee rate, at least", rate(checked, sums.max_vsize, div), fee_proof(sums.fee));
    section.add(
        "fee-rate-most",
        "Fee rate, at most",
        rate(checked, sums.min_vsize, u128::div_ceil),
        fee_proof(sums.fee),
    );
    section.add("fee-worst", "Fee, worst case", worst_fee(checked), computed());
    section.add("fee-share", "Share of sent, at most", share(checked), fee_proof(sums.fee));
    let vsize = sums.max_vsize.map_or_else(|| term("cannot be known"), |vsize| Value::Count(vsize, "vB"));
    section.add("max-vsize", "Signed size, at most", vsize, computed());
    let vsize = sums.min_vsize.map_or_else(|| term("cannot be known"), |vsize| Value::Count(vsize, "vB"));
    section.add("min-vsize", "Signed size, at least", vsize, computed());
    section.add("fee-limits", "Three limits", term(limits(checked)), computed());
    section.add("inputs-sum", "All inputs", amount(sums.inputs_sat), fee_proof(sums.fee));
    section.add("outputs-sum", "All outputs", amount(sums.outputs_sat), Proof::signed_bytes());
    section.build()
}

/// The fee in proportion, one sentence each: by size, and by what is sent.
pub(crate) fn fee_shares(checked: &CheckedPsbt) -> Vec<String> {
    let sums = &checked.sums;
    let least = rate(checked, sums.max_vsize, div);
    let most = rate(checked, sums.min_vsize, u128::div_ceil);
    let by_size = match (least, most) {
        (Value::Amount(least), Value::Amount(most)) => Some(format!("{} to {most}", least.number())),
        (Value::Amount(least), _) => Some(format!("at least {least}")),
        (_, Value::Amount(most)) => Some(format!("at most {most}")),
        _ => None,
    };
    let of_sent = match share(checked) {
        Value::Amount(share) => Some(format!("{share} of what is sent")),
        _ => None,
    };
    by_size.into_iter().chain(of_sent).collect()
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

/// The fee rate for a size, in thousandths. For the largest size rounded down, for the smallest up: the real one lies
/// between.
fn rate(checked: &CheckedPsbt, vsize: Option<u64>, divide: fn(u128, u128) -> u128) -> Value {
    let parts = checked.sums.fee.fee_sat().zip(vsize.filter(|vsize| *vsize > 0));
    let rate = parts.and_then(|(fee, vsize)| Some(divide(u128::from(fee).checked_mul(1_000)?, u128::from(vsize))));
    rate.map_or_else(|| term("cannot be known"), |rate| Value::Amount(Amount::new(rate, 3, "sat/vB")))
}

fn div(a: u128, b: u128) -> u128 {
    a.checked_div(b).unwrap_or(0)
}

/// What could become fee of our coins, whatever others do after we signed.
fn worst_fee(checked: &CheckedPsbt) -> Value {
    let amount = |sat| Value::Amount(Amount::from_sat(sat, checked.network().unit()));
    let mut own = checked.inputs().iter().filter(|input| input.own().is_some()).peekable();
    if own.peek().is_none() {
        return term("nothing is ours");
    }
    let fixed = own.all(|input| input.sighash_type().fixes_everything());
    match (checked.fee_sat(), checked.sums.own_inputs_sat) {
        (Some(fee), _) if fixed => amount(fee),
        // Outputs that others choose can be none: everything that we put in is fee.
        (_, Some(sat)) => amount(if fixed { checked.sums.leaving_sat().unwrap_or(sat) } else { sat }),
        (_, None) => term("no bound, an own amount is not proven"),
    }
}

/// The limits that caution, each on its own, and whether the fee keeps to them.
fn limits(checked: &CheckedPsbt) -> String {
    let sums = &checked.sums;
    let Some(fee) = checked.fee_sat() else { return "cannot be compared, the fee is not proven".to_owned() };
    let word = |above: bool| if above { "ABOVE" } else { "kept" };
    let share = u128::from(fee).saturating_mul(100);
    let of_sent = u128::from(sums.sent_sat.unwrap_or(0)).saturating_mul(u128::from(HIGH_FEE_SHARE));
    let by_share = sums.sent_sat.is_some_and(|sent| sent > 0) && share > of_sent;
    let by_rate = sums.max_vsize.map(|v| u128::from(fee) > u128::from(v).saturating_mul(u128::from(HIGH_FEE_RATE)));
    format!(
        "{} by itself: {}; {HIGH_FEE_SHARE} % of what is sent: {}; {HIGH_FEE_RATE} sat/vB: {}",
        Amount::from_sat(HIGH_FEE_SAT, checked.network().unit()),
        word(fee > HIGH_FEE_SAT),
        word(by_share),
        by_rate.map_or("cannot be known", word)
    )
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

pub(crate) fn time_section(checked: &CheckedPsbt, context: &Context) -> Section {
    let transaction = checked.transaction();
    let mut section = SectionBuilder::new("Time locks", "btc", "Time locks");
    let stated = lock_time_value(transaction.lock_time);
    section.add("locktime", "Lock time", stated, Proof::signed_bytes());
    let effect = match lock_time(transaction) {
        Some(value) => term(format!("cannot move before {}", value.to_text())),
        None => term("none, valid at once"),
    };
    section.add("locktime-effect", "Effect", effect, computed());
    let locks = checked.inputs().iter().enumerate().filter_map(|(n, input)| {
        let lock = relative_lock(transaction, input.sequence())?;
        Some(format!("input {n} cannot move before {lock}"))
    });
    let locks: Vec<String> = locks.collect();
    let relative = match locks.split_first() {
        None => "none".to_owned(),
        Some((first, [])) => first.clone(),
        Some((first, rest)) => format!("{first}; {} more inputs are locked, as their sequences say", rest.len()),
    };
    section.add("relative-locks", "Relative locks", term(relative), Proof::signed_bytes());
    let signals = transaction.input.iter().filter(|input| input.sequence.is_rbf()).count();
    let replaceable = match signals {
        0 => "no input says so, but most nodes replace it all the same".to_owned(),
        _ => format!("yes, {signals} of {} inputs say so (BIP-125)", transaction.input.len()),
    };
    section.add("replaceable", "Replaceable", term(replaceable), Proof::signed_bytes());
    let last = transaction.input.iter().filter(|input| input.sequence == Sequence::MAX).count();
    section.add("final-sequences", "Final sequences", Value::Count(last as u64, "inputs"), Proof::signed_bytes());
    let by_ceremony = || Proof::Claimed("ceremony", "the ceremony; compare it with a clock".to_owned());
    if let Some(time) = context.stated_time {
        section.add("stated-time", "Stated time", Value::Time(time), by_ceremony());
    }
    if let Some(height) = context.stated_height {
        section.add("stated-height", "Stated height", Value::Height(height), by_ceremony());
    }
    section.build()
}
