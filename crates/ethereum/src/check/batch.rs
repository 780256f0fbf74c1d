//! One checked request, or all of a batch: what a ceremony holds, shows and signs in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::{Address, U256};
use vitrine_review::{Context, Review, Span};

use super::{CheckError, CheckedRequest, check};
use crate::Surroundings;
use crate::memory::SigningMemory;
use crate::request::{EthBatch, Payload};

/// Checked requests that are reviewed and signed as one thing. What the findings of one of them refuse refuses all.
#[derive(Clone, Debug)]
pub struct CheckedRequests {
    bytes: Arc<[u8]>,
    /// At least one.
    requests: Vec<Arc<CheckedRequest>>,
    /// Bytes of the batch that are structure; none where the request came alone.
    batch: Option<Vec<Span>>,
}

impl From<CheckedRequest> for CheckedRequests {
    fn from(checked: CheckedRequest) -> Self {
        Self { bytes: Arc::clone(&checked.bytes), requests: vec![Arc::new(checked)], batch: None }
    }
}

impl EthBatch {
    /// Checks the requests one by one, in order, against what the ceremony knows. None is judged by what another one
    /// does before it: each may be used without the others.
    ///
    /// # Errors
    /// [`CheckError`] for the first that cannot be reviewed; whatever may not be signed is a finding of the review.
    pub fn check(self, surroundings: &Surroundings) -> Result<CheckedRequests, CheckError> {
        let bytes = self.bytes;
        let one = |asked| check(Arc::clone(&bytes), asked, surroundings).map(Arc::new);
        let requests = self.asked.into_iter().map(one).collect::<Result<_, _>>()?;
        Ok(CheckedRequests { bytes, requests, batch: Some(self.structure) })
    }
}

impl CheckedRequests {
    /// Compares each request with what was signed before; see [`CheckedRequest::with_memory`].
    #[must_use]
    pub fn with_memory(mut self, memory: &SigningMemory) -> Self {
        let remembering = |request: Arc<CheckedRequest>| Arc::new(Arc::unwrap_or_clone(request).with_memory(memory));
        self.requests = self.requests.into_iter().map(remembering).collect();
        self
    }

    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The requests in order; at least one. Each is signed by itself.
    pub fn requests(&self) -> &[Arc<CheckedRequest>] {
        &self.requests
    }

    /// Whether they came as a batch, so that the answer is one too, even of one request.
    pub fn is_batch(&self) -> bool {
        self.batch.is_some()
    }

    /// The review of all of them; a pure function of this and the context.
    pub fn review(&self, context: &Context) -> Review {
        match (&self.batch, self.requests.as_slice()) {
            (None, [alone]) => alone.review(context),
            _ => crate::review::review_batch(self, context),
        }
    }

    /// Bytes of the batch that are structure.
    pub(crate) fn structure(&self) -> &[Span] {
        self.batch.as_deref().unwrap_or_default()
    }

    /// Accounts whose nonces more than one of the requests use.
    pub(crate) fn sequences(&self) -> Vec<(Account, Sequence)> {
        let mut sequences: BTreeMap<Account, Sequence> = BTreeMap::new();
        for (n, request) in self.requests.iter().enumerate() {
            if let Some((account, nonce)) = nonce(request) {
                sequences.entry(account).or_default().nonces.push((n, nonce));
            }
        }
        sequences.into_iter().filter(|(_, sequence)| sequence.nonces.len() > 1).collect()
    }
}

/// Whose nonces they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// An account whose address is known.
    Known(Address),
    /// The account of the key at this path, whose address the request does not say.
    AtPath(String),
}

/// The nonces that a batch uses of one account, in the order of its requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Number of the request, from 0, and its nonce.
    pub(crate) nonces: Vec<(usize, U256)>,
}

impl Sequence {
    /// Two requests of which only one can take effect, if there are such.
    pub(crate) fn rivals(&self) -> Option<(usize, usize)> {
        let mut first_of = BTreeMap::new();
        self.nonces.iter().find_map(|(n, nonce)| first_of.insert(*nonce, *n).map(|first| (first, *n)))
    }

    /// Whether each nonce is the one after that of the request before.
    pub(crate) fn is_in_order(&self) -> bool {
        let pairs = self.nonces.iter().zip(self.nonces.iter().skip(1));
        pairs.into_iter().all(|((_, before), (_, after))| before.checked_add(U256::from(1)) == Some(*after))
    }
}

/// The account whose nonce a request uses, and the nonce: of a transaction its signer's, of a SafeTx the Safe's.
fn nonce(request: &CheckedRequest) -> Option<(Account, U256)> {
    if let Some(signing) = request.safe() {
        return Some((Account::Known(signing.safe), signing.transaction.nonce));
    }
    let Payload::Transaction(transaction) = request.payload() else { return None };
    let account = match (request.signer(), request.sign_request()) {
        (Some(signer), _) => Account::Known(signer),
        (None, Some(envelope)) => Account::AtPath(envelope.derivation_path().to_string()),
        (None, None) => return None,
    };
    Some((account, U256::from(transaction.nonce().value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(nonces: &[u64]) -> Sequence {
        let nonces = nonces.iter().map(|nonce| U256::from(*nonce)).enumerate().collect();
        Sequence { nonces }
    }

    #[test]
    fn nonces_that_meet_or_do_not_follow_are_found() {
        assert_eq!((sequence(&[7, 8, 9]).rivals(), sequence(&[7, 8, 9]).is_in_order()), (None, true));
        assert_eq!((sequence(&[7, 8, 7]).rivals(), sequence(&[7, 8, 7]).is_in_order()), (Some((0, 2)), false));
        for nonces in [&[8, 7], &[7, 9], &[7, 7], &[u64::MAX, 0]] {
            assert!(!sequence(nonces).is_in_order(), "{nonces:?}");
        }
    }
}
