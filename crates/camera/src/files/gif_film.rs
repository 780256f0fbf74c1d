//! Animated GIFs, one composed picture per frame.

use std::io::Read;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, Frame, MemoryLimit};

use super::canvas::{Canvas, Disposal, Place};
use super::{Film, Picture, PictureFault};
use crate::convert::rgb_luma;
use crate::limits::FILM_AREA_PX;

const FORMAT: &str = "GIF";

/// A GIF that is being read. How long each frame is shown does not matter for reading it.
pub struct GifFilm<R: Read> {
    decoder: Decoder<R>,
    canvas: Canvas,
    width: u32,
    height: u32,
}

impl<R: Read + Send> GifFilm<R> {
    /// Reads the header.
    pub fn open(file: R) -> Result<Self, PictureFault> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.check_frame_consistency(true);
        options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(FILM_AREA_PX).unwrap_or(NonZeroU64::MIN)));
        let decoder = options.read_info(file).map_err(fault)?;
        let (width, height) =
            Picture::check_size(u64::from(decoder.width()), u64::from(decoder.height()), FILM_AREA_PX)?;
        Ok(Self { decoder, canvas: Canvas::new(width as usize, height as usize), width, height })
    }
}

impl<R: Read + Send> Film for GifFilm<R> {
    fn next(&mut self) -> Result<Option<Picture>, PictureFault> {
        if self.decoder.next_frame_info().map_err(fault)?.is_none() {
            return Ok(None);
        }
        let mut indices = vec![0; self.decoder.buffer_size()];
        self.decoder.read_into_buffer(&mut indices).map_err(fault)?;
        let lumas = lumas(self.decoder.palette().map_err(fault)?);
        let Some(frame) = self.decoder.current_frame_info() else { return Ok(None) };
        let transparent = frame.transparent;
        let pixels = indices.iter().map(|index| {
            let luma = lumas.get(usize::from(*index)).copied().unwrap_or(0);
            (Some(*index) != transparent).then_some(luma)
        });
        let luma = self.canvas.draw(place(frame), disposal(frame), pixels).to_vec();
        Ok(Some(Picture { width: self.width, height: self.height, luma }))
    }
}

fn place(frame: &Frame<'_>) -> Place {
    Place {
        left: usize::from(frame.left),
        top: usize::from(frame.top),
        width: usize::from(frame.width),
        height: usize::from(frame.height),
    }
}

fn disposal(frame: &Frame<'_>) -> Disposal {
    match frame.dispose {
        DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
        DisposalMethod::Background => Disposal::Clear,
        DisposalMethod::Previous => Disposal::Restore,
    }
}

fn lumas(palette: &[u8]) -> Vec<u8> {
    palette.chunks_exact(3).map(rgb_luma).collect()
}

fn fault(error: DecodingError) -> PictureFault {
    match error {
        DecodingError::UnexpectedEof => PictureFault::Truncated { format: FORMAT },
        DecodingError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            PictureFault::Truncated { format: FORMAT }
        }
        other => PictureFault::Malformed { format: FORMAT, reason: other.to_string() },
    }
}
