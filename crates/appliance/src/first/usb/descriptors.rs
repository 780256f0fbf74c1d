//! What a USB device says of itself: the file `descriptors` of sysfs, read strictly.
//!
//! The bytes are the device's own: whatever has no place in the form is an error, and the device is refused.
//!
//! Source: Universal Serial Bus Specification 2.0, chapter 9.5 and 9.6.

use std::collections::BTreeSet;
use std::fmt;

/// The most bytes of descriptors that are read.
pub const DESCRIPTORS_MAX: usize = 64 * 1024;
/// The most interface descriptors, alternates included.
const INTERFACES_MAX: usize = 64;

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Vendor number (`idVendor`).
    pub vendor: u16,
    /// Product number (`idProduct`).
    pub product: u16,
    /// Class, subclass, protocol of the whole device.
    pub class: Class,
    /// Interfaces of each configuration.
    pub configurations: Vec<Vec<Interface>>,
}

/// Class, subclass and protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(pub u8, pub u8, pub u8);

/// One setting of one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `bInterfaceNumber`.
    pub number: u8,
    /// `bAlternateSetting`.
    pub alternate: u8,
    /// What it is for.
    pub class: Class,
}

/// Descriptors that have not the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There are more than [`DESCRIPTORS_MAX`] bytes.
    Long(usize),
    /// They end inside a descriptor.
    Short,
    /// A descriptor is shorter than its own head, or than its kind must be.
    Length(u8),
    /// A descriptor of this kind stands where it has no place.
    Misplaced(u8),
    /// Other numbers of configurations than announced.
    Configurations {
        /// `bNumConfigurations`.
        announced: u8,
        /// How many there are.
        found: usize,
    },
    /// Other numbers of interfaces than announced.
    Interfaces {
        /// `bNumInterfaces`.
        announced: u8,
        /// How many there are.
        found: usize,
    },
    /// The same setting of an interface stands twice, or one has no setting 0.
    Setting(u8),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Long(count) => write!(f, "{count} bytes of descriptors"),
            Malformed::Short => write!(f, "descriptors that end early"),
            Malformed::Length(kind) => write!(f, "a descriptor of kind {kind} of a wrong length"),
            Malformed::Misplaced(kind) => write!(f, "a descriptor of kind {kind} in a wrong place"),
            Malformed::Configurations { announced, found } => {
                write!(f, "{announced} configurations announced and {found} found")
            }
            Malformed::Interfaces { announced, found } => {
                write!(f, "{announced} interfaces announced and {found} found")
            }
            Malformed::Setting(number) => write!(f, "settings of interface {number} that contradict each other"),
        }
    }
}

impl Face {
    /// Reads the device descriptor and every configuration after it.
    ///
    /// # Errors
    ///
    /// [`Malformed`] where anything is not as the specification has it.
    pub fn parse(bytes: &[u8]) -> Result<Face, Malformed> {
        if bytes.len() > DESCRIPTORS_MAX {
            return Err(Malformed::Long(bytes.len()));
        }
        let (device, mut rest) = descriptor(bytes)?;
        let &[18, DEVICE, _, _, class, subclass, protocol, _, v0, v1, p0, p1, .., announced] = device else {
            return Err(wrong(device));
        };
        let mut configurations = Vec::new();
        while !rest.is_empty() {
            let (interfaces, after) = configuration(rest)?;
            configurations.push(interfaces);
            rest = after;
        }
        let found = configurations.len();
        if usize::from(announced) != found || found == 0 {
            return Err(Malformed::Configurations { announced, found });
        }
        let class = Class(class, subclass, protocol);
        Ok(Face { vendor: u16::from_le_bytes([v0, v1]), product: u16::from_le_bytes([p0, p1]), class, configurations })
    }
}

/// Splits off the first descriptor, with its two bytes of head.
fn descriptor(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let &[length, kind, ..] = bytes else { return Err(Malformed::Short) };
    if length < 2 {
        return Err(Malformed::Length(kind));
    }
    bytes.split_at_checked(usize::from(length)).ok_or(Malformed::Short)
}

fn wrong(descriptor: &[u8]) -> Malformed {
    match descriptor {
        [_, kind @ (DEVICE | CONFIGURATION | INTERFACE), ..] => Malformed::Length(*kind),
        [_, kind, ..] => Malformed::Misplaced(*kind),
        _ => Malformed::Short,
    }
}

fn configuration(bytes: &[u8]) -> Result<(Vec<Interface>, &[u8]), Malformed> {
    let (head, _) = descriptor(bytes)?;
    let &[9, CONFIGURATION, t0, t1, announced, ..] = head else { return Err(wrong(head)) };
    let total = usize::from(u16::from_le_bytes([t0, t1]));
    let (whole, after) = bytes.split_at_checked(total).ok_or(Malformed::Short)?;
    let mut rest = whole.get(head.len()..).ok_or(Malformed::Short)?;
    let mut interfaces = Vec::new();
    while !rest.is_empty() {
        let (one, next) = descriptor(rest)?;
        match one {
            &[9, INTERFACE, number, alternate, _, class, subclass, protocol, _] => {
                interfaces.push(Interface { number, alternate, class: Class(class, subclass, protocol) });
            }
            [_, DEVICE | CONFIGURATION, ..] => return Err(Malformed::Misplaced(kind(one))),
            [_, INTERFACE, ..] => return Err(Malformed::Length(INTERFACE)),
            _ => {}
        }
        rest = next;
    }
    settings_agree(&interfaces, announced)?;
    Ok((interfaces, after))
}

fn kind(descriptor: &[u8]) -> u8 {
    descriptor.get(1).copied().unwrap_or_default()
}

fn settings_agree(interfaces: &[Interface], announced: u8) -> Result<(), Malformed> {
    let numbers: BTreeSet<u8> = interfaces.iter().map(|i| i.number).collect();
    if usize::from(announced) != numbers.len() || interfaces.len() > INTERFACES_MAX {
        return Err(Malformed::Interfaces { announced, found: numbers.len() });
    }
    let mut seen = BTreeSet::new();
    for one in interfaces {
        if !seen.insert((one.number, one.alternate)) {
            return Err(Malformed::Setting(one.number));
        }
    }
    match numbers.into_iter().find(|number| !seen.contains(&(*number, 0))) {
        Some(number) => Err(Malformed::Setting(number)),
        None => Ok(()),
    }
}
