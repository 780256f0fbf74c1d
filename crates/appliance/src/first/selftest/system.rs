//! What the kernel shows of the whole system.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Places, check, listed, names, read};
use crate::broker::Check;
use crate::first::setup::{Need, SWITCHES};
use crate::first::stick::STICK;
use crate::first::usb::{Bus, Device};

/// The command line that the image is built with, comments and all.
const COMMAND_LINE: &str = include_str!("../../../../../reproducible-build/command-line.txt");
/// File systems that are the kernel's own.
const KERNELS: [&str; 4] = ["proc", "sysfs", "securityfs", "devtmpfs"];

pub(super) fn network(places: &Places) -> Check {
    let property = "No network interface but the loopback";
    let ours = interfaces(&read(&places.proc.join("net/dev")));
    let machines = names(&places.sys.join("class/net")).unwrap_or_default();
    let only = |names: &[String]| names.iter().all(|name| name == "lo");
    let seen = format!("/proc/net/dev: {}; /sys/class/net: {}", listed(&ours), listed(&machines));
    let there = places.proc.join("net/dev").exists();
    check(property, there && only(&ours) && only(&machines), seen)
}

/// Names of `/proc/net/dev`: what stands before a colon, below two lines of headings.
fn interfaces(dev: &str) -> Vec<String> {
    dev.lines().skip(2).filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// A loopback that is up has an address of its own in the routing table.
pub(super) fn addresses(places: &Places) -> Check {
    let path = places.proc.join("net/fib_trie");
    let table = read(&path);
    let addresses: Vec<String> =
        table.lines().filter_map(|l| l.split("|-- ").nth(1)).map(|l| l.trim().to_owned()).collect();
    let seen = format!("/proc/net/fib_trie: {}", listed(&addresses));
    check("No network address, not even of the loopback", path.exists() && addresses.is_empty(), seen)
}

pub(super) fn modules_closed(places: &Places) -> Check {
    let value = read(&places.proc.join("sys/kernel/modules_disabled"));
    let seen = format!("/proc/sys/kernel/modules_disabled: {}", value.trim());
    check("The kernel takes no further module", value.trim() == "1", seen)
}

pub(super) fn lockdown(places: &Places) -> Check {
    let value = read(&places.sys.join("kernel/security/lockdown"));
    let seen = format!("/sys/kernel/security/lockdown: {}", value.trim());
    check("The kernel is locked down, also against root", value.contains("[confidentiality]"), seen)
}

pub(super) fn signatures(places: &Places) -> Check {
    let value = read(&places.sys.join("module/module/parameters/sig_enforce"));
    let seen = format!("/sys/module/module/parameters/sig_enforce: {}", value.trim());
    check("The kernel took signed modules alone", value.trim() == "Y", seen)
}

pub(super) fn swap(places: &Places) -> Check {
    let path = places.proc.join("swaps");
    let text = read(&path);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    let none = names(&places.proc).is_some() && lines.is_empty();
    check("Memory is written to no disk (no swap)", none, format!("/proc/swaps: {} entries", lines.len()))
}

/// Disks: none, or the one of the export stick.
pub(super) fn disks(places: &Places, stick: Option<&Device>) -> Check {
    let found = names(&places.sys.join("block")).unwrap_or_default();
    let allowed = |name: &String| stick.is_some_and(|device| device.nodes.contains(name));
    let seen = format!("/sys/block: {}", listed(&found));
    let looked = places.sys.is_dir();
    check("No disk but the export stick", looked && found.len() <= 1 && found.iter().all(allowed), seen)
}

/// What can be written is memory for `/run`, and the stick; from neither may anything be run.
pub(super) fn mounts(places: &Places) -> Check {
    let text = read(&places.proc.join("mounts"));
    let mut wrong = Vec::new();
    let mut writable = Vec::new();
    for line in text.lines() {
        let [_, place, kind, options, ..] = line.split(' ').collect::<Vec<_>>()[..] else {
            wrong.push(String::from("a line that is no mount"));
            continue;
        };
        let options: Vec<&str> = options.split(',').collect();
        if KERNELS.contains(&kind) || !options.contains(&"rw") {
            continue;
        }
        let shut = ["nosuid", "nodev", "noexec"].iter().all(|option| options.contains(option));
        let list = if [STICK, "/run"].contains(&place) && shut { &mut writable } else { &mut wrong };
        list.push(format!("{place} ({kind})"));
    }
    let passed = wrong.is_empty() && !text.is_empty();
    let seen = format!("/proc/mounts: writable are {}; not to be: {}", listed(&writable), listed(&wrong));
    check("Nothing can be written but memory and the stick, and nothing run from there", passed, seen)
}

pub(super) fn switches(places: &Places) -> Check {
    let sys = places.proc.join("sys");
    let (mut wrong, mut absent) = (Vec::new(), 0usize);
    for (name, value, need) in SWITCHES {
        let path = sys.join(name);
        let now = read(&path).split_whitespace().collect::<Vec<_>>().join(" ");
        if need == Need::Where && !path.exists() {
            absent = absent.saturating_add(1);
        } else if now != value {
            wrong.push(format!("{name} is “{now}” instead of “{value}”"));
        }
    }
    let seen = format!(
        "{} switches below /proc/sys, {absent} of which this kernel has not; differing: {}",
        SWITCHES.len(),
        listed(&wrong)
    );
    check(
        "Kernel switches: addresses hidden and random, no core dumps, no tracing, no kexec, no Ctrl-Alt-Del",
        wrong.is_empty(),
        seen,
    )
}

pub(super) fn command_line(places: &Places) -> Check {
    let running = read(&places.proc.join("cmdline"));
    let running: Vec<&str> = running.split_ascii_whitespace().collect();
    let built: Vec<&str> = built().collect();
    let more: Vec<String> = running.iter().filter(|word| !built.contains(word)).map(|w| format!("+{w}")).collect();
    let less: Vec<String> = built.iter().filter(|word| !running.contains(word)).map(|w| format!("-{w}")).collect();
    let seen = format!("/proc/cmdline: {} words; differences: {}", running.len(), listed(&[more, less].concat()));
    check("The kernel was started with the command line of the build", running == built, seen)
}

/// The words of the built command line.
fn built() -> impl Iterator<Item = &'static str> {
    COMMAND_LINE.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split_ascii_whitespace())
}

/// The image has one program: this one.
pub(super) fn programs(places: &Places) -> Check {
    let mut found = Vec::new();
    let complete = programs_below(&places.root, "", 0, &mut found);
    let seen = format!("files that can be run: {}", listed(&found));
    check("No program but this one: no shell", complete && found == ["/init"], seen)
}

fn programs_below(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) -> bool {
    let Some(names) = names(folder) else { return false };
    depth < 16
        && names.into_iter().all(|name| {
            let path = format!("{prefix}/{name}");
            let Ok(about) = fs::symlink_metadata(folder.join(&name)) else { return false };
            if about.is_dir() {
                let mounted = vitrine_image::measure::MOUNT_POINTS.contains(&path.trim_start_matches('/'));
                return mounted || programs_below(&folder.join(&name), &path, depth.saturating_add(1), found);
            }
            if about.is_symlink() || about.permissions().mode() & 0o111 != 0 {
                found.push(path);
            }
            true
        })
}

pub(super) fn usb(places: &Places, devices: &[Device]) -> Check {
    let open = Bus::open_hubs(&places.sys);
    let list = Bus::list(&places.sys);
    let known = |port: &String| devices.iter().any(|device| device.port == *port);
    let wrong: Vec<String> =
        list.iter().filter(|(port, on)| *on != known(port)).map(|(port, _)| port.clone()).collect();
    let inside: Vec<String> = devices.iter().map(|d| format!("{} at {}", d.kind.name(), d.port)).collect();
    let refused = list.len().saturating_sub(devices.len());
    let seen = format!(
        "let in: {}; refused: {refused}; differing from that: {}; open buses: {}",
        listed(&inside),
        listed(&wrong),
        open.len()
    );
    let looked = places.sys.join("bus/usb/devices").is_dir();
    check(
        "USB devices are in that were let in by rule, and no others",
        looked && wrong.is_empty() && open.is_empty(),
        seen,
    )
}
