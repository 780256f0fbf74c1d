//! What nobody can state is one effect that policies judge, wherever it hides; a guess stays a guess.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod town;

use alloy_dyn_abi::DynSolValue;
use town::requests::{
    MULTI_SEND_CALL_ONLY, NFT, OWNER, PAYEE, PERMIT2, SAFE, TIMELOCK, USDC, VAULT, WETH, bundle, knowing, surroundings,
};
use town::{address, bytes, calldata, entry, multi_send, number, word};
use vitrine_ethereum::alloy_primitives::{Address, U256, address as addr, hex};
use vitrine_ethereum::effect::{Asset, Consequence, Entry, Limit};
use vitrine_ethereum::interface::{BoundContract, BoundInterface};
use vitrine_ethereum::{CheckedRequest, RequestForm, Surroundings, decode};
use vitrine_review::{Context, EffectKind, Severity, WorstCase};

const STRANGER: Address = Address::repeat_byte(0xee);
const ENTRY_POINT: Address = addr!("0000000071727De22E5E9d8BAf0edAc6f37da032");
const CREATE2_FACTORY: Address = addr!("4e59b44847b379578588920cA78FbF26c0B4956C");

fn checked_by(known: &Surroundings, to: Address, value: u64, data: &[u8], operation: u8) -> CheckedRequest {
    let sample = bundle("unknown", to, value, data, operation, 7);
    decode(&sample.bytes, RequestForm::Json).unwrap().check(known).unwrap()
}

fn checked(to: Address, value: u64, data: &[u8]) -> CheckedRequest {
    checked_by(&surroundings(), to, value, data, 0)
}

/// Contract and selector of each unknown effect of a review, which must then be unbounded and restricted.
fn unknowns(checked: &CheckedRequest) -> Vec<(Option<String>, Option<[u8; 4]>)> {
    let review = checked.review(&Context::default());
    let unknown = |effect: &vitrine_review::Effect| match effect.kind {
        EffectKind::Unknown { selector } => Some((effect.address.as_ref().map(|a| a.as_str().to_owned()), selector)),
        _ => None,
    };
    let unknowns: Vec<_> = review.effects().list.iter().filter_map(unknown).collect();
    if !unknowns.is_empty() {
        assert!(matches!(review.effects().worst_case, WorstCase::Unbounded(_)));
        assert!(
            review.findings().iter().any(|f| f.code == "eth.effects-unknown" && f.severity == Severity::Restricted)
        );
    }
    unknowns
}

fn unknown(to: Address, selector: Option<[u8; 4]>) -> Vec<(Option<String>, Option<[u8; 4]>)> {
    vec![(Some(to.to_checksum(None)), selector)]
}

#[test]
fn a_call_without_data_is_a_payment_only_where_it_is_taken_as_one() {
    for (to, value) in [(PAYEE, 1), (STRANGER, 1), (WETH, 1), (TIMELOCK, 1), (SAFE, 0), (SAFE, 1)] {
        assert_eq!(unknowns(&checked(to, value, &[])), [], "{to} {value}");
    }
    for (to, value) in [(VAULT, 1), (USDC, 1), (MULTI_SEND_CALL_ONLY, 1), (VAULT, 0), (STRANGER, 0), (PAYEE, 0)] {
        assert_eq!(unknowns(&checked(to, value, &[])), unknown(to, None), "{to} {value}");
    }
}

#[test]
fn data_that_no_function_takes_is_unknown() {
    for data in [&[1][..], &[1, 2, 3], &[0x12, 0x34, 0x56, 0x78], &[0; 36]] {
        for to in [STRANGER, VAULT, TIMELOCK, SAFE, USDC, PERMIT2] {
            let selector = data.first_chunk().copied();
            assert_eq!(unknowns(&checked(to, 0, data)), unknown(to, selector), "{to} {data:?}");
        }
    }
}

#[test]
fn bytes_that_a_function_hands_on_are_unknown_and_those_behind_it_too() {
    let function = "safeTransferFrom(address,address,uint256,bytes)";
    let send = |data: &[u8]| calldata(function, vec![address(SAFE), address(PAYEE), number(1), bytes(data.to_vec())]);
    let selector = send(&[]).first_chunk().copied();
    assert_eq!(unknowns(&checked(NFT, 0, &send(&[]))), []);
    assert_eq!(unknowns(&checked(NFT, 0, &send(&[7]))), unknown(NFT, selector));
    assert_eq!(unknowns(&checked(NFT, 0, &[send(&[]), vec![0]].concat())), unknown(NFT, selector));
}

#[test]
fn user_operations_and_what_they_call_are_unknown_one_by_one() {
    let operation = |init_code: Vec<u8>, paymaster: Vec<u8>| {
        let fields = vec![
            address(STRANGER),
            number(0),
            bytes(init_code),
            bytes(vec![0xde, 0xad, 0xbe, 0xef]),
            word(0),
            number(0),
            word(0),
            bytes(paymaster),
            bytes(vec![]),
        ];
        let function = "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)";
        calldata(function, vec![DynSolValue::Array(vec![DynSolValue::Tuple(fields)]), address(OWNER)])
    };
    let data = operation(vec![], vec![]);
    let handle_ops = data.first_chunk().copied();
    let (inner, outer) = (unknown(STRANGER, Some([0xde, 0xad, 0xbe, 0xef])), unknown(ENTRY_POINT, handle_ops));
    assert_eq!(unknowns(&checked(ENTRY_POINT, 0, &data)), inner);
    for (init_code, paymaster) in [(vec![7; 19], vec![]), (vec![], vec![7; 20])] {
        let found = unknowns(&checked(ENTRY_POINT, 0, &operation(init_code, paymaster)));
        assert_eq!(found, [outer.clone(), inner.clone()].concat());
    }
}

#[test]
fn what_an_approved_hash_stands_for_is_unknown_where_it_is() {
    let other = Address::repeat_byte(0x7e);
    let text = |sample: town::requests::Sample| String::from_utf8(sample.bytes).unwrap();
    let inner = text(bundle("inner", STRANGER, 0, &[9, 9, 9, 9], 0, 3)).replace(&SAFE.to_string(), &other.to_string());
    let hash = decode(inner.as_bytes(), RequestForm::Json).unwrap().check(&surroundings()).unwrap().signable().hash();
    let approve = calldata("approveHash(bytes32)", vec![DynSolValue::FixedBytes(hash, 32)]);
    let outer = text(bundle("outer", other, 0, &approve, 0, 7));
    let with = outer.replace("\"nonce\":7}", &format!("\"nonce\":7,\"approves\":{inner}}}"));
    let known = knowing(Vec::new(), &[("Treasury", SAFE), ("Other", other)]);
    let checked = decode(with.as_bytes(), RequestForm::Json).unwrap().check(&known).unwrap();
    assert_eq!(unknowns(&checked), unknown(STRANGER, Some([9; 4])));
}

#[test]
fn a_contract_that_is_created_is_an_effect_and_its_code_restricts() {
    let review = checked(CREATE2_FACTORY, 0, &[7; 40]).review(&Context::default());
    assert!(review.effects().list.iter().any(|effect| effect.kind == EffectKind::CreatesContract));
    assert!(review.findings().iter().any(|finding| finding.code == "eth.unknown-bytes"));
}

fn consequences(checked: &CheckedRequest) -> Vec<Consequence> {
    checked.ledger().iter().map(|Entry { consequence, .. }| consequence.clone()).collect()
}

fn unlimited(asset: Asset, owner: Address) -> Consequence {
    Consequence::MaySpend { asset, limit: Limit::Unlimited, owner, spender: PAYEE, until: None }
}

/// Functions that a token of the list may have: what they would grant is in the ledger, beside that nobody knows.
#[test]
fn what_a_listed_token_might_grant_never_looks_harmless() {
    let asset = Asset::Token(USDC);
    let signature = || vec![DynSolValue::Uint(U256::from(27), 8), word(1), word(2)];
    let permit = [vec![address(SAFE), address(PAYEE), DynSolValue::Uint(U256::MAX, 256), number(9)], signature()];
    let dai = [vec![address(SAFE), address(PAYEE), number(0), number(0), DynSolValue::Bool(true)], signature()];
    let most = || vec![address(PAYEE), DynSolValue::Uint(U256::MAX, 256)];
    let cases = [
        ("increaseAllowance(address,uint256)", vec![address(PAYEE), number(1)], "openzeppelin/4/ERC20"),
        ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", permit.concat(), "erc20_permit"),
        ("permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)", dai.concat(), "dai_permit"),
        ("approveAndCall(address,uint256)", most(), "erc1363"),
        ("approveAndCall(address,uint256,bytes)", [most(), vec![bytes(vec![1])]].concat(), "erc1363"),
    ];
    for (function, values, interface) in cases {
        let data = calldata(function, values);
        let checked = checked(USDC, 0, &data);
        assert_eq!(unknowns(&checked), unknown(USDC, data.first_chunk().copied()), "{function}");
        let guess = Consequence::Guessed(Box::new(unlimited(asset, SAFE)));
        assert_eq!(consequences(&checked)[1..], [guess], "{function}");
        let review = checked.review(&Context::default());
        let effect = review.effects().list.iter().find(|effect| effect.kind == EffectKind::GrantsSpending).unwrap();
        assert!(effect.sentence.starts_with("PERHAPS") && effect.sentence.contains("UNLIMITED"), "{}", effect.sentence);
        assert_eq!(effect.proof.state(), "claimed");
        assert!(effect.proof.sentence().contains(interface), "{}", effect.proof.sentence());
        assert!(review.findings().iter().any(|finding| finding.code == "eth.approval-unlimited"));
        let unknown = review.findings().iter().find(|finding| finding.code == "eth.call-unknown").unwrap();
        assert!(unknown.truth.contains("vouches for ERC-20 alone"), "{}", unknown.truth);
    }
}

/// The folder says that the token has them: then they are known.
#[test]
fn what_the_folder_binds_to_a_token_is_no_guess() {
    let increase = calldata("increaseAllowance(address,uint256)", vec![address(PAYEE), number(1)]);
    let and_call = calldata("approveAndCall(address,uint256)", vec![address(PAYEE), number(5)]);
    let transfer = calldata("transferAndCall(address,uint256)", vec![address(PAYEE), number(5)]);
    let asset = Asset::Token(USDC);
    let limit = Limit::AtMost(U256::from(5));
    let may_spend = Consequence::MaySpend { asset, limit, owner: SAFE, spender: PAYEE, until: None };
    let leaves = Consequence::Leaves { asset, amount: U256::from(5), from: SAFE, to: Some(PAYEE) };
    let cases = [
        ("openzeppelin/4/ERC20", increase, unlimited(asset, SAFE)),
        ("erc1363", and_call, may_spend),
        ("erc1363", transfer, leaves),
    ];
    for (interface, data, expected) in cases {
        let interface = BoundInterface::Named(interface.to_owned());
        let contract = BoundContract { chain_id: 1, address: USDC, name: "USDC".to_owned(), interface };
        let known = knowing(vec![contract], &[("Treasury", SAFE)]);
        let checked = checked_by(&known, USDC, 0, &data, 0);
        assert_eq!((unknowns(&checked), consequences(&checked)), (vec![], vec![expected]));
    }
}

/// An unlisted token of the usual kind, in a batch: what it might move is said, and is no more than a guess.
#[test]
fn a_guess_is_told_as_one_and_refuses_nothing_by_itself() {
    let to_nobody = calldata("transfer(address,uint256)", vec![address(Address::ZERO), number(5)]);
    let packed = multi_send(&[entry(0, STRANGER, 0, &to_nobody)]);
    let review = checked_by(&surroundings(), MULTI_SEND_CALL_ONLY, 0, &packed, 1).review(&Context::default());
    let roles: Vec<_> = review.effects().list.iter().map(|effect| effect.role.as_str()).collect();
    assert_eq!(roles, ["Unknown 1", "Guess, Payee 2"]);
    assert_eq!(review.findings().count(Severity::Refuse), 0);
}

/// The functions of the contract itself: <https://github.com/Uniswap/permit2>, as deployed.
#[test]
fn permit2_moves_and_grants_by_the_functions_that_it_has() {
    let (token, small) = (address(USDC), |n: u64, bits| DynSolValue::Uint(U256::from(n), bits));
    let leaves = |amount: u64| Consequence::Leaves {
        asset: Asset::Token(USDC),
        amount: U256::from(amount),
        from: SAFE,
        to: Some(PAYEE),
    };
    let detail = |n| DynSolValue::Tuple(vec![address(SAFE), address(PAYEE), small(n, 160), token.clone()]);
    let permitted = |n| DynSolValue::Tuple(vec![token.clone(), number(n)]);
    let details = |n| DynSolValue::Tuple(vec![address(PAYEE), number(n)]);
    let permit = |permitted| DynSolValue::Tuple(vec![permitted, number(0), number(9)]);
    let signature = || bytes([vec![1; 64], vec![27]].concat());
    let list = DynSolValue::Array;
    let cases = [
        (
            "36c78516",
            "transferFrom(address,address,uint160,address)",
            vec![address(SAFE), address(PAYEE), small(5, 160), token.clone()],
            vec![leaves(5)],
        ),
        (
            "0d58b1db",
            "transferFrom((address,address,uint160,address)[])",
            vec![list(vec![detail(5), detail(6)])],
            vec![leaves(5), leaves(6)],
        ),
        (
            "30f28b7a",
            "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)",
            vec![permit(permitted(9)), details(5), address(SAFE), signature()],
            vec![leaves(5)],
        ),
        (
            "edd9444b",
            "permitTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,bytes)",
            vec![
                permit(list(vec![permitted(9), permitted(9)])),
                list(vec![details(5), details(6)]),
                address(SAFE),
                signature(),
            ],
            vec![leaves(5), leaves(6)],
        ),
    ];
    for (selector, function, values, expected) in cases {
        let data = calldata(function, values);
        assert_eq!(hex::encode(&data[..4]), selector);
        let checked = checked(PERMIT2, 0, &data);
        assert_eq!((unknowns(&checked), consequences(&checked)), (vec![], expected), "{function}");
    }
}
