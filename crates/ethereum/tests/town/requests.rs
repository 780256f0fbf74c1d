//! Requests as wallets make them, each of which could be signed.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844, TxLegacy};
use alloy_dyn_abi::DynSolValue;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use minicbor::Encoder;
use minicbor::data::Tag;
use vitrine_ethereum::alloy_primitives::{Address, B256, TxKind, U256, address as addr, hex};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::safe::SafeVersion;
use vitrine_ethereum::{BookEntry, OwnAccount, RequestForm, SafeAccount, Surroundings};

use super::{address, bytes, calldata, entry, multi_send, number, schedule, word};

pub const SAFE: Address = Address::repeat_byte(0x5a);
pub const OWNER: Address = Address::repeat_byte(0x01);
pub const PAYEE: Address = Address::repeat_byte(0xab);
pub const TIMELOCK: Address = Address::repeat_byte(0x71);
pub const VAULT: Address = Address::repeat_byte(0x99);
pub const OWNED: Address = Address::repeat_byte(0x77);
pub const ROLES: Address = Address::repeat_byte(0x88);
pub const GOVERNOR: Address = Address::repeat_byte(0x66);
pub const NFT: Address = Address::repeat_byte(0x44);
pub const UNLISTED: Address = Address::repeat_byte(0x33);
pub const USDC: Address = addr!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
pub const WETH: Address = addr!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
pub const MULTICALL3: Address = addr!("cA11bde05977b3631167028862bE2a173976CA11");
pub const PERMIT2: Address = addr!("000000000022D473030F116dDEE9F6B43aC78BA3");
pub const MULTI_SEND_CALL_ONLY: Address = addr!("9641d764fc13c8B624c04430C7356C1C7C8102e2");

/// A request and how it is to be read.
pub struct Sample {
    pub name: String,
    pub form: RequestForm,
    pub bytes: Vec<u8>,
}

/// A ceremony that knows everybody the samples name.
pub fn surroundings() -> Surroundings {
    let bound = |(address, name, interface): &(Address, &str, &str)| BoundContract {
        chain_id: 1,
        address: *address,
        name: (*name).to_owned(),
        interface: BoundInterface::Named((*interface).to_owned()),
    };
    let contracts = [
        (TIMELOCK, "Timelock", "openzeppelin/TimelockController"),
        (VAULT, "Vault", "openzeppelin/UUPSUpgradeable"),
        (OWNED, "Owned", "openzeppelin/Ownable"),
        (ROLES, "Roles", "openzeppelin/AccessControl"),
        (GOVERNOR, "Governor", "openzeppelin/Governor"),
        (NFT, "Collection", "erc721"),
        (UNLISTED, "Unlisted token", "erc20"),
    ];
    Surroundings {
        chain_id: 1,
        accounts: vec![OwnAccount { name: "Alice".to_owned(), address: OWNER, path: vec![0x8000_002c] }],
        safes: vec![SafeAccount {
            name: "Treasury".to_owned(),
            address: SAFE,
            version: SafeVersion::V1_4_1,
            owners: vec![("Alice".to_owned(), OWNER)],
            threshold: 1,
        }],
        book: vec![BookEntry { label: "Payee".to_owned(), address: PAYEE, provenance: "A, B".to_owned() }],
        interfaces: Interfaces::with_contracts(contracts.iter().map(bound).collect()).unwrap(),
    }
}

/// Calls whose meaning is known: name, target, value in wei, data.
pub fn calls() -> Vec<(&'static str, Address, u64, Vec<u8>)> {
    let transfer = |amount| calldata("transfer(address,uint256)", vec![address(PAYEE), number(amount)]);
    let role = || vec![word(7), address(PAYEE)];
    let list = DynSolValue::Array;
    let tuple = DynSolValue::Tuple;
    let upgrade = calldata("upgradeToAndCall(address,bytes)", vec![address(UNLISTED), bytes(vec![])]);
    let batch = |data: Vec<Vec<u8>>| {
        let targets = data.iter().map(|_| address(USDC)).collect();
        let values = data.iter().map(|_| number(0)).collect();
        let data = data.into_iter().map(bytes).collect();
        vec![list(targets), list(values), list(data)]
    };
    let batch_and = |rest: Vec<DynSolValue>| [batch(vec![transfer(9), transfer(10)]), rest].concat();
    let aggregate = tuple(vec![address(WETH), DynSolValue::Bool(false), bytes(transfer(3))]);
    let small = |n: u64, bits| DynSolValue::Uint(U256::from(n), bits);
    vec![
        ("native", PAYEE, 1_000_000_000_000_000_000, vec![]),
        ("token transfer", USDC, 0, transfer(1_000_250_000)),
        ("unlisted token", UNLISTED, 0, transfer(5)),
        ("token approve", USDC, 0, calldata("approve(address,uint256)", vec![address(PAYEE), number(77)])),
        (
            "token approve all",
            USDC,
            0,
            calldata("approve(address,uint256)", vec![address(PAYEE), DynSolValue::Uint(U256::MAX, 256)]),
        ),
        (
            "token transferFrom",
            USDC,
            0,
            calldata("transferFrom(address,address,uint256)", vec![address(OWNER), address(PAYEE), number(8)]),
        ),
        ("wrap", WETH, 500, calldata("deposit()", vec![])),
        ("unwrap", WETH, 0, calldata("withdraw(uint256)", vec![number(500)])),
        ("upgrade", VAULT, 0, upgrade.clone()),
        ("own", OWNED, 0, calldata("transferOwnership(address)", vec![address(PAYEE)])),
        ("renounce", OWNED, 0, calldata("renounceOwnership()", vec![])),
        ("grant", ROLES, 0, calldata("grantRole(bytes32,address)", role())),
        ("revoke", ROLES, 0, calldata("revokeRole(bytes32,address)", role())),
        ("schedule", TIMELOCK, 0, schedule(VAULT, upgrade)),
        ("schedule transfer", TIMELOCK, 0, schedule(USDC, transfer(6))),
        (
            "schedule batch",
            TIMELOCK,
            0,
            calldata(
                "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)",
                batch_and(vec![word(0), word(1), number(3_600)]),
            ),
        ),
        ("delay", TIMELOCK, 0, calldata("updateDelay(uint256)", vec![number(60)])),
        (
            "propose",
            GOVERNOR,
            0,
            calldata(
                "propose(address[],uint256[],bytes[],string)",
                batch_and(vec![DynSolValue::String("Pay Halden".to_owned())]),
            ),
        ),
        ("vote", GOVERNOR, 0, calldata("castVote(uint256,uint8)", vec![number(5), small(1, 8)])),
        (
            "collectible",
            NFT,
            0,
            calldata("transferFrom(address,address,uint256)", vec![address(OWNER), address(PAYEE), number(12)]),
        ),
        (
            "all collectibles",
            NFT,
            0,
            calldata("setApprovalForAll(address,bool)", vec![address(PAYEE), DynSolValue::Bool(true)]),
        ),
        (
            "permit2 approve",
            PERMIT2,
            0,
            calldata(
                "approve(address,address,uint160,uint48)",
                vec![address(USDC), address(PAYEE), small(900, 160), small(1_800_000_000, 48)],
            ),
        ),
        (
            "multicall",
            MULTICALL3,
            0,
            calldata("aggregate3((address,bool,bytes)[])", vec![list(vec![aggregate.clone(), aggregate])]),
        ),
    ]
}

/// Calls that only a Safe makes to itself.
fn own_calls() -> Vec<(&'static str, Address, u64, Vec<u8>)> {
    let one = |function: &str, values| calldata(function, values);
    vec![
        ("owner", SAFE, 0, one("addOwnerWithThreshold(address,uint256)", vec![address(PAYEE), number(2)])),
        (
            "remove",
            SAFE,
            0,
            one("removeOwner(address,address,uint256)", vec![address(OWNER), address(PAYEE), number(1)]),
        ),
        (
            "swap",
            SAFE,
            0,
            one("swapOwner(address,address,address)", vec![address(OWNER), address(PAYEE), address(USDC)]),
        ),
        ("threshold", SAFE, 0, one("changeThreshold(uint256)", vec![number(2)])),
        ("module", SAFE, 0, one("enableModule(address)", vec![address(PAYEE)])),
        ("guard", SAFE, 0, one("setGuard(address)", vec![address(PAYEE)])),
        ("handler", SAFE, 0, one("setFallbackHandler(address)", vec![address(PAYEE)])),
    ]
}

/// Batches of several requests: what each sample call is in an envelope, by threes, with a permit and a message at the end.
pub fn batches() -> Vec<Vec<u8>> {
    let enveloped = |(n, (_, to, value, data)): (usize, (&str, Address, u64, Vec<u8>))| {
        sign_request(n as u8, 4, &dynamic_fee(n as u64, to, value, &data))
    };
    let all: Vec<Vec<u8>> = calls().into_iter().enumerate().map(enveloped).collect();
    let mut batches: Vec<Vec<u8>> = all.chunks(3).map(batch).collect();
    batches.push(batch(&[sign_request(1, 2, permit_json().as_bytes()), sign_request(2, 3, b"Pay Halden 5 ETH")]));
    batches
}

/// At least 200 requests of every form.
pub fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (n, (name, to, value, data)) in calls().into_iter().enumerate() {
        samples.extend(transactions(name, n as u64, to, value, &data));
        let enveloped = sign_request(n as u8, 4, &dynamic_fee(n as u64, to, value, &data));
        let name_of_it = format!("{name}, eth-sign-request");
        samples.push(Sample { name: name_of_it, form: RequestForm::EthSignRequest, bytes: enveloped });
        samples.push(bundle(name, to, value, &data, 0, n));
        samples.push(typed_safe_tx(name, to, value, &data, 0, n));
        let packed = multi_send(&[entry(0, to, value, &data)]);
        samples.push(bundle(&format!("multiSend {name}"), MULTI_SEND_CALL_ONLY, 0, &packed, 1, n));
        let pair = multi_send(&[entry(0, PAYEE, 7, &[]), entry(0, to, value, &data)]);
        samples.push(exec(&format!("multiSend, native and {name}"), MULTI_SEND_CALL_ONLY, 0, pair, 1));
        samples.push(exec(name, to, value, data, 0));
    }
    for (n, (name, to, value, data)) in own_calls().into_iter().enumerate() {
        samples.push(bundle(name, to, value, &data, 0, n));
        samples.push(typed_safe_tx(name, to, value, &data, 0, n));
    }
    let all: Vec<Vec<u8>> =
        calls().into_iter().take(4).map(|(_, to, value, data)| entry(0, to, value, &data)).collect();
    samples.push(bundle("multiSend of four", MULTI_SEND_CALL_ONLY, 0, &multi_send(&all), 1, 0));
    samples.push(permit());
    samples
}

fn transactions(name: &str, nonce: u64, to: Address, value: u64, data: &[u8]) -> Vec<Sample> {
    let (to_kind, wei) = (TxKind::Call(to), U256::from(value));
    let sample =
        |kind: &str, bytes: Vec<u8>| Sample { name: format!("{name}, {kind}"), form: RequestForm::Transaction, bytes };
    let access_list = AccessList(vec![AccessListItem { address: to, storage_keys: vec![B256::repeat_byte(3)] }]);
    let legacy = TxLegacy {
        chain_id: Some(1),
        nonce,
        gas_price: 30_000_000_000,
        gas_limit: 90_000,
        to: to_kind,
        value: wei,
        input: data.to_vec().into(),
    };
    let listed = TxEip2930 {
        chain_id: 1,
        nonce,
        gas_price: 30_000_000_000,
        gas_limit: 90_000,
        to: to_kind,
        value: wei,
        access_list,
        input: data.to_vec().into(),
    };
    let blob = TxEip4844 {
        chain_id: 1,
        nonce,
        gas_limit: 90_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to,
        value: wei,
        access_list: AccessList::default(),
        blob_versioned_hashes: vec![B256::with_last_byte(9) | B256::from(U256::from(1) << 248)],
        max_fee_per_blob_gas: 7,
        input: data.to_vec().into(),
    };
    let mut all = vec![
        sample("legacy", legacy.encoded_for_signing()),
        sample("access list", listed.encoded_for_signing()),
        sample("dynamic fee", dynamic_fee(nonce, to, value, data)),
    ];
    if nonce.is_multiple_of(4) {
        all.push(sample("blob", blob.encoded_for_signing()));
    }
    all
}

/// A SafeTx as a bundle.
pub fn bundle(name: &str, to: Address, value: u64, data: &[u8], operation: u8, nonce: usize) -> Sample {
    let text = format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":1,"safeVersion":"1.4.1","safe":"{SAFE}","to":"{to}","value":"{value}","data":"{}","operation":{operation},"safeTxGas":0,"baseGas":0,"gasPrice":"0","nonce":{nonce}}}"#,
        hex::encode_prefixed(data)
    );
    Sample { name: format!("{name}, bundle"), form: RequestForm::Json, bytes: text.into_bytes() }
}

fn typed_safe_tx(name: &str, to: Address, value: u64, data: &[u8], operation: u8, nonce: usize) -> Sample {
    let text = format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"chainId","type":"uint256"}},{{"name":"verifyingContract","type":"address"}}],"SafeTx":[{{"name":"to","type":"address"}},{{"name":"value","type":"uint256"}},{{"name":"data","type":"bytes"}},{{"name":"operation","type":"uint8"}},{{"name":"safeTxGas","type":"uint256"}},{{"name":"baseGas","type":"uint256"}},{{"name":"gasPrice","type":"uint256"}},{{"name":"gasToken","type":"address"}},{{"name":"refundReceiver","type":"address"}},{{"name":"nonce","type":"uint256"}}]}},"primaryType":"SafeTx","domain":{{"chainId":1,"verifyingContract":"{SAFE}"}},"message":{{"to":"{to}","value":"{value}","data":"{}","operation":{operation},"safeTxGas":0,"baseGas":0,"gasPrice":0,"gasToken":"{zero}","refundReceiver":"{zero}","nonce":{nonce}}}}}"#,
        hex::encode_prefixed(data),
        zero = Address::ZERO,
    );
    Sample { name: format!("{name}, typed data"), form: RequestForm::Json, bytes: text.into_bytes() }
}

fn exec(name: &str, to: Address, value: u64, data: Vec<u8>, operation: u64) -> Sample {
    let bytes = dynamic_fee(3, SAFE, 0, &super::exec(to, value, data, operation));
    Sample { name: format!("{name}, execTransaction"), form: RequestForm::Transaction, bytes }
}

fn permit() -> Sample {
    Sample { name: "permit".to_owned(), form: RequestForm::Json, bytes: permit_json().into_bytes() }
}

/// Path of Alice's key in samples: m/44'.
const PATH: u64 = 44;

/// An `eth-sign-request` to Alice without address, as MetaMask sends it: its number, its data type, its data.
pub fn sign_request(id: u8, data_type: u8, data: &[u8]) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    let _ = cbor.map(5).and_then(|c| c.u8(1)).and_then(|c| c.tag(Tag::new(37))).and_then(|c| c.bytes(&[id; 16]));
    let _ = cbor.u8(2).and_then(|c| c.bytes(data)).and_then(|c| c.u8(3)).and_then(|c| c.u8(data_type));
    let _ = cbor.u8(4).and_then(|c| c.u8(1));
    let _ = cbor.u8(5).and_then(|c| c.tag(Tag::new(304))).and_then(|c| c.map(1)).and_then(|c| c.u8(1));
    let _ = cbor.array(2).and_then(|c| c.u64(PATH)).and_then(|c| c.bool(true));
    cbor.into_writer()
}

/// An `eth-batch-sign-request` of these requests.
pub fn batch(requests: &[Vec<u8>]) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    let _ = cbor.map(1).and_then(|c| c.u8(1)).and_then(|c| c.array(requests.len() as u64));
    let mut bytes = cbor.into_writer();
    for request in requests {
        bytes.extend([0xd9, 0x01, 0x91]); // tag 401
        bytes.extend(request);
    }
    bytes
}

/// An unsigned transaction of type 2, with this nonce.
pub fn dynamic_fee(nonce: u64, to: Address, value: u64, data: &[u8]) -> Vec<u8> {
    let tx = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 90_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to),
        value: U256::from(value),
        access_list: AccessList::default(),
        input: data.to_vec().into(),
    };
    tx.encoded_for_signing()
}

/// A permit of USDC, as typed data.
pub fn permit_json() -> String {
    format!(
        r#"{{"types":{{"EIP712Domain":[{{"name":"name","type":"string"}},{{"name":"version","type":"string"}},{{"name":"chainId","type":"uint256"}},{{"name":"verifyingContract","type":"address"}}],"Permit":[{{"name":"owner","type":"address"}},{{"name":"spender","type":"address"}},{{"name":"value","type":"uint256"}},{{"name":"nonce","type":"uint256"}},{{"name":"deadline","type":"uint256"}}]}},"primaryType":"Permit","domain":{{"name":"USD Coin","version":"2","chainId":1,"verifyingContract":"{USDC}"}},"message":{{"owner":"{OWNER}","spender":"{PAYEE}","value":"5000000","nonce":"1","deadline":"1800000000"}}}}"#
    )
}
