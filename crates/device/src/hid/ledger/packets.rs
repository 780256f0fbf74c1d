//! Ledger's packets on USB. Nothing in here reaches the operating system: [`Cable`] does.
//!
//! Commands and answers travel in packets of 64 bytes: channel (2 bytes), tag (1), sequence number (2), in the first one
//! the length (2), then as much of the message as fits, filled up with zeros. All numbers are big endian.
//!
//! Source: LedgerHQ/ledger-live, `hid-framing` of its `devices` library; `ledger-transport-hid` 0.11.0.

use std::time::Duration;

use crate::bitbox::PACKET_BYTES;
use crate::control::Control;
use crate::hid::cable::{Cable, SLICE, may_wait};
use crate::ledger::{ApduExchange, LinkError, REPLY_BYTES};

const CHANNEL: [u8; 2] = [0x01, 0x01];
const TAG: u8 = 0x05;

/// Exchanges commands over a cable.
///
/// An answer that was not waited for is awaited and dropped before the next command is sent: it cannot be told from
/// that command's own.
pub(super) struct PacketLink {
    cable: Box<dyn Cable>,
    control: Control,
    state: State,
}

/// What may still come from the device.
enum State {
    /// Nothing.
    Idle,
    /// The rest of an answer.
    Owing(Answer),
    /// Nobody knows.
    Lost,
}

impl PacketLink {
    /// A link to a device that may still be sending what another program asked it.
    pub(super) fn new(cable: Box<dyn Cable>, control: Control) -> Self {
        Self { cable, control, state: State::Lost }
    }

    fn settle(&mut self) -> Result<(), LinkError> {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Idle => Ok(()),
            State::Owing(answer) => self.gather(answer).map(drop),
            State::Lost => self.drain(),
        }
    }

    /// Waits until the device is silent.
    fn drain(&mut self) -> Result<(), LinkError> {
        let began = self.cable.now();
        self.state = State::Lost;
        loop {
            self.may_wait(began)?;
            if self.cable.read(&mut [0; PACKET_BYTES], SLICE)? == 0 {
                self.state = State::Idle;
                return Ok(());
            }
        }
    }

    fn gather(&mut self, mut answer: Answer) -> Result<Vec<u8>, LinkError> {
        let began = self.cable.now();
        loop {
            if let Err(error) = self.may_wait(began) {
                self.state = State::Owing(answer);
                return Err(error);
            }
            let mut packet = [0; PACKET_BYTES];
            let length = self.cable.read(&mut packet, SLICE)?;
            let arrived = packet.get(..length).filter(|arrived| !arrived.is_empty());
            match arrived.map(|packet| answer.take(packet)) {
                None | Some(Ok(None)) => {}
                Some(Ok(Some(whole))) => return Ok(whole),
                Some(Err(error)) => {
                    self.state = State::Lost;
                    return Err(error);
                }
            }
        }
    }

    /// Ends the wait when it was cancelled, or when it took longer than it may.
    fn may_wait(&self, began: Duration) -> Result<(), LinkError> {
        may_wait(&self.control, self.cable.now().saturating_sub(began))
    }
}

impl ApduExchange for PacketLink {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        let packets = packets(apdu).ok_or(LinkError::TooLarge(apdu.len()))?;
        self.settle()?;
        packets.iter().try_for_each(|packet| self.cable.write(packet))?;
        self.gather(Answer::default())
    }
}

/// A command in packets; none if it has more bytes than the length can say.
fn packets(command: &[u8]) -> Option<Vec<[u8; PACKET_BYTES]>> {
    const DATA: usize = PACKET_BYTES - 5;
    let length = u16::try_from(command.len()).ok()?;
    let message = [length.to_be_bytes().as_slice(), command].concat();
    let packet = |(number, piece): (usize, &[u8])| {
        let number = u16::try_from(number).ok()?.to_be_bytes();
        let bytes = CHANNEL.iter().chain(&[TAG]).chain(&number).chain(piece);
        let mut packet = [0; PACKET_BYTES];
        packet.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(packet)
    };
    message.chunks(DATA).enumerate().map(packet).collect()
}

/// An answer as far as it arrived.
#[derive(Default)]
struct Answer {
    /// Its length, which the first packet says; at most [`REPLY_BYTES`].
    length: Option<usize>,
    /// Never more than `length`.
    bytes: Vec<u8>,
    sequence: u16,
}

impl Answer {
    /// Takes the next packet; returns the answer when it is whole. A packet of another channel is an answer to somebody
    /// else, and passed over.
    fn take(&mut self, packet: &[u8]) -> Result<Option<Vec<u8>>, LinkError> {
        let (header, rest) = packet.split_first_chunk::<5>().ok_or(LinkError::Malformed)?;
        let [first, second, tag, high, low] = *header;
        if [first, second] != CHANNEL {
            return Ok(None);
        }
        if tag != TAG || u16::from_be_bytes([high, low]) != self.sequence {
            return Err(LinkError::Malformed);
        }
        let (length, data) = match self.length {
            Some(length) => (length, rest),
            None => {
                let (length, data) = rest.split_first_chunk::<2>().ok_or(LinkError::Malformed)?;
                (usize::from(u16::from_be_bytes(*length)), data)
            }
        };
        if length > REPLY_BYTES {
            return Err(LinkError::TooLarge(length));
        }
        self.length = Some(length);
        self.sequence = self.sequence.wrapping_add(1);
        let missing = length.saturating_sub(self.bytes.len());
        self.bytes.extend(data.iter().take(missing));
        if data.is_empty() && missing > 0 {
            return Err(LinkError::Malformed);
        }
        Ok((self.bytes.len() == length).then(|| core::mem::take(&mut self.bytes)))
    }
}

#[cfg(test)]
mod tests;
