//! What functions of a Safe do to who controls it.

use alloy_primitives::U256;

use super::{Asset, Consequence, Control, Here, Subject};
use crate::call::Via;

/// A Safe account: owners, threshold, modules, guards, handler, code, refunds, approved hashes.
pub(super) fn account(at: &Here<'_>) -> Option<Vec<Consequence>> {
    use Subject::{Account, AccountWith, Number};
    let one = |what, subject| Some(vec![at.controls(what, subject)]);
    match at.name() {
        "addOwnerWithThreshold" => one(Control::OwnerAdded, AccountWith(at.address(0)?, at.uint(1)?)),
        "removeOwner" => one(Control::OwnerRemoved, AccountWith(at.address(1)?, at.uint(2)?)),
        "swapOwner" => Some(vec![
            at.controls(Control::OwnerRemoved, Account(at.address(1)?)),
            at.controls(Control::OwnerAdded, Account(at.address(2)?)),
        ]),
        "changeThreshold" => one(Control::Threshold, Number(at.uint(0)?)),
        "enableModule" => one(Control::ModuleEnabled, Account(at.address(0)?)),
        "disableModule" => one(Control::ModuleDisabled, Account(at.address(1)?)),
        "setGuard" | "setModuleGuard" => one(Control::Guard, Account(at.address(0)?)),
        "setFallbackHandler" => one(Control::FallbackHandler, Account(at.address(0)?)),
        "changeMasterCopy" => one(Control::Implementation, Account(at.address(0)?)),
        // What the hash stands for is shown, as a call within.
        "approveHash" if at.call.inner.iter().any(|call| call.via == Via::Approved) => Some(Vec::new()),
        "approveHash" => one(Control::HashApproved, Subject::Hash(at.word(0)?)),
        "execTransaction" => exec_transaction(at),
        "execTransactionFromModule" | "execTransactionFromModuleReturnData" => Some(Vec::new()),
        "setup" => setup(at),
        _ => None,
    }
}

/// `execTransaction(to, value, data, operation, safeTxGas, baseGas, gasPrice, gasToken, refundReceiver, signatures)`.
fn exec_transaction(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let refund = Refund { gas_price: at.uint(6)?, gas_token: at.address(7)?, refund_receiver: at.address(8)? };
    Some(refund.consequence(at.this()).into_iter().collect())
}

/// The parameters of a SafeTx by which its executor is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) gas_price: U256,
    pub(crate) gas_token: alloy_primitives::Address,
    pub(crate) refund_receiver: alloy_primitives::Address,
}

impl Refund {
    /// What leaves the Safe: the gas used plus `baseGas`, times `gasPrice`; with a price of 0 nothing is paid.
    ///
    /// Nothing that is signed limits it: `safeTxGas` limits the inner call's own gas, while the Safe pays for the gas
    /// around that call as well (`gasUsed` of `execTransaction`), up to 1.1.1 even for that of checking the signatures.
    pub(crate) fn consequence(&self, safe: alloy_primitives::Address) -> Option<Consequence> {
        if self.gas_price.is_zero() {
            return None;
        }
        let asset = if self.gas_token.is_zero() { Asset::Native } else { Asset::Token(self.gas_token) };
        let receiver = (!self.refund_receiver.is_zero()).then_some(self.refund_receiver);
        Some(Consequence::Refunds { safe, asset, most: None, receiver })
    }
}

/// `setup(owners, threshold, to, data, fallbackHandler, paymentToken, payment, paymentReceiver)`.
fn setup(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let owners = at.node(0)?.list()?;
    let mut found: Vec<Consequence> = Vec::new();
    for owner in owners {
        found.push(at.controls(Control::OwnerAdded, Subject::Account(owner.address()?)));
    }
    found.push(at.controls(Control::Threshold, Subject::Number(at.uint(1)?)));
    found.push(at.controls(Control::FallbackHandler, Subject::Account(at.address(4)?)));
    let (token, payment, receiver) = (at.address(5)?, at.uint(6)?, at.address(7)?);
    if !payment.is_zero() {
        let asset = if token.is_zero() { Asset::Native } else { Asset::Token(token) };
        let receiver = (!receiver.is_zero()).then_some(receiver);
        found.push(Consequence::Refunds { safe: at.this(), asset, most: Some(payment), receiver });
    }
    Some(found)
}

/// `signMessage(bytes)`: the Safe's signature of a message, for ever valid (ERC-1271).
pub(super) fn sign_message(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let message = at.node(0)?.bytes()?;
    let hash = alloy_primitives::keccak256(message.bytes());
    (at.name() == "signMessage").then(|| vec![at.controls(Control::MessageSigned, Subject::Hash(hash))])
}

/// A new Safe; what it is set up with is a call within.
pub(super) fn factory(at: &Here<'_>) -> Option<Vec<Consequence>> {
    if !at.name().starts_with("create") {
        return None;
    }
    Some(vec![at.controls(Control::Implementation, Subject::Account(at.address(0)?))])
}
