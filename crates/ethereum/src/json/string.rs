//! The content of JSON strings.

use super::JsonProblem;

/// Reads the content of a string up to its closing quote. `rest` begins after the opening quote.
///
/// Returns the content, its escapes replaced, and its length in bytes as it is spelled.
///
/// # Errors
/// The offset within `rest` and what is wrong there.
pub(super) fn content(rest: &str) -> Result<(String, usize), (usize, JsonProblem)> {
    let (mut out, mut at) = (String::new(), 0usize);
    loop {
        let tail = rest.get(at..).unwrap_or_default();
        let special = |b: u8| b == b'"' || b == b'\\' || b < 0x20;
        let run = tail.bytes().position(special).ok_or((rest.len(), JsonProblem::Unfinished))?;
        out.push_str(tail.get(..run).unwrap_or_default());
        at = at.saturating_add(run);
        match tail.as_bytes().get(run) {
            Some(b'"') => return Ok((out, at)),
            Some(b'\\') => {
                let (c, length) = escape(tail.get(run..).unwrap_or_default()).map_err(|problem| (at, problem))?;
                out.push(c);
                at = at.saturating_add(length);
            }
            _ => return Err((at, JsonProblem::ControlCharacter)),
        }
    }
}

/// The character that an escape stands for, and the escape's length. `text` begins with the backslash.
fn escape(text: &str) -> Result<(char, usize), JsonProblem> {
    let c = match text.as_bytes().get(1).ok_or(JsonProblem::Unfinished)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return Err(JsonProblem::BadEscape),
    };
    Ok((c, 2))
}

/// `\u00e9`, or a pair of surrogates.
fn unicode(text: &str) -> Result<(char, usize), JsonProblem> {
    let high = unit(text, 0).ok_or(JsonProblem::BadEscape)?;
    if let Some(c) = char::from_u32(high) {
        return Ok((c, 6));
    }
    let low = unit(text, 6).ok_or(JsonProblem::LoneSurrogate)?;
    let pair = [u16::try_from(high), u16::try_from(low)].into_iter().flatten();
    match char::decode_utf16(pair).next() {
        Some(Ok(c)) => Ok((c, 12)),
        _ => Err(JsonProblem::LoneSurrogate),
    }
}

/// The UTF-16 unit spelled at `at` as `\uXXXX`.
fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at.checked_add(6)?)?.strip_prefix("\\u")?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}
