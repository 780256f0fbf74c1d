//! The export stick: its label, what is written to it, and what happens when it is full or pulled.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use vitrine_appliance::broker::Notice;
use vitrine_appliance::first::stick::keep::{self, Keep, NotKept, Place};
use vitrine_appliance::first::stick::{Mounts, Worker, folder, label, names};

/// A FAT16 volume: first sector, one FAT of one sector, the root folder. The first sector has the label `sector`, the root
/// folder's entry `root`.
fn fat16(sector: &[u8; 11], root: Option<&[u8; 11]>) -> Vec<u8> {
    let mut bytes = vec![0; 512 * 40];
    bytes[11..13].copy_from_slice(&512u16.to_le_bytes());
    bytes[13] = 4;
    bytes[14] = 1;
    bytes[16] = 1;
    bytes[17..19].copy_from_slice(&512u16.to_le_bytes());
    bytes[22] = 1;
    bytes[38] = 0x29;
    bytes[43..54].copy_from_slice(sector);
    bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
    if let Some(root) = root {
        bytes[1024..1024 + 11].copy_from_slice(b"README  TXT");
        bytes[1024 + 11] = 0x20;
        bytes[1056..1056 + 11].copy_from_slice(root);
        bytes[1056 + 11] = 0x08;
    }
    bytes
}

fn read(bytes: Vec<u8>) -> Option<String> {
    label::label(&mut Cursor::new(bytes)).unwrap()
}

#[test]
fn the_label_is_the_root_folders_or_else_the_first_sectors() {
    assert_eq!(read(fat16(b"VITRINE-OUT", None)).as_deref(), Some(label::LABEL));
    assert_eq!(read(fat16(b"NO NAME    ", Some(b"VITRINE-OUT"))).as_deref(), Some("VITRINE-OUT"));
    assert_eq!(read(fat16(b"VITRINE-OUT", Some(b"HOLIDAYS   "))).as_deref(), Some("HOLIDAYS"));
    let mut fat32 = fat16(b"           ", None);
    fat32[17..19].copy_from_slice(&[0, 0]);
    fat32[22] = 0;
    fat32[38..54].fill(0);
    fat32[36] = 2;
    fat32[44] = 3;
    fat32[66] = 0x29;
    fat32[71..82].copy_from_slice(b"NO NAME    ");
    // Reserved 1, FAT 2, cluster 3 is the second of 4 sectors each: sector 7.
    fat32[7 * 512..7 * 512 + 11].copy_from_slice(b"VITRINE-OUT");
    fat32[7 * 512 + 11] = 0x08;
    assert_eq!(read(fat32).as_deref(), Some("VITRINE-OUT"));
}

#[test]
fn what_is_no_fat_volume_has_no_label() {
    assert_eq!(read(vec![]), None);
    assert_eq!(read(vec![0; 4096]), None);
    let mut unsigned = fat16(b"VITRINE-OUT", None);
    unsigned[510] = 0;
    assert_eq!(read(unsigned), None);
}

proptest! {
    #[test]
    fn no_first_sector_makes_the_reader_fail(changes in proptest::collection::vec((0usize..512, any::<u8>()), 0..40)) {
        let mut bytes = fat16(b"NO NAME    ", None);
        changes.iter().for_each(|(at, value)| bytes[*at] = *value);
        let found = label::label(&mut Cursor::new(bytes)).unwrap();
        prop_assert!(found.is_none_or(|label| label.chars().count() <= 11));
    }
}

#[test]
fn only_files_of_a_session_are_kept() {
    let digest = format!("record/content/{}", "0a".repeat(32));
    for name in ["record/record.jsonl", "signed.psbt", "transaction.hex", &digest] {
        assert!(names::is_kept(name), "{name}");
    }
    let upper = digest.to_uppercase();
    for name in
        ["", "autorun.inf", "../x", "record/content/", "record/../signed.psbt", "signed.psbt\0", "SIGNED.PSBT", &upper]
    {
        assert_eq!(Keep::default().keep(name, vec![]), Err(NotKept::Name(vitrine_review::escape(name))), "{name}");
    }
}

/// A place with room for so many bytes.
#[derive(Default)]
struct Small {
    files: Vec<(String, Vec<u8>)>,
    room: usize,
}

impl Place for Small {
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|(name, _)| name.starts_with(&format!("{path}/")))
    }
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let used: usize = self.files.iter().map(|(_, b)| b.len()).sum();
        if used + bytes.len() > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.files.push((path.to_owned(), bytes.to_vec()));
        Ok(())
    }
}

#[test]
fn a_full_stick_loses_nothing_and_the_next_one_gets_everything_in_order() {
    let keep = Mutex::new(Keep::default());
    keep.lock().unwrap().keep("request.psbt", vec![1; 60]).unwrap();
    let mut first = Small { room: 100, ..Small::default() };
    assert_eq!(keep::free(&first).as_deref(), Some("vitrine-out/1"));
    keep::write(&keep, &mut first, "vitrine-out/1").unwrap();
    keep.lock().unwrap().keep("signed.psbt", vec![2; 60]).unwrap();
    keep.lock().unwrap().keep("record/record.jsonl", vec![3; 10]).unwrap();
    let (name, error) = keep::write(&keep, &mut first, "vitrine-out/1").unwrap_err();
    assert_eq!((name.as_str(), error.kind()), ("signed.psbt", io::ErrorKind::StorageFull));
    assert_eq!(keep.lock().unwrap().unwritten(), 2);
    keep.lock().unwrap().lost();
    let mut next = Small { room: 1000, ..Small::default() };
    keep::write(&keep, &mut next, "vitrine-out/1").unwrap();
    let names: Vec<&str> = next.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["vitrine-out/1/request.psbt", "vitrine-out/1/signed.psbt", "vitrine-out/1/record/record.jsonl"]);
    assert_eq!(keep::free(&next).as_deref(), Some("vitrine-out/2"));
    assert_eq!(keep.lock().unwrap().unwritten(), 0);
}

#[test]
fn memory_for_files_is_bounded_and_a_newer_file_takes_the_place_of_the_older() {
    let mut keep = Keep::default();
    for _ in 0..20 {
        keep.keep("record/record.jsonl", vec![0; keep::KEPT_MAX / 2]).unwrap();
    }
    keep.keep("signed.psbt", vec![0; keep::KEPT_MAX / 2]).unwrap();
    assert_eq!(keep.keep("request.psbt", vec![0; 2]), Err(NotKept::Full));
}

/// A folder as a stick, removed in the end.
struct Temp(PathBuf);

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn temp(name: &str) -> Temp {
    let folder = std::env::temp_dir().join(format!("vitrine-stick-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    Temp(folder)
}

struct TestMounts {
    sticks: Arc<Mutex<Vec<Result<PathBuf, String>>>>,
}

impl Mounts for TestMounts {
    fn mount(&mut self, _device: &str) -> Result<PathBuf, String> {
        self.sticks.lock().unwrap().remove(0)
    }
    fn unmount(&mut self) {}
}

fn worker(sticks: Vec<Result<PathBuf, String>>) -> (Worker, Receiver<Notice>) {
    let (tell, told) = channel();
    let mounts = TestMounts { sticks: Arc::new(Mutex::new(sticks)) };
    (Worker::start(mounts, move |notice| tell.send(notice).unwrap()).unwrap(), told)
}

fn content(root: &Path, path: &str) -> Vec<u8> {
    fs::read(root.join(path)).unwrap()
}

#[test]
fn the_session_goes_on_without_a_stick_and_the_next_one_gets_all_of_it() {
    let (first, second) = (temp("first"), temp("second"));
    let (worker, told) = worker(vec![Err("its label is “X”".into()), Ok(first.0.clone()), Ok(second.0.clone())]);
    assert_eq!(
        worker.save("request.psbt", vec![1]).unwrap(),
        "request.psbt, in memory alone: no stick with the label VITRINE-OUT is plugged in"
    );
    assert_eq!(worker.came("sda").unwrap_err(), "its label is “X”");
    worker.came("sda").unwrap();
    assert!(told.recv().unwrap().text.contains("1 files that were in memory alone are on it now"));
    assert_eq!(content(&first.0, "vitrine-out/1/request.psbt"), [1]);
    assert_eq!(worker.came("sdb").unwrap_err(), "another export stick is in use: pull it first");
    assert_eq!(worker.save("signed.psbt", vec![2]).unwrap(), "vitrine-out/1/signed.psbt on the export stick");
    worker.went();
    assert!(told.recv().unwrap().text.contains("was pulled. The session goes on"));
    assert!(worker.save("record/record.jsonl", vec![3]).unwrap().contains("in memory alone"));
    worker.came("sdb").unwrap();
    for (name, bytes) in [("request.psbt", [1]), ("signed.psbt", [2]), ("record/record.jsonl", [3])] {
        assert_eq!(content(&second.0, &format!("vitrine-out/1/{name}")), bytes);
    }
    assert_eq!(fs::read_dir(second.0.join("vitrine-out/1")).unwrap().count(), 3, "nothing unfinished is left");
    assert!(worker.save("autorun.inf", vec![]).unwrap_err().contains("no session leaves"));
}

#[test]
fn a_stick_that_cannot_be_written_is_told_once_and_the_file_is_kept() {
    let stick = temp("unwritable");
    fs::write(stick.0.join("vitrine-out"), "a file in the way").unwrap();
    let (worker, told) = worker(vec![Ok(stick.0.clone())]);
    worker.came("sda").unwrap();
    assert!(worker.save("signed.psbt", vec![2]).unwrap().contains("in memory alone: the stick failed"));
    assert!(worker.save("signed.gif", vec![2]).unwrap().contains("in memory alone"));
    let notice = told.recv().unwrap();
    assert!(notice.text.contains("signed.psbt could not be written") && notice.next.contains("Plug in another stick"));
    assert!(told.try_recv().is_err());
    assert_eq!(worker.kept(|keep| keep.file("signed.gif").map(<[u8]>::to_vec)), Some(vec![2]));
}

#[test]
fn the_ceremony_folder_of_the_stick_is_read_within_bounds() {
    let stick = temp("ceremony");
    let root = stick.0.join("ceremony");
    assert_eq!(folder::read(&root), Ok(None));
    fs::create_dir_all(root.join("wallets")).unwrap();
    fs::create_dir_all(root.join(".Trash/x")).unwrap();
    fs::write(root.join("ceremony.toml"), "a").unwrap();
    fs::write(root.join("wallets/w.toml"), "b").unwrap();
    let (worker, _told) = worker(vec![Ok(stick.0.clone())]);
    worker.came("sda").unwrap();
    let files = worker.folder().unwrap().unwrap();
    assert_eq!(files, [("ceremony.toml".into(), b"a".to_vec()), ("wallets/w.toml".into(), b"b".to_vec())]);
    fs::write(root.join("big"), vec![0; (1 << 20) + 1]).unwrap();
    assert!(folder::read(&root).unwrap_err().contains("larger than 1 MiB"));
    fs::remove_file(root.join("big")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
    assert!(folder::read(&root).unwrap_err().contains("no plain file"));
    fs::remove_file(root.join("link")).unwrap();
    fs::create_dir_all(root.join("a/b/c/d/e")).unwrap();
    assert!(folder::read(&root).unwrap_err().contains("too deep"));
}
