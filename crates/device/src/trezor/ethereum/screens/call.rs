//! What the firmware takes a transaction for, by its recipient and its data.

use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::super::known::{
    STAKING_ACCOUNTING, STAKING_POOLS, Token, UNKNOWN_TOKEN, is_swap, network_of, provider, token_at,
};

/// Bytes of data in the first message: only a call that fits there is decoded.
const FIRST_CHUNK: usize = 1024;

/// A transaction in the firmware's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// It has no data.
    Send,
    /// Tokens move.
    Transfer { token: Token, known: bool, to: Address, amount: U256 },
    /// Somebody may move tokens.
    Approve { token: Token, known: bool, spender: Address, amount: U256 },
    /// To Everstake: what it is called, and what is staked or taken back.
    Staking { what: Staking, amount_wei: U256 },
    /// The firmware words it by its arguments: not foretold.
    Swap { provider: &'static str },
    /// Data that it does not understand.
    Data,
    /// It refuses.
    Refused,
}

/// A function of Everstake's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staking {
    Stake,
    Unstake,
    Claim,
}

/// Reads a transaction as core firmware 2.11.1 does.
pub(super) fn core(transaction: &Transaction) -> Call {
    let data = transaction.data().value.bytes();
    let call = (transaction.to().value, data.split_first_chunk::<4>());
    let (Some(to), Some((selector, arguments))) = call else {
        return if data.is_empty() { Call::Send } else { Call::Data };
    };
    if data.len() > FIRST_CHUNK {
        return Call::Data;
    }
    let chain_id = transaction.chain_id().value;
    staking(to, *selector, arguments, transaction.value_wei().value)
        .or_else(|| token_call(chain_id, to, *selector, arguments))
        .or_else(|| {
            let provider = provider(to).filter(|_| is_swap(chain_id, to, *selector));
            provider.map(|provider| Call::Swap { provider })
        })
        .unwrap_or(Call::Data)
}

/// Reads a transaction as legacy firmware 1.14.1 does: of tokens, transfers alone.
pub(super) fn one(transaction: &Transaction) -> Call {
    let data = transaction.data().value.bytes();
    let call = (transaction.to().value, data.split_first_chunk::<4>());
    let (Some(to), Some((selector, arguments))) = call else {
        return if data.is_empty() { Call::Send } else { Call::Data };
    };
    let value_wei = transaction.value_wei().value;
    let first = data.get(..data.len().min(FIRST_CHUNK)).and_then(|first| first.get(4..)).unwrap_or_default();
    if let Some(call) = staking(to, *selector, first, value_wei) {
        return call;
    }
    let transfer = (value_wei.is_zero() && data.len() == 68)
        .then(|| token_call(transaction.chain_id().value, to, *selector, arguments))
        .flatten();
    transfer.filter(|call| matches!(call, Call::Transfer { .. })).unwrap_or(Call::Data)
}

fn staking(to: Address, selector: [u8; 4], arguments: &[u8], value_wei: U256) -> Option<Call> {
    let (what, words) = match selector {
        [0x3a, 0x29, 0xdb, 0xae] if STAKING_POOLS.contains(&to) => (Staking::Stake, 1),
        [0x76, 0xec, 0x87, 0x1c] if STAKING_POOLS.contains(&to) => (Staking::Unstake, 3),
        [0x33, 0x98, 0x6f, 0xfa] if STAKING_ACCOUNTING.contains(&to) => (Staking::Claim, 0),
        _ => return None,
    };
    if arguments.len() != 32_usize.saturating_mul(words) {
        return Some(Call::Refused);
    }
    let amount_wei = match what {
        Staking::Stake => value_wei,
        Staking::Unstake => word(arguments, 0).unwrap_or_default(),
        Staking::Claim => U256::ZERO,
    };
    Some(Call::Staking { what, amount_wei })
}

/// `transfer(address,uint256)` and `approve(address,uint256)`, to whatever contract. Bytes after the arguments are not
/// looked at.
fn token_call(chain_id: u64, contract: Address, selector: [u8; 4], arguments: &[u8]) -> Option<Call> {
    let (account, amount) = (address(arguments)?, word(arguments, 1)?);
    let token = network_of(chain_id).and_then(|_| token_at(chain_id, contract));
    let (known, token) = (token.is_some(), token.unwrap_or(UNKNOWN_TOKEN));
    match selector {
        [0xa9, 0x05, 0x9c, 0xbb] => Some(Call::Transfer { token, known, to: account, amount }),
        [0x09, 0x5e, 0xa7, 0xb3] => Some(Call::Approve { token, known, spender: account, amount }),
        _ => None,
    }
}

fn word(arguments: &[u8], index: usize) -> Option<U256> {
    let start = index.saturating_mul(32);
    arguments.get(start..start.saturating_add(32)).map(U256::from_be_slice)
}

fn address(arguments: &[u8]) -> Option<Address> {
    let (padding, address) = arguments.get(..32)?.split_first_chunk::<12>()?;
    (*padding == [0; 12]).then(|| Address::from_slice(address))
}
