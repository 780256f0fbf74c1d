//! Where in a ceremony's record something stands.

use std::fmt;

use crate::{Digest, Value};

/// Where an earlier signing is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Number of the record's entry, from 1.
    pub entry: u64,
    /// When it was made, in seconds since 1970-01-01 00:00 UTC.
    pub at: u64,
    /// Head of the whole record.
    pub head: Digest,
}

/// `entry 5 of the record with head 1111 2222 3333 4444…, 2026-11-21 12:00:00 UTC`
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head.groups().into_iter().take(4).collect::<Vec<_>>().join(" ");
        write!(f, "entry {} of the record with head {head}…, {}", self.entry, Value::Time(self.at).to_text())
    }
}
