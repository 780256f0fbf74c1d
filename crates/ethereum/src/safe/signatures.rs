//! Owners' signatures as `execTransaction` takes them: 65 bytes each, in ascending order of the owners.
//!
//! Source: `checkSignatures` of `Safe.sol`.

use std::fmt;

use alloy_primitives::Address;

/// An owner's signature over a `safeTxHash`: r, s, and v of 27 or 28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerSignature {
    /// The owner, recovered from the signature.
    pub owner: Address,
    /// r, s and v.
    pub bytes: [u8; 65],
}

/// Why signatures cannot be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignaturesError {
    /// Two signatures of one owner: the Safe would refuse them.
    SameOwner(Address),
    /// A v other than 27 and 28: the Safe would read it as another kind of signature.
    WrongV(u8),
}

impl fmt::Display for SignaturesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameOwner(owner) => write!(f, "owner {owner} signed twice; leave one of the signatures out"),
            Self::WrongV(v) => write!(f, "a signature ends in {v}, a Safe takes 27 or 28 for a key's signature"),
        }
    }
}

impl std::error::Error for SignaturesError {}

/// Packs signatures in the order that the Safe demands.
///
/// # Errors
/// [`SignaturesError`].
pub fn pack_signatures(signatures: &[OwnerSignature]) -> Result<Vec<u8>, SignaturesError> {
    let mut sorted = signatures.to_vec();
    sorted.sort_by_key(|signature| signature.owner);
    for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
        if a.owner == b.owner {
            return Err(SignaturesError::SameOwner(a.owner));
        }
    }
    let last = |s: &OwnerSignature| s.bytes.last().copied().unwrap_or_default();
    match sorted.iter().map(last).find(|v| !matches!(v, 27 | 28)) {
        Some(v) => Err(SignaturesError::WrongV(v)),
        None => Ok(sorted.iter().flat_map(|signature| signature.bytes).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(owner: u8, v: u8) -> OwnerSignature {
        let mut bytes = [owner; 65];
        bytes[64] = v;
        OwnerSignature { owner: Address::repeat_byte(owner), bytes }
    }

    #[test]
    fn signatures_go_in_the_order_of_the_owners() {
        let packed = pack_signatures(&[signature(9, 27), signature(2, 28)]).unwrap();
        assert_eq!((packed.len(), packed[0], packed[65]), (130, 2, 9));
        let twice = pack_signatures(&[signature(2, 27), signature(2, 28)]);
        assert_eq!(twice, Err(SignaturesError::SameOwner(Address::repeat_byte(2))));
        assert_eq!(pack_signatures(&[signature(2, 1)]), Err(SignaturesError::WrongV(1)));
    }
}
