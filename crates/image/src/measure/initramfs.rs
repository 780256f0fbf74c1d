//! The measure of an initramfs that is not unpacked.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use crate::measure::{MOST_BYTES, MOUNT_POINTS, Measure, MeasureError};
use crate::tree::{Node, Tree};
use crate::{SECTOR_BYTES, cpio};

const WHAT: &str = "the initramfs";
/// What [`cpio::compress`] begins with: gzip without name, time and system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff];

/// Measures an initramfs as the kernel gets it, and gives its files.
///
/// # Errors
/// [`MeasureError::Other`] unless it is byte for byte an archive of [`cpio::archive`], compressed, and nothing behind it.
pub fn of_initramfs(compressed: &[u8], command_line: &str) -> Result<(Measure, Tree), MeasureError> {
    let archive = unpack(compressed)?;
    let tree = cpio::files(&archive)?;
    Ok((of_tree(&tree, command_line)?, tree))
}

/// Measures files before an initramfs is made of them.
///
/// # Errors
/// [`MeasureError::Other`] if something lies where a running system cannot see it.
pub fn of_tree(tree: &Tree, command_line: &str) -> Result<Measure, MeasureError> {
    let mut measure = Measure::new(command_line)?;
    for (path, node) in tree.nodes() {
        let hidden = MOUNT_POINTS.iter().any(|point| path.split('/').next() == Some(point));
        match node {
            Node::Folder if !hidden || !path.contains('/') => {}
            Node::File { bytes, runs } if !hidden => measure.add(path, if *runs { 0o555 } else { 0o444 }, bytes)?,
            Node::Device { major: 5, minor: 1 } if path == "dev/console" => {}
            Node::Device { major: 1, minor: 3 } if path == "dev/null" => {}
            _ => return Err(MeasureError::other(WHAT, format!("{path} does not belong there"))),
        }
    }
    Ok(measure)
}

fn unpack(compressed: &[u8]) -> Result<Vec<u8>, MeasureError> {
    if !compressed.starts_with(&HEADER) {
        return Err(MeasureError::other(WHAT, "its header is not the one that is written"));
    }
    let mut decoder = GzDecoder::new(compressed);
    let mut archive = Vec::new();
    let mut bounded = decoder.by_ref().take(MOST_BYTES.saturating_add(1));
    bounded.read_to_end(&mut archive).map_err(|error| MeasureError::other(WHAT, error))?;
    if archive.len() as u64 > MOST_BYTES {
        return Err(MeasureError::other(WHAT, format!("it unpacks to more than {MOST_BYTES} bytes")));
    }
    let rest = decoder.into_inner();
    if !rest.is_empty() {
        return Err(MeasureError::other(WHAT, format!("{} bytes follow it", rest.len())));
    }
    if !archive.len().is_multiple_of(SECTOR_BYTES) {
        return Err(MeasureError::other(WHAT, "it is cut short"));
    }
    Ok(archive)
}
