//! Requests that ask for as much work as they can, each of a size that is stated: what is hostile grows with `n`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing; each user takes its own part"
)]

use alloy_dyn_abi::DynSolValue;
use vitrine_ethereum::abi::Function;
use vitrine_ethereum::alloy_primitives::{Address, B256, U256, address as addr, hex, keccak256};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::safe::SafeVersion;
use vitrine_ethereum::{BookEntry, OwnAccount, RequestForm, SafeAccount, Surroundings};

use crate::common::{list as list_of, string};
use crate::town::{self, address, bytes, calldata, entry, exec, multi_send, number};

pub const SAFE: Address = Address::repeat_byte(0x5a);
pub const OWNER: Address = Address::repeat_byte(0x01);
pub const MULTI_SEND: Address = addr!("38869bf66a61cF6bDB996A6aE40D5853Fd43B526");
pub const USDC: Address = addr!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
pub const PERMIT2: Address = addr!("000000000022D473030F116dDEE9F6B43aC78BA3");
const COLLECTION: Address = Address::repeat_byte(0x44);
const TIMELOCK: Address = Address::repeat_byte(0x71);
const ODD: Address = Address::repeat_byte(0x0d);
const STRANGER: Address = Address::repeat_byte(0xee);

/// Tuples around the one value of the first of those functions.
const TUPLES: usize = 26;

/// Functions by which the folder's own contract can be asked for much.
fn odd_functions() -> [Function; 4] {
    let name = "a".repeat(128);
    [
        format!("nested({}uint8 value{}[] list)", "(".repeat(TUPLES), ")".repeat(TUPLES)),
        "lists(uint256[][][] lists)".to_owned(),
        format!("names((uint8 {name},bytes b)[] {name})"),
        "numbers(uint256[] numbers)".to_owned(),
    ]
    .map(|text| Function::parse(&text).unwrap())
}

/// The n-th of many addresses.
pub fn stranger(n: usize) -> Address {
    Address::from_slice(&keccak256(n.to_be_bytes())[..20])
}

/// A ceremony with an address book of `entries`, whose contracts take everything that the requests ask for.
pub fn surroundings(entries: usize) -> Surroundings {
    let named = |address, name: &str| BoundContract {
        chain_id: 1,
        address,
        name: name.to_owned(),
        interface: BoundInterface::Named(name.to_owned()),
    };
    let own = odd_functions().to_vec();
    let odd = BoundContract { chain_id: 1, address: ODD, name: "Odd".to_owned(), interface: BoundInterface::Own(own) };
    let contracts = vec![named(COLLECTION, "erc1155"), named(TIMELOCK, "openzeppelin/TimelockController"), odd];
    let accounts = vec![OwnAccount { name: "Alice".to_owned(), address: OWNER, path: vec![0x8000_002c] }];
    let safe = SafeAccount {
        name: "Treasury".to_owned(),
        address: SAFE,
        version: SafeVersion::V1_4_1,
        owners: vec![("Alice".to_owned(), OWNER)],
        threshold: 1,
    };
    let entry = |n| BookEntry {
        label: format!("Payee {n}"),
        address: stranger(n),
        provenance: format!("Added by clerk {n}, approved by J. Lindqvist"),
    };
    let book = (0..entries).map(entry).collect();
    Surroundings::new(1, accounts, vec![safe], book, Interfaces::with_contracts(contracts).unwrap())
}

/// A request, and how large its parts are meant to be.
pub struct Hostile {
    pub name: &'static str,
    pub form: RequestForm,
    pub bytes: Vec<u8>,
}

fn transfer(n: usize) -> Vec<u8> {
    calldata("transfer(address,uint256)", vec![address(stranger(n)), number(n as u64)])
}

/// A Safe's multiSend of n transfers, as a bundle.
pub fn transfers(n: usize) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = (0..n).map(|n| entry(0, USDC, 0, &transfer(n))).collect();
    town::requests::bundle("", MULTI_SEND, 0, &multi_send(&entries), 1, 0).bytes
}

/// MultiSends within each other, twelve deep, each with n transfers besides.
fn nested_multi_sends(n: usize) -> Vec<u8> {
    let plain = || (0..n).map(|n| entry(0, USDC, 0, &transfer(n)));
    let mut packed = multi_send(&plain().collect::<Vec<_>>());
    for _ in 0..12 {
        packed = multi_send(&plain().chain([entry(1, MULTI_SEND, 0, &packed)]).collect::<Vec<_>>());
    }
    town::requests::bundle("", MULTI_SEND, 0, &packed, 1, 0).bytes
}

/// A Safe's transactions within each other, fourteen deep, around n bytes of data.
fn deep(n: usize) -> Vec<u8> {
    let mut data = vec![0x77; n];
    let mut to = STRANGER;
    for _ in 0..14 {
        data = exec(to, 0, data, 0);
        to = SAFE;
    }
    transaction(SAFE, data)
}

fn transaction(to: Address, data: Vec<u8>) -> Vec<u8> {
    town::requests::transactions("", 0, to, 0, &data).swap_remove(2).bytes
}

fn list(n: usize, item: impl Fn(usize) -> DynSolValue) -> DynSolValue {
    DynSolValue::Array((0..n).map(item).collect())
}

fn tokens_in_one_transfer(n: usize) -> Vec<u8> {
    let values = vec![
        address(OWNER),
        address(stranger(1)),
        list(n, |n| number(n as u64)),
        list(n, |n| number(n as u64)),
        bytes(vec![]),
    ];
    transaction(COLLECTION, calldata("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", values))
}

/// Rights to spend n tokens of a stranger, in one call of Permit2.
fn rights_in_one_call(n: usize) -> Vec<u8> {
    let small = |n: usize, bits| DynSolValue::Uint(U256::from(n), bits);
    let one = |n: usize| DynSolValue::Tuple(vec![address(stranger(n)), small(n, 160), small(n, 48), small(n, 48)]);
    let permit = DynSolValue::Tuple(vec![list(n, one), address(STRANGER), number(1)]);
    let signature = "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)";
    transaction(PERMIT2, calldata(signature, vec![address(stranger(1)), permit, bytes(vec![])]))
}

fn scheduled(n: usize) -> Vec<u8> {
    scheduled_calls(n, USDC, transfer)
}

fn scheduled_calls(n: usize, to: Address, data: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let word = || DynSolValue::FixedBytes(B256::ZERO, 32);
    let values = vec![
        list(n, |_| address(to)),
        list(n, |_| number(0)),
        list(n, |n| bytes(data(n))),
        word(),
        word(),
        number(3_600),
    ];
    transaction(TIMELOCK, calldata("scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)", values))
}

fn odd(function: usize, values: DynSolValue) -> Vec<u8> {
    let selector = odd_functions()[function].selector();
    transaction(ODD, [selector.to_vec(), DynSolValue::Tuple(vec![values]).abi_encode_params()].concat())
}

/// One value in as many tuples as may be, n times.
pub fn nested_tuples(n: usize) -> Vec<u8> {
    odd(0, tuples(n))
}

fn tuples(n: usize) -> DynSolValue {
    let one = |_| (0..TUPLES).fold(DynSolValue::Uint(U256::from(7), 8), |inner, _| DynSolValue::Tuple(vec![inner]));
    list(n, one)
}

/// A timelock's batch of `calls` such calls, each small enough in itself.
pub fn batch_of_nested_tuples(calls: usize, n: usize) -> Vec<u8> {
    let selector = odd_functions()[0].selector();
    let data = [selector.to_vec(), DynSolValue::Tuple(vec![tuples(n)]).abi_encode_params()].concat();
    scheduled_calls(calls, ODD, |_| data.clone())
}

fn lists_of_nothing(n: usize) -> Vec<u8> {
    let inner = |_| list(1, |_| DynSolValue::Array(Vec::new()));
    odd(1, list(n, inner))
}

fn long_names(n: usize) -> Vec<u8> {
    odd(2, list(n, |_| DynSolValue::Tuple(vec![DynSolValue::Uint(U256::from(7), 8), bytes(vec![])])))
}

/// n numbers in one call.
pub fn numbers(n: usize) -> Vec<u8> {
    odd(3, list(n, |n| number(n as u64)))
}

/// A call of a contract that nobody bound, which may be one of n calls.
fn guessed(n: usize) -> Vec<u8> {
    let calls = list(n, |n| bytes(transfer(n)));
    transaction(STRANGER, calldata("multicall(bytes[])", vec![calls]))
}

fn init_code(n: usize) -> Vec<u8> {
    let data = calldata("performCreate(uint256,bytes)", vec![number(0), bytes(vec![0x60; n])]);
    let create_call = addr!("9b35Af71d77eaf8d7e40252370304687390A1A52");
    town::requests::bundle("", create_call, 0, &data, 1, 0).bytes
}

fn confirmations(n: usize) -> Vec<u8> {
    let text = String::from_utf8(town::requests::bundle("", USDC, 0, &transfer(1), 0, 0).bytes).unwrap();
    let signature = "07".repeat(65);
    let one = |n| format!(r#"{{"owner":"{}","signature":"0x{signature}"}}"#, stranger(n));
    let list = (0..n).map(one).collect::<Vec<_>>().join(",");
    format!(r#"{},"confirmations":[{list}]}}"#, text.strip_suffix('}').unwrap()).into_bytes()
}

fn typed(types: &str, primary: &str, message: &str) -> Vec<u8> {
    format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"chainId","type":"uint256"}},{{"name":"verifyingContract","type":"address"}}],{types}}},"primaryType":"{primary}","domain":{{"chainId":1,"verifyingContract":"{STRANGER}"}},"message":{message}}}"#
    )
    .into_bytes()
}

/// Typed data with n addresses, all of the address book.
fn typed_addresses(n: usize) -> Vec<u8> {
    let values = (0..n).map(|n| format!("\"{}\"", stranger(n))).collect::<Vec<_>>().join(",");
    typed(r#""List":[{"name":"a","type":"address[]"}]"#, "List", &format!("{{\"a\":[{values}]}}"))
}

/// Types that each hold the next one twice, n deep.
fn typed_doubling(n: usize) -> Vec<u8> {
    let member = |n: usize| if n == 0 { "bool".to_owned() } else { format!("T{}", n - 1) };
    let one = |n: usize| {
        let inner = member(n);
        format!(r#""T{n}":[{{"name":"a","type":"{inner}"}},{{"name":"b","type":"{inner}"}}]"#)
    };
    let value = (0..=n).fold("true".to_owned(), |value, _| format!(r#"{{"a":{value},"b":{value}}}"#));
    typed(&(0..=n).map(one).collect::<Vec<_>>().join(","), &format!("T{n}"), &value)
}

/// n structs whose type's description is as long as it may be, and refers to itself.
fn typed_descriptions(n: usize) -> Vec<u8> {
    let members: Vec<String> = (0..900).map(|i| format!(r#"{{"name":"member_{i:0>12}","type":"uint256"}}"#)).collect();
    let big = format!(r#""Big":[{}]"#, members.join(","));
    let node = r#""Node":[{"name":"kids","type":"Node[]"},{"name":"big","type":"Big[]"}]"#;
    let kid = r#"{"kids":[],"big":[]}"#;
    let value = format!(r#"{{"kids":[{}],"big":[]}}"#, vec![kid; n].join(","));
    typed(&format!("{big},{node}"), "Node", &value)
}

/// n keys of one struct that nobody signs.
fn typed_not_signed(n: usize) -> Vec<u8> {
    let keys: Vec<String> = (0..n).map(|n| format!(r#""key_{n}":1"#)).collect();
    typed(r#""One":[{"name":"a","type":"bool"}]"#, "One", &format!(r#"{{"a":true,{}}}"#, keys.join(",")))
}

/// A struct with n members and as many keys that nobody signs.
fn typed_members(n: usize) -> Vec<u8> {
    let types: Vec<String> = (0..n).map(|n| format!(r#"{{"name":"member_{n}","type":"bool"}}"#)).collect();
    let keys = (0..n).map(|n| format!(r#""member_{n}":true"#)).chain((0..40 * n).map(|n| format!(r#""key_{n}":1"#)));
    typed(&format!(r#""One":[{}]"#, types.join(",")), "One", &format!("{{{}}}", keys.collect::<Vec<_>>().join(",")))
}

/// A transaction whose last field is a list of these items.
fn with_list(kind: u8, before: &[&[u8]], items: &[Vec<u8>]) -> Vec<u8> {
    let mut fields: Vec<Vec<u8>> = before.iter().map(|field| string(field)).collect();
    if kind == 4 {
        fields.push(list_of(&[]));
    }
    fields.push(list_of(items));
    [vec![kind], list_of(&fields)].concat()
}

/// n storage keys of n / 8 accounts.
fn access_list(n: usize) -> Vec<u8> {
    let item = |i: usize| {
        let keys: Vec<Vec<u8>> = (0..8).map(|k| string(&keccak256([i as u8, k]).0)).collect();
        list_of(&[string(stranger(i).as_slice()), list_of(&keys)])
    };
    let items: Vec<Vec<u8>> = (0..n / 8).map(item).collect();
    with_list(1, &[&[1], &[2], &[9; 4], &[0x52, 8], STRANGER.as_slice(), &[], &[]], &items)
}

/// n authorizations whose signatures are no one's in particular.
pub fn authorizations(n: usize) -> Vec<u8> {
    let item = |i: usize| {
        let r = keccak256(i.to_be_bytes());
        let mut s = keccak256(r);
        s.0[0] = 0x11;
        let r = r.0.iter().copied().skip_while(|b| *b == 0).collect::<Vec<_>>();
        let account = stranger(i);
        let parts = [&[1][..], account.as_slice(), &[7], &[1], &r, s.as_slice()];
        list_of(&parts.map(string))
    };
    let items: Vec<Vec<u8>> = (0..n).map(item).collect();
    with_list(4, &[&[1], &[2], &[1], &[9; 4], &[0x52, 8], STRANGER.as_slice(), &[], &[]], &items)
}

/// A message of n words with letters of several scripts.
fn mixed_message(n: usize) -> Vec<u8> {
    sign_request("pαypаl\u{301} ".repeat(n).as_bytes())
}

/// A sign-in that agrees to n things.
fn sign_in(n: usize) -> Vec<u8> {
    let resources: String = (0..n).map(|n| format!("\n- https://example.com/{n}")).collect();
    let text = format!(
        "example.com wants you to sign in with your Ethereum account:\n{OWNER}\n\n\nURI: https://example.com/login\n\
         Version: 1\nChain ID: 1\nNonce: 32891756\nIssued At: 2021-09-30T16:25:24Z\nResources:{resources}"
    );
    sign_request(text.as_bytes())
}

/// An `eth-sign-request` for a message.
fn sign_request(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&hex!("a3025a")[..], &length, message, &hex!("0303"), &hex!("05d90130a10182182cf5")].concat()
}

/// Every hostile request, about `share` eighths of the largest that is read.
pub fn all(share: usize) -> Vec<Hostile> {
    use RequestForm::{EthSignRequest, Json, Transaction};
    let request = |name, form, bytes| Hostile { name, form, bytes };
    vec![
        request("calls in one multiSend", Json, transfers(250 * share)),
        request("calls in nested multiSends", Json, nested_multi_sends(18 * share)),
        request("data under nested calls", Transaction, deep(120_000 * share)),
        request("tokens in one transfer", Transaction, tokens_in_one_transfer(2_000 * share)),
        request("rights in one call", Transaction, rights_in_one_call(1_000 * share)),
        request("scheduled calls", Transaction, scheduled(250 * share)),
        request("nested tuples", Transaction, nested_tuples(290 * share)),
        request("lists of nothing", Transaction, lists_of_nothing(1_000 * share)),
        request("long names", Transaction, long_names(800 * share)),
        request("numbers", Transaction, numbers(4_000 * share)),
        request("guessed calls", Transaction, guessed(700 * share)),
        request("init code", Json, init_code(60_000 * share)),
        request("confirmations", Json, confirmations(550 * share)),
        request("typed addresses", Json, typed_addresses(2_800 * share)),
        request("typed doubling", Json, typed_doubling(9 + share.ilog2() as usize)),
        request("typed descriptions", Json, typed_descriptions(70 * share)),
        request("typed keys not signed", Json, typed_not_signed(7_500 * share)),
        request("typed members", Json, typed_members(110 * share)),
        request("access list", Transaction, access_list(3_400 * share)),
        request("authorizations", Transaction, authorizations(128 * share)),
        request("message of mixed scripts", EthSignRequest, mixed_message(7_500 * share)),
        request("sign-in", EthSignRequest, sign_in(3_500 * share)),
    ]
}
