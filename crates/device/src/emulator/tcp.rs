//! A Ledger's commands over TCP, as its emulator takes them.
//!
//! Source: LedgerHQ/speculos, `speculos/mcu/apdu.py`: four bytes of length (big endian) and the command; back four
//! bytes of length, the data of that length, and two bytes of status.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::control::Control;
use crate::ledger::{ApduExchange, LinkError, REPLY_BYTES};

const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How often a wait looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(100);
const LENGTH: usize = 4;
const STATUS: usize = 2;

pub(super) struct Tcp {
    stream: TcpStream,
    control: Control,
    /// What arrived of the next answer.
    arrived: Vec<u8>,
    /// Answers to commands that nobody waited for: they are still to come.
    owed: usize,
}

impl Tcp {
    pub(super) fn open(address: SocketAddr, control: Control) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(CONNECT_LIMIT))?;
        Ok(Self { stream, control, arrived: Vec::new(), owed: 0 })
    }

    /// The next answer, whichever command it belongs to.
    fn answer(&mut self) -> Result<Vec<u8>, LinkError> {
        let begun = Instant::now();
        loop {
            if let Some(answer) = self.whole()? {
                return Ok(answer);
            }
            self.control.may_wait(begun.elapsed())?;
            self.receive()?;
        }
    }

    fn whole(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let Some((length, rest)) = self.arrived.split_first_chunk::<LENGTH>() else { return Ok(None) };
        let bytes = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).saturating_add(STATUS);
        if bytes > REPLY_BYTES {
            return Err(LinkError::TooLarge(bytes));
        }
        let Some((answer, later)) = rest.split_at_checked(bytes) else { return Ok(None) };
        let (answer, later) = (answer.to_vec(), later.to_vec());
        self.arrived = later;
        self.owed = self.owed.saturating_sub(1);
        Ok(Some(answer))
    }

    fn receive(&mut self) -> Result<(), LinkError> {
        let mut bytes = [0; LENGTH + REPLY_BYTES];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(LinkError::Unplugged),
            Ok(read) => {
                self.arrived.extend(bytes.iter().take(read));
                Ok(())
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(_) => Err(LinkError::Unplugged),
        }
    }
}

impl ApduExchange for Tcp {
    fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, LinkError> {
        while self.owed > 0 {
            self.answer()?;
        }
        let length = u32::try_from(apdu.len()).map_err(|_| LinkError::Malformed)?;
        let command = [&length.to_be_bytes(), apdu].concat();
        self.stream.write_all(&command).map_err(|_| LinkError::Unplugged)?;
        self.owed = self.owed.saturating_add(1);
        self.answer()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Tcp, TcpStream, Control) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let control = Control::default();
        let link = Tcp::open(listener.local_addr().unwrap(), control.clone()).unwrap();
        (link, listener.accept().unwrap().0, control)
    }

    #[test]
    fn a_command_arrives_whole_and_its_answer_in_pieces() {
        let (mut link, mut emulator, _) = pair();
        let answering = std::thread::spawn(move || {
            let mut command = [0; 9];
            assert_eq!(emulator.read(&mut command).unwrap(), 9);
            for piece in [&[0, 0][..], &[0, 3, 1, 2], &[3, 0x90, 0]] {
                emulator.write_all(piece).unwrap();
                emulator.flush().unwrap();
            }
            command
        });
        assert_eq!(link.exchange(&[0xe0, 6, 0, 0, 0]), Ok(vec![1, 2, 3, 0x90, 0]));
        assert_eq!(answering.join().unwrap(), [0, 0, 0, 5, 0xe0, 6, 0, 0, 0]);
    }

    #[test]
    fn what_comes_late_is_not_the_answer_to_a_later_command() {
        let (mut link, mut emulator, control) = pair();
        control.cancel();
        assert_eq!(link.exchange(&[1]), Err(LinkError::Cancelled));
        control.renew();
        emulator.write_all(&[0, 0, 0, 1, 0xaa, 0x90, 0, 0, 0, 0, 1, 0xbb, 0x90, 0]).unwrap();
        assert_eq!(link.exchange(&[2]), Ok(vec![0xbb, 0x90, 0]));
    }

    #[test]
    fn four_gigabytes_announced_are_never_gathered_and_a_closed_door_is_a_pulled_cable() {
        let (mut link, mut emulator, _) = pair();
        emulator.write_all(&u32::MAX.to_be_bytes()).unwrap();
        assert!(matches!(link.exchange(&[1]), Err(LinkError::TooLarge(_))));
        let (mut link, emulator, _) = pair();
        drop(emulator);
        assert_eq!(link.exchange(&[1]), Err(LinkError::Unplugged));
    }
}
