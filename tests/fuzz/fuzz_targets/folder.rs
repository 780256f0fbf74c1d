//! Any files as a ceremony folder: paths and contents between zero bytes. A request is then reviewed by its rules.
#![no_main]

mod common;

use std::collections::BTreeMap;

use common::REQUEST;
use libfuzzer_sys::fuzz_target;
use vitrine_ceremony::{Folder, Session};
use vitrine_qr::Payload;

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
    let Ok(mut session) = Session::open(Some(folder), None, None, 0) else { return };
    let payload = Payload::from_file(REQUEST).expect("the scenario's request is a PSBT");
    let reviewed = session.receive(&payload, 0).is_ok();
    assert_eq!(reviewed, session.verdict().is_some());
});
