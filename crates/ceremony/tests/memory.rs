//! What earlier ceremonies signed is remembered from their records.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;

use vitrine_ceremony::{Folder, Memory, Record, RecordError, Session, Stage};
use vitrine_device::{Answer, Prompt, Prompter, sim};
use vitrine_qr::Payload;

const REQUEST: &[u8] = include_bytes!("../../../assets/demo/request.psbt");
const FILES: [(&str, &[u8]); 3] = [
    ("ceremony.toml", include_bytes!("../../../assets/demo/ceremony/ceremony.toml")),
    ("wallets/demo.toml", include_bytes!("../../../assets/demo/ceremony/wallets/demo.toml")),
    ("addresses.toml", include_bytes!("../../../assets/demo/ceremony/addresses.toml")),
];

struct Yes;

impl Prompter for Yes {
    fn prompt(&mut self, _: Prompt) -> Answer {
        Answer::Continue
    }
}

fn session(memory: Memory, request: &[u8]) -> Session {
    let files = FILES.map(|(path, bytes)| (path.to_owned(), bytes.to_vec()));
    let folder = Folder::parse(&files.into_iter().collect::<BTreeMap<_, _>>()).unwrap();
    let mut session = Session::open(Some(folder), None, None, 1).unwrap().with_memory(memory);
    session.receive(&Payload::from_file(request).unwrap(), 2).unwrap();
    session
}

fn sign(session: &mut Session) -> Record {
    let digest = session.review().unwrap().digest();
    session.reviewed_elsewhere(digest).unwrap();
    for caution in session.cautions() {
        session.acknowledge(caution, 3).unwrap();
    }
    let order = session.approve(digest, 4).unwrap();
    let returned = order.sign(sim::trezor(sim::SimOptions::default()).as_mut(), &mut Yes);
    session.signed(returned, 5).unwrap();
    session.record().clone()
}

fn memory(record: &Record) -> Memory {
    let mut memory = Memory::default();
    // As it is read from disk.
    memory.add(&Record::parse(&record.to_json_lines(), record.contents().clone()).unwrap()).unwrap();
    assert_eq!(memory.len(), 1);
    memory
}

#[test]
fn the_entry_signed_says_what_memory_needs() {
    let record = sign(&mut session(Memory::default(), REQUEST));
    let entry = record.entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let content: serde_json::Value = serde_json::from_slice(&record.contents()[&entry.content.unwrap()]).unwrap();
    let mut keys: Vec<&str> = content.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["coins", "nonces", "outputs_sha256", "psbt", "transaction", "version"]);
    assert_eq!(content["coins"].as_array().unwrap().len(), content["nonces"].as_array().unwrap().len());
    assert!(content["coins"][0]["amount_sat"].as_u64().unwrap() > 0);
    let psbt = data_encoding::BASE64.decode(content["psbt"].as_str().unwrap().as_bytes()).unwrap();
    assert!(psbt.starts_with(b"psbt\xff"));
}

#[test]
fn a_second_session_with_other_outputs_for_the_same_coins_is_refused() {
    let memory = memory(&sign(&mut session(Memory::default(), REQUEST)));
    let same = session(memory.clone(), REQUEST);
    assert_eq!(same.stage(), Stage::Reviewed, "{:?}", same.refusals());
    assert!(same.review().unwrap().findings().iter().any(|f| f.code == "btc.transaction-signed-before"));
    let other = session(memory, &replacement());
    assert_eq!(other.stage(), Stage::Refused);
    assert!(other.refusals()[0].contains("btc.outpoint-signed-before"), "{:?}", other.refusals());
}

/// The demo's request with another lock time: another transaction of the same coins.
fn replacement() -> Vec<u8> {
    let plain = session(Memory::default(), REQUEST);
    let owners = plain.review().unwrap().account().owners().to_vec();
    let lock_time = owners.iter().find(|owner| owner.field.as_deref() == Some("btc.locktime")).unwrap().span;
    let mut bytes = Payload::from_file(REQUEST).unwrap().bytes;
    bytes[lock_time.start] ^= 1;
    bytes
}

#[test]
fn a_replacement_is_refused_by_entry_date_and_id_and_the_guide_says_what_can_be_done() {
    let mut first = session(Memory::default(), REQUEST);
    let record = sign(&mut first);
    let txid = first.result().unwrap().names()[0].1.clone();
    let refused = session(memory(&record), &replacement());
    let findings = refused.review().unwrap().findings();
    let finding = findings.iter().find(|finding| finding.code == "btc.outpoint-signed-before").unwrap();
    let signed = record.entries().iter().find(|entry| entry.kind == "Signed").unwrap();
    let head = record.head().groups()[..4].join(" ");
    let entry = format!("entry {} of the record with head {head}…", signed.number);
    for named in [entry.as_str(), "1970-01-01 00:00:05 UTC", &txid] {
        assert!(finding.truth.contains(named), "{named}: {}", finding.truth);
    }
    let guide = include_str!("../../../docs/OPERATOR.md");
    let title = "Replace a signed transaction";
    assert!(finding.action.contains(title) && finding.action.contains(&txid), "{}", finding.action);
    let procedure = guide.split(&format!("## {title}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    assert!(procedure.contains("`btc.outpoint-signed-before`") && procedure.contains("without that record"));
    // What the guide says: refused with the record, whatever the folder; reviewed without it, under another digest.
    let without = session(Memory::default(), &replacement());
    assert_eq!((refused.stage(), without.stage()), (Stage::Refused, Stage::Reviewed), "{:?}", without.refusals());
}

#[test]
fn a_folder_that_excepts_a_coin_signed_before_is_no_folder() {
    let sha256 = vitrine_review::sha256(&replacement()).hex();
    let mut files: BTreeMap<String, Vec<u8>> = FILES.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).into();
    let exception = format!(
        "\n[[exception]]\ncode = \"btc.outpoint-signed-before\"\nrequest_sha256 = \"{sha256}\"\nreason = \"a test\"\n"
    );
    files.get_mut("ceremony.toml").unwrap().extend(exception.into_bytes());
    let error = Folder::parse(&files).unwrap_err().to_string();
    assert!(error.contains("refuses, and nothing lifts it"), "{error}");
}

#[test]
fn a_record_that_does_not_say_what_was_signed_is_no_memory() {
    let record = sign(&mut session(Memory::default(), REQUEST));
    let mut contents = record.contents().clone();
    let signed = record.entries().iter().find(|entry| entry.kind == "Signed").unwrap().content.unwrap();
    contents.remove(&signed);
    let cut = Record::parse(&record.to_json_lines(), contents);
    assert!(matches!(cut, Err(RecordError::Content { .. })));
}
