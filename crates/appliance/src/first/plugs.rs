//! The thread that looks at what is plugged in, and gives nodes to the users of their parts.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::children::users;
use super::household::{Household, node};
use super::setup;
use super::shared::lock;
use super::usb::{Bus, Came, Change, Device, Kind};

/// How often is looked.
const EVERY: Duration = Duration::from_millis(300);
/// The start ends when nothing new came for so long…
const CALM: Duration = Duration::from_millis(1500);
/// …not before this time, in which the buses are found…
const START_MIN: Duration = Duration::from_secs(3);
/// …and not after this one.
const START_MAX: Duration = Duration::from_secs(8);

/// Whether the start is over, by the time since the modules were loaded and since something new came, and by whether a
/// device still has to show what it is.
pub fn has_settled(since_start: Duration, since_change: Duration, waiting: bool) -> bool {
    since_start >= START_MAX || (since_start >= START_MIN && since_change >= CALM && !waiting)
}

/// Looks for as long as the machine runs.
pub fn watch(house: &Household, sys: &Path) {
    let mut bus = Bus::new(sys);
    let start = Instant::now();
    let mut changed = start;
    loop {
        let at_start = !house.settled.load(Ordering::Acquire);
        if at_start {
            give_built_in(sys);
        }
        let changes = bus.look(if at_start { Came::AtStart } else { Came::Later });
        if !changes.is_empty() {
            changed = Instant::now();
        }
        for change in changes {
            apply(house, &mut bus, change);
        }
        *lock(&house.devices) = bus.devices().cloned().collect();
        if at_start && has_settled(start.elapsed(), changed.elapsed(), bus.is_waiting()) {
            house.settled.store(true, Ordering::Release);
            setup::log("what was plugged in at the start has been looked at");
        }
        thread::sleep(EVERY);
    }
}

fn apply(house: &Household, bus: &mut Bus, change: Change) {
    match change {
        Change::Told(notice) => house.notices.tell(notice),
        Change::Gone(device) => {
            house.end_child(&device);
            if device.kind == Kind::Stick {
                house.stick.went();
            }
        }
        Change::There(device) => {
            setup::log(&format!("{} at port {} with {:?}", device.kind.name(), device.port, device.nodes));
            give(house, &device);
            if device.kind == Kind::Stick {
                offer(house, bus, &device);
            }
        }
    }
}

/// Hands the nodes of a device to the user of its part: `/dev` belongs to nobody else but the first process.
fn give(house: &Household, device: &Device) {
    let (nodes, user) = match device.kind {
        Kind::Input => (with_prefix(device, &["event", "mouse"]), users::INTERFACE),
        Kind::Camera => (node(device).into_iter().collect(), users::CAMERA),
        Kind::Ledger | Kind::Trezor | Kind::BitBox02 => (node(device).into_iter().collect(), users::WALLET),
        Kind::Hub | Kind::Stick => return,
    };
    for node in nodes {
        if let Err(e) = chown(&node, Some(user), Some(user)) {
            house.notices.say(format!("{node} cannot be handed over: {e}."), "Unplug the device and plug it in again.");
        }
    }
}

fn with_prefix(device: &Device, prefixes: &[&str]) -> Vec<String> {
    let wanted = |node: &&String| prefixes.iter().any(|prefix| node.starts_with(prefix));
    device.nodes.iter().filter(wanted).map(|node| format!("/dev/input/{node}")).collect()
}

/// Offers a stick whose disk is there to the stick's thread; one that is not the export stick is put out.
fn offer(house: &Household, bus: &mut Bus, device: &Device) {
    let Some(disk) = device.nodes.iter().find(|node| node.starts_with("sd")) else { return };
    if let Err(why) = house.stick.came(disk) {
        let next = "Unplug it. The session goes on without it.";
        for change in bus.put_out(&device.port, &why, next) {
            if let Change::Told(notice) = change {
                house.notices.tell(notice);
            }
        }
    }
}

/// Screens, and what is built in to type and point with: not plugged into USB, and there at the start.
pub fn give_built_in(sys: &Path) {
    let nodes = built_in_inputs(sys).into_iter().map(|name| format!("/dev/input/{name}"));
    let screens =
        names(Path::new("/dev/dri")).into_iter().filter(|n| n.starts_with("card")).map(|n| format!("/dev/dri/{n}"));
    for node in nodes.chain(screens).chain([String::from("/dev/fb0")]) {
        // What is not there cannot be handed over; the interface says which screen or key it misses.
        let _ = chown(&node, Some(users::INTERFACE), Some(users::INTERFACE));
    }
}

/// Names of input devices that no USB device is above of.
pub fn built_in_inputs(sys: &Path) -> Vec<String> {
    let class = sys.join("class/input");
    let of_usb = |name: &String| {
        let path = fs::canonicalize(class.join(name)).unwrap_or_default();
        path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("usb"))
    };
    names(&class).into_iter().filter(|name| name.starts_with("event") && !of_usb(name)).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).take(256).collect();
    names.sort();
    names
}
