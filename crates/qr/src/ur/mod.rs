//! UR 2: uniform resources with fountain parts (BCR-2020-005).

use std::fmt;

/// Says why a UR was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrError {
    /// A type that is not read.
    UnsupportedType {
        /// The type, escaped.
        found: String,
    },
}

impl fmt::Display for UrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedType { found } => write!(f, "a UR of type {found} is not read"),
        }
    }
}
