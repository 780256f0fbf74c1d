//! What functions of governance, access control, proxies and ERC-4337 do.

use super::{Asset, Consequence, Control, Here, Limit, Subject};

/// OpenZeppelin's TimelockController; what it schedules or executes are calls within.
pub(super) fn timelock(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match at.name() {
        "schedule" | "scheduleBatch" | "execute" | "executeBatch" => Some(Vec::new()),
        "cancel" => Some(at.governs()),
        "updateDelay" => Some(vec![at.controls(Control::Setting, Subject::Number(at.uint(0)?))]),
        _ => access_control(at),
    }
}

/// OpenZeppelin's Governor; what is proposed, queued or executed are calls within.
pub(super) fn governor(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let name = at.name();
    match name {
        "propose" | "queue" | "execute" | "relay" => Some(Vec::new()),
        "cancel" => Some(at.governs()),
        _ if name.starts_with("castVote") => Some(at.governs()),
        _ if name.starts_with("set") || name.starts_with("update") => Some(at.setting()),
        _ => None,
    }
}

/// OpenZeppelin's AccessControl and its extensions.
pub(super) fn access_control(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let role = |what| Some(vec![at.controls(what, Subject::Role(at.word(0)?, at.address(1)?))]);
    match (at.name(), at.arguments()) {
        ("grantRole", 2) => role(Control::RoleGranted),
        ("revokeRole" | "renounceRole", 2) => role(Control::RoleRevoked),
        ("beginDefaultAdminTransfer", 1) => Some(vec![at.controls(Control::Admin, Subject::Account(at.address(0)?))]),
        ("acceptDefaultAdminTransfer", 0) => Some(vec![at.controls(Control::Admin, Subject::Account(at.caller()))]),
        ("cancelDefaultAdminTransfer" | "rollbackDefaultAdminDelay", 0) => Some(at.governs()),
        ("changeDefaultAdminDelay", 1) => Some(at.setting()),
        _ => None,
    }
}

/// OpenZeppelin's AccessManager: every other function changes who may do what.
pub(super) fn access_manager(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let account = |what, i| Some(vec![at.controls(what, Subject::Account(at.address(i)?))]);
    match at.name() {
        "execute" | "schedule" => Some(Vec::new()),
        "cancel" | "consumeScheduledOp" => Some(at.governs()),
        "grantRole" => account(Control::RoleGranted, 1),
        "revokeRole" | "renounceRole" => account(Control::RoleRevoked, 1),
        "updateAuthority" => account(Control::Admin, 1),
        name if name.starts_with("set") || name.starts_with("label") => Some(at.setting()),
        _ => None,
    }
}

/// OpenZeppelin's Ownable and Ownable2Step.
pub(super) fn ownable(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let owner = |account| Some(vec![at.controls(Control::Owner, Subject::Account(account))]);
    match (at.name(), at.arguments()) {
        ("transferOwnership", 1) => owner(at.address(0)?),
        ("renounceOwnership", 0) => owner(alloy_primitives::Address::ZERO),
        ("acceptOwnership", 0) => owner(at.caller()),
        _ => None,
    }
}

/// OpenZeppelin's ProxyAdmin.
pub(super) fn proxy_admin(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let over = |what| {
        let (over, account) = (at.address(0)?, at.address(1)?);
        Some(vec![Consequence::Controls { what, over, subject: Subject::Account(account) }])
    };
    match at.name() {
        "upgrade" | "upgradeAndCall" => over(Control::Implementation),
        "changeProxyAdmin" => over(Control::Admin),
        _ => ownable(at),
    }
}

/// ERC-1967 proxies, UUPS and transparent.
pub(super) fn proxy(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let account = |what| Some(vec![at.controls(what, Subject::Account(at.address(0)?))]);
    match at.name() {
        "upgradeTo" | "upgradeToAndCall" => account(Control::Implementation),
        "changeAdmin" => account(Control::Admin),
        _ => None,
    }
}

/// An upgradeable beacon: the code behind every proxy that asks it.
pub(super) fn beacon(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match at.name() {
        "upgradeTo" => Some(vec![at.controls(Control::Implementation, Subject::Account(at.address(0)?))]),
        _ => ownable(at),
    }
}

/// ERC-4337's EntryPoint; what the operations do are calls within.
pub(super) fn entry_point(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match at.name() {
        "handleOps" | "handleAggregatedOps" | "addStake" | "unlockStake" | "incrementNonce" => Some(Vec::new()),
        "depositTo" => deposit_to(at),
        "withdrawTo" => {
            let (from, to, amount) = (at.caller(), Some(at.address(0)?), at.uint(1)?);
            Some(vec![Consequence::Leaves { asset: Asset::Native, amount, from, to }])
        }
        // The whole stake: how much that is stands nowhere in the request.
        "withdrawStake" => {
            let (target, selector) = (at.call.to, at.call.selector());
            Some(vec![Consequence::Unknown { target, selector, why: "the size of the stake is not stated" }])
        }
        _ => None,
    }
}

/// What is paid in belongs to the account that is named, which may withdraw it.
fn deposit_to(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let (spender, amount) = (at.address(0)?, at.call.value_wei);
    if amount.is_zero() || spender == at.caller() {
        return Some(Vec::new());
    }
    let (owner, limit) = (at.this(), Limit::AtMost(amount));
    Some(vec![Consequence::MaySpend { asset: Asset::Native, limit, owner, spender, until: None }])
}

/// An ERC-4337 account; what it executes are calls within.
pub(super) fn account(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match at.name() {
        "execute" | "executeBatch" => Some(Vec::new()),
        _ => proxy(at),
    }
}
