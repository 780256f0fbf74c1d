//! From the kernel's first step to a closed system: file systems, modules, switches.

use std::ffi::{CStr, CString};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;

use nix::kmod::{ModuleInitFlags, finit_module};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::reboot::set_cad_enabled;

/// Where the image has its modules, and the file with the order in which they are loaded.
const MODULES: &str = "/modules";
const ORDER: &str = "order";
const MODULES_MAX: usize = 256;

/// File systems: kind, place, whether programs may be run from it, further options.
const MOUNTS: [(&str, &str, &str); 5] = [
    ("proc", "/proc", ""),
    ("sysfs", "/sys", ""),
    ("devtmpfs", "/dev", "mode=0755"),
    ("tmpfs", "/run", "mode=0755,size=16m"),
    ("securityfs", "/sys/kernel/security", ""),
];

/// Whether a kernel without this switch is one that we run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Without it the machine stops.
    Must,
    /// It is set where the kernel has it.
    Where,
}

/// Switches below `/proc/sys`: file, value, need. The last one closes the kernel to further modules.
pub const SWITCHES: [(&str, &str, Need); 23] = [
    ("kernel/hostname", "vitrine", Need::Where),
    ("kernel/sysrq", "0", Need::Where),
    ("kernel/ctrl-alt-del", "0", Need::Where),
    ("kernel/kptr_restrict", "2", Need::Must),
    ("kernel/dmesg_restrict", "1", Need::Must),
    ("kernel/kexec_load_disabled", "1", Need::Where),
    ("kernel/perf_event_paranoid", "3", Need::Where),
    ("kernel/unprivileged_bpf_disabled", "1", Need::Where),
    ("kernel/unprivileged_userns_clone", "0", Need::Where),
    ("kernel/yama/ptrace_scope", "3", Need::Where),
    ("kernel/randomize_va_space", "2", Need::Must),
    // A file can never be made there.
    ("kernel/core_pattern", "/dev/null/none", Need::Must),
    ("fs/suid_dumpable", "0", Need::Must),
    ("fs/protected_symlinks", "1", Need::Where),
    ("fs/protected_hardlinks", "1", Need::Where),
    ("fs/protected_fifos", "2", Need::Where),
    ("fs/protected_regular", "2", Need::Where),
    ("dev/tty/ldisc_autoload", "0", Need::Where),
    ("vm/unprivileged_userfaultfd", "0", Need::Where),
    ("vm/mmap_min_addr", "65536", Need::Where),
    ("net/core/bpf_jit_enable", "0", Need::Where),
    ("user/max_user_namespaces", "0", Need::Must),
    ("kernel/modules_disabled", "1", Need::Must),
];

/// What could not be done. The machine must not be used for signing.
#[derive(Debug)]
pub struct Unsafe {
    /// Which step.
    pub step: String,
    /// What the system said.
    pub reason: String,
}

impl fmt::Display for Unsafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.reason)
    }
}

fn failed(step: impl Into<String>) -> impl FnOnce(&dyn fmt::Display) -> Unsafe {
    let step = step.into();
    move |reason| Unsafe { step, reason: reason.to_string() }
}

/// Mounts what the kernel shows of itself, and memory for `/run`. A file system that the kernel mounted itself is passed.
///
/// # Errors
///
/// [`Unsafe`]: a file system is not there.
pub fn mounts() -> Result<(), Unsafe> {
    for (kind, place, options) in MOUNTS {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
        let flags = if kind == "devtmpfs" { flags } else { flags | MsFlags::MS_NODEV };
        let done = mount(Some(kind), place, Some(kind), flags, Some(options));
        match done {
            Err(nix::errno::Errno::EBUSY) | Ok(()) => {}
            Err(e) => return Err(failed(format!("{kind} on {place}"))(&e)),
        }
    }
    Ok(())
}

/// The image's own files cannot be changed any more, not by this process either without saying so to the kernel.
///
/// # Errors
///
/// [`Unsafe`].
pub fn seal_root() -> Result<(), Unsafe> {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID;
    mount(None::<&str>, "/", None::<&str>, flags, None::<&str>).map_err(|e| failed("the root read-only")(&e))
}

/// Loads the modules of the image in their order, each with its parameters of the command line. Modules that do not load
/// are returned with the reason: what needs them will be missing.
///
/// # Errors
///
/// [`Unsafe`]: there is no list, or it names more than modules.
pub fn modules() -> Result<Vec<String>, Unsafe> {
    let folder = Path::new(MODULES);
    let order = read(&folder.join(ORDER)).map_err(|e| failed("list of modules")(&e))?;
    let command_line = read(Path::new("/proc/cmdline")).map_err(|e| failed("command line")(&e))?;
    let mut missing = Vec::new();
    for name in module_files(&order)? {
        let stem = name.trim_end_matches(".ko");
        let parameters = CString::new(parameters(&command_line, stem)).unwrap_or_default();
        if let Err(e) = load(&folder.join(name), &parameters) {
            missing.push(format!("{stem}: {e}"));
        }
    }
    Ok(missing)
}

fn load(path: &Path, parameters: &CStr) -> io::Result<()> {
    let file = File::open(path)?;
    match finit_module(file.as_fd(), parameters, ModuleInitFlags::empty()) {
        Ok(()) | Err(nix::errno::Errno::EEXIST) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// The names in a list of modules.
///
/// # Errors
///
/// [`Unsafe`]: a line is no name of a module's file, or there are too many.
pub fn module_files(order: &str) -> Result<Vec<&str>, Unsafe> {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let names: Vec<&str> = order.lines().collect();
    let wrong = names.iter().find(|name| !name.strip_suffix(".ko").is_some_and(|stem| !stem.is_empty() && plain(stem)));
    match wrong {
        Some(name) => Err(failed("list of modules")(&format!("“{}” is no module", vitrine_review::escape(name)))),
        None if names.len() > MODULES_MAX => Err(failed("list of modules")(&format!("{} modules", names.len()))),
        None => Ok(names),
    }
}

/// What the command line says for a module, as `modprobe` would hand it over: of `usbcore.authorized_default=0` for
/// `usbcore` the part after the dot. The kernel itself applies these to built-in parts alone.
pub fn parameters(command_line: &str, module: &str) -> String {
    let same = |name: &str| name.replace('-', "_") == module.replace('-', "_");
    let of = |word: &str| {
        let (name, rest) = word.split_once('.')?;
        (same(name) && rest.contains('=')).then(|| rest.to_owned())
    };
    command_line.split_ascii_whitespace().filter_map(of).collect::<Vec<_>>().join(" ")
}

/// Sets [`SWITCHES`] below `sys` (`/proc/sys`); those that the kernel does not have are returned.
///
/// # Errors
///
/// [`Unsafe`]: one that must be set is not.
pub fn switches(sys: &Path) -> Result<Vec<&'static str>, Unsafe> {
    let mut absent = Vec::new();
    for (name, value, need) in SWITCHES {
        match write(&sys.join(name), value) {
            Ok(()) => {}
            Err(_) if need == Need::Where => absent.push(name),
            Err(e) => return Err(failed(format!("switch {name}"))(&e)),
        }
    }
    Ok(absent)
}

/// Leaves the network of the machine for an empty one, and turns Ctrl-Alt-Del off.
///
/// # Errors
///
/// [`Unsafe`].
pub fn leave_network() -> Result<(), Unsafe> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|e| failed("an empty network")(&e))?;
    set_cad_enabled(false).map_err(|e| failed("Ctrl-Alt-Del off")(&e))
}

/// Takes the screen from the kernel's console, so that no text, cursor or typed key shows through: `/sys/class/vtconsole`
/// lets the console of the framebuffer go, without the ioctl that safe code has not.
///
/// Returns how many consoles let go.
pub fn release_screen(sys: &Path) -> usize {
    bind_screen(sys, "0")
}

/// Gives the screen back to the kernel's console, for the last words.
pub fn return_screen(sys: &Path) -> usize {
    bind_screen(sys, "1")
}

fn bind_screen(sys: &Path, bind: &str) -> usize {
    let consoles = fs::read_dir(sys.join("class/vtconsole")).into_iter().flatten().flatten();
    let framebuffer = consoles.filter(|c| read(&c.path().join("name")).is_ok_and(|name| name.contains("frame buffer")));
    framebuffer.filter(|console| write(&console.path().join("bind"), bind).is_ok()).count()
}

/// Standard input, output and error lead nowhere: a terminal that is open would show what is typed.
///
/// # Errors
///
/// [`Unsafe`].
pub fn leave_terminal() -> Result<(), Unsafe> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null").map_err(|e| failed("/dev/null")(&e))?;
    let dups = [rustix::stdio::dup2_stdin(&null), rustix::stdio::dup2_stdout(&null), rustix::stdio::dup2_stderr(&null)];
    dups.into_iter().collect::<Result<(), _>>().map_err(|e| failed("standard input and output")(&e))
}

/// A line into the kernel's log, which a serial console shows where the command line asks for one. Nothing that is secret
/// or came from a device unescaped.
pub fn log(text: &str) {
    let _ = write(Path::new("/dev/kmsg"), &format!("<4>vitrine: {text}\n"));
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(64 * 1024).read_to_string(&mut text)?;
    Ok(text)
}

fn write(path: &Path, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(value.as_bytes())
}
