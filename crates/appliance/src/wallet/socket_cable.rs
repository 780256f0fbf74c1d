//! The interface's end: a cable whose device another process has.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use vitrine_device::hid::Cable;
use vitrine_device::{DeviceError, LinkError, PACKET_BYTES};

use super::wire::{End, Frame, Frames, Packet};

/// How long a process may take to open its device.
const START: Duration = Duration::from_secs(10);
/// How long a packet may wait for the process to take it.
const WRITE: Duration = Duration::from_secs(5);
/// The shortest wait that a socket takes.
const SHORTEST: Duration = Duration::from_millis(1);

/// Packets of a hardware wallet, from the process that owns it.
#[derive(Debug)]
pub struct SocketCable {
    socket: UnixStream,
    frames: Frames,
    product: u16,
    opened: Instant,
}

/// Why there is no next frame.
enum Absent {
    /// Nothing came in time.
    Silence,
    /// The process is gone, or sends what is no frame.
    Gone,
}

impl SocketCable {
    /// Waits until the process at the other end of `socket` has opened the device `id`.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`], [`DeviceError::PermissionDenied`], [`DeviceError::UsbUnavailable`].
    pub fn open(socket: UnixStream, id: &str) -> Result<Self, DeviceError> {
        let unavailable = |why: &str| DeviceError::UsbUnavailable {
            reason: format!("{}: {why}: unplug it, plug it in and try again", vitrine_review::escape(id)),
        };
        let prepared = socket.set_nonblocking(false).and_then(|()| socket.set_write_timeout(Some(WRITE)));
        prepared.map_err(|error| unavailable(&error.to_string()))?;
        let mut cable = Self { socket, frames: Frames::default(), product: 0, opened: Instant::now() };
        match cable.frame(START) {
            Ok(Frame::Opened(product)) => cable.product = product,
            Ok(Frame::Ended(End::NotFound)) => return Err(DeviceError::NotFound { id: vitrine_review::escape(id) }),
            Ok(Frame::Ended(End::PermissionDenied)) => {
                return Err(DeviceError::PermissionDenied { device: vitrine_review::escape(id) });
            }
            Ok(Frame::Ended(End::Unconfined)) => {
                return Err(unavailable("its process could not be confined, and did not open it"));
            }
            Ok(_) => return Err(unavailable("it cannot be opened")),
            Err(Absent::Silence) => return Err(unavailable("its process did not open it in time")),
            Err(Absent::Gone) => return Err(unavailable("its process ended")),
        }
        Ok(cable)
    }

    /// The next frame, if one arrives within `patience`.
    fn frame(&mut self, patience: Duration) -> Result<Frame, Absent> {
        let begun = Instant::now();
        loop {
            if let Some(frame) = self.frames.take().map_err(|_| Absent::Gone)? {
                return Ok(frame);
            }
            let left = patience.saturating_sub(begun.elapsed());
            self.socket.set_read_timeout(Some(left.max(SHORTEST))).map_err(|_| Absent::Gone)?;
            let mut bytes = [0; 1024];
            match self.socket.read(&mut bytes) {
                Ok(0) => return Err(Absent::Gone),
                Ok(length) => {
                    let arrived = bytes.get(..length).unwrap_or_default();
                    self.frames.add(arrived).map_err(|_| Absent::Gone)?;
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Absent::Gone),
            }
            if begun.elapsed() >= patience {
                // A last look: what arrived just now may be whole.
                return self.frames.take().map_err(|_| Absent::Gone)?.ok_or(Absent::Silence);
            }
        }
    }
}

impl Cable for SocketCable {
    fn product(&self) -> u16 {
        self.product
    }

    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        let packet = Packet::new(packet).ok_or(LinkError::Malformed)?;
        self.socket.write_all(&Frame::Packet(packet).encode()).map_err(|_| LinkError::Unplugged)
    }

    fn read(&mut self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        match self.frame(slice) {
            Ok(Frame::Packet(arrived)) => {
                packet.iter_mut().zip(arrived.bytes()).for_each(|(to, from)| *to = *from);
                Ok(arrived.bytes().len())
            }
            Ok(Frame::Opened(_)) => Err(LinkError::Malformed),
            Ok(Frame::Ended(_)) | Err(Absent::Gone) => Err(LinkError::Unplugged),
            Err(Absent::Silence) => Ok(0),
        }
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}
