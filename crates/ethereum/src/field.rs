//! Values with their place.

use vitrine_review::Span;

/// A value read from a request, with the bytes that say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<T> {
    /// The value.
    pub value: T,
    /// Its own bytes in the request, without what only says how long they are. A zero or empty value that is written as
    /// nothing but its length owns that one byte.
    pub span: Span,
}
