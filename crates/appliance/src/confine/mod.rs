//! What a process of the appliance may still do.
//!
//! Each process calls [`enter`] before anything else: no new privileges, limits on memory, files and processes, file access
//! cut down to what its part needs (Landlock, where the kernel has it), and a list of the system calls it may make: any other
//! ends it at once. A process that owns a device calls [`narrow`] when that is open: from then on it opens nothing.
//!
//! | role | entered | narrowed |
//! |---|---|---|
//! | [`Role::Interface`], [`Role::Stopped`] | threads; screens and input devices alone are opened | |
//! | [`Role::Camera`] | one video device is opened; threads | pictures are taken |
//! | [`Role::Hidraw`] | one HID device is opened | packets |
//! | [`Role::Usbfs`] | one USB device is opened; the kernel's messages about USB devices; threads | packets, that channel, `/sys` read |

mod calls;
mod files;
mod ioctls;

use std::fmt;
use std::io;
use std::path::PathBuf;

use nix::sys::resource::{Resource, setrlimit};

/// The part of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Draws and hears.
    Interface,
    /// Draws the screen that is left when the interface is not.
    Stopped,
    /// Takes pictures from the video device of this path.
    Camera(PathBuf),
    /// Carries packets of the HID device of this path, `/dev/hidrawN`.
    Hidraw(PathBuf),
    /// Carries packets of the USB device of this path, `/dev/bus/usb/BBB/DDD`.
    Usbfs(PathBuf),
}

/// What a process was confined by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// What Landlock does about files, in words.
    pub files: String,
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system calls by list, no new privileges, files: {}", self.files)
    }
}

/// What could not be enforced. A process that gets it is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unconfined {
    /// Which step.
    pub step: &'static str,
    /// What the system said.
    pub reason: String,
}

impl fmt::Display for Unconfined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the process could not be confined ({}: {}), so it ends", self.step, self.reason)
    }
}

impl std::error::Error for Unconfined {}

/// Confines this process to its part, for good. To be called before it has a second thread: Landlock holds for the calling
/// thread and those that it starts.
///
/// # Errors
/// [`Unconfined`]: the process must end. A kernel without Landlock is no error, and said in the answer.
pub fn enter(role: &Role) -> Result<Confinement, Unconfined> {
    bounds(role).map_err(|error| failed("limits", error))?;
    nix::sys::prctl::set_dumpable(false).map_err(|error| failed("memory is no one else's", error.into()))?;
    nix::sys::prctl::set_no_new_privs().map_err(|error| failed("no new privileges", error.into()))?;
    let files = files::restrict(role)?;
    calls::restrict(role, calls::Stage::Entered)?;
    Ok(Confinement { files })
}

/// Confines this process further, every thread of it: what it needs is open.
///
/// # Errors
/// [`Unconfined`]: the process must end.
pub fn narrow(role: &Role) -> Result<(), Unconfined> {
    calls::restrict(role, calls::Stage::Narrowed)
}

fn failed(step: &'static str, error: io::Error) -> Unconfined {
    Unconfined { step, reason: error.to_string() }
}

const MIB: u64 = 1 << 20;

/// No core dumps, and so much address space, so many open files and so many processes of its user; a thread counts as one.
/// Address space is more than memory: each thread of the C library may set 128 MiB aside.
fn bounds(role: &Role) -> io::Result<()> {
    let (address_space, files, processes) = match role {
        Role::Interface => (4096 * MIB, 256, 64),
        Role::Stopped => (1024 * MIB, 64, 4),
        Role::Camera(_) => (1024 * MIB, 64, 4),
        Role::Hidraw(_) => (512 * MIB, 32, 1),
        Role::Usbfs(_) => (512 * MIB, 64, 4),
    };
    let limits = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_AS, address_space),
        (Resource::RLIMIT_NOFILE, files),
        (Resource::RLIMIT_NPROC, processes),
    ];
    limits.into_iter().try_for_each(|(which, most)| Ok(setrlimit(which, most, most)?))
}
