//! The process that owns a camera: pictures out, and what was read from them.
//!
//! [`main`] is the process; [`SocketCamera`] is what the interface holds of it. What parses what a camera sends (the driver
//! library, the JPEG decoder, the QR reader) runs here alone, confined to that one camera.

mod socket_camera;
pub mod wire;

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use vitrine_qr::{FrameSource, Reader, SourceError};

pub use self::socket_camera::SocketCamera;
use self::wire::{Answer, NEXT, Picture};
use crate::confine::{self, Role};

/// Sends the pictures of the camera of this device file, `/dev/videoN`, to the socket that is the standard input; returns when
/// either is gone.
pub fn main(id: &str) -> ExitCode {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else {
        return ExitCode::FAILURE;
    };
    match film(id, &socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Nobody is left to be told where it cannot be sent.
            let _ = (&socket).write_all(&Answer::Lost(why).encode());
            ExitCode::FAILURE
        }
    }
}

fn film(id: &str, socket: &UnixStream) -> Result<(), String> {
    let role = role(id).ok_or_else(|| format!("{} is no camera", vitrine_review::escape(id)))?;
    confine::enter(&role).map_err(|error| error.to_string())?;
    let mut source = vitrine_camera::open(id).map_err(|error| error.to_string())?;
    confine::narrow(&role).map_err(|error| error.to_string())?;
    serve(source.as_mut(), socket);
    Ok(())
}

/// The part of a process that takes pictures of this camera; none for what is no video device.
pub fn role(id: &str) -> Option<Role> {
    let number = id.strip_prefix("/dev/video")?;
    let plain = number.parse::<u16>().is_ok_and(|parsed| parsed.to_string() == number);
    plain.then(|| Role::Camera(PathBuf::from(id)))
}

/// Says that the camera runs; then, each time it is asked, takes the newest picture and sends it with what is in it. A picture
/// is taken when it is asked for, so that who asks seldom gets fresh ones.
pub fn serve(source: &mut dyn FrameSource, socket: &UnixStream) {
    let mut socket = socket;
    let mut reader = Reader::new();
    let mut sequence = 0_u64;
    let mut answer = Answer::Opened(source.describe());
    loop {
        let last = matches!(answer, Answer::Lost(_));
        if socket.write_all(&answer.encode()).is_err() || last || !is_asked(socket) {
            return;
        }
        sequence = sequence.saturating_add(1);
        answer = next(source, &mut reader, sequence);
    }
}

/// Waits for the next request; false if there will be none.
fn is_asked(mut socket: &UnixStream) -> bool {
    let mut request = [0];
    loop {
        match socket.read(&mut request) {
            Ok(1) => return request == [NEXT],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return false,
        }
    }
}

fn next(source: &mut dyn FrameSource, reader: &mut Reader, sequence: u64) -> Answer {
    match source.next_read(reader) {
        Ok(Some((frame, symbols))) if frame.luma().len() <= wire::AREA_PX => {
            Answer::Picture(Box::new(Picture { sequence, frame, symbols }))
        }
        Ok(Some(_)) => Answer::Unreadable(String::from("it is larger than the pictures of a camera")),
        Ok(None) => Answer::Lost(String::from("the pictures are over")),
        Err(SourceError::Unreadable { reason, .. }) => Answer::Unreadable(reason),
        Err(SourceError::Lost { reason, .. }) => Answer::Lost(reason),
        Err(error @ SourceError::Frame(_)) => Answer::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::role;

    #[test]
    fn a_camera_is_a_video_device_or_nothing() {
        assert!(role("/dev/video0").is_some() && role("/dev/video12").is_some());
        for id in ["", "0", "video0", "/dev/video", "/dev/video00", "/dev/video+1", "/dev/video0/../sda", "/dev/sda"] {
            assert_eq!(role(id), None, "{id}");
        }
    }
}
