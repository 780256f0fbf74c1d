//! Nonces of signatures: one that signs two digests gives the private key away.

use std::collections::BTreeMap;

use bitcoin::secp256k1::ecdsa;

use crate::memory::SigningMemory;
use crate::musig::{self, MusigSigner};
use crate::signature::{SignedBy, Verifier};
use crate::verify::Candidate;
use crate::{CheckedPsbt, VerifyError};

/// The public half of a signature's nonce, and what it signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// Index of the input.
    pub input: usize,
    /// The x coordinate of the nonce's point: r of ECDSA and of BIP-340; for MuSig2 one of the participant's two.
    pub r: [u8; 32],
    /// The digest that was signed; for a part of a MuSig2 signature the hash of its session: key, nonces and digest.
    pub digest: [u8; 32],
}

/// Nonces of all signatures: those that the request carries and those that came back.
pub(crate) fn nonces(checked: &CheckedPsbt, signatures: &[Candidate]) -> Vec<Nonce> {
    let mut verifier = Verifier::new(checked.transaction(), checked.inputs());
    let carried = checked.inputs().iter().enumerate();
    let carried = carried.flat_map(|(n, input)| input.present.iter().map(move |p| (n, &p.by, p.bytes.as_slice())));
    let new = signatures.iter().map(|s| (s.input, &s.by, s.bytes.as_slice()));
    let mut nonces = Vec::new();
    for (input, by, bytes) in carried.chain(new) {
        if let SignedBy::Musig(signer) = by {
            nonces.extend(of_participant(checked, input, signer, verifier.session(input, by).map(|s| s.id())));
        } else if let Some((r, digest)) = r_of(by, bytes).zip(verifier.signed_digest(input, by)) {
            nonces.push(Nonce { input, r, digest });
        }
    }
    nonces
}

/// Both points of a participant's nonce. Neither may be in two sessions, whatever these sign (BIP-327).
fn of_participant(checked: &CheckedPsbt, input: usize, signer: &MusigSigner, session: Option<[u8; 32]>) -> Vec<Nonce> {
    let joint = checked.inputs().get(input).and_then(|input| input.joint_key(signer));
    let nonce = joint.and_then(|joint| joint.nonces.get(&signer.participant));
    let Some((nonce, digest)) = nonce.zip(session) else { return Vec::new() };
    musig::x_coordinates(nonce).into_iter().map(|r| Nonce { input, r, digest }).collect()
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
        SignedBy::Musig(_) => None,
    }
}
