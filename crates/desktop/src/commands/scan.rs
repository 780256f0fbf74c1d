//! `vitrine scan`: pictures to payload.

use crate::cli::Scan;
use crate::failure::Failure;
use crate::{files, input};

/// Reads a payload and writes it in a form that every command reads.
pub(crate) fn run(args: &Scan) -> Result<(), Failure> {
    let payload = match &args.camera {
        Some(id) => input::scan(vitrine_camera::open(id).map_err(Failure::device)?.as_mut())?,
        None => input::payload(&args.input)?,
    };
    files::write(&args.out, &payload.to_file())?;
    println!("{}, {} bytes, by {}: {}", payload.kind, payload.bytes.len(), payload.transport, args.out.display());
    Ok(())
}
