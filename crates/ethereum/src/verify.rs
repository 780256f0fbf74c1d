//! Signatures that came back are verified against what was reviewed, and nothing else is taken from the device.

use std::fmt;

use alloy_consensus::TxEip4844;
use alloy_consensus::transaction::EthereumTxEnvelope;
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, keccak256};

use crate::sign_request::{EthSignature, RequestError, RequestId, decode_batch};
use crate::signature::{ReturnedSignature, Signature, SignatureFault};
use crate::transaction::{SignedTransactionError, Transaction};

/// What was reviewed and is to be signed.
#[derive(Clone, Copy, Debug)]
pub enum Signable<'a> {
    /// A transaction.
    Transaction(&'a Transaction),
    /// Typed data, by its digest (EIP-712).
    TypedData {
        /// keccak256(0x1901 || domain separator || struct hash).
        digest: B256,
    },
    /// A personal message, by its hash (EIP-191).
    PersonalMessage {
        /// keccak256("\x19Ethereum Signed Message:\n" || length || message).
        hash: B256,
    },
}

impl Signable<'_> {
    /// The hash that is signed.
    pub fn hash(&self) -> B256 {
        match self {
            Self::Transaction(transaction) => transaction.signing_hash(),
            Self::TypedData { digest } => *digest,
            Self::PersonalMessage { hash } => *hash,
        }
    }

    /// v as wallets expect it in an `eth-signature`: 35 + 2 × chain + parity for a legacy transaction, as many bytes as
    /// it needs (EIP-155); the parity for other transactions; 27 + parity for data and messages.
    fn v(&self, signature: &Signature) -> Vec<u8> {
        match self {
            Self::Transaction(transaction) => {
                let v = transaction.v(signature.y_parity()).to_be_bytes_trimmed_vec();
                if v.is_empty() { vec![0] } else { v }
            }
            Self::TypedData { .. } | Self::PersonalMessage { .. } => vec![signature.y_parity().saturating_add(27)],
        }
    }
}

/// Why a signature is not taken. Nothing of it is then used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// The signature is wrong.
    Signature(SignatureFault),
    /// Nobody is known who has to sign.
    NoSigner,
    /// The signature's nonce signed something else before: whoever has both signatures has the key.
    NonceReused {
        /// What it signed before.
        hash: B256,
    },
    /// The signed transaction that was built is not read as what was reviewed.
    SignedTransaction(SignedTransactionError),
    /// The answer is malformed.
    Malformed(RequestError),
    /// The answer is for another request.
    RequestId {
        /// The request's number.
        expected: Option<RequestId>,
        /// The answer's.
        found: Option<RequestId>,
    },
    /// A batch is answered with more or fewer signatures than it has requests.
    Count {
        /// Requests.
        expected: usize,
        /// Signatures.
        found: usize,
    },
    /// The signature is right, but its v is not: a wallet would make another transaction of it.
    V {
        /// What it has to be.
        expected: Vec<u8>,
        /// What it is.
        found: Vec<u8>,
    },
    /// The signed transaction cannot be decoded.
    MalformedTransaction,
    /// The signed transaction is not the reviewed one with this signature.
    OtherTransaction,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |id: &Option<RequestId>| id.map_or("no number".to_owned(), |id| data_encoding::HEXLOWER.encode(&id));
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        match self {
            Self::Signature(fault) => write!(f, "{fault}"),
            Self::NoSigner => f.write_str(
                "nobody is known who has to sign: ask for a request that names an account of the ceremony folder",
            ),
            Self::NonceReused { hash } => write!(
                f,
                "the signature has the nonce of an earlier one, which signed {hash}: whoever has both can compute the \
                 key. Show neither, and move what the key controls to another one"
            ),
            Self::SignedTransaction(error) => write!(f, "{error}: report this, nothing is shown"),
            Self::Malformed(error) => write!(f, "the answer is malformed: {error}"),
            Self::RequestId { expected, found } => {
                write!(f, "the answer is to request {}, asked was {}", id(found), id(expected))
            }
            Self::Count { expected, found } => write!(f, "{found} signatures answer {expected} requests"),
            Self::V { expected, found } => {
                write!(f, "the signature's v is {}, it has to be {}", hex(found), hex(expected))
            }
            Self::MalformedTransaction => f.write_str("the answer is no signed transaction"),
            Self::OtherTransaction => {
                f.write_str("the signed transaction is not the reviewed one: its bytes differ from those rebuilt here")
            }
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<SignatureFault> for VerifyError {
    fn from(fault: SignatureFault) -> Self {
        Self::Signature(fault)
    }
}

/// A verified signature over what was reviewed.
///
/// Only the functions of this module make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    signature: Signature,
    signer: Address,
    hash: B256,
    signature_bytes: Vec<u8>,
    transaction: Option<Vec<u8>>,
    checks: Vec<String>,
}

impl Verified {
    /// The signature, its parity recomputed.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The account that signed.
    pub fn signer(&self) -> Address {
        self.signer
    }

    /// The hash that was signed.
    pub fn hash(&self) -> B256 {
        self.hash
    }

    /// r, s and v, as an `eth-signature` holds them for this kind of request.
    pub fn signature_bytes(&self) -> &[u8] {
        &self.signature_bytes
    }

    /// The signed transaction as nodes take it, rebuilt by us; none of data and messages.
    pub fn transaction(&self) -> Option<&[u8]> {
        self.transaction.as_deref()
    }

    /// Hash of the signed transaction, by which explorers know it.
    pub fn transaction_hash(&self) -> Option<B256> {
        self.transaction.as_ref().map(keccak256)
    }

    /// What was checked, one sentence each, without full stop.
    pub fn checks(&self) -> &[String] {
        &self.checks
    }

    /// The answer to a request with this number.
    pub fn to_eth_signature(&self, request_id: Option<RequestId>, origin: Option<&str>) -> EthSignature {
        let origin = origin.map(str::to_owned);
        EthSignature { request_id, signature: self.signature_bytes.clone(), origin }
    }
}

/// Verifies a device's signature by `expected` over what was reviewed, and builds the signed transaction.
///
/// The device's v is not used: the parity is the one that recovers `expected`. Whether the request may be signed at all
/// is not checked here.
///
/// # Errors
/// [`VerifyError`] if the signature is out of range, high, or not by `expected` over the reviewed hash.
pub fn verify(
    reviewed: Signable<'_>,
    expected: Address,
    returned: &ReturnedSignature,
) -> Result<Verified, VerifyError> {
    let hash = reviewed.hash();
    let signature = returned.by(expected, hash)?;
    let mut checks = vec![
        format!("the signature is by {expected} over {hash}, the hash of what was reviewed"),
        "the signature's r and s are in range and s is low, so that strict nodes take it".to_owned(),
        "the signature's v was recomputed; what the device says about it is not used".to_owned(),
    ];
    let transaction = match reviewed {
        Signable::Transaction(transaction) => {
            let raw = transaction.sign(&signature, expected).map_err(VerifyError::SignedTransaction)?;
            checks.push(
                "the signed transaction has the reviewed bytes; a second decoder reads the same fields and signer in it"
                    .to_owned(),
            );
            Some(raw)
        }
        Signable::TypedData { .. } | Signable::PersonalMessage { .. } => None,
    };
    let signature_bytes = signature.to_bytes(&reviewed.v(&signature));
    Ok(Verified { signature, signer: expected, hash, signature_bytes, transaction, checks })
}

/// Verifies an `eth-signature` as the asking machine gets it back: the request's number, the signer, and v too, because
/// the wallet that asked uses it as it is.
///
/// # Errors
/// [`VerifyError`] if anything but the right signature is in the answer.
pub fn verify_response(
    reviewed: Signable<'_>,
    expected: Address,
    request_id: Option<RequestId>,
    message: &[u8],
) -> Result<Verified, VerifyError> {
    let answer = EthSignature::decode(message).map_err(VerifyError::Malformed)?;
    verify_answer(reviewed, expected, request_id, &answer)
}

/// The same for one answer of a batch, already decoded.
///
/// # Errors
/// [`VerifyError`] if anything but the right signature is in the answer.
pub fn verify_answer(
    reviewed: Signable<'_>,
    expected: Address,
    request_id: Option<RequestId>,
    answer: &EthSignature,
) -> Result<Verified, VerifyError> {
    if answer.request_id != request_id {
        return Err(VerifyError::RequestId { expected: request_id, found: answer.request_id });
    }
    let returned = ReturnedSignature::from_bytes(&answer.signature)?;
    let mut verified = verify(reviewed, expected, &returned)?;
    if answer.signature != verified.signature_bytes {
        let v = |bytes: &[u8]| bytes.get(64..).unwrap_or_default().to_vec();
        return Err(VerifyError::V { expected: v(&verified.signature_bytes), found: v(&answer.signature) });
    }
    verified.checks.push(match request_id {
        Some(id) => format!("the answer is to request {}", data_encoding::HEXLOWER.encode(&id)),
        None => "the request has no number for the answer to repeat".to_owned(),
    });
    Ok(verified)
}

/// Verifies an `eth-batch-signature`: one answer for each request, in their order. Each is what was reviewed, who has to
/// sign it, and the request's number.
///
/// # Errors
/// [`VerifyError`] if anything but the right signatures is in the answer.
pub fn verify_batch_response(
    asked: &[(Signable<'_>, Address, Option<RequestId>)],
    message: &[u8],
) -> Result<Vec<Verified>, VerifyError> {
    let answers = decode_batch(message).map_err(VerifyError::Malformed)?;
    if answers.len() != asked.len() {
        return Err(VerifyError::Count { expected: asked.len(), found: answers.len() });
    }
    let pairs = asked.iter().zip(&answers);
    pairs.map(|((reviewed, expected, id), answer)| verify_answer(*reviewed, *expected, *id, answer)).collect()
}

/// Verifies a signed transaction that came back whole: it has to be, byte for byte, the reviewed one with a signature
/// of `expected`.
///
/// # Errors
/// [`VerifyError`] if it is anything else.
pub fn verify_transaction(reviewed: &Transaction, expected: Address, raw: &[u8]) -> Result<Verified, VerifyError> {
    let envelope = EthereumTxEnvelope::<TxEip4844>::decode_2718_exact(raw);
    let envelope = envelope.map_err(|_| VerifyError::MalformedTransaction)?;
    let signature = envelope.signature();
    let returned = ReturnedSignature::from_scalars(signature.r().to_be_bytes(), signature.s().to_be_bytes());
    let mut verified = verify(Signable::Transaction(reviewed), expected, &returned)?;
    if verified.transaction.as_deref() != Some(raw) {
        return Err(VerifyError::OtherTransaction);
    }
    verified.checks.push("the signed transaction that came back is, byte for byte, the one rebuilt here".to_owned());
    Ok(verified)
}
