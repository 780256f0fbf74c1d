//! Numbers into bytes at a place.

use crate::BuildError;

/// Writes `bytes` into `into` at `at`.
///
/// # Errors
/// [`BuildError::Malformed`] if they do not fit.
pub(crate) fn put(into: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), BuildError> {
    let end = at.saturating_add(bytes.len());
    let place = into.get_mut(at..end);
    let place = place.ok_or_else(|| BuildError::malformed("a header", format!("no room for bytes {at} to {end}")))?;
    place.copy_from_slice(bytes);
    Ok(())
}

/// Reads a fixed number of bytes of `from` at `at`.
pub(crate) fn take<const N: usize>(from: &[u8], at: usize) -> Option<[u8; N]> {
    from.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied()
}

/// Rounds up to a multiple of `step`, which is not zero.
pub(crate) const fn round_up(bytes: usize, step: usize) -> usize {
    bytes.div_ceil(step).saturating_mul(step)
}

/// A length as the 32-bit number that most formats have.
pub(crate) fn number32(what: &'static str, bytes: usize) -> Result<u32, BuildError> {
    let too_large = BuildError::TooLarge { what, bytes: bytes as u64, limit: u64::from(u32::MAX) };
    u32::try_from(bytes).map_err(|_| too_large)
}
