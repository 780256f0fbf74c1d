//! What the Ethereum targets share: a town that a ceremony knows, calls to its contracts made from the input, the
//! requests that carry them, and what must hold of every review.
#![allow(dead_code, reason = "each target uses some of it")]

#[path = "../../../../crates/ethereum/tests/town/mod.rs"]
pub mod town;

use std::sync::LazyLock;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use town::requests::{
    MULTI_SEND_CALL_ONLY, MULTICALL3, OWNER, PAYEE, PERMIT2, SAFE, Sample, TIMELOCK, USDC, WETH, samples,
};
use vitrine_ethereum::abi::{AbiType, Function};
use vitrine_ethereum::alloy_primitives::{Address, B256, I256, U256, address as addr, keccak256};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::safe::SafeVersion;
use vitrine_ethereum::{BookEntry, OwnAccount, RequestForm, SafeAccount, Surroundings, decode};
use vitrine_review::{Context, Span, to_json, to_text};

use crate::edits::take;

const MULTI_SEND: Address = addr!("38869bf66a61cF6bDB996A6aE40D5853Fd43B526");
const ENTRY_POINT: Address = addr!("0000000071727De22E5E9d8BAf0edAc6f37da032");
const CREATE2: Address = addr!("4e59b44847b379578588920cA78FbF26c0B4956C");
const CREATE_CALL: Address = addr!("9b35Af71d77eaf8d7e40252370304687390A1A52");
/// Begins and ends like the payee.
const LOOK_ALIKE: Address = addr!("abab0000000000000000000000000000000fabab");

/// Functions that no standard has: every kind of type, names that are missing or stand twice.
const ODD: [&str; 6] = [
    "odd(int8 a,int256 a,bytes1 ,bytes32 b,bool,string s)",
    "nested((uint8,(bytes x,address[] y)[] z)[2][] deep,uint16[3][2] flat)",
    "small((bool) nothing,(bool)[] nothings,((bytes)[3] x)[] more)",
    "lists(bytes[][] a,string[2] b,(uint256 x,uint256 x)[] c)",
    "deep(((((((((uint8[][][][] v))))))))  )",
    "one(bytes)",
];

/// A ceremony that knows a contract with every built-in interface, one with odd functions, and people that look alike.
pub static KNOWN: LazyLock<Surroundings> = LazyLock::new(|| {
    let own = ODD.iter().filter_map(|text| Function::parse(&text.replace("  )", ")")).ok()).collect();
    let odd = BoundContract {
        chain_id: 1,
        address: at("odd"),
        name: "Odd \u{202e}".to_owned(),
        interface: BoundInterface::Own(own),
    };
    let bound = |name: &str| BoundContract {
        chain_id: 1,
        address: at(name),
        name: name.to_owned(),
        interface: BoundInterface::Named(name.to_owned()),
    };
    let has_functions = |name: &&str| Interfaces::built_in().interface(name).is_some_and(|i| !i.functions.is_empty());
    let names = Interfaces::built_in().interface_names().filter(has_functions);
    let interfaces = Interfaces::with_contracts(names.map(bound).chain([odd]).collect()).expect("each has an address");
    let accounts = vec![OwnAccount { name: "Alice".to_owned(), address: OWNER, path: vec![0x8000_002c] }];
    let safe = |address, version| SafeAccount {
        name: format!("Treasury {version}"),
        address,
        version,
        owners: vec![("Alice".to_owned(), OWNER), ("Bob".to_owned(), Address::repeat_byte(2))],
        threshold: 1,
    };
    let safes = vec![safe(SAFE, SafeVersion::V1_4_1), safe(Address::repeat_byte(0x5b), SafeVersion::V1_1_1)];
    let book = vec![BookEntry { label: "Payee\u{200b}".to_owned(), address: PAYEE, provenance: "A, B".to_owned() }];
    Surroundings::new(1, accounts, safes, book, interfaces)
});

fn at(name: &str) -> Address {
    Address::from_slice(&keccak256(name)[..20])
}

/// A function at an address, and the types of its parameters.
type Target = (Address, Function, Vec<DynSolType>);

/// Every function that the ceremony knows.
static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let built_in = Interfaces::built_in();
    let names = built_in.interface_names().map(at);
    let pinned = [MULTI_SEND_CALL_ONLY, MULTI_SEND, MULTICALL3, PERMIT2, USDC, WETH, ENTRY_POINT, CREATE_CALL];
    let mut targets: Vec<(Address, Function)> = Vec::new();
    for address in names.chain(pinned).chain([at("odd")]) {
        let contract = KNOWN.interfaces().contract_at(1, address);
        targets.extend(contract.iter().flat_map(|c| c.functions).map(|function| (address, function.clone())));
    }
    let safe = built_in.interface("safe/1.4.1/Safe").expect("it is built in").functions;
    targets.extend(safe.iter().map(|function| (SAFE, function.clone())));
    let kinds = |function: &Function| {
        let kinds = function.inputs.iter().map(|input| DynSolType::parse(&input.kind.to_string()));
        kinds.collect::<Result<Vec<_>, _>>().ok()
    };
    let read = |(address, function)| kinds(&function).map(|kinds| (address, function, kinds));
    targets.into_iter().filter_map(read).collect()
});

/// Requests as wallets make them.
pub static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(samples);

/// One of those requests.
pub fn sample(input: &mut &[u8]) -> &'static Sample {
    let place = usize::from(u16::from_be_bytes([take(input), take(input)]));
    &SAMPLES[place % SAMPLES.len()]
}

fn some_address(input: &mut &[u8]) -> Address {
    const KNOWN_ONES: [Address; 14] = [
        SAFE,
        OWNER,
        PAYEE,
        USDC,
        WETH,
        MULTI_SEND_CALL_ONLY,
        MULTI_SEND,
        TIMELOCK,
        PERMIT2,
        ENTRY_POINT,
        CREATE2,
        CREATE_CALL,
        LOOK_ALIKE,
        Address::ZERO,
    ];
    let byte = take(input);
    match KNOWN_ONES.get(usize::from(byte)) {
        Some(address) => *address,
        None if byte & 1 == 0 => target(input).0,
        None if byte & 2 == 0 => Address::with_last_byte(byte),
        None => Address::repeat_byte(take(input)),
    }
}

fn target(input: &mut &[u8]) -> &'static Target {
    let place = usize::from(u16::from_be_bytes([take(input), take(input)]));
    &TARGETS[place % TARGETS.len()]
}

fn number(input: &mut &[u8], bits: usize) -> U256 {
    let most = U256::MAX >> 256usize.saturating_sub(bits);
    let byte = take(input);
    match byte & 7 {
        0..=3 => U256::from(byte >> 3) & most,
        4 => most,
        5 => most >> 1,
        6 => U256::from(u64::from_be_bytes(std::array::from_fn(|_| take(input)))) & most,
        _ => U256::from_be_bytes::<32>(std::array::from_fn(|_| take(input))) & most,
    }
}

fn some_bytes(input: &mut &[u8], depth: usize) -> Vec<u8> {
    let byte = take(input);
    match byte & 7 {
        0 => Vec::new(),
        1 => (0..byte >> 3).map(|_| take(input)).collect(),
        2 => [vec![7; 64], vec![[0, 1, 27, 28, 31, 32][usize::from(byte >> 3) % 6]]].concat(),
        3 => [some_address(input).to_vec(), call_data(input, depth)].concat(),
        4 => entries(input, depth),
        _ => call_data(input, depth),
    }
}

/// Entries of a multiSend.
fn entries(input: &mut &[u8], depth: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    for _ in 0..take(input) & 3 {
        let (operation, value) = (take(input), u64::from(take(input) & 3));
        let (to, data) = some_call(input, depth);
        packed.extend(town::entry(operation & 1, to, value, &data));
    }
    packed
}

fn call_data(input: &mut &[u8], depth: usize) -> Vec<u8> {
    some_call(input, depth).1
}

/// A call of a function that the ceremony knows, canonically encoded; at times of another contract.
pub fn some_call(input: &mut &[u8], depth: usize) -> (Address, Vec<u8>) {
    if depth == 0 || input.is_empty() {
        return (PAYEE, Vec::new());
    }
    let (address, function, kinds) = target(input);
    let how = take(input);
    let length = usize::from(how & 3);
    let values = kinds.iter().map(|kind| some_value(kind, input, length, depth - 1)).collect();
    let data = [function.selector().to_vec(), DynSolValue::Tuple(values).abi_encode_params()].concat();
    (if how & 0xf0 == 0xf0 { some_address(input) } else { *address }, data)
}

/// A value of a type; lists have `length` items, so that lists that belong together are equally long.
pub fn some_value(kind: &DynSolType, input: &mut &[u8], length: usize, depth: usize) -> DynSolValue {
    let mut inner = |kind: &DynSolType| some_value(kind, input, length, depth);
    match kind {
        DynSolType::Address => DynSolValue::Address(some_address(input)),
        DynSolType::Bool => DynSolValue::Bool(take(input) & 1 == 1),
        DynSolType::Uint(bits) => DynSolValue::Uint(number(input, *bits), *bits),
        DynSolType::Int(bits) => {
            let magnitude = I256::from_raw(number(input, bits - 1));
            DynSolValue::Int(if take(input) & 1 == 1 { -magnitude } else { magnitude }, *bits)
        }
        DynSolType::FixedBytes(size) => {
            let mut word = B256::ZERO;
            word[..*size].fill(take(input));
            DynSolValue::FixedBytes(word, *size)
        }
        DynSolType::Bytes => DynSolValue::Bytes(some_bytes(input, depth)),
        DynSolType::String => {
            let text: Vec<u8> = (0..take(input) & 15).map(|_| take(input)).collect();
            DynSolValue::String(String::from_utf8_lossy(&text).into_owned())
        }
        DynSolType::Array(item) => DynSolValue::Array((0..length).map(|_| inner(item)).collect()),
        DynSolType::FixedArray(item, n) => DynSolValue::FixedArray((0..*n).map(|_| inner(item)).collect()),
        DynSolType::Tuple(items) => DynSolValue::Tuple(items.iter().map(inner).collect()),
        other => unreachable!("{other} is no type of the contract ABI"),
    }
}

/// A request of any form that carries a call.
pub fn carried(input: &mut &[u8], to: Address, data: &[u8]) -> (RequestForm, Vec<u8>) {
    let (how, nonce) = (take(input), usize::from(take(input)));
    let value = u64::from(how >> 5);
    let sample = match how & 7 {
        0 | 1 => town::requests::bundle("", to, value, data, how >> 3 & 1, nonce),
        2 => town::requests::typed_safe_tx("", to, value, data, how >> 3 & 1, nonce),
        3 => town::requests::exec("", to, 0, data.to_vec(), u64::from(how >> 3 & 1)),
        4 => {
            let packed = town::multi_send(&[town::entry(0, to, value, data), town::entry(how >> 3 & 1, to, 0, data)]);
            town::requests::bundle("", MULTI_SEND_CALL_ONLY, 0, &packed, 1, nonce)
        }
        _ => {
            let mut all = town::requests::transactions("", nonce as u64, to, value, data);
            all.swap_remove(usize::from(how >> 3 & 3) % all.len())
        }
    };
    (sample.form, sample.bytes)
}

/// Reviews a request, if it can be read, and checks what must hold of every review.
pub fn judge(bytes: &[u8], form: RequestForm) -> bool {
    let Ok(request) = decode(bytes, form) else { return false };
    assert_eq!(request.bytes(), bytes);
    let Ok(checked) = request.check(&KNOWN) else { return false };
    let review = checked.review(&Context::default());
    let (document, account) = (review.document(), review.account());
    assert_eq!(account.total(), bytes.len());
    for owner in account.owners() {
        let shown = owner.field.as_deref().is_none_or(|field| document.field(field).is_some());
        assert!(shown, "nothing shows {owner:?}");
    }
    for finding in review.findings().iter() {
        assert_ne!(finding.code, "eth.account-incomplete", "{}", finding.truth);
        let shown = finding.field.as_deref().is_none_or(|field| document.field(field).is_some());
        assert!(shown, "nothing shows {finding:?}");
    }
    for effect in &review.effects().list {
        assert!(effect.fields.iter().all(|field| document.field(field).is_some()), "nothing shows {effect:?}");
    }
    assert_escaped(&to_text(&review));
    assert!(!to_json(&review).is_empty());
    if bytes.len() & 15 == 0 {
        assert_eq!(review.digest(), checked.review(&Context::default()).digest());
    }
    true
}

/// That nothing of a page is foreign: printable ASCII, line ends, and the marks of our own sentences.
pub fn assert_escaped(page: &str) {
    let is_ours = |c: char| matches!(c, '\n' | ' '..='~' | '“' | '”' | '’' | '…');
    assert!(page.chars().all(is_ours), "{page}");
}

/// That these spans are all bytes of the range, each once.
pub fn assert_owned(spans: impl IntoIterator<Item = Span>, start: usize, end: usize) {
    let mut spans: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
    spans.sort_unstable();
    let mut at = start;
    for span in spans {
        assert_eq!(span.start, at);
        at = span.end;
    }
    assert_eq!(at, end);
}

/// Whether values of a type have a bounded size, whatever a hostile signature says.
pub fn is_small(kind: &AbiType) -> bool {
    fn size(kind: &AbiType) -> usize {
        match kind {
            AbiType::Array(item) => 1 + 3 * size(item),
            AbiType::FixedArray(item, n) => size(item).saturating_mul(*n).saturating_add(1),
            AbiType::Tuple(params) => params.iter().fold(1, |sum, p| size(&p.kind).saturating_add(sum)),
            _ => 1,
        }
    }
    size(kind) < 2_000
}
