//! Packets of 64 bytes, and messages cut into them.
//!
//! A message travels as U2F HID does: channel (4 bytes), command (1), length (2), data; then channel, sequence number (1),
//! data. All numbers are big endian.
//!
//! Source: BitBoxSwiss/bitbox02-firmware, `src/usb/usb_frame.c`; FIDO U2F HID protocol 1.1, 2.4.

use crate::LinkError;
use crate::error::DeviceError;

/// Bytes of a packet.
pub const PACKET_BYTES: usize = 64;
/// Most bytes of a message: one packet to begin with, and 128 that follow.
pub(super) const MESSAGE_BYTES: usize = FIRST_BYTES + 128 * NEXT_BYTES;

const FIRST_BYTES: usize = PACKET_BYTES - 7;
const NEXT_BYTES: usize = PACKET_BYTES - 5;
/// The channel that the vendor's programs use.
const CHANNEL: [u8; 4] = [0xff, 0x00, 0xff, 0x00];
/// The command of the hardware wallet, a vendor's one.
const COMMAND: u8 = 0xc1;

/// Carries packets to the device and from it: USB, an emulator, a recording.
///
/// How long a wait may last, and whether it goes on, says the driver's [`crate::Control`].
pub trait HidPackets: Send {
    /// Sends one packet.
    ///
    /// # Errors
    /// [`LinkError`].
    fn write(&mut self, packet: &[u8; PACKET_BYTES]) -> Result<(), LinkError>;

    /// Waits for a packet.
    ///
    /// # Errors
    /// [`LinkError`].
    fn read(&mut self) -> Result<[u8; PACKET_BYTES], LinkError>;

    /// Waits for `milliseconds` before the device is asked again.
    ///
    /// # Errors
    /// [`LinkError::Cancelled`] when [`crate::Control::cancel`] ended the wait.
    fn pause(&mut self, milliseconds: u64) -> Result<(), LinkError>;
}

/// Cuts a message into packets.
///
/// # Errors
/// [`DeviceError::Unsupported`] if it has more than [`MESSAGE_BYTES`].
pub(super) fn packets(message: &[u8]) -> Result<Vec<[u8; PACKET_BYTES]>, DeviceError> {
    let length = u16::try_from(message.len()).ok().filter(|length| usize::from(*length) <= MESSAGE_BYTES);
    let length = length.ok_or_else(|| DeviceError::Unsupported {
        what: format!("a part of {} bytes: a BitBox02 takes {MESSAGE_BYTES} at once", message.len()),
    })?;
    let (first, rest) = message.split_at_checked(FIRST_BYTES).unwrap_or((message, &[]));
    let mut packets = vec![packet(&[COMMAND, length.to_be_bytes()[0], length.to_be_bytes()[1]], first)];
    packets.extend((0_u8..).zip(rest.chunks(NEXT_BYTES)).map(|(number, piece)| packet(&[number], piece)));
    Ok(packets)
}

fn packet(head: &[u8], data: &[u8]) -> [u8; PACKET_BYTES] {
    let mut packet = [0; PACKET_BYTES];
    let bytes = CHANNEL.iter().chain(head).chain(data);
    packet.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    packet
}

/// A message as far as it arrived.
#[derive(Default)]
pub(super) struct Gathering {
    /// Its length, which the first packet says; at most [`MESSAGE_BYTES`].
    length: Option<usize>,
    /// Never more than `length`.
    bytes: Vec<u8>,
    next: u8,
}

impl Gathering {
    /// Takes a packet, and returns the message if it is whole.
    ///
    /// # Errors
    /// [`DeviceError::Malformed`] or [`DeviceError::TooLarge`] for a packet that does not continue it.
    pub(super) fn take(
        &mut self,
        packet: &[u8; PACKET_BYTES],
        at: &'static str,
    ) -> Result<Option<Vec<u8>>, DeviceError> {
        let malformed = |what| DeviceError::Malformed { at, what };
        let rest = packet.strip_prefix(&CHANNEL).ok_or_else(|| malformed("a packet of another channel"))?;
        let (length, data) = match (self.length, rest) {
            (None, [COMMAND, high, low, data @ ..]) => (self.begin([*high, *low], at)?, data),
            (None, _) => return Err(malformed("a packet that begins no message")),
            (Some(length), [number, data @ ..]) if *number == self.next => {
                self.next = self.next.saturating_add(1);
                (length, data)
            }
            (Some(_), _) => return Err(malformed("packets out of their order")),
        };
        let missing = length.saturating_sub(self.bytes.len());
        self.bytes.extend(data.iter().take(missing));
        Ok((self.bytes.len() == length).then(|| core::mem::take(&mut self.bytes)))
    }

    fn begin(&mut self, length: [u8; 2], at: &'static str) -> Result<usize, DeviceError> {
        let bytes = usize::from(u16::from_be_bytes(length));
        if bytes > MESSAGE_BYTES {
            return Err(DeviceError::TooLarge { at, bytes, limit: MESSAGE_BYTES });
        }
        self.length = Some(bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(packets: &[[u8; PACKET_BYTES]]) -> Result<Option<Vec<u8>>, DeviceError> {
        let mut gathering = Gathering::default();
        let mut last = Ok(None);
        for packet in packets {
            assert_eq!(last, Ok(None), "whole before its last packet");
            last = gathering.take(packet, "x");
        }
        last
    }

    #[test]
    fn what_is_cut_is_gathered_again_at_every_length() {
        for length in [0, 1, 56, 57, 58, 116, 117, 5000, MESSAGE_BYTES] {
            let message: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            assert_eq!(gathered(&packets(&message).unwrap()), Ok(Some(message)), "{length}");
        }
        assert!(packets(&vec![0; MESSAGE_BYTES + 1]).is_err());
    }

    #[test]
    fn packets_that_are_lost_swapped_or_another_channels_end_the_message() {
        let whole = packets(&[7; 300]).unwrap();
        for (from, to) in [(1, 2), (0, 1), (3, 1)] {
            let mut swapped = whole.clone();
            swapped.swap(from, to);
            let mut gathering = Gathering::default();
            assert!(swapped.iter().any(|packet| gathering.take(packet, "x").is_err()), "{from} {to}");
        }
        let mut foreign = whole[0];
        foreign[0] = 0;
        assert!(Gathering::default().take(&foreign, "x").is_err());
    }

    #[test]
    fn a_length_that_no_packets_could_carry_is_refused_at_once() {
        let mut packet = packets(b"x").unwrap()[0];
        packet[5] = 0xff;
        let outcome = Gathering::default().take(&packet, "x");
        assert!(matches!(outcome, Err(DeviceError::TooLarge { bytes: 65281, .. })), "{outcome:?}");
    }
}
