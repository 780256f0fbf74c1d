//! INPUT arguments: files, standard input, pictures, films and folders of frames become one payload.

use std::path::{Path, PathBuf};

use vitrine_qr::{Assembler, FrameSource, PartState, Payload, Reader, Received};

use crate::failure::Failure;
use crate::files;

/// Most frames looked at before giving up: ten minutes at 30 a second.
const MAX_FRAMES: usize = 18_000;

/// Reads one payload from files, pictures or films.
pub(crate) fn payload(inputs: &[PathBuf]) -> Result<Payload, Failure> {
    match inputs {
        [file] if !is_pictures(file)? => {
            let bytes = files::read(file)?;
            Payload::from_file(&bytes).map_err(|error| Failure::input(format!("{}: {error}", file.display())))
        }
        _ => {
            let mut source = vitrine_camera::open_files(inputs).map_err(Failure::input)?;
            scan(source.as_mut())
        }
    }
}

/// Whether the path is a folder or starts with the magic of a picture or film.
fn is_pictures(path: &Path) -> Result<bool, Failure> {
    if path == Path::new("-") {
        return Ok(false);
    }
    if path.is_dir() {
        return Ok(true);
    }
    let bytes = files::magic(path)?;
    let magics: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"YUV4MPEG2"];
    Ok(magics.iter().any(|magic| bytes.starts_with(magic)))
}

/// Reads frames until a payload is complete.
pub(crate) fn scan(source: &mut dyn FrameSource) -> Result<Payload, Failure> {
    let (mut reader, mut assembler) = (Reader::new(), Assembler::new());
    let mut seen = Seen::default();
    for _ in 0..MAX_FRAMES {
        let Some(frame) = source.next_frame().map_err(Failure::device)? else { break };
        seen.frames = seen.frames.saturating_add(1);
        for symbol in reader.read(&frame) {
            seen.symbols = seen.symbols.saturating_add(1);
            if let Received::NotAPart(why) = assembler.receive(&symbol.bytes) {
                seen.not_a_part = Some(why.to_string());
            }
        }
        if let Some(payload) = assembler.payload() {
            return Ok(payload.clone());
        }
    }
    Err(Failure::input(seen.explain(&source.describe(), &assembler)))
}

#[derive(Default)]
struct Seen {
    frames: usize,
    symbols: usize,
    not_a_part: Option<String>,
}

impl Seen {
    fn explain(&self, source: &str, assembler: &Assembler) -> String {
        let progress = assembler.progress();
        let read = progress.parts.iter().filter(|p| **p == PartState::Read).count();
        if !progress.parts.is_empty() {
            let mut text = format!("{source}: {read} of {} parts read in {} frames", progress.parts.len(), self.frames);
            if progress.refused > 0 {
                text += &format!(", {} parts of another message refused", progress.refused);
            }
            return text + ". Film every part of one request";
        }
        match &self.not_a_part {
            Some(why) => format!("{source}: {why}"),
            None if self.symbols == 0 => {
                format!(
                    "{source}: no QR code found in {} frames. Fill the picture with the code, in focus",
                    self.frames
                )
            }
            None => format!("{source}: {} QR codes, none of them a part of a request", self.symbols),
        }
    }
}
