//! A ceremony folder, read whole and within bounds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::broker::message::{FOLDER_MAX, Files};

/// As `vitrine-ceremony` bounds a folder; more files, as the record of an earlier ceremony may be among them.
const FILES_MAX: usize = 1000;
const FILE_MAX: u64 = 1 << 20;
const DEPTH_MAX: usize = 4;

/// The files below `root`, paths relative to it and with `/`, ascending; `None` if there is no such folder.
///
/// # Errors
///
/// In words: a file is too large, too deep, no plain file, or cannot be read.
pub fn read(root: &Path) -> Result<Option<Files>, String> {
    if !fs::symlink_metadata(root).is_ok_and(|m| m.is_dir()) {
        return Ok(None);
    }
    let mut files = Vec::new();
    below(root, "", 0, &mut files).map_err(|e| format!("the ceremony folder cannot be used: {e}"))?;
    files.sort();
    Ok(Some(files))
}

fn below(folder: &Path, prefix: &str, depth: usize, files: &mut Files) -> io::Result<()> {
    let refused = |path: &str, why: &str| Err(io::Error::other(format!("{} {why}", vitrine_review::escape(path))));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What operating systems leave on every stick.
        if name.starts_with('.') || name == "System Volume Information" {
            continue;
        }
        let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEPTH_MAX {
            below(&entry.path(), &path, depth.saturating_add(1), files)?;
        } else if kind.is_file() && files.len() < FILES_MAX {
            let bytes = one(&entry.path())?;
            let sum: usize = files.iter().map(|(_, b)| b.len()).sum();
            if sum.saturating_add(bytes.len()) > FOLDER_MAX {
                return refused(&path, "makes the folder larger than 16 MiB");
            }
            files.push((path, bytes));
        } else {
            return refused(&path, "is too deep, one file too many, or no plain file");
        }
    }
    Ok(())
}

fn one(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_MAX {
        return Err(io::Error::other(format!(
            "{} is larger than 1 MiB",
            vitrine_review::escape(&path.to_string_lossy())
        )));
    }
    Ok(bytes)
}
