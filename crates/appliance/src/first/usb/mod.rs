//! USB: no device is used before its descriptors were read and a rule let it in.
//!
//! The kernel starts with `usbcore.authorized_default=0`: a device gets an address and is read, and nothing else. [`Bus`]
//! looks several times a second at what is plugged in, lets in what [`rules`] allow, interface by interface, and takes back
//! what turns out to be something else.

pub mod descriptors;
pub mod rules;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use descriptors::Face;
pub use rules::{Came, Kind, Verdict};
use tree::Tree;

use crate::broker::Notice;

/// How many looks a keyboard or wallet may take until its driver shows what it is.
const LOOKS_MAX: u32 = 20;
/// The most devices that are looked at; what is plugged in beyond them stays without power over anything.
const DEVICES_MAX: usize = 64;
/// The number of a device while the kernel resets it, as it does with some when it wakes them.
const BEING_RESET: u32 = 0;

/// The USB devices of the machine.
#[derive(Debug)]
pub struct Bus {
    tree: Tree,
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    /// The kernel's number of the device: another one means that it was plugged in anew.
    number: u32,
    descriptors: Vec<u8>,
    device: Option<Device>,
    looks: u32,
}

/// A device that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Where it is plugged in, for example `1-2.3`.
    pub port: String,
    /// What it was let in as.
    pub kind: Kind,
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// What it calls itself, escaped and cut.
    pub name: String,
    /// Number of the bus and of the device on it, as below `/dev/bus/usb`.
    pub address: (u32, u32),
    /// Names of device nodes that its drivers made, for example `hidraw0`, `event3`, `video0`, `sda`.
    pub nodes: Vec<String>,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A device was let in, or got its nodes.
    There(Device),
    /// A device that was let in is gone, or was put out.
    Gone(Device),
    /// People must know.
    Told(Notice),
}

impl Bus {
    /// Looks at the devices below `sys/bus/usb`, where `sys` is the folder of sysfs.
    pub fn new(sys: &Path) -> Bus {
        Bus { tree: Tree::new(sys.join("bus/usb")), known: BTreeMap::new() }
    }

    /// Devices that are in, by port.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.known.values().filter_map(|known| known.device.as_ref())
    }

    /// Looks at every port once.
    pub fn look(&mut self, came: Came) -> Vec<Change> {
        let mut changes = Vec::new();
        let ports = self.tree.ports();
        self.forget(&ports, &mut changes);
        for hub in ports.iter().filter(|port| tree::is_root(port)) {
            if let Err(problem) = self.tree.close(hub) {
                changes
                    .push(told(format!("USB bus {hub} cannot be closed: {problem}"), "Do not sign on this machine."));
                return changes;
            }
        }
        for port in ports.iter().filter(|port| !tree::is_root(port)).take(DEVICES_MAX) {
            match self.known.contains_key(port) {
                true => self.look_again(port, &mut changes),
                false => self.meet(port, came, &mut changes),
            }
        }
        changes
    }

    /// Whether a device that was let in still has to show what it is: a stick takes seconds.
    pub fn is_waiting(&self) -> bool {
        self.devices().any(|device| device.nodes.is_empty() && !matches!(device.kind, Kind::Hub | Kind::Trezor))
    }

    /// Takes back what a device was allowed. It stays refused until it is plugged in anew.
    pub fn put_out(&mut self, port: &str, why: &str, next: &str) -> Vec<Change> {
        let mut changes = Vec::new();
        self.expel(port, why, next, &mut changes);
        changes
    }

    /// Drops what is gone, or is another device than before. One that is being reset stays: the kernel gives it its number back
    /// if it still says the same of itself, and another one if not.
    fn forget(&mut self, ports: &[String], changes: &mut Vec<Change>) {
        let tree = &self.tree;
        let stays = |port: &String, known: &Known| {
            ports.contains(port) && tree.number(port).is_some_and(|n| n == known.number || n == BEING_RESET)
        };
        let gone = |port: &String, known: &Known| !stays(port, known);
        let names: Vec<String> = self.known.iter().filter(|(p, k)| gone(p, k)).map(|(p, _)| p.clone()).collect();
        for name in names {
            if let Some(device) = self.known.remove(&name).and_then(|known| known.device) {
                changes.push(Change::Gone(device));
            }
        }
    }

    fn meet(&mut self, port: &str, came: Came, changes: &mut Vec<Change>) {
        let Some(number) = self.tree.number(port).filter(|number| *number != BEING_RESET) else { return };
        let name = self.tree.name(port);
        let before = self.tree.authorise(port, tree::Access::Denied);
        let bytes = self.tree.descriptors(port);
        let mut known = Known { number, descriptors: bytes.clone(), device: None, looks: 0 };
        let verdict = before.map_err(|e| e.to_string()).and_then(|()| {
            let face = Face::parse(&bytes).map_err(|e| format!("it shows {e}"))?;
            Ok((rules::judge(&face, came), face))
        });
        match verdict {
            Ok((Verdict::Allow { kind, interfaces }, face)) => {
                let device = Device {
                    port: port.to_owned(),
                    kind,
                    vendor: face.vendor,
                    product: face.product,
                    name,
                    address: (self.tree.bus(port), number),
                    nodes: Vec::new(),
                };
                known.device = Some(device.clone());
                self.known.insert(port.to_owned(), known);
                self.let_in(&device, &interfaces, changes);
            }
            Ok((Verdict::Refuse { why, next }, _)) => {
                self.known.insert(port.to_owned(), known);
                changes.push(refused(port, &name, &why, next));
            }
            Err(why) => {
                self.known.insert(port.to_owned(), known);
                changes.push(refused(port, &name, &why, UNPLUG));
            }
        }
    }

    fn let_in(&mut self, device: &Device, interfaces: &[u8], changes: &mut Vec<Change>) {
        let done = self.tree.authorise(&device.port, tree::Access::Granted).and_then(|()| {
            let same =
                self.known.get(&device.port).is_some_and(|k| k.descriptors == self.tree.descriptors(&device.port));
            if !same {
                return Err(std::io::Error::other(CHANGED));
            }
            self.tree.admit(&device.port, interfaces)
        });
        match done {
            Ok(()) => self.look_again(&device.port, changes),
            Err(problem) => self.expel(&device.port, &problem.to_string(), UNPLUG, changes),
        }
    }

    /// Compares a device with what was let in, and finds its nodes.
    fn look_again(&mut self, port: &str, changes: &mut Vec<Change>) {
        let Some(known) = self.known.get_mut(port) else { return };
        let Some(device) = known.device.as_mut() else { return };
        let now = self.tree.descriptors(port);
        if now.is_empty() {
            // It is being unplugged: the next look finds it gone.
            return;
        }
        if known.descriptors != now {
            return self.expel(port, CHANGED, UNPLUG, changes);
        }
        known.looks = known.looks.saturating_add(1);
        let (looks, kind, first) = (known.looks, device.kind, device.nodes.is_empty());
        let nodes = self.tree.nodes(port);
        if let Some(why) = self.tree.pretends(port, kind, &nodes) {
            return self.expel(port, why, UNPLUG, changes);
        }
        if nodes != device.nodes || (first && looks == 1) {
            device.nodes = nodes;
            changes.push(Change::There(device.clone()));
        } else if device.nodes.is_empty()
            && looks == LOOKS_MAX
            && matches!(kind, Kind::Input | Kind::Camera | Kind::Stick)
        {
            self.expel(port, NOTHING, UNPLUG, changes);
        }
    }

    fn expel(&mut self, port: &str, why: &str, next: &str, changes: &mut Vec<Change>) {
        let done = self.tree.authorise(port, tree::Access::Denied);
        let Some(device) = self.known.get_mut(port).and_then(|known| known.device.take()) else { return };
        changes.push(refused(port, &device.name, why, next));
        if let Err(problem) = done
            && problem.kind() != std::io::ErrorKind::NotFound
        {
            changes.push(told(format!("USB device {port} cannot be put out: {problem}"), "Switch the machine off."));
        }
        changes.push(Change::Gone(device));
    }

    /// Every port with what is plugged in and whether the kernel says it is authorized, for the self-test.
    pub fn list(sys: &Path) -> Vec<(String, bool)> {
        let tree = Tree::new(sys.join("bus/usb"));
        let ports = tree.ports().into_iter().filter(|port| !tree::is_root(port));
        ports.map(|port| (port.clone(), tree.is_authorised(&port))).collect()
    }

    /// Root hubs that let devices or interfaces in by themselves, for the self-test.
    pub fn open_hubs(sys: &Path) -> Vec<PathBuf> {
        let tree = Tree::new(sys.join("bus/usb"));
        tree.ports().iter().filter(|port| tree::is_root(port)).flat_map(|port| tree.open(port)).collect()
    }
}

const UNPLUG: &str = "Unplug it. If you did not plug it in, find out who did before you go on.";
const CHANGED: &str = "it says something else of itself than when it was let in";
const NOTHING: &str = "it was let in and no driver found in it what it says it is";

fn refused(port: &str, name: &str, why: &str, next: &str) -> Change {
    told(format!("Refused a USB device at port {port}, which calls itself “{name}”: {why}."), next)
}

fn told(text: String, next: &str) -> Change {
    Change::Told(Notice { text, next: next.to_owned() })
}
