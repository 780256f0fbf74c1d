//! A personal message that arrives in packets.

use vitrine_ethereum::alloy_primitives::{B256, keccak256};

use super::Status;

/// What arrived so far.
pub(super) struct MessageSigning {
    path: Vec<u32>,
    length: usize,
    bytes: Vec<u8>,
}

impl MessageSigning {
    /// Takes the announced length; the rest of the packet is the message's beginning.
    pub(super) fn begin(path: Vec<u32>, data: &[u8]) -> Result<(Self, &[u8]), Status> {
        const MOST: usize = 32_766;
        let (length, rest) = data.split_first_chunk::<4>().ok_or(Status::DATA)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Status::DATA)?;
        if length > MOST {
            return Err(Status::DATA);
        }
        Ok((Self { path, length, bytes: Vec::new() }, rest))
    }

    pub(super) fn path(&self) -> &[u32] {
        &self.path
    }

    /// Takes a packet; returns the message when it is complete.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<Option<Vec<u8>>, Status> {
        self.bytes.extend(data);
        if self.bytes.len() > self.length {
            return Err(Status::DATA);
        }
        Ok((self.bytes.len() == self.length).then(|| core::mem::take(&mut self.bytes)))
    }
}

/// What is signed (EIP-191).
pub(super) fn hash(message: &[u8]) -> B256 {
    let head = format!("\x19Ethereum Signed Message:\n{}", message.len());
    keccak256([head.as_bytes(), message].concat())
}
