//! The unified kernel image: kernel, initramfs and command line as sections of one EFI program.
//!
//! Source: UAPI Group Specifications, UKI; Microsoft, PE Format. The program that starts the kernel is systemd's stub.

use crate::BuildError;
use crate::put::{number32, put, round_up, take};

const WHAT: &str = "the EFI stub";
/// Where the offset of the PE header stands.
const PE_OFFSET: usize = 0x3c;
const SECTION_HEADER_BYTES: usize = 40;
/// Data that can be read.
const CHARACTERISTICS: u32 = 0x4000_0040;
/// What is loaded behind what must begin on a page of its own: the kernel is started where it lies.
const PAGE_BYTES: usize = 0x1000;

/// Joins the stub and these sections, by name of at most eight letters.
///
/// # Errors
/// [`BuildError::Malformed`] if the stub is no PE32+ program or its headers have no room.
pub fn unified(stub: &[u8], sections: &[(&str, &[u8])]) -> Result<Vec<u8>, BuildError> {
    let headers = Headers::of(stub)?;
    let mut image = stub.to_vec();
    let mut address = round_up(headers.image_bytes, PAGE_BYTES);
    let mut data_bytes = 0_usize;
    for (number, (name, bytes)) in sections.iter().enumerate() {
        image.resize(round_up(image.len(), headers.file_alignment), 0);
        let header = section_header(name, bytes.len(), address, image.len(), headers.file_alignment)?;
        let at = headers.next_section.saturating_add(number.saturating_mul(SECTION_HEADER_BYTES));
        if at.saturating_add(SECTION_HEADER_BYTES) > headers.header_bytes {
            return Err(BuildError::malformed(WHAT, "its headers have no room for more sections"));
        }
        put(&mut image, at, &header)?;
        image.extend_from_slice(bytes);
        data_bytes = data_bytes.saturating_add(round_up(bytes.len(), headers.file_alignment));
        address = round_up(address.saturating_add(bytes.len()), PAGE_BYTES);
    }
    image.resize(round_up(image.len(), headers.file_alignment), 0);
    headers.finish(&mut image, sections.len(), address, data_bytes)?;
    Ok(image)
}

/// What the stub's headers say.
struct Headers {
    /// Offset of the file header.
    file: usize,
    sections: u16,
    /// Offset of the header of the section behind the last.
    next_section: usize,
    file_alignment: usize,
    image_bytes: usize,
    header_bytes: usize,
    data_bytes: u32,
}

impl Headers {
    fn of(stub: &[u8]) -> Result<Self, BuildError> {
        let malformed = || BuildError::malformed(WHAT, "no PE32+ program for x86-64");
        let at = |offset: usize| take::<4>(stub, offset).map(u32::from_le_bytes).ok_or_else(malformed);
        let short = |offset: usize| take::<2>(stub, offset).map(u16::from_le_bytes).ok_or_else(malformed);
        let size = |offset: usize| Ok::<_, BuildError>(usize::try_from(at(offset)?).unwrap_or(usize::MAX));
        let pe = size(PE_OFFSET)?;
        let file = pe.saturating_add(4);
        let optional = file.saturating_add(20);
        if take::<4>(stub, pe) != Some(*b"PE\0\0") || short(file)? != 0x8664 || short(optional)? != 0x020b {
            return Err(malformed());
        }
        let sections = short(file.saturating_add(2))?;
        let first = optional.saturating_add(usize::from(short(file.saturating_add(16))?));
        Ok(Self {
            file,
            sections,
            next_section: first.saturating_add(usize::from(sections).saturating_mul(SECTION_HEADER_BYTES)),
            file_alignment: size(optional.saturating_add(36))?.max(1),
            image_bytes: size(optional.saturating_add(56))?,
            header_bytes: size(optional.saturating_add(60))?,
            data_bytes: at(optional.saturating_add(8))?,
        })
    }

    /// Corrects the numbers that count what was added. The checksum is for drivers alone, and left out.
    fn finish(&self, image: &mut [u8], added: usize, image_bytes: usize, data: usize) -> Result<(), BuildError> {
        let sections = u16::try_from(added).ok().and_then(|added| self.sections.checked_add(added));
        let sections = sections.ok_or_else(|| BuildError::malformed(WHAT, "too many sections"))?;
        let data = self.data_bytes.saturating_add(number32("the kernel image", data)?);
        let optional = self.file.saturating_add(20);
        put(image, self.file.saturating_add(2), &sections.to_le_bytes())?;
        put(image, optional.saturating_add(8), &data.to_le_bytes())?;
        put(image, optional.saturating_add(56), &number32("the kernel image", image_bytes)?.to_le_bytes())?;
        put(image, optional.saturating_add(64), &[0; 4])
    }
}

fn section_header(
    name: &str,
    bytes: usize,
    address: usize,
    offset: usize,
    file_alignment: usize,
) -> Result<[u8; SECTION_HEADER_BYTES], BuildError> {
    let mut header = [0; SECTION_HEADER_BYTES];
    if name.len() > 8 {
        return Err(BuildError::malformed("a section's name", name));
    }
    put(&mut header, 0, name.as_bytes())?;
    let numbers = [bytes, address, round_up(bytes, file_alignment), offset];
    for (place, number) in numbers.into_iter().enumerate() {
        let number = number32("the kernel image", number)?;
        put(&mut header, place.saturating_mul(4).saturating_add(8), &number.to_le_bytes())?;
    }
    put(&mut header, 36, &CHARACTERISTICS.to_le_bytes())?;
    Ok(header)
}
