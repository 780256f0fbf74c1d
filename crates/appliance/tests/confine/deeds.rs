//! What a confined process does.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use memmap2::MmapMut;
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, netlink, socket_with};
use vitrine_appliance::camera::wire::{Answer, Picture};
use vitrine_appliance::confine::{self, Role};
use vitrine_camera::CameraError;
use vitrine_device::{DeviceError, hid};
use vitrine_qr::{Modules, Reader};

macro_rules! deeds {
    ($($deed:ident),* $(,)?) => {
        /// Something to do.
        #[derive(Clone, Copy, Debug)]
        pub enum Deed { $($deed),* }

        impl Deed {
            const ALL: &'static [(&'static str, Self)] = &[$((stringify!($deed), Self::$deed)),*];
        }
    };
}

deeds!(
    Compute,
    Socket,
    Poll,
    Panic,
    Thread,
    GiveBack,
    OpenDevice,
    ReadSys,
    OpenOther,
    CreateFile,
    TcpSocket,
    TcpConnect,
    UnixSocket,
    SocketPair,
    KernelMessages,
    OtherNetlink,
    Exec,
    Ptrace,
    Signal,
    Mount,
    Chroot,
    Unshare,
    LoadModule,
    UnloadModule,
    SetUser,
    Reboot,
    ExecutableMemory,
    TerminalCommand,
    TooMuchMemory,
    LookAtSelf,
    FindHid,
    FindUsb,
    FindCamera,
    ReadCode,
    EnterAgain,
);

/// What is opened before the process is confined, as a socket is that it inherits.
pub struct Prepared {
    pair: (UnixStream, UnixStream),
    file: File,
    memory: MmapMut,
    status: File,
    limits: File,
    is_root: bool,
    thread: Option<(Sender<()>, JoinHandle<usize>)>,
}

type Outcome = Result<(), String>;

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Deed {
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, deed)| *deed as usize == self as usize).unwrap().0
    }

    pub fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(known, _)| *known == name).unwrap().1
    }

    pub fn prepare(self) -> Prepared {
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        Prepared {
            pair: UnixStream::pair().unwrap(),
            file,
            memory: MmapMut::map_anon(4096).unwrap(),
            status: File::open("/proc/self/status").unwrap(),
            limits: File::open("/proc/self/limits").unwrap(),
            is_root: nix::unistd::Uid::current().is_root(),
            thread: matches!(self, Self::GiveBack).then(thread_that_waits),
        }
    }

    pub fn run(self, prepared: Prepared, device: &Path) -> Outcome {
        match self {
            Self::Compute => compute(),
            Self::Socket => speak(prepared.pair),
            Self::Poll => wait(&prepared.pair.0),
            Self::Panic => panic_and_go_on(),
            Self::Thread => thread(prepared.is_root),
            Self::GiveBack => give_back(prepared.thread),
            Self::OpenDevice => open(device),
            Self::ReadSys => fs::read_dir("/sys/devices").map(drop).map_err(words),
            Self::OpenOther => File::open("/etc/passwd").map(drop).map_err(words),
            Self::CreateFile => File::create(device.with_file_name("made")).map(drop).map_err(words),
            Self::TcpSocket => TcpListener::bind("127.0.0.1:0").map(drop).map_err(words),
            Self::TcpConnect => TcpStream::connect("127.0.0.1:9").map(drop).map_err(words),
            Self::UnixSocket => UnixListener::bind(device.with_file_name("socket")).map(drop).map_err(words),
            Self::SocketPair => UnixDatagram::pair().map(drop).map_err(words),
            Self::KernelMessages => listen(netlink::KOBJECT_UEVENT),
            Self::OtherNetlink => listen(netlink::USERSOCK),
            Self::Exec => Command::new("/bin/true").status().map(drop).map_err(words),
            Self::Ptrace => nix::sys::ptrace::attach(Pid::from_raw(1)).map_err(words),
            Self::Signal => nix::sys::signal::kill(Pid::from_raw(1), None).map_err(words),
            Self::Mount => mount(),
            Self::Chroot => nix::unistd::chroot("/").map_err(words),
            Self::Unshare => nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).map_err(words),
            Self::LoadModule => load(&prepared.file),
            Self::UnloadModule => unload(),
            Self::SetUser => nix::unistd::setuid(nix::unistd::Uid::from_raw(0)).map_err(words),
            Self::Reboot => nix::sys::reboot::set_cad_enabled(false).map_err(words),
            Self::ExecutableMemory => prepared.memory.make_exec().map(drop).map_err(words),
            Self::TerminalCommand => rustix::termios::tcgetattr(&prepared.file).map(drop).map_err(words),
            Self::TooMuchMemory => too_much_memory(),
            Self::LookAtSelf => look_at_self(prepared),
            Self::FindHid => find("ledger:usb:hidraw250"),
            Self::FindUsb => find("trezor:usb:250:250"),
            Self::FindCamera => find_camera(),
            Self::ReadCode => read_code(),
            Self::EnterAgain => confine::enter(&Role::Interface).map(drop).map_err(words),
        }
    }
}

/// Memory of every size, random numbers, time, text.
fn compute() -> Outcome {
    let begun = Instant::now();
    let mut sizes = HashMap::new();
    for size in [1, 4096, 1 << 17, 1 << 20, 48 << 20] {
        let mut bytes = vec![1_u8; size];
        bytes.resize(size * 2, 2);
        bytes.shrink_to(size);
        sizes.insert(size, bytes.iter().step_by(4096).map(|b| usize::from(*b)).sum::<usize>());
    }
    std::thread::sleep(Duration::from_millis(2));
    eprintln!("{} sizes in {:?}", sizes.len(), begun.elapsed());
    std::io::stdout().flush().map_err(words)?;
    if sizes.len() == 5 { Ok(()) } else { Err("sizes".into()) }
}

fn speak((mut near, mut far): (UnixStream, UnixStream)) -> Outcome {
    near.set_write_timeout(Some(Duration::from_secs(1))).map_err(words)?;
    far.set_read_timeout(Some(Duration::from_millis(50))).map_err(words)?;
    near.set_nonblocking(true).map_err(words)?;
    near.write_all(b"packet").map_err(words)?;
    let mut packet = [0; 6];
    far.read_exact(&mut packet).map_err(words)?;
    let other = far.try_clone().map_err(words)?;
    other.shutdown(std::net::Shutdown::Both).map_err(words)?;
    if &packet == b"packet" { Ok(()) } else { Err("another packet".into()) }
}

fn wait(socket: &UnixStream) -> Outcome {
    let mut sockets = [PollFd::new(socket, PollFlags::IN)];
    let ready = poll(&mut sockets, Some(&Timespec { tv_sec: 0, tv_nsec: 1_000_000 })).map_err(words)?;
    if ready == 0 { Ok(()) } else { Err("nobody spoke".into()) }
}

fn panic_and_go_on() -> Outcome {
    let text = String::from("picture");
    let caught = std::panic::catch_unwind(|| assert_eq!(text, "symbol"));
    if caught.is_err() { Ok(()) } else { Err("no panic".into()) }
}

/// As a user who has many processes already, the limit of processes may refuse a thread; the filter must not.
fn thread(is_root: bool) -> Outcome {
    let shared = Arc::new(Mutex::new(0));
    let far = Arc::clone(&shared);
    let spawned =
        std::thread::Builder::new().name("grab".into()).spawn(move || *far.lock().unwrap() = vec![3_u8; 1 << 20].len());
    match spawned {
        Ok(thread) => thread.join().map_err(|_| "it panicked".to_owned())?,
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) && !is_root => return Ok(()),
        Err(error) => return Err(words(error)),
    }
    let counted = *shared.lock().unwrap();
    if counted == 1 << 20 { Ok(()) } else { Err("no thread".into()) }
}

/// Each thread has memory of its own; this one takes some when it is told to, in pieces that do not come from the system one
/// by one, and gives it back.
fn thread_that_waits() -> (Sender<()>, JoinHandle<usize>) {
    let (go, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        told.recv().unwrap();
        let pieces: Vec<Vec<u8>> = (0..200).map(|_| vec![1; 64 << 10]).collect();
        pieces.iter().map(Vec::len).sum()
    });
    (go, thread)
}

fn give_back(thread: Option<(Sender<()>, JoinHandle<usize>)>) -> Outcome {
    let (go, thread) = thread.ok_or("no thread")?;
    go.send(()).map_err(words)?;
    let taken = thread.join().map_err(|_| "it panicked".to_owned())?;
    if taken == 200 * (64 << 10) { Ok(()) } else { Err(format!("{taken} bytes")) }
}

fn open(device: &Path) -> Outcome {
    let mut opened = OpenOptions::new().read(true).write(true).open(device).map_err(words)?;
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(words)?;
    if text == "device" { Ok(()) } else { Err(text) }
}

fn listen(protocol: Protocol) -> Outcome {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(protocol)).map(drop).map_err(words)
}

fn mount() -> Outcome {
    let none: Option<&str> = None;
    nix::mount::mount(Some("none"), "/", Some("tmpfs"), nix::mount::MsFlags::MS_RDONLY, none).map_err(words)
}

fn load(file: &File) -> Outcome {
    let flags = nix::kmod::ModuleInitFlags::empty();
    nix::kmod::finit_module(file, c"", flags).map_err(words)
}

fn unload() -> Outcome {
    nix::kmod::delete_module(c"nobody", nix::kmod::DeleteModuleFlags::O_NONBLOCK).map_err(words)
}

/// More than the roomiest role may have.
fn too_much_memory() -> Outcome {
    let mut bytes: Vec<u8> = Vec::new();
    match bytes.try_reserve_exact(6 << 30) {
        Err(_) => Ok(()),
        Ok(()) => Err("six gigabytes".into()),
    }
}

fn look_at_self(mut prepared: Prepared) -> Outcome {
    let mut text = String::new();
    prepared.status.read_to_string(&mut text).map_err(words)?;
    prepared.limits.read_to_string(&mut text).map_err(words)?;
    let says = |line: &str| text.lines().any(|l| l.split_whitespace().take(6).eq(line.split(' ')));
    let expected = ["NoNewPrivs: 1", "Seccomp: 2", "Max core file size 0 0"];
    if expected.into_iter().all(says) { Ok(()) } else { Err(text) }
}

/// hidapi and libusb look for a device that is not there, through all that is.
fn find(id: &str) -> Outcome {
    match hid::cable(id) {
        Err(DeviceError::NotFound { .. } | DeviceError::UsbUnavailable { .. }) => Ok(()),
        Err(error) => Err(words(error)),
        Ok(_) => Err("there is one".into()),
    }
}

fn find_camera() -> Outcome {
    match vitrine_camera::open("/dev/video250") {
        Err(CameraError::NoCamera | CameraError::UnknownCamera { .. }) => Ok(()),
        Err(error) => Err(words(error)),
        Ok(_) => Err("there is one".into()),
    }
}

/// What a camera's process does with each picture: an MJPEG frame decoded, a code read, both sent.
fn read_code() -> Outcome {
    let jpeg = include_bytes!("../../../camera/tests/data/webcam-422.jpg");
    let mut film = vitrine_camera::open_bytes("webcam.jpg", jpeg.to_vec()).map_err(words)?;
    film.next_frame().map_err(words)?.ok_or("no picture")?;
    let frame = Modules::encode("UR:BYTES/1-2/LPADAOCF").map_err(words)?.to_luma(4);
    let symbols = Reader::new().read(&frame);
    let found = symbols.len();
    let sent = Answer::Picture(Box::new(Picture { sequence: 1, frame, symbols })).encode();
    if found == 1 && sent.len() > 1000 { Ok(()) } else { Err(format!("{found} codes")) }
}
