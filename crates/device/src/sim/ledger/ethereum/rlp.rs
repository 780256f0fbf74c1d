//! Items of RLP, as the simulated app reads them.

use super::Status;

/// One item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) is_list: bool,
    pub(super) content: &'a [u8],
    /// Bytes before the content.
    pub(super) header: usize,
}

impl Item<'_> {
    /// Bytes of header and content.
    pub(super) const fn length(&self) -> usize {
        self.header.saturating_add(self.content.len())
    }
}

/// Reads the first item; none if there are too few bytes yet.
pub(super) fn first(bytes: &[u8]) -> Result<Option<Item<'_>>, Status> {
    let Some((&byte, rest)) = bytes.split_first() else { return Ok(None) };
    let (is_list, base) = if byte >= 0xc0 { (true, 0xc0) } else { (false, 0x80) };
    let short = byte.wrapping_sub(base);
    let (header, length) = match (byte, short) {
        (0..0x80, _) => (0, 1),
        (_, 0..=55) => (1, usize::from(short)),
        _ => {
            let digits = usize::from(short.saturating_sub(55));
            if digits > 4 {
                return Err(Status::DATA);
            }
            let Some(digits_given) = rest.get(..digits) else { return Ok(None) };
            let length = digits_given.iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit));
            (digits.saturating_add(1), length)
        }
    };
    let content = bytes.get(header..).and_then(|rest| rest.get(..length));
    Ok(content.map(|content| Item { is_list, content, header }))
}

/// All items of a list's content.
pub(super) fn all(mut content: &[u8]) -> Result<Vec<Item<'_>>, Status> {
    let mut items = Vec::new();
    while !content.is_empty() {
        let item = first(content)?.ok_or(Status::DATA)?;
        content = content.get(item.length()..).unwrap_or_default();
        items.push(item);
    }
    Ok(items)
}
