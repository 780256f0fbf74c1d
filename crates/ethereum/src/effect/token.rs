//! What functions of tokens do: assets that leave, rights to spend them.

use alloy_primitives::{Address, U256};

use super::{Asset, Consequence, Here, Limit};
use crate::abi::Node;

/// ERC-20, with ERC-2612's permit and DAI's, OpenZeppelin's allowances by steps, ERC-1363 and ERC-3009.
pub(super) fn erc20(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let asset = Asset::Token(at.this());
    let leaves = |from, to, amount| Consequence::Leaves { asset, amount, from, to: Some(to) };
    let one = match (at.name(), at.arguments()) {
        ("transfer", 2) => leaves(at.caller(), at.address(0)?, at.uint(1)?),
        ("transferFrom", 3) => leaves(at.address(0)?, at.address(1)?, at.uint(2)?),
        ("approve", 2) => may_spend(asset, at.caller(), at.address(0)?, at.uint(1)?, None),
        // What was allowed before is not known, so that nobody can state the sum.
        ("increaseAllowance", 2) if at.uint(1)?.is_zero() => return Some(Vec::new()),
        ("increaseAllowance", 2) => unlimited(asset, at.caller(), at.address(0)?),
        ("decreaseAllowance", 2) => return Some(Vec::new()),
        ("permit", 7) => may_spend(asset, at.address(0)?, at.address(1)?, at.uint(2)?, None),
        ("permit", 8) if at.bool(4)? => unlimited(asset, at.address(0)?, at.address(1)?),
        ("permit", 8) => may_spend(asset, at.address(0)?, at.address(1)?, U256::ZERO, None),
        ("transferAndCall", 2 | 3) => leaves(at.caller(), at.address(0)?, at.uint(1)?),
        ("transferFromAndCall", 3 | 4) => leaves(at.address(0)?, at.address(1)?, at.uint(2)?),
        ("approveAndCall", 2 | 3) => may_spend(asset, at.caller(), at.address(0)?, at.uint(1)?, None),
        ("transferWithAuthorization" | "receiveWithAuthorization", 9) => {
            leaves(at.address(0)?, at.address(1)?, at.uint(2)?)
        }
        ("cancelAuthorization", 5) => Consequence::Governs { at: at.this() },
        ("burn", 1) => Consequence::Unmakes { asset, amount: at.uint(0)?, from: at.caller(), unwraps: false },
        ("burnFrom", 2) => Consequence::Unmakes { asset, amount: at.uint(1)?, from: at.address(0)?, unwraps: false },
        _ => return None,
    };
    Some(vec![one])
}

/// What a guess would move or grant, were the target a token of the usual kind.
pub(super) fn guessed(at: &Here<'_>) -> Vec<Consequence> {
    let found = erc20(at).or_else(|| erc721(at)).or_else(|| erc1155(at)).or_else(|| permit2(at)).unwrap_or_default();
    let moves = found.into_iter().filter(|c| !matches!(c, Consequence::Governs { .. }));
    moves.map(|consequence| Consequence::Guessed(Box::new(consequence))).collect()
}

/// Wrapped Ether: what goes in comes back as tokens, and the other way round; all else is ERC-20.
pub(super) fn weth(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match (at.name(), at.arguments()) {
        ("deposit", 0) => Some(Vec::new()),
        ("withdraw", 1) => {
            let (asset, amount) = (Asset::Token(at.this()), at.uint(0)?);
            Some(vec![Consequence::Unmakes { asset, amount, from: at.caller(), unwraps: true }])
        }
        _ => erc20(at),
    }
}

/// ERC-721.
pub(super) fn erc721(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let one = match (at.name(), at.arguments()) {
        ("transferFrom", 3) | ("safeTransferFrom", 3 | 4) => {
            let asset = Asset::Nft(at.this(), at.uint(2)?);
            let (from, to) = (at.address(0)?, Some(at.address(1)?));
            Consequence::Leaves { asset, amount: U256::from(1), from, to }
        }
        ("approve", 2) => {
            let asset = Asset::Nft(at.this(), at.uint(1)?);
            let spender = at.address(0)?;
            may_spend(asset, at.caller(), spender, U256::from(u8::from(!spender.is_zero())), None)
        }
        ("setApprovalForAll", 2) => return approval_for_all(at),
        _ => return None,
    };
    Some(vec![one])
}

/// ERC-1155.
pub(super) fn erc1155(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let (from, to) = (at.address(0), at.address(1));
    let leaves = |id: U256, amount: U256| {
        Some(Consequence::Leaves { asset: Asset::Multi(at.this(), id), amount, from: from?, to: Some(to?) })
    };
    match (at.name(), at.arguments()) {
        ("safeTransferFrom", 5) => Some(vec![leaves(at.uint(2)?, at.uint(3)?)?]),
        ("safeBatchTransferFrom", 5) => {
            let (ids, amounts) = (at.node(2)?.list()?, at.node(3)?.list()?);
            if ids.len() != amounts.len() {
                return None;
            }
            ids.iter().zip(amounts).map(|(id, amount)| leaves(id.uint()?, amount.uint()?)).collect()
        }
        ("setApprovalForAll", 2) => approval_for_all(at),
        _ => None,
    }
}

fn approval_for_all(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let (asset, spender) = (Asset::Everything(at.this()), at.address(0)?);
    Some(vec![match at.bool(1)? {
        true => unlimited(asset, at.caller(), spender),
        false => may_spend(asset, at.caller(), spender, U256::ZERO, None),
    }])
}

/// Permit2: allowances and transfers that are already allowed.
pub(super) fn permit2(at: &Here<'_>) -> Option<Vec<Consequence>> {
    match (at.name(), at.arguments()) {
        ("approve", 4) => {
            let asset = Asset::Token(at.address(0)?);
            Some(vec![may_spend_160(asset, at.caller(), at.address(1)?, at.uint(2)?, Some(at.uint(3)?))])
        }
        ("transferFrom", 4) => {
            let asset = Asset::Token(at.address(3)?);
            let (from, to, amount) = (at.address(0)?, Some(at.address(1)?), at.uint(2)?);
            Some(vec![Consequence::Leaves { asset, amount, from, to }])
        }
        ("transferFrom", 1) => at.node(0)?.list()?.iter().map(|detail| permit2_transfer(detail.list()?)).collect(),
        ("permit", 3) => permit2_permit(at),
        ("permitTransferFrom", 4) | ("permitWitnessTransferFrom", 6) => permit2_signed_transfer(at),
        ("lockdown", 1) | ("invalidateNonces", 3) | ("invalidateUnorderedNonces", 2) => Some(Vec::new()),
        _ => None,
    }
}

/// `AllowanceTransferDetails(address from, address to, uint160 amount, address token)`.
fn permit2_transfer(detail: &[Node]) -> Option<Consequence> {
    let (from, to) = (detail.first()?.address()?, Some(detail.get(1)?.address()?));
    let (amount, asset) = (detail.get(2)?.uint()?, Asset::Token(detail.get(3)?.address()?));
    Some(Consequence::Leaves { asset, amount, from, to })
}

/// `permitTransferFrom(PermitTransferFrom permit, SignatureTransferDetails transferDetails, address owner, …)`, or lists
/// of what is permitted and of the details.
fn permit2_signed_transfer(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let (permitted, details, from) = (at.node(0)?.list()?.first()?.list()?, at.node(1)?.list()?, at.address(2)?);
    let one = |permitted: &[Node], details: &[Node]| {
        let (asset, to) = (Asset::Token(permitted.first()?.address()?), Some(details.first()?.address()?));
        Some(Consequence::Leaves { asset, amount: details.get(1)?.uint()?, from, to })
    };
    if permitted.first()?.list().is_none() {
        return Some(vec![one(permitted, details)?]);
    }
    if permitted.len() != details.len() {
        return None;
    }
    permitted.iter().zip(details).map(|(permitted, details)| one(permitted.list()?, details.list()?)).collect()
}

/// `permit(address owner, PermitSingle | PermitBatch, bytes signature)`.
fn permit2_permit(at: &Here<'_>) -> Option<Vec<Consequence>> {
    let (owner, permit) = (at.address(0)?, at.node(1)?.list()?);
    let (details, spender) = (permit.first()?, permit.get(1)?.address()?);
    let single = |details: &[Node]| {
        let asset = Asset::Token(details.first()?.address()?);
        Some(may_spend_160(asset, owner, spender, details.get(1)?.uint()?, Some(details.get(2)?.uint()?)))
    };
    let details = details.list()?;
    if details.iter().all(|d| d.list().is_some()) {
        return details.iter().map(|d| single(d.list()?)).collect();
    }
    Some(vec![single(details)?])
}

/// Half of the numbers and above count as unlimited: no token has so many units, and wallets write several of them.
fn may_spend(asset: Asset, owner: Address, spender: Address, amount: U256, until: Option<U256>) -> Consequence {
    let limit = if amount.bit_len() >= 255 { Limit::Unlimited } else { Limit::AtMost(amount) };
    Consequence::MaySpend { asset, limit, owner, spender, until }
}

fn may_spend_160(asset: Asset, owner: Address, spender: Address, amount: U256, until: Option<U256>) -> Consequence {
    let limit = if amount.bit_len() >= 159 { Limit::Unlimited } else { Limit::AtMost(amount) };
    Consequence::MaySpend { asset, limit, owner, spender, until }
}

fn unlimited(asset: Asset, owner: Address, spender: Address) -> Consequence {
    Consequence::MaySpend { asset, limit: Limit::Unlimited, owner, spender, until: None }
}
