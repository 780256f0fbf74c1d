//! What goes wrong on the way to the first picture.

use std::fmt;
use std::path::PathBuf;

use vitrine_qr::SourceError;

use crate::limits;

/// Says why there is no source of pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraError {
    /// The machine has no camera.
    NoCamera,
    /// There is no camera of this name.
    UnknownCamera {
        /// What was asked for.
        id: String,
        /// The cameras there are.
        known: Vec<String>,
    },
    /// A camera cannot be opened or started.
    Camera {
        /// Its device file.
        id: String,
        /// Why.
        fault: CameraFault,
    },
    /// A file or folder cannot be used.
    File(FileFault),
    /// No file was given.
    NoFiles,
    /// More files than one source takes.
    TooManyFiles {
        /// Files given and found.
        found: usize,
    },
}

/// What is wrong with a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraFault {
    /// Another program is using it.
    Busy,
    /// The user may not open it.
    Permission,
    /// It is not there any more.
    Unplugged,
    /// It sent nothing for a while.
    Silent {
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// It gives no pictures: a device file for something else, or nothing that can be decoded.
    NoPictures,
    /// It cannot be brought into a format that is read.
    NoFormat,
    /// The USB port has no room for its pictures.
    Bandwidth,
    /// The system refused, in its own words.
    System {
        /// What it said.
        reason: String,
    },
}

/// A file or folder, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub fault: PictureFault,
}

/// What is wrong with a picture, film or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureFault {
    /// It cannot be opened or read.
    Unopened {
        /// What the system said.
        reason: String,
    },
    /// The folder holds no picture.
    EmptyFolder,
    /// The file is no picture or film of a known kind.
    UnknownKind,
    /// A kind of picture that is known but not read.
    Unsupported {
        /// What it is, and what to do.
        what: &'static str,
    },
    /// The file is longer than is read.
    FileTooLarge {
        /// Its bytes.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The picture says that it is larger than is read.
    TooLarge {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// Pixels allowed.
        limit: u64,
    },
    /// The picture says that it is larger than its bytes can be.
    Implausible {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// It breaks the rules of its format.
    Malformed {
        /// The format's name.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// It ends in the middle of a picture.
    Truncated {
        /// The format's name.
        format: &'static str,
    },
    /// The film has more frames, or all files together more pixels, than are read.
    TooLong,
}

impl fmt::Display for CameraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCamera => {
                write!(f, "no camera was found: plug one in, or give a picture, a film or a folder of frames")
            }
            Self::UnknownCamera { id, known } if known.is_empty() => {
                write!(f, "there is no camera {id:?}, nor any other: plug one in, or give a picture or a film")
            }
            Self::UnknownCamera { id, known } => {
                write!(f, "there is no camera {id:?}: choose one of {}", known.join(", "))
            }
            Self::Camera { id, fault } => write!(f, "camera {id}: {fault}"),
            Self::File(fault) => write!(f, "{fault}"),
            Self::NoFiles => write!(f, "no file was given: name a picture, a film or a folder of frames"),
            Self::TooManyFiles { found } => {
                write!(f, "{found} files are too many: at most {} are read at once", limits::FILES)
            }
        }
    }
}

impl fmt::Display for CameraFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => write!(f, "another program is using it: close that program and try again"),
            Self::Permission => {
                write!(f, "you may not open it: add yourself to the group \"video\" and log in again")
            }
            Self::Unplugged => write!(f, "it was unplugged: plug it in and open it again"),
            Self::Silent { seconds } => {
                write!(f, "it sent no picture for {seconds} s: unplug it, plug it in and try again")
            }
            Self::NoPictures => write!(
                f,
                "it gives no pictures that can be read (MJPEG, YUYV, NV12, grey or RGB): choose another device file or another camera"
            ),
            Self::NoFormat => write!(
                f,
                "it does not leave the format that it is in (perhaps a broken number of frames a second): unplug it, plug it in and try again"
            ),
            Self::Bandwidth => {
                write!(f, "the USB port has no room for its pictures: unplug other cameras or use another port")
            }
            Self::System { reason } => write!(f, "the system refused ({reason}): unplug it, plug it in and try again"),
        }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.fault)
    }
}

impl fmt::Display for PictureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unopened { reason } => write!(f, "cannot be read ({reason})"),
            Self::EmptyFolder => write!(f, "holds no picture: give a folder with PNG, JPEG, GIF, PGM or Y4M files"),
            Self::UnknownKind => write!(f, "is no picture or film that can be read: give PNG, JPEG, GIF, PGM or Y4M"),
            Self::Unsupported { what } => write!(f, "{what}"),
            Self::FileTooLarge { bytes, limit } => {
                write!(f, "has {bytes} bytes; at most {limit} are read: give a smaller picture")
            }
            Self::TooLarge { width, height, limit } => write!(
                f,
                "claims {width} × {height} pixels; at most {} on a side and {limit} in all are read: make it smaller",
                limits::SIDE_PX
            ),
            Self::Implausible { width, height, bytes } => {
                write!(f, "claims {width} × {height} pixels, which {bytes} bytes cannot hold: fetch it again")
            }
            Self::Malformed { format, reason } => write!(f, "is a damaged {format} ({reason}): fetch it again"),
            Self::Truncated { format } => write!(f, "ends in the middle of a {format} picture: fetch it again"),
            Self::TooLong => {
                write!(f, "is too long a film: at most {} frames are read: cut it", limits::FILM_FRAMES)
            }
        }
    }
}

impl std::error::Error for CameraError {}

impl std::error::Error for FileFault {}

impl From<FileFault> for CameraError {
    fn from(fault: FileFault) -> Self {
        Self::File(fault)
    }
}

impl From<FileFault> for SourceError {
    /// A bad file costs its own pictures only: the next one may be fine.
    fn from(FileFault { path, fault }: FileFault) -> Self {
        Self::Unreadable { source: path.display().to_string(), reason: fault.to_string() }
    }
}
