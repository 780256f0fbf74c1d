//! The packed entries of Safe's MultiSend: operation (1 byte), to (20), value (32), length (32), data.
//!
//! Source: `MultiSend.sol` of the Safe contracts. The contract stops reading where the bytes end, even within an entry;
//! here every entry must be whole.

use alloy_primitives::{Address, U256};

use super::{Broken, Operation};
use crate::{Located, limits};

const HEAD: usize = 85;

/// One entry of a multiSend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Operation: 0 or 1.
    pub operation: Operation,
    /// Target.
    pub to: Address,
    /// Native coin sent along, in wei.
    pub value_wei: U256,
    /// All of the entry but its data.
    pub head: Located,
    /// Its data.
    pub data: Located,
}

/// Reads all entries, to the last byte.
///
/// # Errors
/// [`Broken`] for an entry that is cut off, an unknown operation, or too many entries.
pub(crate) fn entries(packed: &Located) -> Result<Vec<Entry>, Broken> {
    let (mut rest, mut entries) = (packed.clone(), Vec::new());
    while !rest.is_empty() {
        if entries.len() >= limits::CALLS {
            return Err(at(&rest, 0, "there are more entries than can be read"));
        }
        let (entry, next) = entry(&rest)?;
        entries.push(entry);
        rest = next;
    }
    Ok(entries)
}

fn entry(rest: &Located) -> Result<(Entry, Located), Broken> {
    let cut_off = || at(rest, 0, "an entry is cut off");
    let head = rest.slice(0..HEAD).ok_or_else(cut_off)?;
    let part = |start: usize, end: usize| head.bytes().get(start..end).unwrap_or_default();
    let operation = match part(0, 1) {
        [0] => Operation::Call,
        [1] => Operation::DelegateCall,
        _ => return Err(at(rest, 0, "an entry's operation is neither call (0) nor delegatecall (1)")),
    };
    let length = usize::try_from(U256::from_be_slice(part(53, HEAD))).ok();
    let end = length.and_then(|length| length.checked_add(HEAD));
    let too_long = || at(rest, 53, "an entry's data is longer than the bytes that follow");
    let data = end.and_then(|end| rest.slice(HEAD..end)).ok_or_else(too_long)?;
    let next = rest.from(HEAD.saturating_add(data.len())).ok_or_else(too_long)?;
    let (to, value_wei) = (Address::from_slice(part(1, 21)), U256::from_be_slice(part(21, 53)));
    Ok((Entry { operation, to, value_wei, head, data }, next))
}

fn at(rest: &Located, index: usize, problem: &'static str) -> Broken {
    Broken { offset: rest.offset_of(index), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(operation: u8, data: &[u8]) -> Vec<u8> {
        let mut out = vec![operation];
        out.extend_from_slice(&[0x11; 20]);
        out.extend_from_slice(&U256::from(5).to_be_bytes::<32>());
        out.extend_from_slice(&U256::from(data.len()).to_be_bytes::<32>());
        out.extend_from_slice(data);
        out
    }

    #[test]
    fn every_entry_is_read_to_its_last_byte() {
        let bytes = [packed(0, b"abc"), packed(1, b"")].concat();
        let entries = entries(&Located::binary(bytes.clone(), 1000)).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].operation, entries[0].data.bytes()), (Operation::Call, &b"abc"[..]));
        assert_eq!(entries[1].operation, Operation::DelegateCall);
        assert_eq!(entries[1].head.span().start, 1000 + 88);
        for cut in 1..bytes.len() {
            let whole = cut == 88;
            assert_eq!(super::entries(&Located::binary(bytes[..cut].to_vec(), 0)).is_ok(), whole, "{cut}");
        }
    }

    #[test]
    fn an_operation_that_nobody_defined_is_refused() {
        assert!(entries(&Located::binary(packed(2, b""), 0)).is_err());
        let mut long = packed(0, b"");
        long[53..85].fill(0xff);
        assert!(entries(&Located::binary(long, 0)).is_err());
    }
}
