//! The order that a human expects of numbered names.

use std::cmp::Ordering;

/// Compares names so that numbers in them count as numbers: `frame-9` is before `frame-10`.
pub fn natural(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        let ((a_piece, a_rest), (b_piece, b_rest)) = (split(a), split(b));
        let order = compare(a_piece, b_piece);
        if order != Ordering::Equal || (a_rest.is_empty() && b_rest.is_empty()) {
            // Names that differ only in leading zeros still need one order.
            return order.then_with(|| left.cmp(right));
        }
        (a, b) = (a_rest, b_rest);
    }
}

/// Splits off the first run of digits, or of anything else.
fn split(text: &str) -> (&str, &str) {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn compare(a: &str, b: &str) -> Ordering {
    let number = |piece: &str| piece.starts_with(|c: char| c.is_ascii_digit());
    if number(a) && number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    }
    a.cmp(b)
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn frames_are_shown_in_the_order_they_were_taken() {
        let mut names = ["f10.png", "f9.png", "f1.png", "f010b.png", "a2", "f100000000000000000000.png", "a", ""];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "a", "a2", "f1.png", "f9.png", "f10.png", "f010b.png", "f100000000000000000000.png"]);
    }
}
