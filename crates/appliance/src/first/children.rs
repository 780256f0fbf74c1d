//! Processes that the first one starts: from the same file, as another user, with a socket as standard input.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The program itself.
const PROGRAM: &str = "/proc/self/exe";
/// The most children that own a device.
pub const DEVICES_MAX: usize = 8;

/// Users that own nothing but the nodes of their part.
pub mod users {
    /// Who draws and hears.
    pub const INTERFACE: u32 = 1001;
    /// Who owns a camera.
    pub const CAMERA: u32 = 1002;
    /// Who owns a wallet.
    pub const WALLET: u32 = 1003;
}

/// What a process is started as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Draws and hears.
    Interface,
    /// Owns the camera of this identifier.
    Camera(String),
    /// Owns the wallet of this identifier.
    Wallet(String),
    /// Shows why everything stopped.
    Stopped,
}

impl Part {
    /// Arguments by which the program knows what it is.
    pub fn arguments(&self) -> Vec<&str> {
        match self {
            Part::Interface => vec!["interface"],
            Part::Camera(id) => vec!["camera", id],
            Part::Wallet(id) => vec!["wallet", id],
            Part::Stopped => vec!["stopped"],
        }
    }

    /// The user that it runs as.
    pub fn user(&self) -> u32 {
        match self {
            Part::Interface | Part::Stopped => users::INTERFACE,
            Part::Camera(_) => users::CAMERA,
            Part::Wallet(_) => users::WALLET,
        }
    }

    /// How soon memory is taken from it when there is too little, from 0 to 1000.
    fn expendable(&self) -> &'static str {
        match self {
            Part::Interface | Part::Stopped => "0",
            Part::Camera(_) => "900",
            Part::Wallet(_) => "600",
        }
    }

    /// For notices and the self-test.
    pub fn name(&self) -> &'static str {
        match self {
            Part::Interface => "interface",
            Part::Camera(_) => "camera",
            Part::Wallet(_) => "wallet",
            Part::Stopped => "last screen",
        }
    }
}

/// A process that runs.
#[derive(Debug)]
pub struct Running {
    /// What it was started as.
    pub part: Part,
    /// Identifier of its device, as the interface names it; empty without one.
    pub id: String,
    child: Child,
    /// Its end of the socket: shows when the other end was closed. None for one that may go on without.
    end: Option<UnixStream>,
}

/// Why a process no longer runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was no longer needed, and is ended.
    Dropped,
    /// It ended by itself without an error.
    Quietly,
    /// It broke down, in words.
    Broke(String),
}

impl Running {
    /// Starts a process; the second value is our end of its socket.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(part: Part, id: &str) -> io::Result<(Running, UnixStream)> {
        Running::start_from(PROGRAM, part, id)
    }

    /// As [`Running::start`], from the program at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start_from(path: &str, part: Part, id: &str) -> io::Result<(Running, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let end = theirs.try_clone()?;
        let mut command = Command::new(path);
        command.args(part.arguments()).env_clear().current_dir("/");
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(errors());
        // Only a first process may give its rights away; a test runs as it is.
        if std::process::id() == 1 {
            command.uid(part.user()).gid(part.user());
        }
        let child = command.spawn()?;
        // Where the kernel does not let it be set, memory is taken in the kernel's own order.
        let _ = fs::write(format!("/proc/{}/oom_score_adj", child.id()), part.expendable());
        Ok((Running { part, id: id.to_owned(), child, end: Some(end) }, ours))
    }

    /// Its process number.
    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// The process goes on when the other end of its socket is closed.
    pub fn without_socket(mut self) -> Running {
        self.end = None;
        self
    }

    /// Whether it ended; one whose socket nobody holds any more is ended.
    pub fn ended(&mut self) -> Option<Ended> {
        match self.child.try_wait() {
            Ok(Some(status)) => Some(of_status(status)),
            Ok(None) if self.is_dropped() => {
                self.end();
                Some(Ended::Dropped)
            }
            Ok(None) => None,
            Err(e) => Some(Ended::Broke(format!("it cannot be asked for: {e}"))),
        }
    }

    /// Ends it now, and waits for that.
    pub fn end(&mut self) {
        // One that has ended already cannot be ended again.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn is_dropped(&self) -> bool {
        let Some(end) = &self.end else { return false };
        let mut fds = [PollFd::from_borrowed_fd(end.as_fd(), PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut fds, Some(&now)).is_ok() && fds.iter().any(|fd| fd.revents().contains(PollFlags::HUP))
    }
}

fn of_status(status: ExitStatus) -> Ended {
    const SIGSYS: i32 = 31;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ended::Quietly,
        (_, Some(SIGSYS)) => {
            Ended::Broke(String::from("it asked the system for something that it may not do, and was ended"))
        }
        (_, Some(signal)) => Ended::Broke(format!("it was ended by signal {signal}")),
        (Some(code), None) => Ended::Broke(format!("it ended with the code {code}")),
        (None, None) => Ended::Broke(String::from("it ended")),
    }
}

/// The kernel's log takes what a process says before it ends in a panic.
fn errors() -> Stdio {
    let log = OpenOptions::new().write(true).open("/dev/kmsg");
    log.ok().filter(|_| std::process::id() == 1).map_or_else(Stdio::null, Stdio::from)
}
