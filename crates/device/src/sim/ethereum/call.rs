//! What the simulated device takes a transaction for, from the first bytes of its data.

use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::super::Refusal;
use crate::trezor::ethereum::known::{
    STAKING_ACCOUNTING, STAKING_POOLS, Token, UNKNOWN_TOKEN, is_swap, network_of, token_at,
};

/// A transaction as the device shows it.
pub(super) enum Call {
    Send,
    Data,
    Transfer { token: Token, known: bool, to: Address, amount: U256 },
    Approve { token: Token, known: bool, spender: Address, amount: U256 },
}

/// Reads the first bytes of the data, if they are all of it.
pub(super) fn call(chain_id: u64, to: Option<Address>, first: &[u8], data_length: usize) -> Result<Call, Refusal> {
    if data_length == 0 {
        return Ok(Call::Send);
    }
    let (Some(to), true) = (to, first.len() == data_length && first.len() >= 4) else { return Ok(Call::Data) };
    let (function, arguments) = first.split_at(4);
    if (STAKING_POOLS.contains(&to) && matches!(function, [0x3a, 0x29, 0xdb, 0xae] | [0x76, 0xec, 0x87, 0x1c]))
        || (STAKING_ACCOUNTING.contains(&to) && function == [0x33, 0x98, 0x6f, 0xfa])
    {
        return Err(Refusal::process("Staking is not simulated"));
    }
    if function.try_into().is_ok_and(|function| is_swap(chain_id, to, function)) {
        return Err(Refusal::process("Swaps are not simulated"));
    }
    let Some((head, rest)) = arguments.split_at_checked(32) else { return Ok(Call::Data) };
    let (Some(amount), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, account @ ..]) = (rest.get(..32), head) else {
        return Ok(Call::Data);
    };
    let amount = U256::from_be_slice(amount);
    let account = Address::try_from(account).map_err(|_| Refusal::process("No address"))?;
    let token = network_of(chain_id).and_then(|network| token_at(network.chain_id, to));
    let (known, token) = (token.is_some(), token.unwrap_or(UNKNOWN_TOKEN));
    Ok(match function {
        [0xa9, 0x05, 0x9c, 0xbb] => Call::Transfer { token, known, to: account, amount },
        [0x09, 0x5e, 0xa7, 0xb3] => Call::Approve { token, known, spender: account, amount },
        _ => Call::Data,
    })
}
