//! Trezor's messages in packets of 64 bytes, on whatever link carries these.

use trezor_client::transport::error::Error as LinkError;
use trezor_client::transport::protocol::{Link, Protocol, ProtocolV1};
use trezor_client::transport::{ProtoMessage, Transport};

use crate::limits;

/// Bytes of a packet.
pub(crate) const PACKET: usize = 64;

/// Carries messages over a link of packets. `trezor-client` divides and joins them.
pub(crate) fn transport<L: Link + Send + Sync + 'static>(link: L) -> Box<dyn Transport> {
    Box::new(Packets(ProtocolV1 { link }))
}

struct Packets<L: Link>(ProtocolV1<L>);

impl<L: Link + Send + Sync> Transport for Packets<L> {
    fn session_begin(&mut self) -> Result<(), LinkError> {
        self.0.session_begin()
    }

    fn session_end(&mut self) -> Result<(), LinkError> {
        self.0.session_end()
    }

    fn write_message(&mut self, message: ProtoMessage) -> Result<(), LinkError> {
        self.0.write(message)
    }

    fn read_message(&mut self) -> Result<ProtoMessage, LinkError> {
        self.0.read()
    }
}

/// Follows the framing of one answer, so that a wrong or endless one is refused before it is gathered.
#[derive(Default)]
pub(crate) struct Framing {
    /// Bytes of the message still to come; 0 before a message.
    remaining: usize,
}

impl Framing {
    /// Takes the next packet of [`PACKET`] bytes.
    pub(crate) fn accept(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        const HEADER: usize = 9;
        if self.remaining > 0 && packet.first() == Some(&b'?') {
            self.remaining = self.remaining.saturating_sub(PACKET.saturating_sub(1));
            return Ok(());
        }
        if self.remaining > 0 || !packet.starts_with(b"?##") {
            return Err(LinkError::DeviceBadMagic);
        }
        let length = packet.get(5..HEADER).and_then(|length| <[u8; 4]>::try_from(length).ok()).map(u32::from_be_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        if length > limits::MESSAGE_BYTES {
            return Err(LinkError::UnexpectedChunkSizeFromDevice(length));
        }
        self.remaining = length.saturating_sub(PACKET.saturating_sub(HEADER));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(length: u32) -> Vec<u8> {
        let mut packet = b"?##\x00\x11".to_vec();
        packet.extend(length.to_be_bytes());
        packet.resize(PACKET, 0);
        packet
    }

    fn more() -> Vec<u8> {
        let mut packet = vec![b'?'];
        packet.resize(PACKET, 0);
        packet
    }

    #[test]
    fn four_gigabytes_announced_by_a_device_are_never_gathered() {
        let outcome = Framing::default().accept(&header(u32::MAX));
        assert!(matches!(outcome, Err(LinkError::UnexpectedChunkSizeFromDevice(_))));
    }

    #[test]
    fn messages_follow_each_other_packet_by_packet() {
        let mut framing = Framing::default();
        framing.accept(&header(55)).unwrap();
        framing.accept(&header(56)).unwrap();
        framing.accept(&more()).unwrap();
        framing.accept(&header(0)).unwrap();
        assert!(matches!(framing.accept(&more()), Err(LinkError::DeviceBadMagic)));
    }
}
