//! What is set before anything is started.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::PathBuf;

use vitrine_appliance::first::setup::{
    Need, SWITCHES, module_files, parameters, release_screen, return_screen, switches,
};

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vitrine-setup-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The kernel applies parameters of the command line to built-in parts alone: without this, `usbcore` as a module would let
/// every device in.
#[test]
fn a_module_gets_its_parameters_of_the_command_line() {
    let line =
        "quiet usbcore.authorized_default=0 usb-storage.quirks=a:b:u usbcore.nousb module.sig_enforce=1 usbcorex.a=1";
    assert_eq!(parameters(line, "usbcore"), "authorized_default=0");
    assert_eq!(parameters(line, "usb_storage"), "quirks=a:b:u");
    assert_eq!(parameters(line, "evdev"), "");
    let built = include_str!("../../../reproducible-build/command-line.txt");
    assert_eq!(parameters(built, "usbcore"), "authorized_default=0");
}

#[test]
fn a_list_of_modules_names_modules_alone() {
    assert_eq!(module_files("usb_common.ko\nusbcore.ko\n").unwrap(), ["usb_common.ko", "usbcore.ko"]);
    for wrong in ["../etc/x.ko", "/x.ko", "x.so", ".ko", "a b.ko", "x.ko\n\n"] {
        assert!(module_files(wrong).is_err(), "{wrong}");
    }
    assert!(module_files(&"a.ko\n".repeat(300)).is_err());
}

#[test]
fn every_switch_is_set_and_the_kernel_is_closed_to_modules_last() {
    let sys = folder("switches");
    for (name, ..) in SWITCHES {
        fs::create_dir_all(sys.join(name).parent().unwrap()).unwrap();
        fs::write(sys.join(name), "").unwrap();
    }
    assert_eq!(switches(&sys).unwrap(), Vec::<&str>::new());
    for (name, value, _) in SWITCHES {
        assert_eq!(fs::read_to_string(sys.join(name)).unwrap(), value, "{name}");
    }
    assert_eq!(SWITCHES[SWITCHES.len() - 1].0, "kernel/modules_disabled");
    fs::remove_file(sys.join("kernel/yama/ptrace_scope")).unwrap();
    assert_eq!(switches(&sys).unwrap(), ["kernel/yama/ptrace_scope"]);
    for (name, _, need) in SWITCHES.iter().filter(|s| s.2 == Need::Must) {
        let kept = fs::read(sys.join(name)).unwrap();
        fs::remove_file(sys.join(name)).unwrap();
        assert!(switches(&sys).unwrap_err().to_string().contains(name), "{name} {need:?}");
        fs::write(sys.join(name), kept).unwrap();
    }
    fs::remove_dir_all(&sys).unwrap();
}

#[test]
fn the_console_of_the_framebuffer_lets_the_screen_go_and_no_other() {
    let sys = folder("console");
    for (console, name) in [("vtcon0", "(S) dummy device\n"), ("vtcon1", "(M) frame buffer device\n")] {
        fs::create_dir_all(sys.join("class/vtconsole").join(console)).unwrap();
        fs::write(sys.join("class/vtconsole").join(console).join("name"), name).unwrap();
        fs::write(sys.join("class/vtconsole").join(console).join("bind"), "1").unwrap();
    }
    let bind = |console: &str| fs::read_to_string(sys.join("class/vtconsole").join(console).join("bind")).unwrap();
    assert_eq!((release_screen(&sys), bind("vtcon0").as_str(), bind("vtcon1").as_str()), (1, "1", "0"));
    assert_eq!((return_screen(&sys), bind("vtcon1").as_str()), (1, "1"));
    fs::remove_dir_all(&sys).unwrap();
}
