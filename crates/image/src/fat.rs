//! The file system that firmware reads: FAT, written by the crate `fatfs`.

use std::io::{Cursor, Write as _};

use fatfs::{FileSystem, FormatVolumeOptions, FsOptions, format_volume};

use crate::BuildError;
use crate::put::round_up;

const WHAT: &str = "the FAT file system";
/// Room for the tables and folders of the file system, in bytes.
const TABLES_BYTES: usize = 1 << 20;
/// The volume's number: no time of day goes into it.
const VOLUME_ID: u32 = 0x5649_5452;

/// A file system of these files; paths are of short names in capitals, `EFI/BOOT/BOOTX64.EFI`. Its files have no times.
///
/// # Errors
/// [`BuildError::Malformed`] if a file cannot be written.
pub fn volume(label: &str, files: &[(&str, &[u8])]) -> Result<Vec<u8>, BuildError> {
    let failed = |error: std::io::Error| BuildError::malformed(WHAT, error);
    let content = files.iter().fold(0_usize, |sum, (_, bytes)| sum.saturating_add(round_up(bytes.len(), 1 << 12)));
    let mut bytes = vec![0; round_up(content.saturating_add(TABLES_BYTES), 1 << 20)];
    let options = FormatVolumeOptions::new().volume_id(VOLUME_ID).volume_label(padded(label)?);
    format_volume(Cursor::new(bytes.as_mut_slice()), options).map_err(failed)?;
    {
        let system = FileSystem::new(Cursor::new(bytes.as_mut_slice()), FsOptions::new()).map_err(failed)?;
        for (path, content) in files {
            let mut folder = system.root_dir();
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            for step in above.split('/').filter(|step| !step.is_empty()) {
                folder = folder.create_dir(step).map_err(failed)?;
            }
            let mut file = folder.create_file(name).map_err(failed)?;
            file.truncate().map_err(failed)?;
            file.write_all(content).map_err(failed)?;
            file.flush().map_err(failed)?;
        }
        system.unmount().map_err(failed)?;
    }
    Ok(bytes)
}

fn padded(label: &str) -> Result<[u8; 11], BuildError> {
    let mut name = [b' '; 11];
    let place = name.get_mut(..label.len()).ok_or_else(|| BuildError::malformed("a volume's label", label))?;
    place.copy_from_slice(label.as_bytes());
    Ok(name)
}
