//! What the program `vitrine-image` does, one command each.

pub(crate) mod bill;
pub(crate) mod compile;
pub(crate) mod difference;
pub(crate) mod fetch;
pub(crate) mod make;
pub(crate) mod reproduce;
pub(crate) mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vitrine_image::{BuildError, Lock};

/// Files of the project that say what the image is made of.
pub(crate) const LOCK: &str = "reproducible-build/packages.lock";

pub(crate) fn failed(path: &Path, error: std::io::Error) -> BuildError {
    BuildError::File { path: path.to_owned(), error }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|error| failed(path, error))
}

pub(crate) fn text(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(|error| failed(path, error))
}

/// Writes a file, and the folders that it stands in.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    fs::write(path, bytes).map_err(|error| failed(path, error))
}

pub(crate) fn lock(source: &Path) -> Result<Lock, BuildError> {
    Lock::parse(&text(&source.join(LOCK))?)
}

/// Regular files in a folder and the folders in it, in the order of paths.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, error))? {
            let entry = entry.map_err(|error| failed(&folder, error))?;
            let kind = entry.file_type().map_err(|error| failed(&folder, error))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Runs a program and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, BuildError> {
    let name = PathBuf::from(command.get_program());
    let output = command.output().map_err(|error| failed(&name, error))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(BuildError::Malformed { what: "a program", why: format!("{} failed: {words}", name.display()) });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program whose words go where ours go.
pub(crate) fn run(command: &mut Command) -> Result<(), BuildError> {
    let name = PathBuf::from(command.get_program());
    let status = command.status().map_err(|error| failed(&name, error))?;
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Malformed { what: "a program", why: format!("{} failed: {status}", name.display()) })
}
