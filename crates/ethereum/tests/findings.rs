//! Findings that no attack of its own needs a folder for: each request has exactly what is said of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod town;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEip2930, TxEip4844};
use alloy_dyn_abi::DynSolValue;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use town::envelope::Envelope;
use town::requests::{MULTI_SEND_CALL_ONLY, MULTICALL3, OWNER, PAYEE, SAFE, TIMELOCK, USDC, bundle};
use town::{address, calldata, number, schedule, transfer};
use vitrine_ethereum::alloy_primitives::{Address, B256, TxKind, U256};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::safe::SafeVersion;
use vitrine_ethereum::{BookEntry, OwnAccount, RequestForm, SafeAccount, Surroundings, decode};
use vitrine_review::{Context, Review, Severity};

/// m/44'/60'/0'/0/0, the key that every [`Envelope`] asks for.
const PATH: [u32; 5] = [44 | 1 << 31, 60 | 1 << 31, 1 << 31, 0, 0];

fn account(name: &str, address: Address, path: &[u32]) -> OwnAccount {
    OwnAccount { name: name.to_owned(), address, path: path.to_vec() }
}

/// A Safe of one owner, of this version.
fn safe(address: Address, owner: Address, version: SafeVersion) -> SafeAccount {
    let owners = vec![("Owner".to_owned(), owner)];
    SafeAccount { name: "Treasury".to_owned(), address, version, owners, threshold: 1 }
}

fn ceremony(accounts: Vec<OwnAccount>, safe: SafeAccount, contracts: Vec<BoundContract>) -> Surroundings {
    let book = vec![BookEntry { label: "Payee".to_owned(), address: PAYEE, provenance: "A, B".to_owned() }];
    let interfaces = Interfaces::with_contracts(contracts).unwrap();
    Surroundings::new(1, accounts, vec![safe], book, interfaces)
}

/// A ceremony where that key is the Safe's owner's.
fn ours() -> Surroundings {
    ceremony(vec![account("Alice", OWNER, &PATH)], safe(SAFE, OWNER, SafeVersion::V1_4_1), Vec::new())
}

fn review(bytes: &[u8], form: RequestForm, known: &Surroundings) -> Review {
    decode(bytes, form).unwrap().check(known).unwrap().review(&Context::default())
}

/// Codes with their severities, in the review's order.
fn found(review: &Review) -> Vec<(Severity, &'static str)> {
    review.findings().iter().map(|finding| (finding.severity, finding.code)).collect()
}

fn codes(review: &Review) -> Vec<&'static str> {
    review.findings().iter().map(|finding| finding.code).collect()
}

fn payment() -> Vec<u8> {
    bundle("", PAYEE, 1_000, &[], 0, 7).bytes
}

fn dynamic(data: Vec<u8>, to: Address) -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce: 3,
        gas_limit: 100_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(to),
        value: U256::ZERO,
        access_list: AccessList::default(),
        input: data.into(),
    }
}

fn transaction(transaction: &impl SignableTransaction<alloy_primitives::Signature>) -> Review {
    review(&transaction.encoded_for_signing(), RequestForm::Transaction, &ours())
}

#[test]
fn a_payment_to_a_known_payee_has_no_finding() {
    assert_eq!(codes(&review(&payment(), RequestForm::Json, &ours())), Vec::<&str>::new());
    assert_eq!(codes(&transaction(&dynamic(transfer(5), USDC))), Vec::<&str>::new());
}

#[test]
fn without_a_folder_no_account_is_ours() {
    let nobody = Surroundings::without_folder(1);
    let codes = codes(&review(&payment(), RequestForm::Json, &nobody));
    assert!(codes.contains(&"eth.no-folder") && codes.contains(&"eth.signer-differs"), "{codes:?}");
    assert!(!self::codes(&review(&payment(), RequestForm::Json, &ours())).contains(&"eth.no-folder"));
}

#[test]
fn who_signs_must_be_certain() {
    let asked = |envelope: &Envelope, known: &Surroundings| {
        codes(&review(&envelope.cbor(), RequestForm::EthSignRequest, known)).contains(&"eth.signer-differs")
    };
    let plain = Envelope::of_transaction(4, dynamic(transfer(5), USDC).encoded_for_signing());
    assert!(!asked(&plain, &ours()));
    // The account at this path is another one.
    assert!(asked(&Envelope { address: Some(PAYEE), ..plain }, &ours()));
    // No account has this path.
    let plain = Envelope::of_transaction(4, dynamic(transfer(5), USDC).encoded_for_signing());
    let with = |accounts| ceremony(accounts, safe(SAFE, OWNER, SafeVersion::V1_4_1), Vec::new());
    assert!(asked(&plain, &with(vec![account("Alice", OWNER, &[1])])));
    // Two accounts could sign, and the request names none.
    let two = with(vec![account("Alice", OWNER, &PATH), account("Bob", PAYEE, &[1])]);
    assert!(codes(&review(&plain.data, RequestForm::Transaction, &two)).contains(&"eth.signer-differs"));
    // Of a Safe only owners may sign; of another Safe nobody here does; of another version the hash is another.
    let of = |safe: SafeAccount| {
        let known = ceremony(vec![account("Alice", OWNER, &PATH)], safe, Vec::new());
        codes(&review(&payment(), RequestForm::Json, &known)).contains(&"eth.signer-differs")
    };
    assert!(!of(safe(SAFE, OWNER, SafeVersion::V1_4_1)));
    assert!(of(safe(SAFE, PAYEE, SafeVersion::V1_4_1)));
    assert!(of(safe(PAYEE, OWNER, SafeVersion::V1_4_1)));
    assert!(of(safe(SAFE, OWNER, SafeVersion::V1_1_1)));
}

/// ERC-4361, with `{account}` and `{chain}`.
const SIGN_IN: &str = "example.org wants you to sign in with your Ethereum account:\n{account}\n\n\nURI: https://example.org/in\n\
                       Version: 1\nChain ID: {chain}\nNonce: 32891756\nIssued At: 2026-11-21T12:00:00Z";

#[test]
fn a_sign_in_is_for_who_signs_on_this_chain() {
    let signed =
        |text: &str| codes(&review(&Envelope::of_text(3, text, OWNER).cbor(), RequestForm::EthSignRequest, &ours()));
    let text = |account: Address, chain: &str| {
        SIGN_IN.replace("{account}", &account.to_checksum(None)).replace("{chain}", chain)
    };
    assert_eq!(signed(&text(OWNER, "1")), ["eth.message"]);
    assert_eq!(signed(&text(PAYEE, "1")), ["eth.sign-in", "eth.message"]);
    assert_eq!(signed(&text(OWNER, "10")), ["eth.sign-in", "eth.message"]);
    assert_eq!(signed(&text(OWNER, "1").replace("Version: 1", "Version: 2")), ["eth.sign-in", "eth.message"]);
}

#[test]
fn lists_beside_a_transaction_are_told() {
    let item = AccessListItem { address: USDC, storage_keys: vec![B256::repeat_byte(3)] };
    let listed = TxEip2930 {
        chain_id: 1,
        nonce: 3,
        gas_price: 30_000_000_000,
        gas_limit: 100_000,
        to: TxKind::Call(PAYEE),
        value: U256::from(7),
        access_list: AccessList(vec![item]),
        input: vec![].into(),
    };
    assert_eq!(found(&transaction(&listed)), [(Severity::Fact, "eth.access-list")]);
    let blobs = TxEip4844 {
        chain_id: 1,
        nonce: 3,
        gas_limit: 100_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: PAYEE,
        value: U256::from(7),
        access_list: AccessList::default(),
        blob_versioned_hashes: vec![B256::with_last_byte(9) | B256::from(U256::from(1) << 248)],
        max_fee_per_blob_gas: 7,
        input: vec![].into(),
    };
    assert_eq!(found(&transaction(&blobs)), [(Severity::Caution, "eth.blob")]);
}

#[test]
fn a_fee_above_a_tenth_of_a_coin_is_cautioned() {
    let value = U256::from(1);
    let with = |gas_limit, max_fee_per_gas| TxEip1559 { gas_limit, max_fee_per_gas, value, ..dynamic(vec![], PAYEE) };
    assert_eq!(found(&transaction(&with(100_000, 1_000_000_000_000))), []);
    let high = transaction(&with(100_000, 1_000_000_000_001));
    assert_eq!(found(&high), [(Severity::Caution, "eth.fee-high")]);
    let field = high.findings().iter().next().unwrap().field.clone().unwrap();
    assert!(high.document().field(&field).is_some(), "{field}");
    // Blobs are part of the fee.
    assert_eq!(found(&transaction(&with(u64::MAX, u128::MAX))), [(Severity::Caution, "eth.fee-high")]);
}

#[test]
fn tokens_that_are_destroyed_are_said_to_be() {
    let burnable = BoundContract {
        chain_id: 1,
        address: BURNABLE,
        name: "Burnable".to_owned(),
        interface: BoundInterface::Named("erc20_burnable".to_owned()),
    };
    let known = ceremony(vec![account("Alice", OWNER, &PATH)], safe(SAFE, OWNER, SafeVersion::V1_4_1), vec![burnable]);
    let burnt = |data: Vec<u8>| codes(&review(&bundle("", BURNABLE, 0, &data, 0, 7).bytes, RequestForm::Json, &known));
    assert!(burnt(calldata("burn(uint256)", vec![number(5)])).contains(&"eth.burns"));
    assert!(burnt(calldata("burnFrom(address,uint256)", vec![address(SAFE), number(5)])).contains(&"eth.burns"));
    assert!(!burnt(transfer(5)).contains(&"eth.burns"));
}

const BURNABLE: Address = Address::repeat_byte(0x22);

#[test]
fn a_right_that_ends_is_cautioned_and_one_that_is_taken_back_is_not() {
    let approve = |amount: u64| {
        let data = calldata("approve(address,uint256)", vec![address(PAYEE), number(amount)]);
        found(&review(&bundle("", USDC, 0, &data, 0, 7).bytes, RequestForm::Json, &ours()))
    };
    assert_eq!(approve(77), [(Severity::Caution, "eth.approval")]);
    assert_eq!(approve(0), []);
}

/// What replaces a transaction has its nonce: it stands in every review, as a field of its own, with every digit.
#[test]
fn nonces_of_transactions_and_safes_are_shown() {
    let shown = |review: &Review, field: &str| review.document().field(field).unwrap().value.to_text();
    let transaction = transaction(&TxEip1559 { nonce: 1_234, ..dynamic(transfer(5), USDC) });
    assert_eq!(shown(&transaction, "eth.tx.nonce"), "1,234");
    let safe = review(&bundle("", USDC, 0, &transfer(5), 0, 71).bytes, RequestForm::Json, &ours());
    assert_eq!(shown(&safe, "eth.safe.nonce"), "71");
}

/// A payment in a batch that a timelock runs in two days is no payment of today.
#[test]
fn what_runs_within_something_later_runs_later() {
    let aggregate = DynSolValue::Array(vec![DynSolValue::Tuple(vec![
        address(USDC),
        DynSolValue::Bool(false),
        town::bytes(transfer(5)),
    ])]);
    let batch = calldata("aggregate3((address,bool,bytes)[])", vec![aggregate]);
    let timelock = BoundContract {
        chain_id: 1,
        address: TIMELOCK,
        name: "Timelock".to_owned(),
        interface: BoundInterface::Named("openzeppelin/TimelockController".to_owned()),
    };
    let known = ceremony(vec![account("Alice", OWNER, &PATH)], safe(SAFE, OWNER, SafeVersion::V1_4_1), vec![timelock]);
    let told = |to, data: Vec<u8>| {
        let review = review(&bundle("", to, 0, &data, 0, 7).bytes, RequestForm::Json, &known);
        let effect = review.effects().list[0].clone();
        (codes(&review).contains(&"eth.later"), effect.provenance.iter().any(|line| line.contains("172,800 seconds")))
    };
    assert_eq!(told(MULTICALL3, batch.clone()), (false, false));
    assert_eq!(told(TIMELOCK, schedule(MULTICALL3, batch)), (true, true));
}

/// A line end within a value of typed data is a trick; a message may have lines.
#[test]
fn line_ends_are_flagged_where_values_have_none() {
    let terms = |title: &str| {
        let text = format!(
            r#"{{"types":{{"EIP712Domain":[{{"name":"chainId","type":"uint256"}}],"Terms":[{{"name":"title","type":"string"}}]}},"primaryType":"Terms","domain":{{"chainId":1}},"message":{{"title":"{title}"}}}}"#
        );
        codes(&review(text.as_bytes(), RequestForm::Json, &ours())).contains(&"eth.text-hostile")
    };
    assert!(terms(r"Terms\n\nAmount: 0") && !terms("Terms, amount: 0"));
    let message = Envelope::of_text(3, "Two\nlines", OWNER).cbor();
    assert!(!codes(&review(&message, RequestForm::EthSignRequest, &ours())).contains(&"eth.text-hostile"));
}

/// Safe's own library is no comfort where nobody can read what it is told to do.
#[test]
fn a_pinned_library_is_told_only_with_calls_that_are_read() {
    let told = |data: Vec<u8>| {
        codes(&review(&bundle("", MULTI_SEND_CALL_ONLY, 0, &data, 1, 7).bytes, RequestForm::Json, &ours()))
    };
    let entry = town::entry(0, USDC, 0, &transfer(5));
    let cut = told(town::multi_send(&[entry[..100].to_vec()]));
    assert!(told(town::multi_send(&[entry])).contains(&"eth.delegatecall-pinned"));
    assert!(cut.contains(&"eth.calls-unreadable") && !cut.contains(&"eth.delegatecall-pinned"), "{cut:?}");
}
