//! What tests of the image share.

use object::{pe, write};

/// A program for EFI with one section, whose headers keep room for more.
pub fn stub() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = write::pe::Writer::new(true, 0x1000, 0x800, &mut bytes);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(16);
    writer.reserve_section_headers(1);
    let text = writer.reserve_text_section(64);
    writer.write_dos_header_and_stub().unwrap();
    writer.write_nt_headers(write::pe::NtHeaders {
        machine: pe::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: 0x206,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: text.virtual_address,
        image_base: 0,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: pe::IMAGE_SUBSYSTEM_EFI_APPLICATION,
        dll_characteristics: 0,
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    writer.write_section(text.file_offset, &[0x90; 64]);
    bytes
}
