//! System calls, by lists of what each part needs. Any other call ends the process (`SECCOMP_RET_KILL_PROCESS`).
//!
//! The lists were read from the sources of what runs (glibc 2.36, Rust's library, `nokhwa`, `hidapi`, libusb) and compared with
//! what `strace` saw.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};

use super::ioctls::{self, Ioctl};
use super::{Role, Unconfined};

/// How far a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It opens what it needs.
    Entered,
    /// It has it.
    Narrowed,
}

/// Memory, open files, time, locks between threads, signals to itself, the end.
const ALWAYS: [c_long; 43] = [
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_set_robust_list,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
];

/// What glibc still calls where there is an older name.
#[cfg(target_arch = "x86_64")]
const OLDER: [c_long; 2] = [libc::SYS_poll, libc::SYS_time];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: [c_long; 0] = [];

/// Looking for devices by their names.
const LOOKING: [c_long; 2] = [libc::SYS_getdents64, libc::SYS_readlinkat];
#[cfg(target_arch = "x86_64")]
const LOOKING_OLDER: [c_long; 3] = [libc::SYS_readlink, libc::SYS_access, libc::SYS_lstat];
#[cfg(not(target_arch = "x86_64"))]
const LOOKING_OLDER: [c_long; 0] = [];

/// What libusb waits with.
const EVENTS: [c_long; 3] = [libc::SYS_eventfd2, libc::SYS_timerfd_create, libc::SYS_timerfd_settime];

/// What libusb asks when it starts: which kernel this is, whether `/sys` is one.
const STARTING: [c_long; 2] = [libc::SYS_uname, libc::SYS_statfs];

/// What the loop of the interface is woken by; pixels to a framebuffer.
const DRAWING: [c_long; 2] = [libc::SYS_pipe2, libc::SYS_pwrite64];

/// Restricts every thread of this process.
pub(super) fn restrict(role: &Role, stage: Stage) -> Result<(), Unconfined> {
    let arch = std::env::consts::ARCH.try_into().map_err(failed)?;
    let mut calls = Calls::default();
    calls.of(role, stage).map_err(failed)?;
    let listed = SeccompFilter::new(calls.0, SeccompAction::KillProcess, SeccompAction::Allow, arch).map_err(failed)?;
    if let Some((call, error)) = refused(role, stage) {
        let rules = BTreeMap::from([(call, Vec::new())]);
        let action = SeccompAction::Errno(error.unsigned_abs());
        apply(SeccompFilter::new(rules, SeccompAction::Allow, action, arch).map_err(failed)?)?;
    }
    // Last: the list of a process that has what it needs lets no further filter come.
    apply(listed)
}

/// What fails with an error instead of ending the process. Where two filters disagree, the harsher one holds.
fn refused(role: &Role, stage: Stage) -> Option<(c_long, i32)> {
    match (role, stage) {
        // The flags of `clone3` lie in memory, where no filter sees them: glibc then calls `clone`.
        (_, Stage::Entered) => Some((libc::SYS_clone3, libc::ENOSYS)),
        // When a thread gives memory back, glibc wants to read `/proc/sys/vm/overcommit_memory`, and does without.
        (Role::Camera(_), Stage::Narrowed) => Some((libc::SYS_openat, libc::EACCES)),
        (_, Stage::Narrowed) => None,
    }
}

fn apply(filter: SeccompFilter) -> Result<(), Unconfined> {
    let program: BpfProgram = filter.try_into().map_err(failed)?;
    apply_filter_all_threads(&program).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Unconfined {
    Unconfined { step: "system calls", reason: error.to_string() }
}

type Built = Result<(), seccompiler::BackendError>;

/// A list of calls; a call with rules may be made where one of them holds, one without rules always.
#[derive(Default)]
struct Calls(BTreeMap<i64, Vec<SeccompRule>>);

impl Calls {
    fn of(&mut self, role: &Role, stage: Stage) -> Built {
        self.base()?;
        match (role, stage) {
            (Role::Interface | Role::Stopped, _) => {
                self.all(&DRAWING);
                self.ioctls(&[&ioctls::SCREEN[..], &ioctls::CONSOLE, &ioctls::INPUT])?;
                self.opening(Opening::Devices)?;
                self.threads()?;
                self.further()
            }
            (Role::Camera(_), Stage::Entered) => {
                self.ioctls(&[&ioctls::VIDEO[..]])?;
                self.opening(Opening::Devices)?;
                self.threads()?;
                self.further()
            }
            (Role::Camera(_), Stage::Narrowed) => {
                self.ioctls(&[&ioctls::STREAMING[..]])?;
                self.open(Opening::Reading)
            }
            (Role::Hidraw(_), Stage::Entered) => {
                self.ioctls(&[&ioctls::HIDRAW[..]])?;
                self.opening(Opening::Devices)?;
                self.further()
            }
            (Role::Hidraw(_), Stage::Narrowed) => self.ioctls(&[]),
            (Role::Usbfs(_), Stage::Entered) => {
                self.all(&EVENTS);
                self.all(&STARTING);
                self.ioctls(&[&ioctls::USBFS[..]])?;
                self.opening(Opening::Devices)?;
                self.threads()?;
                self.kernel_messages()?;
                self.further()
            }
            (Role::Usbfs(_), Stage::Narrowed) => {
                self.all(&EVENTS);
                self.ioctls(&[&ioctls::USBFS[..]])?;
                self.opening(Opening::Reading)
            }
        }
    }

    fn base(&mut self) -> Built {
        self.all(&ALWAYS);
        self.all(&OLDER);
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            self.when(call, vec![bits(2, exec(), 0)?])?;
        }
        // To nobody but the other end of a socket.
        self.when(libc::SYS_sendto, vec![whole(4, 0)?])?;
        for name in [libc::SO_RCVTIMEO, libc::SO_SNDTIMEO] {
            self.when(libc::SYS_setsockopt, vec![is(1, number(libc::SOL_SOCKET))?, is(2, number(name))?])?;
        }
        for command in [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL, libc::F_DUPFD_CLOEXEC] {
            self.when(libc::SYS_fcntl, vec![is(1, number(command))?])?;
        }
        // A program that gives up ends itself by a signal.
        self.when(libc::SYS_tgkill, vec![is(0, u64::from(std::process::id()))?])?;
        self.when(libc::SYS_prctl, vec![is(0, number(libc::PR_SET_NAME))?])?;
        self.when(libc::SYS_prctl, vec![is(0, number(libc::PR_SET_VMA))?])
    }

    /// Threads of this process, and no process.
    fn threads(&mut self) -> Built {
        self.all(&[libc::SYS_clone3, libc::SYS_set_tid_address]);
        let thread = number(libc::CLONE_THREAD | libc::CLONE_VM);
        self.when(libc::SYS_clone, vec![bits(0, thread, thread)?])
    }

    /// Another filter on top of this one, for every thread.
    fn further(&mut self) -> Built {
        const SET_MODE_FILTER: u64 = 1;
        const TSYNC: u64 = 1;
        self.when(libc::SYS_seccomp, vec![is(0, SET_MODE_FILTER)?, is(1, TSYNC)?])?;
        self.when(libc::SYS_prctl, vec![is(0, number(libc::PR_SET_NO_NEW_PRIVS))?])
    }

    /// Files that are there; none is made, cut or added to.
    fn opening(&mut self, how: Opening) -> Built {
        self.all(&LOOKING);
        self.all(&LOOKING_OLDER);
        self.open(how)
    }

    fn open(&mut self, how: Opening) -> Built {
        let unnamed = libc::O_TMPFILE & !libc::O_DIRECTORY;
        let changes = libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND | unnamed;
        let forbidden = number(match how {
            Opening::Devices => changes,
            Opening::Reading => changes | libc::O_ACCMODE,
        });
        self.when(libc::SYS_openat, vec![bits(2, forbidden, 0)?])
    }

    /// What the kernel says about USB devices (`NETLINK_KOBJECT_UEVENT`), and no other socket.
    fn kernel_messages(&mut self) -> Built {
        let netlink = vec![is(0, number(libc::AF_NETLINK))?, is(2, number(libc::NETLINK_KOBJECT_UEVENT))?];
        self.when(libc::SYS_socket, netlink)?;
        self.all(&[libc::SYS_bind]);
        self.when(libc::SYS_setsockopt, vec![is(1, number(libc::SOL_SOCKET))?, is(2, number(libc::SO_PASSCRED))?])
    }

    fn ioctls(&mut self, lists: &[&[Ioctl]]) -> Built {
        let commands = lists.iter().copied().flatten().chain(&ioctls::ANY);
        commands
            .into_iter()
            .try_for_each(|command| self.when(libc::SYS_ioctl, vec![bits(1, command.mask, command.value)?]))
    }

    fn all(&mut self, calls: &[c_long]) {
        self.0.extend(calls.iter().map(|call| (*call, Vec::new())));
    }

    fn when(&mut self, call: c_long, conditions: Vec<SeccompCondition>) -> Built {
        self.0.entry(call).or_default().push(SeccompRule::new(conditions)?);
        Ok(())
    }
}

enum Opening {
    /// To read and to write.
    Devices,
    /// To read.
    Reading,
}

type Condition = Result<SeccompCondition, seccompiler::BackendError>;

/// A whole argument is this.
fn whole(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value)
}

/// The low half of an argument, which is all that the kernel looks at in an `int`, is this.
fn is(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

/// These bits of an argument's low half are this.
fn bits(argument: u8, mask: u64, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}

fn exec() -> u64 {
    number(libc::PROT_EXEC)
}

/// A constant of the C library, none of which is negative.
fn number(constant: libc::c_int) -> u64 {
    u64::from(constant.unsigned_abs())
}
