//! `vitrine verify-media`.

use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use vitrine_image::MeasureError;
use vitrine_image::measure::{Extent, MOST_MEDIUM_BYTES, of_medium};
use vitrine_review::Digest;

use crate::cli::VerifyMedia;
use crate::failure::{Failure, Kind};

/// Reads a stick, a disc or a file of one, and prints what it consists of.
pub(crate) fn verify(args: &VerifyMedia) -> Result<(), Failure> {
    let (bytes, extent) = read(&args.medium)?;
    let medium = of_medium(&bytes, extent).map_err(|error| failure(&args.medium, &error))?;
    println!("Medium:       {}, {} bytes read, every one of them as make image writes it", medium.form, medium.bytes);
    if extent == Extent::Device {
        println!("              what the device holds behind them was not read, and is not started");
    }
    println!("Command line: {}", medium.measure.command_line());
    println!("Files:        {} in the initramfs; kernel and stub are those that it names", medium.measure.files());
    digest("SHA-256", &medium.sha256);
    digest("Measure", &medium.measure.digest());
    Ok(())
}

fn digest(name: &str, digest: &Digest) {
    println!("{:<13} {}", format!("{name}:"), digest.groups().join(" "));
    for words in digest.words().chunks(8) {
        println!("              {}", words.join(" "));
    }
}

fn read(path: &Path) -> Result<(Vec<u8>, Extent), Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::IsADirectory => Failure::file(path, &error),
        ErrorKind::PermissionDenied => {
            Failure::new(Kind::Usage, format!("{}: {error}; a device is read with sudo", path.display()))
        }
        _ => Failure::device(format!("{}: {error}", path.display())),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let kind = file.metadata().map_err(failed)?.file_type();
    let extent = if kind.is_block_device() { Extent::Device } else { Extent::Whole };
    if !kind.is_file() && extent == Extent::Whole {
        return Err(Failure::new(Kind::Usage, format!("{}: neither a file nor a device with blocks", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(MOST_MEDIUM_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes, extent))
}

fn failure(path: &Path, error: &MeasureError) -> Failure {
    let kind = match error {
        MeasureError::File { .. } => Kind::Usage,
        MeasureError::NoImage(_) => Kind::Input,
        MeasureError::Other { .. } => Kind::Verification,
    };
    Failure::new(kind, format!("{}: {error}", path.display()))
}
