//! The unified kernel image: kernel, initramfs and command line as sections of one EFI program.
//!
//! Source: UAPI Group Specifications, UKI; Microsoft, PE Format. The program that starts the kernel is systemd's stub.

use crate::BuildError;
use crate::put::{number32, put, round_up, take};

const WHAT: &str = "the EFI stub";
const IMAGE: &str = "the kernel image";
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

/// The stub as it is joined: without checksum, padded to whole pages and file blocks, the headers of `sections` sections
/// free.
///
/// # Errors
/// [`BuildError::Malformed`] if it is no PE32+ program or its headers have no room.
pub fn plain(stub: &[u8], sections: usize) -> Result<Vec<u8>, BuildError> {
    let headers = Headers::of(stub)?;
    let mut image = stub.to_vec();
    image.resize(round_up(image.len(), headers.file_alignment), 0);
    let free = vec![0; sections.saturating_mul(SECTION_HEADER_BYTES)];
    if headers.next_section.saturating_add(free.len()) > headers.header_bytes {
        return Err(BuildError::malformed(WHAT, "its headers have no room for more sections"));
    }
    put(&mut image, headers.next_section, &free)?;
    headers.finish(&mut image, 0, round_up(headers.image_bytes, PAGE_BYTES), 0)?;
    Ok(image)
}

/// Takes an image apart into the stub, as [`plain`] has it, and its last sections, which must have these names.
///
/// # Errors
/// [`BuildError::Malformed`] unless it is byte for byte what [`unified`] makes of them.
pub fn separate<'a, const N: usize>(image: &'a [u8], names: [&str; N]) -> Result<(Vec<u8>, [&'a [u8]; N]), BuildError> {
    let other = |why: &str| BuildError::malformed(IMAGE, why);
    let headers = Headers::of(image)?;
    let of_stub = usize::from(headers.sections).checked_sub(N).ok_or_else(|| other("sections are missing"))?;
    let table = headers.next_section.saturating_sub(usize::from(headers.sections).saturating_mul(SECTION_HEADER_BYTES));
    let header = |number: usize| {
        let at = table.saturating_add(number.saturating_mul(SECTION_HEADER_BYTES));
        take::<SECTION_HEADER_BYTES>(image, at)
    };
    let mut found = [[].as_slice(); N];
    let (mut data, mut first) = (0_usize, None);
    for ((number, name), place) in names.iter().enumerate().zip(&mut found) {
        let header = header(of_stub.saturating_add(number)).ok_or_else(|| other("its headers are cut short"))?;
        let own = header.first_chunk::<8>().map(|own| own.escape_ascii().to_string().replace("\\x00", ""));
        if own.as_deref() != Some(*name) {
            return Err(other(&format!("section {name} is missing, or is not in its place")));
        }
        let number = |at: usize| take::<4>(&header, at).map_or(0, u32::from_le_bytes) as usize;
        let (bytes, begin) = (number(8), number(20));
        *place =
            begin.checked_add(bytes).and_then(|end| image.get(begin..end)).ok_or_else(|| other("it is cut short"))?;
        data = data.saturating_add(round_up(bytes, headers.file_alignment));
        first = first.or(Some((number(12), begin)));
    }
    let (address, begin) = first.ok_or_else(|| other("it has no sections"))?;
    let stub =
        headers.without(image, N, Place { address, begin, data }).ok_or_else(|| other("its headers are malformed"))?;
    let sections: Vec<(&str, &[u8])> = names.into_iter().zip(found).collect();
    if unified(&stub, &sections)? != image {
        return Err(other("it has bytes that belong to no part of it"));
    }
    Ok((stub, found))
}

/// Where the first section that was joined lies, and the size of all that were.
struct Place {
    address: usize,
    begin: usize,
    data: usize,
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
        let file_alignment = size(optional.saturating_add(36))?;
        if !file_alignment.is_power_of_two() || file_alignment > PAGE_BYTES {
            return Err(malformed());
        }
        let first = optional.saturating_add(usize::from(short(file.saturating_add(16))?));
        Ok(Self {
            file,
            sections,
            next_section: first.saturating_add(usize::from(sections).saturating_mul(SECTION_HEADER_BYTES)),
            file_alignment,
            image_bytes: size(optional.saturating_add(56))?,
            header_bytes: size(optional.saturating_add(60))?,
            data_bytes: at(optional.saturating_add(8))?,
        })
    }

    /// The program as it was before sections were joined to it.
    fn without(&self, image: &[u8], sections: usize, place: Place) -> Option<Vec<u8>> {
        let mut stub = image.get(..place.begin)?.to_vec();
        let free = sections.checked_mul(SECTION_HEADER_BYTES)?;
        let at = self.next_section.checked_sub(free)?;
        stub.get_mut(at..self.next_section)?.fill(0);
        let left = self.sections.checked_sub(u16::try_from(sections).ok()?)?;
        let data = self.data_bytes.checked_sub(u32::try_from(place.data).ok()?)?;
        let optional = self.file.checked_add(20)?;
        put(&mut stub, self.file.checked_add(2)?, &left.to_le_bytes()).ok()?;
        put(&mut stub, optional.checked_add(8)?, &data.to_le_bytes()).ok()?;
        put(&mut stub, optional.checked_add(56)?, &u32::try_from(place.address).ok()?.to_le_bytes()).ok()?;
        Some(stub)
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
