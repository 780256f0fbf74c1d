//! The session that the interface opens of what the stick holds.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use vitrine_appliance::start::session;

const NOW: u64 = 1_800_000_000;

fn folder() -> Vec<(String, Vec<u8>)> {
    let toml = "version = 1\ntitle = \"Test\"\nchain = \"bitcoin\"\nnetwork = \"testnet4\"\n";
    vec![("ceremony.toml".into(), toml.as_bytes().to_vec())]
}

#[test]
fn without_a_folder_there_is_a_session_in_which_nothing_is_ours() {
    assert!(session(None, NOW).unwrap().folder().is_none());
}

#[test]
fn a_folder_that_is_not_whole_opens_no_session() {
    let broken = vec![("ceremony.toml".into(), b"version = 99".to_vec())];
    assert!(session(Some(broken), NOW).err().unwrap().starts_with("the ceremony folder cannot be used: "));
    assert!(session(Some(vec![]), NOW).is_err(), "an empty folder is none that was prepared");
}

/// `record/` of the folder, as a session leaves it.
fn with_record(of: &vitrine_ceremony::Session) -> Vec<(String, Vec<u8>)> {
    let mut files = folder();
    let contents = of.record().contents().iter();
    files.extend(contents.map(|(digest, bytes)| (format!("record/content/{}", digest.hex()), bytes.clone())));
    files.push(("record/record.jsonl".into(), of.record().to_json_lines().into_bytes()));
    files
}

#[test]
fn the_record_of_an_earlier_ceremony_is_continued_and_must_be_whole() {
    let first = session(Some(folder()), NOW).unwrap();
    let files = with_record(&first);
    let next = session(Some(files.clone()), NOW + 1).unwrap();
    assert_eq!(next.record().entries()[0].previous, first.record().head());
    assert_eq!(next.folder().unwrap().digest(), first.folder().unwrap().digest());
    for missing in ["record/record.jsonl", "record/content/"] {
        let without = files.iter().filter(|(path, _)| !path.starts_with(missing)).cloned().collect();
        let why = session(Some(without), NOW).err().unwrap();
        assert!(why.starts_with("the record of an earlier ceremony cannot be used: "), "{why}");
    }
}
