//! Files: bounded reading, and writing that leaves either the whole file or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use vitrine_ceremony::Folder;

use crate::failure::{Failure, Kind};

/// Folder inside a ceremony folder that holds the record of the ceremony before; it is no part of the folder's digest.
pub(crate) const RECORD: &str = "record";

/// Largest payload file, in bytes: a 4 MiB PSBT as hex, with room for white space.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Reads a file, or standard input for `-`, up to 16 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let result = if path == Path::new("-") {
        std::io::stdin().take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|f| f.take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes))
    };
    result.map_err(|error| Failure::file(path, &error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::input(format!("{}: larger than {MAX_FILE_BYTES} bytes", path.display())));
    }
    Ok(bytes)
}

/// Writes a file whole: first beside its place, then moved there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let partial = partial_path(path);
    let failed = |error: std::io::Error| {
        // Best effort: the failure that matters is the one being reported.
        let _ = fs::remove_file(&partial);
        Failure::file(path, &error)
    };
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| Failure::file(parent, &error))?;
    }
    let mut file = fs::File::create(&partial).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&partial, path).map_err(failed)
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    path.with_file_name(name)
}

/// Removes these files and folders below a folder, where they are.
pub(crate) fn remove(dir: &Path, names: &[&str]) -> Result<(), Failure> {
    for path in names.iter().map(|name| dir.join(name)) {
        let removed = match fs::symlink_metadata(&path) {
            Err(_) => continue,
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
        };
        removed.map_err(|error| Failure::file(&path, &error))?;
    }
    Ok(())
}

/// Reads and parses a ceremony folder.
pub(crate) fn ceremony_folder(dir: &Path) -> Result<Folder, Failure> {
    let files = ceremony_files(dir)?;
    Folder::parse(&files).map_err(|error| Failure::new(Kind::Usage, format!("{}: {error}", dir.display())))
}

/// Reads the files of a ceremony folder: path inside the folder, with `/`, to content.
pub(crate) fn ceremony_files(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut files = BTreeMap::new();
    collect(dir, "", &mut files)?;
    Ok(files)
}

fn collect(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    let entries = fs::read_dir(dir).map_err(|error| Failure::file(dir, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::file(dir, &error))?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(Failure::new(Kind::Usage, format!("{}: a file name is not UTF-8", dir.display())));
        };
        let kind = entry.file_type().map_err(|error| Failure::file(&entry.path(), &error))?;
        let inside = format!("{prefix}{name}");
        if kind.is_dir() && prefix.is_empty() && name == RECORD {
            continue;
        }
        if kind.is_dir() && prefix.is_empty() {
            collect(&entry.path(), &format!("{inside}/"), files)?;
        } else {
            files.insert(inside, read(&entry.path())?);
        }
        if files.len() > 300 {
            return Err(Failure::new(Kind::Usage, format!("{}: too many files for a ceremony folder", dir.display())));
        }
    }
    Ok(())
}

/// The first bytes of a file.
pub(crate) fn magic(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let result = fs::File::open(path).and_then(|f| f.take(16).read_to_end(&mut bytes));
    result.map_err(|error| Failure::file(path, &error))?;
    Ok(bytes)
}
