//! A transaction as it arrives: bytes, or hexadecimal digits.

use vitrine_review::Span;

use super::error::{TransactionError, TransactionProblem};
use crate::{Located, limits};

/// The transaction's bytes, and what is around them in a text: blanks and `0x`.
///
/// No transaction begins with a letter, a digit or a blank, so that what does is text.
pub(super) fn locate(request: &[u8]) -> Result<(Located, Vec<Span>), TransactionError> {
    if request.len() > limits::REQUEST_BYTES {
        let problem = TransactionProblem::TooLarge { found: request.len() };
        return Err(TransactionError { offset: limits::REQUEST_BYTES, problem });
    }
    match request.first() {
        None => Err(TransactionError { offset: 0, problem: TransactionProblem::Empty }),
        Some(first) if is_blank(*first) || first.is_ascii_graphic() => from_hex(request),
        Some(_) => Ok((Located::binary(request.to_vec(), 0), Vec::new())),
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn from_hex(text: &[u8]) -> Result<(Located, Vec<Span>), TransactionError> {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(blanks, |last| last.saturating_add(1));
    let digits = text.get(blanks..end).unwrap_or_default();
    let prefix = if digits.starts_with(b"0x") { 2 } else { 0 };
    let start = blanks.saturating_add(prefix);
    let digits = digits.get(prefix..).unwrap_or_default();
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits).map_err(|error| TransactionError {
        offset: start.saturating_add(error.position),
        problem: TransactionProblem::NotHex,
    })?;
    if bytes.is_empty() {
        return Err(TransactionError { offset: start, problem: TransactionProblem::Empty });
    }
    let around = [Span::new(0, start), Span::new(end, text.len())];
    Ok((Located::hex(bytes, start), around.into_iter().filter(|span| !span.is_empty()).collect()))
}
