//! Devices on USB. The only place of this crate with a clock and operating-system access.

//!
//! A [`Cable`] carries packets and understands none of them: [`cable`] opens the one of a device. [`over`] builds the driver
//! that speaks through a cable, whoever holds its far end. [`open`] is one after the other.

mod bitbox;
mod cable;
mod ledger;
mod trezor;
mod usb;

use trezor_client::transport::Transport;

pub use self::cable::Cable;
use crate::bitbox::HidPackets;
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::ledger::ApduExchange;

/// Lists the devices plugged in, by vendor; empty if there is none.
///
/// # Errors
/// [`DeviceError::UsbUnavailable`] where nothing was found and one of the vendors' links cannot be used at all.
pub fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let (bitboxes, ledgers, trezors) = (bitbox::devices(), ledger::devices(), trezor::devices());
    joined([bitboxes, ledgers, trezors])
}

/// Opens a device of [`devices`].
///
/// # Errors
/// [`DeviceError::NotFound`], [`DeviceError::PermissionDenied`], [`DeviceError::UsbUnavailable`].
pub fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    over(id, cable(id)?)
}

/// Opens the packets of a device of [`devices`], without a driver.
///
/// # Errors
/// As [`open`].
pub fn cable(id: &str) -> Result<Box<dyn Cable>, DeviceError> {
    match Vendor::of(id)? {
        Vendor::BitBox => bitbox::cable(id),
        Vendor::Ledger => ledger::cable(id),
        Vendor::Trezor => trezor::cable(id),
    }
}

/// Drives the device with this identifier through `cable`. Nothing is sent yet.
///
/// # Errors
/// [`DeviceError::NotFound`] if no vendor has such identifiers.
pub fn over(id: &str, cable: Box<dyn Cable>) -> Result<Box<dyn Device>, DeviceError> {
    Ok(match Vendor::of(id)? {
        Vendor::BitBox => bitbox::over(cable),
        Vendor::Ledger => ledger::over(cable),
        Vendor::Trezor => trezor::over(cable),
    })
}

/// A Ledger's commands in packets on `cable`, within the time limits of `control`.
pub fn ledger_link(cable: Box<dyn Cable>, control: Control) -> Box<dyn ApduExchange> {
    ledger::link(cable, control)
}

/// A Trezor's messages in packets on `cable`, within the time limits of `control`.
pub fn trezor_link(cable: Box<dyn Cable>, control: Control) -> Box<dyn Transport> {
    trezor::link(cable, control)
}

/// A BitBox02's packets on `cable`, within the time limits of `control`.
pub fn bitbox_link(cable: Box<dyn Cable>, control: Control) -> Box<dyn HidPackets> {
    bitbox::link(cable, control)
}

/// Whose device an identifier names.
enum Vendor {
    BitBox,
    Ledger,
    Trezor,
}

impl Vendor {
    fn of(id: &str) -> Result<Self, DeviceError> {
        match id.split_once(':') {
            Some((bitbox::VENDOR, _)) => Ok(Self::BitBox),
            Some((ledger::VENDOR, _)) => Ok(Self::Ledger),
            Some((trezor::VENDOR, _)) => Ok(Self::Trezor),
            _ => Err(DeviceError::NotFound { id: vitrine_review::escape(id) }),
        }
    }
}

/// What was found through each link. A link that cannot be used is told only where nobody found anything.
fn joined<const N: usize>(found: [Result<Vec<DeviceInfo>, DeviceError>; N]) -> Result<Vec<DeviceInfo>, DeviceError> {
    let mut list = Vec::new();
    let mut failure = None;
    for outcome in found {
        match outcome {
            Ok(devices) => list.extend(devices),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if list.is_empty() => Err(error),
        _ => Ok(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str) -> Vec<DeviceInfo> {
        vec![DeviceInfo { id: id.to_owned(), name: String::new() }]
    }

    fn broken() -> DeviceError {
        DeviceError::UsbUnavailable { reason: "no".to_owned() }
    }

    #[test]
    fn a_link_that_cannot_be_used_hides_no_device_and_is_not_hidden() {
        assert_eq!(joined([Err(broken()), Ok(found("a"))]), Ok(found("a")));
        assert_eq!(joined([Ok(Vec::new()), Err(broken())]), Err(broken()));
        assert_eq!(joined([Ok(found("a")), Ok(found("b"))]).unwrap().len(), 2);
        assert_eq!(joined([Ok(Vec::new()), Ok(Vec::new())]), Ok(Vec::new()));
    }

    #[test]
    fn a_machine_without_devices_says_so_calmly() {
        match devices() {
            Ok(list) => assert!(list.iter().all(|device| device.id.contains(":usb:"))),
            Err(error) => assert!(matches!(error, DeviceError::UsbUnavailable { .. }), "{error}"),
        }
        for id in [
            "trezor:usb:255:255",
            "ledger:usb:hidraw255",
            "bitbox:usb:hidraw255",
            "ledger:usb:../../etc/passwd",
            "nobody",
            "",
        ] {
            match open(id) {
                Err(DeviceError::NotFound { .. } | DeviceError::UsbUnavailable { .. }) => {}
                Err(other) => panic!("{other}"),
                Ok(_) => panic!("no such device is plugged in"),
            }
        }
    }
}
