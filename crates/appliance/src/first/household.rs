//! What the first process knows of the running system, for all of its threads.

use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::children::{self, Ended, Part, Running};
use super::selftest;
use super::shared::{Notices, lock};
use super::stick::Worker;
use super::supervise::Signs;
use super::usb::{Device, Kind};
use crate::broker::server::Serve;
use crate::broker::{Check, Files};

/// How long a caller waits for USB to settle after the start.
const SETTLING_MAX: Duration = Duration::from_secs(9);

/// Shared by the threads of the first process.
#[derive(Debug)]
pub struct Household {
    /// What people must know.
    pub notices: Arc<Notices>,
    /// The export stick.
    pub stick: Worker,
    /// Devices that were let in.
    pub devices: Mutex<Vec<Device>>,
    /// Processes that own a device.
    pub children: Mutex<Vec<Running>>,
    /// Process number of the interface, for the self-test; 0 before it runs.
    pub interface: Mutex<u32>,
    /// Whether what was plugged in at the start has been looked at.
    pub settled: AtomicBool,
    /// What was heard of the interface.
    pub signs: Mutex<Signs>,
    /// Whether the interface asked to switch off.
    pub off: AtomicBool,
    /// Why a thread of the first process ended, in words.
    pub broken: Mutex<Option<String>>,
}

impl Household {
    /// With this stick, nothing plugged in yet.
    pub fn new(stick: Worker, notices: Arc<Notices>) -> Household {
        Household {
            notices,
            stick,
            devices: Mutex::default(),
            children: Mutex::default(),
            interface: Mutex::new(0),
            settled: AtomicBool::new(false),
            signs: Mutex::new(Signs::new(Instant::now())),
            off: AtomicBool::new(false),
            broken: Mutex::new(None),
        }
    }

    /// Ends processes that nobody holds any more, and tells of those that broke down.
    pub fn reap(&self) {
        lock(&self.children).retain_mut(|running| match running.ended() {
            None => true,
            Some(Ended::Broke(why)) => {
                let name = running.part.name();
                let text = format!("The process of the {name} {} stopped: {why}. Nothing else is touched.", running.id);
                self.notices.say(text, &format!("The session goes on; open the {name} again."));
                false
            }
            Some(Ended::Quietly | Ended::Dropped) => false,
        });
    }

    /// Ends the process of a device that is gone.
    pub fn end_child(&self, device: &Device) {
        let id = identifier(device);
        lock(&self.children).retain_mut(|running| {
            let of_device = id.as_deref() == Some(running.id.as_str());
            if of_device {
                running.end();
            }
            !of_device
        });
    }

    fn list(&self, wanted: impl Fn(Kind) -> bool) -> Vec<(String, String)> {
        let devices = lock(&self.devices);
        let wanted = devices.iter().filter(|device| wanted(device.kind) && node(device).is_some());
        wanted.filter_map(|device| Some((identifier(device)?, name(device)))).collect()
    }

    fn open(&self, id: &str, wanted: impl Fn(Kind) -> bool) -> Result<UnixStream, String> {
        let part = {
            let devices = lock(&self.devices);
            let device = devices.iter().find(|d| wanted(d.kind) && identifier(d).as_deref() == Some(id));
            device.and_then(part).ok_or_else(|| format!("{} is not plugged in any more", vitrine_review::escape(id)))?
        };
        self.reap();
        let mut children = lock(&self.children);
        if children.iter().any(|running| running.id == id) {
            return Err(format!("{} is open already", vitrine_review::escape(id)));
        }
        if children.len() >= children::DEVICES_MAX {
            return Err(String::from("too many devices are open: close one"));
        }
        let (running, socket) = Running::start(part, id).map_err(|e| format!("its process cannot be started: {e}"))?;
        children.push(running);
        Ok(socket)
    }

    fn settle(&self) {
        let since = Instant::now();
        while !self.settled.load(Ordering::Acquire) && since.elapsed() < SETTLING_MAX {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What the interface calls a device, and by what the device's process knows it: a camera's node, or a wallet's vendor with
/// its node (`ledger:usb:hidraw3`) or bus and address (`trezor:usb:1:5`).
pub fn identifier(device: &Device) -> Option<String> {
    let hidraw = || node(device)?.strip_prefix("/dev/").map(str::to_owned);
    match device.kind {
        Kind::Camera => node(device),
        Kind::Ledger => Some(format!("ledger:usb:{}", hidraw()?)),
        Kind::BitBox02 => Some(format!("bitbox:usb:{}", hidraw()?)),
        Kind::Trezor => Some(format!("trezor:usb:{}:{}", device.address.0, device.address.1)),
        Kind::Hub | Kind::Input | Kind::Stick => None,
    }
}

/// What people call a device.
fn name(device: &Device) -> String {
    format!("{} (USB port {}; calls itself “{}”)", device.kind.name(), device.port, device.name)
}

/// The node by which the device's process reaches it.
pub fn node(device: &Device) -> Option<String> {
    let first = |prefix: &str| {
        let of = device.nodes.iter().filter_map(|node| Some((node.strip_prefix(prefix)?.parse::<u32>().ok()?, node)));
        of.min().map(|(_, node)| format!("/dev/{node}"))
    };
    match device.kind {
        Kind::Camera => first("video"),
        Kind::Ledger | Kind::BitBox02 => first("hidraw"),
        Kind::Trezor => Some(format!("/dev/bus/usb/{:03}/{:03}", device.address.0, device.address.1)),
        Kind::Hub | Kind::Input | Kind::Stick => None,
    }
}

fn part(device: &Device) -> Option<Part> {
    let id = identifier(device)?;
    Some(if device.kind == Kind::Camera { Part::Camera(id) } else { Part::Wallet(id) })
}

fn is_wallet(kind: Kind) -> bool {
    matches!(kind, Kind::Ledger | Kind::Trezor | Kind::BitBox02)
}

/// Answers of the first process.
#[derive(Debug)]
pub struct Answers<'a>(pub &'a Household);

impl Serve for Answers<'_> {
    fn cameras(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(self.0.list(|kind| kind == Kind::Camera))
    }

    fn wallets(&mut self) -> Result<Vec<(String, String)>, String> {
        Ok(self.0.list(is_wallet))
    }

    fn open_camera(&mut self, id: &str) -> Result<UnixStream, String> {
        self.0.open(id, |kind| kind == Kind::Camera)
    }

    fn open_wallet(&mut self, id: &str) -> Result<UnixStream, String> {
        self.0.open(id, is_wallet)
    }

    fn save(&mut self, name: &str, bytes: Vec<u8>) -> Result<String, String> {
        self.0.stick.save(name, bytes)
    }

    /// Waits until what was plugged in at the start has been looked at: the stick may be among it.
    fn folder(&mut self) -> Result<Option<Files>, String> {
        self.0.settle();
        self.0.stick.folder()
    }

    fn self_test(&mut self) -> Result<Vec<Check>, String> {
        Ok(selftest::look(self.0))
    }

    fn notices(&mut self) -> Vec<crate::broker::Notice> {
        self.0.notices.all()
    }

    fn alive(&mut self) {
        lock(&self.0.signs).alive(Instant::now());
    }

    fn power_off(&mut self) {
        self.0.off.store(true, Ordering::Release);
    }
}
