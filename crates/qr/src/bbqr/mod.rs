//! BBQr: parts with a fixed header, no fountain, no checksum.
//!
//! Without a checksum nothing in the format tells parts of two messages apart when their headers are equal. What can be
//! told is refused here: another content for a place that is taken, parts of unequal length, deflate that does not end
//! where the data does, bytes that are not of the stated type. The rest is for the chain's strict decoder to find.

mod error;
mod header;
mod inflate;
mod message;

pub use error::BbqrError;
pub(crate) use header::{BbqrPart, BbqrType, Header};
pub(crate) use message::{BbqrMessage, Placed};
