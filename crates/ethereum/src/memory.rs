//! What was signed before: which nonces of accounts and Safes are taken, and what each nonce of a signature signed.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use vitrine_review::{Notes, Recorded};

use crate::check::{CheckedRequest, CheckedRequests, note};
use crate::request::Payload;
use crate::safe::{SafeBundle, SafeTx};
use crate::signature::ReturnedSignature;
use crate::verify::{Verified, VerifyError, verify};

/// Whose nonce it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An account, which signs transactions itself.
    Account(Address),
    /// A Safe, whose owners sign.
    Safe(Address),
}

/// A nonce that was signed for. A chain executes at most one transaction with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whose nonce.
    pub holder: Holder,
    /// On which chain; none where the signature holds on every chain.
    pub chain_id: Option<u64>,
    /// The nonce.
    pub nonce: U256,
    /// What was signed, or approved, for it: signing hash or `safeTxHash`.
    pub hash: B256,
}

/// One earlier signing, as a ceremony's record keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierSigning {
    /// Who signed.
    pub signer: Address,
    /// The hash that was signed.
    pub hash: B256,
    /// r of the signature over it: the x coordinate of its nonce's point.
    pub r: U256,
    /// Nonces of accounts and Safes that it takes.
    pub slots: Vec<Slot>,
}

/// All earlier signings that a ceremony knows of.
#[derive(Clone, Debug, Default)]
pub struct SigningMemory {
    signings: Vec<(EarlierSigning, Recorded)>,
    /// What each nonce of a signature signed.
    nonces: BTreeMap<U256, B256>,
}

impl SigningMemory {
    /// Remembers one more signing, and where it is recorded.
    pub fn add(&mut self, signing: EarlierSigning, recorded: Recorded) {
        self.nonces.insert(signing.r, signing.hash);
        self.signings.push((signing, recorded));
    }

    /// How many signings are remembered.
    pub fn len(&self) -> usize {
        self.signings.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.signings.is_empty()
    }
}

impl Slot {
    /// Whether a chain could execute only one of the two.
    fn meets(&self, other: &Self) -> bool {
        let same_chain = match (self.chain_id, other.chain_id) {
            (Some(a), Some(b)) => a == b,
            (None, _) | (_, None) => true,
        };
        self.holder == other.holder && self.nonce == other.nonce && same_chain
    }
}

impl CheckedRequest {
    /// Compares the request with what was signed before.
    ///
    /// A nonce that was signed for with another hash is a caution: a chain executes one of the two, and whoever holds
    /// both signatures chooses. The same request once more is a fact.
    #[must_use]
    pub fn with_memory(mut self, memory: &SigningMemory) -> Self {
        let mut notes = crate::findings::notes();
        let hash = self.signable().hash();
        for (earlier, recorded) in memory.signings.iter().filter(|(earlier, _)| earlier.hash == hash) {
            let truth = format!("{} signed this very request before: {recorded}.", earlier.signer);
            note(&mut notes, "eth.signed-before", None, truth, ("One of the signatures is enough.", "Nothing."));
        }
        for (field, slot) in self.slots() {
            note_taken(&field, &slot, memory, &mut notes);
        }
        self.findings.extend(notes.into_vec());
        self.memory = memory.clone();
        self
    }

    /// Verifies what a device returned for this request: by the account that has to sign it, over the reviewed hash,
    /// and with a nonce that never signed anything else.
    ///
    /// # Errors
    /// [`VerifyError`]; nothing of the signature is then used.
    pub fn verify(&self, returned: &ReturnedSignature) -> Result<Verified, VerifyError> {
        let signer = self.signer().ok_or(VerifyError::NoSigner)?;
        let verified = verify(self.signable(), signer, returned)?;
        match self.memory.nonces.get(&verified.signature().r()) {
            Some(hash) if *hash != verified.hash() => Err(VerifyError::NonceReused { hash: *hash }),
            _ => Ok(verified),
        }
    }

    /// What is to be remembered of a signing of this request.
    pub fn to_remember(&self, verified: &Verified) -> EarlierSigning {
        let (r, slots) = (verified.signature().r(), self.slots().into_iter().map(|(_, slot)| slot).collect());
        EarlierSigning { signer: verified.signer(), hash: verified.hash(), r, slots }
    }

    /// Nonces that the request takes, each with the code of the field that shows it: of the account or of the Safe, and
    /// of each Safe for which it approves a hash.
    fn slots(&self) -> Vec<(String, Slot)> {
        let chain_id = self.chain_id();
        match (self.payload(), self.safe(), self.signer()) {
            (Payload::SafeBundle(bundle), ..) => safe_slots("eth.safe", "eth.bundle.approves", bundle),
            (_, Some(signing), _) => {
                let slot = safe_slot(signing.safe, chain_id, &signing.transaction, signing.hashes.safe_tx);
                vec![("eth.safe.nonce".to_owned(), slot)]
            }
            (Payload::Transaction(transaction), _, Some(signer)) => {
                let (nonce, hash) = (U256::from(transaction.nonce().value), transaction.signing_hash());
                vec![("eth.tx.nonce".to_owned(), Slot { holder: Holder::Account(signer), chain_id, nonce, hash })]
            }
            _ => Vec::new(),
        }
    }
}

impl CheckedRequests {
    /// Verifies what a device returned, one signature for each request in their order; see [`CheckedRequest::verify`].
    ///
    /// # Errors
    /// [`VerifyError`]; nothing of any signature is then used.
    pub fn verify(&self, returned: &[ReturnedSignature]) -> Result<Vec<Verified>, VerifyError> {
        let (expected, found) = (self.requests().len(), returned.len());
        if expected != found {
            return Err(VerifyError::Count { expected, found });
        }
        let pairs = self.requests().iter().zip(returned);
        let verified = pairs.map(|(request, returned)| request.verify(returned)).collect::<Result<Vec<_>, _>>()?;
        let mut nonces = BTreeMap::new();
        for one in &verified {
            match nonces.insert(one.signature().r(), one.hash()) {
                Some(hash) if hash != one.hash() => return Err(VerifyError::NonceReused { hash }),
                _ => {}
            }
        }
        Ok(verified)
    }
}

fn safe_slot(safe: Address, chain_id: Option<u64>, transaction: &SafeTx, hash: B256) -> Slot {
    Slot { holder: Holder::Safe(safe), chain_id, nonce: transaction.nonce, hash }
}

/// `section` shows the bundle, `inner` the one within it.
fn safe_slots(section: &str, inner: &str, bundle: &SafeBundle) -> Vec<(String, Slot)> {
    let chain_id = bundle.version.names_chain().then_some(bundle.chain_id);
    let slot = safe_slot(bundle.safe, chain_id, &bundle.transaction, bundle.hashes.safe_tx);
    let mut slots = vec![(format!("{section}.nonce"), slot)];
    let approved = bundle.approves.as_deref();
    slots.extend(approved.into_iter().flat_map(|approved| safe_slots(inner, &format!("{inner}.approves"), approved)));
    slots
}

fn note_taken(field: &str, slot: &Slot, memory: &SigningMemory, notes: &mut Notes) {
    let (whose, holder) = match slot.holder {
        Holder::Account(account) => ("account", account),
        Holder::Safe(safe) => ("Safe", safe),
    };
    for (earlier, recorded) in &memory.signings {
        let Some(taken) = earlier.slots.iter().find(|taken| taken.meets(slot) && taken.hash != slot.hash) else {
            continue;
        };
        let truth = format!(
            "Nonce {} of the {whose} {holder} was signed for before by {}, with the hash {}: {recorded}.",
            slot.nonce, earlier.signer, taken.hash
        );
        let rest = (
            "Only one of the two can be executed, and whoever has both signatures chooses which.",
            "Sign only if either may happen. Find out first what became of the earlier one.",
        );
        note(notes, "eth.nonce-replaces", Some(field), truth, rest);
    }
}
