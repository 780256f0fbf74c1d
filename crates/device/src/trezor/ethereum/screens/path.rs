//! Which paths of keys the firmware signs with; for others it refuses, unless its safety checks were switched off.

use vitrine_ethereum::Transaction;

use super::super::known::{Network, network_of, network_of_coin_type};
use super::super::{Asked, Plan};

const HARDENED: u32 = 1 << 31;
const ACCOUNT: u32 = 100;
const INDEX: u32 = 1_000_000;
/// Ethereum's coin type (SLIP-44), with which every network's transactions may be signed.
const ETHEREUM: u32 = 60;
const TESTNET: u32 = 1;

/// Whether the device signs with the key of this path.
pub(super) fn is_taken(plan: &Plan<'_>) -> bool {
    let Some(coin_type) = coin_type(plan.path) else { return false };
    let network = match &plan.asked {
        Asked::Transaction(transaction) => network_of(chain_id(transaction)),
        Asked::TypedData(_) | Asked::Message(_) => network_of_coin_type(coin_type),
    };
    is_coin_type(coin_type, network) && is_pattern(plan.path)
}

fn chain_id(transaction: &Transaction) -> u64 {
    transaction.chain_id().value
}

fn coin_type(path: &[u32]) -> Option<u32> {
    path.get(1).map(|step| step & !HARDENED)
}

fn is_coin_type(coin_type: u32, network: Option<&Network>) -> bool {
    match network.map(|network| network.slip44) {
        None | Some(ETHEREUM) => matches!(coin_type, ETHEREUM | TESTNET),
        Some(own) => coin_type == own || coin_type == ETHEREUM,
    }
}

/// BIP-44, with the account in any of its three places, and Casa's `m/45'/coin/account/change/index`.
fn is_pattern(path: &[u32]) -> bool {
    let is_account = |step: u32| (HARDENED..=HARDENED | ACCOUNT).contains(&step);
    match *path {
        [purpose, coin, account] => is_purpose(purpose, coin, 44) && is_account(account),
        [purpose, coin, HARDENED, account] => is_purpose(purpose, coin, 44) && account <= ACCOUNT,
        [purpose, coin, account, change, index] if is_purpose(purpose, coin, 44) => {
            is_account(account) && change <= 1 && index <= INDEX
        }
        [purpose, coin, account, change, index] => {
            purpose == 45 | HARDENED && coin < HARDENED && account <= ACCOUNT && change <= 1 && index <= INDEX
        }
        _ => false,
    }
}

const fn is_purpose(purpose: u32, coin: u32, number: u32) -> bool {
    purpose == number | HARDENED && coin >= HARDENED
}
