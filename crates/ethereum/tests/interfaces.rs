//! What is known of contracts: only by chain and address, and only what the pinned packages say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use vitrine_ethereum::abi::Function;
use vitrine_ethereum::alloy_primitives::{Address, B256, Signature, address};
use vitrine_ethereum::interface::{
    BindError, BoundContract, BoundInterface, ContractKind, Interfaces, functions_of_abi, native_currency,
    wrapped_native_token,
};

const MULTI_SEND_1_4_1: Address = address!("38869bf66a61cF6bDB996A6aE40D5853Fd43B526");
const USDC: Address = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
const NOBODY: Address = address!("00000000000000000000000000000000DeaDBeef");

fn bound(chain_id: u64, address: Address, interface: BoundInterface) -> BoundContract {
    BoundContract { chain_id, address, name: "treasury timelock".to_owned(), interface }
}

fn named(interface: &str) -> BoundInterface {
    BoundInterface::Named(interface.to_owned())
}

#[test]
fn assets_are_well_formed() {
    assert_eq!(Interfaces::well_formed(), Ok(()));
    let all = Interfaces::built_in();
    let (contracts, places) = all.pinned_count();
    let tokens = all.tokens().count();
    let functions: usize = all.interface_names().map(|name| all.interface(name).unwrap().functions.len()).sum();
    let interfaces = all.interface_names().count();
    println!(
        "{contracts} contracts at {places} places; {tokens} tokens; {functions} functions of {interfaces} interfaces"
    );
    assert!(contracts > 100 && places > 14_000 && functions > 2_000 && interfaces > 130);
    assert_eq!(tokens, 28_477);
}

#[test]
fn every_token_has_a_descriptor_that_ledger_signed() {
    let all = Interfaces::built_in();
    let key = data_encoding::HEXLOWER
        .decode(
            b"045e6c1020c14dc46442fe89f97c0b68cdb15976dc24f24c316e7b30fe4e8cc76b\
              1489150c21514ebf440ff5dea5393d83de5358cd098fce8fd0f81daa94979183",
        )
        .unwrap();
    let (mut checked, mut described) = (0, 0);
    for (n, (chain_id, token, _)) in all.tokens().enumerate() {
        let descriptor = all.ledger_token_descriptor(chain_id, token).unwrap();
        described += 1;
        if n % 400 != 0 {
            continue; // the generator verifies each
        }
        let signed = usize::from(descriptor[0]) + 1 + 28;
        let hash = Sha256::digest(&descriptor[1..signed]);
        let der = &descriptor[signed..];
        let (r, s) = der[4..].split_at(usize::from(der[3]));
        let mut signature = [0; 64];
        let r = r.strip_prefix(&[0]).unwrap_or(r);
        let s = s[2..].strip_prefix(&[0]).unwrap_or(&s[2..]);
        signature[32 - r.len()..32].copy_from_slice(r);
        signature[64 - s.len()..].copy_from_slice(s);
        assert!([false, true].iter().any(|parity| {
            let recovered =
                Signature::from_bytes_and_parity(&signature, *parity).recover_from_prehash(&B256::from_slice(&hash));
            recovered.is_ok_and(|found| found.to_encoded_point(false).as_bytes() == key)
        }));
        checked += 1;
    }
    assert_eq!((described, checked), (28_477, 72));
    assert_eq!(all.ledger_token_descriptor(1, NOBODY), None);
}

#[test]
fn a_fake_multi_send_at_an_unpinned_address_is_nobody() {
    let all = Interfaces::built_in();
    assert_eq!((all.contract_at(1, NOBODY), all.is_delegatecall_pinned(1, NOBODY)), (None, None));
    let honest = all.contract_at(1, MULTI_SEND_1_4_1).unwrap();
    assert_eq!((honest.kind, honest.version), (ContractKind::MultiSend, Some("1.4.1")));
    assert_eq!(honest.function([0x8d, 0x80, 0xff, 0x0a]).unwrap().to_string(), "multiSend(bytes)");
    // A folder that gives it the interface does not make it Safe's.
    let fake = bound(1, NOBODY, named("safe/1.4.1/MultiSend"));
    let with = Interfaces::with_contracts(vec![fake]).unwrap();
    assert_eq!(with.contract_at(1, NOBODY).unwrap().kind, ContractKind::Bound);
    assert_eq!(with.is_delegatecall_pinned(1, NOBODY), None);
}

#[test]
fn the_deployment_of_another_chain_is_not_pinned_here() {
    let all = Interfaces::built_in();
    let on_zksync = address!("309D0B190FeCCa8e1D5D8309a16F7e3CB133E885");
    assert_eq!(all.is_delegatecall_pinned(324, on_zksync).unwrap().kind, ContractKind::MultiSend);
    assert_eq!((all.contract_at(1, on_zksync), all.is_delegatecall_pinned(1, on_zksync)), (None, None));
    for unknown_chain in [0, 31_337, 131_277_322_940_537, u64::MAX] {
        assert_eq!(all.contract_at(unknown_chain, MULTI_SEND_1_4_1), None);
        assert_eq!(all.token(unknown_chain, USDC), None);
    }
}

/// `simulate` executes anything, delegatecalls too; a singleton's `setup` would make new owners.
#[test]
fn what_executes_anything_is_not_pinned_for_delegatecall() {
    let all = Interfaces::built_in();
    for (contract, kind) in [
        (address!("3d4BA2E0884aa488718476ca2FB8Efc291A46199"), ContractKind::SimulateTxAccessor),
        (address!("41675C099F32341bf84BFc5382aF534df5C7461a"), ContractKind::Safe),
        (address!("29fcB43b46531BcA003ddC8FCB67FFE91900C762"), ContractKind::SafeL2),
        (address!("4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67"), ContractKind::SafeProxyFactory),
        (address!("fd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"), ContractKind::FallbackHandler),
        (address!("2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47"), ContractKind::SafeModuleSetup),
        (address!("cA11bde05977b3631167028862bE2a173976CA11"), ContractKind::Multicall3),
        (USDC, ContractKind::Token),
    ] {
        assert_eq!(all.contract_at(1, contract).unwrap().kind, kind);
        assert_eq!(all.is_delegatecall_pinned(1, contract), None, "{contract}");
    }
}

#[test]
fn each_pinned_library_has_a_version_and_a_code_hash() {
    let all = Interfaces::built_in();
    let libraries = [
        ("8D29bE29923b68abfDD21e541b9374737B49cdAD", "MultiSend", "1.1.1", false),
        ("A238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761", "MultiSend", "1.3.0", false),
        ("998739BFdAAdde7C933B942a68053933098f9EDa", "MultiSend", "1.3.0", false),
        ("38869bf66a61cF6bDB996A6aE40D5853Fd43B526", "MultiSend", "1.4.1", false),
        ("218543288004CD07832472D464648173c77D7eB7", "MultiSend", "1.5.0", true),
        ("40A2aCCbd92BCA938b02010E17A5b8929b49130D", "MultiSendCallOnly", "1.3.0", false),
        ("9641d764fc13c8B624c04430C7356C1C7C8102e2", "MultiSendCallOnly", "1.4.1", false),
        ("A83c336B20401Af773B6219BA5027174338D1836", "MultiSendCallOnly", "1.5.0", true),
        ("A65387F16B013cf2Af4605Ad8aA5ec25a2cbA3a2", "SignMessageLib", "1.3.0", false),
        ("d53cd0aB83D845Ac265BE939c57F53AD838012c9", "SignMessageLib", "1.4.1", false),
        ("7cbB62EaA69F79e6873cD1ecB2392971036cFAa4", "CreateCall", "1.3.0", false),
        ("9b35Af71d77eaf8d7e40252370304687390A1A52", "CreateCall", "1.4.1", false),
        ("526643F69b81B008F46d95CD5ced5eC0edFFDaC6", "SafeMigration", "1.4.1", false),
        ("fF83F6335d8930cBad1c0D439A841f01888D9f69", "SafeToL2Migration", "1.4.1", false),
        ("BD89A1CE4DDe368FFAB0eC35506eEcE0b1fFdc54", "SafeToL2Setup", "1.4.1", false),
    ];
    for (text, name, version, zero_target_is_self) in libraries {
        let pinned = all.is_delegatecall_pinned(1, text.parse().unwrap()).unwrap();
        assert_eq!((pinned.name, pinned.version), (name, version));
        assert_eq!(pinned.zero_target_is_self, zero_target_is_self, "{name} {version}");
        assert!(pinned.source.contains("safe-deployments 1.37.63"));
    }
}

#[test]
fn a_ticker_never_says_which_token_it_is() {
    let all = Interfaces::built_in();
    let mut by_ticker: BTreeMap<_, usize> = BTreeMap::new();
    for (chain_id, _, token) in all.tokens() {
        *by_ticker.entry((chain_id, token.untrusted_ticker())).or_default() += 1;
    }
    let shared: usize = by_ticker.values().filter(|n| **n > 1).sum();
    println!("{shared} tokens share a ticker with another of their chain");
    assert!(shared > 1_000);
    let usdc = all.token(1, USDC).unwrap();
    assert_eq!((usdc.untrusted_ticker(), usdc.decimals, usdc.delisted), ("USDC", 6, false));
    assert_eq!(all.token(1, NOBODY), None);
    assert_eq!(all.token(56, USDC), None);
    assert!(all.tokens().all(|(_, _, token)| token.escaped_ticker().is_ascii()));
}

#[test]
fn every_selector_of_hand_is_as_published() {
    let all = Interfaces::built_in();
    for (interface, selector, signature) in [
        ("weth9", "d0e30db0", "deposit()"),
        ("weth9", "2e1a7d4d", "withdraw(uint256)"),
        ("multicall3", "252dba42", "aggregate((address,bytes)[])"),
        ("multicall3", "82ad56cb", "aggregate3((address,bool,bytes)[])"),
        ("multicall3", "174dea71", "aggregate3Value((address,bool,uint256,bytes)[])"),
        ("multicall3", "c3077fa9", "blockAndAggregate((address,bytes)[])"),
        ("multicall3", "bce38bd7", "tryAggregate(bool,(address,bytes)[])"),
        ("multicall3", "399542e9", "tryBlockAndAggregate(bool,(address,bytes)[])"),
        ("dai_permit", "8fcbaf0c", "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"),
        ("uniswap/MulticallExtended", "5ae401dc", "multicall(uint256,bytes[])"),
        ("uniswap/MulticallExtended", "1f0464d1", "multicall(bytes32,bytes[])"),
        ("erc20", "a9059cbb", "transfer(address,uint256)"),
        ("erc20_permit", "d505accf", "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ("erc721", "42842e0e", "safeTransferFrom(address,address,uint256)"),
        ("erc1155", "a22cb465", "setApprovalForAll(address,bool)"),
        ("openzeppelin/TimelockController", "8f2a0bb0", SCHEDULE_BATCH),
        ("openzeppelin/Governor", "7d5e81e2", "propose(address[],uint256[],bytes[],string)"),
        ("openzeppelin/UUPSUpgradeable", "4f1ef286", "upgradeToAndCall(address,bytes)"),
        ("openzeppelin/4/UUPSUpgradeable", "3659cfe6", "upgradeTo(address)"),
        ("openzeppelin/4/ProxyAdmin", "99a88ec4", "upgrade(address,address)"),
        ("safe/1.3.0/GnosisSafe", "6a761202", EXEC_TRANSACTION),
        ("account-abstraction/0.6.0/EntryPoint", "1fad948c", HANDLE_OPS_0_6),
        ("account-abstraction/0.7.0/EntryPoint", "765e827f", HANDLE_OPS),
        ("account-abstraction/0.8.0/EntryPoint", "765e827f", HANDLE_OPS),
        ("uniswap/Permit2", "87517c45", "approve(address,address,uint160,uint48)"),
        ("uniswap/Permit2", "36c78516", "transferFrom(address,address,uint160,address)"),
        ("uniswap/Permit2", "0d58b1db", "transferFrom((address,address,uint160,address)[])"),
        ("uniswap/Permit2", "2b67b570", PERMIT2_PERMIT),
        ("uniswap/Permit2", "2a2d80d1", PERMIT2_PERMIT_BATCH),
        ("uniswap/Permit2", "30f28b7a", PERMIT2_TRANSFER),
        ("uniswap/Permit2", "cc53287f", "lockdown((address,address)[])"),
        ("uniswap/Permit2", "65d9723c", "invalidateNonces(address,address,uint48)"),
        ("uniswap/Permit2", "3ff9dcb1", "invalidateUnorderedNonces(uint256,uint256)"),
        ("uniswap/Permit2", "927da105", "allowance(address,address,address)"),
        ("uniswap/Permit2", "4fe02b44", "nonceBitmap(address,uint256)"),
    ] {
        let functions = all.interface(interface).unwrap().functions;
        let found = functions.iter().find(|f| f.to_string() == signature);
        let found = found.unwrap_or_else(|| panic_with(interface, signature));
        assert_eq!(data_encoding::HEXLOWER.encode(&found.selector()), selector, "{signature}");
    }
}

const PERMIT2_PERMIT: &str = "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)";
const PERMIT2_PERMIT_BATCH: &str = "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)";
const PERMIT2_TRANSFER: &str =
    "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)";
const SCHEDULE_BATCH: &str = "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)";
const EXEC_TRANSACTION: &str =
    "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)";
const HANDLE_OPS_0_6: &str =
    "handleOps((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[],address)";
const HANDLE_OPS: &str = "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)";

#[expect(clippy::panic, reason = "a test that misses a function has failed")]
fn panic_with(interface: &str, signature: &str) -> ! {
    panic!("{interface} has no {signature}")
}

#[test]
fn a_selector_alone_gives_every_candidate() {
    let all = Interfaces::built_in();
    let guesses = all.guesses([0xa9, 0x05, 0x9c, 0xbb]);
    let texts: Vec<_> = guesses.iter().map(|(f, name)| (f.to_string(), *name)).collect();
    assert_eq!(texts, [("transfer(address,uint256)".to_owned(), "erc20")]);
    assert!(all.guesses([0, 0, 0, 0]).is_empty());
    let every: BTreeSet<_> = all.interface_names().flat_map(|n| all.interface(n).unwrap().functions).collect();
    for function in every {
        let guesses = all.guesses(function.selector());
        assert!(guesses.iter().any(|(guess, _)| guess.to_string() == function.to_string()));
        assert!(guesses.iter().all(|(guess, _)| guess.selector() == function.selector()));
    }
}

#[test]
fn a_folder_cannot_say_that_a_pinned_address_is_something_else() {
    for pinned in [MULTI_SEND_1_4_1, address!("000000000022D473030F116dDEE9F6B43aC78BA3")] {
        let result = Interfaces::with_contracts(vec![bound(1, pinned, named("erc20"))]);
        assert!(matches!(result, Err(BindError::Pinned { chain_id: 1, address, .. }) if address == pinned));
        assert!(Interfaces::with_contracts(vec![bound(31_337, pinned, named("erc20"))]).is_ok());
    }
    let twice = vec![bound(1, NOBODY, named("erc20")), bound(1, NOBODY, named("erc721"))];
    assert!(matches!(Interfaces::with_contracts(twice), Err(BindError::Twice { chain_id: 1, .. })));
    let unknown = Interfaces::with_contracts(vec![bound(1, NOBODY, named("erc\u{202e}20"))]).unwrap_err();
    assert!(unknown.to_string().contains("erc\\u{202e}20"), "{unknown}");
    let none = Interfaces::with_contracts(vec![bound(1, NOBODY, BoundInterface::Own(Vec::new()))]);
    assert!(matches!(none, Err(BindError::Functions { .. })));
}

#[test]
fn a_folder_adds_functions_to_a_token_but_never_changes_what_it_is() {
    let own = r#"[{"type":"function","name":"transfer","inputs":[{"name":"from","type":"address"},
        {"name":"burnt","type":"uint256"}]},{"type":"function","name":"pause","inputs":[]}]"#;
    let own = BoundInterface::Own(functions_of_abi(own).unwrap());
    let with = Interfaces::with_contracts(vec![bound(1, USDC, own)]).unwrap();
    let usdc = with.contract_at(1, USDC).unwrap();
    assert_eq!(usdc.token.unwrap().decimals, 6);
    let transfer = usdc.function([0xa9, 0x05, 0x9c, 0xbb]).unwrap();
    assert_eq!(transfer, &Function::parse("transfer(address to,uint256 value)").unwrap());
    assert_eq!(usdc.function([0x84, 0x56, 0xcb, 0x59]).unwrap().name, "pause");
    assert_eq!(Interfaces::built_in().contract_at(1, USDC).unwrap().function([0x84, 0x56, 0xcb, 0x59]), None);
}

#[test]
fn wrapped_coins_are_where_two_lists_say() {
    let all = Interfaces::built_in();
    let (mut by_alloy, mut by_ledger) = (0, 0);
    for chain_id in [1, 10, 30, 56, 100, 137, 146, 250, 324, 999, 1116, 8217, 8453, 42_161, 43_114, 59_144, 80_094] {
        let place = wrapped_native_token(chain_id).unwrap();
        let contract = all.contract_at(chain_id, place).unwrap();
        assert_eq!((contract.kind, contract.interface), (ContractKind::WrappedNative, Some("weth9")), "{chain_id}");
        assert!(native_currency(chain_id).is_some(), "{chain_id}");
        by_alloy += 1;
        if let Some(token) = contract.token {
            assert!(token.untrusted_ticker().starts_with(['W', 'w']) && token.decimals == 18, "{chain_id}");
            by_ledger += 1;
        }
    }
    assert_eq!((by_alloy, by_ledger), (17, 16));
    // On Mantle, alloy-chains gives bridged ether, not the wrapped coin: one list alone is not believed.
    let mantle = wrapped_native_token(5_000).unwrap();
    assert_eq!(all.contract_at(5_000, mantle), None);
}
