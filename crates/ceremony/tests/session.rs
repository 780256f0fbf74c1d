//! The session's order: nothing is signed that was not reviewed, approved and acknowledged, digest for digest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_ceremony::{Folder, Session, SessionError, Stage, recognise};
use vitrine_device::{Answer, Device, Prompt, Prompter, sim};
use vitrine_qr::{Payload, PayloadKind, ReadBack};
use vitrine_review::{Digest, Severity};

const REQUEST: &[u8] = include_bytes!("../../../assets/demo/request.psbt");
const CEREMONY: &[u8] = include_bytes!("../../../assets/demo/ceremony/ceremony.toml");
const WALLET: &[u8] = include_bytes!("../../../assets/demo/ceremony/wallets/demo.toml");
const ADDRESSES: &[u8] = include_bytes!("../../../assets/demo/ceremony/addresses.toml");

struct Yes;

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

fn folder(approval: &str) -> Folder {
    let ceremony = match approval {
        "" => CEREMONY.to_vec(),
        rules => {
            format!("version = 1\ntitle = \"t\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n{rules}").into_bytes()
        }
    };
    let files =
        [("ceremony.toml", ceremony), ("wallets/demo.toml", WALLET.to_vec()), ("addresses.toml", ADDRESSES.to_vec())];
    Folder::parse(&files.map(|(path, bytes)| (path.to_owned(), bytes)).into_iter().collect::<BTreeMap<_, _>>()).unwrap()
}

fn payload() -> Payload {
    Payload::from_file(REQUEST).unwrap()
}

fn session(approval: &str) -> Session {
    let mut session = Session::open(Some(folder(approval)), None, None, 1).unwrap();
    session.receive(&payload(), 2).unwrap();
    session
}

fn see_and_acknowledge(session: &mut Session) {
    let codes: Vec<String> = session.review().unwrap().document().fields().map(|f| f.code.clone()).collect();
    codes.iter().for_each(|code| session.see(code));
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
}

#[test]
fn the_main_job_runs_and_the_record_is_whole() {
    let mut session = session("");
    assert_eq!(session.stage(), Stage::Reviewed, "{:?}", session.refusals());
    see_and_acknowledge(&mut session);
    let order = session.approve(session.review().unwrap().digest(), 4).unwrap();
    let mut device = sim::trezor(sim::SimOptions::default());
    let returned = order.sign(device.as_mut(), &mut Yes);
    let signed = session.signed(returned, 5).unwrap();
    assert!(signed.transaction().is_some());
    assert_eq!(session.stage(), Stage::Signed);
    let other = ReadBack { parts: 1, sha256: [7; 32] };
    assert!(matches!(session.presented(&other, 6), Err(SessionError::OtherPayload)), "codes of something else");
    session.record().verify().unwrap();
    let kinds: Vec<&str> = session.record().entries().iter().map(|e| e.kind.as_str()).collect();
    assert!(kinds.starts_with(&["Opened", "Request", "Reviewed", "Policy"]), "{kinds:?}");
    assert!(kinds.ends_with(&["Approved", "Device", "Signed"]), "{kinds:?}");
    let device = session.record().entries().iter().find(|entry| entry.kind == "Device").unwrap();
    assert_eq!(device.who, session.result().unwrap().device());
    assert!(device.who.starts_with("Trezor Safe 5"), "{}", device.who);
    assert_eq!(device.what, "Fingerprint 5c9e228d; wallet Demo treasury, by its fingerprint alone");
}

#[test]
fn no_order_before_every_field_is_seen_and_every_caution_acknowledged() {
    let mut session = session("");
    let digest = session.review().unwrap().digest();
    let error = session.approve(digest, 3).unwrap_err();
    assert!(matches!(&error, SessionError::GatesOpen(gates) if !gates.is_empty()), "{error}");
    session.reviewed_elsewhere(digest).unwrap();
    if !session.cautions().is_empty() {
        assert!(matches!(session.approve(digest, 3), Err(SessionError::GatesOpen(_))));
    }
}

#[test]
fn the_digest_of_another_review_approves_nothing() {
    let mut session = session("");
    see_and_acknowledge(&mut session);
    let error = session.approve(Digest::new([7; 32]), 3).unwrap_err();
    assert!(matches!(error, SessionError::OtherDigest { .. }));
    assert_eq!(session.stage(), Stage::Reviewed);
}

#[test]
fn a_limit_of_the_folder_refuses() {
    for rule in ["max_amount_sat = 1", "max_fee_sat = 1", "recipients = \"address-book\"", "max_fee_per_mille = 0"] {
        let session = session(&format!("[approval]\n{rule}\n"));
        assert_eq!(session.stage(), Stage::Refused, "{rule}");
        assert_eq!(session.refusals().len(), 1, "{rule}: {:?}", session.refusals());
    }
}

#[test]
fn payees_of_the_book_pass_the_rule_that_only_they_are_paid() {
    let both = [ADDRESSES, b"\n[[address]]\nlabel = \"Second\"\naddress = \"tb1psps32dg0zg034g4swahlflweaqz2vghvpktrdrtqmcmvkf2kcyvs5f5my4\"\nadded_by = \"a\"\napproved_by = \"b\"\n"].concat();
    let ceremony = "version = 1\ntitle = \"t\"\nchain = \"bitcoin\"\nnetwork = \"testnet\"\n[approval]\nrecipients = \"address-book\"\n";
    let files = [("ceremony.toml", ceremony.as_bytes()), ("wallets/demo.toml", WALLET), ("addresses.toml", &both)];
    let files = files.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).into_iter().collect();
    let mut session = Session::open(Some(Folder::parse(&files).unwrap()), None, None, 1).unwrap();
    session.receive(&payload(), 2).unwrap();
    assert_eq!(session.stage(), Stage::Reviewed, "{:?}", session.refusals());
}

#[test]
fn without_a_folder_the_request_is_reviewed_but_never_signed() {
    let mut session = Session::open(None, Some("testnet"), None, 1).unwrap();
    session.receive(&payload(), 2).unwrap();
    let digest = session.review().unwrap().digest();
    assert_eq!(session.stage(), Stage::Refused);
    assert!(matches!(session.approve(digest, 3), Err(SessionError::Refused(_))));
}

#[test]
fn a_second_request_does_not_replace_the_frozen_one() {
    let mut session = session("");
    assert!(matches!(session.receive(&payload(), 3), Err(SessionError::OutOfOrder { .. })));
}

#[test]
fn something_else_than_a_psbt_is_said_and_recorded() {
    let mut session = Session::open(Some(folder("")), None, None, 1).unwrap();
    let mut other = payload();
    other.kind = PayloadKind::Bytes;
    assert!(matches!(session.receive(&other, 2), Err(SessionError::NotARequest(_))));
    assert_eq!(session.record().entries().last().unwrap().kind, "Not read");
    assert_eq!(session.stage(), Stage::Opened);
}

#[test]
fn folder_and_previous_record_change_the_review_digest_but_not_the_request_digest() {
    let review = |folder: Folder, head| {
        let mut session = Session::open(Some(folder), None, head, 1).unwrap();
        let review = session.receive(&payload(), 2).unwrap().clone();
        (review.digest(), review.request_digest())
    };
    let plain = review(folder(""), None);
    assert_eq!(review(folder(""), None), plain);
    let headed = review(folder(""), Some(Digest::new([1; 32])));
    let limited = review(folder("[approval]\nmax_fee_sat = 100000000\n"), None);
    assert!(headed.0 != plain.0 && limited.0 != plain.0);
    assert!(headed.1 == plain.1 && limited.1 == plain.1);
}

#[test]
fn facts_need_no_acknowledgement_and_cannot_get_one() {
    let mut session = session("");
    let fact = session.review().unwrap().findings().iter().position(|f| f.severity == Severity::Fact);
    if let Some(fact) = fact {
        assert!(matches!(session.acknowledge(fact, 3), Err(SessionError::NothingToAcknowledge(_))));
    }
    assert!(matches!(session.acknowledge(999, 3), Err(SessionError::NothingToAcknowledge(999))));
}

#[test]
fn a_limit_counts_what_an_open_signature_lets_others_take() {
    use vitrine_bitcoin::bitcoin::{EcdsaSighashType, Psbt};
    let mut psbt = Psbt::deserialize(REQUEST).unwrap();
    psbt.inputs.iter_mut().for_each(|input| input.sighash_type = Some(EcdsaSighashType::None.into()));
    let request = Payload { bytes: psbt.serialize(), ..payload() };
    let sha256 = vitrine_review::sha256(&request.bytes).hex();
    let exceptions: String = (0..psbt.inputs.len())
        .map(|n| {
            let field = format!("btc.input[{n}].sighash");
            format!(
                "[[exception]]\ncode = \"btc.sighash-none\"\nfield = \"{field}\"\n\
                 request_sha256 = \"{sha256}\"\nreason = \"a test\"\n"
            )
        })
        .collect();
    let stage = |approval: &str| {
        let mut session = Session::open(Some(folder(&format!("{approval}{exceptions}"))), None, None, 1).unwrap();
        let leaving = session.receive(&request, 2).unwrap().effects().leaving.unwrap().base_units();
        (session.stage(), session.refusals(), leaving)
    };
    let (free, refusals, leaving) = stage("[approval]\n");
    assert_eq!(free, Stage::Reviewed, "{refusals:?}");
    let (limited, refusals, _) = stage(&format!("[approval]\nmax_amount_sat = {leaving}\n"));
    assert_eq!(limited, Stage::Refused);
    assert!(refusals[0].contains("worst case"), "{refusals:?}");
}

/// Code, and whether it is excepted and to be acknowledged, of each restricted finding of a review in JSON.
fn restricted_in(json: &[u8]) -> Vec<(String, bool, bool)> {
    let json: serde_json::Value = serde_json::from_slice(json).unwrap();
    let findings = json["findings"].as_array().unwrap().iter();
    let restricted = findings.filter(|finding| finding["severity"] == "restricted");
    let flag = |finding: &serde_json::Value, key: &str| finding[key].as_bool().unwrap();
    let said = |f: &serde_json::Value| {
        (f["code"].as_str().unwrap().to_owned(), flag(f, "excepted"), flag(f, "must_be_acknowledged"))
    };
    restricted.map(said).collect()
}

#[test]
fn an_excepted_finding_is_a_caution_wherever_the_review_is_written_down() {
    use vitrine_bitcoin::bitcoin::{EcdsaSighashType, Psbt};
    let mut psbt = Psbt::deserialize(REQUEST).unwrap();
    psbt.inputs.iter_mut().take(2).for_each(|input| input.sighash_type = Some(EcdsaSighashType::None.into()));
    let request = Payload { bytes: psbt.serialize(), ..payload() };
    let sha256 = vitrine_review::sha256(&request.bytes).hex();
    let rules = format!(
        "[[exception]]\ncode = \"btc.sighash-none\"\nfield = \"btc.input[0].sighash\"\n\
         request_sha256 = \"{sha256}\"\nreason = \"a test\"\n"
    );
    let mut session = Session::open(Some(folder(&rules)), None, None, 1).unwrap();
    let review = session.receive(&request, 2).unwrap().clone();
    let code = "btc.sighash-none".to_owned();
    let expected = [(code.clone(), true, true), (code, false, false)];
    assert_eq!(restricted_in(vitrine_review::to_json(&review).as_bytes()), expected);
    let recorded = session.record().entries().iter().find(|entry| entry.kind == "Reviewed").unwrap().content.unwrap();
    assert_eq!(restricted_in(&session.record().contents()[&recorded]), expected);
    let text = vitrine_review::to_text(&review);
    assert_eq!(text.matches("[restricted, excepted by the ceremony folder: a caution] btc.sighash-none").count(), 1);
    assert_eq!(text.matches("[restricted] btc.sighash-none").count(), 1);
    let acknowledged: Vec<&str> =
        session.cautions().into_iter().map(|n| review.findings().iter().nth(n).unwrap().code).collect();
    assert_eq!(acknowledged.iter().filter(|code| **code == "btc.sighash-none").count(), 1);
}

/// The record says which device answered, whatever it answered.
#[test]
fn a_device_whose_answer_is_not_used_is_named_in_the_record() {
    let mut session = session("");
    see_and_acknowledge(&mut session);
    let order = session.approve(session.review().unwrap().digest(), 4).unwrap();
    let options = sim::SimOptions { fault: Some(sim::Fault::ChangesOutput), ..sim::SimOptions::default() };
    let returned = order.sign(sim::trezor(options).as_mut(), &mut Yes);
    assert!(matches!(session.signed(returned, 5), Err(SessionError::Verification(_))));
    let kinds: Vec<&str> = session.record().entries().iter().map(|entry| entry.kind.as_str()).collect();
    assert!(kinds.ends_with(&["Device", "Not verified"]), "{kinds:?}");
}

#[test]
fn a_device_is_recognised_by_the_wallets_that_it_has_a_key_of() {
    let mut device = sim::trezor(sim::SimOptions::default());
    let cosigner = "[[cosigner]]\nname = \"A. Brandt\"\nfingerprint = \"5c9e228d\"\n";
    let wallet = [WALLET, b"\n", cosigner.as_bytes()].concat();
    let files = [("ceremony.toml", CEREMONY.to_vec()), ("wallets/demo.toml", wallet)];
    let folder = Folder::parse(&files.map(|(path, bytes)| (path.to_owned(), bytes)).into_iter().collect()).unwrap();
    let recognised = recognise(Some(&folder), device.as_mut(), &mut Yes).unwrap();
    assert_eq!(recognised.fingerprint.as_deref(), Some("5c9e228d"));
    let phrases: Vec<String> = recognised.belongs_to.iter().map(vitrine_ceremony::Belonging::phrase).collect();
    assert_eq!(phrases, ["Demo treasury, key of A. Brandt"]);
    let options = sim::SimOptions { fault: Some(sim::Fault::WrongSeed), ..sim::SimOptions::default() };
    let stranger = recognise(Some(&folder), sim::trezor(options).as_mut(), &mut Yes).unwrap();
    assert_eq!((stranger.fingerprint.as_deref(), stranger.belongs_to.len()), (Some("73c5da0a"), 0));
    // The same fingerprint and another key: any device can say a fingerprint.
    let other = std::str::from_utf8(WALLET).unwrap().replace("84h/1h/0h", "84h/1h/1h");
    assert_ne!(other.as_bytes(), WALLET);
    let recognised_in = |wallet: String, device: &mut dyn Device| {
        let files = [("ceremony.toml", CEREMONY.to_vec()), ("wallets/demo.toml", wallet.into_bytes())];
        let folder = Folder::parse(&files.map(|(path, bytes)| (path.to_owned(), bytes)).into_iter().collect()).unwrap();
        let recognised = recognise(Some(&folder), device, &mut Yes).unwrap();
        assert_eq!(recognised.fingerprint.as_deref(), Some("5c9e228d"));
        recognised.belongs_to.iter().map(vitrine_ceremony::Belonging::phrase).collect::<Vec<String>>()
    };
    assert_eq!(recognised_in(other.clone(), device.as_mut()), Vec::<String>::new());
    // A path that is asked about at the device is not compared here, and that is said.
    let unusual = other.replace("84h/1h/1h", "84h/1h/0h/7h");
    assert_eq!(recognised_in(unusual, device.as_mut()), ["Demo treasury, by its fingerprint alone"]);
    let alone = recognise(None, device.as_mut(), &mut Yes).unwrap();
    assert_eq!((alone.fingerprint.as_deref(), alone.belongs_to.len()), (Some("5c9e228d"), 0));
}

#[test]
fn an_account_is_recognised_by_its_address_and_the_safes_that_it_owns() {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let brandt = include_str!("../../../assets/demo/ethereum/ceremony/wallets/brandt.toml");
    let files = [
        file("ceremony.toml", include_str!("../../../assets/demo/ethereum/ceremony/ceremony.toml")),
        file("wallets/brandt.toml", brandt),
        file("wallets/treasury.toml", include_str!("../../../assets/demo/ethereum/ceremony/wallets/treasury.toml")),
    ];
    let folder = Folder::parse(&files.into_iter().collect()).unwrap();
    let phrases = |device: &mut dyn Device| -> Vec<String> {
        let recognised = recognise(Some(&folder), device, &mut Yes).unwrap();
        recognised.belongs_to.iter().map(vitrine_ceremony::Belonging::phrase).collect()
    };
    let mut trezor = sim::trezor(sim::SimOptions::default());
    assert_eq!(phrases(trezor.as_mut()), ["A. Brandt", "Demo treasury, key of A. Brandt"]);
    let (mut ledger, _) = sim::ledger_with_screen(sim::LedgerOptions::default());
    assert_eq!(phrases(ledger.as_mut()), Vec::<String>::new(), "the seed of the other vendor's emulator");
}
