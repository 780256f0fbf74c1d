//! Any lines and contents as a record; some with heads that are right, so that what they say was signed is reached.
#![no_main]

mod common;

use std::collections::BTreeMap;

use common::{REQUEST, edited, take};
use libfuzzer_sys::fuzz_target;
use vitrine_ceremony::{Memory, Record, Session};
use vitrine_qr::Payload;
use vitrine_review::{Digest, sha256, tagged_sha256};

/// The content of an entry "Signed", as docs/formats/record.md describes it.
const SIGNED: &str = r#"{"version":1,"transaction":"aa","outputs_sha256":"0000000000000000000000000000000000000000000000000000000000000000","coins":[{"outpoint":"2a00a7311f48fde3588670a302bba875be37f1d3c3460cd6c1260f5d9563633b:1","amount_sat":300000}],"nonces":[{"input":0,"r":"0000000000000000000000000000000000000000000000000000000000000000","digest":"0000000000000000000000000000000000000000000000000000000000000000"}],"psbt":""}"#;

/// Appends an entry whose head is right, and returns that head.
fn append(lines: &mut Vec<u8>, number: u64, previous: Digest, what: &str, content: Option<Digest>) -> Digest {
    let kind = if content.is_some() { "Signed" } else { "Caution" };
    let mut bytes = previous.as_bytes().to_vec();
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes.extend_from_slice(&0u64.to_be_bytes());
    for text in [kind, what, "machine"] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.push(u8::from(content.is_some()));
    content.iter().for_each(|digest| bytes.extend_from_slice(digest.as_bytes()));
    let head = tagged_sha256("vitrine/record/1", &bytes);
    let entry = serde_json::json!({
        "number": number, "at": 0, "kind": kind, "what": what, "who": "machine", "previous": previous.hex(),
        "content": content.map(|digest| digest.hex()), "head": head.hex(),
    });
    lines.extend_from_slice(entry.to_string().as_bytes());
    lines.push(b'\n');
    head
}

fn judge(lines: &[u8], contents: BTreeMap<Digest, Vec<u8>>) {
    let Ok(text) = std::str::from_utf8(lines) else { return };
    let Ok(record) = Record::parse(text, contents) else { return };
    let again = Record::parse(&record.to_json_lines(), record.contents().clone());
    assert_eq!(again.as_ref(), Ok(&record));
    let mut memory = Memory::default();
    if memory.add(&record).is_err() {
        return;
    }
    assert_eq!(memory.len(), record.entries().iter().filter(|entry| entry.kind == "Signed").count());
    let session = Session::open(None, Some("testnet"), Some(record.head()), 0).expect("testnet is a network");
    let payload = Payload::from_file(REQUEST).expect("the scenario's request is a PSBT");
    let _ = session.with_memory(memory).receive(&payload, 0);
}

fuzz_target!(|input: &[u8]| {
    let input = &mut &*input;
    let mode = take(input);
    if mode & 1 == 0 {
        let mut pieces = input.split(|byte| *byte == 0);
        let lines = pieces.next().unwrap_or_default();
        return judge(lines, pieces.map(|content| (sha256(content), content.to_vec())).collect());
    }
    let (mut lines, mut contents, mut head) = (Vec::new(), BTreeMap::new(), Digest::new([0; 32]));
    for number in 1..=u64::from(mode >> 1 & 3) + 1 {
        let kind = take(input);
        let content = (kind & 1 == 1).then(|| edited(SIGNED.as_bytes(), input));
        let digest = content.as_deref().map(sha256);
        contents.extend(digest.zip(content));
        let what: String = (0..kind >> 5).map(|_| char::from(take(input))).collect();
        head = append(&mut lines, number, head, &what, digest);
    }
    judge(&edited(&lines, input), contents);
});
