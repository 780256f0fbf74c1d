//! Whose a script is, in words.

use vitrine_review::{Address, Proof, Value, escape};

use crate::leaf::is_nobodys_key;
use crate::{CheckedInput, InputAmount, OwnKey, OwnScript};

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

/// "Treasury, change address 3, 5c9e228d/84'/1'/0'/1/3", with the path of every key.
fn describe(own: &OwnScript) -> String {
    let mut text = place(own);
    for key in own.keys() {
        text.push_str(&format!(", {}/{}", key.fingerprint(), key.path()));
    }
    text
}

/// "Treasury, change address 3".
pub(crate) fn place(own: &OwnScript) -> String {
    let branch = if own.change() { "change" } else { "receive" };
    format!("{}, {branch} address {}", escape(own.wallet_name()), own.index())
}

/// Whether nobody knows the private key (BIP-341): it stands there so that only scripts can spend.
fn is_nobodys(key: &OwnKey) -> bool {
    is_nobodys_key(&key.public_key().inner.x_only_public_key().0)
}

/// "2 of 3: A. Brandt, R. Tanaka, J. Lindqvist"; none for a wallet with one key that has no name.
pub(crate) fn cosigners(own: &OwnScript) -> Option<String> {
    let mut holders: Vec<String> = Vec::new();
    for holder in own.keys().iter().filter(|key| !key.is_aggregate() && !is_nobodys(key)).map(OwnKey::holder) {
        if !holders.contains(&holder) {
            holders.push(holder);
        }
    }
    let named = own.keys().iter().any(|key| key.cosigner().is_some());
    let list = holders.join(", ");
    match own.threshold() {
        Some((k, n)) => Some(format!("{k} of {n}: {list}")),
        None if own.keys().len() > 1 => Some(format!("as its script says: {list}")),
        None => named.then_some(list),
    }
}

/// Who has signed already, and how many are still missing: "A. Brandt; 1 more needed".
pub(crate) fn signed_by(input: &CheckedInput) -> Option<String> {
    let signers = input.signers();
    if signers.is_empty() {
        return None;
    }
    let names = signers.join(", ");
    Some(match input.missing_signatures() {
        Some(0) => format!("{names}; enough"),
        Some(missing) => format!("{names}; {missing} more needed"),
        None => names,
    })
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
