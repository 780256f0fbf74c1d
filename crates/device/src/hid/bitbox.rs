//! BitBox02s on USB, through the same `hidapi` as Ledgers (`docs/adr/0006-bitbox-messages-alone.md`).

use std::time::{Duration, Instant};

use ledger_transport_hid::hidapi::{DeviceInfo as HidInfo, HidApi, HidDevice};

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
/// How often a wait looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(100);

/// BitBox02s by the name of their HID device, for example `bitbox:usb:hidraw3`.
pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    Ok(usb::list(VENDOR, found(&usb::api()?), name))
}

pub(super) fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    let api = usb::api()?;
    let info = found(&api).find(|info| usb::id_of(VENDOR, info) == id);
    let info = info.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let device = usb::open(&api, info, id)?;
    let control = Control::default();
    let link = Usb { device, control: control.clone() };
    Ok(Box::new(BitBox02::new(Box::new(link), Box::new(System), control)))
}

fn found(api: &HidApi) -> impl Iterator<Item = &HidInfo> {
    let list = api.device_list().filter(|info| (info.vendor_id(), info.product_id()) == NUMBERS);
    list.filter(|info| info.usage_page() == USAGE_PAGE || info.interface_number() == 0).take(usb::DEVICES)
}

fn name(info: &HidInfo) -> &'static str {
    let firmware = info.product_string().is_some_and(|product| PRODUCTS.contains(&product));
    if firmware { "BitBox02" } else { "BitBox02 in its bootloader" }
}

struct Usb {
    device: HidDevice,
    control: Control,
}

impl Usb {
    /// Ends a wait when it was cancelled, or when it took longer than it may.
    fn may_wait(&self, begun: Instant) -> Result<(), LinkError> {
        Ok(self.control.may_wait(begun.elapsed())?)
    }
}

impl HidPackets for Usb {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        usb::write(&self.device, packet)
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        let begun = Instant::now();
        let slice = i32::try_from(SLICE.as_millis()).unwrap_or(i32::MAX);
        loop {
            self.may_wait(begun)?;
            let mut packet = [0; PACKET_BYTES];
            match self.device.read_timeout(&mut packet, slice) {
                Ok(PACKET_BYTES) => return Ok(packet),
                Ok(0) => {}
                Ok(_) => return Err(LinkError::Malformed),
                Err(_) => return Err(LinkError::Unplugged),
            }
        }
    }

    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError> {
        let begun = Instant::now();
        let pause = Duration::from_millis(milliseconds);
        while begun.elapsed() < pause {
            self.may_wait(begun)?;
            std::thread::sleep(pause.saturating_sub(begun.elapsed()).min(SLICE));
        }
        Ok(())
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
