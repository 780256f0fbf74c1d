//! From a well-formed request to a checked one: chain, signer, calls and consequences.

mod authority;
mod batch;
mod typed;

use std::fmt;
use std::sync::Arc;

use alloy_primitives::{Address, U256};
use vitrine_review::{Context, Finding, Notes, Review, Says};

use crate::Surroundings;
use crate::call::{Call, ExplainError, Operation, Root, Via, explain};
use crate::effect::{Entry, ledger};
use crate::memory::SigningMemory;
use crate::request::{Asked, EthRequest, Payload};
use crate::safe::{SafeBundle, SafeTx, SafeTxHashes, SafeVersion};
use crate::sign_request::{RequestId, SignRequest};
use crate::verify::Signable;

pub use batch::CheckedRequests;
pub(crate) use batch::{Account, Sequence};

/// A SafeTx of one of our Safes, or of another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeSigning {
    /// The Safe.
    pub safe: Address,
    /// The version by which the hash was made; none where the typed data alone says it.
    pub version: Option<SafeVersion>,
    /// What its owners sign.
    pub transaction: SafeTx,
    /// Its hashes.
    pub hashes: SafeTxHashes,
}

/// A request that was checked against what the ceremony knows. What its findings refuse is still refused.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    bytes: Arc<[u8]>,
    asked: Asked,
    surroundings: Arc<Surroundings>,
    pub(crate) signer: Option<Address>,
    pub(crate) chain_id: Option<u64>,
    pub(crate) safe: Option<SafeSigning>,
    pub(crate) tree: Option<Call>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) findings: Vec<Finding>,
    /// What was signed before: a signature whose nonce signed something else is not taken.
    pub(crate) memory: SigningMemory,
}

/// Why a well-formed request cannot be reviewed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckError {
    /// Its calls are too deep or too many.
    Calls(ExplainError),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for CheckError {}

impl EthRequest {
    /// Checks the request against what the ceremony knows.
    ///
    /// # Errors
    /// [`CheckError`] for what cannot be reviewed; whatever may not be signed is a finding of the review.
    pub fn check(self, surroundings: &Surroundings) -> Result<CheckedRequest, CheckError> {
        check(self.bytes, self.asked, &Arc::new(surroundings.clone()))
    }
}

/// Checks what is asked by these bytes, or by a part of them.
fn check(bytes: Arc<[u8]>, asked: Asked, known: &Arc<Surroundings>) -> Result<CheckedRequest, CheckError> {
    let (payload, mut notes) = (asked.payload(), crate::findings::notes());
    let chain_id = authority::chain(&asked, known, &mut notes);
    let surroundings = known.on_chain(chain_id.unwrap_or(known.chain_id));
    let here = surroundings.as_ref();
    let signer = authority::signer(&asked, known, &mut notes);
    let safe = safe_signing(payload, signer, here, &mut notes);
    let root = root(payload, safe.as_ref(), signer);
    let tree = root.map(|root| explain(root, here)).transpose().map_err(CheckError::Calls)?;
    let tree = with_approved(tree, payload, here)?;
    let mut entries = tree.as_ref().map(ledger).unwrap_or_default();
    entries.extend(authority::consequences(payload, &mut notes));
    entries.extend(typed::consequences(payload, safe.as_ref(), signer, here, &mut notes));
    let (findings, memory) = (notes.into_vec(), SigningMemory::default());
    Ok(CheckedRequest { bytes, asked, surroundings, signer, chain_id, safe, tree, entries, findings, memory })
}

/// The SafeTx of a bundle, or of typed data that is exactly one.
fn safe_signing(
    payload: &Payload,
    signer: Option<Address>,
    here: &Surroundings,
    notes: &mut Notes,
) -> Option<SafeSigning> {
    let signing = match payload {
        Payload::SafeBundle(bundle) => SafeSigning {
            safe: bundle.safe,
            version: Some(bundle.version),
            transaction: bundle.transaction.clone(),
            hashes: bundle.hashes,
        },
        Payload::TypedData(data) => typed::safe_tx(data)?,
        Payload::Transaction(_) | Payload::Message(_) => return None,
    };
    authority::check_safe(&signing, signer, here, notes);
    Some(signing)
}

/// The call that a request makes, if it makes one.
fn root(payload: &Payload, safe: Option<&SafeSigning>, signer: Option<Address>) -> Option<Root> {
    if let Some(signing) = safe {
        return Some(signing.transaction.call(signing.safe));
    }
    let Payload::Transaction(transaction) = payload else { return None };
    let to = transaction.to().value;
    Some(Root {
        via: Via::Request,
        executor: signer.unwrap_or_default(),
        operation: if to.is_some() { Operation::Call } else { Operation::Create },
        to,
        value_wei: transaction.value_wei().value,
        data: transaction.data().value.clone(),
        parts: Vec::new(),
    })
}

/// The tree with what an approved hash stands for, Safe by Safe.
fn with_approved(tree: Option<Call>, payload: &Payload, here: &Surroundings) -> Result<Option<Call>, CheckError> {
    match (tree, payload) {
        (Some(tree), Payload::SafeBundle(bundle)) => approving(tree, bundle, here).map(Some),
        (tree, _) => Ok(tree),
    }
}

fn approving(tree: Call, bundle: &SafeBundle, here: &Surroundings) -> Result<Call, CheckError> {
    let Some(approved) = bundle.approves.as_deref().filter(|approved| approved.chain_id == bundle.chain_id) else {
        return Ok(tree);
    };
    let root = Root { via: Via::Approved, ..approved.transaction.call(approved.safe) };
    let inner = approving(explain(root, here).map_err(CheckError::Calls)?, approved, here)?;
    Ok(tree.containing(inner))
}

impl CheckedRequest {
    /// The bytes as received; of a request in a batch those of the whole batch, in which it has its place.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is signed.
    pub fn payload(&self) -> &Payload {
        self.asked.payload()
    }

    /// Who is to sign, if that is known.
    pub fn signer(&self) -> Option<Address> {
        self.signer
    }

    /// Path of the signer's key, of the registered account (BIP-32 numbers).
    pub fn signer_path(&self) -> Option<&[u32]> {
        let account = self.surroundings.account(self.signer?)?;
        Some(&account.path)
    }

    /// The chain that the signature is for; none where it holds on every chain.
    pub fn chain_id(&self) -> Option<u64> {
        self.chain_id
    }

    /// The SafeTx, if the owners of a Safe sign it.
    pub fn safe(&self) -> Option<&SafeSigning> {
        self.safe.as_ref()
    }

    /// All calls that it leads to.
    pub fn tree(&self) -> Option<&Call> {
        self.tree.as_ref()
    }

    /// All consequences.
    pub fn ledger(&self) -> &[Entry] {
        &self.entries
    }

    /// Number that an answer echoes.
    pub fn request_id(&self) -> Option<RequestId> {
        self.sign_request()?.request_id().map(|id| id.value)
    }

    /// What a returned signature is verified over.
    pub fn signable(&self) -> Signable<'_> {
        match self.payload() {
            Payload::Transaction(transaction) => Signable::Transaction(transaction),
            Payload::TypedData(data) => Signable::TypedData { digest: data.digest() },
            Payload::SafeBundle(bundle) => Signable::TypedData { digest: bundle.hashes.safe_tx },
            Payload::Message(message) => Signable::PersonalMessage { hash: message.digest() },
        }
    }

    /// The review; a pure function of this and the context. A request of a batch is refused by it, since it does not own
    /// all bytes: [`CheckedRequests::review`] is the batch's.
    pub fn review(&self, context: &Context) -> Review {
        crate::review::review(self, context)
    }

    /// Whether it came as an `eth-sign-request`, which an `eth-signature` answers.
    pub fn is_sign_request(&self) -> bool {
        self.sign_request().is_some()
    }

    pub(crate) fn sign_request(&self) -> Option<&SignRequest> {
        self.asked.sign_request()
    }

    /// What is known on the chain of the request.
    pub(crate) fn known(&self) -> &Surroundings {
        &self.surroundings
    }
}

/// Adds a finding.
pub(crate) fn note(notes: &mut Notes, code: &'static str, field: Option<&str>, truth: String, rest: (&str, &str)) {
    notes.add(code, field.map(str::to_owned), Says(truth, rest.0, rest.1));
}

/// A number that may exceed 64 bits, as text of its digits in groups of three.
pub(crate) fn digits(value: U256) -> String {
    crate::review::digits(value)
}
