//! Why signatures are not taken.

use std::fmt;

use crate::limits::MAX_EXECUTED_BYTES;
use crate::{DecodeError, MapKind, SignatureFault};

/// Why a response is not taken. Nothing of it is then used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// The response is no PSBT at all.
    Malformed(DecodeError),
    /// The response is no transaction at all.
    MalformedTransaction {
        /// What is wrong with it.
        reason: String,
    },
    /// The request itself is refused.
    Refused {
        /// Code of the finding that refuses it.
        code: &'static str,
    },
    /// None of the inputs is ours.
    NothingToSign,
    /// The response adds no signature at all.
    NothingSigned,
    /// A signature for an input that does not exist.
    NoSuchInput {
        /// Index claimed.
        input: usize,
        /// Number of inputs.
        inputs: usize,
    },
    /// A signature for an input that is not ours.
    ForeignInput {
        /// Index of the input.
        input: usize,
    },
    /// A signature by a key that does not belong to the input.
    ForeignKey {
        /// Index of the input.
        input: usize,
        /// The key, as hex.
        key: String,
    },
    /// A second signature by the same key.
    Duplicate {
        /// Index of the input.
        input: usize,
    },
    /// A signature by a key whose valid signature the request carries already.
    AlreadySigned {
        /// Index of the input.
        input: usize,
    },
    /// An own input has no signature.
    Missing {
        /// Index of the input.
        input: usize,
    },
    /// A signature does not verify for what was reviewed.
    Signature {
        /// Index of the input.
        input: usize,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// The digest of an input cannot be computed, so that nothing can be verified.
    NoDigest {
        /// Index of the input.
        input: usize,
    },
    /// A MuSig2 nonce is not taken.
    Nonce {
        /// Index of the input.
        input: usize,
        /// What is wrong with it.
        fault: NonceFault,
    },
    /// One nonce signs two digests, here or together with an earlier signing: whoever sees both has the private key.
    NonceReused {
        /// Index of the input.
        input: usize,
    },
    /// A field of the request has another value in the response.
    Changed {
        /// The map.
        map: MapKind,
        /// Name of the key type.
        key: &'static str,
        /// Offset in the response of the first byte that differs.
        offset: usize,
    },
    /// A field of the request is not in the response.
    Removed {
        /// The map.
        map: MapKind,
        /// Name of the key type.
        key: &'static str,
        /// Offset of the field in the request.
        offset: usize,
    },
    /// The response has a field that is neither in the request nor a signature.
    Added {
        /// The map.
        map: MapKind,
        /// Name of the key type.
        key: &'static str,
        /// Offset of the field in the response.
        offset: usize,
    },
    /// The transaction is not the reviewed one.
    OtherTransaction {
        /// What differs.
        what: String,
    },
    /// A finished input is not what its signatures make.
    FinalField {
        /// Index of the input.
        input: usize,
    },
    /// The script of an input does not accept.
    Script {
        /// Index of the input.
        input: usize,
        /// The interpreter's reason.
        reason: String,
    },
    /// Executing the scripts up to this input would read more bytes than are read.
    TooMuchToExecute {
        /// Index of the input.
        input: usize,
    },
    /// What we rebuilt is not the request plus the signatures: a bug of ours, and nothing is returned.
    Rebuild {
        /// What differs.
        reason: String,
    },
}

/// What is wrong with a MuSig2 nonce (BIP-327, BIP-373).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceFault {
    /// The key that it is for is not one of the input's that is proven to be made of participants.
    ForeignKey,
    /// Whoever it is for has no part in that key.
    Stranger,
    /// It is no pair of points.
    Encoding,
    /// The participant has another one already.
    Second,
    /// It shares a point with another nonce: partial signatures with both give the private key away.
    Repeated,
}

impl fmt::Display for NonceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ForeignKey => "the key that it is for is no key of participants of this coin",
            Self::Stranger => "it is for somebody who has no part in that key",
            Self::Encoding => "it is no pair of points",
            Self::Second => "the participant has another one already",
            Self::Repeated => "it shares a point with another nonce, and signing with both gives the private key away",
        })
    }
}

impl VerifyError {
    /// Whether the response is malformed, rather than wrong.
    pub const fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::MalformedTransaction { .. })
    }
}

const NOT_USED: &str = "nothing of the response is used; find out what the device signed";

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the response is malformed: {error}"),
            Self::MalformedTransaction { reason } => {
                write!(f, "the response is no transaction: {}; scan it again", vitrine_review::escape(reason))
            }
            Self::Refused { code } => write!(f, "the request is refused ({code}); no signature for it is taken"),
            Self::NothingToSign => {
                f.write_str("none of the inputs is ours, so no signature can be; open the wallet's ceremony folder")
            }
            Self::NothingSigned => {
                f.write_str("the response adds no signature; scan the signed result, not the request")
            }
            Self::NoSuchInput { input, inputs } => {
                write!(f, "a signature for input {input}, and the request has {inputs}; {NOT_USED}")
            }
            Self::ForeignInput { input } => write!(f, "a signature for input {input}, which is not ours; {NOT_USED}"),
            Self::ForeignKey { input, key } => {
                write!(f, "input {input} is signed by the key {key}, which does not belong to it; {NOT_USED}")
            }
            Self::Duplicate { input } => write!(f, "input {input} has two signatures by one key; {NOT_USED}"),
            Self::AlreadySigned { input } => {
                write!(
                    f,
                    "input {input} carries a signature by that key already, and no other one is taken; {NOT_USED}"
                )
            }
            Self::Missing { input } => write!(f, "input {input} has no signature; sign again"),
            Self::Signature { input, fault } => {
                write!(f, "the signature of input {input} is not taken: {fault}; {NOT_USED}")
            }
            Self::Nonce { input, fault } => {
                write!(f, "a MuSig2 nonce of input {input} is not taken: {fault}; {NOT_USED}")
            }
            Self::NoDigest { input } => {
                write!(f, "what input {input} has to sign cannot be computed; ask for previous transactions")
            }
            Self::NonceReused { input } => write!(
                f,
                "the signature of input {input} uses a nonce that signed something else before: whoever sees both can \
                 compute the private key; move its coins with another device, and do not use this one again"
            ),
            Self::Changed { map, key, offset } => {
                write!(f, "{map}, {key}, byte {offset}: the response differs from the reviewed request; {NOT_USED}")
            }
            Self::Removed { map, key, offset } => {
                write!(f, "{map}, {key}, byte {offset} of the request: missing in the response; {NOT_USED}")
            }
            Self::Added { map, key, offset } => {
                write!(f, "{map}, {key}, byte {offset}: in the response only, and no signature; {NOT_USED}")
            }
            Self::OtherTransaction { what } => write!(f, "this is not the reviewed transaction: {what}; {NOT_USED}"),
            Self::FinalField { input } => {
                write!(f, "input {input} is finished in another way than its signatures allow; {NOT_USED}")
            }
            Self::Script { input, reason } => {
                write!(f, "the script of input {input} does not accept ({reason}); do not broadcast")
            }
            Self::TooMuchToExecute { input } => write!(
                f,
                "the scripts up to input {input} take more than {MAX_EXECUTED_BYTES} bytes of transaction to execute; \
                 split the payment into smaller ones"
            ),
            Self::Rebuild { reason } => {
                write!(f, "the rebuilt response is wrong ({reason}); this is a bug, please report it with the request")
            }
        }
    }
}

impl std::error::Error for VerifyError {}
