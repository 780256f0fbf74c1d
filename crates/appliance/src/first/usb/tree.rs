//! The folder of USB devices in sysfs, read and written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use vitrine_review::escape;

use super::descriptors::DESCRIPTORS_MAX;
use super::rules::Kind;

/// The most folders below a device that are looked through.
const FOLDERS_MAX: usize = 512;
const DEPTH_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 60;
/// Bytes of a HID report descriptor at most (`HID_MAX_DESCRIPTOR_SIZE` of the kernel).
const REPORT_MAX: usize = 4096;

/// Whether a device may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Denied,
    Granted,
}

/// `bus/usb` of sysfs.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
}

/// Whether this is a root hub: the machine's own, not plugged in.
pub(super) fn is_root(port: &str) -> bool {
    port.starts_with("usb")
}

impl Tree {
    pub(super) fn new(root: PathBuf) -> Tree {
        Tree { root }
    }

    /// Names of devices, root hubs included, ascending; interfaces are left out.
    pub(super) fn ports(&self) -> Vec<String> {
        let mut ports: Vec<String> = names(&self.root.join("devices")).into_iter().filter(|n| is_port(n)).collect();
        ports.sort();
        ports
    }

    fn device(&self, port: &str) -> PathBuf {
        self.root.join("devices").join(port)
    }

    pub(super) fn number(&self, port: &str) -> Option<u32> {
        text(&self.device(port).join("devnum")).parse().ok()
    }

    pub(super) fn bus(&self, port: &str) -> u32 {
        text(&self.device(port).join("busnum")).parse().unwrap_or_default()
    }

    /// What the device calls itself: maker and product, escaped, cut.
    pub(super) fn name(&self, port: &str) -> String {
        let of = |file: &str| text(&self.device(port).join(file));
        let both = format!("{} {}", of("manufacturer"), of("product"));
        let escaped = escape(both.trim());
        match escaped.char_indices().nth(NAME_CHARS_MAX) {
            Some((end, _)) => format!("{}…", escaped.get(..end).unwrap_or_default()),
            None if escaped.is_empty() => String::from("nothing"),
            None => escaped,
        }
    }

    /// The descriptors, one byte more than the most that is read at the most.
    pub(super) fn descriptors(&self, port: &str) -> Vec<u8> {
        bytes(&self.device(port).join("descriptors"), DESCRIPTORS_MAX.saturating_add(1))
    }

    /// No device and no interface of this root hub is let in by the kernel alone.
    pub(super) fn close(&self, hub: &str) -> io::Result<()> {
        DEFAULTS.iter().try_for_each(|file| {
            let path = self.device(hub).join(file);
            if text(&path) == "0" { Ok(()) } else { write(&path, "0") }
        })
    }

    /// Files of this root hub that let something in by default.
    pub(super) fn open(&self, hub: &str) -> Vec<PathBuf> {
        DEFAULTS.iter().map(|file| self.device(hub).join(file)).filter(|path| text(path) != "0").collect()
    }

    pub(super) fn is_authorised(&self, port: &str) -> bool {
        text(&self.device(port).join("authorized")) != "0"
    }

    pub(super) fn authorise(&self, port: &str, access: Access) -> io::Result<()> {
        let path = self.device(port).join("authorized");
        let wanted = if access == Access::Granted { "1" } else { "0" };
        if text(&path) == wanted { Ok(()) } else { write(&path, wanted) }
    }

    /// Gives these interfaces of a device drivers, and the others none.
    pub(super) fn admit(&self, port: &str, interfaces: &[u8]) -> io::Result<()> {
        let prefix = format!("{port}:");
        let names: Vec<String> =
            names(&self.root.join("devices")).into_iter().filter(|name| name.starts_with(&prefix)).collect();
        let mut admitted = Vec::new();
        for name in &names {
            let number = name.rsplit('.').next().and_then(|n| n.parse().ok());
            let wanted = number.is_some_and(|n: u8| interfaces.contains(&n));
            let path = self.device(name).join("authorized");
            let now = text(&path);
            if now != "0" && !wanted {
                return Err(io::Error::other(format!("its interface {name} was let in by the kernel")));
            }
            if wanted {
                write(&path, "1")?;
                admitted.push(name);
            }
        }
        if admitted.len() != interfaces.len() {
            return Err(io::Error::other("the kernel shows other interfaces than the device"));
        }
        // A driver that finds nothing that it knows is no error: the device stays without a node, and is put out for it.
        admitted.iter().for_each(|name| drop(write(&self.root.join("drivers_probe"), name)));
        Ok(())
    }

    /// Names of the device nodes below a device, ascending.
    pub(super) fn nodes(&self, port: &str) -> Vec<String> {
        let mut nodes: Vec<String> = self.below(port).iter().filter_map(|path| node(path)).collect();
        nodes.sort();
        nodes.dedup();
        nodes
    }

    /// Why a device is not what it was let in as, judged by what its drivers found.
    pub(super) fn pretends(&self, port: &str, kind: Kind, nodes: &[String]) -> Option<&'static str> {
        let has = |prefix: &str| nodes.iter().any(|node| node.starts_with(prefix));
        let usage_page = match kind {
            Kind::Ledger => 0xffa0,
            Kind::BitBox02 => 0xffff,
            _ => return pretends_to_be(kind, has),
        };
        let reports = self.below(port).into_iter().filter(|p| p.ends_with("report_descriptor"));
        let wrong =
            reports.map(|path| bytes(&path, REPORT_MAX)).any(|report| first_usage_page(&report) != Some(usage_page));
        if wrong || has("event") || has("mouse") { Some(TYPES) } else { None }
    }

    /// Files and folders below a device that belong to it and not to a device plugged into it.
    fn below(&self, port: &str) -> Vec<PathBuf> {
        let prefix = format!("{port}:");
        let interfaces = names(&self.root.join("devices")).into_iter().filter(|name| name.starts_with(&prefix));
        let mut found = Vec::new();
        let mut open: Vec<(PathBuf, usize)> = interfaces.map(|name| (self.device(&name), 0)).collect();
        while let Some((folder, depth)) = open.pop() {
            for name in names(&folder) {
                let path = folder.join(name);
                let kind = fs::symlink_metadata(&path).map(|m| m.file_type());
                if kind.is_ok_and(|kind| kind.is_dir()) && depth < DEPTH_MAX && open.len() < FOLDERS_MAX {
                    open.push((path.clone(), depth.saturating_add(1)));
                }
                found.push(path);
            }
        }
        found
    }
}

const DEFAULTS: [&str; 2] = ["authorized_default", "interface_authorized_default"];
const TYPES: &str = "it says it is a wallet and is a keyboard or mouse";

fn pretends_to_be(kind: Kind, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    match kind {
        Kind::Trezor if has("hidraw") || has("event") => Some(TYPES),
        Kind::Camera if has("hidraw") => Some("it says it is a camera and has keys"),
        Kind::Input if has("hidraw") && has("video") => Some("it says it is a keyboard and is a camera"),
        _ => None,
    }
}

/// The usage page with which a HID report descriptor begins, if it is written in two bytes as the vendors' own pages are.
fn first_usage_page(report: &[u8]) -> Option<u16> {
    match report {
        [0x06, low, high, ..] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}

/// The node that this path stands for: its folder's name says the kind.
fn node(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let above = path.parent()?.file_name()?.to_str()?;
    let fits = match above {
        "hidraw" => numbered(name, "hidraw"),
        "video4linux" => numbered(name, "video"),
        "block" => name.len() == 3 && name.starts_with("sd"),
        _ => numbered(above, "input") && (numbered(name, "event") || numbered(name, "mouse")),
    };
    fits.then(|| name.to_owned())
}

fn numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `usb1`, `1-2`, `1-2.3`.
fn is_port(name: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || c == '-' || c == '.';
    name.len() <= 32 && (numbered(name, "usb") || (name.contains('-') && name.chars().all(digits)))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).take(FOLDERS_MAX.saturating_mul(4)).collect()
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&bytes(path, 256)).trim().to_owned()
}

/// What cannot be read is empty: a device without descriptors is refused.
fn bytes(path: &Path, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Ok(file) = File::open(path) else { return bytes };
    match file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(_) => Vec::new(),
    }
}

fn write(path: &Path, value: &str) -> io::Result<()> {
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    let mut file = OpenOptions::new().write(true).open(path).map_err(named)?;
    file.write_all(value.as_bytes()).map_err(named)
}
