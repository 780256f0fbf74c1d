//! HID devices on USB, through the `hidapi` of `ledger-transport-hid`: what every vendor's link begins with.

use ledger_transport_hid::hidapi::{DeviceInfo as HidInfo, HidApi, HidDevice, HidError};

use crate::device::DeviceInfo;
use crate::error::DeviceError;
use crate::ledger::LinkError;

/// Most devices that are listed.
pub(super) const DEVICES: usize = 64;

pub(super) fn api() -> Result<HidApi, DeviceError> {
    HidApi::new().map_err(|error| DeviceError::UsbUnavailable { reason: error.to_string() })
}

/// An identifier by the name of the HID device, for example `ledger:usb:hidraw3`.
pub(super) fn id_of(vendor: &str, info: &HidInfo) -> String {
    let path = info.path().to_string_lossy();
    let name = path.rsplit('/').next().unwrap_or_default();
    format!("{vendor}:usb:{}", vitrine_review::escape(name))
}

/// The devices that were found, each once; `name` says what a person reads.
pub(super) fn list<'a>(
    vendor: &str,
    found: impl Iterator<Item = &'a HidInfo>,
    name: impl Fn(&HidInfo) -> &'static str,
) -> Vec<DeviceInfo> {
    let described = |info: &HidInfo| {
        let id = id_of(vendor, info);
        let place = id.rsplit(':').next().unwrap_or_default();
        DeviceInfo { name: format!("{} (USB, {place})", name(info)), id }
    };
    let mut list: Vec<DeviceInfo> = found.map(described).collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    list.dedup_by(|a, b| a.id == b.id);
    list
}

/// Opens a device that was found.
pub(super) fn open(api: &HidApi, info: &HidInfo, id: &str) -> Result<HidDevice, DeviceError> {
    info.open_device(api).map_err(|error| open_error(&error, id))
}

fn open_error(error: &HidError, id: &str) -> DeviceError {
    let reason = error.to_string();
    if reason.contains("Permission denied") {
        return DeviceError::PermissionDenied { device: id.to_owned() };
    }
    DeviceError::UsbUnavailable { reason: format!("{id}: {}", vitrine_review::escape(&reason)) }
}

/// Sends one packet, as report 0.
pub(super) fn write(device: &HidDevice, packet: &[u8]) -> Result<(), LinkError> {
    const REPORT: u8 = 0x00;
    let report = [&[REPORT], packet].concat();
    match device.write(&report) {
        Ok(sent) if sent == report.len() => Ok(()),
        _ => Err(LinkError::Unplugged),
    }
}
