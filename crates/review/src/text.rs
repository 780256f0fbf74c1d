//! Escaping of foreign text.

/// Escapes all but printable ASCII, so that no control, bidi, invisible or look-alike character reaches a screen.
///
/// A backslash is doubled, so that the result is unambiguous.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='[' | ']'..='~' => out.push(c),
            _ => out.extend(c.escape_default()),
        }
    }
    out
}

/// Splits ASCII text into groups of four; the last may be shorter. Other text stays in one piece.
pub fn groups_of_four(text: &str) -> Vec<&str> {
    if !text.is_ascii() {
        return vec![text];
    }
    text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_survives() {
        assert_eq!(escape("a\\b\u{0}\u{7f}é"), "a\\\\b\\u{0}\\u{7f}\\u{e9}");
        assert_eq!(escape("\u{200b}x\u{2066}"), "\\u{200b}x\\u{2066}");
    }

    #[test]
    fn groups_keep_every_character() {
        assert_eq!(groups_of_four("bc1p0123456"), ["bc1p", "0123", "456"]);
        assert_eq!(groups_of_four(""), Vec::<&str>::new());
    }
}
