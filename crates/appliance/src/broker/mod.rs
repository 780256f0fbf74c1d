//! What the interface asks of the first process, and how.
//!
//! One socket, calls and answers as [`wire`] frames of [`message`]s. Files and devices stay with the first process; what it
//! hands over of them are sockets to confined children.

pub mod message;
pub mod server;
pub mod wire;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use message::{Answer, Call};
pub use message::{Check, Files, Notice};

/// How long an answer may take that is read from memory.
const SHORT: Duration = Duration::from_secs(5);
/// How long an answer may take for which the stick is read or written, a child is started, or the system looked at.
const LONG: Duration = Duration::from_secs(30);

/// The interface's end of its socket to the first process. Every call is bounded in time and size.
///
/// Calls wait for one another, so that each may take as long as those before it and its own time; [`Broker::alive`] waits for
/// none.
#[derive(Clone, Debug)]
pub struct Broker(Arc<Ends>);

#[derive(Debug)]
struct Ends {
    /// Held while a frame is written.
    sending: Mutex<UnixStream>,
    /// Held from a call to its answer.
    calling: Mutex<Calling>,
}

#[derive(Debug)]
struct Calling {
    receiving: UnixStream,
    /// Number of the last call: an answer to an earlier one, which came too late, is passed over.
    number: u32,
}

impl Broker {
    /// The socket that this process has been given as its standard input.
    ///
    /// # Errors
    ///
    /// Standard input is no open file.
    pub fn from_stdin() -> io::Result<Broker> {
        let socket: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
        Broker::over(UnixStream::from(socket))
    }

    /// Speaks over `socket`.
    ///
    /// # Errors
    ///
    /// The socket cannot be duplicated.
    pub fn over(socket: UnixStream) -> io::Result<Broker> {
        let receiving = socket.try_clone()?;
        socket.set_write_timeout(Some(SHORT))?;
        let calling = Calling { receiving, number: 0 };
        Ok(Broker(Arc::new(Ends { sending: Mutex::new(socket), calling: Mutex::new(calling) })))
    }

    /// Cameras that were let in: identifier, name as the device states it (escaped).
    ///
    /// # Errors
    ///
    /// In words for the screen: the first process does not answer, or what it says.
    pub fn cameras(&self) -> Result<Vec<(String, String)>, String> {
        match self.call(&Call::Cameras, SHORT)? {
            (Answer::Devices(list), _) => Ok(list),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Hardware wallets that were let in: identifier, name as the device states it (escaped).
    ///
    /// # Errors
    ///
    /// As [`Broker::cameras`].
    pub fn wallets(&self) -> Result<Vec<(String, String)>, String> {
        match self.call(&Call::Wallets, SHORT)? {
            (Answer::Devices(list), _) => Ok(list),
            other => Err(unexpected(&other.0)),
        }
    }

    /// A socket to a confined child that was started for this camera; closing it ends the child.
    ///
    /// # Errors
    ///
    /// As [`Broker::cameras`]; no such camera is there, or another child has it.
    pub fn open_camera(&self, id: &str) -> Result<UnixStream, String> {
        self.open(&Call::OpenCamera(id.to_owned()))
    }

    /// A socket to a confined child that was started for this wallet; closing it ends the child.
    ///
    /// # Errors
    ///
    /// As [`Broker::open_camera`].
    pub fn open_wallet(&self, id: &str) -> Result<UnixStream, String> {
        self.open(&Call::OpenWallet(id.to_owned()))
    }

    /// Keeps `bytes` as the file `name`, on the export stick or, while there is none, in memory; says where.
    ///
    /// # Errors
    ///
    /// As [`Broker::cameras`]; the name is not one of the session's files, or the file is too large.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<String, String> {
        match self.call(&Call::Save { name: name.to_owned(), bytes: bytes.to_vec() }, LONG)? {
            (Answer::Said(place), _) => Ok(place),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Files of the ceremony folder, paths relative to it; `None` where neither stick nor image has one.
    ///
    /// # Errors
    ///
    /// As [`Broker::cameras`]; the folder cannot be read or is too large.
    pub fn folder(&self) -> Result<Option<Files>, String> {
        match self.call(&Call::Folder, LONG)? {
            (Answer::Folder(files), _) => Ok(files),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Looks at each property of the running system now.
    ///
    /// # Errors
    ///
    /// As [`Broker::cameras`].
    pub fn self_test(&self) -> Result<Vec<Check>, String> {
        match self.call(&Call::SelfTest, LONG)? {
            (Answer::Checks(checks), _) => Ok(checks),
            other => Err(unexpected(&other.0)),
        }
    }

    /// What happened that people must know, oldest first: all of it since the start, at most the latest
    /// [`message::NOTICES_MAX`]. A first process that does not answer is a notice itself.
    pub fn notices(&self) -> Vec<Notice> {
        let answer = match self.call(&Call::Notices, SHORT) {
            Ok((Answer::Notices(notices), _)) => return notices,
            Ok((other, _)) => unexpected(&other),
            Err(problem) => problem,
        };
        vec![Notice { text: answer, next: String::from("Switch the machine off and on again.") }]
    }

    /// The interface lives: to be said at least every few seconds. One that was silent for
    /// [`crate::first::SILENCE_MAX`] is ended.
    pub fn alive(&self) {
        // A first process that no longer hears ends this one: nobody is left to be told.
        let _ = self.send(0, &Call::Alive);
    }

    /// Switches the machine off.
    pub fn power_off(&self) {
        let _ = self.send(0, &Call::PowerOff);
    }

    fn open(&self, call: &Call) -> Result<UnixStream, String> {
        match self.call(call, LONG)? {
            (Answer::Cable, Some(socket)) => Ok(UnixStream::from(socket)),
            (Answer::Cable, None) => Err(String::from("the first process sent no socket")),
            other => Err(unexpected(&other.0)),
        }
    }

    fn call(&self, call: &Call, limit: Duration) -> Result<(Answer, Option<OwnedFd>), String> {
        let mut calling = lock(&self.0.calling);
        // Counted from here: whoever waited for another's call to be answered has the whole time for its own.
        let deadline = Instant::now() + limit;
        calling.number = calling.number.wrapping_add(1);
        let number = calling.number;
        self.send(number, call).map_err(|e| format!("the first process cannot be asked: {e}"))?;
        loop {
            let (frame, socket) = wire::receive(&calling.receiving, Some(deadline))
                .map_err(|e| format!("the first process does not answer: {e}"))?;
            let (answered, answer) = Answer::decode(&frame).map_err(|e| format!("the first process answers {e}"))?;
            if answered == number {
                return match answer {
                    Answer::Refused(words) => Err(words),
                    answer => Ok((answer, socket)),
                };
            }
        }
    }

    fn send(&self, number: u32, call: &Call) -> io::Result<()> {
        let frame = call.encode(number);
        wire::send(&lock(&self.0.sending), &frame, None)
    }
}

fn unexpected(answer: &Answer) -> String {
    format!("the first process answers something else than was asked: {}", answer.kind())
}

/// What a thread left that ended in a panic is whole: each write to these values is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
