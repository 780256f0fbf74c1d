//! What a policy has to judge, however small it looks: control that passes on, coins that belong to another, hashes that
//! look like words.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod town;

use alloy_dyn_abi::DynSolValue;
use town::requests::{
    MULTICALL3, OWNER, PAYEE, PERMIT2, SAFE, TIMELOCK, USDC, WETH, bundle, knowing, sign_request, surroundings,
};
use town::{address, calldata, number};
use vitrine_ethereum::alloy_primitives::{Address, B256, address as addr};
use vitrine_ethereum::interface::{BoundContract, BoundInterface};
use vitrine_ethereum::{RequestForm, Surroundings, decode};
use vitrine_review::{Context, EffectKind, Review, Severity, WorstCase};

const MANAGER: Address = Address::repeat_byte(0xaa);
const ENTRY_POINT: Address = addr!("0000000071727De22E5E9d8BAf0edAc6f37da032");

fn review(known: &Surroundings, to: Address, value: u64, data: &[u8]) -> Review {
    let sample = bundle("worst case", to, value, data, 0, 7);
    decode(&sample.bytes, RequestForm::Json).unwrap().check(known).unwrap().review(&Context::default())
}

fn is_bounded(review: &Review) -> bool {
    matches!(review.effects().worst_case, WorstCase::AtMost(_))
}

#[test]
fn whatever_moves_control_has_no_bound() {
    let removed = calldata("removeOwner(address,address,uint256)", vec![address(OWNER), address(PAYEE), number(1)]);
    assert!(!is_bounded(&review(&surroundings(), SAFE, 0, &removed)), "one owner alone from then on");
    let delay = calldata("updateDelay(uint256)", vec![number(0)]);
    assert!(!is_bounded(&review(&surroundings(), TIMELOCK, 0, &delay)), "no time to stop anything");
    let disabled = calldata("disableModule(address,address)", vec![address(OWNER), address(PAYEE)]);
    assert!(is_bounded(&review(&surroundings(), SAFE, 0, &disabled)), "it takes a right away");
}

/// Role 2^64 − 1 of an AccessManager is everybody's.
#[test]
fn a_function_that_everybody_may_call_has_no_bound() {
    let interface = BoundInterface::Named("openzeppelin/AccessManager".to_owned());
    let manager = BoundContract { chain_id: 1, address: MANAGER, name: "Manager".to_owned(), interface };
    let selectors =
        DynSolValue::Array(vec![DynSolValue::FixedBytes(B256::right_padding_from(&[0x2e, 0x1a, 0x7d, 0x4d]), 4)]);
    let everybody = vec![address(PAYEE), selectors, number(u64::MAX)];
    let data = calldata("setTargetFunctionRole(address,bytes4[],uint64)", everybody);
    let review = review(&knowing(vec![manager], &[("Treasury", SAFE)]), MANAGER, 0, &data);
    assert!(review.effects().list.iter().any(|effect| effect.kind == EffectKind::ChangesControl));
    assert!(!is_bounded(&review));
}

#[test]
fn a_deposit_is_his_for_whom_it_is_made() {
    let deposit = |account, value| {
        let data = calldata("depositTo(address)", vec![address(account)]);
        let review = review(&surroundings(), ENTRY_POINT, value, &data);
        assert!(is_bounded(&review));
        let rights = review.effects().list.iter().filter(|effect| effect.kind == EffectKind::GrantsSpending);
        rights.map(|effect| effect.address.as_ref().unwrap().as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(deposit(MANAGER, 5), [MANAGER.to_checksum(None)]);
    assert_eq!(deposit(MANAGER, 0), [] as [String; 0]);
    assert_eq!(deposit(SAFE, 5), [] as [String; 0]);
}

/// What Multicall3 owns is anybody's who calls it; what Permit2 owns is lost.
#[test]
fn tokens_go_to_no_built_in_contract_without_a_caution() {
    let cautions = |to, value, data: &[u8]| {
        let review = review(&surroundings(), to, value, data);
        review.findings().of(Severity::Caution).map(|finding| finding.code).collect::<Vec<_>>()
    };
    let transfer = |to| calldata("transfer(address,uint256)", vec![address(to), number(5)]);
    for contract in [MULTICALL3, PERMIT2] {
        assert_eq!(cautions(USDC, 0, &transfer(contract)), ["eth.payee-unknown"], "{contract}");
    }
    assert_eq!(cautions(USDC, 0, &transfer(PAYEE)), [""; 0]);
    assert_eq!(cautions(WETH, 5, &calldata("deposit()", Vec::new())), [""; 0]);
}

/// Printable characters are found in one of 2^45 hashes: whoever makes a transaction of a Safe can try that many.
#[test]
fn a_message_of_32_bytes_is_a_hash_unless_it_reads_as_words() {
    let refused = |message: &[u8; 32]| {
        let request = decode(&sign_request(1, 3, message), RequestForm::EthSignRequest).unwrap();
        let review = request.check(&surroundings()).unwrap().review(&Context::default());
        review.findings().of(Severity::Refuse).any(|finding| finding.code == "eth.hash-only")
    };
    assert!(refused(b"kQ7#vT2m!Zp9xLw4&dR8sYb6@Hn3cFj5"));
    assert!(refused(b"kQ7vT2mZp9xLw4dR8sYb6Hn3cFj5AeUg"));
    assert!(!refused(b"Treasury of the town, signing in"));
    assert!(!refused(b"5f35dce98ba4fba25530a026ed80b2ce"));
}
