//! Typed data whose meaning is known: a Safe's transaction, rights to spend, transfers.

use alloy_primitives::{Address, U256};
use vitrine_review::Notes;

use super::{SafeSigning, note};
use crate::Surroundings;
use crate::call::{Operation, Via};
use crate::effect::{Asset, Consequence, Entry, Limit};
use crate::request::Payload;
use crate::safe::{SafeBundle, SafeTx, SafeTxHashes};
use crate::typed_data::{DomainChain, Recognised, TypedData};

/// The SafeTx that typed data is, if it is exactly one.
pub(super) fn safe_tx(data: &TypedData) -> Option<SafeSigning> {
    let Some(Recognised::SafeTx(tx)) = data.recognise() else { return None };
    let operation = match tx.operation {
        0 => Operation::Call,
        1 => Operation::DelegateCall,
        _ => return None,
    };
    let transaction = SafeTx {
        to: tx.to,
        value_wei: tx.value,
        data: tx.data,
        operation,
        safe_tx_gas: tx.safe_tx_gas,
        base_gas: tx.base_gas,
        gas_price: tx.gas_price,
        gas_token: tx.gas_token,
        refund_receiver: tx.refund_receiver,
        nonce: tx.nonce,
    };
    let hashes = SafeTxHashes { domain: data.domain_hash(), message: data.message_hash(), safe_tx: data.digest() };
    Some(SafeSigning { safe: data.domain().verifying_contract?, version: None, transaction, hashes })
}

/// Whether the domain is that of a Safe before 1.3.0: a contract, and nothing else.
pub(super) fn is_old_safe_domain(data: &TypedData) -> bool {
    let domain = data.domain();
    domain.chain_id == DomainChain::Absent
        && domain.verifying_contract.is_some()
        && domain.name.is_none()
        && domain.version.is_none()
        && domain.salt.is_none()
        && matches!(data.recognise(), Some(Recognised::SafeTx(_)))
}

/// Consequences of typed data and messages, which make no call of their own; of a SafeTx, its refund.
pub(super) fn consequences(
    payload: &Payload,
    safe: Option<&SafeSigning>,
    signer: Option<Address>,
    here: &Surroundings,
    notes: &mut Notes,
) -> Vec<Entry> {
    let entry = |consequence| Entry { call: Vec::new(), via: Via::Request, consequence };
    if let Some(signing) = safe {
        let mut refunds: Vec<Consequence> = signing.transaction.refund(signing.safe).into_iter().collect();
        if let Payload::SafeBundle(bundle) = payload {
            refunds.extend(approved_refunds(bundle));
        }
        return refunds.into_iter().map(entry).collect();
    }
    let Payload::TypedData(data) = payload else { return Vec::new() };
    let found = recognised(data, signer.unwrap_or_default(), here);
    if found.is_none() {
        let truth = format!("Nobody knows what typed data of the type {} does.", data.primary_type());
        let rest =
            ("Its contract may take it for anything.", "Do not sign unless the folder allows this very request.");
        note(notes, "eth.typed-data-unknown", Some("eth.typed.primary-type"), truth, rest);
    }
    let unknown = || {
        let why = "no rule says what a signature of this type does";
        vec![Consequence::Unknown { target: data.domain().verifying_contract, selector: None, why }]
    };
    found.unwrap_or_else(unknown).into_iter().map(entry).collect()
}

/// Refunds of the transactions whose hashes a bundle approves.
fn approved_refunds(bundle: &SafeBundle) -> Vec<Consequence> {
    let Some(inner) = bundle.approves.as_deref() else { return Vec::new() };
    inner.transaction.refund(inner.safe).into_iter().chain(approved_refunds(inner)).collect()
}

fn recognised(data: &TypedData, signer: Address, here: &Surroundings) -> Option<Vec<Consequence>> {
    let contract = data.domain().verifying_contract?;
    let may_spend = |asset, owner, spender, amount: U256, bits: usize, until| {
        let limit = if amount.bit_len() >= bits { Limit::Unlimited } else { Limit::AtMost(amount) };
        Consequence::MaySpend { asset, limit, owner, spender, until }
    };
    let is_permit2 = here.is_permit2(contract);
    Some(match data.recognise()? {
        Recognised::Permit(p) => vec![may_spend(Asset::Token(contract), p.owner, p.spender, p.value, 255, None)],
        Recognised::DaiPermit(p) => {
            let amount = if p.allowed { U256::MAX } else { U256::ZERO };
            vec![may_spend(Asset::Token(contract), p.holder, p.spender, amount, 255, None)]
        }
        Recognised::NftPermit(p) => {
            vec![may_spend(Asset::Nft(contract, p.token_id), signer, p.spender, U256::from(1), 255, None)]
        }
        Recognised::PermitForAll(p) => {
            let amount = if p.approved { U256::MAX } else { U256::ZERO };
            vec![may_spend(Asset::Everything(contract), signer, p.operator, amount, 255, None)]
        }
        Recognised::Permit2Allowance(p) if is_permit2 => {
            let one = |d: &crate::typed_data::PermitDetails| {
                may_spend(Asset::Token(d.token), signer, p.spender, d.amount, 159, Some(U256::from(d.expiration)))
            };
            p.details.iter().map(one).collect()
        }
        Recognised::Permit2Transfer(p) if is_permit2 => {
            let one = |t: &crate::typed_data::TokenPermissions| {
                may_spend(Asset::Token(t.token), signer, p.spender, t.amount, 255, Some(p.deadline))
            };
            p.permitted.iter().map(one).collect()
        }
        Recognised::TransferAuthorization(t) => {
            let (asset, amount) = (Asset::Token(contract), t.value);
            vec![Consequence::Leaves { asset, amount, from: t.from, to: Some(t.to) }]
        }
        Recognised::CancelAuthorization(_) => Vec::new(),
        Recognised::Delegation(_) | Recognised::Ballot(_) => vec![Consequence::Governs { at: contract }],
        _ => return None,
    })
}
