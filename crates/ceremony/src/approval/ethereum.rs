//! The rules of a ceremony for Ethereum.

use std::collections::BTreeMap;

use serde::Deserialize;
use vitrine_review::{Address, Effect, EffectKind, Effects, Quantity, WorstCase};

use super::{Recipients, RuleParts, bounded, limit};

/// What may be lost at worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorstCaseRule {
    /// A number bounds it.
    #[default]
    Bounded,
    /// It need not be bounded: control may change hands, and a right to spend may be unlimited.
    Any,
}

/// What a device must be given of typed data (EIP-712).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypedDataRule {
    /// Every field, so that it hashes them itself.
    #[default]
    Fields,
    /// The two hashes are enough, for a device that takes no more: whoever holds it compares them with the review's.
    Hashes,
}

/// The most of one token that one request may move, and give rights to spend, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLimit {
    /// The token's contract, with its checksum (EIP-55).
    pub contract: String,
    /// Most base units, the first byte the most significant.
    pub max_base_units: [u8; 32],
}

/// Calls whose consequences nobody can state, allowed beforehand by contract and function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCall {
    /// The contract, with its checksum (EIP-55).
    pub contract: String,
    /// The first four bytes of the calls' data; none for typed data, and for calls that have no such bytes.
    pub selector: Option<[u8; 4]>,
    /// Why, for the record.
    pub reason: String,
}

/// Rules for Ethereum. Amounts in wei of the chain's own coin; a rule that is `None` is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EthereumRules {
    /// Most that may leave in the worst case, fee included.
    pub max_amount_wei: Option<u128>,
    /// Largest fee.
    pub max_fee_wei: Option<u128>,
    /// Whether the worst case must be bounded.
    pub worst_case: WorstCaseRule,
    /// What a device must be given of typed data.
    pub typed_data: TypedDataRule,
    /// Tokens that may move; anything may if there is no row.
    pub tokens: Vec<TokenLimit>,
    /// Calls that may have unknown consequences; none may if there is no row.
    pub unknown_calls: Vec<UnknownCall>,
}

impl EthereumRules {
    /// Every rule that is Ethereum's own, in order.
    pub(super) fn judge(&self, effects: &Effects, recipients: Recipients) -> Vec<RuleParts> {
        vec![
            self.worst_case(effects),
            self.amount(effects),
            self.fee(effects),
            self.tokens(effects),
            payees(effects, recipients),
            self.unknown_calls(effects),
        ]
    }

    fn worst_case(&self, effects: &Effects) -> RuleParts {
        match (&effects.worst_case, self.worst_case) {
            (WorstCase::Unbounded(why), WorstCaseRule::Any) => {
                ("The worst case need not be bounded".to_owned(), true, format!("It is not: {why}."))
            }
            (WorstCase::Unbounded(why), WorstCaseRule::Bounded) => {
                ("The worst case is bounded".to_owned(), false, format!("It is not: {why}."))
            }
            (WorstCase::AtMost(_), _) => bounded(effects),
        }
    }

    fn amount(&self, effects: &Effects) -> RuleParts {
        let leaving = effects.leaving.map(|leaving| leaving.base_units());
        let worst = match &effects.worst_case {
            WorstCase::AtMost(amount) => leaving.map(|leaving| leaving.max(amount.base_units())),
            WorstCase::Unbounded(_) if self.worst_case == WorstCaseRule::Any => leaving,
            WorstCase::Unbounded(_) => None,
        };
        let rule = "The amount that leaves in the worst case, fee included, is at most";
        beside_data_fee(limit(rule, self.max_amount_wei, worst, "wei"), self.max_amount_wei, effects)
    }

    /// The fee of all transactions, and what Safes pay back for gas. What has no bound at all is never below the rule.
    fn fee(&self, effects: &Effects) -> RuleParts {
        let fees = effects.list.iter().filter(|e| matches!(e.kind, EffectKind::PaysFee | EffectKind::RefundsGas));
        let mut fees_wei = fees.map(|fee| fee.amount.map(|amount| amount.base_units()));
        let sum = fees_wei.try_fold(0u128, |sum, fee_wei| sum.checked_add(fee_wei?));
        beside_data_fee(limit("The fee is at most", self.max_fee_wei, sum, "wei"), self.max_fee_wei, effects)
    }

    fn unknown_calls(&self, effects: &Effects) -> RuleParts {
        let rule = "Only calls that the folder lists have unknown consequences".to_owned();
        let is_listed = |effect: &&Effect, selector: Option<[u8; 4]>| {
            let contract = effect.address.as_ref().map(Address::as_str);
            self.unknown_calls.iter().any(|row| Some(row.contract.as_str()) == contract && row.selector == selector)
        };
        let (mut listed, mut others) = (0usize, Vec::new());
        for effect in &effects.list {
            match effect.kind {
                EffectKind::Unknown { selector } if is_listed(&effect, selector) => listed = listed.saturating_add(1),
                EffectKind::Unknown { .. } => others.push(effect.role.as_str()),
                _ => {}
            }
        }
        match (others.is_empty(), listed) {
            (true, 0) => (rule, true, "None has.".to_owned()),
            (true, _) => (rule, true, format!("{listed} of them, all listed.")),
            (false, _) => (rule, false, format!("Not listed: {}.", others.join(", "))),
        }
    }

    fn tokens(&self, effects: &Effects) -> RuleParts {
        if self.tokens.is_empty() {
            return ("Any token may leave or be spent".to_owned(), true, "Not limited by the folder.".to_owned());
        }
        let rule = "Only tokens of the folder's list leave or may be spent, each up to its limit".to_owned();
        match self.token_over_limit(effects) {
            None => (rule, true, "Every token keeps its limit.".to_owned()),
            Some(reason) => (rule, false, reason),
        }
    }

    /// The first token that has no row or goes beyond it: what leaves and what may be spent, summed by contract.
    fn token_over_limit(&self, effects: &Effects) -> Option<String> {
        let mut sums: BTreeMap<String, Quantity> = BTreeMap::new();
        for effect in effects.list.iter().filter(|effect| gives_away(effect)) {
            let Some(token) = &effect.token else { continue };
            let contract = token.contract.as_str().to_owned();
            let role = &effect.role;
            let Some(row) = self.tokens.iter().find(|row| row.contract == contract) else {
                return Some(format!("{role}: token {contract} has no row."));
            };
            let Some(quantity) = &token.quantity else {
                return Some(format!("{role}: no number limits what is taken of token {contract}."));
            };
            let sum = sums.get(&contract).map_or(Some(quantity.clone()), |before| before.checked_add(quantity));
            let Some(sum) = sum.filter(|sum| *sum.big_endian() <= row.max_base_units) else {
                let most = Quantity::whole(row.max_base_units).number();
                return Some(format!("{role}: more than {most} base units of token {contract} in all."));
            };
            sums.insert(contract, sum);
        }
        None
    }
}

/// Names what a number does not include: the fee for data that some chains take beside the gas, which nothing bounds.
fn beside_data_fee((rule, passed, reason): RuleParts, most: Option<u128>, effects: &Effects) -> RuleParts {
    let takes_data_fee = effects.list.iter().any(|effect| effect.kind == EffectKind::PaysDataFee);
    if most.is_none() || !takes_data_fee {
        return (rule, passed, reason);
    }
    let beside = "The chain's fee for data is NOT included: nothing in the transaction limits it.";
    (format!("{rule}, the chain's fee for data aside"), passed, format!("{reason} {beside}"))
}

/// Whether somebody gets, or may take, what the effect is about. Taking a right back gives nothing away.
fn gives_away(effect: &Effect) -> bool {
    let is_nothing = effect.token.as_ref().is_some_and(|token| {
        token.quantity.as_ref().is_some_and(|quantity| quantity.big_endian().iter().all(|byte| *byte == 0))
    });
    matches!(effect.kind, EffectKind::Pays | EffectKind::RefundsGas | EffectKind::GrantsSpending) && !is_nothing
}

/// Accounts and Safes of the folder, its address book and the contracts that it names may be paid and may spend.
fn payees(effects: &Effects, recipients: Recipients) -> RuleParts {
    if recipients == Recipients::Any {
        return ("Anybody may be paid".to_owned(), true, "Not limited by the folder.".to_owned());
    }
    let rule = "Only addresses of the address book, and wallets and contracts of the folder, are paid or may spend";
    let known = ["address-book", "account", "safe", "folder-contract"];
    let is_stranger = |effect: &&Effect| gives_away(effect) && !known.contains(&effect.proof.code());
    let strangers: Vec<&str> = effects.list.iter().filter(is_stranger).map(|effect| effect.role.as_str()).collect();
    match strangers.is_empty() {
        true => (rule.to_owned(), true, "Each of them is known to the folder.".to_owned()),
        false => (rule.to_owned(), false, format!("Not known to the folder: {}.", strangers.join(", "))),
    }
}
