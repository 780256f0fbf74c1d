//! The self-test: each property of the running system, looked at when it is asked for.
//!
//! What it says is what the running kernel says: a machine that was taken over before this program started can say
//! anything.

mod processes;
mod system;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use processes::Expected;

use super::household::Household;
use super::shared::lock;
use super::usb::{Device, Kind};
use crate::broker::Check;

/// Where is looked: the system's folders, or a test's.
#[derive(Clone, Debug)]
pub struct Places {
    /// `/`.
    pub root: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/sys`.
    pub sys: PathBuf,
}

impl Places {
    /// The running system's.
    pub fn system() -> Places {
        Places { root: "/".into(), proc: "/proc".into(), sys: "/sys".into() }
    }
}

/// Looks at everything.
pub fn look(house: &Household) -> Vec<Check> {
    let places = Places::system();
    let devices = lock(&house.devices).clone();
    let mut expected: Vec<Expected> = lock(&house.children).iter().map(Expected::of).collect();
    let interface = *lock(&house.interface);
    if interface != 0 {
        expected.push(Expected::interface(interface));
    }
    let mut checks = of_system(&places, &devices);
    checks.extend(processes::checks(&places, &expected));
    checks.push(clock(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())));
    checks.push(measure(&places));
    checks
}

/// The checks of files of `/proc`, `/sys` and the root, with the devices that were let in.
pub fn of_system(places: &Places, devices: &[Device]) -> Vec<Check> {
    let disk = devices.iter().find(|device| device.kind == Kind::Stick);
    vec![
        system::network(places),
        system::addresses(places),
        system::modules_closed(places),
        system::lockdown(places),
        system::signatures(places),
        system::swap(places),
        system::disks(places, disk),
        system::mounts(places),
        system::switches(places),
        system::command_line(places),
        system::programs(places),
        system::usb(places, devices),
    ]
}

/// The checks of running processes.
pub fn of_processes(places: &Places, expected: &[Expected]) -> Vec<Check> {
    processes::checks(places, expected)
}

/// 2026-01-01 00:00 UTC: nothing of this program is older.
const BUILT_AFTER_S: u64 = 1_767_225_600;

/// Whether the machine's clock can be right. Nothing offline proves that it is.
pub fn clock(now_s: u64) -> Check {
    let seen = format!("{now_s} seconds since 1970, by the machine's own clock; compare it with a watch");
    check("The clock is not before this program was made", now_s >= BUILT_AFTER_S, seen)
}

fn measure(places: &Places) -> Check {
    let line = read(&places.proc.join("cmdline"));
    let property = "This system can be measured: compare with what the build printed";
    match vitrine_image::measure::of_root(&places.root, &line) {
        Ok(measure) => {
            // The digest alone: the screen shows it in groups and as words.
            check(property, true, measure.digest().hex())
        }
        Err(e) => check(property, false, e.to_string()),
    }
}

fn check(property: &str, passed: bool, seen: impl Into<String>) -> Check {
    Check { property: property.to_owned(), passed, seen: seen.into() }
}

/// What cannot be read is empty, and fails whatever is asked of it.
fn read(path: &Path) -> String {
    let mut text = Vec::new();
    let done = File::open(path).and_then(|file| file.take(256 * 1024).read_to_end(&mut text));
    done.map(|_| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}

fn names(folder: &Path) -> Option<Vec<String>> {
    let entries = fs::read_dir(folder).ok()?;
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Some(names)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { String::from("none") } else { names.join(", ") }
}
