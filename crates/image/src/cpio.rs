//! The initramfs: an archive in cpio's "newc" form (kernel: `Documentation/driver-api/early-userspace/buffer-format.rst`).

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use crate::put::{number32, round_up};
use crate::tree::{Node, Tree};
use crate::{BuildError, EPOCH_S};

const FOLDER: u32 = 0o040_755;
const FILE: u32 = 0o100_444;
const PROGRAM: u32 = 0o100_555;
const DEVICE: u32 = 0o020_600;

/// Writes the archive. Owner and group of everything are root; inode numbers count from 1 in the order of paths.
///
/// # Errors
/// [`BuildError::TooLarge`].
pub fn archive(tree: &Tree) -> Result<Vec<u8>, BuildError> {
    let mut out = Vec::new();
    let mut inode = 0_u32;
    for (path, node) in tree.nodes() {
        inode = inode.saturating_add(1);
        let (mode, links, device, bytes) = match node {
            Node::Folder => (FOLDER, 2, (0, 0), [].as_slice()),
            Node::File { bytes, runs } => (if *runs { PROGRAM } else { FILE }, 1, (0, 0), bytes.as_slice()),
            Node::Device { major, minor } => (DEVICE, 1, (*major, *minor), [].as_slice()),
        };
        entry(&mut out, Header { inode, mode, links, device }, path, bytes)?;
    }
    entry(&mut out, Header { inode: 0, mode: 0, links: 1, device: (0, 0) }, "TRAILER!!!", &[])?;
    out.resize(round_up(out.len(), 512), 0);
    Ok(out)
}

/// Compresses an archive as the kernel reads it: gzip, whose header names neither time nor system.
///
/// # Errors
/// [`BuildError::Malformed`] if the compressor fails.
pub fn compress(archive: &[u8]) -> Result<Vec<u8>, BuildError> {
    let failed = |error: std::io::Error| BuildError::malformed("the initramfs", error);
    let mut encoder: GzEncoder<Vec<u8>> =
        GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(archive).map_err(failed)?;
    encoder.finish().map_err(failed)
}

struct Header {
    inode: u32,
    mode: u32,
    links: u32,
    device: (u32, u32),
}

fn entry(out: &mut Vec<u8>, header: Header, path: &str, bytes: &[u8]) -> Result<(), BuildError> {
    const OWNER: u32 = 0;
    let size = number32("a file of the initramfs", bytes.len())?;
    let name = number32("a path of the initramfs", path.len().saturating_add(1))?;
    let (major, minor) = header.device;
    let fields = [header.inode, header.mode, OWNER, OWNER, header.links, EPOCH_S, size, 0, 0, major, minor, name, 0];
    out.extend(b"070701");
    out.extend(fields.iter().flat_map(|field| format!("{field:08x}").into_bytes()));
    out.extend(path.as_bytes());
    out.push(0);
    out.resize(round_up(out.len(), 4), 0);
    out.extend(bytes);
    out.resize(round_up(out.len(), 4), 0);
    Ok(())
}
