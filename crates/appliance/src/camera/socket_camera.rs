//! The interface's end: pictures and symbols, from the process that owns the camera.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use vitrine_qr::{FrameSource, LumaFrame, Reader, SourceError, Symbol};

use super::wire::{self, Answer, HEADER_BYTES, NEXT};

/// How long a camera may take to start: its process tries several formats, and waits 10 s for the first picture.
const START: Duration = Duration::from_secs(20);
/// How long a picture may take: its process waits 5 s for the camera, and then reads it.
const PICTURE: Duration = Duration::from_secs(15);
/// How long a request may wait to be sent.
const WRITE: Duration = Duration::from_secs(5);
/// The shortest wait that a socket takes.
const SHORTEST: Duration = Duration::from_millis(1);
/// Bytes that are read at once: what is announced is only taken as it arrives.
const PIECE_BYTES: usize = 64 * 1024;

/// A camera in another process. Everything that it says is bounded, and escaped.
#[derive(Debug)]
pub struct SocketCamera {
    socket: UnixStream,
    name: String,
    /// The number of the last picture.
    sequence: u64,
    /// A failed exchange leaves the socket in the middle of something: it is not used again.
    ended: bool,
}

impl SocketCamera {
    /// Waits until the process at the other end of `socket` has a picture to give.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    pub fn open(socket: UnixStream) -> Result<Self, String> {
        let prepared = socket.set_nonblocking(false).and_then(|()| socket.set_write_timeout(Some(WRITE)));
        prepared.map_err(|error| format!("The camera cannot be opened: {error}."))?;
        let mut camera = Self { socket, name: String::from("camera"), sequence: 0, ended: false };
        match camera.answer(START) {
            Ok(Answer::Opened(name)) => camera.name = shown(&name),
            Ok(Answer::Lost(why)) => return Err(format!("The camera cannot be opened: {}", shown(&why))),
            Ok(Answer::Picture(_) | Answer::Unreadable(_)) => return Err(stopped(&wire::Malformed.to_string())),
            Err(why) => return Err(stopped(&why)),
        }
        Ok(camera)
    }

    fn lost(&mut self, reason: String) -> SourceError {
        self.ended = true;
        SourceError::Lost { source: self.name.clone(), reason }
    }

    fn ask(&mut self) -> Result<Answer, String> {
        if self.ended {
            return Err(String::from("its process has stopped"));
        }
        self.socket.write_all(&[NEXT]).map_err(|_| String::from("its process has stopped"))?;
        self.answer(PICTURE)
    }

    fn answer(&mut self, patience: Duration) -> Result<Answer, String> {
        let end = Instant::now() + patience;
        let head = self.bytes(HEADER_BYTES, end)?;
        let head = <[u8; HEADER_BYTES]>::try_from(head).map_err(|_| wire::Malformed.to_string())?;
        let (kind, length) = wire::header(head).map_err(|error| error.to_string())?;
        let body = self.bytes(length, end)?;
        Answer::decode(kind, body).map_err(|error| error.to_string())
    }

    fn bytes(&mut self, length: usize, end: Instant) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut piece = vec![0; length.min(PIECE_BYTES)];
        while bytes.len() < length {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(String::from("its process does not answer"));
            }
            let wanted = length.saturating_sub(bytes.len()).min(PIECE_BYTES);
            let timed = self.socket.set_read_timeout(Some(left.max(SHORTEST)));
            timed.map_err(|error| error.to_string())?;
            let room = piece.get_mut(..wanted).unwrap_or_default();
            match self.socket.read(room) {
                Ok(0) => return Err(String::from("its process has stopped")),
                Ok(arrived) => bytes.extend(room.iter().take(arrived)),
                Err(error) if is_patience(error.kind()) => {}
                Err(_) => return Err(String::from("its process has stopped")),
            }
        }
        Ok(bytes)
    }

    fn picture(&mut self) -> Result<(LumaFrame, Vec<Symbol>), SourceError> {
        match self.ask() {
            Ok(Answer::Picture(picture)) if picture.sequence > self.sequence => {
                self.sequence = picture.sequence;
                Ok((picture.frame, picture.symbols))
            }
            Ok(Answer::Unreadable(why)) => {
                Err(SourceError::Unreadable { source: self.name.clone(), reason: shown(&why) })
            }
            Ok(Answer::Lost(why)) => Err(self.lost(shown(&why))),
            Ok(Answer::Picture(_) | Answer::Opened(_)) => Err(self.lost(advice(&wire::Malformed.to_string()))),
            Err(why) => Err(self.lost(advice(&why))),
        }
    }
}

fn is_patience(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// A text of the process, in which nothing but plain characters and the sign between two sides is left.
fn shown(text: &str) -> String {
    text.split('×').map(vitrine_review::escape).collect::<Vec<_>>().join("×")
}

fn stopped(why: &str) -> String {
    format!("The camera stopped: {}.", advice(why))
}

fn advice(why: &str) -> String {
    format!("{why}; open it again, or take another")
}

impl FrameSource for SocketCamera {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        self.picture().map(|(frame, _)| Some(frame))
    }

    /// The process has read the picture already.
    fn next_read(&mut self, _: &mut Reader) -> Result<Option<(LumaFrame, Vec<Symbol>)>, SourceError> {
        self.picture().map(Some)
    }

    fn describe(&self) -> String {
        self.name.clone()
    }
}
