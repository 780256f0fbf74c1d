//! A Trezor's packets in datagrams, as its emulator takes them.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::protocol::Link;

use crate::control::Control;
use crate::packets::{Framing, PACKET};

/// What an emulator answers at once, whatever it is doing.
const PING: &[u8] = b"PINGPING";
const PONG: &[u8] = b"PONGPONG";
const PONG_LIMIT: Duration = Duration::from_secs(2);
/// How often a wait looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(100);
/// How often a wait looks whether the emulator is still there.
const PING_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Udp {
    socket: UdpSocket,
    control: Control,
    framing: Framing,
    written: Instant,
    pinged: Instant,
}

impl Udp {
    pub(super) fn open(address: SocketAddr, control: Control) -> io::Result<Self> {
        let any_port: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::LOCALHOST, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::LOCALHOST, 0).into(),
        };
        let socket = UdpSocket::bind(any_port)?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(SLICE))?;
        let now = Instant::now();
        let link = Self { socket, control, framing: Framing::default(), written: now, pinged: now };
        link.find()?;
        Ok(link)
    }

    fn find(&self) -> io::Result<()> {
        self.socket.send(PING)?;
        let begun = Instant::now();
        while begun.elapsed() < PONG_LIMIT {
            if self.receive()?.as_deref() == Some(PONG) {
                return Ok(());
            }
        }
        Err(ErrorKind::TimedOut.into())
    }

    /// The next datagram; none in this slice of time.
    fn receive(&self) -> io::Result<Option<Vec<u8>>> {
        let mut packet = vec![0; PACKET.saturating_add(1)];
        match self.socket.recv(&mut packet) {
            Ok(bytes) => {
                packet.truncate(bytes);
                Ok(Some(packet))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Ends the wait when it was cancelled, when the whole answer took longer than it may, or when nobody is there.
    fn may_wait(&mut self) -> Result<(), LinkError> {
        self.control.may_wait(self.written.elapsed()).map_err(io::Error::from)?;
        if self.pinged.elapsed() > PING_EVERY {
            self.pinged = Instant::now();
            self.socket.send(PING)?;
        }
        Ok(())
    }
}

impl Link for Udp {
    fn write_chunk(&mut self, chunk: Vec<u8>) -> Result<(), LinkError> {
        let sent = self.socket.send(&chunk)?;
        if sent != chunk.len() {
            return Err(LinkError::UnexpectedChunkSizeFromDevice(sent));
        }
        self.framing = Framing::default();
        self.written = Instant::now();
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            self.may_wait()?;
            match self.receive()? {
                None => {}
                Some(packet) if packet == PONG => {}
                Some(packet) if packet.len() == PACKET => {
                    self.framing.accept(&packet)?;
                    return Ok(packet);
                }
                Some(packet) => return Err(LinkError::UnexpectedChunkSizeFromDevice(packet.len())),
            }
        }
    }
}
