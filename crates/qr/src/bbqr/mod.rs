//! BBQr: parts with a fixed header, no fountain, no checksum.

use std::fmt;

/// Says why a BBQr part was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BbqrError {
    /// The header is not one.
    Header,
}

impl fmt::Display for BbqrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the BBQr header is wrong"),
        }
    }
}
