//! The initramfs: an archive in cpio's "newc" form (kernel: `Documentation/driver-api/early-userspace/buffer-format.rst`).

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use crate::put::{number32, round_up, take};
use crate::tree::{Node, Tree};
use crate::{BuildError, EPOCH_S};

const WHAT: &str = "the initramfs";
const MAGIC: &[u8; 6] = b"070701";
const TRAILER: &str = "TRAILER!!!";
/// The magic number and 13 numbers of eight hex digits.
const HEADER_BYTES: usize = 110;
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
    entry(&mut out, Header { inode: 0, mode: 0, links: 1, device: (0, 0) }, TRAILER, &[])?;
    out.resize(round_up(out.len(), 512), 0);
    Ok(out)
}

/// Compresses an archive as the kernel reads it: gzip, whose header names neither time nor system.
///
/// # Errors
/// [`BuildError::Malformed`] if the compressor fails.
pub fn compress(archive: &[u8]) -> Result<Vec<u8>, BuildError> {
    let failed = |error: std::io::Error| BuildError::malformed(WHAT, error);
    let mut encoder: GzEncoder<Vec<u8>> =
        GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(archive).map_err(failed)?;
    encoder.finish().map_err(failed)
}

/// Reads an archive back.
///
/// # Errors
/// [`BuildError::Malformed`] unless it is byte for byte what [`archive`] makes of its files.
pub fn files(bytes: &[u8]) -> Result<Tree, BuildError> {
    let mut tree = Tree::default();
    let mut rest = bytes;
    loop {
        let Read { mode, device, name, content, length } = read(rest)?;
        if name == TRAILER {
            break;
        }
        let node = match mode {
            FOLDER => Node::Folder,
            FILE => Node::File { bytes: content.to_vec(), runs: false },
            PROGRAM => Node::File { bytes: content.to_vec(), runs: true },
            DEVICE => Node::Device { major: device.0, minor: device.1 },
            other => return Err(BuildError::malformed(WHAT, format!("{} has mode {other:o}", name.escape_debug()))),
        };
        tree.add(name, node)?;
        rest = rest.get(length..).unwrap_or_default();
    }
    if archive(&tree)? != bytes {
        return Err(BuildError::malformed(WHAT, "its order, owners, times or padding are not as they are written"));
    }
    Ok(tree)
}

/// An entry, and the bytes that it takes with its padding.
struct Read<'a> {
    mode: u32,
    device: (u32, u32),
    name: &'a str,
    content: &'a [u8],
    length: usize,
}

fn read(from: &[u8]) -> Result<Read<'_>, BuildError> {
    let cut = || BuildError::malformed(WHAT, "an entry is cut short or malformed");
    let field = |number: usize| {
        let at = number.saturating_mul(8).saturating_add(6);
        let digits: [u8; 8] = take(from, at)?;
        let digits = std::str::from_utf8(&digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let size = |number: usize| field(number).and_then(|size| usize::try_from(size).ok()).ok_or_else(cut);
    if !from.starts_with(MAGIC) {
        return Err(cut());
    }
    let name_end = size(11)?.checked_add(HEADER_BYTES).ok_or_else(cut)?;
    let name = from.get(HEADER_BYTES..name_end).and_then(|name| name.strip_suffix(b"\0")).ok_or_else(cut)?;
    let begin = round_up(name_end, 4);
    let end = begin.checked_add(size(6)?).ok_or_else(cut)?;
    Ok(Read {
        mode: field(1).ok_or_else(cut)?,
        device: field(9).zip(field(10)).ok_or_else(cut)?,
        name: std::str::from_utf8(name).map_err(|_| cut())?,
        content: from.get(begin..end).ok_or_else(cut)?,
        length: round_up(end, 4),
    })
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
    out.extend(MAGIC);
    out.extend(fields.iter().flat_map(|field| format!("{field:08x}").into_bytes()));
    out.extend(path.as_bytes());
    out.push(0);
    out.resize(round_up(out.len(), 4), 0);
    out.extend(bytes);
    out.resize(round_up(out.len(), 4), 0);
    Ok(())
}
