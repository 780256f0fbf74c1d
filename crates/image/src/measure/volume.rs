//! The one file of a medium's file system, and whether there is nothing else in it.

use crate::measure::MeasureError;
use crate::put::take;
use crate::{SECTOR_BYTES, fat};

const WHAT: &str = "the file system";
const ENTRY_BYTES: usize = 32;
/// Attribute of a volume's label.
const LABEL: u8 = 0x08;
/// Attribute of a part of a long name.
const LONG_NAME: u8 = 0x0f;

/// The program that firmware starts. What is read here is only where it lies: the file system is then made anew of it,
/// and has to be the same to the last byte.
pub(super) fn program(volume: &[u8]) -> Result<&[u8], MeasureError> {
    let shape = Shape::of(volume).ok_or_else(|| MeasureError::other(WHAT, "its first sector is not ours"))?;
    let root = volume.get(shape.root..shape.data).unwrap_or_default();
    let efi = shape.only(root, b"EFI        ")?;
    let boot = shape.only(shape.folder(volume, efi.cluster)?, b"BOOT       ")?;
    let file = shape.only(shape.folder(volume, boot.cluster)?, b"BOOTX64 EFI")?;
    let begin = shape.place(file.cluster);
    let program = begin.and_then(|begin| volume.get(begin..begin.checked_add(file.bytes)?));
    let program = program.ok_or_else(|| MeasureError::other(WHAT, "BOOTX64.EFI is cut short"))?;
    let again = fat::volume(super::medium::LABEL, &[(super::medium::PROGRAM, program)])?;
    if again != volume {
        let at = again.iter().zip(volume).position(|(ours, its)| ours != its).unwrap_or(again.len().min(volume.len()));
        return Err(MeasureError::other(WHAT, format!("it differs from byte {at} on")));
    }
    Ok(program)
}

/// Where things lie (Microsoft, FAT specification, chapter 3), in bytes from the beginning.
struct Shape {
    root: usize,
    data: usize,
    cluster_bytes: usize,
}

struct Entry {
    cluster: usize,
    bytes: usize,
}

impl Shape {
    fn of(volume: &[u8]) -> Option<Self> {
        let short = |at: usize| take::<2>(volume, at).map(|bytes| usize::from(u16::from_le_bytes(bytes)));
        let byte = |at: usize| volume.get(at).copied().map(usize::from);
        if short(11)? != SECTOR_BYTES || short(510)? != 0xaa55 {
            return None;
        }
        let tables = byte(16)?.checked_mul(short(22)?)?;
        let root = short(14)?.checked_add(tables)?.checked_mul(SECTOR_BYTES)?;
        let data = root.checked_add(short(17)?.checked_mul(ENTRY_BYTES)?)?;
        let cluster_bytes = byte(13)?.checked_mul(SECTOR_BYTES)?;
        (cluster_bytes > 0 && data <= volume.len()).then_some(Self { root, data, cluster_bytes })
    }

    /// Clusters count from 2.
    fn place(&self, cluster: usize) -> Option<usize> {
        self.data.checked_add(cluster.checked_sub(2)?.checked_mul(self.cluster_bytes)?)
    }

    fn folder<'a>(&self, volume: &'a [u8], cluster: usize) -> Result<&'a [u8], MeasureError> {
        let begin = self.place(cluster);
        let folder = begin.and_then(|begin| volume.get(begin..begin.checked_add(self.cluster_bytes)?));
        folder.ok_or_else(|| MeasureError::other(WHAT, "a folder lies outside of it"))
    }

    /// The only entry of a folder, which must have this name.
    fn only(&self, folder: &[u8], name: &[u8; 11]) -> Result<Entry, MeasureError> {
        let mut found = None;
        for entry in folder.chunks_exact(ENTRY_BYTES).take_while(|entry| entry.first() != Some(&0)) {
            let own: [u8; 11] = take(entry, 0).unwrap_or_default();
            let attributes = entry.get(11).copied().unwrap_or_default();
            if own == *name && attributes & LABEL == 0 && found.is_none() {
                let short = |at| take::<2>(entry, at).map_or(0, |bytes| usize::from(u16::from_le_bytes(bytes)));
                let bytes = take::<4>(entry, 28).map_or(0, u32::from_le_bytes);
                found = Some(Entry { cluster: short(26), bytes: usize::try_from(bytes).unwrap_or(usize::MAX) });
            } else if own.first() != Some(&b'.') && attributes != LABEL && attributes != LONG_NAME {
                let own = own.escape_ascii().to_string();
                let why = format!("“{}” does not belong there; another system may have written it", own.trim_end());
                return Err(MeasureError::other(WHAT, why));
            }
        }
        let name = name.escape_ascii().to_string();
        found.ok_or_else(|| MeasureError::other(WHAT, format!("{} is missing", name.trim_end())))
    }
}
