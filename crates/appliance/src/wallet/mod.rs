//! The process that owns a hardware wallet: packets both ways, nothing else.
//!
//! [`main`] is the process; [`SocketCable`] is what the interface holds of it, and drives with the drivers of
//! `vitrine-device`. Nothing in the process knows what a packet means: what parses descriptors and speaks to the bus (hidapi,
//! libusb) runs here alone, confined to that one device.

mod relay;
mod socket_cable;
pub mod wire;

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use vitrine_device::{DeviceError, hid};

pub use self::relay::relay;
pub use self::socket_cable::SocketCable;
use self::wire::{End, Frame};
use crate::confine::{self, Role};

/// Carries packets of the device of this identifier, as [`hid::devices`] names it, to the socket that is the standard input;
/// returns when either is gone.
pub fn main(id: &str) -> ExitCode {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else {
        return ExitCode::FAILURE;
    };
    match carry(id, &socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => {
            // Nobody is left to be told where it cannot be sent.
            let _ = (&socket).write_all(&Frame::Ended(end).encode());
            ExitCode::FAILURE
        }
    }
}

fn carry(id: &str, socket: &UnixStream) -> Result<(), End> {
    let role = role(id).ok_or(End::NotFound)?;
    let unconfined = |_| End::Unconfined;
    confine::enter(&role).map_err(unconfined)?;
    let mut cable = hid::cable(id).map_err(|error| end_of(&error))?;
    confine::narrow(&role).map_err(unconfined)?;
    relay(cable.as_mut(), socket)
}

fn end_of(error: &DeviceError) -> End {
    match error {
        DeviceError::NotFound { .. } => End::NotFound,
        DeviceError::PermissionDenied { .. } => End::PermissionDenied,
        _ => End::Unavailable,
    }
}

/// The part of a process that carries packets of this device, with its device file: `ledger:usb:hidraw3` is
/// `/dev/hidraw3`, `trezor:usb:3:12` is `/dev/bus/usb/003/012`. None for what identifies no device.
pub fn role(id: &str) -> Option<Role> {
    let mut parts = id.split(':');
    let place = (parts.next()?, parts.next()?, parts.next()?, parts.next(), parts.next());
    match place {
        ("ledger" | "bitbox", "usb", name, None, None) => {
            let number = decimal(name.strip_prefix("hidraw")?)?;
            Some(Role::Hidraw(PathBuf::from(format!("/dev/hidraw{number}"))))
        }
        ("trezor", "usb", bus, Some(address), None) => {
            let (bus, address) = (decimal(bus)?, decimal(address)?);
            Some(Role::Usbfs(PathBuf::from(format!("/dev/bus/usb/{bus:03}/{address:03}"))))
        }
        _ => None,
    }
}

/// Digits without sign or leading zero.
fn decimal(text: &str) -> Option<u16> {
    let number: u16 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_one_device_file_or_none() {
        let hidraw = |number: &str| Some(Role::Hidraw(PathBuf::from(format!("/dev/hidraw{number}"))));
        assert_eq!(role("ledger:usb:hidraw3"), hidraw("3"));
        assert_eq!(role("bitbox:usb:hidraw12"), hidraw("12"));
        assert_eq!(role("trezor:usb:3:12"), Some(Role::Usbfs(PathBuf::from("/dev/bus/usb/003/012"))));
        for id in [
            "",
            "ledger",
            "ledger:usb:",
            "ledger:usb:hidraw",
            "ledger:usb:hidraw+3",
            "ledger:usb:hidraw03",
            "ledger:usb:hidraw3:4",
            "ledger:usb:../../dev/sda",
            "ledger:usb:hidraw3/../sda",
            "trezor:usb:3",
            "trezor:usb:3:12:1",
            "trezor:usb:-1:2",
            "trezor:usb:1:99999",
            "jade:usb:hidraw3",
        ] {
            assert_eq!(role(id), None, "{id}");
        }
    }
}
