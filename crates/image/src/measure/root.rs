//! The measure of a running system: of the folder that the initramfs was unpacked into.

use std::fs::{self, DirEntry};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::measure::{MOST_BYTES, MOUNT_POINTS, Measure, MeasureError};

/// Folders in folders.
const DEEPEST: usize = 16;

/// Measures what stands in a folder, [`MOUNT_POINTS`] left out, and the command line as `/proc/cmdline` has it.
///
/// # Errors
/// [`MeasureError::File`], and [`MeasureError::Other`] where something is neither a file nor a folder.
pub fn of_root(root: &Path, command_line: &str) -> Result<Measure, MeasureError> {
    let mut measure = Measure::new(command_line.strip_suffix('\n').unwrap_or(command_line))?;
    let mut left = MOST_BYTES;
    folder(root, "", DEEPEST, &mut left, &mut measure)?;
    Ok(measure)
}

fn folder(path: &Path, prefix: &str, deeper: usize, left: &mut u64, measure: &mut Measure) -> Result<(), MeasureError> {
    let failed = |error| MeasureError::File { path: path.to_owned(), error };
    let Some(deeper) = deeper.checked_sub(1) else {
        return Err(MeasureError::other("the folders", "they are too deep"));
    };
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| MeasureError::other("a file", "its name is not UTF-8"))?;
        let inside = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && MOUNT_POINTS.contains(&inside.as_str()) {
            continue;
        }
        if kind.is_dir() {
            folder(&entry.path(), &format!("{inside}/"), deeper, left, measure)?;
        } else if kind.is_file() {
            file(&entry, &inside, left, measure)?;
        } else {
            return Err(MeasureError::other("a file", format!("{} is neither file nor folder", inside.escape_debug())));
        }
    }
    Ok(())
}

fn file(entry: &DirEntry, inside: &str, left: &mut u64, measure: &mut Measure) -> Result<(), MeasureError> {
    let path = entry.path();
    let failed = |error| MeasureError::File { path: path.clone(), error };
    let about = entry.metadata().map_err(failed)?;
    *left = left.checked_sub(about.len()).ok_or_else(|| MeasureError::other("the files", "they are too large"))?;
    let bytes = fs::read(&path).map_err(failed)?;
    measure.add(inside, about.permissions().mode() & 0o7777, &bytes)
}
