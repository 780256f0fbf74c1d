//! What a Ledger is foretold to show, against the pictures of the app's own tests.

use vitrine_device::{DeviceScreen, ScreenModel, foretold_ethereum};
use vitrine_ethereum::alloy_primitives::{Address, U256, address};
use vitrine_ethereum::{CheckedRequest, RequestForm};

use crate::request::{self, ACCOUNT, Fields, MAIL, SEPOLIA, checked, token_call, typed_data};

const USDC: Address = address!("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
const VITALIK: Address = address!("d8da6bf26964af9d7eed9e03e53415d37aa96045");
const FROM: &str = "From: 0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D";
const WARNING: &str = "Blind signing ahead: To accept risk, press both buttons";

/// Title and rows, as one line for each screen.
fn shown(screens: &[DeviceScreen]) -> Vec<String> {
    let line = |screen: &DeviceScreen| match screen.lines.as_slice() {
        [] => screen.title.clone(),
        lines => format!("{}: {}", screen.title, lines.join(" ")),
    };
    screens.iter().map(line).collect()
}

fn nano(request: &CheckedRequest) -> Vec<String> {
    shown(&foretold_ethereum(ScreenModel::LedgerNano, request).screens)
}

fn touch(request: &CheckedRequest) -> Vec<String> {
    shown(&foretold_ethereum(ScreenModel::LedgerTouch, request).screens)
}

fn not_shown(request: &CheckedRequest) -> String {
    foretold_ethereum(ScreenModel::LedgerNano, request).not_shown.join("\n")
}

/// LedgerHQ/app-ethereum, `tests/ragger/snapshots/nanosp/test_sign_simple`.
#[test]
fn a_payment_is_foretold_as_in_the_apps_own_tests() {
    let to = "To: 0x5A321744667052AFfA8386ed49e00EF223cbFFc3";
    let payment = checked(&Fields::default().legacy(), RequestForm::Transaction, 1);
    let expected =
        ["Review transaction", FROM, "Amount: 0.31415 ETH", to, "Max fees: 0.000273 ETH", "Sign transaction"];
    assert_eq!(nano(&payment), expected);
    let touched = touch(&payment);
    assert_eq!(touched[0], "Review transaction: Swipe to review");
    assert_eq!(touched[1..5], expected[1..5]);
    assert_eq!(touched[5], "Sign transaction?: Hold to sign");
}

/// The same of `test_sign_legacy_chainid`.
#[test]
fn a_chain_that_the_app_does_not_know_is_foretold_as_a_number_and_its_coin_as_question_marks() {
    let fields = Fields { chain_id: 112_233_445_566, ..Fields::default() };
    let shown = nano(&checked(&fields.legacy(), RequestForm::Transaction, fields.chain_id));
    assert_eq!(
        shown[2..],
        [
            "Amount: 0.31415 ???",
            "To: 0x5A321744667052AFfA8386ed49e00EF223cbFFc3",
            "Max fees: 0.000273 ???",
            "Network: 112233445566",
            "Sign transaction"
        ]
    );
}

/// The same of `test_approve_erc20`.
#[test]
fn a_tokens_approval_is_foretold_as_in_the_apps_own_tests() {
    let data = token_call("095ea7b3", VITALIK, U256::from(5_000_000));
    // The fees of that test: 0.00009433834 ETH.
    let (gas, fee_wei) = (94_338, 1_000_000_042);
    let fields = Fields { to: Some(USDC), value_wei: U256::ZERO, data, gas, fee_wei, ..Fields::default() };
    let shown = nano(&fields.checked());
    assert_eq!(
        shown[..4],
        [
            "Review transaction to approve ERC20 token",
            FROM,
            "Approve: 5 USDC",
            "Approve to: 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        ]
    );
    assert!(shown[4].starts_with("Max fees: 0.0000943380"), "{}", shown[4]);
    assert_eq!(shown[5], "Sign transaction");
    assert_eq!(touch(&fields.checked())[5], "Sign transaction to approve ERC20 token?: Hold to sign");
}

#[test]
fn an_unlimited_approval_is_foretold_as_such() {
    let data = token_call("095ea7b3", VITALIK, U256::MAX);
    let fields = Fields { to: Some(USDC), value_wei: U256::ZERO, data, ..Fields::default() };
    assert_eq!(nano(&fields.checked())[2], "Approve: Unlimited USDC");
}

/// The same of `test_transfer_erc20_extra_data`.
#[test]
fn data_behind_a_transfer_is_foretold() {
    let tracked = [token_call("a9059cbb", VITALIK, U256::from(5_000_000)), b"cpis_1RnzUSEXxObdZZOcn8gPzPPS".to_vec()];
    let fields = Fields { to: Some(USDC), value_wei: U256::ZERO, data: tracked.concat(), ..Fields::default() };
    assert_eq!(
        nano(&fields.checked())[..5],
        [
            "Review transaction to send ERC20 token",
            FROM,
            "Send: 5 USDC",
            "To: 0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
            "Extra Data: cpis_1RnzUSEXxObdZZOcn8gPzPPS",
        ]
    );
}

/// The same of `test_blind_sign` (both).
#[test]
fn a_call_that_the_app_cannot_explain_is_foretold_as_a_warning_and_a_hash() {
    let data = [vec![0x70, 0xa0, 0x82, 0x31], VITALIK.into_word().to_vec()].concat();
    let fields = Fields { data, value_wei: U256::ZERO, ..Fields::default() };
    let shown = nano(&fields.checked());
    assert_eq!(shown[..3], [WARNING, "Review transaction", FROM]);
    assert_eq!(shown[3], "To: 0x5A321744667052AFfA8386ed49e00EF223cbFFc3");
    let hash = fields.checked().signable().hash();
    assert_eq!(shown[5..], [format!("Tx hash: {hash}"), "Accept risk and sign transaction".to_owned()]);
    let with_value = Fields { value_wei: U256::from(1_200_000_000_000_000_000u64), ..fields };
    assert_eq!(nano(&with_value.checked())[3], "Amount: 1.2 ETH");
}

#[test]
fn a_new_contract_is_foretold_as_the_word_contract() {
    let fields = Fields { to: None, data: vec![0x60; 40], value_wei: U256::ZERO, ..Fields::default() };
    assert_eq!(nano(&fields.checked())[3], "To: Contract");
}

/// The app knows the selector and not the token: it shows the pages around the arguments, without them.
#[test]
fn a_token_that_ledger_did_not_sign_is_foretold_without_recipient_amount_or_hash() {
    let data = token_call("a9059cbb", VITALIK, U256::from(5));
    let fields = Fields { data, value_wei: U256::ZERO, ..Fields::default() };
    let shown = nano(&fields.checked());
    assert_eq!(shown[..3], [WARNING, "Review transaction to send ERC20 token", FROM]);
    assert_eq!(shown.len(), 5, "{shown:?}");
    assert!(not_shown(&fields.checked()).contains("who gets it and how much"));
}

#[test]
fn what_the_app_refuses_has_no_screens() {
    let data = token_call("a9059cbb", VITALIK, U256::from(5));
    let with_coins = Fields { to: Some(USDC), data: data.clone(), ..Fields::default() };
    assert_eq!(nano(&with_coins.checked()), Vec::<String>::new());
    let long = [data, vec![0; 65]].concat();
    let with_much_behind = Fields { to: Some(USDC), data: long, value_wei: U256::ZERO, ..Fields::default() };
    assert_eq!(nano(&with_much_behind.checked()), Vec::<String>::new());
    let blob = checked(&Fields::default().blob(), RequestForm::Transaction, 1);
    assert_eq!(nano(&blob), Vec::<String>::new());
    assert!(not_shown(&blob).contains("type 3"));
}

#[test]
fn what_stays_hidden_is_named() {
    let fields = Fields { access_list: request::access_entry(), ..Fields::default() };
    let with_list = not_shown(&fields.checked());
    assert!(with_list.contains("access list, 1 entries") && with_list.contains("priority fee"), "{with_list}");
    let set_code = checked(&fields.set_code(), RequestForm::Transaction, 1);
    assert!(not_shown(&set_code).contains("1 of them"));
    assert_eq!(nano(&set_code)[0], "Review transaction");
}

/// The same of `test_gating_eip712`, without its first warning.
#[test]
fn typed_data_is_foretold_as_domain_and_hash_or_whole() {
    let request = typed_data(MAIL);
    let shown = nano(&request);
    assert_eq!(
        shown[..6],
        [
            WARNING,
            "Review typed message",
            "name: Ether Mail",
            "version: 1",
            "chainId: 11155111",
            "verifyingContract: 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        ]
    );
    assert_eq!(shown[6], format!("salt: 0x{}", "AB".repeat(32)));
    let hash = shown[7].strip_prefix("Message hash: 0x").unwrap();
    assert!(hash.len() == 64 && hash.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()));
    assert_eq!(shown[8..], ["Sign message"]);
    let touched = touch(&request);
    assert_eq!(
        touched[1..4],
        ["Review typed message: Blind signing required.", "Review struct: EIP712Domain", "name: Ether Mail"]
    );
    assert_eq!(touched[8], "Review struct: Mail");
    assert_eq!(
        touched[9..16],
        [
            "name: Cow",
            "wallets: 0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
            "name: Bob",
            "wallets: 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
            "wallets: 0xB0BdaBea57B0BDABeA57b0bdABEA57b0BDabEa57",
            "name: Eve",
            "grid: -1",
        ]
    );
    assert_eq!(touched.last().unwrap(), "Accept risk and sign typed message?: Hold to sign");
}

#[test]
fn a_safes_transaction_is_foretold_as_the_typed_data_that_it_is() {
    for version in ["1.1.1", "1.3.0", "1.4.1"] {
        let request = request::safe_bundle(version);
        let shown = nano(&request);
        let names_chain = shown.contains(&format!("chainId: {SEPOLIA}"));
        assert_eq!(names_chain, version != "1.1.1", "{shown:?}");
        let hash = format!("{:X}", request.safe().unwrap().hashes.message);
        assert!(shown.iter().any(|line| line.eq_ignore_ascii_case(&format!("Message hash: 0x{hash}"))), "{shown:?}");
    }
}

/// The same of `test_personal_sign_metamask`.
#[test]
fn a_message_is_foretold_as_text_or_digits() {
    assert_eq!(
        nano(&request::message(b"Example `personal_sign` message")),
        ["Review message", "Message: Example `personal_sign` message", "Sign message"]
    );
    assert_eq!(nano(&request::message(&[0xff, 0x00]))[1], "Message: 0xff00");
    assert_eq!(ACCOUNT, request::message(b"x").signer().unwrap());
}

#[test]
fn every_model_is_foretold_to_show_recipient_and_amount_of_a_payment() {
    let payment = Fields::default().checked();
    for (name, model) in ScreenModel::NAMES {
        let screens = shown(&foretold_ethereum(model, &payment).screens).concat().replace([' ', '\n'], "");
        let has = |text: &str| screens.to_lowercase().contains(&text.to_lowercase());
        assert!(has("5A321744667052AFfA8386ed49e00EF223cbFFc3") && has("0.31415"), "{name}: {screens}");
    }
}
