//! What a session leaves is kept in memory, and written to whichever export stick is there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::names;
use crate::first::shared::lock;

/// The most bytes that are kept, over all files.
pub const KEPT_MAX: usize = 48 * 1024 * 1024;
/// The most files.
const FILES_MAX: usize = 512;
/// Folder of the stick below which each session has its own, numbered.
pub const OUT: &str = "vitrine-out";
const SESSIONS_MAX: u32 = 9999;

/// Where files are written to.
pub trait Place {
    /// Whether something is at this path.
    fn has(&self, path: &str) -> bool;

    /// Writes a file whole: after an error the one before is still there, or none.
    ///
    /// # Errors
    ///
    /// As the file system has it; [`io::ErrorKind::StorageFull`] when it is full.
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;
}

/// The files of a session.
#[derive(Debug, Default)]
pub struct Keep {
    files: BTreeMap<String, Kept>,
    bytes: usize,
    /// Counts what was kept: files are written in that order.
    turn: u64,
}

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    turn: u64,
    written: bool,
}

/// Why a file is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// A session leaves no file of this name.
    Name(String),
    /// Memory for files is used up.
    Full,
}

impl Keep {
    /// Keeps a file, in the place of an earlier one of that name.
    ///
    /// # Errors
    ///
    /// [`NotKept`].
    pub fn keep(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), NotKept> {
        if !names::is_kept(name) {
            return Err(NotKept::Name(vitrine_review::escape(name)));
        }
        let before = self.files.get(name).map_or(0, |kept| kept.bytes.len());
        let after = self.bytes.saturating_sub(before).saturating_add(bytes.len());
        if after > KEPT_MAX || (self.files.len() >= FILES_MAX && !self.files.contains_key(name)) {
            return Err(NotKept::Full);
        }
        self.bytes = after;
        self.turn = self.turn.saturating_add(1);
        self.files.insert(name.to_owned(), Kept { bytes, turn: self.turn, written: false });
        Ok(())
    }

    /// The first file that is not written yet, in the order in which they were kept: name, turn, content.
    pub fn next(&self) -> Option<(String, u64, Vec<u8>)> {
        let open = self.files.iter().filter(|(_, kept)| !kept.written);
        let (name, kept) = open.min_by_key(|(_, kept)| kept.turn)?;
        Some((name.clone(), kept.turn, kept.bytes.clone()))
    }

    /// The file is written as it was at that turn.
    pub fn written(&mut self, name: &str, turn: u64) {
        if let Some(kept) = self.files.get_mut(name).filter(|kept| kept.turn == turn) {
            kept.written = true;
        }
    }

    /// The stick is gone: everything is to be written to the next one.
    pub fn lost(&mut self) {
        self.files.values_mut().for_each(|kept| kept.written = false);
    }

    /// How many files are not on the stick that is there.
    pub fn unwritten(&self) -> usize {
        self.files.values().filter(|kept| !kept.written).count()
    }

    /// A file that is kept.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(|kept| kept.bytes.as_slice())
    }

    /// Names of the files, ascending.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

/// Writes what is not written yet to the session's folder. Nothing is held while the place is written: who keeps a file
/// does not wait for it.
///
/// # Errors
///
/// The file that could not be written, and why. It and those after it are still to be written.
pub fn write(keep: &Mutex<Keep>, place: &mut dyn Place, folder: &str) -> Result<(), (String, io::Error)> {
    loop {
        let next = lock(keep).next();
        let Some((name, turn, bytes)) = next else { return Ok(()) };
        place.put(&format!("{folder}/{name}"), &bytes).map_err(|e| (name.clone(), e))?;
        lock(keep).written(&name, turn);
    }
}

/// The first session's folder that is not there yet.
pub fn free(place: &dyn Place) -> Option<String> {
    (1..=SESSIONS_MAX).map(|n| format!("{OUT}/{n}")).find(|folder| !place.has(folder))
}

/// A folder as a place: a mounted stick.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Below `root`.
    pub fn new(root: &Path) -> Folder {
        Folder(root.to_owned())
    }
}

impl Place for Folder {
    fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// Written beside, flushed, and moved into its place; then everything is flushed. Who hears that a file is kept may pull
    /// the stick out: on FAT, a file that was moved has no length until its new entry is written too, and the folders above it
    /// may be new.
    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(path);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        let part = folder.join("unfinished.tmp");
        let done = write_through(&part, bytes).and_then(|()| fs::rename(&part, &path));
        if done.is_err() {
            // What is left of it helps nobody; a stick that is gone cannot be tidied.
            let _ = fs::remove_file(&part);
        }
        done?;
        let folder = File::open(folder)?;
        rustix::fs::syncfs(&folder)?;
        folder.sync_all()
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
