//! Wakes the interface from other threads: a pipe that it waits on.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::{read, write};
use rustix::pipe::{PipeFlags, pipe_with};

/// The end that is waited on.
pub struct Wake {
    waits: OwnedFd,
    bell: Bell,
}

/// The end that wakes.
#[derive(Clone)]
pub struct Bell(Arc<OwnedFd>);

impl Wake {
    /// A pipe of which neither end ever blocks.
    ///
    /// # Errors
    /// The process has no file descriptor left.
    pub fn new() -> io::Result<Self> {
        let (waits, rings) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC)?;
        Ok(Self { waits, bell: Bell(Arc::new(rings)) })
    }

    /// The end that wakes.
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// What to wait on.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.waits.as_fd()
    }

    /// Whether somebody rang since the last time.
    pub fn clear(&self) -> bool {
        let mut rung = false;
        let mut bytes = [0; 64];
        while matches!(read(&self.waits, &mut bytes), Ok(1..)) {
            rung = true;
        }
        rung
    }
}

impl Bell {
    /// Wakes whoever waits. A full pipe wakes as well.
    pub fn ring(&self) {
        let _ = write(&self.0, &[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rings_wake_once() {
        let wake = Wake::new().unwrap();
        assert!(!wake.clear());
        let bell = wake.bell();
        std::thread::spawn(move || (0..100_000).for_each(|_| bell.ring())).join().unwrap();
        assert!(wake.clear());
        assert!(!wake.clear());
    }
}
