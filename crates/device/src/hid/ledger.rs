//! Ledgers on USB, found and opened through `ledger-transport-hid`; packets go over our own link
//! (`docs/adr/0005-ledger-link.md`).

mod packets;

use std::time::{Duration, Instant};

use ledger_transport_hid::TransportNativeHID;
use ledger_transport_hid::hidapi::HidDevice;

use self::packets::{Cable, PACKET_BYTES, PacketLink};
use super::usb;
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::ledger::{Ledger, LedgerModel, LinkError};

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "ledger";

/// Ledgers by the name of their HID device, for example `ledger:usb:hidraw3`. The interface for commands alone: the one
/// for FIDO has another usage page.
pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let api = usb::api()?;
    let found = TransportNativeHID::list_ledgers(&api).take(usb::DEVICES);
    Ok(usb::list(VENDOR, found, |info| LedgerModel::of_product(info.product_id()).name()))
}

pub(super) fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    let api = usb::api()?;
    let found = TransportNativeHID::list_ledgers(&api).take(usb::DEVICES).find(|info| usb::id_of(VENDOR, info) == id);
    let info = found.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let device = usb::open(&api, info, id)?;
    let control = Control::default();
    let link = PacketLink::new(Usb { device, opened: Instant::now() }, control.clone());
    let model = LedgerModel::of_product(info.product_id());
    Ok(Box::new(Ledger::new(Box::new(link), control, model.screen()).with_model(model).found_running()))
}

struct Usb {
    device: HidDevice,
    opened: Instant,
}

impl Cable for Usb {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        usb::write(&self.device, packet)
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        let slice = i32::try_from(slice.as_millis()).unwrap_or(i32::MAX);
        self.device.read_timeout(packet, slice).map_err(|_| LinkError::Unplugged)
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}
