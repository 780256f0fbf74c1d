//! Which USB devices are let in, and which of their interfaces get a driver. Everything that no rule names is refused.

use std::collections::BTreeMap;

use super::descriptors::{Class, Face, Interface};

/// When a device came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was plugged in when the machine started.
    AtStart,
    /// It was plugged in later.
    Later,
}

/// What a device is let in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// More ports. What is plugged into them is looked at by itself.
    Hub,
    /// Keyboard, mouse, tablet or touch screen.
    Input,
    /// A camera (USB Video Class).
    Camera,
    /// A Ledger that runs its system or an app.
    Ledger,
    /// A Trezor that runs its firmware.
    Trezor,
    /// A BitBox02.
    BitBox02,
    /// A stick: used only when its label is right.
    Stick,
}

impl Kind {
    /// For the self-test and notices.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hub => "hub",
            Kind::Input => "keyboard, mouse or touch screen",
            Kind::Camera => "camera",
            Kind::Ledger => "Ledger",
            Kind::Trezor => "Trezor",
            Kind::BitBox02 => "BitBox02",
            Kind::Stick => "stick",
        }
    }
}

/// What is done with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in; drivers get these of its interfaces alone.
    Allow {
        /// As what.
        kind: Kind,
        /// Numbers of interfaces, ascending.
        interfaces: Vec<u8>,
    },
    /// It stays without power over anything.
    Refuse {
        /// Why, as a clause.
        why: String,
        /// What people can do.
        next: &'static str,
    },
}

const HUB: u8 = 0x09;
const HID: u8 = 0x03;
const AUDIO: u8 = 0x01;
const VIDEO: u8 = 0x0e;
const VENDOR: u8 = 0xff;
const KEYBOARD: Class = Class(HID, 1, 1);
const MOUSE: Class = Class(HID, 1, 2);
/// Tablets, touch screens, and the interface of wallets.
const HID_PLAIN: Class = Class(HID, 0, 0);
const VENDOR_PLAIN: Class = Class(VENDOR, 0, 0);
const VENDOR_WEBUSB: Class = Class(VENDOR, 0xff, 0xff);
/// SCSI commands over bulk-only transport.
const STORAGE: Class = Class(0x08, 0x06, 0x50);

/// Models of Ledger by the upper byte of their product number. Source: `docs/devices.md`.
const LEDGERS: [u8; 7] = [0x00, 0x10, 0x40, 0x50, 0x60, 0x70, 0x80];
/// The sets of interfaces of a Ledger: commands, commands and WebUSB, commands and FIDO, all three. The lower byte of the
/// product number announces which. FIDO's interface says it is a keyboard: it gets no driver.
const LEDGER_SETS: [(u8, &[Class]); 4] = [
    (0x01, &[HID_PLAIN]),
    (0x11, &[HID_PLAIN, VENDOR_WEBUSB]),
    (0x05, &[HID_PLAIN, KEYBOARD]),
    (0x15, &[HID_PLAIN, KEYBOARD, VENDOR_WEBUSB]),
];
/// Packets, and FIDO beside them.
const TREZOR_SETS: [&[Class]; 2] = [&[VENDOR_PLAIN], &[VENDOR_PLAIN, HID_PLAIN]];
const BITBOX_SETS: [&[Class]; 2] = [&[HID_PLAIN], &[HID_PLAIN, HID_PLAIN]];
/// Keyboards of several interfaces have keys for volume and the like on a second and third.
const INPUT_INTERFACES_MAX: usize = 4;

const PLUG_IN_FIRST: &str = "If it is yours: switch the machine off, plug it in, and switch on again.";
const UNPLUG: &str = "Unplug it. If you did not plug it in, find out who did before you go on.";
const START_FIRMWARE: &str = "Unplug it and plug it in without pressing its buttons, so that its firmware starts.";
const UPDATE: &str = "Update its firmware on another machine.";

/// What is done with a device that shows this face.
pub fn judge(face: &Face, came: Came) -> Verdict {
    let [interfaces] = face.configurations.as_slice() else {
        let all: Vec<Interface> = face.configurations.iter().flatten().copied().collect();
        let count = face.configurations.len();
        return refuse(format!("it has {count} configurations to choose from ({})", describe(&all)), UNPLUG);
    };
    match (face.vendor, face.product) {
        (0x2c97, product) => ledger(product, interfaces),
        (0x534c, 0x0001) | (0x1209, 0x53c1) => trezor(interfaces),
        (0x1209, 0x53c0) => {
            refuse(String::from("it is a Trezor in its bootloader, which can sign nothing"), START_FIRMWARE)
        }
        (0x03eb, 0x2403) => wallet(Kind::BitBox02, &BITBOX_SETS, interfaces),
        _ => by_class(face, interfaces, came),
    }
}

fn ledger(product: u16, interfaces: &[Interface]) -> Verdict {
    let [model, offered] = product.to_be_bytes();
    let set = LEDGER_SETS.iter().find(|(bits, _)| *bits == offered);
    let Some((_, set)) = set.filter(|_| LEDGERS.contains(&model)) else {
        let why = format!("it says it is a Ledger of the product number {product:04x}, which is none that runs an app");
        return refuse(why, "Update its system on another machine; a Ledger in its bootloader has to be restarted.");
    };
    // Some models announce WebUSB in their number and leave its interface out.
    let without_webusb: Vec<Class> = set.iter().copied().filter(|class| class.0 != VENDOR).collect();
    wallet(Kind::Ledger, &[set, &without_webusb], interfaces)
}

fn trezor(interfaces: &[Interface]) -> Verdict {
    if interfaces.first().is_some_and(|i| i.class.0 == HID) {
        return refuse(String::from("it is a Trezor with firmware from before 2018, which speaks another way"), UPDATE);
    }
    wallet(Kind::Trezor, &TREZOR_SETS, interfaces)
}

/// A wallet has exactly one of `sets`, numbered from 0; only the first of its interfaces is used.
fn wallet(kind: Kind, sets: &[&[Class]], interfaces: &[Interface]) -> Verdict {
    let numbered = (0u8..).zip(interfaces).all(|(n, i)| i.number == n && i.alternate == 0);
    let classes: Vec<Class> = interfaces.iter().map(|i| i.class).collect();
    if numbered && sets.contains(&classes.as_slice()) {
        return Verdict::Allow { kind, interfaces: vec![0] };
    }
    let name = kind.name();
    refuse(format!("it has the numbers of a {name} and not the interfaces of one ({})", describe(interfaces)), UNPLUG)
}

fn by_class(face: &Face, interfaces: &[Interface], came: Came) -> Verdict {
    let settings = by_number(interfaces);
    if settings.values().all(|s| all(s, |c| c.0 == HUB)) && face.class.0 == HUB && settings.len() == 1 {
        return allow(Kind::Hub, settings.keys().copied());
    }
    if settings.values().any(|s| s.iter().any(|c| c.0 == VIDEO)) {
        return camera(&settings, interfaces);
    }
    if !settings.is_empty() && settings.values().all(|s| all(s, |c| c.0 == HID)) {
        return input(&settings, came);
    }
    if let ([only], [number]) = (interfaces, settings.keys().copied().collect::<Vec<_>>().as_slice())
        && only.class == STORAGE
    {
        return allow(Kind::Stick, [*number]);
    }
    refuse(format!("nothing of its kind is needed here ({})", describe(interfaces)), UNPLUG)
}

type Settings = BTreeMap<u8, Vec<Class>>;

fn by_number(interfaces: &[Interface]) -> Settings {
    let mut settings = Settings::new();
    for one in interfaces {
        settings.entry(one.number).or_default().push(one.class);
    }
    settings
}

fn all(settings: &[Class], holds: impl Fn(&Class) -> bool) -> bool {
    settings.iter().all(holds)
}

/// Video control and streaming get the driver; a microphone beside them gets none. Anything else beside them refuses the
/// whole.
fn camera(settings: &Settings, interfaces: &[Interface]) -> Verdict {
    let is = |class: &Class, subclass: u8| class.0 == VIDEO && class.1 == subclass && class.2 <= 1;
    let video = |s: &Vec<Class>| all(s, |c| is(c, 1)) || all(s, |c| is(c, 2));
    let audio = |s: &Vec<Class>| all(s, |c| c.0 == AUDIO);
    let (control, streaming) = (1u8, 2u8);
    let has = |subclass: u8| settings.values().any(|s| all(s, |c| is(c, subclass)));
    if !settings.values().all(|s| video(s) || audio(s)) || !has(control) || !has(streaming) {
        return refuse(format!("it is a camera with something else beside it ({})", describe(interfaces)), UNPLUG);
    }
    allow(Kind::Camera, settings.iter().filter(|(_, s)| video(s)).map(|(number, _)| *number))
}

fn input(settings: &Settings, came: Came) -> Verdict {
    let typed = |s: &Vec<Class>| all(s, |c| *c == KEYBOARD || *c == MOUSE);
    let plain = settings.len() == 1 && settings.values().all(|s| all(s, |c| *c == HID_PLAIN));
    let numbers: Vec<u8> = settings.iter().filter(|(_, s)| plain || typed(s)).map(|(number, _)| *number).collect();
    let what =
        if settings.values().any(|s| s.contains(&KEYBOARD)) { "keyboard" } else { "mouse, tablet or touch screen" };
    if numbers.is_empty() || settings.len() > INPUT_INTERFACES_MAX {
        return refuse(String::from("it is an input device of an unusual form"), UNPLUG);
    }
    match came {
        Came::AtStart => allow(Kind::Input, numbers),
        Came::Later => refuse(format!("it is a {what} that was not there when the machine started"), PLUG_IN_FIRST),
    }
}

fn allow(kind: Kind, interfaces: impl IntoIterator<Item = u8>) -> Verdict {
    Verdict::Allow { kind, interfaces: interfaces.into_iter().collect() }
}

fn refuse(why: String, next: &'static str) -> Verdict {
    Verdict::Refuse { why, next }
}

/// What the interfaces say that they are, in words.
pub fn describe(interfaces: &[Interface]) -> String {
    let mut names: Vec<String> = Vec::new();
    for one in interfaces {
        let name = class_name(one.class);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { String::from("no interface at all") } else { names.join(" + ") }
}

fn class_name(class: Class) -> String {
    let Class(base, sub, protocol) = class;
    let name = match (base, sub, protocol) {
        (AUDIO, ..) => "sound",
        (0x02, 0x06 | 0x0d | 0x0e, _) => "network adapter",
        (0x02, ..) => "modem or network adapter",
        (HID, 1, 1) => "keyboard",
        (HID, 1, 2) => "mouse",
        (HID, ..) => "input or other HID",
        (0x06, ..) => "still camera or phone",
        (0x07, ..) => "printer",
        (0x08, ..) => "storage",
        (HUB, ..) => "hub",
        (0x0a, ..) => "network or serial data",
        (0x0b, ..) => "smart card reader",
        (VIDEO, ..) => "video",
        (0xe0, 1, 1) => "Bluetooth",
        (0xe0, 1, 3) => "network adapter (RNDIS)",
        (0xe0, ..) => "radio",
        (0xef, 4, 1) => "network adapter (RNDIS)",
        (0xfe, 1, _) => "firmware update",
        (VENDOR, ..) => "vendor's own",
        _ => "unknown",
    };
    format!("{name} {base:02x}/{sub:02x}/{protocol:02x}")
}
