//! Pictures and films from files: stills, animated pictures, raw films, and folders of them.
//!
//! What a file is, its first bytes say; its name means nothing. A film is read piece by piece, so that a long one does
//! not sit in memory. A file that is damaged costs its own pictures only.

mod canvas;
mod gif_film;
mod jpeg;
mod kind;
mod order;
mod pgm;
mod png_film;
mod y4m;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use vitrine_qr::{FrameSource, LumaFrame, SourceError};

use crate::error::{CameraError, FileFault, PictureFault};
use crate::limits::{FILES, FILM_FRAMES, SIDE_PX, STILL_BYTES, TOTAL_AREA_PX};
use kind::Kind;

pub(crate) use jpeg::{decode as decode_jpeg, len as jpeg_len};

/// Opens pictures (PNG, JPEG, PGM), films (GIF, animated PNG, Y4M) and folders of them as one film.
///
/// The files follow each other in the order given, those of a folder by name, where `frame-9` is before `frame-10`. In a
/// folder, files that are no pictures are passed over; given by name, such a file is an error.
///
/// # Errors
///
/// When nothing is given, a file is missing, unreadable, too long or no picture, a folder has no pictures, or there are
/// too many files. What is inside a picture is looked at when its turn comes.
pub fn open_files(paths: &[PathBuf]) -> Result<Box<dyn FrameSource>, CameraError> {
    let mut waiting = VecDeque::new();
    for path in paths {
        if path.is_dir() {
            waiting.extend(folder(path)?);
        } else {
            waiting.push_back(Input { path: path.clone(), kind: kind_of(path)?, held: None });
        }
        if waiting.len() > FILES {
            return Err(CameraError::TooManyFiles { found: waiting.len() });
        }
    }
    let Some(first) = waiting.front() else { return Err(CameraError::NoFiles) };
    let name = name(&first.path, waiting.len());
    Ok(Box::new(FileFilm::new(name, waiting)))
}

/// Opens one picture or film that is in memory, such as one that came through a pipe. `name` stands for it in messages.
///
/// # Errors
///
/// When the bytes are no picture or film, or too many.
pub fn open_bytes(name: &str, bytes: Vec<u8>) -> Result<Box<dyn FrameSource>, CameraError> {
    let path = PathBuf::from(name);
    let kind = Kind::checked(&bytes, bytes.len() as u64);
    let kind = kind.map_err(|fault| FileFault { path: path.clone(), fault })?;
    let waiting = VecDeque::from([Input { path, kind, held: Some(bytes) }]);
    Ok(Box::new(FileFilm::new(name.to_owned(), waiting)))
}

/// A file whose turn has not come yet.
struct Input {
    path: PathBuf,
    kind: Kind,
    /// Its bytes, where it is no file at all.
    held: Option<Vec<u8>>,
}

/// Pictures of files, one after another.
struct FileFilm {
    name: String,
    waiting: VecDeque<Input>,
    open: Option<OpenFilm>,
    /// Pixels that may still be decoded.
    area_left: u64,
}

/// A film that is being read.
struct OpenFilm {
    path: PathBuf,
    film: Box<dyn Film>,
    frames: u64,
}

/// A file with several pictures.
pub(crate) trait Film: Send {
    /// The next picture, `None` at the end.
    fn next(&mut self) -> Result<Option<Picture>, PictureFault>;
}

/// A decoded picture.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// One byte a pixel, row by row.
    pub luma: Vec<u8>,
}

impl Picture {
    /// Checks a claimed size before anything is allocated.
    ///
    /// # Errors
    ///
    /// When a side is 0 or above [`SIDE_PX`], or the area above `limit`.
    pub fn check_size(width: u64, height: u64, limit: u64) -> Result<(u32, u32), PictureFault> {
        let too_large = PictureFault::TooLarge { width, height, limit };
        let side = |length: u64| u32::try_from(length).ok().filter(|length| *length <= SIDE_PX && *length > 0);
        let (Some(wide), Some(high)) = (side(width), side(height)) else { return Err(too_large) };
        if u64::from(wide) * u64::from(high) > limit { Err(too_large) } else { Ok((wide, high)) }
    }
}

impl FileFilm {
    fn new(name: String, waiting: VecDeque<Input>) -> Self {
        Self { name, waiting, open: None, area_left: TOTAL_AREA_PX }
    }

    /// The next picture of the film that is open, or of the files that wait.
    fn next_picture(&mut self) -> Result<Option<Picture>, FileFault> {
        loop {
            if let Some(open) = &mut self.open {
                match open.next() {
                    Ok(Some(picture)) => return Ok(Some(picture)),
                    Ok(None) => self.open = None,
                    Err(fault) => {
                        let path = open.path.clone();
                        self.open = None;
                        return Err(FileFault { path, fault });
                    }
                }
            }
            let Some(Input { path, kind, held }) = self.waiting.pop_front() else { return Ok(None) };
            let started = start(&path, kind, held).map_err(|fault| FileFault { path: path.clone(), fault })?;
            match started {
                Started::Still(picture) => return Ok(Some(picture)),
                Started::Film(film) => self.open = Some(OpenFilm { path, film, frames: 0 }),
            }
        }
    }
}

impl OpenFilm {
    fn next(&mut self) -> Result<Option<Picture>, PictureFault> {
        let picture = self.film.next()?;
        self.frames += u64::from(picture.is_some());
        if self.frames > FILM_FRAMES { Err(PictureFault::TooLong) } else { Ok(picture) }
    }
}

impl FrameSource for FileFilm {
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError> {
        let Some(Picture { width, height, luma }) = self.next_picture()? else { return Ok(None) };
        let area = u64::from(width) * u64::from(height);
        let Some(area_left) = self.area_left.checked_sub(area) else {
            return Err(SourceError::Lost { source: self.name.clone(), reason: PictureFault::TooLong.to_string() });
        };
        self.area_left = area_left;
        Ok(Some(LumaFrame::new(width, height, luma)?))
    }

    fn describe(&self) -> String {
        self.name.clone()
    }
}

/// A file whose turn has come.
pub(crate) enum Started {
    /// It is a single picture.
    Still(Picture),
    /// It has several.
    Film(Box<dyn Film>),
}

fn start(path: &Path, kind: Kind, held: Option<Vec<u8>>) -> Result<Started, PictureFault> {
    Ok(match kind {
        Kind::Png => png_film::open(read(path, held)?)?,
        Kind::Jpeg => Started::Still(jpeg::decode(&read(path, held)?)?),
        Kind::Pgm => Started::Still(pgm::decode(&read(path, held)?)?),
        Kind::Gif => Started::Film(Box::new(gif_film::GifFilm::open(stream(path, held)?)?)),
        Kind::Y4m => Started::Film(Box::new(y4m::Y4mFilm::open(stream(path, held)?)?)),
    })
}

/// The pictures of a folder by name; not those of folders inside.
fn folder(path: &Path) -> Result<Vec<Input>, CameraError> {
    let fault = |fault: PictureFault| FileFault { path: path.to_owned(), fault };
    let entries = fs::read_dir(path).map_err(|error| fault(unopened(&error)))?;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in entries {
        names.push(entry.map_err(|error| fault(unopened(&error)))?.path());
        if names.len() > FILES {
            return Err(CameraError::TooManyFiles { found: names.len() });
        }
    }
    names.sort_by(|a, b| order::natural(&a.to_string_lossy(), &b.to_string_lossy()));
    let files = names.into_iter().filter(|path| path.is_file());
    let input = |path: PathBuf| Some(Input { kind: kind_of(&path).ok()?, path, held: None });
    let pictures: Vec<Input> = files.filter_map(input).collect();
    if pictures.is_empty() { Err(fault(PictureFault::EmptyFolder).into()) } else { Ok(pictures) }
}

/// Looks at the first bytes of a file, and at its length.
fn kind_of(path: &Path) -> Result<Kind, FileFault> {
    let fault = |fault: PictureFault| FileFault { path: path.to_owned(), fault };
    let file = open(path).map_err(fault)?;
    let bytes = file.metadata().map_err(|error| fault(unopened(&error)))?.len();
    let mut start = Vec::new();
    file.take(kind::START_BYTES).read_to_end(&mut start).map_err(|error| fault(unopened(&error)))?;
    Kind::checked(&start, bytes).map_err(fault)
}

fn open(path: &Path) -> Result<File, PictureFault> {
    File::open(path).map_err(|error| unopened(&error))
}

/// Reads a whole file; one that grew meanwhile is cut at the limit.
fn read(path: &Path, held: Option<Vec<u8>>) -> Result<Vec<u8>, PictureFault> {
    let mut bytes = held.unwrap_or_default();
    if bytes.is_empty() {
        open(path)?.take(STILL_BYTES).read_to_end(&mut bytes).map_err(|error| unopened(&error))?;
    }
    Ok(bytes)
}

fn stream(path: &Path, held: Option<Vec<u8>>) -> Result<Box<dyn Read + Send>, PictureFault> {
    Ok(match held {
        Some(bytes) => Box::new(Cursor::new(bytes)),
        None => Box::new(open(path)?),
    })
}

fn unopened(error: &std::io::Error) -> PictureFault {
    PictureFault::Unopened { reason: error.to_string() }
}

fn name(first: &Path, files: usize) -> String {
    match files {
        1 => first.display().to_string(),
        _ => format!("{files} files from {}", first.display()),
    }
}
