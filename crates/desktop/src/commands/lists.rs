//! `vitrine devices` and `vitrine cameras`.

use crate::devices;
use crate::failure::Failure;

/// Prints each hardware wallet that is plugged in: ID and model.
pub(crate) fn devices() -> Result<(), Failure> {
    let found = devices::list()?;
    if found.is_empty() {
        eprintln!("vitrine: no hardware wallet was found. Plug one in and unlock it");
    }
    for (id, name) in found {
        println!("{id}\t{name}");
    }
    Ok(())
}

/// Prints each camera: ID and name.
pub(crate) fn cameras() -> Result<(), Failure> {
    let found = vitrine_camera::cameras().map_err(Failure::device)?;
    if found.is_empty() {
        return Err(Failure::device(
            "no camera was found. Plug one in, or give a picture, a film or a folder of frames",
        ));
    }
    for camera in found {
        println!("{}\t{}", camera.id, camera.name);
    }
    Ok(())
}
