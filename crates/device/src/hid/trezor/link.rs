//! Trezor's link of packets, over a cable.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use trezor_client::transport::error::Error;
use trezor_client::transport::protocol::Link;

use crate::LinkError;
use crate::bitbox::PACKET_BYTES;
use crate::control::Control;
use crate::hid::cable::{Cable, SLICE, may_wait};
use crate::packets::Framing;

/// Reads within the time limits of `control`, and refuses an answer whose packets are not Trezor's, or too many.
pub(super) struct PacketLink {
    /// Never locked: the library wants a link that is `Sync`, and uses it from one thread.
    cable: Mutex<Box<dyn Cable>>,
    control: Control,
    framing: Framing,
    /// When the last packet was written: the whole answer is awaited from then on.
    written: Duration,
}

impl PacketLink {
    pub(super) fn new(cable: Box<dyn Cable>, control: Control) -> Self {
        let written = cable.now();
        Self { cable: Mutex::new(cable), control, framing: Framing::default(), written }
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        let cable = self.cable.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut packet = [0; PACKET_BYTES];
        loop {
            may_wait(&self.control, cable.now().saturating_sub(self.written))?;
            match cable.read(&mut packet, SLICE)? {
                PACKET_BYTES => return Ok(packet),
                0 => {}
                _ => return Err(LinkError::Malformed),
            }
        }
    }
}

impl Link for PacketLink {
    fn write_chunk(&mut self, chunk: Vec<u8>) -> Result<(), Error> {
        let packet: [u8; PACKET_BYTES] =
            chunk.try_into().map_err(|chunk: Vec<u8>| Error::UnexpectedChunkSizeFromDevice(chunk.len()))?;
        let cable = self.cable.get_mut().unwrap_or_else(PoisonError::into_inner);
        cable.write(&packet).map_err(as_trezors)?;
        self.framing = Framing::default();
        self.written = cable.now();
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<Vec<u8>, Error> {
        let packet = self.read().map_err(as_trezors)?;
        self.framing.accept(&packet)?;
        Ok(packet.to_vec())
    }
}

/// The library's word for what went wrong; the driver reads it back.
fn as_trezors(error: LinkError) -> Error {
    match error {
        LinkError::Unplugged => Error::DeviceDisconnected,
        LinkError::Timeout => io::Error::from(io::ErrorKind::TimedOut).into(),
        LinkError::Cancelled => io::Error::from(io::ErrorKind::Interrupted).into(),
        LinkError::Malformed => Error::DeviceBadMagic,
        LinkError::TooLarge(bytes) => Error::UnexpectedChunkSizeFromDevice(bytes),
    }
}
