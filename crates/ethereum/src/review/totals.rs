//! What leaves in all, and the worst case.

use alloy_primitives::{Address, U256};
use vitrine_review::{Amount, Effect, EffectKind, Effects, Notes, Proof, Says, WorstCase};

use super::{Names, effects};
use crate::check::CheckedRequest;
use crate::effect::{Asset, Consequence, Entry, Limit};
use crate::interface::{DataFee, data_fee};
use crate::request::Payload;

/// A tenth of the chain's own coin: more than ordinary transactions of any kind have paid for long.
const HIGH_FEE_WEI: U256 = U256::from_limbs([100_000_000_000_000_000, 0, 0, 0]);

/// All effects of a request, its fee last.
pub(super) fn effects(checked: &CheckedRequest, notes: &mut Notes) -> Effects {
    let mut list = effects::effects(checked.tree(), checked.ledger(), checked.known(), notes);
    if let Payload::Message(_) = checked.payload() {
        list.push(plain(EffectKind::SignsMessage, "Message", "Signs a message. Nothing moves.".to_owned(), None));
    }
    let fee = fee_wei(checked);
    let currency = checked.known().currency();
    if let Payload::Transaction(_) = checked.payload() {
        let amount = fee.and_then(|fee| amount(fee, currency));
        let what = amount.map_or("an amount out of range".to_owned(), |amount| amount.to_string());
        let sentence = format!("Pays at most {what} to the network.");
        if fee.is_none_or(|fee| fee > HIGH_FEE_WEI) {
            let says = Says(sentence.clone(), "Whoever builds the block keeps it.", "Ask why it is that high.");
            notes.add("eth.fee-high", Some("eth.tx.worst-case-fee".to_owned()), says);
        }
        list.push(plain(EffectKind::PaysFee, "Fee", sentence, amount));
        list.extend(pays_data_fee(checked, notes));
    }
    let leaving = leaving_wei(checked.ledger(), fee).and_then(|wei| amount(wei, currency));
    let worst_case = worst_case(checked.ledger(), leaving);
    Effects { list, leaving, worst_case, others_can_change: others(checked) }
}

/// What a chain takes beside gas times price, where it takes such a fee or nobody knows whether it does.
fn pays_data_fee(checked: &CheckedRequest, notes: &mut Notes) -> Option<Effect> {
    let chain_id = checked.chain_id().unwrap_or_default();
    let (sentence, consequence) = match data_fee(chain_id) {
        DataFee::Within => return None,
        DataFee::Beside => (
            "Pays the chain's fee for data on the chain below as well: nothing in the transaction limits it.",
            "The largest fee does not include it. The chain sets it when it includes the transaction.",
        ),
        DataFee::Unknown => (
            "May pay a fee for data on a chain below as well: nobody knows whether this chain takes one.",
            "The largest fee does not include it.",
        ),
    };
    let action = "Keep little more of the coin on the account than the transaction needs.";
    let field = Some("eth.tx.worst-case-fee".to_owned());
    notes.add("eth.data-fee", field, Says(sentence.to_owned(), consequence, action));
    Some(plain(EffectKind::PaysDataFee, "Fee for data", sentence.to_owned(), None))
}

fn plain(kind: EffectKind, role: &str, sentence: String, amount: Option<Amount>) -> Effect {
    Effect {
        kind,
        amount,
        token: None,
        role: role.to_owned(),
        sentence,
        address: None,
        proof: Proof::signed_bytes(),
        provenance: Vec::new(),
        fields: Vec::new(),
    }
}

fn amount(wei: U256, currency: &'static str) -> Option<Amount> {
    Some(Amount::new(u128::try_from(wei).ok()?, 18, currency))
}

fn fee_wei(checked: &CheckedRequest) -> Option<U256> {
    match checked.payload() {
        Payload::Transaction(transaction) => Some(transaction.worst_case_fee_wei()),
        Payload::TypedData(_) | Payload::Message(_) | Payload::SafeBundle(_) => Some(U256::ZERO),
    }
}

/// Native coin that leaves any account, refunds and fee included. What one of the accounts passes on to another of
/// the same tree is counted each time: the sum is an upper bound.
fn leaving_wei(entries: &[Entry], fee: Option<U256>) -> Option<U256> {
    entries.iter().try_fold(fee?, |sum, entry| match &entry.consequence {
        Consequence::Leaves { asset: Asset::Native, amount, from, to } if *to != Some(*from) => {
            sum.checked_add(*amount)
        }
        Consequence::Refunds { asset: Asset::Native, most, .. } => sum.checked_add((*most)?),
        _ => Some(sum),
    })
}

/// The worst case in the native coin; unbounded where somebody may take what no number limits.
fn worst_case(entries: &[Entry], leaving: Option<Amount>) -> WorstCase {
    for entry in entries {
        if let Some(why) = unbounded(&entry.consequence) {
            return WorstCase::Unbounded(why);
        }
    }
    leaving.map_or_else(|| WorstCase::Unbounded("the sum is out of range".to_owned()), WorstCase::AtMost)
}

fn unbounded(consequence: &Consequence) -> Option<String> {
    let who = |account: &Address| account.to_checksum(None);
    Some(match consequence {
        Consequence::RunsAs { account, .. } => format!("foreign code runs as {}", who(account)),
        Consequence::Unknown { .. } => "a call has consequences that nobody can state".to_owned(),
        Consequence::Refunds { most: None, .. } => "nothing limits the refund of gas".to_owned(),
        Consequence::MaySpend { limit: Limit::Unlimited, spender, .. } => {
            format!("{} may spend without limit", who(spender))
        }
        Consequence::Controls { what, over, .. } if what.hands_over() => format!("control over {} changes", who(over)),
        _ => return None,
    })
}

fn others(checked: &CheckedRequest) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(signing) = checked.safe() {
        let executes = "Whoever has enough owners' signatures chooses when the Safe's transaction is executed.";
        sentences.push(executes.to_owned());
        if signing.transaction.safe_tx_gas.is_zero() && signing.transaction.gas_price.is_zero() {
            sentences.push("A failed inner call makes the whole transaction fail; it can be sent again.".to_owned());
        }
    }
    if let Payload::TypedData(_) = checked.payload() {
        sentences.push("Whoever has the signature chooses when it is used, or whether.".to_owned());
    }
    sentences
}
