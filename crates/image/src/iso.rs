//! A disc image that starts as a disc (ISO 9660 with El Torito, for EFI) and, copied to a stick, as a stick.

use crate::gpt::{Extent, partition_table, sectors};
use crate::put::{number32, put, round_up};
use crate::{BuildError, SECTOR_BYTES};

/// Bytes of a block of a disc.
const BLOCK: usize = 2048;
/// Blocks before the first descriptor: the system area, where the partition table lies.
const DESCRIPTORS: usize = 16;
const PATH_TABLE: usize = 20;
const PATH_TABLE_BIG_ENDIAN: usize = 21;
const ROOT: usize = 22;
const CATALOG: usize = 23;
/// First block of the file system that firmware starts from; on a stick a multiple of 4096 bytes.
const VOLUME: usize = 24;
/// Name under which a disc's reader sees that file system.
const FILE: &[u8] = b"VITRINE.IMG;1";
/// 2026-01-01 00:00 UTC, as a directory record has it, and as a descriptor has it.
const RECORD_TIME: [u8; 7] = [126, 1, 1, 0, 0, 0, 0];
const TIME: [u8; 17] = *b"2026010100000000\0";
const NO_TIME: [u8; 17] = *b"0000000000000000\0";

/// The disc's bytes, with this file system to start from.
///
/// # Errors
/// [`BuildError::TooLarge`].
pub fn disc(volume: &[u8]) -> Result<Vec<u8>, BuildError> {
    let volume_blocks = volume.len().div_ceil(BLOCK);
    let content = VOLUME.saturating_add(volume_blocks).saturating_mul(BLOCK);
    let table = 33_usize.saturating_mul(SECTOR_BYTES);
    let mut image = vec![0; round_up(content.saturating_add(table), 1 << 20)];
    let blocks = number32("the disc", image.len() / BLOCK)?;
    let size = number32("the disc", volume.len())?;
    put_block(&mut image, DESCRIPTORS, &primary_descriptor(blocks)?)?;
    put_block(&mut image, DESCRIPTORS + 1, &boot_descriptor()?)?;
    put_block(&mut image, DESCRIPTORS + 2, b"\xffCD001\x01")?;
    put_block(&mut image, PATH_TABLE, &path_table((ROOT as u32).to_le_bytes(), 1_u16.to_le_bytes()))?;
    put_block(&mut image, PATH_TABLE_BIG_ENDIAN, &path_table((ROOT as u32).to_be_bytes(), 1_u16.to_be_bytes()))?;
    put_block(&mut image, ROOT, &root(size))?;
    put_block(&mut image, CATALOG, &catalog(volume.len())?)?;
    put_block(&mut image, VOLUME, volume)?;
    let first = (VOLUME * BLOCK / SECTOR_BYTES) as u64;
    partition_table(&mut image, Extent { first, sectors: sectors(volume.len()) })?;
    Ok(image)
}

fn put_block(image: &mut [u8], block: usize, bytes: &[u8]) -> Result<(), BuildError> {
    put(image, block.saturating_mul(BLOCK), bytes)
}

/// A number in both byte orders, as this format likes it.
fn both32(number: u32) -> [u8; 8] {
    let mut both = [0; 8];
    let (little, big) = both.split_at_mut(4);
    little.copy_from_slice(&number.to_le_bytes());
    big.copy_from_slice(&number.to_be_bytes());
    both
}

fn both16(number: u16) -> [u8; 4] {
    let [a, b] = number.to_le_bytes();
    let [c, d] = number.to_be_bytes();
    [a, b, c, d]
}

fn primary_descriptor(blocks: u32) -> Result<Vec<u8>, BuildError> {
    let mut bytes = vec![0; BLOCK];
    put(&mut bytes, 0, b"\x01CD001\x01\0")?;
    for (at, length) in [(8, 64), (190, 623)] {
        put(&mut bytes, at, &vec![b' '; length])?;
    }
    put(&mut bytes, 40, b"VITRINE")?;
    put(&mut bytes, 80, &both32(blocks))?;
    for (at, number) in [(120, 1), (124, 1), (128, 2048)] {
        put(&mut bytes, at, &both16(number))?;
    }
    put(&mut bytes, 132, &both32(10))?;
    put(&mut bytes, 140, &(PATH_TABLE as u32).to_le_bytes())?;
    put(&mut bytes, 148, &(PATH_TABLE_BIG_ENDIAN as u32).to_be_bytes())?;
    put(&mut bytes, 156, &record(&[0], ROOT as u32, BLOCK as u32, FOLDER))?;
    for (at, time) in [(813, TIME), (830, TIME), (847, NO_TIME), (864, NO_TIME)] {
        put(&mut bytes, at, &time)?;
    }
    put(&mut bytes, 881, &[1])?;
    Ok(bytes)
}

/// Says where the boot catalog is (El Torito 1.0, figure 7).
fn boot_descriptor() -> Result<Vec<u8>, BuildError> {
    let mut bytes = vec![0; BLOCK];
    put(&mut bytes, 0, b"\0CD001\x01EL TORITO SPECIFICATION")?;
    put(&mut bytes, 71, &(CATALOG as u32).to_le_bytes())?;
    Ok(bytes)
}

/// One image for EFI, not emulated (El Torito 1.0, figures 2 and 3; UEFI 2.10, 13.3.2.1).
fn catalog(volume: usize) -> Result<[u8; 64], BuildError> {
    const EFI: u8 = 0xef;
    let mut bytes = [0; 64];
    put(&mut bytes, 0, &[1, EFI])?;
    put(&mut bytes, 30, &[0x55, 0xaa])?;
    let sum = bytes.chunks_exact(2).fold(0_u16, |sum, pair| {
        let word = pair.first_chunk::<2>().map_or(0, |word| u16::from_le_bytes(*word));
        sum.wrapping_add(word)
    });
    put(&mut bytes, 28, &0_u16.wrapping_sub(sum).to_le_bytes())?;
    put(&mut bytes, 32, &[0x88])?;
    // Firmware takes a count that does not fit for "to the end".
    let count = u16::try_from(sectors(volume)).unwrap_or(0);
    put(&mut bytes, 38, &count.to_le_bytes())?;
    put(&mut bytes, 40, &(VOLUME as u32).to_le_bytes())?;
    Ok(bytes)
}

fn path_table(root: [u8; 4], parent: [u8; 2]) -> Vec<u8> {
    [&[1, 0], root.as_slice(), parent.as_slice(), &[0, 0]].concat()
}

const FOLDER: u8 = 2;
const PLAIN: u8 = 0;

fn root(size: u32) -> Vec<u8> {
    let (own, block) = (ROOT as u32, BLOCK as u32);
    [record(&[0], own, block, FOLDER), record(&[1], own, block, FOLDER), record(FILE, VOLUME as u32, size, PLAIN)]
        .concat()
}

fn record(name: &[u8], block: u32, bytes: u32, flags: u8) -> Vec<u8> {
    let length = (33 + name.len()).next_multiple_of(2);
    let mut record = vec![u8::try_from(length).unwrap_or(u8::MAX), 0];
    record.extend(both32(block));
    record.extend(both32(bytes));
    record.extend(RECORD_TIME);
    record.extend([flags, 0, 0]);
    record.extend(both16(1));
    record.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    record.extend(name);
    record.resize(length, 0);
    record
}
