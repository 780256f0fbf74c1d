//! Frames over a socket: four bytes of length (little-endian), then so many bytes; at most one file descriptor beside them.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// The longest frame, in bytes: a ceremony folder of [`super::message::FOLDER_MAX`] with its names.
pub const FRAME_MAX: usize = 17 * 1024 * 1024;

/// Bytes taken at once: a length that is claimed is not allocated before so much has come.
const CHUNK: usize = 64 * 1024;

/// Sends one frame, with `fd` beside its first byte.
///
/// # Errors
///
/// The frame is longer than [`FRAME_MAX`]; the other end is closed or does not take it within the socket's time.
pub fn send(socket: &UnixStream, frame: &[u8], fd: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let too_long = || io::Error::new(io::ErrorKind::InvalidInput, format!("a message of {} bytes", frame.len()));
    if frame.len() > FRAME_MAX {
        return Err(too_long());
    }
    let length = u32::try_from(frame.len()).map_err(|_| too_long())?.to_le_bytes();
    let sent = send_with(socket, &length, fd)?;
    let mut socket: &UnixStream = socket;
    socket.write_all(length.get(sent..).unwrap_or_default())?;
    socket.write_all(frame)
}

fn send_with(socket: &UnixStream, bytes: &[u8], fd: Option<BorrowedFd<'_>>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let fds: Vec<BorrowedFd<'_>> = fd.into_iter().collect();
    if !fds.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::Error::other("no room for a file descriptor"));
    }
    Ok(sendmsg(socket.as_fd(), &[IoSlice::new(bytes)], &mut beside, SendFlags::NOSIGNAL)?)
}

/// Receives one frame and what came beside it. Without a deadline it waits for as long as the other end is open.
///
/// # Errors
///
/// The other end is closed, the deadline passed, or more than [`FRAME_MAX`] bytes are announced.
pub fn receive(socket: &UnixStream, deadline: Option<Instant>) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
    let mut length = [0; 4];
    wait(socket, deadline)?;
    let (got, fd) = receive_with(socket, &mut length)?;
    read(socket, length.get_mut(got..).unwrap_or_default(), deadline)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > FRAME_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes is announced")));
    }
    let mut frame = Vec::new();
    while frame.len() < length {
        let start = frame.len();
        frame.resize(length.min(start.saturating_add(CHUNK)), 0);
        read(socket, frame.get_mut(start..).unwrap_or_default(), deadline)?;
    }
    Ok((frame, fd))
}

fn receive_with(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(bytes)];
    let got = loop {
        match recvmsg(socket.as_fd(), &mut parts, &mut beside, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?.bytes,
        }
    };
    if got == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut fds = beside.drain().filter_map(|m| match m {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    Ok((got, fds.next().and_then(|mut fds| fds.next())))
}

fn read(mut socket: &UnixStream, mut rest: &mut [u8], deadline: Option<Instant>) -> io::Result<()> {
    while !rest.is_empty() {
        wait(socket, deadline)?;
        match socket.read(rest) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => rest = rest.get_mut(got..).unwrap_or_default(),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn wait(socket: &UnixStream, deadline: Option<Instant>) -> io::Result<()> {
    let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
    if left == Some(Duration::ZERO) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    socket.set_read_timeout(left)
}
