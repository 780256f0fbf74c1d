//! A small town of contracts, and calls to them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing; each test file uses its own part"
)]

pub mod envelope;
pub mod requests;

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
    functions: BTreeMap<Address, Vec<(Standard, Function)>>,
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
        self.functions.insert(address, functions);
        let source = ("test", "a test".to_owned());
        let known = Known {
            name: name.to_owned(),
            source,
            standard,
            is_create2_factory: false,
            pinned_for_delegatecall: false,
            zero_target_is_self: false,
            token: None,
        };
        self.known.insert(address, known);
    }
}

impl Contracts for Town {
    fn at(&self, address: Address) -> Option<Known> {
        self.known.get(&address).cloned()
    }

    fn function(&self, address: Address, selector: Selector) -> Option<(Standard, Function)> {
        self.functions.get(&address)?.iter().find(|(_, function)| function.selector() == selector).cloned()
    }

    fn guesses(&self, selector: Selector) -> Vec<Function> {
        let all = self.functions.values().flatten().map(|(_, f)| f.clone());
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
}
