//! Ethereum requests for the tests: checked, each of an account of the public test seed.

use serde_json::Value;
use vitrine_device::sim::{NetworkGuard, SimOptions, trezor};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::{CheckedRequest, OwnAccount, RequestForm, Surroundings, decode};

use crate::request::Agreeing;

pub const HARDENED: u32 = 1 << 31;
/// The first account of the seed, m/44'/60'/0'/0/0.
pub const PATH: [u32; 5] = [44 | HARDENED, 60 | HARDENED, HARDENED, 0, 0];
pub const FIRST: &str = "0x73d0385F4d8E00C5e6504C6030F47BF6212736A8";
pub const SEPOLIA: u64 = 11_155_111;
pub const PAYEE: &str = "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98";

/// A simulated device that works for every chain.
pub fn any_chain() -> SimOptions {
    SimOptions { network_guard: NetworkGuard::AnyForTests, ..SimOptions::default() }
}

/// The account at a path, as the simulated device says it; `fixtures.rs` compares these with the firmware's.
pub fn account(path: &[u32]) -> Address {
    trezor(any_chain()).ethereum_address(path, 1, false, &mut Agreeing::default()).unwrap()
}

fn surroundings(chain_id: u64, path: &[u32]) -> Surroundings {
    let account = OwnAccount { name: "Own".to_owned(), address: account(path), path: path.to_vec() };
    Surroundings { accounts: vec![account], ..Surroundings::without_folder(chain_id) }
}

pub fn checked(bytes: &[u8], form: RequestForm, chain_id: u64, path: &[u32]) -> CheckedRequest {
    decode(bytes, form).unwrap_or_else(|error| panic!("{error}")).check(&surroundings(chain_id, path)).unwrap()
}

/// What a transaction pays per gas.
#[derive(Clone, Copy)]
pub enum Fee {
    Legacy(u128),
    /// Tip and most.
    Dynamic(u128, u128),
}

/// An unsigned transaction.
#[derive(Clone)]
pub struct Transaction {
    pub chain_id: u64,
    pub nonce: u64,
    pub fee: Fee,
    pub gas_limit: u64,
    pub to: Option<Address>,
    pub value: U256,
    pub data: Vec<u8>,
    pub access_list: Vec<(Address, Vec<[u8; 32]>)>,
}

impl Default for Transaction {
    /// One coin to somebody on Sepolia.
    fn default() -> Self {
        Self {
            chain_id: SEPOLIA,
            nonce: 5,
            fee: Fee::Dynamic(1_000_000_000, 20_000_000_000),
            gas_limit: 100_000,
            to: Some(PAYEE.parse().unwrap()),
            value: U256::from(10).pow(U256::from(18)),
            data: vec![],
            access_list: vec![],
        }
    }
}

impl Transaction {
    pub fn bytes(&self) -> Vec<u8> {
        let to = self.to.map(|to| to.to_vec()).unwrap_or_default();
        let value = self.value.to_be_bytes_trimmed_vec();
        let rest = [number(u128::from(self.gas_limit)), string(&to), string(&value), string(&self.data)].concat();
        let (chain_id, nonce) = (number(u128::from(self.chain_id)), number(u128::from(self.nonce)));
        match self.fee {
            Fee::Legacy(price) => list(&[nonce, number(price), rest, chain_id, string(&[]), string(&[])]),
            Fee::Dynamic(tip, most) => {
                let access = self.access_list.iter().map(|(address, keys)| {
                    let keys: Vec<Vec<u8>> = keys.iter().map(|key| string(key)).collect();
                    list(&[string(address.as_slice()), list(&keys)])
                });
                let access = list(&access.collect::<Vec<_>>());
                [vec![2], list(&[chain_id, nonce, number(tip), number(most), rest, access])].concat()
            }
        }
    }

    pub fn checked(&self) -> CheckedRequest {
        self.checked_at(&PATH)
    }

    pub fn checked_at(&self, path: &[u32]) -> CheckedRequest {
        checked(&self.bytes(), RequestForm::Transaction, self.chain_id, path)
    }
}

pub fn string(content: &[u8]) -> Vec<u8> {
    match content {
        [0..0x80] => content.to_vec(),
        _ => [header(0x80, content.len()), content.to_vec()].concat(),
    }
}

pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

pub fn number(value: u128) -> Vec<u8> {
    string(&value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>())
}

fn header(base: u8, length: usize) -> Vec<u8> {
    if length < 56 {
        return vec![base + u8::try_from(length).unwrap()];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    [vec![base + 55 + u8::try_from(digits.len()).unwrap()], digits].concat()
}

/// A personal message as wallets ask for it (ERC-4527), of the key at a path.
pub fn message(text: &[u8], path: &[u32]) -> CheckedRequest {
    let mut cbor = vec![0xa4, 0x01, 0xd8, 37, 0x50];
    cbor.extend([0x11; 16]);
    cbor.push(0x02);
    cbor.extend(cbor_length(0x40, text.len()));
    cbor.extend(text);
    cbor.extend([0x03, 0x03, 0x05, 0xd9, 0x01, 0x30, 0xa1, 0x01]);
    cbor.extend(cbor_length(0x80, 2 * path.len()));
    for step in path {
        cbor.extend(cbor_length(0, usize::try_from(step & !HARDENED).unwrap()));
        cbor.push(if step & HARDENED == 0 { 0xf4 } else { 0xf5 });
    }
    checked(&cbor, RequestForm::EthSignRequest, SEPOLIA, path)
}

fn cbor_length(major: u8, length: usize) -> Vec<u8> {
    match length {
        0..24 => vec![major | u8::try_from(length).unwrap()],
        24..256 => vec![major | 24, u8::try_from(length).unwrap()],
        _ => [vec![major | 25], u16::try_from(length).unwrap().to_be_bytes().to_vec()].concat(),
    }
}

pub fn json(text: &str, chain_id: u64) -> CheckedRequest {
    checked(text.as_bytes(), RequestForm::Json, chain_id, &PATH)
}

/// Typed data with every type that EIP-712 has, of Sepolia.
pub fn every_type() -> CheckedRequest {
    json(EVERY_TYPE, SEPOLIA)
}

pub const EVERY_TYPE: &str = r#"{
  "types": {
    "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"},
      {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"},
      {"name": "salt", "type": "bytes32"}],
    "Person": [{"name": "name", "type": "string"}, {"name": "wallets", "type": "address[]"}],
    "Order": [{"name": "maker", "type": "Person"}, {"name": "takers", "type": "Person[2]"},
      {"name": "nobody", "type": "Person[]"}, {"name": "small", "type": "uint8"}, {"name": "large", "type": "uint256"},
      {"name": "odd", "type": "uint24"}, {"name": "below", "type": "int16"}, {"name": "lowest", "type": "int256"},
      {"name": "flag", "type": "bool"}, {"name": "flags", "type": "bool[3]"}, {"name": "word", "type": "bytes32"},
      {"name": "tag", "type": "bytes5"}, {"name": "data", "type": "bytes"}, {"name": "empty", "type": "bytes"},
      {"name": "text", "type": "string"}, {"name": "none", "type": "string"}, {"name": "to", "type": "address"},
      {"name": "numbers", "type": "int8[]"}]
  },
  "primaryType": "Order",
  "domain": {"name": "Every type", "version": "1", "chainId": 11155111,
    "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    "salt": "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
  "message": {
    "maker": {"name": "Cow", "wallets": ["0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"]},
    "takers": [{"name": "Bob", "wallets": []}, {"name": "Eve", "wallets": ["0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
      "0xB0BdaBea57B0BDABeA57b0bdABEA57b0BDabEa57"]}],
    "nobody": [], "small": 255, "large": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
    "odd": 65536, "below": -2, "lowest": "-57896044618658097711785492504343953926634992332820282019728792003956564819968",
    "flag": true, "flags": [false, true, false],
    "word": "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "tag": "0x0102030405",
    "data": "0xdeadbeef", "empty": "0x", "text": "two\nlines, caf\u00e9", "none": "",
    "to": "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98", "numbers": [-1, 0, 127]
  }
}"#;

/// A Safe bundle of a version of the contracts, on Sepolia.
pub fn safe_bundle(version: &str) -> CheckedRequest {
    json(
        &format!(
            r#"{{"format": "vitrine-safe-bundle", "version": 1, "chainId": {SEPOLIA},
            "safe": "0x5afe5afe5afe5afe5afe5afe5afe5afe5afe5afe", "safeVersion": "{version}",
            "to": "{PAYEE}", "value": "1000000000000000000", "data": "0x8d80ff0a", "operation": 1, "safeTxGas": "1",
            "baseGas": "2", "gasPrice": "3", "gasToken": "0x0000000000000000000000000000000000000004",
            "refundReceiver": "0x0000000000000000000000000000000000000005", "nonce": "77"}}"#
        ),
        SEPOLIA,
    )
}

/// Numbers of a path as it is written.
pub fn path(text: &str) -> Vec<u32> {
    let steps = text.trim_start_matches("m/").split('/');
    steps
        .map(|step| match step.strip_suffix('\'') {
            Some(step) => step.parse::<u32>().unwrap() | HARDENED,
            None => step.parse().unwrap(),
        })
        .collect()
}

pub fn hex(text: &str) -> Vec<u8> {
    let text = text.trim_start_matches("0x");
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

pub fn hex_number(value: &Value) -> u128 {
    u128::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}
