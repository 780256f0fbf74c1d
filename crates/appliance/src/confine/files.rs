//! File access, by Landlock.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{Role, Unconfined};

/// The newest kernel interface that is asked for; an older kernel does what it knows.
const ASKED: ABI = ABI::V6;

/// What may be done with a path and what is below it.
enum Allowed {
    /// A device: opened, read, written.
    Device(PathBuf),
    /// A folder whose files are devices.
    Devices(PathBuf),
    /// A folder that is read.
    Reading(PathBuf),
    /// A folder that is listed.
    Listing(PathBuf),
}

/// What each part opens: nothing else.
fn allowed(role: &Role) -> Vec<Allowed> {
    let path = PathBuf::from;
    match role {
        Role::Interface => {
            let mut screens = allowed(&Role::Stopped);
            screens.push(Allowed::Devices(path("/dev/input")));
            screens
        }
        Role::Stopped => vec![
            Allowed::Devices(path("/dev/dri")),
            Allowed::Device(path("/dev/fb0")),
            Allowed::Device(path("/dev/tty0")),
            Allowed::Device(path("/dev/tty1")),
            Allowed::Device(path("/dev/console")),
            Allowed::Reading(path("/sys/class")),
            Allowed::Reading(path("/sys/devices")),
        ],
        Role::Camera(device) => vec![
            Allowed::Device(device.clone()),
            Allowed::Listing(path("/dev")),
            Allowed::Reading(path("/sys/class/video4linux")),
            Allowed::Reading(path("/sys/devices")),
        ],
        Role::Hidraw(device) => vec![Allowed::Device(device.clone()), Allowed::Reading(path("/sys"))],
        Role::Usbfs(device) => vec![
            Allowed::Device(device.clone()),
            Allowed::Listing(path("/dev/bus/usb")),
            Allowed::Reading(path("/sys")),
        ],
    }
}

/// Restricts this thread and those that it will start; says what is enforced.
pub(super) fn restrict(role: &Role) -> Result<String, Unconfined> {
    let status = ruleset(role).and_then(RulesetCreated::restrict_self);
    let status = status.map_err(|error| Unconfined { step: "files", reason: error.to_string() })?;
    let how = match status.ruleset {
        RulesetStatus::FullyEnforced => "all that was asked",
        RulesetStatus::PartiallyEnforced => "as much as this kernel knows",
        RulesetStatus::NotEnforced => {
            return Ok(String::from("whatever its user may open: this kernel has no Landlock"));
        }
    };
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => format!("Landlock {}, {how}", effective_abi as i32),
        _ => format!("Landlock, {how}"),
    })
}

fn ruleset(role: &Role) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::from_all(ASKED))?
        .scope(Scope::from_all(ASKED))?
        .create()?;
    for allowed in allowed(role) {
        let (path, access) = access(&allowed);
        // What is not there cannot be opened, and needs no rule.
        if let Ok(opened) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(opened, access))?;
        }
    }
    Ok(ruleset)
}

fn access(allowed: &Allowed) -> (&Path, BitFlags<AccessFs>) {
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    match allowed {
        Allowed::Device(path) => (path, device),
        Allowed::Devices(path) => (path, device | AccessFs::ReadDir),
        Allowed::Reading(path) => (path, AccessFs::ReadFile | AccessFs::ReadDir),
        Allowed::Listing(path) => (path, AccessFs::ReadDir.into()),
    }
}
