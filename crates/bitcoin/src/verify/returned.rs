//! What a device returns of one round of signing.

use bitcoin::secp256k1::PublicKey;
use bitcoin::taproot::TapLeafHash;

use super::nonces::Nonces;
use super::{Candidate, Finals, Locks, ReturnedSignature, Verified, VerifyError, candidate, conclude};
use crate::CheckedPsbt;
use crate::musig::MusigSigner;
use crate::signature::{SignedBy, Verifier};

/// One result as a device returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// A whole signature.
    Signature(ReturnedSignature),
    /// The first of two rounds (BIP-327): a public nonce, 66 bytes, of PSBT_IN_MUSIG2_PUB_NONCE (BIP-373). Nothing is
    /// signed by it.
    MusigNonce(MusigPart),
    /// The second: a partial signature, 32 bytes, of PSBT_IN_MUSIG2_PARTIAL_SIG.
    MusigPartial(MusigPart),
}

/// A participant's part in a signature of several (BIP-327), with the key that BIP-373 gives it in a PSBT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MusigPart {
    /// Index of the input that it is for.
    pub input: usize,
    /// The participant's own key.
    pub participant: PublicKey,
    /// The key that the finished signature is by, with all tweaks: the taproot output key, or a key in a leaf.
    pub aggregate: PublicKey,
    /// The leaf that is signed; none for the key path.
    pub leaf: Option<TapLeafHash>,
    /// The public nonce, or the partial signature.
    pub bytes: Vec<u8>,
}

impl MusigPart {
    fn signer(&self) -> MusigSigner {
        MusigSigner { participant: self.participant, aggregate: self.aggregate, leaf: self.leaf }
    }
}

/// Verifies what a device returned in one round of signing, and rebuilds the response, as [`super::verify`] does.
///
/// A nonce has to be two points, for a participant of a key of several that the own coin is locked to, who has none in
/// the request. A partial signature is verified over the nonces of all participants.
///
/// # Errors
/// [`VerifyError`] naming the input, if a signature is missing, foreign, malformed or does not verify, or a nonce is not
/// taken.
pub fn verify_returned(checked: &CheckedPsbt, returned: &[Returned]) -> Result<Verified, VerifyError> {
    let mut nonces = Nonces::default();
    for one in returned {
        if let Returned::MusigNonce(part) = one {
            nonces.add_own(checked, part.input, &part.signer(), &part.bytes)?;
        }
    }
    let joined = nonces.join(checked)?;
    let mut verifier = Verifier::new(joined.transaction(), joined.inputs());
    let mut candidates = Vec::new();
    for one in returned {
        match one {
            Returned::Signature(signature) => candidates.push(candidate(&joined, signature, &mut verifier)?),
            Returned::MusigPartial(part) => {
                let by = SignedBy::Musig(part.signer());
                candidates.push(Candidate { input: part.input, by, bytes: part.bytes.clone() });
            }
            Returned::MusigNonce(_) => {}
        }
    }
    if joined.inputs().iter().all(|input| input.own().is_none()) {
        return Err(VerifyError::NothingToSign);
    }
    conclude(&joined, candidates, &Finals::new(), &Locks::own(&joined), &nonces)
}
