//! The measure of what an image is passed on as: a stick, a disc, or the program that firmware starts.

use std::fmt;

use vitrine_review::{Digest, sha256};

use crate::measure::volume;
use crate::measure::{KERNEL, Measure, MeasureError, RELEASE, STUB, of_initramfs};
use crate::put::take;
use crate::tree::{Node, Tree};
use crate::{SECTOR_BYTES, gpt, iso, uki};

/// Most bytes that are read of a medium.
pub const MOST_MEDIUM_BYTES: u64 = 64 << 20;
/// Label of the file system that firmware starts from.
pub const LABEL: &str = "VITRINE";
/// Path of the program that firmware starts.
pub const PROGRAM: &str = "EFI/BOOT/BOOTX64.EFI";
/// Sections that are joined to the stub, in this order.
pub const SECTIONS: [&str; 4] = [".osrel", ".cmdline", ".linux", ".initrd"];

/// As what an image is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A USB stick, or the file that is written to one.
    Stick,
    /// A disc, the file that is burnt to one, or a stick to which that was written.
    Disc,
    /// The program alone that firmware starts.
    Program,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stick => "stick",
            Self::Disc => "disc",
            Self::Program => "program for EFI",
        })
    }
}

/// An image that was read to its last byte and found to be as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Its form.
    pub form: Form,
    /// Its size in bytes; what a larger device has behind them is not looked at.
    pub bytes: u64,
    /// SHA-256 of these bytes: that of the file it was written from.
    pub sha256: Digest,
    /// What it consists of.
    pub measure: Measure,
}

/// Measures a medium of which this is the beginning, up to [`MOST_MEDIUM_BYTES`]; of a file it is all.
///
/// # Errors
/// [`MeasureError::NoImage`] if it is something else, [`MeasureError::Other`] if it differs from what is made in any byte.
pub fn of_medium(beginning: &[u8], extent: Extent) -> Result<Medium, MeasureError> {
    let (form, bytes) = image(beginning)?;
    if extent == Extent::Whole && bytes.len() != beginning.len() {
        let behind = beginning.len().saturating_sub(bytes.len());
        return Err(MeasureError::other("the file", format!("{behind} bytes follow the image")));
    }
    let program = match form {
        Form::Program => bytes,
        Form::Stick | Form::Disc => in_partition(form, bytes)?,
    };
    let measure = of_program(program)?;
    Ok(Medium { form, bytes: bytes.len() as u64, sha256: sha256(bytes), measure })
}

/// What may follow an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: it is a file.
    Whole,
    /// The rest of a device that is larger.
    Device,
}

/// The image's own bytes, by what its first headers say of its size.
fn image(beginning: &[u8]) -> Result<(Form, &[u8]), MeasureError> {
    if beginning.starts_with(b"MZ") {
        return Ok((Form::Program, beginning));
    }
    if beginning.get(512..520) != Some(b"EFI PART") {
        return Err(MeasureError::NoImage("it has no partition table, and is no program for EFI".to_owned()));
    }
    let disc = beginning.get(32_769..32_774) == Some(b"CD001");
    let last = take(beginning, 512 + 32).map_or(0, u64::from_le_bytes);
    let bytes = last.checked_add(1).and_then(|sectors| sectors.checked_mul(SECTOR_BYTES as u64));
    let bytes = bytes.filter(|bytes| *bytes <= MOST_MEDIUM_BYTES).and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = bytes.ok_or_else(|| MeasureError::NoImage("its partition table is of a larger medium".to_owned()))?;
    let own = beginning.get(..bytes).ok_or_else(|| MeasureError::other("the medium", "it is cut short"))?;
    Ok((if disc { Form::Disc } else { Form::Stick }, own))
}

/// The program in the file system in the only partition; everything around it must be as it is made.
fn in_partition(form: Form, bytes: &[u8]) -> Result<&[u8], MeasureError> {
    let place = |at: usize| {
        let sector = take(bytes, at).map(u64::from_le_bytes)?;
        usize::try_from(sector).ok()?.checked_mul(SECTOR_BYTES)
    };
    let end = place(1024 + 40).and_then(|end| end.checked_add(SECTOR_BYTES));
    let volume = place(1024 + 32).zip(end).and_then(|(begin, end)| bytes.get(begin..end));
    let volume = volume.ok_or_else(|| MeasureError::other("the partition table", "its partition lies outside"))?;
    let program = volume::program(volume)?;
    let again = if form == Form::Disc { iso::disc(volume)? } else { gpt::stick(volume)? };
    if again != bytes {
        let at = again.iter().zip(bytes).position(|(ours, its)| ours != its).unwrap_or(again.len().min(bytes.len()));
        return Err(MeasureError::other(
            "the medium",
            format!("outside of its file system it differs from byte {at} on"),
        ));
    }
    Ok(program)
}

/// The measure of the program, whose stub and kernel must be those that its initramfs names.
fn of_program(program: &[u8]) -> Result<Measure, MeasureError> {
    let (stub, [release, command_line, kernel, initramfs]) = uki::separate(program, SECTIONS)?;
    let command_line =
        std::str::from_utf8(command_line).map_err(|_| MeasureError::other("the command line", "it is not text"))?;
    let (measure, tree) = of_initramfs(initramfs, command_line)?;
    recorded(&tree, KERNEL, kernel, "the kernel")?;
    recorded(&tree, STUB, &stub, "the stub that starts the kernel")?;
    if content(&tree, RELEASE) != Some(release) {
        return Err(MeasureError::other("the section .osrel", format!("it is not {RELEASE} of the initramfs")));
    }
    Ok(measure)
}

fn recorded(tree: &Tree, path: &str, bytes: &[u8], what: &'static str) -> Result<(), MeasureError> {
    let found = sha256(bytes);
    if content(tree, path) == Some(format!("{found}\n").as_bytes()) {
        return Ok(());
    }
    Err(MeasureError::other(what, format!("its SHA-256 is {found}; {path} of the initramfs says otherwise")))
}

fn content<'a>(tree: &'a Tree, path: &str) -> Option<&'a [u8]> {
    tree.nodes().find(|(own, _)| *own == path).and_then(|(_, node)| match node {
        Node::File { bytes, runs: false } => Some(bytes.as_slice()),
        _ => None,
    })
}
