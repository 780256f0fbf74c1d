//! Any files as a ceremony folder: paths and contents between zero bytes. A request is then reviewed by its rules.
#![no_main]

mod common;

use std::collections::BTreeMap;

use common::REQUEST;
use libfuzzer_sys::fuzz_target;
use vitrine_ceremony::{Folder, Record, Session, Stage, Verdict};
use vitrine_qr::Payload;
use vitrine_review::{Digest, Review};

/// What a session says of the request: the digest of its review, whether the folder lets it pass, and its page.
fn reviewed(folder: Folder) -> Option<(Digest, bool, String)> {
    let mut session = Session::open(Some(folder), None, None, 0).expect("the folder says the network");
    let payload = Payload::from_file(REQUEST).expect("the scenario's request is a PSBT");
    let digest = session.receive(&payload, 0).ok().map(Review::digest);
    assert_eq!(digest.is_some(), session.verdict().is_some());
    let record = session.record();
    assert_eq!(Record::parse(&record.to_json_lines(), record.contents().clone()).as_ref(), Ok(record));
    let passes = session.verdict().is_some_and(Verdict::passes);
    assert_eq!(passes, session.stage() == Stage::Reviewed);
    let page = session.page()?;
    assert!(page.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)));
    Some((digest?, passes, page))
}

fuzz_target!(|input: &[u8]| {
    let mut pieces = input.split(|byte| *byte == 0);
    let mut files = BTreeMap::new();
    while let (Some(path), Some(content)) = (pieces.next(), pieces.next()) {
        files.insert(String::from_utf8_lossy(path).into_owned(), content.to_vec());
    }
    let Ok(folder) = Folder::parse(&files) else { return };
    assert!(folder.title().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let again = Folder::parse(&files).expect("it was read before");
    assert_eq!(again.digest(), folder.digest());
    assert_eq!(reviewed(folder), reviewed(again));
});
