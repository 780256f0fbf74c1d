//! The loop of a wallet's process, between the device and the socket.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use vitrine_device::hid::Cable;
use vitrine_device::{LinkError, PACKET_BYTES};

use super::wire::{End, Frame, Frames, Packet};

/// Most bytes for the interface that wait for it; then the device is not read until it takes some.
const WAITING_BYTES: usize = Frames::MOST;
/// How long the device is listened to before the socket is looked at: while packets are exchanged, and otherwise.
const BUSY: Duration = Duration::from_millis(2);
const IDLE: Duration = Duration::from_millis(25);
/// How long after a packet the exchange counts as going on.
const EXCHANGE: Duration = Duration::from_millis(500);

/// Says that the device is open, then carries packets both ways until the socket is closed.
///
/// # Errors
/// The [`End`] that is still to be told; [`End::Unplugged`] when the device is gone.
pub fn relay(cable: &mut dyn Cable, socket: &UnixStream) -> Result<(), End> {
    socket.set_nonblocking(true).map_err(|_| End::Unavailable)?;
    let mut relay = Relay { socket, arrived: Frames::default(), waiting: Vec::new(), last: cable.now() };
    relay.waiting.extend(Frame::Opened(cable.product()).encode());
    let ended = relay.run(cable);
    // Whoever still listens hears the end in full.
    let _ = socket.set_nonblocking(false).and_then(|()| socket.set_write_timeout(Some(Duration::from_secs(1))));
    let _ = ended.is_err().then(|| (&mut (&*socket)).write_all(&relay.waiting));
    match ended {
        Ok(()) => Ok(()),
        Err(LinkError::Unplugged) => Err(End::Unplugged),
        Err(_) => Err(End::Unavailable),
    }
}

struct Relay<'a> {
    socket: &'a UnixStream,
    arrived: Frames,
    /// For the interface.
    waiting: Vec<u8>,
    /// When the last packet passed.
    last: Duration,
}

/// Whether the other end of the socket is there.
#[derive(PartialEq)]
enum Peer {
    There,
    Gone,
}

impl Relay<'_> {
    fn run(&mut self, cable: &mut dyn Cable) -> Result<(), LinkError> {
        loop {
            if self.pass_to_device(cable)? == Peer::Gone || self.pass_to_interface() == Peer::Gone {
                return Ok(());
            }
            if self.waiting.len() >= WAITING_BYTES {
                self.pause();
            } else {
                self.listen(cable)?;
            }
        }
    }

    fn pass_to_device(&mut self, cable: &mut dyn Cable) -> Result<Peer, LinkError> {
        let mut bytes = [0; 1024];
        let arrived = match (&mut &*self.socket).read(&mut bytes) {
            Ok(0) => return Ok(Peer::Gone),
            Ok(length) => bytes.get(..length).unwrap_or_default(),
            Err(error) if is_nothing(&error) => return Ok(Peer::There),
            Err(_) => return Ok(Peer::Gone),
        };
        if self.arrived.add(arrived).is_err() {
            return Ok(Peer::Gone);
        }
        loop {
            match self.arrived.take() {
                Ok(None) => return Ok(Peer::There),
                Ok(Some(Frame::Packet(packet))) => {
                    let Ok(packet) = <&[u8; PACKET_BYTES]>::try_from(packet.bytes()) else { return Ok(Peer::Gone) };
                    cable.write(packet)?;
                    self.last = cable.now();
                }
                Ok(Some(_)) | Err(_) => return Ok(Peer::Gone),
            }
        }
    }

    fn pass_to_interface(&mut self) -> Peer {
        while !self.waiting.is_empty() {
            match (&mut &*self.socket).write(&self.waiting) {
                Ok(0) => return Peer::Gone,
                Ok(sent) => drop(self.waiting.drain(..sent.min(self.waiting.len()))),
                Err(error) if is_nothing(&error) => return Peer::There,
                Err(_) => return Peer::Gone,
            }
        }
        Peer::There
    }

    fn listen(&mut self, cable: &mut dyn Cable) -> Result<(), LinkError> {
        let busy = cable.now().saturating_sub(self.last) < EXCHANGE;
        let mut packet = [0; PACKET_BYTES];
        let length = cable.read(&mut packet, if busy { BUSY } else { IDLE })?;
        if let Some(packet) = packet.get(..length).and_then(Packet::new) {
            self.waiting.extend(Frame::Packet(packet).encode());
            self.last = cable.now();
        }
        Ok(())
    }

    /// Waits until the interface takes or sends something, or is gone.
    fn pause(&self) {
        let mut ends = [PollFd::new(self.socket, PollFlags::IN | PollFlags::OUT)];
        // What happened is found out by reading and writing.
        let _ = poll(&mut ends, Some(&Timespec { tv_sec: 1, tv_nsec: 0 }));
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
