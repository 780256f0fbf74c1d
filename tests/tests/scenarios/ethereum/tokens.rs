//! Assets that leave, and rights to spend them.

use alloy_dyn_abi::DynSolValue;
use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::maker::{
    ALICE, COLLECTION, Ceremony, HALDEN, PERMIT2, SAFE, STRANGER, SafeTx, UNLISTED, USDC, WETH, asked_of_alice,
};
use super::town::{address, calldata, number, transfer};
use crate::maker::Made;

fn made(to: Address, data: Vec<u8>) -> Made {
    Ceremony::default().made(SafeTx::call(to, data).bundle())
}

fn transfer_to(payee: Address, amount: u64) -> Vec<u8> {
    calldata("transfer(address,uint256)", vec![address(payee), number(amount)])
}

/// A token that no attested list has: its decimals are whatever it says.
pub fn unknown_decimals() -> Made {
    made(UNLISTED, transfer(1_000_000_000_000_000_000))
}

pub fn unlimited_approve() -> Made {
    let everything = DynSolValue::Uint(U256::MAX, 256);
    made(USDC, calldata("approve(address,uint256)", vec![address(STRANGER), everything]))
}

pub fn approval_for_all() -> Made {
    let data = calldata("setApprovalForAll(address,bool)", vec![address(STRANGER), DynSolValue::Bool(true)]);
    made(COLLECTION, data)
}

const NAME: &str = r#"{"name":"name","type":"string"}"#;
const CHAIN: &str = r#"{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}"#;

/// A right to spend everything, in a signature that costs no gas and shows in no history.
pub fn permit() -> Made {
    let text = format!(
        r#"{{"types":{{"EIP712Domain":[{NAME},{{"name":"version","type":"string"}},{CHAIN}],"Permit":[{{"name":"owner","type":"address"}},{{"name":"spender","type":"address"}},{{"name":"value","type":"uint256"}},{{"name":"nonce","type":"uint256"}},{{"name":"deadline","type":"uint256"}}]}},"primaryType":"Permit","domain":{{"name":"USD Coin","version":"2","chainId":1,"verifyingContract":"{USDC}"}},"message":{{"owner":"{ALICE}","spender":"{STRANGER}","value":"{}","nonce":"0","deadline":"1893456000"}}}}"#,
        U256::MAX
    );
    Ceremony::default().made(asked_of_alice(2, &text))
}

/// The same by Permit2, which holds rights already: 2^160 − 1 is everything.
pub fn permit2() -> Made {
    let everything = U256::MAX >> 96;
    let text = format!(
        r#"{{"types":{{"EIP712Domain":[{NAME},{CHAIN}],"PermitSingle":[{{"name":"details","type":"PermitDetails"}},{{"name":"spender","type":"address"}},{{"name":"sigDeadline","type":"uint256"}}],"PermitDetails":[{{"name":"token","type":"address"}},{{"name":"amount","type":"uint160"}},{{"name":"expiration","type":"uint48"}},{{"name":"nonce","type":"uint48"}}]}},"primaryType":"PermitSingle","domain":{{"name":"Permit2","chainId":1,"verifyingContract":"{PERMIT2}"}},"message":{{"details":{{"token":"{USDC}","amount":"{everything}","expiration":"1893456000","nonce":"0"}},"spender":"{STRANGER}","sigDeadline":"1893456000"}}}}"#,
    );
    Ceremony::default().made(asked_of_alice(2, &text))
}

/// The first and last bytes are those of Halden's address.
pub fn address_poisoning() -> Made {
    let mut bytes = HALDEN.into_array();
    bytes[4..16].fill(0x17);
    made(USDC, transfer_to(Address::from(bytes), 1_000_000_000))
}

pub fn token_to_its_contract() -> Made {
    made(USDC, transfer_to(USDC, 1_000_000))
}

/// Wrapped ether is a contract that everybody knows, and no payee.
pub fn token_to_another_token() -> Made {
    made(USDC, transfer_to(WETH, 1_000_000))
}

pub fn to_nobody() -> Made {
    let native = SafeTx::call(Address::ZERO, vec![]);
    Ceremony::default().made(SafeTx { value_wei: U256::from(10).pow(U256::from(18)), ..native }.bundle())
}

pub fn to_precompile() -> Made {
    made(USDC, transfer_to(Address::with_last_byte(4), 1_000_000))
}

pub fn to_itself() -> Made {
    made(USDC, transfer_to(SAFE, 1_000_000))
}
