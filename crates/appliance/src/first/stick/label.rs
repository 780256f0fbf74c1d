//! The label of a FAT volume, read before anything mounts it.
//!
//! Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03.

use std::io::{self, Read, Seek, SeekFrom};

/// The label of the one stick that is used.
pub const LABEL: &str = "VITRINE-OUT";

const SECTOR: usize = 512;
/// Entries of the root folder that are looked through for the label: it stands first where it stands.
const ENTRY: usize = 32;
const ROOT_BYTES_MAX: u64 = 64 * 1024;

/// Where the volume's parts are, by its first sector.
struct Volume {
    /// Label of the first sector.
    label: [u8; 11],
    /// Place and size of the root folder, or of its first part, in bytes.
    root: (u64, u64),
}

/// The label of a volume: that of the root folder, or else that of the first sector; `None` if this is no FAT volume.
///
/// # Errors
///
/// The volume cannot be read.
pub fn label(volume: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let mut sector = [0; SECTOR];
    volume.seek(SeekFrom::Start(0))?;
    if let Err(e) = volume.read_exact(&mut sector) {
        return if e.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(e) };
    }
    let Some(found) = first_sector(&sector) else { return Ok(None) };
    let (start, size) = found.root;
    volume.seek(SeekFrom::Start(start))?;
    let mut root = Vec::new();
    volume.take(size.min(ROOT_BYTES_MAX)).read_to_end(&mut root)?;
    Ok(Some(text(&root_label(&root).unwrap_or(found.label))))
}

fn first_sector(sector: &[u8; SECTOR]) -> Option<Volume> {
    let byte = |at: usize| sector.get(at).copied().map(u64::from);
    let word = |at: usize| Some(byte(at)? | byte(at.checked_add(1)?)? << 8);
    let long = |at: usize| Some(word(at)? | word(at.checked_add(2)?)? << 16);
    if word(510)? != 0xaa55 {
        return None;
    }
    let bytes_per_sector = word(11).filter(|n| [512, 1024, 2048, 4096].contains(n))?;
    let sectors_per_cluster = byte(13).filter(|n| n.is_power_of_two())?;
    let (reserved, fats, entries) = (word(14)?, byte(16).filter(|n| (1..=2).contains(n))?, word(17)?);
    let fat_sectors = if word(22)? == 0 { long(36)? } else { word(22)? };
    let data = reserved.checked_add(fats.checked_mul(fat_sectors)?)?;
    let (name, signed) = if entries == 0 { (71, byte(66)?) } else { (43, byte(38)?) };
    let label = sector.get(name..)?.first_chunk::<11>().copied().filter(|_| signed == 0x29)?;
    let root = if entries == 0 {
        let before = long(44)?.checked_sub(2)?.checked_mul(sectors_per_cluster)?;
        (data.checked_add(before)?, sectors_per_cluster.checked_mul(bytes_per_sector)?)
    } else {
        (data, entries.checked_mul(u64::try_from(ENTRY).ok()?)?)
    };
    Some(Volume { label, root: (root.0.checked_mul(bytes_per_sector)?, root.1) })
}

/// The entry of a folder whose attributes say that it is the volume's label.
fn root_label(root: &[u8]) -> Option<[u8; 11]> {
    let entries = root.chunks_exact(ENTRY).take_while(|entry| entry.first() != Some(&0));
    let labels =
        entries.filter(|entry| entry.first() != Some(&0xe5) && entry.get(11).is_some_and(|a| a & 0x3f == 0x08));
    labels.filter_map(|entry| entry.first_chunk::<11>().copied()).next()
}

fn text(label: &[u8; 11]) -> String {
    String::from_utf8_lossy(label).trim_end().to_owned()
}
