//! USB devices are let in by rule, interface by interface. The tests build the folders that the kernel would show.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vitrine_appliance::first::usb::descriptors::{Face, Malformed};
use vitrine_appliance::first::usb::rules::{describe, judge};
use vitrine_appliance::first::usb::{Bus, Came, Change, Kind, Verdict};

/// An interface: number, alternate setting, class, subclass, protocol.
type Row = (u8, u8, u8, u8, u8);
type Known<'a> = (u16, u16, Kind, &'a [Row]);
type Composed<'a> = (&'a [Row], &'a str);

/// Descriptors of one configuration.
fn descriptors(ids: (u16, u16), class: u8, interfaces: &[Row]) -> Vec<u8> {
    let mut bytes = vec![18, 1, 0, 2, class, 0, 0, 64];
    bytes.extend(ids.0.to_le_bytes());
    bytes.extend(ids.1.to_le_bytes());
    bytes.extend([0, 1, 1, 2, 3, 1]);
    bytes.extend(configuration(interfaces));
    bytes
}

fn configuration(interfaces: &[Row]) -> Vec<u8> {
    let mut body = Vec::new();
    for &(number, alternate, class, subclass, protocol) in interfaces {
        body.extend([9, 4, number, alternate, 1, class, subclass, protocol, 0]);
        body.extend([7, 5, 0x81, 3, 64, 0, 10]);
    }
    let mut numbers: Vec<u8> = interfaces.iter().map(|i| i.0).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let total = (9 + body.len() as u16).to_le_bytes();
    let mut bytes = vec![9, 2, total[0], total[1], numbers.len() as u8, 1, 0, 0x80, 50];
    bytes.extend(body);
    bytes
}

const KEYBOARD: Row = (0, 0, 3, 1, 1);
const STICK: Row = (0, 0, 8, 6, 0x50);
const CAMERA: [Row; 3] = [(0, 0, 0x0e, 1, 0), (1, 0, 0x0e, 2, 0), (1, 1, 0x0e, 2, 0)];

fn verdict(bytes: &[u8], came: Came) -> Verdict {
    judge(&Face::parse(bytes).unwrap(), came)
}

fn allowed(bytes: &[u8], came: Came) -> Option<(Kind, Vec<u8>)> {
    match verdict(bytes, came) {
        Verdict::Allow { kind, interfaces } => Some((kind, interfaces)),
        Verdict::Refuse { .. } => None,
    }
}

fn why_not(bytes: &[u8], came: Came) -> String {
    match verdict(bytes, came) {
        Verdict::Refuse { why, next } => format!("{why}. {next}"),
        Verdict::Allow { kind, .. } => panic!("let in as {kind:?}"),
    }
}

#[test]
fn a_keyboard_is_let_in_at_the_start_alone() {
    let keyboard = descriptors((0x046d, 0xc31c), 0, &[KEYBOARD, (1, 0, 3, 0, 0)]);
    assert_eq!(allowed(&keyboard, Came::AtStart), Some((Kind::Input, vec![0])));
    let why = why_not(&keyboard, Came::Later);
    assert!(why.contains("a keyboard that was not there when the machine started"), "{why}");
    assert!(why.contains("switch the machine off, plug it in"), "{why}");
    let tablet = descriptors((0x0627, 1), 0, &[(0, 0, 3, 0, 0)]);
    assert_eq!(allowed(&tablet, Came::AtStart), Some((Kind::Input, vec![0])));
    assert!(why_not(&tablet, Came::Later).contains("mouse, tablet or touch screen"));
}

#[test]
fn a_camera_gets_no_driver_for_its_microphone() {
    let mut with_microphone = CAMERA.to_vec();
    with_microphone.extend([(2, 0, 1, 1, 0), (3, 0, 1, 2, 0), (3, 1, 1, 2, 0)]);
    let camera = descriptors((0x046d, 0x0825), 0xef, &with_microphone);
    for came in [Came::AtStart, Came::Later] {
        assert_eq!(allowed(&camera, came), Some((Kind::Camera, vec![0, 1])));
    }
}

#[test]
fn a_camera_with_a_keyboard_or_storage_in_it_is_refused_whole() {
    for other in [(2, 0, 3, 1, 1), (2, 0, 8, 6, 0x50), (2, 0, 2, 6, 0), (2, 0, 0xff, 0, 0), (1, 2, 3, 1, 1)] {
        let mut interfaces = CAMERA.to_vec();
        interfaces.push(other);
        let why = why_not(&descriptors((0x046d, 0x0825), 0xef, &interfaces), Came::AtStart);
        assert!(why.contains("a camera with something else beside it"), "{why}");
    }
    let control_alone = descriptors((0x046d, 0x0825), 0xef, &CAMERA[..1]);
    assert_eq!(allowed(&control_alone, Came::AtStart), None);
}

#[test]
fn wallets_are_let_in_by_number_and_exact_interfaces_and_only_their_first_gets_a_driver() {
    let (hid, fido, webusb) = ((0, 0, 3, 0, 0), (1, 0, 3, 1, 1), (0xff, 0xff));
    let at = |n: u8| (n, 0, 0xff, webusb.0, webusb.1);
    let cases: [Known<'_>; 9] = [
        (0x2c97, 0x1011, Kind::Ledger, &[hid, at(1)]),
        (0x2c97, 0x1011, Kind::Ledger, &[hid]),
        (0x2c97, 0x4015, Kind::Ledger, &[hid, fido, at(2)]),
        (0x2c97, 0x6001, Kind::Ledger, &[hid]),
        (0x534c, 0x0001, Kind::Trezor, &[(0, 0, 0xff, 0, 0), (1, 0, 3, 0, 0)]),
        (0x1209, 0x53c1, Kind::Trezor, &[(0, 0, 0xff, 0, 0)]),
        (0x1209, 0x53c1, Kind::Trezor, &[(0, 0, 0xff, 0, 0), (1, 0, 3, 0, 0)]),
        (0x03eb, 0x2403, Kind::BitBox02, &[hid]),
        (0x03eb, 0x2403, Kind::BitBox02, &[hid, (1, 0, 3, 0, 0)]),
    ];
    for (vendor, product, kind, interfaces) in cases {
        let device = descriptors((vendor, product), 0, interfaces);
        for came in [Came::AtStart, Came::Later] {
            assert_eq!(allowed(&device, came), Some((kind, vec![0])), "{vendor:04x}:{product:04x}");
        }
        let mut more = interfaces.to_vec();
        more.push((interfaces.len() as u8, 0, 3, 1, 1));
        let pretender = descriptors((vendor, product), 0, &more);
        // The one set to which this makes a Ledger's number fit is FIDO's, and that needs its own number.
        assert_eq!(allowed(&pretender, Came::AtStart), None, "{vendor:04x}:{product:04x} with a keyboard");
        let renumbered: Vec<_> = interfaces.iter().map(|i| (i.0 + 1, i.1, i.2, i.3, i.4)).collect();
        assert_eq!(allowed(&descriptors((vendor, product), 0, &renumbered), Came::AtStart), None);
    }
}

#[test]
fn a_wallet_in_its_bootloader_or_too_old_is_refused_with_what_to_do() {
    let bootloader = descriptors((0x1209, 0x53c0), 0, &[(0, 0, 0xff, 0, 0)]);
    assert!(why_not(&bootloader, Came::Later).contains("bootloader"));
    let old = descriptors((0x534c, 0x0001), 0, &[(0, 0, 3, 0, 0)]);
    assert!(why_not(&old, Came::Later).contains("before 2018"));
    let ledger = descriptors((0x2c97, 0x1000), 0, &[(0, 0, 3, 0, 0)]);
    assert!(why_not(&ledger, Came::Later).contains("1000"));
    let keyboard_bit = descriptors((0x2c97, 0x1013), 0, &[(0, 0, 3, 0, 0), (1, 0, 3, 1, 1)]);
    assert!(why_not(&keyboard_bit, Came::AtStart).contains("1013"));
}

#[test]
fn networks_storage_of_more_than_one_kind_and_everything_else_are_refused_by_name() {
    let cases: [Composed<'_>; 8] = [
        (&[(0, 0, 2, 6, 0), (1, 0, 0x0a, 0, 0)], "network adapter"),
        (&[(0, 0, 0xe0, 1, 3), (1, 0, 0x0a, 0, 0)], "RNDIS"),
        (&[(0, 0, 0xe0, 1, 1)], "Bluetooth"),
        (&[STICK, (1, 0, 3, 1, 1)], "storage 08/06/50 + keyboard"),
        (&[STICK, (0, 1, 8, 6, 0x62)], "storage"),
        (&[(0, 0, 1, 1, 0)], "sound"),
        (&[(0, 0, 0xff, 0, 0)], "vendor's own"),
        (&[(0, 0, 9, 0, 0), (1, 0, 3, 1, 1)], "hub"),
    ];
    for (interfaces, word) in cases {
        let why = why_not(&descriptors((0x1234, 0x5678), 0, interfaces), Came::AtStart);
        assert!(why.contains(word), "{why}");
    }
    assert_eq!(allowed(&descriptors((1, 2), 0, &[STICK]), Came::Later), Some((Kind::Stick, vec![0])));
    assert_eq!(allowed(&descriptors((1, 2), 9, &[(0, 0, 9, 0, 0)]), Came::Later), Some((Kind::Hub, vec![0])));
    assert_eq!(allowed(&descriptors((1, 2), 0, &[(0, 0, 9, 0, 0)]), Came::Later), None);
    assert_eq!(describe(&[]), "no interface at all");
}

#[test]
fn a_device_with_a_second_face_is_refused() {
    let mut two = descriptors((0x2c97, 0x1011), 0, &[(0, 0, 3, 0, 0)]);
    two[17] = 2;
    two.extend(configuration(&[(0, 0, 2, 6, 0)]));
    assert!(why_not(&two, Came::AtStart).contains("2 configurations"));
}

#[test]
fn descriptors_that_contradict_themselves_are_malformed() {
    let good = descriptors((1, 2), 0, &[KEYBOARD]);
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        Face::parse(&bytes)
    };
    assert_eq!(Face::parse(&[]), Err(Malformed::Short));
    assert_eq!(Face::parse(&good[..18]), Err(Malformed::Configurations { announced: 1, found: 0 }));
    assert_eq!(with(0, 17), Err(Malformed::Length(1)));
    assert_eq!(with(17, 2), Err(Malformed::Configurations { announced: 2, found: 1 }));
    assert_eq!(with(20, 200), Err(Malformed::Short));
    assert_eq!(with(22, 2), Err(Malformed::Interfaces { announced: 2, found: 1 }));
    assert_eq!(with(27, 0), Err(Malformed::Length(4)));
    assert_eq!(with(28, 2), Err(Malformed::Misplaced(2)));
    assert_eq!(with(30, 1), Err(Malformed::Setting(0)));
    assert_eq!(Face::parse(&vec![0; 70_000]), Err(Malformed::Long(70_000)));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail_otherwise_than_in_words(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Face::parse(&bytes).map(|face| judge(&face, Came::AtStart));
    }

    #[test]
    fn a_changed_byte_never_lets_a_network_adapter_in(at in 0usize..60, value: u8) {
        let mut bytes = descriptors((0x2c97, 0x1011), 0, &[(0, 0, 3, 0, 0), (1, 0, 2, 6, 0)]);
        let at = at % bytes.len();
        bytes[at] = value;
        let face = Face::parse(&bytes);
        if let Ok(Verdict::Allow { kind, interfaces }) = face.as_ref().map_err(|_| ()).map(|f| judge(f, Came::AtStart)) {
            let classes: Vec<u8> = face.unwrap().configurations[0].iter().map(|i| i.class.0).collect();
            prop_assert!(!classes.contains(&2) || kind == Kind::Hub, "{:?} {:?}", kind, interfaces);
        }
    }
}

/// A folder such as sysfs, removed in the end.
struct Sys(PathBuf);

impl Drop for Sys {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Sys {
    fn new(name: &str) -> Sys {
        let root = std::env::temp_dir().join(format!("vitrine-usb-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let sys = Sys(root);
        sys.put("usb1", &[("authorized_default", "0"), ("interface_authorized_default", "1"), ("devnum", "1")]);
        fs::write(sys.bus().join("drivers_probe"), "").unwrap();
        sys
    }

    fn bus(&self) -> PathBuf {
        self.0.join("bus/usb")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.bus().join("devices").join(name)
    }

    fn put(&self, name: &str, files: &[(&str, &str)]) {
        fs::create_dir_all(self.at(name)).unwrap();
        files.iter().for_each(|(file, value)| fs::write(self.at(name).join(file), value).unwrap());
    }

    /// Plugs in what shows `bytes`, with the folders of interfaces that the kernel makes once it is authorized.
    fn plug(&self, port: &str, number: u32, bytes: &[u8], interfaces: &[u8]) {
        self.put(port, &[("devnum", &number.to_string()), ("busnum", "1"), ("authorized", "0")]);
        self.put(port, &[("manufacturer", "ACME\u{7}"), ("product", "Thing")]);
        fs::write(self.at(port).join("descriptors"), bytes).unwrap();
        interfaces.iter().for_each(|n| self.put(&format!("{port}:1.{n}"), &[("authorized", "0")]));
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn bus_of(&self) -> Bus {
        Bus::new(&self.0)
    }
}

fn texts(changes: &[Change]) -> String {
    let text = |change: &Change| match change {
        Change::There(device) => format!("there {} {:?}\n", device.port, device.kind),
        Change::Gone(device) => format!("gone {}\n", device.port),
        Change::Told(notice) => format!("{}\n", notice.text),
    };
    changes.iter().map(text).collect()
}

fn node(root: &Path, path: &str) {
    fs::create_dir_all(root.join(path)).unwrap();
}

#[test]
fn a_wallet_gets_a_driver_for_its_first_interface_and_its_node_is_found() {
    let sys = Sys::new("wallet");
    let ledger = descriptors((0x2c97, 0x4015), 0, &[(0, 0, 3, 0, 0), (1, 0, 3, 1, 1), (2, 0, 0xff, 0xff, 0xff)]);
    sys.plug("1-2", 5, &ledger, &[0, 1, 2]);
    node(&sys.at("1-2:1.0"), "0003:2C97:4015.0001/hidraw/hidraw3");
    fs::write(sys.at("1-2:1.0/0003:2C97:4015.0001/report_descriptor"), [0x06, 0xa0, 0xff, 0x09, 1]).unwrap();
    let mut bus = sys.bus_of();
    let changes = bus.look(Came::Later);
    assert_eq!(texts(&changes), "there 1-2 Ledger\n");
    let device = bus.devices().next().unwrap();
    assert_eq!((device.nodes.as_slice(), device.address), (["hidraw3".to_owned()].as_slice(), (1, 5)));
    assert_eq!(device.name, "ACME\\u{7} Thing");
    assert_eq!(sys.read("1-2/authorized"), "1");
    assert_eq!(["0", "1", "2"].map(|n| sys.read(&format!("1-2:1.{n}/authorized"))), ["1", "0", "0"]);
    assert_eq!(fs::read_to_string(sys.bus().join("drivers_probe")).unwrap(), "1-2:1.0");
    assert_eq!(sys.read("usb1/interface_authorized_default"), "0", "the hub is closed before anything is let in");
    assert_eq!(bus.look(Came::Later), []);
}

#[test]
fn a_keyboard_that_calls_itself_a_ledger_is_put_out_when_its_reports_say_so() {
    let sys = Sys::new("pretender");
    sys.plug("1-2", 5, &descriptors((0x2c97, 0x4011), 0, &[(0, 0, 3, 0, 0)]), &[0]);
    node(&sys.at("1-2:1.0"), "0003:2C97:4011.0001");
    fs::write(sys.at("1-2:1.0/0003:2C97:4011.0001/report_descriptor"), [0x05, 0x01, 0x09, 0x06]).unwrap();
    let mut bus = sys.bus_of();
    let said = texts(&bus.look(Came::Later));
    assert!(said.contains("it says it is a wallet and is a keyboard or mouse"), "{said}");
    assert_eq!(sys.read("1-2/authorized"), "0");
    assert_eq!(bus.devices().count(), 0);
    assert_eq!(bus.look(Came::Later), [], "it is refused once, and stays refused");
}

#[test]
fn a_device_that_changes_its_face_is_put_out() {
    let sys = Sys::new("face");
    sys.plug("1-2", 5, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    let mut bus = sys.bus_of();
    bus.look(Came::Later);
    assert_eq!(bus.devices().count(), 1);
    fs::write(sys.at("1-2/descriptors"), descriptors((0x1209, 0x53c1), 0, &[(0, 0, 2, 6, 0)])).unwrap();
    let said = texts(&bus.look(Came::Later));
    assert!(said.contains("something else of itself") && said.contains("gone 1-2"), "{said}");
    assert_eq!(sys.read("1-2/authorized"), "0");
}

#[test]
fn a_device_in_the_place_of_another_is_judged_anew() {
    let sys = Sys::new("swap");
    sys.plug("1-2", 5, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    let mut bus = sys.bus_of();
    bus.look(Came::AtStart);
    sys.plug("1-2", 6, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 3, 1, 1)]), &[0]);
    let said = texts(&bus.look(Came::Later));
    assert!(said.starts_with("gone 1-2\nRefused a USB device at port 1-2"), "{said}");
    assert_eq!(sys.read("1-2/authorized"), "0");
    fs::remove_dir_all(sys.at("1-2")).unwrap();
    assert_eq!(bus.look(Came::Later), []);
}

/// The kernel resets some devices when it wakes them, and they have no number for a moment.
#[test]
fn a_device_that_is_being_reset_stays_unless_it_comes_back_as_another() {
    let sys = Sys::new("reset");
    sys.plug("1-2", 5, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    let mut bus = sys.bus_of();
    bus.look(Came::AtStart);
    for number in ["0", "5", "0"] {
        fs::write(sys.at("1-2/devnum"), number).unwrap();
        assert_eq!(bus.look(Came::Later), []);
        assert_eq!(sys.read("1-2/authorized"), "1");
    }
    fs::write(sys.at("1-2/devnum"), "6").unwrap();
    assert!(texts(&bus.look(Came::Later)).starts_with("gone 1-2\n"));
}

/// The kernel takes a device's files away one by one: that is no other face.
#[test]
fn a_device_that_is_being_unplugged_is_gone_and_not_refused() {
    let sys = Sys::new("unplugged");
    sys.plug("1-2", 5, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    let mut bus = sys.bus_of();
    bus.look(Came::Later);
    fs::remove_file(sys.at("1-2/descriptors")).unwrap();
    assert_eq!(bus.look(Came::Later), []);
    fs::remove_dir_all(sys.at("1-2")).unwrap();
    assert_eq!(texts(&bus.look(Came::Later)), "gone 1-2\n");
}

#[test]
fn a_stick_is_waited_for_until_its_disk_is_there() {
    let sys = Sys::new("waiting");
    sys.plug("1-2", 5, &descriptors((1, 2), 0, &[STICK]), &[0]);
    let mut bus = sys.bus_of();
    bus.look(Came::AtStart);
    assert!(bus.is_waiting());
    node(&sys.at("1-2:1.0"), "host0/target0:0:0/0:0:0:0/block/sda");
    bus.look(Came::AtStart);
    assert!(!bus.is_waiting());
}

#[test]
fn what_the_kernel_let_in_by_itself_is_put_out_first() {
    let sys = Sys::new("open");
    sys.plug("1-1", 2, &descriptors((1, 2), 0, &[(0, 0, 2, 6, 0)]), &[0]);
    sys.put("1-1", &[("authorized", "1")]);
    sys.plug("1-2", 3, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    sys.plug("1-3", 4, &descriptors((1, 2), 0, &CAMERA), &[0, 1]);
    sys.plug("1-3:1.7", 9, &[], &[]);
    sys.put("1-3:1.7", &[("authorized", "1")]);
    let mut bus = sys.bus_of();
    let said = texts(&bus.look(Came::Later));
    assert_eq!(["1-1", "1-2", "1-3"].map(|p| sys.read(&format!("{p}/authorized"))), ["0", "1", "0"], "{said}");
    assert!(said.contains("its interface 1-3:1.7 was let in by the kernel"), "{said}");
}

#[test]
fn where_a_bus_cannot_be_closed_nothing_is_let_in() {
    let sys = Sys::new("unclosed");
    fs::remove_file(sys.at("usb1/interface_authorized_default")).unwrap();
    sys.plug("1-2", 3, &descriptors((0x1209, 0x53c1), 0, &[(0, 0, 0xff, 0, 0)]), &[0]);
    let mut bus = sys.bus_of();
    assert!(texts(&bus.look(Came::Later)).contains("USB bus usb1 cannot be closed"));
    assert_eq!(sys.read("1-2/authorized"), "0");
    assert_eq!(Bus::open_hubs(&sys.0).len(), 1);
    assert_eq!(Bus::list(&sys.0), [("1-2".to_owned(), false)]);
}

#[test]
fn an_input_device_without_keys_is_put_out_after_a_while() {
    let sys = Sys::new("no-keys");
    sys.plug("1-2", 3, &descriptors((0x1050, 0x0120), 0, &[(0, 0, 3, 0, 0)]), &[0]);
    node(&sys.at("1-2:1.0"), "0003:1050:0120.0001");
    let mut bus = sys.bus_of();
    bus.look(Came::AtStart);
    let said: String = (0..40).map(|_| texts(&bus.look(Came::Later))).collect();
    assert!(said.contains("no driver found in it what it says it is"), "{said}");
    assert_eq!(sys.read("1-2/authorized"), "0");
}
