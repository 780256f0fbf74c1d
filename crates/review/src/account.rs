//! The byte account: each byte of a request has exactly one owner.

use std::fmt;

/// A half-open range of byte offsets in the request: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte; never below `start`.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Number of bytes.
    pub const fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it covers no byte.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is known about the bytes of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// A field of the document with a typed, named meaning.
    Meaning,
    /// Structure that was checked to be canonical: magic, lengths, key types, separators.
    Structure,
    /// A named part whose bytes could be any: no hash and no signature commits to them, and nothing is concluded from
    /// them. They are counted apart.
    Unbound,
    /// Nobody knows what these bytes mean. They are counted apart, and restrict signing.
    Unknown,
}

/// One owner of a run of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteOwner {
    /// The bytes owned.
    pub span: Span,
    /// What the bytes are, in words: "output 1 amount".
    pub label: String,
    /// Code of the field that shows them, if there is one.
    pub field: Option<String>,
    /// What is known about them.
    pub ownership: Ownership,
}

/// Owners of all bytes of a request, in order, without gap or overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteAccount {
    owners: Vec<ByteOwner>,
    total: usize,
}

/// Why a list of owners is not an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// No owner for the byte at this offset.
    Gap {
        /// Offset of the first byte without owner.
        offset: usize,
    },
    /// The byte at this offset has a second owner.
    Overlap {
        /// Offset of the first byte with two owners.
        offset: usize,
        /// Label of the second owner.
        label: String,
    },
    /// An owner claims bytes past the end of the request.
    PastEnd {
        /// End of the owner's span.
        end: usize,
        /// Length of the request.
        total: usize,
    },
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { offset } => write!(f, "byte {offset} of the request has no owner"),
            Self::Overlap { offset, label } => write!(f, "byte {offset} of the request has a second owner, {label}"),
            Self::PastEnd { end, total } => write!(f, "an owner ends at byte {end}, the request has {total}"),
        }
    }
}

impl std::error::Error for AccountError {}

impl ByteAccount {
    /// An account of a request of `total` bytes. Sorts the owners by offset and drops empty ones.
    ///
    /// # Errors
    /// [`AccountError`] at the first byte that has no owner, or two.
    pub fn new(total: usize, mut owners: Vec<ByteOwner>) -> Result<Self, AccountError> {
        owners.retain(|owner| !owner.span.is_empty());
        owners.sort_unstable_by_key(|owner| owner.span);
        let mut next = 0;
        for owner in &owners {
            if owner.span.start > next {
                return Err(AccountError::Gap { offset: next });
            }
            if owner.span.start < next {
                return Err(AccountError::Overlap { offset: owner.span.start, label: owner.label.clone() });
            }
            next = owner.span.end;
        }
        match next.cmp(&total) {
            std::cmp::Ordering::Less => Err(AccountError::Gap { offset: next }),
            std::cmp::Ordering::Greater => Err(AccountError::PastEnd { end: next, total }),
            std::cmp::Ordering::Equal => Ok(Self { owners, total }),
        }
    }

    /// An account in which every byte is unknown.
    pub fn unexplained(total: usize) -> Self {
        let span = Span::new(0, total);
        let owner = ByteOwner { span, label: "request".to_owned(), field: None, ownership: Ownership::Unknown };
        Self { owners: if total == 0 { Vec::new() } else { vec![owner] }, total }
    }

    /// The owners in order of offset.
    pub fn owners(&self) -> &[ByteOwner] {
        &self.owners
    }

    /// Length of the request in bytes.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Number of bytes with a named owner, those that nothing binds included.
    pub fn explained(&self) -> usize {
        self.total.saturating_sub(self.unknown())
    }

    /// Number of bytes without a named meaning.
    pub fn unknown(&self) -> usize {
        self.count(Ownership::Unknown)
    }

    /// Number of bytes that have a named owner, and could be any all the same.
    pub fn unbound(&self) -> usize {
        self.count(Ownership::Unbound)
    }

    fn count(&self, ownership: Ownership) -> usize {
        self.owners.iter().filter(|o| o.ownership == ownership).map(|o| o.span.len()).sum()
    }

    /// Spans shown by the field with this code, in order.
    pub fn spans_of<'a>(&'a self, code: &'a str) -> impl Iterator<Item = Span> + 'a {
        self.owners.iter().filter(move |o| o.field.as_deref() == Some(code)).map(|o| o.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(start: usize, end: usize, ownership: Ownership) -> ByteOwner {
        ByteOwner { span: Span::new(start, end), label: format!("{start}"), field: None, ownership }
    }

    #[test]
    fn a_byte_without_owner_or_with_two_is_found() {
        use Ownership::{Meaning, Structure};
        let gap = ByteAccount::new(4, vec![owner(0, 1, Meaning), owner(2, 4, Structure)]);
        assert_eq!(gap, Err(AccountError::Gap { offset: 1 }));
        let twice = ByteAccount::new(4, vec![owner(0, 3, Meaning), owner(2, 4, Structure)]);
        assert!(matches!(twice, Err(AccountError::Overlap { offset: 2, .. })));
        assert_eq!(ByteAccount::new(4, vec![owner(0, 3, Meaning)]), Err(AccountError::Gap { offset: 3 }));
        let long = ByteAccount::new(4, vec![owner(0, 5, Meaning)]);
        assert_eq!(long, Err(AccountError::PastEnd { end: 5, total: 4 }));
    }

    #[test]
    fn unknown_bytes_are_counted_apart() {
        let account =
            ByteAccount::new(4, vec![owner(1, 4, Ownership::Unknown), owner(0, 1, Ownership::Structure)]).unwrap();
        assert_eq!((account.explained(), account.unknown(), account.total()), (1, 3, 4));
        let account =
            ByteAccount::new(4, vec![owner(1, 4, Ownership::Unbound), owner(0, 1, Ownership::Structure)]).unwrap();
        assert_eq!((account.explained(), account.unbound(), account.total()), (4, 3, 4));
    }
}
