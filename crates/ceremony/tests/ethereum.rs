//! Ethereum: the folder, the rules, a session as far as it goes, and answers made elsewhere.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use serde_json::Value;
use vitrine_ceremony::{Folder, ResponseError, Session, SessionError, verify_ethereum_response as verify};
use vitrine_qr::{Payload, PayloadKind, Transport, UrType};

const CEREMONY: &str =
    "version = 1\ntitle = \"November payments\"\nchain = \"ethereum\"\nnetwork = \"mainnet\"\nchain_id = 1\n";
const ACCOUNT: &str = "version = 1\nname = \"Alice\"\naddress = \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\"\npath = \"m/44'/60'/0'/0/0\"\n";
const SAFE: &str = "version = 1\nname = \"Treasury\"\nsafe = \"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\"\n\
safe_version = \"1.4.1\"\nthreshold = 1\n[[owner]]\nname = \"Alice\"\naddress = \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\"\n";
const ADDRESSES: &str = "version = 1\n[[address]]\nlabel = \"Halden Freight AS\"\n\
address = \"0xabababababababababababababababababababab\"\nadded_by = \"M. Okafor\"\napproved_by = \"J. Lindqvist\"\n";
const CONTRACTS: &str = "version = 1\n[[contract]]\nname = \"Timelock\"\ninterface = \"openzeppelin/TimelockController\"\n\
address = \"0x7171717171717171717171717171717171717171\"\n[[contract]]\nname = \"Vault\"\nabi = \"vault.json\"\n\
address = \"0x9999999999999999999999999999999999999999\"\n";
const ABI: &str = r#"[{"type":"function","name":"poke","inputs":[],"outputs":[],"stateMutability":"nonpayable"}]"#;
const USDC: &str = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const SIGNER: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

fn parse(changes: &[(&str, &str)]) -> Result<Folder, String> {
    let defaults = [
        ("ceremony.toml", CEREMONY),
        ("wallets/alice.toml", ACCOUNT),
        ("wallets/treasury.toml", SAFE),
        ("addresses.toml", ADDRESSES),
        ("contracts/ours.toml", CONTRACTS),
        ("contracts/vault.json", ABI),
    ];
    let mut files = BTreeMap::new();
    for (path, text) in defaults.iter().chain(changes) {
        files.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    Folder::parse(&files).map_err(|error| error.to_string())
}

fn session(approval: &str) -> Session {
    let folder = parse(&[("ceremony.toml", &format!("{CEREMONY}{approval}"))]).unwrap();
    Session::open(Some(folder), None, None, 0).unwrap()
}

/// A Safe's transaction to a token.
fn bundle(data: &str) -> Payload {
    let json = format!(
        r#"{{"format":"vitrine-safe-bundle","version":1,"chainId":1,"safeVersion":"1.4.1",
"safe":"0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","to":"{USDC}","value":"0","data":"{data}","operation":0,
"safeTxGas":0,"baseGas":0,"gasPrice":"0","gasToken":null,"refundReceiver":null,"nonce":7}}"#
    );
    Payload { kind: PayloadKind::Json, transport: Transport::Text, bytes: json.into_bytes() }
}

/// Calldata of `transfer` or `approve` to Halden.
fn token_call(selector: &str, amount: &str) -> String {
    format!("0x{selector}{:0>64}{amount:0>64}", "ab".repeat(20))
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../ethereum/tests/vectors/sign-requests.json")).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn payload(kind: PayloadKind, bytes: Vec<u8>) -> Payload {
    Payload { kind, transport: Transport::Ur { ur_type: UrType::Bytes }, bytes }
}

#[test]
fn a_whole_folder_is_read() {
    let folder = parse(&[]).unwrap();
    assert_eq!((folder.chain(), folder.network().as_str()), ("Ethereum", "mainnet"));
    assert_eq!(folder.wallet_names(), ["Alice", "Treasury"]);
    let unnamed = CEREMONY.replace("mainnet", "our own").replace("chain_id = 1", "chain_id = 987654321987");
    assert_eq!(parse(&[("ceremony.toml", &unnamed)]).unwrap().network(), "chain 987654321987");
}

#[test]
fn what_is_misspelt_or_contradicts_itself_is_an_error_that_names_it() {
    let with = |file: &'static str, text: &str, from: &str, to: &str| (file, text.replace(from, to));
    let ceremony = |addition: &str| ("ceremony.toml", format!("{CEREMONY}{addition}"));
    let (safe, alice, ours) = ("wallets/treasury.toml", "wallets/alice.toml", "contracts/ours.toml");
    let faults = [
        (with("ceremony.toml", CEREMONY, "chain_id = 1", "chain_id = 10"), "must agree"),
        (with("ceremony.toml", CEREMONY, "chain_id = 1", "chain_id = 0"), "must agree"),
        (with("ceremony.toml", CEREMONY, "chain_id = 1\n", ""), "chain_id"),
        (with("ceremony.toml", CEREMONY, "mainnet", "Mainnet"), "must agree"),
        (ceremony("[approval]\nmax_amount_sat = 1\n"), "max_amount_sat"),
        (ceremony("[approval]\nmax_amount_wei = \"1.5\"\n"), "max_amount_wei"),
        (ceremony("[approval]\nmax_fee_wei = \"-1\"\n"), "max_fee_wei"),
        (ceremony(&format!("[[approval.token]]\ncontract = \"{USDC}\"\nmax_base_units = \"ten\"\n")), "max_base_units"),
        (ceremony(&"[[approval.token]]\ncontract = \"0x7171717171717171717171717171717171717171\"\nmax_base_units = \"1\"\n".repeat(2)), "twice"),
        (ceremony(&exception("btc.sighash-none")), "no such finding"),
        (ceremony(&exception("eth.hash-only")), "nothing lifts it"),
        (with(alice, ACCOUNT, "0xf39F", "0xf39f"), "checksum"),
        (with(alice, ACCOUNT, "0xf39F", "f39F"), "not an address"),
        (with(alice, ACCOUNT, "m/44'", "44'"), "not a path"),
        (with(alice, ACCOUNT, "/0/0", "/0/4294967295"), "not a path"),
        (with(alice, ACCOUNT, "path", "safe_version"), "either an account"),
        (with(safe, SAFE, "threshold = 1", "threshold = 2"), "threshold 2 of 1"),
        (with(safe, SAFE, "threshold = 1", "threshold = 0"), "threshold 0 of 1"),
        (with(safe, SAFE, "1.4.1", "1.4.2"), "1.4.2"),
        (with(safe, SAFE, "Treasury", "Alice"), "are named Alice"),
        (with(ours, CONTRACTS, "openzeppelin/Timelock", "openzeppelin/Clock"), "no interface is named"),
        (with(ours, CONTRACTS, "vault.json", "../vault.json"), "no file of contracts/"),
        (with(ours, CONTRACTS, "7171717171717171717171717171717171717171", "9641d764fc13c8b624c04430c7356c1c7c8102e2"), "remove it"),
        (("contracts/unused.json", ABI.to_owned()), "nobody knows"),
        (("addresses.toml", format!("{ADDRESSES}{}", &ADDRESSES[12..])), "stands twice"),
    ];
    for ((file, text), expected) in faults {
        let error = parse(&[(file, &text)]).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

fn exception(code: &str) -> String {
    format!("[[exception]]\ncode = \"{code}\"\nrequest_sha256 = \"{}\"\nreason = \"None\"\n", "00".repeat(32))
}

#[test]
fn a_folder_of_one_chain_reads_no_request_of_the_other() {
    let psbt = include_bytes!("../../../assets/demo/request.psbt").to_vec();
    let psbt = Payload { kind: PayloadKind::Psbt, transport: Transport::Binary, bytes: psbt };
    let refused = session("").receive(&psbt, 0).unwrap_err();
    assert!(matches!(refused, SessionError::Network(_)), "{refused}");
    let answer = payload(PayloadKind::EthBatchSignature, hex(&vectors()["batch"]["answer"]["cbor"]));
    assert!(matches!(session("").receive(&answer, 0), Err(SessionError::NotARequest(_))));
    let mut nobody = Session::open(None, Some("testnet4"), None, 0).unwrap();
    assert!(matches!(nobody.receive(&bundle("0x"), 0), Err(SessionError::Network(_))));
    assert!(Session::open(None, Some("nowhere"), None, 0).is_err());
    assert!(Session::open(Some(parse(&[]).unwrap()), Some("sepolia"), None, 0).is_err());
}

#[test]
fn a_batch_is_reviewed_as_one_request_and_its_answer_is_verified() {
    let batch = &vectors()["batch"];
    let request = payload(PayloadKind::EthBatchSignRequest, hex(&batch["request"]["cbor"]));
    let answer = payload(PayloadKind::EthBatchSignature, hex(&batch["answer"]["cbor"]));
    let mut session = session("");
    let review = session.receive(&request, 0).unwrap();
    assert_eq!(review.account().total(), request.bytes.len());
    assert!(review.document().field("eth.request[3].tx.nonce").is_some());
    let result = verify(&request, &answer, Some(SIGNER)).unwrap();
    assert_eq!((result.transactions().len(), result.transaction()), (3, None));
    assert!(result.names().iter().any(|(label, _)| label == "Request 3: Transaction hash"), "{:?}", result.names());
    assert!(matches!(verify(&request, &answer, None), Err(ResponseError::Signer(_))));
    let one = payload(PayloadKind::EthSignature, hex(&vectors()["answers"][0]["cbor"]));
    assert!(matches!(verify(&request, &one, Some(SIGNER)), Err(ResponseError::NotAResponse(_))));
    let alone = payload(PayloadKind::EthSignRequest, hex(&vectors()["requests"][0]["cbor"]));
    assert!(matches!(verify(&alone, &answer, Some(SIGNER)), Err(ResponseError::NotAResponse(_))));
    for at in 0..answer.bytes.len() {
        let mut changed = answer.clone();
        changed.bytes[at] ^= 1;
        if let Ok(read) = verify(&request, &changed, Some(SIGNER)) {
            assert_eq!(read.transactions(), result.transactions(), "byte {at}");
        }
    }
}

#[test]
fn tokens_leave_and_may_be_spent_only_up_to_their_limit() {
    let (transfer, approve) = ("a9059cbb", "095ea7b3");
    let row =
        |contract: &str| format!("[[approval.token]]\ncontract = \"{contract}\"\nmax_base_units = \"1_000_000\"\n");
    let (usdc, other) = (row(USDC), row("0x7171717171717171717171717171717171717171"));
    let unlimited = format!("[approval]\nworst_case = \"any\"\n{usdc}");
    let cases = [
        (transfer, "f4240", &usdc, true),
        (transfer, "f4241", &usdc, false),
        (approve, "f4240", &usdc, true),
        (approve, "f4241", &usdc, false),
        (transfer, "f4240", &other, false),
        (approve, "0", &other, true),
        (approve, &"f".repeat(64), &usdc, false),
        (approve, &"f".repeat(64), &unlimited, false),
        (approve, &"f".repeat(64), &"[approval]\nworst_case = \"any\"\n".to_owned(), true),
    ];
    for (selector, amount, approval, passes) in cases {
        let mut session = session(approval);
        session.receive(&bundle(&token_call(selector, amount)), 0).unwrap();
        let rules = session.verdict().unwrap().rules();
        assert_eq!(session.verdict().unwrap().passes(), passes, "{selector} {amount} {approval} {rules:#?}");
    }
}

#[test]
fn amount_fee_and_payee_are_judged_in_wei() {
    let vectors = vectors();
    let transaction = |name: &str| {
        let all = vectors["transactions"].as_array().unwrap();
        payload(PayloadKind::EthTransaction, hex(&all.iter().find(|t| t["name"] == name).unwrap()["unsigned"]))
    };
    // 1 ether to USDC's contract, at most 21,000 gas at 20 gwei.
    let request = transaction("legacy-transfer");
    let failed = |approval: &str| {
        let mut session = session(&format!("[approval]\n{approval}\n"));
        session.receive(&request, 0).unwrap();
        let rules = session.verdict().unwrap().rules();
        rules.iter().filter(|rule| !rule.passed && rule.number > 3).map(|rule| rule.number).collect::<Vec<_>>()
    };
    let fee = 21_000u128 * 20_000_000_000;
    let amount = 1_000_000_000_000_000_000 + fee;
    let clean = failed("recipients = \"any\"");
    let more = |approval: &str| failed(approval).into_iter().filter(|rule| !clean.contains(rule)).collect::<Vec<_>>();
    assert_eq!(more(&format!("max_fee_wei = \"{fee}\"")), Vec::<usize>::new());
    assert_eq!(more(&format!("max_fee_wei = \"{}\"", fee - 1)), [6]);
    assert_eq!(more(&format!("worst_case = \"any\"\nmax_amount_wei = \"{amount}\"")), Vec::<usize>::new());
    assert_eq!(more(&format!("worst_case = \"any\"\nmax_amount_wei = \"{}\"", amount - 1)), [5]);
    assert_eq!(more("recipients = \"address-book\""), [8]);
}

/// What a rule says of a request: whether it passes, and why.
fn ruling(session: &mut Session, request: &Payload, number: usize) -> (bool, String) {
    if session.review().is_none() {
        session.receive(request, 0).unwrap();
    }
    let rule = &session.verdict().unwrap().rules()[number - 1];
    (rule.passed, format!("{}: {}", rule.rule, rule.reason))
}

#[test]
fn what_pays_no_fee_keeps_the_fee_limit_and_a_refund_of_gas_never_does() {
    let none = bundle(&token_call("a9059cbb", "1"));
    let with = |from: &str, to: &str| {
        let json = String::from_utf8(none.bytes.clone()).unwrap().replace(from, to);
        Payload { bytes: json.into_bytes(), ..none.clone() }
    };
    let (zero, much) = (
        "[approval]\nmax_fee_wei = \"0\"\n",
        format!("[approval]\nworst_case = \"any\"\nmax_fee_wei = \"{}\"\n", u128::MAX),
    );
    assert!(ruling(&mut session(zero), &none, 6).0);
    let in_coins = with("\"gasPrice\":\"0\"", "\"gasPrice\":\"1\"");
    let in_tokens =
        with("\"gasPrice\":\"0\",\"gasToken\":null", &format!("\"gasPrice\":\"1\",\"gasToken\":\"{USDC}\""));
    for refunds in [in_coins, in_tokens] {
        let (passed, why) = ruling(&mut session(&much), &refunds, 6);
        assert!(!passed && why.ends_with("It cannot be known."), "{why}");
    }
    let batch = payload(PayloadKind::EthBatchSignRequest, hex(&vectors()["batch"]["request"]["cbor"]));
    let (_, why) = ruling(&mut session(&much), &batch, 6);
    let fees = [21_000u128 * 20_000_000_000, 21_000 * 20_000_000_000, 1_000_000 * 20_000_000_000];
    assert!(why.contains(&format!(": Found {} wei.", fees.iter().sum::<u128>())), "{why}");
}

#[test]
fn a_fee_for_data_that_nothing_bounds_is_named_beside_the_limits() {
    let all = vectors();
    let legacy = all["transactions"].as_array().unwrap().iter().find(|t| t["name"] == "legacy-transfer").unwrap();
    let mut bytes = hex(&legacy["unsigned"]);
    let chain = bytes.len() - 3;
    let limits = "[approval]\nworst_case = \"any\"\nmax_fee_wei = \"1_000_000_000_000_000_000\"\nmax_amount_wei = \"2_000_000_000_000_000_000\"\n";
    // A chain that has no name here may take one.
    for (network, id, is_beside) in [("optimism", 10, true), ("mainnet", 1, false), ("our own", 9, true)] {
        let ceremony = CEREMONY.replace("mainnet", network).replace("chain_id = 1", &format!("chain_id = {id}"));
        let folder = parse(&[("ceremony.toml", &format!("{ceremony}{limits}"))]).unwrap();
        let mut session = Session::open(Some(folder), None, None, 0).unwrap();
        bytes[chain] = id;
        let request = payload(PayloadKind::EthTransaction, bytes.clone());
        for rule in [5, 6] {
            let (passed, why) = ruling(&mut session, &request, rule);
            assert_eq!((passed, why.contains("data is NOT included")), (true, is_beside), "{network}: {why}");
        }
        let codes: Vec<_> = session.review().unwrap().findings().iter().map(|f| f.code).collect();
        assert_eq!(codes.contains(&"eth.data-fee"), is_beside, "{codes:?}");
    }
}

#[test]
fn an_unknown_call_is_allowed_by_contract_and_selector_alone() {
    let call = bundle("0x12345678");
    let call = Payload {
        bytes: String::from_utf8(call.bytes)
            .unwrap()
            .replace(USDC, "0x3333333333333333333333333333333333333333")
            .into_bytes(),
        ..call
    };
    let row = |contract: &str, selector: &str| {
        format!(
            "[approval]\nworst_case = \"any\"\n[[approval.unknown_call]]\ncontract = \"{contract}\"\n{selector}reason = \"Claims\"\n"
        )
    };
    let (this, other) = ("0x3333333333333333333333333333333333333333", "0x4444444444444444444444444444444444444444");
    let cases = [
        (String::new(), false),
        (row(this, "selector = \"0x12345678\"\n"), true),
        (row(this, "selector = \"0x12345679\"\n"), false),
        (row(this, ""), false),
        (row(other, "selector = \"0x12345678\"\n"), false),
    ];
    for (approval, passes) in cases {
        let (passed, why) = ruling(&mut session(&approval), &call, 9);
        assert_eq!(passed, passes, "{approval}: {why}");
    }
    let misspelt = format!("{CEREMONY}{}", row(this, "selector = \"0x123456\"\n"));
    assert!(parse(&[("ceremony.toml", &misspelt)]).unwrap_err().contains("8 hex digits"));
}

#[test]
fn an_answer_is_verified_and_no_byte_of_it_can_be_changed() {
    let vectors = vectors();
    let pairs = vectors["requests"].as_array().unwrap().iter().zip(vectors["answers"].as_array().unwrap());
    let transactions = vectors["transactions"].as_array().unwrap();
    let mut verified = 0;
    for (request, answer) in pairs {
        let Some(entry) = transactions.iter().find(|t| t["name"] == request["name"]) else { continue };
        let request = payload(PayloadKind::EthSignRequest, hex(&request["cbor"]));
        let answer = payload(PayloadKind::EthSignature, hex(&answer["cbor"]));
        let result = verify(&request, &answer, Some(SIGNER)).unwrap();
        assert_eq!(result.transaction().unwrap(), hex(&entry["signed"]));
        let unsigned = payload(PayloadKind::EthTransaction, hex(&entry["unsigned"]));
        let signed = payload(PayloadKind::EthTransaction, hex(&entry["signed"]));
        assert_eq!(verify(&unsigned, &signed, Some(SIGNER)).unwrap().transaction(), result.transaction());
        for (request, response) in [(&request, &answer), (&unsigned, &signed)] {
            assert!(matches!(verify(request, response, None), Err(ResponseError::Signer(_))));
            let other = "0xabababababababababababababababababababab";
            assert!(matches!(verify(request, response, Some(other)), Err(ResponseError::Ethereum(_))));
            for at in 0..response.bytes.len() {
                let mut changed = response.clone();
                changed.bytes[at] ^= 1;
                // The name of whoever answers is signed by nobody: with another one the answer is the same.
                if let Ok(read) = verify(request, &changed, Some(SIGNER)) {
                    assert_eq!(read.transaction(), result.transaction(), "byte {at}");
                }
            }
        }
        verified += 1;
    }
    assert!(verified >= 8, "{verified} transactions");
}
