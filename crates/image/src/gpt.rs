//! A USB stick: a partition table with one partition for firmware to start from (UEFI 2.10, chapter 5).

use crate::put::{put, round_up};
use crate::{BuildError, SECTOR_BYTES};

/// First sector of the partition: where partitioning programs begin.
const FIRST: u64 = 2048;
/// Sectors of the table of partitions: 128 entries of 128 bytes.
const TABLE_SECTORS: u64 = 32;
/// EFI System Partition.
const SYSTEM_PARTITION: [u8; 16] =
    [0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b];
/// Numbers of disk and partition: the same for every image, as nothing else may tell two of them apart.
const DISK: [u8; 16] = *b"vitrine image 1\0";
const PARTITION: [u8; 16] = *b"vitrine system 1";

/// The stick's bytes, with this file system in its partition.
///
/// # Errors
/// [`BuildError`] if it is too large for the table.
pub fn stick(volume: &[u8]) -> Result<Vec<u8>, BuildError> {
    let first = usize::try_from(FIRST).unwrap_or(0).saturating_mul(SECTOR_BYTES);
    let end = first.saturating_add(round_up(volume.len(), SECTOR_BYTES));
    let table = usize::try_from(TABLE_SECTORS + 1).unwrap_or(0).saturating_mul(SECTOR_BYTES);
    let mut image = vec![0; round_up(end.saturating_add(table), 1 << 20)];
    put(&mut image, first, volume)?;
    let extent = Extent { first: FIRST, sectors: sectors(volume.len()) };
    partition_table(&mut image, extent)?;
    Ok(image)
}

/// Where a partition lies, in sectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) first: u64,
    pub(crate) sectors: u64,
}

pub(crate) fn sectors(bytes: usize) -> u64 {
    bytes.div_ceil(SECTOR_BYTES) as u64
}

/// Writes a protective master boot record, the table, and the copy of it at the end. The image's first 34 and last 33
/// sectors must be free; its size is one of whole sectors.
pub(crate) fn partition_table(image: &mut [u8], partition: Extent) -> Result<(), BuildError> {
    let total = sectors(image.len());
    let last = total.saturating_sub(1);
    let mut entries = vec![0; 128 * 128];
    put(&mut entries, 0, &SYSTEM_PARTITION)?;
    put(&mut entries, 16, &PARTITION)?;
    put(&mut entries, 32, &partition.first.to_le_bytes())?;
    let end = partition.first.saturating_add(partition.sectors).saturating_sub(1);
    put(&mut entries, 40, &end.to_le_bytes())?;
    let name: Vec<u8> = "vitrine".encode_utf16().flat_map(u16::to_le_bytes).collect();
    put(&mut entries, 56, &name)?;

    put_sector(image, 0, &protective_record(total)?)?;
    let copy = last.saturating_sub(TABLE_SECTORS);
    put_sector(image, 2, &entries)?;
    put_sector(image, copy, &entries)?;
    put_sector(image, 1, &header(&entries, 1, last, 2)?)?;
    put_sector(image, last, &header(&entries, last, 1, copy)?)
}

fn put_sector(image: &mut [u8], sector: u64, bytes: &[u8]) -> Result<(), BuildError> {
    let at = usize::try_from(sector).unwrap_or(usize::MAX).saturating_mul(SECTOR_BYTES);
    put(image, at, bytes)
}

fn header(entries: &[u8], own: u64, other: u64, table: u64) -> Result<[u8; 92], BuildError> {
    let mut header = [0; 92];
    let last = own.max(other);
    put(&mut header, 0, b"EFI PART")?;
    put(&mut header, 8, &0x0001_0000_u32.to_le_bytes())?;
    put(&mut header, 12, &92_u32.to_le_bytes())?;
    for (at, sector) in [(24, own), (32, other), (40, TABLE_SECTORS + 2), (48, last.saturating_sub(TABLE_SECTORS + 1))]
    {
        put(&mut header, at, &sector.to_le_bytes())?;
    }
    put(&mut header, 56, &DISK)?;
    put(&mut header, 72, &table.to_le_bytes())?;
    put(&mut header, 80, &128_u32.to_le_bytes())?;
    put(&mut header, 84, &128_u32.to_le_bytes())?;
    put(&mut header, 88, &crc32fast::hash(entries).to_le_bytes())?;
    let sum = crc32fast::hash(&header);
    put(&mut header, 16, &sum.to_le_bytes())?;
    Ok(header)
}

/// Tells programs that know no such table that the medium is taken.
fn protective_record(total: u64) -> Result<[u8; SECTOR_BYTES], BuildError> {
    let mut record = [0; SECTOR_BYTES];
    let rest = u32::try_from(total.saturating_sub(1)).unwrap_or(u32::MAX);
    put(&mut record, 446, &[0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff])?;
    put(&mut record, 454, &1_u32.to_le_bytes())?;
    put(&mut record, 458, &rest.to_le_bytes())?;
    put(&mut record, 510, &[0x55, 0xaa])?;
    Ok(record)
}
