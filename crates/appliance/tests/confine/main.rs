//! Each role's confinement, in a process of its own: what it needs works, and what it must not do ends it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a test fails by panicking, as the test does"
)]

mod deeds;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use vitrine_appliance::confine::{self, Role};

use crate::deeds::Deed;

/// What a confined process is told: role, stage, deed, and the device file of the role.
const ORDER: &str = "VITRINE_CONFINED";

const SIGSYS: i32 = 31;
const DONE: i32 = 42;
const FAILED: i32 = 43;

/// Every role, and how far it is.
const STAGES: [(&str, &str); 8] = [
    ("interface", "entered"),
    ("stopped", "entered"),
    ("camera", "entered"),
    ("camera", "narrowed"),
    ("hidraw", "entered"),
    ("hidraw", "narrowed"),
    ("usbfs", "entered"),
    ("usbfs", "narrowed"),
];

fn role(name: &str, device: &Path) -> Role {
    match name {
        "interface" => Role::Interface,
        "stopped" => Role::Stopped,
        "camera" => Role::Camera(device.to_owned()),
        "hidraw" => Role::Hidraw(device.to_owned()),
        "usbfs" => Role::Usbfs(device.to_owned()),
        other => panic!("{other}"),
    }
}

/// Not a test by itself: the process that the others start. Without an order it has nothing to do.
#[test]
fn confined() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let words: Vec<&str> = order.split(' ').collect();
    let role = role(words[0], Path::new(words[3]));
    let deed = Deed::named(words[2]);
    let prepared = deed.prepare();
    confine::enter(&role).unwrap();
    if words[1] == "narrowed" {
        confine::narrow(&role).unwrap();
    }
    let code = match deed.run(prepared, Path::new(words[3])) {
        Ok(()) => DONE,
        Err(why) => {
            eprintln!("{why}");
            FAILED
        }
    };
    std::process::exit(code);
}

/// What a confined process comes to, and what it said.
fn outcome(role: &str, stage: &str, deed: Deed) -> (ExitStatus, String) {
    let device = device();
    let output = Command::new(std::env::current_exe().unwrap())
        // One test at a time runs in the first thread, as a real process does.
        .args(["--exact", "confined", "--nocapture", "--test-threads=1"])
        .env(ORDER, format!("{role} {stage} {} {}", deed.name(), device.display()))
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A file that stands for the device of a role.
fn device() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("device");
    if !path.exists() {
        std::fs::write(&path, "device").unwrap();
    }
    path
}

fn works(stages: &[(&str, &str)], deed: Deed) {
    for (role, stage) in stages {
        let (status, said) = outcome(role, stage, deed);
        assert_eq!(status.code(), Some(DONE), "{role}, {stage}: {} ({status}): {said}", deed.name());
    }
}

fn kills(stages: &[(&str, &str)], deed: Deed) {
    for (role, stage) in stages {
        let (status, said) = outcome(role, stage, deed);
        assert_eq!(status.signal(), Some(SIGSYS), "{role}, {stage}: {} ({status}): {said}", deed.name());
    }
}

/// The deed fails, and the process lives.
fn refuses(stages: &[(&str, &str)], deed: Deed) {
    for (role, stage) in stages {
        let (status, said) = outcome(role, stage, deed);
        let refused = status.code() == Some(FAILED) && said.contains("Permission denied");
        assert!(refused, "{role}, {stage}: {} ({status}): {said}", deed.name());
    }
}

fn those(names: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
    STAGES.into_iter().filter(|stage| names.contains(stage)).collect()
}

fn all_but(names: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
    STAGES.into_iter().filter(|stage| !names.contains(stage)).collect()
}

const OPENS: [(&str, &str); 5] = [
    ("interface", "entered"),
    ("stopped", "entered"),
    ("camera", "entered"),
    ("hidraw", "entered"),
    ("usbfs", "entered"),
];
const THREADS: [(&str, &str); 4] =
    [("interface", "entered"), ("stopped", "entered"), ("camera", "entered"), ("usbfs", "entered")];

#[test]
fn every_role_computes_waits_and_speaks_to_its_socket() {
    works(&STAGES, Deed::Compute);
    works(&STAGES, Deed::Socket);
    works(&STAGES, Deed::Poll);
}

#[test]
fn every_role_may_panic_and_go_on() {
    works(&STAGES, Deed::Panic);
}

#[test]
fn threads_are_started_where_they_are_needed() {
    works(&THREADS, Deed::Thread);
    kills(&all_but(&THREADS), Deed::Thread);
}

/// The C library looks at a file when a thread gives memory back. A camera's thread does with each picture.
#[test]
fn memory_of_a_thread_is_given_back() {
    works(&all_but(&[("hidraw", "narrowed")]), Deed::GiveBack);
}

#[test]
fn a_role_opens_its_device_until_it_is_narrowed() {
    works(&those(&OPENS[2..]), Deed::OpenDevice);
    kills(&[("camera", "narrowed"), ("hidraw", "narrowed"), ("usbfs", "narrowed")], Deed::OpenDevice);
}

#[test]
fn a_role_reads_what_it_looks_for_devices_by() {
    works(&[("camera", "entered"), ("hidraw", "entered"), ("usbfs", "entered"), ("usbfs", "narrowed")], Deed::ReadSys);
    kills(&[("hidraw", "narrowed")], Deed::ReadSys);
    refuses(&[("camera", "narrowed")], Deed::ReadSys);
}

#[test]
fn what_looks_for_devices_runs_to_its_end() {
    works(&[("hidraw", "entered")], Deed::FindHid);
    works(&[("usbfs", "entered")], Deed::FindUsb);
    works(&[("camera", "entered")], Deed::FindCamera);
}

#[test]
fn a_camera_decodes_and_reads_when_it_is_narrowed() {
    works(&[("camera", "narrowed")], Deed::ReadCode);
}

/// Where the kernel has Landlock; elsewhere its user's rights are all that holds it, which `enter` says.
#[test]
fn no_role_reads_any_other_file() {
    for (role, stage) in OPENS {
        let (status, said) = outcome(role, stage, Deed::OpenOther);
        let landlock = std::fs::read_to_string("/sys/kernel/security/lsm").is_ok_and(|l| l.contains("landlock"));
        let refused = status.code() == Some(FAILED) && said.contains("Permission denied");
        assert!(refused || !landlock, "{role}, {stage}: {status}: {said}");
    }
    kills(&[("hidraw", "narrowed")], Deed::OpenOther);
    refuses(&[("camera", "narrowed")], Deed::OpenOther);
}

#[test]
fn no_role_makes_a_file() {
    kills(&STAGES, Deed::CreateFile);
}

#[test]
fn no_role_has_a_network_socket() {
    kills(&STAGES, Deed::TcpSocket);
    kills(&STAGES, Deed::TcpConnect);
    kills(&STAGES, Deed::UnixSocket);
    kills(&STAGES, Deed::SocketPair);
}

/// libusb hears of devices from the kernel; nothing else may.
#[test]
fn the_kernels_messages_about_usb_are_for_usbfs_alone() {
    works(&[("usbfs", "entered")], Deed::KernelMessages);
    kills(&all_but(&[("usbfs", "entered")]), Deed::KernelMessages);
    kills(&STAGES, Deed::OtherNetlink);
}

#[test]
fn no_role_starts_a_program() {
    kills(&STAGES, Deed::Exec);
}

#[test]
fn no_role_looks_into_another_process() {
    kills(&STAGES, Deed::Ptrace);
    kills(&STAGES, Deed::Signal);
}

#[test]
fn no_role_mounts() {
    kills(&STAGES, Deed::Mount);
    kills(&STAGES, Deed::Chroot);
    kills(&STAGES, Deed::Unshare);
}

#[test]
fn no_role_loads_a_kernel_module() {
    kills(&STAGES, Deed::LoadModule);
    kills(&STAGES, Deed::UnloadModule);
}

#[test]
fn no_role_becomes_another_user() {
    kills(&STAGES, Deed::SetUser);
}

#[test]
fn no_role_restarts_the_machine() {
    kills(&STAGES, Deed::Reboot);
}

#[test]
fn no_role_makes_memory_executable() {
    kills(&STAGES, Deed::ExecutableMemory);
}

/// Commands to a device that are not of the role's devices: a terminal's, which could put words into its input.
#[test]
fn no_role_commands_a_terminal() {
    kills(&STAGES, Deed::TerminalCommand);
}

#[test]
fn memory_ends_at_the_limit() {
    works(&STAGES, Deed::TooMuchMemory);
}

#[test]
fn no_role_gains_privileges_or_leaves_a_core() {
    works(&STAGES, Deed::LookAtSelf);
}

/// Confinement cannot be taken back.
#[test]
fn a_narrowed_role_stays_narrow() {
    kills(&[("camera", "narrowed"), ("hidraw", "narrowed"), ("usbfs", "narrowed")], Deed::EnterAgain);
}
