//! BitBox02s on USB, through the same `hidapi` as Ledgers (`docs/adr/0006-bitbox-messages-alone.md`).

use std::time::Duration;

use ledger_transport_hid::hidapi::{DeviceInfo as HidInfo, HidApi};

use super::cable::{Cable, SLICE, may_wait};
use super::usb;
use crate::LinkError;
use crate::bitbox::{BitBox02, Entropy, HidPackets, PACKET_BYTES};
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "bitbox";
/// Numbers of vendor and product, and the usage page that is not FIDO's. Source: `bitbox-api` 0.13.0, `src/usb.rs`.
const NUMBERS: (u16, u16) = (0x03eb, 0x2403);
const USAGE_PAGE: u16 = 0xffff;
/// What firmware calls itself; a bootloader has another name.
const PRODUCTS: [&str; 4] = ["BitBox02", "BitBox02BTC", "BitBox02 Nova Multi", "BitBox02 Nova BTC-only"];

/// BitBox02s by the name of their HID device, for example `bitbox:usb:hidraw3`.
pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    Ok(usb::list(VENDOR, found(&usb::api()?), name))
}

pub(super) fn cable(id: &str) -> Result<Box<dyn Cable>, DeviceError> {
    let api = usb::api()?;
    usb::cable(&api, found(&api), VENDOR, id)
}

pub(super) fn over(cable: Box<dyn Cable>) -> Box<dyn Device> {
    let control = Control::default();
    Box::new(BitBox02::new(link(cable, control.clone()), Box::new(System), control))
}

pub(super) fn link(cable: Box<dyn Cable>, control: Control) -> Box<dyn HidPackets> {
    Box::new(Link { cable, control })
}

fn found(api: &HidApi) -> impl Iterator<Item = &HidInfo> {
    let list = api.device_list().filter(|info| (info.vendor_id(), info.product_id()) == NUMBERS);
    list.filter(|info| info.usage_page() == USAGE_PAGE || info.interface_number() == 0).take(usb::DEVICES)
}

fn name(info: &HidInfo) -> &'static str {
    let firmware = info.product_string().is_some_and(|product| PRODUCTS.contains(&product));
    if firmware { "BitBox02" } else { "BitBox02 in its bootloader" }
}

struct Link {
    cable: Box<dyn Cable>,
    control: Control,
}

impl Link {
    fn may_wait(&self, begun: Duration) -> Result<(), LinkError> {
        may_wait(&self.control, self.cable.now().saturating_sub(begun))
    }
}

impl HidPackets for Link {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        self.cable.write(packet)
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        let begun = self.cable.now();
        loop {
            self.may_wait(begun)?;
            let mut packet = [0; PACKET_BYTES];
            match self.cable.read(&mut packet, SLICE)? {
                PACKET_BYTES => return Ok(packet),
                0 => {}
                _ => return Err(LinkError::Malformed),
            }
        }
    }

    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError> {
        let begun = self.cable.now();
        let pause = Duration::from_millis(milliseconds);
        loop {
            let passed = self.cable.now().saturating_sub(begun);
            if passed >= pause {
                return Ok(());
            }
            self.may_wait(begun)?;
            self.cable.pause(pause.saturating_sub(passed).min(SLICE));
        }
    }
}

/// The system's randomness.
struct System;

impl Entropy for System {
    fn bytes(&mut self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok().map(|()| bytes)
    }
}
