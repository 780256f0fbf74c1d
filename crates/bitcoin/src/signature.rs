//! Single signatures: their encoding and their mathematics.

use std::collections::BTreeMap;
use std::fmt;

use bitcoin::Transaction;
use bitcoin::secp256k1::{Message, Secp256k1, VerifyOnly, ecdsa, schnorr};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{PublicKey, XOnlyPublicKey, secp256k1};

use crate::check::JointKey;
use crate::leaf::output_key;
use crate::musig::{MusigSigner, Session};
use crate::sighash::{Digests, Spend};
use crate::{CheckedInput, SighashType};

/// What a signature is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SignedBy {
    /// A key, by ECDSA: PSBT_IN_PARTIAL_SIG (BIP-174).
    Ecdsa(PublicKey),
    /// The taproot output key: PSBT_IN_TAP_KEY_SIG (BIP-371).
    TapKey,
    /// A key in a leaf of the taproot tree: PSBT_IN_TAP_SCRIPT_SIG (BIP-371).
    TapScript(XOnlyPublicKey, TapLeafHash),
    /// A participant of an aggregate key, which is a part of a signature: PSBT_IN_MUSIG2_PARTIAL_SIG (BIP-373).
    Musig(MusigSigner),
}

impl SignedBy {
    /// The key as hex; for the taproot key path a word.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Ecdsa(key) => key.to_string(),
            Self::TapKey => "output key".to_owned(),
            Self::TapScript(key, _) => key.to_string(),
            Self::Musig(signer) => signer.participant.to_string(),
        }
    }
}

/// Why a signature is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// What it has to sign cannot be computed.
    NoDigest,
    /// It is wrong.
    Fault(SignatureFault),
}

/// Verifies signatures of one transaction's inputs, each over the digest of its input.
pub(crate) struct Verifier<'a> {
    inputs: &'a [CheckedInput],
    digests: Digests<'a>,
    secp: Secp256k1<VerifyOnly>,
    /// The digest computed last: signatures of one input come together.
    last: Option<(usize, Option<TapLeafHash>, [u8; 32])>,
    /// The MuSig2 sessions computed, by key and digest: each adds the nonces of all participants.
    sessions: BTreeMap<(secp256k1::PublicKey, [u8; 32]), Session>,
    skips_legacy: bool,
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(transaction: &'a Transaction, inputs: &'a [CheckedInput]) -> Self {
        let secp = Secp256k1::verification_only();
        Self {
            inputs,
            digests: Digests::new(transaction, inputs),
            secp,
            last: None,
            sessions: BTreeMap::new(),
            skips_legacy: false,
        }
    }

    /// The same, computing no digest of a legacy input if `skips`: each hashes the whole transaction.
    pub(crate) fn skipping_legacy(mut self, skips: bool) -> Self {
        self.skips_legacy = skips;
        self
    }

    /// Verifies one signature, sighash byte included. Whether its key belongs to the input is not checked here, but for
    /// taproot: the output key is the script's, and a leaf has to be one of the input's with that key in it.
    pub(crate) fn verify(&mut self, input: usize, by: &SignedBy, bytes: &[u8]) -> Result<(), Unverified> {
        let of_input = self.inputs.get(input).ok_or(Unverified::NoDigest)?;
        let sighash_type = of_input.sighash_type();
        let digest = self.signed_digest(input, by).ok_or(Unverified::NoDigest)?;
        let result = match by {
            SignedBy::Ecdsa(key) => verify_ecdsa(&self.secp, &digest, key, bytes, sighash_type),
            SignedBy::TapKey => {
                let key = of_input.script_pubkey().and_then(output_key).ok_or(SignatureFault::ForeignKey);
                key.and_then(|key| verify_schnorr(&self.secp, &digest, &key, bytes, sighash_type))
            }
            SignedBy::TapScript(key, hash) if of_input.has_leaf_key(*hash, key) => {
                verify_schnorr(&self.secp, &digest, key, bytes, sighash_type)
            }
            SignedBy::TapScript(..) => Err(SignatureFault::ForeignKey),
            SignedBy::Musig(signer) => self.verify_partial(of_input, signer, digest, bytes),
        };
        result.map_err(Unverified::Fault)
    }

    /// The digest that a signature of this kind signs.
    pub(crate) fn signed_digest(&mut self, input: usize, by: &SignedBy) -> Option<[u8; 32]> {
        let leaf = match by {
            SignedBy::TapScript(_, leaf) => Some(*leaf),
            SignedBy::Musig(signer) => signer.leaf,
            SignedBy::Ecdsa(_) | SignedBy::TapKey => None,
        };
        self.digest(input, leaf)
    }

    /// The session of a partial signature over the digest of its input (BIP-327); none as long as nonces are missing.
    pub(crate) fn session(&mut self, input: usize, by: &SignedBy) -> Option<Session> {
        let SignedBy::Musig(signer) = by else { return None };
        let digest = self.signed_digest(input, by)?;
        let joint = self.inputs.get(input)?.joint_key(signer)?;
        self.session_over(joint, digest)
    }

    /// The session is computed once for all partial signatures by a joint key, in whatever order they come.
    fn session_over(&mut self, joint: &JointKey, digest: [u8; 32]) -> Option<Session> {
        let place = (joint.key_agg.key(), digest);
        if let Some(session) = self.sessions.get(&place) {
            return Some(session.clone());
        }
        let session = joint.session(&self.secp, digest)?;
        self.sessions.insert(place, session.clone());
        Some(session)
    }

    fn verify_partial(
        &mut self,
        input: &CheckedInput,
        signer: &MusigSigner,
        digest: [u8; 32],
        bytes: &[u8],
    ) -> Result<(), SignatureFault> {
        let joint = input.joint_key(signer).ok_or(SignatureFault::ForeignKey)?;
        if !joint.key_agg.participants().contains(&signer.participant) {
            return Err(SignatureFault::ForeignKey);
        }
        let nonce = joint.nonces.get(&signer.participant).ok_or(SignatureFault::NonceMissing)?;
        let session = self.session_over(joint, digest).ok_or(SignatureFault::NonceMissing)?;
        match session.verifies(&self.secp, &signer.participant, nonce, bytes) {
            true => Ok(()),
            false => Err(SignatureFault::Wrong),
        }
    }

    fn digest(&mut self, input: usize, leaf: Option<TapLeafHash>) -> Option<[u8; 32]> {
        if let Some((_, _, digest)) = self.last.filter(|(i, l, _)| (*i, *l) == (input, leaf)) {
            return Some(digest);
        }
        if self.skips_legacy && self.inputs.get(input).is_some_and(|input| matches!(input.spend, Spend::Legacy(_))) {
            return None;
        }
        let digest = self.digests.digest_of(input, leaf)?;
        self.last = Some((input, leaf, digest));
        Some(digest)
    }
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// Not strict DER (BIP-66), or not 64 bytes for Schnorr.
    Encoding,
    /// The s value is in the upper half (BIP-146); anybody could have changed it.
    HighS,
    /// The sighash byte is not the reviewed one.
    SighashByte {
        /// The byte found; none if there is none.
        found: Option<u8>,
        /// The byte reviewed; none for none.
        expected: Option<u8>,
    },
    /// Its key does not belong to the coin.
    ForeignKey,
    /// A partial signature (BIP-327) is over the nonces of all participants, and they are not all there.
    NonceMissing,
    /// It does not verify for this key and digest.
    Wrong,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let byte = |b: &Option<u8>| b.map_or("none".to_owned(), |b| format!("0x{b:02x}"));
        match self {
            Self::Encoding => f.write_str("it is not strictly encoded"),
            Self::HighS => f.write_str("its s value is in the upper half"),
            Self::SighashByte { found, expected } => {
                write!(f, "its sighash byte is {}, reviewed was {}", byte(found), byte(expected))
            }
            Self::ForeignKey => f.write_str("its key does not belong to the coin"),
            Self::NonceMissing => f.write_str("it is partial, and the nonces of all participants are not there"),
            Self::Wrong => f.write_str("it is not a signature of what was reviewed"),
        }
    }
}

/// Verifies an ECDSA signature with its sighash byte.
fn verify_ecdsa(
    secp: &Secp256k1<VerifyOnly>,
    digest: &[u8; 32],
    key: &PublicKey,
    bytes: &[u8],
    sighash_type: SighashType,
) -> Result<(), SignatureFault> {
    let (byte, der) = bytes.split_last().ok_or(SignatureFault::Encoding)?;
    let expected = sighash_type.byte();
    if Some(*byte) != expected {
        return Err(SignatureFault::SighashByte { found: Some(*byte), expected });
    }
    let signature = ecdsa::Signature::from_der(der).map_err(|_| SignatureFault::Encoding)?;
    // The parser is lenient about padding; the network is not.
    if signature.serialize_der().as_ref() != der {
        return Err(SignatureFault::Encoding);
    }
    let mut low = signature;
    low.normalize_s();
    if low != signature {
        return Err(SignatureFault::HighS);
    }
    let message = Message::from_digest(*digest);
    secp.verify_ecdsa(&message, &signature, &key.inner).map_err(|_| SignatureFault::Wrong)
}

/// Verifies a Schnorr signature (BIP-340), with the sighash byte that follows it unless the type is DEFAULT.
fn verify_schnorr(
    secp: &Secp256k1<VerifyOnly>,
    digest: &[u8; 32],
    key: &XOnlyPublicKey,
    bytes: &[u8],
    sighash_type: SighashType,
) -> Result<(), SignatureFault> {
    let (signature, byte) = match bytes.len() {
        64 => (bytes, None),
        65 => (bytes.get(..64).unwrap_or_default(), bytes.last().copied()),
        _ => return Err(SignatureFault::Encoding),
    };
    let expected = sighash_type.byte();
    if byte != expected {
        return Err(SignatureFault::SighashByte { found: byte, expected });
    }
    let signature = schnorr::Signature::from_slice(signature).map_err(|_| SignatureFault::Encoding)?;
    secp.verify_schnorr(&signature, &Message::from_digest(*digest), key).map_err(|_| SignatureFault::Wrong)
}
