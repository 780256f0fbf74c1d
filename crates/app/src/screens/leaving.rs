//! What leaves, in words: of the chain's own coin, or of the tokens where nothing else leaves.

use vitrine_review::{Effect, Effects, Quantity, TokenAmount, WorstCase};

use super::frame::counted;
use crate::components as c;

/// Longest reason that stands in the strip whole; longer ones stand with the effects.
const SHORT: usize = 60;

/// The strip's cell.
pub fn leaving(effects: &Effects) -> c::Leaving {
    let (worst, worst_is_caution) = worst(effects);
    match shown(effects) {
        None => c::Leaving::Unknown { worst },
        Some(Shown { number, unit, rest }) if rest > 0 => {
            let worst = format!("and {}. {worst}", counted(rest, "other asset"));
            c::Leaving::Known { number, unit, worst, worst_is_caution: true }
        }
        Some(Shown { number, unit, .. }) => c::Leaving::Known { number, unit, worst, worst_is_caution },
    }
}

/// The same in one line.
pub fn leaving_line(effects: &Effects) -> String {
    match shown(effects) {
        None => "cannot be known".to_owned(),
        Some(Shown { number, unit, rest: 0 }) => format!("{number} {unit}"),
        Some(Shown { number, unit, rest }) => format!("{number} {unit}, and {}", counted(rest, "other asset")),
    }
}

/// How much of what an effect moves, or lets others move; none if it is about no asset.
pub fn moved(effect: &Effect) -> Option<String> {
    match (&effect.amount, &effect.token) {
        (Some(amount), _) => Some(amount.to_string()),
        (None, Some(TokenAmount { quantity: Some(quantity), .. })) => Some(with_unit(quantity)),
        (None, Some(TokenAmount { quantity: None, .. })) => Some("UNLIMITED".to_owned()),
        (None, None) => None,
    }
}

/// A quantity with its unit, or said to be of base units.
pub fn with_unit(quantity: &Quantity) -> String {
    format!("{} {}", quantity.number(), unit(quantity))
}

fn unit(quantity: &Quantity) -> String {
    if quantity.unit().is_empty() { "base units".to_owned() } else { vitrine_review::escape(quantity.unit()) }
}

/// A total and its unit, and how many other assets leave.
struct Shown {
    number: String,
    unit: String,
    rest: usize,
}

fn shown(effects: &Effects) -> Option<Shown> {
    let coin = effects.leaving?;
    let tokens = effects.tokens_leaving();
    match tokens.first() {
        Some(token) if coin.base_units() == 0 => {
            let quantity = token.quantity.as_ref()?;
            Some(Shown { number: quantity.number(), unit: unit(quantity), rest: tokens.len().saturating_sub(1) })
        }
        _ => Some(Shown { number: coin.number(), unit: coin.unit().to_owned(), rest: tokens.len() }),
    }
}

fn worst(effects: &Effects) -> (String, bool) {
    let only_coin = effects.tokens_leaving().is_empty();
    match (&effects.worst_case, effects.leaving) {
        (WorstCase::AtMost(worst), Some(leaving)) if *worst == leaving && only_coin => {
            (format!("Worst case {worst}, the same"), false)
        }
        (WorstCase::AtMost(worst), Some(leaving)) if *worst == leaving => ("Worst case: the same".to_owned(), false),
        (WorstCase::AtMost(worst), _) => (format!("Worst case {worst}"), true),
        (WorstCase::Unbounded(why), _) if why.len() <= SHORT => (format!("Worst case: {why}"), true),
        (WorstCase::Unbounded(_), _) => ("Worst case: no number bounds it".to_owned(), true),
    }
}
