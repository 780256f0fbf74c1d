//! HID devices on USB, through the `hidapi` of `ledger-transport-hid`: what every vendor's link begins with.

use std::time::{Duration, Instant};

use ledger_transport_hid::hidapi::{DeviceInfo as HidInfo, HidApi, HidDevice, HidError};

use super::cable::Cable;
use crate::LinkError;
use crate::bitbox::PACKET_BYTES;
use crate::device::DeviceInfo;
use crate::error::DeviceError;

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

/// Opens the device of this identifier among those that were found.
pub(super) fn cable<'a>(
    api: &HidApi,
    mut found: impl Iterator<Item = &'a HidInfo>,
    vendor: &str,
    id: &str,
) -> Result<Box<dyn Cable>, DeviceError> {
    let info = found.find(|info| id_of(vendor, info) == id);
    let info = info.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let device = info.open_device(api).map_err(|error| open_error(&error, id))?;
    Ok(Box::new(Hid { device, product: info.product_id(), opened: Instant::now() }))
}

fn open_error(error: &HidError, id: &str) -> DeviceError {
    let reason = error.to_string();
    if reason.contains("Permission denied") {
        return DeviceError::PermissionDenied { device: id.to_owned() };
    }
    DeviceError::UsbUnavailable { reason: format!("{id}: {}", vitrine_review::escape(&reason)) }
}

struct Hid {
    device: HidDevice,
    product: u16,
    opened: Instant,
}

impl Cable for Hid {
    fn product(&self) -> u16 {
        self.product
    }

    /// Sends one packet, as report 0.
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        const REPORT: u8 = 0x00;
        let report = [&[REPORT], packet.as_slice()].concat();
        match self.device.write(&report) {
            Ok(sent) if sent == report.len() => Ok(()),
            _ => Err(LinkError::Unplugged),
        }
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        let slice = i32::try_from(slice.as_millis()).unwrap_or(i32::MAX);
        self.device.read_timeout(packet, slice).map_err(|_| LinkError::Unplugged)
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}
