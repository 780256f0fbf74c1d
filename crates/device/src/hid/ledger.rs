//! Ledgers on USB, found and opened through `ledger-transport-hid`; packets go over our own link
//! (`docs/adr/0005-ledger-link.md`).

mod packets;

use std::time::{Duration, Instant};

use ledger_transport_hid::TransportNativeHID;
use ledger_transport_hid::hidapi::{DeviceInfo as HidInfo, HidApi, HidDevice, HidError};

use self::packets::{Cable, PACKET_BYTES, PacketLink};
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::ledger::{Ledger, LedgerModel, LinkError};

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "ledger";
/// Most devices that are listed.
const DEVICES: usize = 64;

/// Ledgers by the name of their HID device, for example `ledger:usb:hidraw3`. The interface for commands alone: the one
/// for FIDO has another usage page.
pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let api = api()?;
    let mut list: Vec<DeviceInfo> = TransportNativeHID::list_ledgers(&api).take(DEVICES).map(described).collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    list.dedup_by(|a, b| a.id == b.id);
    Ok(list)
}

pub(super) fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    let api = api()?;
    let found = TransportNativeHID::list_ledgers(&api).take(DEVICES).find(|info| id_of(info) == id);
    let info = found.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let device = info.open_device(&api).map_err(|error| open_error(&error, id))?;
    let control = Control::default();
    let link = PacketLink::new(Usb { device, opened: Instant::now() }, control.clone());
    let model = LedgerModel::of_product(info.product_id());
    Ok(Box::new(Ledger::new(Box::new(link), control, model.screen()).with_model(model).found_running()))
}

fn api() -> Result<HidApi, DeviceError> {
    HidApi::new().map_err(|error| DeviceError::UsbUnavailable { reason: error.to_string() })
}

fn described(info: &HidInfo) -> DeviceInfo {
    let id = id_of(info);
    let place = id.rsplit(':').next().unwrap_or_default();
    DeviceInfo { name: format!("{} (USB, {place})", LedgerModel::of_product(info.product_id()).name()), id }
}

fn id_of(info: &HidInfo) -> String {
    let path = info.path().to_string_lossy();
    let name = path.rsplit('/').next().unwrap_or_default();
    format!("{VENDOR}:usb:{}", vitrine_review::escape(name))
}

fn open_error(error: &HidError, id: &str) -> DeviceError {
    let reason = error.to_string();
    if reason.contains("Permission denied") {
        return DeviceError::PermissionDenied { device: id.to_owned() };
    }
    DeviceError::UsbUnavailable { reason: format!("{id}: {}", vitrine_review::escape(&reason)) }
}

struct Usb {
    device: HidDevice,
    opened: Instant,
}

impl Cable for Usb {
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
