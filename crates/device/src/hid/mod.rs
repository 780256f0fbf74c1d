//! Devices on USB. The only place of this crate with a clock and operating-system access.

mod bitbox;
mod ledger;
mod trezor;
mod usb;

use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;

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
    match id.split_once(':') {
        Some((bitbox::VENDOR, _)) => bitbox::open(id),
        Some((ledger::VENDOR, _)) => ledger::open(id),
        Some((trezor::VENDOR, _)) => trezor::open(id),
        _ => Err(DeviceError::NotFound { id: vitrine_review::escape(id) }),
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
