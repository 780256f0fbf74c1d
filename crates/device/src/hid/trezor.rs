//! Trezors on USB.
//!
//! Their packets are framed by `trezor-client`; the link below it is ours, because its own waits without a limit,
//! cannot be cancelled, and its search also asks a local UDP port, where any program could pose as a Trezor.

use std::io;
use std::time::{Duration, Instant};

use rusb::{Context, DeviceHandle, UsbContext};
use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::protocol::Link;

use crate::control::Control;
use crate::device::{Device, DeviceInfo};
use crate::error::DeviceError;
use crate::packets::{self, Framing, PACKET};
use crate::trezor::{AddressLayout, Trezor};

const INTERFACE: u8 = 0;
const VENDOR_CLASS: u8 = 0xff;
const ENDPOINT_OUT: u8 = 0x01;
const ENDPOINT_IN: u8 = 0x81;
const WRITE_LIMIT: Duration = Duration::from_secs(1);
/// How often a wait looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(100);

/// How the identifiers of these devices begin.
pub(super) const VENDOR: &str = "trezor";

pub(super) fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    let found = find()?;
    let mut list: Vec<DeviceInfo> = found.iter().map(Found::info).collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(list)
}

pub(super) fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    let found = find()?.into_iter().find(|found| found.id() == id);
    let found = found.ok_or_else(|| DeviceError::NotFound { id: vitrine_review::escape(id) })?;
    let handle = found.device.open().and_then(|handle| handle.claim_interface(INTERFACE).map(|()| handle));
    let handle = handle.map_err(|error| open_error(error, found.id()))?;
    let control = Control::default();
    let link = UsbLink { handle, control: control.clone(), framing: Framing::default(), written: Instant::now() };
    Ok(Box::new(Trezor::new(packets::transport(link), control, AddressLayout::Grouped)))
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

struct UsbLink {
    handle: DeviceHandle<Context>,
    control: Control,
    framing: Framing,
    written: Instant,
}

impl Link for UsbLink {
    fn write_chunk(&mut self, chunk: Vec<u8>) -> Result<(), LinkError> {
        let sent = self.handle.write_interrupt(ENDPOINT_OUT, &chunk, WRITE_LIMIT)?;
        if sent != chunk.len() {
            return Err(LinkError::UnexpectedChunkSizeFromDevice(sent));
        }
        self.framing = Framing::default();
        self.written = Instant::now();
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<Vec<u8>, LinkError> {
        let mut packet = vec![0; PACKET];
        loop {
            self.may_wait()?;
            match self.handle.read_interrupt(ENDPOINT_IN, &mut packet, SLICE) {
                Ok(PACKET) => break,
                Ok(other) => return Err(LinkError::UnexpectedChunkSizeFromDevice(other)),
                Err(rusb::Error::Timeout) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.framing.accept(&packet)?;
        Ok(packet)
    }
}

impl UsbLink {
    /// Ends the wait when it was cancelled, or when the whole answer took longer than it may.
    fn may_wait(&self) -> Result<(), LinkError> {
        Ok(self.control.may_wait(self.written.elapsed()).map_err(io::Error::from)?)
    }
}
