//! Nonces of signatures: one that signs two digests gives the private key away.

use std::collections::BTreeMap;

use bitcoin::secp256k1::ecdsa;

use crate::memory::SigningMemory;
use crate::signature::{SignedBy, Verifier};
use crate::verify::Candidate;
use crate::{CheckedPsbt, VerifyError};

/// The public half of a signature's nonce, and what it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// Index of the input.
    pub input: usize,
    /// The x coordinate of the nonce's point: r of ECDSA and of BIP-340.
    pub r: [u8; 32],
    /// The digest that was signed.
    pub digest: [u8; 32],
}

/// Nonces of all signatures: those that the request carries and those that came back.
pub(crate) fn nonces(checked: &CheckedPsbt, signatures: &[Candidate]) -> Vec<Nonce> {
    let mut verifier = Verifier::new(checked.transaction(), checked.inputs());
    let carried = checked.inputs().iter().enumerate();
    let carried = carried.flat_map(|(n, input)| input.present.iter().map(move |p| (n, &p.by, p.bytes.as_slice())));
    let new = signatures.iter().map(|s| (s.input, &s.by, s.bytes.as_slice()));
    let nonce = |(input, by, bytes): (usize, &SignedBy, &[u8])| {
        Some(Nonce { input, r: r_of(by, bytes)?, digest: verifier.signed_digest(input, by)? })
    };
    carried.chain(new).filter_map(nonce).collect()
}

/// Refuses a nonce that signs two digests, here or together with what is remembered.
pub(crate) fn check_reuse(nonces: &[Nonce], memory: &SigningMemory) -> Result<(), VerifyError> {
    let mut seen: BTreeMap<&[u8; 32], &[u8; 32]> = BTreeMap::new();
    for Nonce { input, r, digest } in nonces {
        let before = memory.digest_of(r).filter(|before| *before != digest);
        let here = seen.insert(r, digest).filter(|here| *here != digest);
        if before.or(here).is_some() {
            return Err(VerifyError::NonceReused { input: *input });
        }
    }
    Ok(())
}

fn r_of(by: &SignedBy, bytes: &[u8]) -> Option<[u8; 32]> {
    match by {
        SignedBy::Ecdsa(_) => {
            let der = bytes.split_last()?.1;
            ecdsa::Signature::from_der(der).ok()?.serialize_compact().get(..32)?.try_into().ok()
        }
        SignedBy::TapKey | SignedBy::TapScript(..) => bytes.get(..32)?.try_into().ok(),
    }
}
