//! Whole requests from bytes to review.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod town;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use town::requests::{
    MULTI_SEND_CALL_ONLY, NFT, PAYEE, PERMIT2, ROLES, SAFE, TIMELOCK, UNLISTED, USDC, VAULT, dynamic_fee, knowing,
    sign_request, surroundings,
};
use town::{ERC20_FUNCTIONS, address, bytes, calldata, entry, multi_send, schedule, transfer};
use vitrine_ethereum::alloy_primitives::{Address, B256, I256, U256, hex};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::{CheckedRequest, Payload, RequestForm, Surroundings, decode};
use vitrine_review::{Context, EffectKind, Review, Severity, WorstCase};

fn bundle(to: Address, data: &[u8], operation: u8) -> String {
    format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":1,"safeVersion":"1.4.1","safe":"{SAFE}",
"to":"{to}","value":"0","data":"{}","operation":{operation},"safeTxGas":0,"baseGas":0,"gasPrice":"0",
"gasToken":null,"refundReceiver":null,"nonce":7}}"#,
        hex::encode_prefixed(data)
    )
}

fn checked(text: &str) -> CheckedRequest {
    decode(text.as_bytes(), RequestForm::Json).unwrap().check(&surroundings()).unwrap()
}

fn review(text: &str) -> Review {
    checked(text).review(&Context::default())
}

fn codes(review: &Review, severity: Severity) -> Vec<&'static str> {
    review.findings().of(severity).map(|finding| finding.code).collect()
}

#[test]
fn a_safes_multi_send_is_explained_to_its_last_byte() {
    let upgrade = calldata("upgradeToAndCall(address,bytes)", vec![address(Address::repeat_byte(0xee)), bytes(vec![])]);
    let approve = calldata(ERC20_FUNCTIONS[1], vec![address(PAYEE), DynSolValue::Uint(U256::from(5_000_000), 256)]);
    let batch = multi_send(&[
        entry(0, PAYEE, 1_000_000_000_000_000_000, &[]),
        entry(0, USDC, 0, &transfer(1_000_250_000)),
        entry(0, USDC, 0, &approve),
        entry(0, TIMELOCK, 0, &schedule(VAULT, upgrade)),
    ]);
    let review = review(&bundle(MULTI_SEND_CALL_ONLY, &batch, 1));
    assert_eq!(codes(&review, Severity::Refuse), Vec::<&str>::new());
    assert_eq!(codes(&review, Severity::Restricted), Vec::<&str>::new());
    assert_eq!(review.account().unknown(), 0);
    let sentences: Vec<&str> = review.effects().list.iter().map(|effect| effect.sentence.as_str()).collect();
    assert!(sentences[0].starts_with("Sends 1.000000000000000000 ETH from Treasury"), "{sentences:?}");
    assert!(sentences[1].starts_with("Sends 1,000.250000 USDC"), "{sentences:?}");
    assert!(sentences[2].starts_with("Lets Payee") && sentences[2].contains("5.000000 USDC"), "{sentences:?}");
    assert!(sentences[3].starts_with("Replaces the code behind Vault"), "{sentences:?}");
    let kinds: Vec<EffectKind> = review.effects().list.iter().map(|effect| effect.kind).collect();
    use EffectKind::{ChangesControl, GrantsSpending, Pays};
    assert_eq!(kinds, [Pays, Pays, GrantsSpending, ChangesControl]);
    assert!(matches!(review.effects().worst_case, WorstCase::Unbounded(_)), "an upgrade can take everything");
}

#[test]
fn a_delegatecall_to_a_stranger_is_restricted_and_unbounded() {
    let review = review(&bundle(Address::repeat_byte(0xee), &transfer(1), 1));
    assert!(codes(&review, Severity::Restricted).contains(&"eth.delegatecall-unpinned"));
    assert!(matches!(review.effects().worst_case, WorstCase::Unbounded(_)));
    assert!(review.account().unknown() > 0);
}

#[test]
fn every_field_that_a_byte_points_at_is_in_the_document() {
    let batch = multi_send(&[entry(0, USDC, 0, &transfer(1))]);
    for text in [bundle(MULTI_SEND_CALL_ONLY, &batch, 1), bundle(USDC, &transfer(1), 0), bundle(PAYEE, &[], 0)] {
        let review = review(&text);
        assert!(!codes(&review, Severity::Refuse).contains(&"eth.account-incomplete"), "{text}");
        for owner in review.account().owners() {
            let Some(field) = &owner.field else { continue };
            assert!(review.document().field(field).is_some(), "{field} owns bytes and is not shown");
        }
        for field in review.findings().iter().filter_map(|finding| finding.field.as_ref()) {
            assert!(review.document().field(field).is_some(), "a finding is about {field}, which is not shown");
        }
    }
}

#[test]
fn an_approved_hash_is_shown_as_what_it_authorises() {
    let other = Address::repeat_byte(0x7e);
    let inner = bundle(USDC, &transfer(5_000_000), 0).replace(&SAFE.to_string(), &other.to_string());
    let hash = match decode(inner.as_bytes(), RequestForm::Json).unwrap().asked().payload() {
        Payload::SafeBundle(bundle) => bundle.hashes.safe_tx,
        other => panic!("{other:?}"),
    };
    let approve = calldata("approveHash(bytes32)", vec![DynSolValue::FixedBytes(hash, 32)]);
    let blind = bundle(other, &approve, 0);
    assert!(codes(&review(&blind), Severity::Restricted).iter().any(|code| *code != "eth.unknown-bytes"));
    let ours = knowing(Vec::new(), &[("Treasury", SAFE), ("Other", other)]);
    let with = blind.replace("\"nonce\":7}", &format!("\"nonce\":7,\"approves\":{inner}}}"));
    let review_of = |text: &str| {
        decode(text.as_bytes(), RequestForm::Json).unwrap().check(&ours).unwrap().review(&Context::default())
    };
    assert_eq!(codes(&review_of(&blind), Severity::Restricted), ["eth.hash-approved"]);
    let shown = review_of(&with);
    assert_eq!(codes(&shown, Severity::Restricted), Vec::<&str>::new());
    assert_eq!(codes(&shown, Severity::Refuse), Vec::<&str>::new());
    let sentence = &shown.effects().list[0].sentence;
    assert!(sentence.starts_with("Sends 5.000000 USDC") && sentence.contains("from Other"), "{sentence}");
    for owner in shown.account().owners() {
        let Some(field) = &owner.field else { continue };
        assert!(shown.document().field(field).is_some(), "{field} owns bytes and is not shown");
    }
}

/// Some value of a type: numbers 0, lists of two, one byte of bytes.
fn some_value(kind: &DynSolType) -> DynSolValue {
    match kind {
        DynSolType::Tuple(kinds) => DynSolValue::Tuple(kinds.iter().map(some_value).collect()),
        DynSolType::FixedArray(item, n) => DynSolValue::FixedArray(vec![some_value(item); *n]),
        DynSolType::Array(item) => DynSolValue::Array(vec![some_value(item); 2]),
        DynSolType::Bytes => DynSolValue::Bytes(vec![7]),
        DynSolType::String => DynSolValue::String("s".to_owned()),
        DynSolType::Uint(bits) => DynSolValue::Uint(U256::ZERO, *bits),
        DynSolType::Int(bits) => DynSolValue::Int(I256::ZERO, *bits),
        DynSolType::FixedBytes(n) => DynSolValue::FixedBytes(B256::ZERO, *n),
        DynSolType::Address => DynSolValue::Address(Address::ZERO),
        DynSolType::Bool => DynSolValue::Bool(false),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_function_of_every_interface_is_shown_whatever_its_parameters_are_called() {
    let mut functions = 0;
    let built_in = Interfaces::built_in();
    for interface in built_in.interface_names().collect::<Vec<_>>() {
        let contract = BoundContract {
            chain_id: 1,
            address: VAULT,
            name: "Any".to_owned(),
            interface: BoundInterface::Named(interface.to_owned()),
        };
        let known = knowing(vec![contract], &[("Treasury", SAFE)]);
        for function in built_in.interface(interface).unwrap().functions {
            let values =
                function.inputs.iter().map(|i| some_value(&DynSolType::parse(&i.kind.to_string()).unwrap())).collect();
            let data = [function.selector().to_vec(), DynSolValue::Tuple(values).abi_encode_params()].concat();
            let request = decode(bundle(VAULT, &data, 0).as_bytes(), RequestForm::Json).unwrap();
            let review = request.check(&known).unwrap().review(&Context::default());
            assert_complete(&review, &format!("{interface} {function}"));
            functions += 1;
        }
    }
    println!("{functions} functions shown");
    assert!(functions > 2_000);
}

/// Every byte has an owner; every owner's and every finding's field is in the document.
fn assert_complete(review: &Review, what: &str) {
    assert!(!codes(review, Severity::Refuse).contains(&"eth.account-incomplete"), "{what}");
    let owners = review.account().owners().iter().filter_map(|owner| owner.field.as_ref());
    let findings = review.findings().iter().filter_map(|finding| finding.field.as_ref());
    for field in owners.chain(findings) {
        assert!(review.document().field(field).is_some(), "{what}: {field} is not shown");
    }
}

#[test]
fn whatever_a_sample_says_stands_in_its_document() {
    let known = surroundings();
    for sample in town::requests::samples() {
        let request = decode(&sample.bytes, sample.form).unwrap();
        assert_complete(&request.check(&known).unwrap().review(&Context::default()), &sample.name);
    }
}

/// What a person reads of one call of the Safe.
fn sentence(to: Address, data: &[u8]) -> String {
    review(&bundle(to, data, 0)).effects().list[0].sentence.clone()
}

#[test]
fn sentences_name_each_thing_once() {
    let most = || vec![address(PAYEE), DynSolValue::Uint(U256::MAX, 256)];
    let (payee, safe, usdc) =
        (format!("Payee ({PAYEE})"), format!("Treasury ({SAFE})"), format!("USDC (token {USDC})"));
    let second = |n: u64| vec![address(PAYEE), DynSolValue::Uint(U256::from(n), 256)];
    let expires = |n: u64| {
        let (amount, until) = (DynSolValue::Uint(U256::from(5), 160), DynSolValue::Uint(U256::from(n), 48));
        vec![address(USDC), address(PAYEE), amount, until]
    };
    let permit2 = "approve(address,address,uint160,uint48)";
    let grant = vec![DynSolValue::FixedBytes(B256::ZERO, 32), address(PAYEE)];
    let delay = vec![DynSolValue::Uint(U256::from(90_000), 256)];
    let cases = [
        (
            USDC,
            "approve(address,uint256)",
            most(),
            format!("Lets {payee} spend UNLIMITED {usdc} owned by {safe}, for ever."),
        ),
        (
            NFT,
            "setApprovalForAll(address,bool)",
            vec![address(PAYEE), DynSolValue::Bool(true)],
            format!(
                "Lets {payee} spend UNLIMITED tokens of the collection Collection ({NFT}) owned by {safe}, for ever."
            ),
        ),
        (
            USDC,
            "approve(address,uint256)",
            second(0),
            format!("Takes back the right of {payee} to spend {usdc} owned by {safe}."),
        ),
        (
            PERMIT2,
            permit2,
            expires(0),
            format!("Lets {payee} spend at most 0.000005 {usdc} owned by {safe}, in that very block alone."),
        ),
        (
            UNLISTED,
            "transfer(address,uint256)",
            second(5),
            format!(
                "Sends 5 base units (decimals unknown) of the token Unlisted token ({UNLISTED}) from {safe} to {payee}."
            ),
        ),
        (
            SAFE,
            "addOwnerWithThreshold(address,uint256)",
            second(2),
            format!("Makes {payee} an owner of {safe}; from then on 2 owners must sign."),
        ),
        (
            ROLES,
            "grantRole(bytes32,address)",
            grant,
            format!("Gives {payee} at Roles ({ROLES}) the role DEFAULT_ADMIN_ROLE."),
        ),
        (
            TIMELOCK,
            "updateDelay(uint256)",
            delay,
            format!("Sets the least delay of Timelock ({TIMELOCK}) to 90,000 seconds (1 day 1 hour)."),
        ),
    ];
    for (to, function, values, expected) in cases {
        assert_eq!(sentence(to, &calldata(function, values)), expected);
    }
    let owner = calldata("addOwnerWithThreshold(address,uint256)", vec![address(USDC), town::number(1)]);
    let expected = format!("Makes the token “USDC” ({USDC}) an owner of {safe}; from then on 1 owner must sign.");
    assert_eq!(sentence(SAFE, &owner), expected);
}

#[test]
fn what_does_not_run_now_is_said_to_run_later() {
    let review = review(&bundle(TIMELOCK, &schedule(USDC, transfer(5)), 0));
    let later = review.findings().iter().find(|finding| finding.code == "eth.later").unwrap();
    let expected = "It does not run now: by the timelock, not before 172,800 seconds (2 days) after it is scheduled.";
    assert!(later.truth.ends_with(expected), "{}", later.truth);
}

#[test]
fn nobody_is_taken_for_the_empty_address() {
    let request = decode(&dynamic_fee(1, USDC, 0, &transfer(5)), RequestForm::Transaction).unwrap();
    let review = request.check(&Surroundings::without_folder(1)).unwrap().review(&Context::default());
    let sentence = &review.effects().list[0].sentence;
    assert!(sentence.contains("from the signer, who is not known, to 0x"), "{sentence}");
    assert_eq!(review.document().field("eth.call[0].executor").unwrap().proof.state(), "unknown");
}

/// Typed data and messages name no chain outside of their domain; an envelope that does must mean the ceremony's.
#[test]
fn an_envelope_for_another_chain_is_refused_whatever_it_holds() {
    let here = surroundings();
    let known = |chain_id| {
        let interfaces = here.interfaces().clone();
        Surroundings::new(chain_id, here.accounts().to_vec(), here.safes().to_vec(), Vec::new(), interfaces)
    };
    for (chain_id, differs) in [(1, false), (10, true)] {
        let request = decode(&sign_request(1, 3, b"Hello"), RequestForm::EthSignRequest).unwrap();
        let review = request.check(&known(chain_id)).unwrap().review(&Context::default());
        let found = review.findings().iter().any(|finding| {
            (finding.code, finding.field.as_deref()) == ("eth.chain-differs", Some("eth.request.chain-id"))
        });
        assert_eq!(found, differs, "{chain_id}");
    }
}
