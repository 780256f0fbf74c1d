//! Raw deflate, bounded (RFC 1951).

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::bbqr::BbqrError;

/// Inflates all of `input` to `limit` bytes at most; memory grows with what comes out, never with a claim.
pub(crate) fn inflate(input: &[u8], limit: usize) -> Result<Vec<u8>, BbqrError> {
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = vec![0; input.len().saturating_mul(4).clamp(1024, limit.max(1024))];
    let (mut read, mut written) = (0_usize, 0_usize);
    loop {
        let rest = input.get(read..).unwrap_or(&[]);
        let (status, consumed, produced) =
            decompress(&mut state, rest, &mut output, written, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
        read = read.saturating_add(consumed);
        written = written.saturating_add(produced);
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if output.len() >= limit => return Err(BbqrError::TooLarge),
            TINFLStatus::HasMoreOutput => output.resize(output.len().saturating_mul(2).min(limit), 0),
            _ => return Err(BbqrError::Deflate { what: "its compressed data is cut off or wrong" }),
        }
    }
    output.truncate(written);
    if read == input.len() { Ok(output) } else { Err(BbqrError::Deflate { what: "something follows its end" }) }
}
