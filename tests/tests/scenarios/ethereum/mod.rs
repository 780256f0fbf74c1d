//! The Ethereum scenarios: what each attack of `docs/attacks.md` puts before a signer.

mod answers;
mod calls;
mod cases;
mod maker;
mod safe;
mod tokens;
mod transactions;
mod typed;

#[path = "../../../../crates/ethereum/tests/town/mod.rs"]
mod town;

use crate::requests::Scenario;

/// Each scenario's folder and what makes it.
pub const SCENARIOS: &[Scenario] = &[
    ("eth-00-metamask-request", answers::as_asked),
    ("eth-00-plain-transfer", transactions::plain),
    ("eth-00-safe-batch", safe::batch),
    ("eth-01-delegatecall-to-stranger", safe::delegatecall_to_stranger),
    ("eth-02-other-than-described", safe::other_than_described),
    ("eth-03-upgrade-behind-known-address", safe::upgrade_behind_known_address),
    ("eth-04-multisend-of-another-chain", safe::multi_send_of_another_chain),
    ("eth-05-entries-not-whole", safe::entries_not_whole),
    ("eth-05-second-encoding", safe::second_encoding),
    ("eth-06-delegatecall-in-multisend", safe::delegatecall_in_multi_send),
    ("eth-06-too-deep", safe::too_deep),
    ("eth-07-dirty-address", calls::dirty_address),
    ("eth-08-single-byte", calls::single_byte),
    ("eth-08-trailing-bytes", calls::trailing_bytes),
    ("eth-09-selector-alone", calls::selector_alone),
    ("eth-10-text-imitates-fields", typed::text_imitates_fields),
    ("eth-11-domain-of-another-chain", typed::domain_of_another_chain),
    ("eth-11-domain-without-chain", typed::domain_without_chain),
    ("eth-11-safe-of-every-chain", typed::safe_of_every_chain),
    ("eth-12-domain-key-not-declared", typed::domain_key_not_declared),
    ("eth-12-domain-not-declared", typed::domain_not_declared),
    ("eth-13-duplicate-key", typed::duplicate_key),
    ("eth-13-keys-nobody-signs", typed::keys_nobody_signs),
    ("eth-14-direction-and-look-alikes", typed::direction_and_look_alikes),
    ("eth-15-unknown-decimals", tokens::unknown_decimals),
    ("eth-16-approval-for-all", tokens::approval_for_all),
    ("eth-16-permit", tokens::permit),
    ("eth-16-permit2", tokens::permit2),
    ("eth-16-unlimited-approve", tokens::unlimited_approve),
    ("eth-17-address-poisoning", tokens::address_poisoning),
    ("eth-18-authorization-for-every-chain", transactions::authorization_for_every_chain),
    ("eth-19-another-chain", transactions::another_chain),
    ("eth-19-request-says-another-chain", transactions::request_says_another_chain),
    ("eth-19-six-items", transactions::six_items),
    ("eth-20-signed-for-no-chain", answers::signed_for_no_chain),
    ("eth-21-other-parity", answers::other_parity),
    ("eth-21-v-cut-short", answers::v_cut_short),
    ("eth-22-answer-to-another-number", answers::answer_to_another_number),
    ("eth-22-signature-of-another-request", answers::signature_of_another_request),
    ("eth-23-high-s", answers::high_s),
    ("eth-24-answer-with-bytes-behind", answers::answer_with_bytes_behind),
    ("eth-24-bytes-behind", transactions::bytes_behind),
    ("eth-24-leading-zero", transactions::leading_zero),
    ("eth-25-refund", safe::refund),
    ("eth-26-approve-hash-alone", safe::approve_hash_alone),
    ("eth-26-approve-hash-with-transaction", safe::approve_hash_with_transaction),
    ("eth-26-hash-as-message", typed::hash_as_message),
    ("eth-27-token-to-another-token", tokens::token_to_another_token),
    ("eth-27-token-to-its-contract", tokens::token_to_its_contract),
    ("eth-28-to-itself", tokens::to_itself),
    ("eth-28-to-nobody", tokens::to_nobody),
    ("eth-28-to-precompile", tokens::to_precompile),
    ("eth-29-absurd-fee", transactions::absurd_fee),
    ("eth-29-tip-above-fee", transactions::tip_above_fee),
    ("eth-30-module", safe::module),
    ("eth-30-owners-guard-and-handler", safe::owners_guard_and_handler),
    ("eth-31-proposal-in-multisend", safe::proposal_in_multi_send),
    ("eth-31-upgrade-in-timelock", safe::upgrade_in_timelock),
    ("eth-32-contract-creation", transactions::contract_creation),
    ("eth-32-create2", transactions::create2),
    ("eth-33-two-of-one-nonce", transactions::two_of_one_nonce),
    ("eth-34-interface-of-the-folder", calls::interface_of_the_folder),
    ("eth-35-hashes-that-devices-show", safe::hashes_that_devices_show),
    ("eth-36-bybit", cases::bybit),
    ("eth-36-bybit-as-shown", cases::bybit_as_shown),
    ("eth-37-radiant", cases::radiant),
    ("eth-38-wazirx", cases::wazirx),
    ("eth-39-0xhabitat", cases::habitat),
];
