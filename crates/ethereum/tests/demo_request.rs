//! The request of the demo for Ethereum: a Safe's transaction of three calls, made anew and compared.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod town;

use town::{TIMELOCK_FUNCTIONS, address, bytes, calldata, entry, multi_send, number, word};
use vitrine_ethereum::alloy_primitives::{Address, address as addr, hex};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::{RequestForm, decode};

const SEPOLIA: u64 = 11_155_111;
/// A token of Sepolia whose ticker and decimals Ledger signed.
const TOKEN: Address = addr!("b8ba4b007321e0eb4586de49e59593e0ed66d367");
const MULTI_SEND_CALL_ONLY: Address = addr!("9641d764fc13c8B624c04430C7356C1C7C8102e2");
const PERMIT2: Address = addr!("000000000022D473030F116dDEE9F6B43aC78BA3");
const SAFE: Address = addr!("f7EC79F0b9Bc163ACAa4B7550a62a472bba8968D");
const PAYROLL: Address = addr!("098cbcE17931eafFC12895f4E2Bb16Fd3882057F");
const TIMELOCK: Address = addr!("A24075990BDAC23D2E0BBCF0e1AA8575F513a236");
const VAULT: Address = addr!("d1d435e75242B1E2afB2E752D88b98F115D007b5");
const VAULT_2: Address = addr!("Fec46264F55F0D1DA38402027465d177F5DDeE8c");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/ethereum/request.json");

fn token_call(function: &str, to: Address, amount: u64) -> Vec<u8> {
    entry(0, TOKEN, 0, &calldata(function, vec![address(to), number(amount)]))
}

/// 1.25 of the token to the payroll, 0.5 of it for Permit2 to spend, and in 48 hours new code for the vault.
fn request() -> String {
    let upgrade = vec![address(VAULT_2), bytes(Vec::new())];
    let upgrade = calldata("upgradeToAndCall(address newImplementation,bytes data)", upgrade);
    let schedule = vec![address(VAULT), number(0), bytes(upgrade), word(0), word(7), number(172_800)];
    let data = multi_send(&[
        token_call("transfer(address to,uint256 value)", PAYROLL, 1_250_000_000_000_000_000),
        token_call("approve(address spender,uint256 value)", PERMIT2, 500_000_000_000_000_000),
        entry(0, TIMELOCK, 0, &calldata(TIMELOCK_FUNCTIONS[0], schedule)),
    ]);
    format!(
        r#"{{
  "format": "vitrine-safe-bundle",
  "version": 1,
  "chainId": {SEPOLIA},
  "safe": "{SAFE}",
  "safeVersion": "1.4.1",
  "to": "{MULTI_SEND_CALL_ONLY}",
  "value": "0",
  "data": "{}",
  "operation": 1,
  "safeTxGas": "0",
  "baseGas": "0",
  "gasPrice": "0",
  "gasToken": null,
  "refundReceiver": null,
  "nonce": 42
}}
"#,
        hex::encode_prefixed(data)
    )
}

#[test]
fn the_request_is_what_this_writes() {
    if std::env::var_os("VITRINE_WRITE").is_some() {
        std::fs::write(FILE, request()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), request());
    decode(request().as_bytes(), RequestForm::Json).unwrap();
}

/// What the demo shows as proven is so: nothing but the treasury's own contracts is taken from its folder.
#[test]
fn token_spender_and_multi_send_are_built_in() {
    let built_in = Interfaces::built_in();
    let token = built_in.token(SEPOLIA, TOKEN).unwrap();
    assert_eq!((token.untrusted_ticker(), token.decimals), ("tacreBTC", 18));
    assert!(built_in.is_delegatecall_pinned(SEPOLIA, MULTI_SEND_CALL_ONLY).is_some());
    assert_eq!(built_in.contract_at(SEPOLIA, PERMIT2).unwrap().name, "Permit2");
}
