//! Codes as an animated picture.

use std::borrow::Cow;

use gif::{Encoder, Frame, Repeat};

use crate::limits::FILM_CODES;
use crate::modules::Modules;
use crate::stream::EncodeError;

/// Black and white.
const PALETTE: [u8; 6] = [0, 0, 0, 255, 255, 255];

/// The shortest delay that viewers honour, in hundredths of a second.
const MIN_DELAY: u32 = 2;

/// Makes an animated GIF that loops for ever: two colours, all frames of the same size.
///
/// A delay is a whole number of hundredths of a second; delays differ by one where needed, so that the film as a whole
/// keeps its speed. `parts_per_second` is taken as 1 to 50.
///
/// # Errors
///
/// When there is no code, more than [`FILM_CODES`], or codes of different sizes.
pub fn gif(codes: &[Modules], module_px: usize, parts_per_second: u32) -> Result<Vec<u8>, EncodeError> {
    let found = codes.len();
    let first = codes.first().ok_or(EncodeError::Codes { found })?;
    if found > FILM_CODES || codes.iter().any(|code| code.size() != first.size()) {
        return Err(EncodeError::Codes { found });
    }
    let side = u16::try_from(first.to_luma(module_px).width()).map_err(|_| EncodeError::Codes { found })?;
    write(codes, module_px, parts_per_second, side).map_err(|error| EncodeError::Picture { reason: error.to_string() })
}

fn write(codes: &[Modules], module_px: usize, rate: u32, side: u16) -> Result<Vec<u8>, gif::EncodingError> {
    let mut encoder = Encoder::new(Vec::new(), side, side, &PALETTE)?;
    encoder.set_repeat(Repeat::Infinite)?;
    for (index, code) in (0_u32..).zip(codes) {
        let pixels: Vec<u8> = code.to_luma(module_px).luma().iter().map(|&pixel| u8::from(pixel > 127)).collect();
        let frame = Frame {
            delay: delay(index, rate),
            width: side,
            height: side,
            buffer: Cow::Owned(pixels),
            ..Frame::default()
        };
        encoder.write_frame(&frame)?;
    }
    encoder.into_inner()
}

/// From this frame's beginning to the next one's, both rounded down to hundredths.
fn delay(index: u32, parts_per_second: u32) -> u16 {
    let rate = parts_per_second.clamp(1, 50);
    let begins = |index: u32| index.saturating_mul(100) / rate;
    let delay = begins(index.saturating_add(1)).saturating_sub(begins(index)).max(MIN_DELAY);
    u16::try_from(delay).unwrap_or(u16::MAX)
}
