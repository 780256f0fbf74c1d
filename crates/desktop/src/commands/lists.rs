//! `vitrine devices` and `vitrine cameras`.

use vitrine_ceremony::{Folder, recognise};

use crate::cli::Devices;
use crate::failure::Failure;
use crate::prompter::Terminal;
use crate::{devices, files};

/// Prints each hardware wallet that is plugged in: ID and model; with `--open` what it says of itself.
pub(crate) fn devices(args: &Devices) -> Result<(), Failure> {
    let folder = args.ceremony.as_deref().map(files::ceremony_folder).transpose()?;
    if let Some(id) = &args.device {
        println!("{id}");
        return describe(id, folder.as_ref());
    }
    let found = devices::list()?;
    if found.is_empty() {
        eprintln!("vitrine: no hardware wallet was found. Plug one in and unlock it");
    }
    let mut failed = None;
    for (id, name) in found {
        println!("{id}\t{name}");
        if args.open
            && let Err(failure) = describe(&id, folder.as_ref())
        {
            println!("  {failure}");
            failed = Some(failure);
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Asks a device who it is and prints it, one fact a line.
fn describe(id: &str, folder: Option<&Folder>) -> Result<(), Failure> {
    let mut device = devices::open(id, folder)?;
    let recognised = recognise(folder, device.as_mut(), &mut Terminal).map_err(Failure::device)?;
    let identity = &recognised.identity;
    println!("  model        {}", identity.model);
    for (label, value) in
        [("label", Some(&identity.label)), ("firmware", Some(&identity.firmware)), ("app", identity.app.as_ref())]
    {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            println!("  {label:<12} {value}");
        }
    }
    println!(
        "  fingerprint  {}",
        recognised.fingerprint.as_deref().unwrap_or("not told by it, or by the app that is open")
    );
    recognised.known_against.iter().for_each(|problem| println!("  caution      {problem}"));
    match (folder, recognised.belongs_to.as_slice()) {
        (None, _) => {}
        (Some(_), []) => println!("  wallet       none of the ceremony folder"),
        (Some(_), all) => all.iter().for_each(|wallet| println!("  wallet       {}", wallet.phrase())),
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
