//! Reads the camera until a request is complete.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vitrine_qr::{Assembler, FrameSource, LumaFrame, Quality, Reader, Received, SourceError, Symbol};

use super::{Desk, Pacing};
use crate::model::{Report, ScanReport};

/// A film shown in a window runs no faster than a camera.
const PICTURE: Duration = Duration::from_millis(33);
/// So many unreadable pictures in a row mean that the camera is of no use.
const UNREADABLE: usize = 100;

/// Sends a report of each picture, the payload when it is complete, or why there are no more pictures.
pub(super) fn run(desk: &Desk, camera: &str) {
    match open(desk, camera) {
        Err(why) => desk.say(Report::ScanEnded(why)),
        Ok(source) => {
            desk.say(Report::CameraOpened(source.describe()));
            if let Some(end) = watch(desk, source) {
                desk.say(end);
            }
        }
    }
}

/// The camera that is taken; where it is gone and one alone is there, that one: one that is plugged in again may have another
/// name.
fn open(desk: &Desk, camera: &str) -> Result<Box<dyn FrameSource>, String> {
    let mut ports = desk.ports();
    let why = match ports.open_camera(camera) {
        Ok(source) => return Ok(source),
        Err(why) => why,
    };
    match ports.cameras().unwrap_or_default().as_slice() {
        [(only, _)] if only != camera => ports.open_camera(only),
        _ => Err(why),
    }
}

fn watch(desk: &Desk, mut source: Box<dyn FrameSource>) -> Option<Report> {
    let (mut reader, mut assembler) = (Reader::new(), Assembler::new());
    let mut unreadable: usize = 0;
    while desk.is_wanted() {
        let begun = Instant::now();
        match source.next_read(&mut reader) {
            Ok(Some((frame, symbols))) => {
                unreadable = 0;
                desk.show(Report::Scanned(Box::new(scanned(frame, &symbols, &mut assembler))));
                if let Some(payload) = assembler.payload() {
                    return Some(Report::Arrived(payload.clone()));
                }
            }
            Ok(None) => return Some(Report::ScanEnded(film_over(&assembler))),
            Err(SourceError::Unreadable { .. }) if unreadable < UNREADABLE => unreadable = unreadable.saturating_add(1),
            Err(error) => return Some(Report::ScanEnded(error.to_string())),
        }
        if desk.pacing == Pacing::Live {
            std::thread::sleep(PICTURE.saturating_sub(begun.elapsed()));
        }
    }
    None
}

fn scanned(frame: LumaFrame, symbols: &[Symbol], assembler: &mut Assembler) -> ScanReport {
    let quality = Quality::measure(&frame, symbols);
    let received = symbols.iter().map(|symbol| assembler.receive(&symbol.bytes)).max_by_key(weight);
    let corners = largest(symbols).map(|symbol| symbol.corners.clone()).unwrap_or_default();
    ScanReport { picture: Arc::new(frame), corners, quality, received, progress: assembler.progress() }
}

/// What is told of several codes in one picture: the one that says most.
fn weight(received: &Received) -> u8 {
    match received {
        Received::NotAPart(_) => 0,
        Received::OtherMessage => 1,
        Received::Seen => 2,
        Received::New { .. } => 3,
        Received::Complete => 4,
    }
}

fn largest(symbols: &[Symbol]) -> Option<&Symbol> {
    let module = |symbol: &Symbol| symbol.module_px.unwrap_or_default();
    symbols.iter().max_by(|a, b| module(a).total_cmp(&module(b)))
}

fn film_over(assembler: &Assembler) -> String {
    let progress = assembler.progress();
    match progress.parts.len() {
        0 => "The pictures are over, and no part of a request was in them.".to_owned(),
        parts => format!("The pictures are over, and {} of {parts} parts were in them.", progress.received),
    }
}
