//! The call tree and its consequences, each case named after the fear.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

mod town;

use alloy_dyn_abi::DynSolValue;
use town::{
    ERC20_FUNCTIONS, MULTI_SEND, PAYEE, PROXY, SAFE, SAFE_FUNCTIONS, SENDER, STRANGER, TIMELOCK, TIMELOCK_FUNCTIONS,
    TOKEN, Town, address, bytes, calldata, entry, exec, explained, multi_send, number, root, schedule, transfer, word,
};
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::call::{Call, ExplainError, Meaning, Operation, Via, explain};
use vitrine_ethereum::effect::{Asset, Consequence, Control, Limit, Subject, ledger};

fn consequences(call: &Call) -> Vec<Consequence> {
    ledger(call).into_iter().map(|entry| entry.consequence).collect()
}

fn leaves(asset: Asset, amount: u64, from: Address, to: Address) -> Consequence {
    Consequence::Leaves { asset, amount: U256::from(amount), from, to: Some(to) }
}

fn is_unknown(consequence: &Consequence) -> bool {
    matches!(consequence, Consequence::Unknown { .. })
}

#[test]
fn a_multi_send_is_shown_entry_by_entry_down_to_the_timelocks_upgrade() {
    let upgrade = calldata("upgradeToAndCall(address,bytes)", vec![address(STRANGER), bytes(vec![])]);
    let approve = calldata(ERC20_FUNCTIONS[1], vec![address(STRANGER), DynSolValue::Uint(U256::MAX, 256)]);
    let batch = multi_send(&[
        entry(0, PAYEE, 5, &[]),
        entry(0, TOKEN, 0, &transfer(7)),
        entry(0, TOKEN, 0, &approve),
        entry(0, TIMELOCK, 0, &schedule(PROXY, upgrade)),
    ]);
    let tree = explained(&Town::new(), SAFE, 0, exec(MULTI_SEND, 0, batch, 1));
    let numbers: Vec<String> = tree.walk().iter().map(|call| call.number_text()).collect();
    assert_eq!(numbers, ["request", "1", "1.1", "1.2", "1.3", "1.4", "1.4.1"]);
    assert_eq!(tree.inner[0].inner[3].via, Via::MultiSend { n: 4, of: 4 });
    let asset = Asset::Token(TOKEN);
    assert_eq!(
        consequences(&tree),
        [
            leaves(Asset::Native, 5, SAFE, PAYEE),
            leaves(asset, 7, SAFE, PAYEE),
            Consequence::MaySpend { asset, limit: Limit::Unlimited, owner: SAFE, spender: STRANGER, until: None },
            Consequence::Controls { what: Control::Implementation, over: PROXY, subject: Subject::Account(STRANGER) },
        ]
    );
    assert_eq!(ledger(&tree)[3].via, Via::Scheduled { delay_seconds: U256::from(172_800) });
}

#[test]
fn a_delegatecall_to_anything_unpinned_is_foreign_code_in_the_safes_name() {
    let tree = explained(&Town::new(), SAFE, 0, exec(TOKEN, 0, transfer(7), 1));
    assert_eq!(consequences(&tree), [Consequence::RunsAs { account: SAFE, code: TOKEN }]);
    assert!(matches!(tree.inner[0].meaning, Meaning::Guess(_)), "a token's name must not dress up foreign code");
    let nested = multi_send(&[entry(1, STRANGER, 0, &transfer(7))]);
    let tree = explained(&Town::new(), SAFE, 0, exec(MULTI_SEND, 0, nested, 1));
    assert_eq!(consequences(&tree), [Consequence::RunsAs { account: SAFE, code: STRANGER }]);
}

#[test]
fn a_multi_send_at_an_address_that_nobody_pinned_is_not_read_as_one() {
    let batch = multi_send(&[entry(0, TOKEN, 0, &transfer(7))]);
    let tree = explained(&Town::new(), SAFE, 0, exec(STRANGER, 0, batch, 1));
    assert_eq!(tree.walk().len(), 2);
    assert_eq!(consequences(&tree), [Consequence::RunsAs { account: SAFE, code: STRANGER }]);
}

#[test]
fn a_multi_send_that_is_called_spends_nothing_of_the_safe() {
    let batch = multi_send(&[entry(0, TOKEN, 0, &transfer(7))]);
    let tree = explained(&Town::new(), SAFE, 0, exec(MULTI_SEND, 0, batch, 0));
    assert_eq!(consequences(&tree), [leaves(Asset::Token(TOKEN), 7, MULTI_SEND, PAYEE)]);
}

#[test]
fn entries_that_are_cut_off_or_undefined_are_unknown_not_skipped() {
    for packed in [entry(2, TOKEN, 0, &[]), entry(0, TOKEN, 0, &transfer(7))[..100].to_vec()] {
        let tree = explained(&Town::new(), SAFE, 0, exec(MULTI_SEND, 0, multi_send(&[packed]), 1));
        assert!(tree.inner[0].broken.is_some());
        assert!(consequences(&tree).iter().any(is_unknown));
    }
    let tree = explained(&Town::new(), SAFE, 0, exec(TOKEN, 0, transfer(7), 2));
    assert!(tree.broken.is_some() && consequences(&tree).iter().any(is_unknown));
}

#[test]
fn a_function_without_a_rule_has_unknown_consequences_never_none() {
    let tree = explained(&Town::new(), SAFE, 0, calldata("getOwners()", vec![]));
    assert!(is_unknown(&consequences(&tree)[0]));
}

#[test]
fn nobody_trusts_a_selector_alone() {
    let tree = explained(&Town::new(), STRANGER, 3, transfer(7));
    let Meaning::Guess(guesses) = &tree.meaning else { panic!("{:?}", tree.meaning) };
    assert_eq!(guesses.len(), 1);
    let found = consequences(&tree);
    assert_eq!(found[0], leaves(Asset::Native, 3, SENDER, STRANGER));
    assert!(is_unknown(&found[1]));
    let mut trailing = transfer(7);
    trailing.push(0);
    let tree = explained(&Town::new(), STRANGER, 0, trailing);
    assert_eq!(tree.meaning, Meaning::Guess(Vec::new()));
}

#[test]
fn data_that_is_not_canonical_is_not_shown_as_a_call() {
    let mut dirty = transfer(7);
    dirty[4] = 1;
    let tree = explained(&Town::new(), TOKEN, 0, dirty);
    assert!(matches!(&tree.meaning, Meaning::NotCanonical { function: Some(_), error: Some(_) }));
    assert!(is_unknown(&consequences(&tree)[0]));
    for short in [vec![0xa9], vec![0xa9, 0x05, 0x9c, 0xbb]] {
        assert!(is_unknown(&consequences(&explained(&Town::new(), TOKEN, 0, short))[0]));
    }
}

#[test]
fn lists_of_unequal_length_are_not_paired_up() {
    let values = vec![
        DynSolValue::Array(vec![address(TOKEN), address(TOKEN)]),
        DynSolValue::Array(vec![number(0)]),
        DynSolValue::Array(vec![bytes(transfer(1))]),
        word(0),
        word(0),
        number(1),
    ];
    let tree = explained(&Town::new(), TIMELOCK, 0, calldata(TIMELOCK_FUNCTIONS[1], values));
    assert!(tree.broken.is_some() && is_unknown(&consequences(&tree)[0]));
}

#[test]
fn calls_within_calls_end_at_a_depth_and_a_number() {
    let mut data = transfer(1);
    for _ in 0..20 {
        data = exec(SAFE, 0, data, 0);
    }
    assert!(matches!(explain(root(SAFE, 0, data), &Town::new()), Err(ExplainError::TooDeep(_))));
    let many: Vec<Vec<u8>> = (0..2_048).map(|_| entry(0, PAYEE, 1, &[])).collect();
    let batch = exec(MULTI_SEND, 0, multi_send(&many), 1);
    assert!(matches!(explain(root(SAFE, 0, batch), &Town::new()), Err(ExplainError::TooMany(_))));
}

#[test]
fn a_refund_out_of_the_safe_is_a_consequence_that_nothing_limits() {
    let values = vec![
        address(PAYEE),
        number(0),
        bytes(vec![]),
        DynSolValue::Uint(U256::ZERO, 8),
        number(100),
        number(20),
        number(3),
        address(TOKEN),
        address(STRANGER),
        bytes(vec![]),
    ];
    let tree = explained(&Town::new(), SAFE, 0, calldata(SAFE_FUNCTIONS[0], values));
    let (asset, receiver) = (Asset::Token(TOKEN), Some(STRANGER));
    let refund = Consequence::Refunds { safe: SAFE, asset, most: None, receiver };
    assert!(consequences(&tree).contains(&refund));
}

#[test]
fn new_code_runs_as_the_proxy_and_is_unknown_unless_somebody_bound_it() {
    let data = calldata("upgradeToAndCall(address,bytes)", vec![address(STRANGER), bytes(transfer(1))]);
    let tree = explained(&Town::new(), PROXY, 0, data);
    assert_eq!(tree.inner[0].operation, Operation::DelegateCall);
    assert!(consequences(&tree).contains(&Consequence::RunsAs { account: PROXY, code: STRANGER }));
}

#[test]
fn every_byte_of_a_tree_is_reached_by_its_spans() {
    let batch = multi_send(&[entry(0, TOKEN, 0, &transfer(7)), entry(0, PAYEE, 5, &[])]);
    let data = exec(MULTI_SEND, 0, batch, 1);
    let tree = explained(&Town::new(), SAFE, 0, data.clone());
    let mut owned = vec![0u8; data.len()];
    let mut own = |start: usize, end: usize| owned[start..end].iter_mut().for_each(|n| *n += 1);
    for call in tree.walk() {
        call.parts.iter().for_each(|part| own(part.span.start, part.span.end));
        let Meaning::Function(explained) = &call.meaning else { continue };
        own(explained.selector.start, explained.selector.end);
        explained.decoded.structure.iter().for_each(|span| own(span.start, span.end));
        for leaf in explained.decoded.leaves().into_iter().filter(|l| !explained.called.contains(&l.span)) {
            own(leaf.span.start, leaf.span.end);
        }
    }
    assert!(owned.iter().all(|n| *n == 1), "{owned:?}");
}
