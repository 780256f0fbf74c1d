//! A BitBox02's packets over TCP, as its simulator takes them: 64 bytes after 64 bytes.
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `test/simulator/simulator.c`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::LinkError;
use crate::bitbox::{Entropy, HidPackets, PACKET_BYTES};
use crate::control::Control;

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How often a wait looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(100);

/// Most bytes that wait to be read: more than any answer has that was asked for.
const ARRIVED_BYTES: usize = 1 << 16;

pub(super) struct Packets {
    stream: TcpStream,
    control: Control,
    /// What arrived of the next packet.
    arrived: Vec<u8>,
}

impl Packets {
    pub(super) fn open(address: SocketAddr, control: Control) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(CONNECT_LIMIT))?;
        Ok(Self { stream, control, arrived: Vec::new() })
    }

    fn may_wait(&self, begun: Instant) -> Result<(), LinkError> {
        Ok(self.control.may_wait(begun.elapsed())?)
    }
}

impl Packets {
    /// Keeps what arrives, waiting for it no longer than a slice, and never for more than one packet.
    fn gather(&mut self) -> Result<(), LinkError> {
        if self.arrived.len() > ARRIVED_BYTES {
            return Err(LinkError::Malformed);
        }
        let mut bytes = [0; PACKET_BYTES];
        match self.stream.read(&mut bytes) {
            Ok(0) => return Err(LinkError::Unplugged),
            Ok(read) => self.arrived.extend(bytes.iter().take(read)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(LinkError::Unplugged),
        }
        Ok(())
    }
}

impl HidPackets for Packets {
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError> {
        self.stream.write_all(packet).map_err(|_| LinkError::Unplugged)
    }

    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError> {
        let begun = Instant::now();
        loop {
            if let Some(packet) = self.arrived.first_chunk().copied() {
                self.arrived.drain(..PACKET_BYTES);
                return Ok(packet);
            }
            self.may_wait(begun)?;
            self.gather()?;
        }
    }

    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError> {
        let begun = Instant::now();
        let pause = Duration::from_millis(milliseconds);
        while begun.elapsed() < pause {
            self.may_wait(begun)?;
            self.gather()?;
        }
        Ok(())
    }
}

/// The system's randomness.
pub(super) struct System;

impl Entropy for System {
    fn bytes(&mut self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok().map(|()| bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Packets, TcpStream, Control) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let control = Control::default();
        let link = Packets::open(listener.local_addr().unwrap(), control.clone()).unwrap();
        (link, listener.accept().unwrap().0, control)
    }

    #[test]
    fn packets_arrive_whole_however_they_come() {
        let (mut link, mut device, _) = pair();
        device.write_all(&[1; 40]).unwrap();
        device.write_all(&[1; 24]).unwrap();
        device.write_all(&[2; 64]).unwrap();
        assert_eq!((link.read(), link.read()), (Ok([1; 64]), Ok([2; 64])));
        link.write(&[3; 64]).unwrap();
        let mut sent = [0; 64];
        device.read_exact(&mut sent).unwrap();
        assert_eq!(sent, [3; 64]);
    }

    #[test]
    fn a_wait_is_cancelled_and_a_closed_door_is_a_pulled_cable() {
        let (mut link, device, control) = pair();
        control.cancel();
        assert_eq!((link.read(), link.pause(60_000)), (Err(LinkError::Cancelled), Err(LinkError::Cancelled)));
        control.renew();
        drop(device);
        assert_eq!(link.read(), Err(LinkError::Unplugged));
    }

    #[test]
    fn randomness_is_another_each_time() {
        assert_ne!(System.bytes().unwrap(), System.bytes().unwrap());
    }
}
