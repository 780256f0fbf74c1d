//! A small town of contracts, and calls to them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing; each test file uses its own part"
)]

use std::collections::BTreeMap;

use alloy_dyn_abi::DynSolValue;
use vitrine_ethereum::Located;
use vitrine_ethereum::abi::{Function, Selector};
use vitrine_ethereum::alloy_primitives::{Address, B256, U256};
use vitrine_ethereum::call::{Call, Contracts, Known, Operation, Root, Standard, Via, explain};

pub const SENDER: Address = Address::repeat_byte(0x11);
pub const SAFE: Address = Address::repeat_byte(0x5a);
pub const MULTI_SEND: Address = Address::repeat_byte(0x35);
pub const TOKEN: Address = Address::repeat_byte(0x70);
pub const TIMELOCK: Address = Address::repeat_byte(0x71);
pub const PROXY: Address = Address::repeat_byte(0x99);
pub const STRANGER: Address = Address::repeat_byte(0xee);
pub const PAYEE: Address = Address::repeat_byte(0xab);

/// Contracts by address, and functions that anybody could have.
#[derive(Default)]
pub struct Town {
    known: BTreeMap<Address, Known>,
}

impl Town {
    /// A Safe, its MultiSend, a token, a timelock and a proxy.
    pub fn new() -> Self {
        let mut town = Self::default();
        town.add(SAFE, "Treasury", Standard::Safe, SAFE_FUNCTIONS);
        town.add(MULTI_SEND, "MultiSendCallOnly", Standard::MultiSend, &["multiSend(bytes transactions)"]);
        town.add(TOKEN, "Token", Standard::Erc20, ERC20_FUNCTIONS);
        town.add(TIMELOCK, "Timelock", Standard::TimelockController, TIMELOCK_FUNCTIONS);
        town.add(PROXY, "Vault", Standard::Proxy, &["upgradeToAndCall(address newImplementation,bytes data)"]);
        town.known.get_mut(&MULTI_SEND).unwrap().pinned_for_delegatecall = true;
        town
    }

    pub fn add(&mut self, address: Address, name: &str, standard: Standard, functions: &[&str]) {
        let functions = functions.iter().map(|text| (standard, Function::parse(text).unwrap())).collect();
        let source = ("test", "a test".to_owned());
        let known = Known {
            name: name.to_owned(),
            source,
            functions,
            is_create2_factory: false,
            pinned_for_delegatecall: false,
            token: None,
        };
        self.known.insert(address, known);
    }
}

impl Contracts for Town {
    fn at(&self, address: Address) -> Option<Known> {
        self.known.get(&address).cloned()
    }

    fn guesses(&self, selector: Selector) -> Vec<Function> {
        let all = self.known.values().flat_map(|known| known.functions.iter().map(|(_, f)| f.clone()));
        all.filter(|f| f.selector() == selector).collect()
    }
}

pub const SAFE_FUNCTIONS: &[&str] = &[
    "execTransaction(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,\
     uint256 gasPrice,address gasToken,address refundReceiver,bytes signatures)",
    "addOwnerWithThreshold(address owner,uint256 _threshold)",
    "enableModule(address module)",
    "approveHash(bytes32 hashToApprove)",
    "getOwners()",
];
pub const ERC20_FUNCTIONS: &[&str] = &["transfer(address to,uint256 value)", "approve(address spender,uint256 value)"];
pub const TIMELOCK_FUNCTIONS: &[&str] = &[
    "schedule(address target,uint256 value,bytes data,bytes32 predecessor,bytes32 salt,uint256 delay)",
    "scheduleBatch(address[] targets,uint256[] values,bytes[] payloads,bytes32 predecessor,bytes32 salt,\
     uint256 delay)",
];

/// Calldata of a function.
pub fn calldata(function: &str, values: Vec<DynSolValue>) -> Vec<u8> {
    let selector = Function::parse(function).unwrap().selector();
    [selector.to_vec(), DynSolValue::Tuple(values).abi_encode_params()].concat()
}

pub fn address(value: Address) -> DynSolValue {
    DynSolValue::Address(value)
}

pub fn number(value: u64) -> DynSolValue {
    DynSolValue::Uint(U256::from(value), 256)
}

pub fn bytes(value: Vec<u8>) -> DynSolValue {
    DynSolValue::Bytes(value)
}

pub fn word(value: u8) -> DynSolValue {
    DynSolValue::FixedBytes(B256::repeat_byte(value), 32)
}

/// A transfer of the token.
pub fn transfer(amount: u64) -> Vec<u8> {
    calldata(ERC20_FUNCTIONS[0], vec![address(PAYEE), number(amount)])
}

/// A Safe's transaction without refund.
pub fn exec(to: Address, value: u64, data: Vec<u8>, operation: u64) -> Vec<u8> {
    let zero = || address(Address::ZERO);
    let values = vec![address(to), number(value), bytes(data), DynSolValue::Uint(U256::from(operation), 8)];
    let rest = vec![number(0), number(0), number(0), zero(), zero(), bytes(vec![])];
    calldata(SAFE_FUNCTIONS[0], [values, rest].concat())
}

/// One packed entry of a multiSend.
pub fn entry(operation: u8, to: Address, value: u64, data: &[u8]) -> Vec<u8> {
    let (value, length) = (U256::from(value).to_be_bytes_vec(), U256::from(data.len()).to_be_bytes_vec());
    [vec![operation], to.to_vec(), value, length, data.to_vec()].concat()
}

pub fn multi_send(entries: &[Vec<u8>]) -> Vec<u8> {
    calldata("multiSend(bytes transactions)", vec![bytes(entries.concat())])
}

pub fn schedule(target: Address, data: Vec<u8>) -> Vec<u8> {
    let values = vec![address(target), number(0), bytes(data), word(0), word(7), number(172_800)];
    calldata(TIMELOCK_FUNCTIONS[0], values)
}

/// A call from the sender, explained in the town.
pub fn explained(town: &Town, to: Address, value: u64, data: Vec<u8>) -> Call {
    explain(root(to, value, data), town).unwrap()
}

pub fn root(to: Address, value: u64, data: Vec<u8>) -> Root {
    Root {
        via: Via::Request,
        executor: SENDER,
        operation: Operation::Call,
        to: Some(to),
        value_wei: U256::from(value),
        data: Located::binary(data, 0),
        parts: Vec::new(),
    }
//! Vectors, and a way to write what nobody should.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::Value;
use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, B256};
use vitrine_ethereum::transaction::Fee;
use vitrine_review::Span;

/// What `ethers` and Keystone's registry wrote; see vectors/SOURCE.md.
pub fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/sign-requests.json")).unwrap()
}

pub fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap()
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex(value[key].as_str().unwrap())
}

pub fn name(value: &Value) -> String {
    value["name"].as_str().unwrap().to_owned()
}

pub fn address(value: &Value, key: &str) -> Address {
    Address::from_slice(&bytes(value, key))
}

pub fn hash(value: &Value, key: &str) -> B256 {
    B256::from_slice(&bytes(value, key))
}

/// The entry of this name.
pub fn named(list: &Value, wanted: &str) -> Value {
    list.as_array().unwrap().iter().find(|entry| entry["name"] == wanted).unwrap().clone()
}

/// The unsigned transaction of this name.
pub fn unsigned(wanted: &str) -> Vec<u8> {
    bytes(&named(&vectors()["transactions"], wanted), "unsigned")
}

/// Writes a string of RLP.
pub fn string(content: &[u8]) -> Vec<u8> {
    match content {
        [0..0x80] => content.to_vec(),
        _ => [header(0x80, content.len()), content.to_vec()].concat(),
    }
}

/// Writes a list of RLP.
pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let payload = items.concat();
    [header(0xc0, payload.len()), payload].concat()
}

fn header(base: u8, length: usize) -> Vec<u8> {
    if length < 56 {
        return vec![base + length as u8];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    [vec![base + 55 + digits.len() as u8], digits].concat()
}

/// Every named field of a transaction and its value.
pub fn values(transaction: &Transaction) -> Vec<(String, String)> {
    let mut values = vec![
        ("type".to_owned(), transaction.transaction_type().number().to_string()),
        ("chain_id".to_owned(), transaction.chain_id().value.to_string()),
        ("nonce".to_owned(), transaction.nonce().value.to_string()),
        ("gas_limit".to_owned(), transaction.gas_limit().value.to_string()),
        ("to".to_owned(), format!("{:?}", transaction.to().value)),
        ("value".to_owned(), transaction.value_wei().value.to_string()),
        ("data".to_owned(), format!("{:02x?}", transaction.data().value.bytes())),
    ];
    values.push(match transaction.fee() {
        Fee::GasPrice { gas_price_wei } => ("gas_price".to_owned(), gas_price_wei.value.to_string()),
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => (
            "max_fee_per_gas".to_owned(),
            format!("{} {}", max_priority_fee_per_gas_wei.value, max_fee_per_gas_wei.value),
        ),
    });
    for item in transaction.access_list() {
        values.push(("access_list".to_owned(), item.address.value.to_string()));
        values.extend(item.storage_keys.iter().map(|key| ("storage_key".to_owned(), key.value.to_string())));
    }
    if let Some(blobs) = transaction.blobs() {
        values.push(("max_fee_per_blob_gas".to_owned(), blobs.max_fee_per_blob_gas_wei.value.to_string()));
        values.extend(blobs.blob_versioned_hashes.iter().map(|hash| ("blob".to_owned(), hash.value.to_string())));
    }
    for item in transaction.authorization_list() {
        let (chain, address, nonce) = (item.chain_id.value, item.address.value, item.nonce.value);
        let signature = (item.y_parity.value, item.r.value, item.s.value);
        values.push(("authorization".to_owned(), format!("{chain} {address} {nonce} {signature:?}")));
    }
    values
}

/// That these spans are all bytes of the range, each once.
pub fn assert_owned(mut spans: Vec<Span>, start: usize, end: usize, what: &str) {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut at = start;
    for span in spans {
        assert_eq!(span.start, at, "{what}: {span:?}");
        at = span.end;
    }
    assert_eq!(at, end, "{what}");
}
