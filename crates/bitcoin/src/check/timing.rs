//! When the transaction can move, and who can still replace it.

use bitcoin::absolute::LockTime;
use bitcoin::{Sequence, Transaction, relative};
use vitrine_review::Value;

use super::CheckedInput;
use crate::ScriptKind;
use crate::count::count;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::sighash::Spend;

/// A relative lock above this is cautioned: a week.
const LONG_SECONDS: u64 = 7 * 86_400;

/// Notes the lock time, relative lock times (BIP-68), replaceability (BIP-125) and whether the id is final.
pub(crate) fn note_timing(transaction: &Transaction, inputs: &[CheckedInput], notes: &mut Notes) {
    if let Some(value) = lock_time(transaction) {
        let truth = format!("The transaction is not valid before {}.", value.to_text());
        notes.add("btc.locktime", Some("btc.locktime".to_owned()), Says(truth, "", ""));
    }
    note_relative(transaction, inputs, notes);
    if let Some(n) = inputs.iter().position(|input| input.sequence.is_rbf()) {
        let truth = "The transaction can be replaced by its signers until it is mined.".to_owned();
        let field = Some(format!("{}.sequence", MapKind::Input(n).code()));
        notes.add("btc.replaceable", field, Says(truth, "", ""));
    }
    let (code, truth) = match malleability(inputs) {
        Malleability::Final => return,
        Malleability::Through(n) => {
            ("btc.txid-malleable", format!("Others can change the transaction id, because input {n} is not segwit."))
        }
        Malleability::Untold(n) => (
            "btc.txid-undetermined",
            format!(
                "Whether others can change the transaction id cannot be told: nothing proves the script of input {n}."
            ),
        ),
    };
    let consequence = "Recognise the payment by its outputs, not by its id.";
    notes.add(code, Some("btc.transaction.txid".to_owned()), Says(truth, consequence, ""));
}

fn note_relative(transaction: &Transaction, inputs: &[CheckedInput], notes: &mut Notes) {
    let locks = inputs.iter().enumerate().filter_map(|(n, i)| Some((n, relative_seconds(transaction, i.sequence)?)));
    let locks: Vec<(usize, u64)> = locks.collect();
    let Some((longest, seconds)) = locks.iter().copied().max_by_key(|(_, seconds)| *seconds) else { return };
    let truth = format!("{} can move only some time after the coin was mined.", count(locks.len(), "input"));
    notes.add("btc.relative-locktime", None, Says(truth, "", ""));
    if seconds > LONG_SECONDS {
        let truth = format!("Input {longest} cannot move before {} after its coin was mined.", duration(seconds));
        let consequence = "Until then its signers can spend the same coins elsewhere.";
        let field = Some(format!("{}.sequence", MapKind::Input(longest).code()));
        notes.add("btc.relative-locktime-long", field, Says(truth, consequence, "Ask whether that is meant."));
    }
}

/// The lock time, if it has an effect: not zero, and at least one input is not final.
pub(crate) fn lock_time(transaction: &Transaction) -> Option<Value> {
    let effective = transaction.input.iter().any(|input| input.sequence != Sequence::MAX);
    if !effective || transaction.lock_time == LockTime::ZERO {
        return None;
    }
    Some(lock_time_value(transaction.lock_time))
}

/// A lock time as height or time, whether or not it has an effect.
pub(crate) fn lock_time_value(lock_time: LockTime) -> Value {
    match lock_time {
        LockTime::Blocks(height) => Value::Height(height.to_consensus_u32()),
        LockTime::Seconds(time) => Value::Time(u64::from(time.to_consensus_u32())),
    }
}

/// The relative lock of an input in words; none if there is none, or none of any length (BIP-68).
pub(crate) fn relative_lock(transaction: &Transaction, sequence: Sequence) -> Option<String> {
    let time = duration(relative_seconds(transaction, sequence)?);
    Some(match sequence.to_relative_lock_time()? {
        relative::LockTime::Blocks(blocks) => format!("{} blocks ({time}) after its coin was mined", blocks.value()),
        relative::LockTime::Time(_) => format!("{time} after its coin was mined"),
    })
}

/// How long an input is locked after its coin was mined, a block counted as ten minutes (BIP-68).
fn relative_seconds(transaction: &Transaction, sequence: Sequence) -> Option<u64> {
    if transaction.version.0 < 2 {
        return None;
    }
    let seconds = match sequence.to_relative_lock_time()? {
        relative::LockTime::Blocks(blocks) => u64::from(blocks.value()).saturating_mul(600),
        relative::LockTime::Time(time) => u64::from(time.value()).saturating_mul(512),
    };
    (seconds > 0).then_some(seconds)
}

/// "about 365 days": whole days from two on, hours below, minutes below two hours.
fn duration(seconds: u64) -> String {
    match seconds {
        0..7_200 => format!("about {} minutes", seconds.div_ceil(60)),
        7_200..172_800 => format!("about {} hours", seconds.div_ceil(3_600)),
        _ => format!("about {} days", seconds.div_ceil(86_400)),
    }
}

/// Whether others can change the transaction id after we have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malleability {
    /// Nobody can: all script signatures are empty, or fixed by what the coins are locked to (BIP-141).
    Final,
    /// Through the script signature of this input.
    Through(usize),
    /// What this input's coin is locked to is only claimed, or hidden behind a hash.
    Untold(usize),
}

/// Whether the transaction id is final, as far as the scripts are proven.
pub(crate) fn malleability(inputs: &[CheckedInput]) -> Malleability {
    let fixed: Vec<Option<bool>> = inputs.iter().map(has_fixed_script_sig).collect();
    let open = fixed.iter().position(|fixed| *fixed == Some(false));
    let untold = fixed.iter().position(Option::is_none);
    match (open, untold) {
        (Some(n), _) => Malleability::Through(n),
        (None, Some(n)) => Malleability::Untold(n),
        (None, None) => Malleability::Final,
    }
}

/// Whether nobody can change the script signature of an input; none if that cannot be told.
fn has_fixed_script_sig(input: &CheckedInput) -> Option<bool> {
    // Our own signature is void unless the script is ours; others' scripts count as far as they are proven.
    if input.own.is_none() && input.amount.sure_sat().is_none() {
        return None;
    }
    match input.kind {
        ScriptKind::P2wpkh
        | ScriptKind::P2wsh
        | ScriptKind::P2tr
        | ScriptKind::Anchor
        | ScriptKind::FutureWitness
        | ScriptKind::P2shP2wpkh
        | ScriptKind::P2shP2wsh => Some(true),
        ScriptKind::P2sh => matches!(input.spend, Spend::Legacy(_)).then_some(false),
        ScriptKind::P2pk
        | ScriptKind::P2pkh
        | ScriptKind::BareMultisig
        | ScriptKind::OpReturn
        | ScriptKind::Unknown => Some(false),
    }
}
