//! UR 2: uniform resources with fountain parts (BCR-2020-005).
//!
//! A message longer than one code is cut into fragments of equal length. Parts numbered 1 to k carry one fragment each;
//! every later part carries several, mixed by exclusive or, so that a receiver may join at any time and miss any part.
//! The receiver here solves the equations that the parts are, instead of waiting until they fall apart by themselves:
//! it is done after little more than k parts, whichever they are.

mod chooser;
mod crc32;
mod envelope;
mod error;
mod fountain;
mod parts;
mod text;

pub(crate) use envelope::{unwrap, wrap};
pub use error::UrError;
pub(crate) use fountain::{Fountain, Heard};
pub(crate) use parts::UrParts;
pub(crate) use text::{UrText, encode_single};

use crate::ur::crc32::crc32;

/// One part of a fountain-coded message.
///
/// `1 <= sequence`, `1 <= count <= UR_FRAGMENTS`, `1 <= message_len <= MESSAGE_BYTES`, and the fragments are just as
/// many as the message needs: `(count - 1) * data.len() < message_len <= count * data.len()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) sequence: u32,
    pub(crate) count: u32,
    pub(crate) message_len: usize,
    pub(crate) checksum: u32,
    pub(crate) data: Vec<u8>,
}
