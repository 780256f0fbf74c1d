//! The screen that is left when the interface is not: a process of its own, which shows one picture.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use crate::broker::message::Answer;
use crate::broker::wire;
use crate::confine::{self, Role};
use crate::display;

/// How long what is to be shown may take to come.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked whether another screen was plugged in.
const EVERY: Duration = Duration::from_secs(2);

/// Shows what comes over the socket that is the standard input, for as long as the machine is on.
pub fn main() -> ExitCode {
    match show() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("the last screen: {why}");
            ExitCode::FAILURE
        }
    }
}

fn show() -> Result<(), String> {
    let (what, steps) = hear().map_err(|e| format!("nothing to be shown came: {e}"))?;
    confine::enter(&Role::Stopped).map_err(|error| error.to_string())?;
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let mut surface = display::open()?;
    loop {
        display::show_once(surface.as_mut(), |ui| vitrine_app::safe_stop_ui(ui, &what, &steps))?;
        while !surface.look()? {
            thread::sleep(EVERY);
        }
    }
}

/// What happened, and the sentences below it.
fn hear() -> io::Result<(String, Vec<String>)> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (frame, _) = wire::receive(&socket, Some(Instant::now() + PATIENCE))?;
    let malformed = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    match Answer::decode(&frame) {
        Ok((_, Answer::Notices(notices))) => {
            let mut texts = notices.into_iter().map(|notice| notice.text);
            Ok((texts.next().unwrap_or_default(), texts.collect()))
        }
        Ok((_, other)) => Err(malformed(other.kind().to_owned())),
        Err(e) => Err(malformed(e.to_string())),
    }
}
