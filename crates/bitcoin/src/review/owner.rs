//! Whose a script is, in words.

use vitrine_review::{Address, Proof, Value, escape};

use crate::{InputAmount, OwnScript};

/// Owner of a script, and what proves it.
pub(crate) fn owner(own: Option<&OwnScript>) -> (Value, Proof) {
    match own {
        Some(own) => (Value::Term(describe(own)), derived(own)),
        None => {
            let why = "no registered wallet derives this script".to_owned();
            (Value::Term("not ours".to_owned()), Proof::Unknown("not-derived", why))
        }
    }
}

/// "Treasury, change address 3, m/84'/1'/0'/1/3".
pub(crate) fn describe(own: &OwnScript) -> String {
    let branch = if own.change() { "change" } else { "receive" };
    let mut text = format!("{}, {branch} address {}", escape(own.wallet_name()), own.index());
    for key in own.keys() {
        text.push_str(&format!(", {}/{}", key.fingerprint(), key.path()));
    }
    text
}

/// Proven by the wallet's descriptor.
pub(crate) fn derived(own: &OwnScript) -> Proof {
    Proof::Proven("descriptor", format!("the descriptor of {}", escape(own.wallet_name())))
}

/// What vouches for an input's amount and script.
pub(crate) fn amount_proof(amount: InputAmount) -> Proof {
    match amount {
        InputAmount::Proven(_) => Proof::Proven("previous-transaction", "the previous transaction".to_owned()),
        InputAmount::Bound(_) => Proof::Proven("own-signature", "our own signature, void if it is wrong".to_owned()),
        InputAmount::Claimed(_) => Proof::Claimed("request", "the request".to_owned()),
        InputAmount::Unknown => Proof::Unknown("no-utxo", "the request does not say".to_owned()),
    }
}

/// An address, or that there is none.
pub(crate) fn address_value(address: Option<&str>) -> Value {
    address.map_or_else(|| Value::Term("none".to_owned()), |text| Value::Address(Address::new(text)))
}
