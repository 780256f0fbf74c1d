//! The self-test, on folders such as a good system shows, each with one thing wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use vitrine_appliance::broker::Check;
use vitrine_appliance::first::selftest::{Expected, Places, clock, of_processes, of_system};
use vitrine_appliance::first::setup::SWITCHES;
use vitrine_appliance::first::usb::{Device, Kind};

struct System(PathBuf);

impl Drop for System {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const MOUNTS: &str = "rootfs / rootfs ro,size=1k 0 0\nproc /proc proc rw,nosuid,nodev,noexec 0 0\n\
                      devtmpfs /dev devtmpfs rw,nosuid,noexec 0 0\ntmpfs /run tmpfs rw,nosuid,nodev,noexec 0 0\n\
                      /dev/sda /stick vfat rw,nosuid,nodev,noexec,noatime 0 0\n";
const STATUS: &str = "Name:\tinit\nUid:\t1001\t1001\t1001\t1001\nVmSize:\t 10 kB\nCapInh:\t0000000000000000\n\
                      CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n\
                      NoNewPrivs:\t1\nSeccomp:\t2\n";

impl System {
    fn good(name: &str) -> System {
        let system = System(std::env::temp_dir().join(format!("vitrine-selftest-{}-{name}", std::process::id())));
        let _ = fs::remove_dir_all(&system.0);
        system.put("proc/net/dev", "Inter-|\n face |\n    lo: 0 0\n");
        system.put("proc/net/fib_trie", "");
        system.put("sys/class/net/lo/x", "");
        system.put("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
        system.put("sys/module/module/parameters/sig_enforce", "Y\n");
        system.put("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
        system.put("sys/block/sda/x", "");
        system.put("proc/mounts", MOUNTS);
        for (name, value, _) in SWITCHES {
            system.put(&format!("proc/sys/{name}"), &format!("{value}\n"));
        }
        let line = include_str!("../../../reproducible-build/command-line.txt");
        let words: Vec<&str> = line.lines().flat_map(|l| l.split('#').next().unwrap().split_whitespace()).collect();
        system.put("proc/cmdline", &(words.join(" ") + "\n"));
        system.put("root/init", "program");
        fs::set_permissions(system.0.join("root/init"), fs::Permissions::from_mode(0o755)).unwrap();
        system.put("root/modules/usbcore.ko", "module");
        system.put("root/dev/console", "not looked at");
        system.put("sys/bus/usb/devices/usb1/authorized_default", "0");
        system.put("sys/bus/usb/devices/usb1/interface_authorized_default", "0");
        system.put("sys/bus/usb/devices/1-1/authorized", "1");
        system.put("sys/bus/usb/devices/1-2/authorized", "0");
        for number in [1, 40] {
            system.put(&format!("proc/{number}/status"), STATUS);
            fs::create_dir_all(system.0.join(format!("proc/{number}/ns"))).unwrap();
            symlink("net:[1]", system.0.join(format!("proc/{number}/ns/net"))).unwrap();
        }
        system.put("proc/2/status", "Name:\tkthreadd\nUid:\t0\t0\t0\t0\n");
        system
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn places(&self) -> Places {
        Places { root: self.0.join("root"), proc: self.0.join("proc"), sys: self.0.join("sys") }
    }

    fn checks(&self) -> Vec<Check> {
        let stick = Device {
            port: "1-1".into(),
            kind: Kind::Stick,
            vendor: 1,
            product: 2,
            name: "Stick".into(),
            address: (1, 2),
            nodes: vec!["sda".into()],
        };
        let interface = Expected { number: 40, name: "interface", user: 1001 };
        let mut checks = of_system(&self.places(), &[stick]);
        checks.extend(of_processes(&self.places(), &[interface]));
        checks
    }

    fn failed(&self) -> Vec<String> {
        self.checks().into_iter().filter(|c| !c.passed).map(|c| c.property).collect()
    }
}

#[test]
fn a_good_system_passes_everything() {
    let system = System::good("good");
    let failed: Vec<Check> = system.checks().into_iter().filter(|check| !check.passed).collect();
    assert_eq!(failed, []);
    assert_eq!(system.checks().len(), 14);
}

#[test]
fn each_thing_that_is_wrong_fails_its_own_check_and_no_other() {
    let wrong: [(&str, &str, &str); 24] = [
        ("proc/net/dev", "Inter-|\n face |\n    lo: 0 0\n  eth0: 0 0\n", "No network interface"),
        ("sys/class/net/wlan0/x", "", "No network interface"),
        ("proc/net/fib_trie", "Main:\n  |-- 127.0.0.1\n", "No network address"),
        ("proc/sys/kernel/modules_disabled", "0\n", "The kernel takes no further module"),
        ("sys/kernel/security/lockdown", "none [integrity] confidentiality\n", "The kernel is locked down"),
        ("sys/module/module/parameters/sig_enforce", "N\n", "The kernel took signed modules alone"),
        ("proc/swaps", "Filename\n/dev/sda2 partition 1 0 -2\n", "Memory is written to no disk"),
        ("sys/block/nvme0n1/x", "", "No disk but"),
        ("proc/mounts", &MOUNTS.replace("rootfs ro", "rootfs rw"), "Nothing can be written"),
        (
            "proc/mounts",
            &MOUNTS.replace("vfat rw,nosuid,nodev,noexec", "vfat rw,nosuid,nodev"),
            "Nothing can be written",
        ),
        ("proc/mounts", &format!("{MOUNTS}/dev/sdb /mnt ext4 rw 0 0\n"), "Nothing can be written"),
        ("proc/sys/kernel/kptr_restrict", "1\n", "Kernel switches"),
        ("proc/sys/kernel/randomize_va_space", "0\n", "Kernel switches"),
        ("proc/sys/kernel/core_pattern", "core\n", "Kernel switches"),
        ("proc/cmdline", "quiet init=/bin/sh\n", "The kernel was started with"),
        ("sys/bus/usb/devices/1-2/authorized", "1", "USB devices are in"),
        ("sys/bus/usb/devices/1-1/authorized", "0", "USB devices are in"),
        ("sys/bus/usb/devices/usb1/authorized_default", "1", "USB devices are in"),
        ("sys/bus/usb/devices/usb1/interface_authorized_default", "1", "USB devices are in"),
        ("proc/40/status", &STATUS.replace("Seccomp:\t2", "Seccomp:\t0"), "The process “interface” is confined"),
        ("proc/40/status", &STATUS.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0"), "The process “interface” is confined"),
        (
            "proc/40/status",
            &STATUS.replace("\t1001\t1001\t1001\n", "\t0\t1001\t1001\n"),
            "The process “interface” is confined",
        ),
        (
            "proc/40/status",
            &STATUS.replace("CapEff:\t0000000000000000", "CapEff:\t0000000000000400"),
            "The process “interface” is confined",
        ),
        ("proc/77/status", STATUS, "No other process runs"),
    ];
    for (number, (path, text, property)) in wrong.into_iter().enumerate() {
        let system = System::good(&format!("wrong-{number}"));
        system.put(path, text);
        let failed = system.failed();
        let expected = if path.ends_with("modules_disabled") { 2 } else { 1 };
        assert!(failed.len() == expected && failed[0].starts_with(property), "{path}: {failed:?}");
    }
}

#[test]
fn a_second_program_is_found_and_a_link_too() {
    let system = System::good("shell");
    system.put("root/bin/sh", "#!");
    assert_eq!(system.failed(), Vec::<String>::new(), "it cannot be run");
    fs::set_permissions(system.0.join("root/bin/sh"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(system.failed()[0].contains("no shell"));
    fs::remove_file(system.0.join("root/bin/sh")).unwrap();
    symlink("/init", system.0.join("root/bin/sh")).unwrap();
    assert!(system.failed()[0].contains("no shell"));
}

#[test]
fn a_process_in_another_network_fails() {
    let system = System::good("network");
    fs::remove_file(system.0.join("proc/40/ns/net")).unwrap();
    symlink("net:[2]", system.0.join("proc/40/ns/net")).unwrap();
    assert_eq!(system.failed(), ["The process “interface” is confined"]);
}

/// A check that sees nothing must not pass.
#[test]
fn where_nothing_can_be_looked_at_nothing_passes_but_what_is_absent_by_right() {
    let nowhere = PathBuf::from("/nonexistent");
    let places = Places { root: nowhere.clone(), proc: nowhere.clone(), sys: nowhere };
    let passed: Vec<String> = of_system(&places, &[]).into_iter().filter(|c| c.passed).map(|c| c.property).collect();
    assert_eq!(passed, Vec::<String>::new());
}

#[test]
fn a_clock_from_before_the_program_was_made_fails() {
    assert!(!clock(0).passed);
    assert!(clock(1_800_000_000).passed);
}
