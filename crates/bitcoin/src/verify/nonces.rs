//! MuSig2 nonces that a response adds (BIP-373): for participants of keys that are proven to be made of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{NonceFault, VerifyError};
use crate::count::count;
use crate::decode::keys::MUSIG2_PUB_NONCE;
use crate::keyvalue::AddedPair;
use crate::musig::{MusigSigner, PublicNonce, is_pair_of_points, x_coordinates};
use crate::{CheckedPsbt, OwnKey};

/// Nonces by input and participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nonces(BTreeMap<(usize, MusigSigner), PublicNonce>);

impl Nonces {
    /// Adds the nonce of a PSBT_IN_MUSIG2_PUB_NONCE.
    pub(super) fn add(&mut self, input: usize, key_data: &[u8], nonce: &[u8]) -> Result<(), VerifyError> {
        let fault = |fault| VerifyError::Nonce { input, fault };
        let signer = MusigSigner::read(key_data).ok_or_else(|| fault(NonceFault::ForeignKey))?;
        let nonce = nonce.try_into().map_err(|_| fault(NonceFault::Encoding))?;
        match *self.0.entry((input, signer)).or_insert(nonce) == nonce {
            true => Ok(()),
            false => Err(fault(NonceFault::Second)),
        }
    }

    /// Adds the nonce that an own device gives for one of its keys, to a request that has none for it.
    pub(super) fn add_own(
        &mut self,
        checked: &CheckedPsbt,
        input: usize,
        signer: &MusigSigner,
        nonce: &[u8],
    ) -> Result<(), VerifyError> {
        let fault = |fault| VerifyError::Nonce { input, fault };
        let inputs = checked.inputs().len();
        let of_input = checked.inputs().get(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
        let own = of_input.own().ok_or(VerifyError::ForeignInput { input })?;
        let joint = of_input.joint_key(signer).ok_or_else(|| fault(NonceFault::ForeignKey))?;
        let is_own = |key: &OwnKey| !key.is_aggregate() && key.public_key().inner == signer.participant;
        if !joint.has(&signer.participant) || !own.keys().iter().any(is_own) {
            return Err(fault(NonceFault::Stranger));
        }
        if !is_pair_of_points(nonce) {
            return Err(fault(NonceFault::Encoding));
        }
        if joint.nonces.contains_key(&signer.participant) || self.0.contains_key(&(input, *signer)) {
            return Err(fault(NonceFault::Second));
        }
        self.add(input, &signer.key_data(), nonce)
    }

    /// Adds all of `other`; nobody may have two.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), VerifyError> {
        other.0.iter().try_for_each(|((input, signer), nonce)| self.add(*input, &signer.key_data(), nonce))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Inputs that they are for, once for each nonce.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = usize> {
        self.0.keys().map(|(input, _)| *input)
    }

    pub(super) fn to_pairs(&self) -> impl Iterator<Item = AddedPair> {
        self.0.iter().map(|((input, signer), nonce)| {
            let key = [&[MUSIG2_PUB_NONCE as u8], signer.key_data().as_slice()].concat();
            AddedPair { input: *input, key, value: nonce.to_vec() }
        })
    }

    /// The request whose joint keys have these nonces too, so that partial signatures can be verified.
    ///
    /// Where wallets are registered, each nonce has to be for a participant of one of them; on an operator's side for a
    /// participant of the key that the coin is locked to.
    pub(crate) fn join<'a>(&self, checked: &'a CheckedPsbt) -> Result<Cow<'a, CheckedPsbt>, VerifyError> {
        if self.is_empty() {
            return Ok(Cow::Borrowed(checked));
        }
        let mut joined = checked.clone();
        let inputs = joined.inputs.len();
        for ((input, signer), nonce) in &self.0 {
            let input = *input;
            let fault = |fault| VerifyError::Nonce { input, fault };
            let of_input = joined.inputs.get_mut(input).ok_or(VerifyError::NoSuchInput { input, inputs })?;
            if checked.has_wallets() && of_input.own.is_none() {
                return Err(VerifyError::ForeignInput { input });
            }
            let joint = of_input.joint_keys.iter_mut().find(|joint| joint.is_for(signer));
            let joint = joint.ok_or_else(|| fault(NonceFault::ForeignKey))?;
            if !joint.has(&signer.participant) {
                return Err(fault(NonceFault::Stranger));
            }
            if joint.nonces.insert(signer.participant, *nonce).is_some_and(|before| before != *nonce) {
                return Err(fault(NonceFault::Second));
            }
        }
        check_points(&joined)?;
        Ok(Cow::Owned(joined))
    }

    /// What is known of them, in words.
    pub(super) fn check(&self, checked: &CheckedPsbt) -> Option<String> {
        let of = if checked.has_wallets() { "a registered wallet" } else { "the key that the coin is locked to" };
        let nonces = count(self.0.len(), "MuSig2 nonce");
        (!self.is_empty()).then(|| {
            format!(
                "{nonces} well-formed, for participants of {of}, none repeated; that a nonce is its participant's shows \
                 when their partial signature verifies"
            )
        })
    }
}

/// No two nonces may share a point, whoever has them.
fn check_points(checked: &CheckedPsbt) -> Result<(), VerifyError> {
    let mut seen = BTreeSet::new();
    for (input, of_input) in checked.inputs.iter().enumerate() {
        let nonces = of_input.joint_keys.iter().flat_map(|joint| joint.nonces.values());
        for x in nonces.flat_map(x_coordinates) {
            if !seen.insert(x) {
                return Err(VerifyError::Nonce { input, fault: NonceFault::Repeated });
            }
        }
    }
    Ok(())
}
