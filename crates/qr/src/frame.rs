//! One picture of the camera, and where pictures come from.

use std::fmt;

use crate::limits::{FRAME_AREA_PX, FRAME_SIDE_PX};
use crate::read::{Reader, Symbol};

/// One grey picture: rows from the top, one byte per pixel, black is 0, rows without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct LumaFrame {
    width: u32,
    height: u32,
    /// Holds exactly `width * height` bytes.
    luma: Vec<u8>,
}

impl LumaFrame {
    /// Takes the pixels of a picture.
    ///
    /// # Errors
    ///
    /// When a side is zero or larger than [`FRAME_SIDE_PX`], the area exceeds [`FRAME_AREA_PX`], or the number of bytes
    /// is not `width * height`.
    pub fn new(width: u32, height: u32, luma: Vec<u8>) -> Result<Self, FrameError> {
        let area = u64::from(width) * u64::from(height);
        if width == 0 || height == 0 {
            return Err(FrameError::Empty { width, height });
        }
        if width > FRAME_SIDE_PX || height > FRAME_SIDE_PX || area > FRAME_AREA_PX {
            return Err(FrameError::TooLarge { width, height });
        }
        if u64::try_from(luma.len()) != Ok(area) {
            return Err(FrameError::Length { width, height, found: luma.len() });
        }
        Ok(Self { width, height, luma })
    }

    /// Makes a frame of a size known to be within the limits; cuts or fills the pixels to fit.
    pub(crate) fn fitted(width: usize, height: usize, mut luma: Vec<u8>) -> Self {
        let side = |length: usize| u32::try_from(length).unwrap_or(FRAME_SIDE_PX).clamp(1, FRAME_SIDE_PX);
        let (width, height) = (side(width), side(height));
        luma.resize(width as usize * height as usize, 255);
        Self { width, height, luma }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row from the top; the stride is the width.
    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// One row of pixels, empty below the picture.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let width = self.width as usize;
        let start = y.saturating_mul(width);
        self.luma.get(start..start.saturating_add(width)).unwrap_or(&[])
    }
}

impl fmt::Debug for LumaFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LumaFrame({} × {})", self.width, self.height)
    }
}

/// Says why pixels are no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A side is zero.
    Empty {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A side or the area is above the limit.
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The bytes are not one per pixel.
    Length {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes given.
        found: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { width, height } => write!(f, "the picture is empty ({width} × {height} pixels)"),
            Self::TooLarge { width, height } => write!(
                f,
                "the picture has {width} × {height} pixels; at most {FRAME_SIDE_PX} on a side and {FRAME_AREA_PX} in all are read: make it smaller"
            ),
            Self::Length { width, height, found } => {
                write!(f, "a picture of {width} × {height} pixels cannot have {found} bytes")
            }
        }
    }
}

impl std::error::Error for FrameError {}

/// A camera, a film, a folder of stills: whatever gives pictures one after another.
pub trait FrameSource: Send {
    /// Waits for the next picture; `None` when the film is over.
    ///
    /// # Errors
    ///
    /// When the source fails; the reader may try again only after [`SourceError::Unreadable`].
    fn next_frame(&mut self) -> Result<Option<LumaFrame>, SourceError>;

    /// Waits for the next picture and reads it. A source whose pictures were read elsewhere brings what was read, and leaves
    /// `reader` alone.
    ///
    /// # Errors
    ///
    /// As [`FrameSource::next_frame`].
    fn next_read(&mut self, reader: &mut Reader) -> Result<Option<(LumaFrame, Vec<Symbol>)>, SourceError> {
        let read = |frame: LumaFrame| {
            let symbols = reader.read(&frame);
            (frame, symbols)
        };
        Ok(self.next_frame()?.map(read))
    }

    /// Names the source for a human.
    fn describe(&self) -> String;
}

/// Says why a source gave no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// The source is gone or cannot be used any more.
    Lost {
        /// The source, as [`FrameSource::describe`] names it.
        source: String,
        /// What the system said.
        reason: String,
    },
    /// This one picture could not be read; the next may be fine.
    Unreadable {
        /// The source, or the file.
        source: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The picture is of a size that is not read.
    Frame(FrameError),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { source, reason } => write!(f, "{source} gives no more pictures: {reason}"),
            Self::Unreadable { source, reason } => write!(f, "a picture of {source} cannot be read: {reason}"),
            Self::Frame(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for SourceError {}

impl From<FrameError> for SourceError {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}
