//! Trezors on USB.
//!
//! Their packets are framed by `trezor-client`; the link below it is ours, because its own waits without a limit,
//! cannot be cancelled, and its search also asks a local UDP port, where any program could pose as a Trezor.

mod link;
mod reader;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusb::{Context, DeviceHandle, UsbContext};
use trezor_client::transport::Transport;

use self::link::PacketLink;
use self::reader::{READ_LIMIT, Reader};
use super::cable::Cable;
use crate::LinkError;
use crate::bitbox::PACKET_BYTES;
use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::packets;
use crate::trezor::{AddressLayout, Trezor};

const INTERFACE: u8 = 0;
const VENDOR_CLASS: u8 = 0xff;
const ENDPOINT_OUT: u8 = 0x01;
const ENDPOINT_IN: u8 = 0x81;
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "trezor";

pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let found = find()?;
    let mut list: Vec<DeviceInfo> = found.iter().map(Found::info).collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(list)
}

pub(super) fn cable(id: &str) -> Result<Box<dyn Cable>, DeviceError> {
    let found = find()?.into_iter().find(|found| found.id() == id);
    let found = found.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let product = found.device.device_descriptor().map_err(|error| open_error(error, found.id()))?.product_id();
    let handle = found.device.open().and_then(|handle| handle.claim_interface(INTERFACE).map(|()| handle));
    let handle = handle.map_err(|error| open_error(error, found.id()))?;
    let handle = Arc::new(handle);
    let own = Arc::clone(&handle);
    let reader = Reader::start(move |packet| arrived(own.read_interrupt(ENDPOINT_IN, packet, READ_LIMIT), packet));
    let reader =
        reader.map_err(|error| DeviceError::UsbUnavailable { reason: format!("no thread to read it: {error}") })?;
    Ok(Box::new(Usb { reader, handle, product, opened: Instant::now() }))
}

pub(super) fn over(cable: Box<dyn Cable>) -> Box<dyn Device> {
    let control = Control::default();
    Box::new(Trezor::new(link(cable, control.clone()), control, AddressLayout::Grouped))
}

pub(super) fn link(cable: Box<dyn Cable>, control: Control) -> Box<dyn Transport> {
    packets::transport(PacketLink::new(cable, control))
}

struct Found {
    device: rusb::Device<Context>,
    what: &'static str,
}

impl Found {
    fn id(&self) -> String {
        format!("{VENDOR}:usb:{}:{}", self.device.bus_number(), self.device.address())
    }

    fn info(&self) -> DeviceInfo {
        let (bus, address) = (self.device.bus_number(), self.device.address());
        DeviceInfo { id: self.id(), name: format!("{} (USB bus {bus}, device {address})", self.what) }
    }
}

fn find() -> Result<Vec<Found>, DeviceError> {
    let unavailable = |error: rusb::Error| DeviceError::UsbUnavailable { reason: error.to_string() };
    let devices = Context::new().and_then(|context| context.devices()).map_err(unavailable)?;
    Ok(devices.iter().filter_map(recognise).collect())
}

/// Recognises a Trezor with the vendor-specific interface of WebUSB; firmware from before 2018 has none.
fn recognise(device: rusb::Device<Context>) -> Option<Found> {
    let descriptor = device.device_descriptor().ok()?;
    let what = match (descriptor.vendor_id(), descriptor.product_id()) {
        (0x534c, 0x0001) => "Trezor One",
        (0x1209, 0x53c1) => "Trezor",
        (0x1209, 0x53c0) => "Trezor in its bootloader",
        _ => return None,
    };
    let config = device.config_descriptor(0).ok()?;
    let class =
        config.interfaces().find(|interface| interface.number() == INTERFACE)?.descriptors().next()?.class_code();
    (class == VENDOR_CLASS).then_some(Found { device, what })
}

fn open_error(error: rusb::Error, device: String) -> DeviceError {
    match error {
        rusb::Error::Access => DeviceError::PermissionDenied { device },
        rusb::Error::NoDevice | rusb::Error::NotFound => DeviceError::NotFound { id: device },
        rusb::Error::Busy => DeviceError::UsbUnavailable { reason: format!("another program uses {device}") },
        other => DeviceError::UsbUnavailable { reason: format!("{device}: {other}") },
    }
}

struct Usb {
    // Dropped first: its thread has the device too.
    reader: Reader,
    handle: Arc<DeviceHandle<Context>>,
    product: u16,
    opened: Instant,
}

/// How long the packet is that a read brought. One that comes while the time is running out is in `packet`, but `rusb` says only
/// that the time is over: it begins with something else than the zeros that were there.
fn arrived(outcome: rusb::Result<usize>, packet: &[u8; PACKET_BYTES]) -> Result<usize, LinkError> {
    match outcome {
        Ok(length) => Ok(length),
        Err(rusb::Error::Timeout) if packet.first() == Some(&0) => Ok(0),
        Err(rusb::Error::Timeout) => Ok(PACKET_BYTES),
        Err(rusb::Error::Overflow) => Err(LinkError::Malformed),
        Err(_) => Err(LinkError::Unplugged),
    }
}

impl Cable for Usb {
    fn product(&self) -> u16 {
        self.product
    }

    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        match self.handle.write_interrupt(ENDPOINT_OUT, packet, WRITE_LIMIT) {
            Ok(PACKET_BYTES) => Ok(()),
            _ => Err(LinkError::Unplugged),
        }
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        self.reader.next(packet, slice)
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::{PACKET_BYTES, arrived};
    use crate::LinkError;

    #[test]
    fn a_packet_that_comes_as_the_time_runs_out_is_not_lost() {
        let nothing = [0; PACKET_BYTES];
        let mut packet = nothing;
        packet[..3].copy_from_slice(b"?##");
        assert_eq!(arrived(Err(rusb::Error::Timeout), &packet), Ok(PACKET_BYTES));
        assert_eq!(arrived(Err(rusb::Error::Timeout), &nothing), Ok(0));
        assert_eq!(arrived(Ok(PACKET_BYTES), &packet), Ok(PACKET_BYTES));
        assert_eq!(arrived(Err(rusb::Error::NoDevice), &nothing), Err(LinkError::Unplugged));
        assert_eq!(arrived(Err(rusb::Error::Overflow), &packet), Err(LinkError::Malformed));
    }
}
