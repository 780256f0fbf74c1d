//! Ledgers on USB, found and opened through `ledger-transport-hid`; packets go over our own link
//! (`docs/adr/0005-ledger-link.md`).

mod packets;

use ledger_transport_hid::TransportNativeHID;

use self::packets::PacketLink;
use super::cable::Cable;
use super::usb;
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::ledger::{ApduExchange, Ledger, LedgerModel};

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "ledger";

/// Ledgers by the name of their HID device, for example `ledger:usb:hidraw3`. The interface for commands alone: the one
/// for FIDO has another usage page.
pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let api = usb::api()?;
    let found = TransportNativeHID::list_ledgers(&api).take(usb::DEVICES);
    Ok(usb::list(VENDOR, found, |info| LedgerModel::of_product(info.product_id()).name()))
}

pub(super) fn cable(id: &str) -> Result<Box<dyn Cable>, DeviceError> {
    let api = usb::api()?;
    let found = TransportNativeHID::list_ledgers(&api).take(usb::DEVICES);
    usb::cable(&api, found, VENDOR, id)
}

pub(super) fn over(cable: Box<dyn Cable>) -> Box<dyn Device> {
    let control = Control::default();
    let model = LedgerModel::of_product(cable.product());
    let link = link(cable, control.clone());
    Box::new(Ledger::new(link, control, model.screen()).with_model(model).found_running())
}

pub(super) fn link(cable: Box<dyn Cable>, control: Control) -> Box<dyn ApduExchange> {
    Box::new(PacketLink::new(cable, control))
}
