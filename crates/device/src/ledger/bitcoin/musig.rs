//! Wallets with `musig()` (BIP-327, BIP-390): the app gives public nonces in one round, partial signatures in the next.
//!
//! Which round it is the app sees in the request alone: with any nonce in it, it signs. So it is told either none of
//! them or all, and the secret half of its own it keeps for one signing. Source: LedgerHQ/app-bitcoin-new 2.4.6,
//! `doc/musig.md`, `src/handler/sign_psbt/musig_signing.c` and `src/musig/musig_sessions.c`.

use std::collections::BTreeSet;

use bitcoin::VarInt;
use bitcoin::consensus::encode::deserialize_partial;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::PublicKey;
use bitcoin::taproot::TapLeafHash;
use vitrine_bitcoin::{CheckedInput, CheckedPsbt, MusigKey, MusigPart, OwnScript, Returned};

use super::policy::unsupported;
use super::psbt::Holder;
use crate::error::DeviceError;

pub(super) const AT: &str = "signing together with others";
/// Tags of what is yielded.
const PUBLIC_NONCE: u64 = 0xffff_ffff;
const PARTIAL_SIGNATURE: u64 = 0xffff_fffe;
const NONCE_BYTES: usize = 66;
const PARTIAL_BYTES: usize = 32;
const POINT_BYTES: usize = 33;
/// PSBT_IN_MUSIG2_PUB_NONCE (BIP-373).
const PUB_NONCE_FIELD: u8 = 0x1b;
/// The app's answer where it has no secret nonces for the transaction.
pub(super) const NO_SESSION: i32 = 0xb007;

/// What the app is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Public nonces: nothing is shown, nothing is signed.
    Nonces,
    /// Partial signatures over the nonces of all participants.
    Partials,
}

/// Where a participant signs.
type Place = (usize, PublicKey, PublicKey, Option<TapLeafHash>);

pub(super) fn is_musig(own: &OwnScript) -> bool {
    own.keys().iter().any(|key| key.is_aggregate())
}

/// Whether a key is one of those that an aggregate of the script is made of.
pub(super) fn is_participant(own: &OwnScript, key: PublicKey) -> bool {
    own.keys().iter().any(|aggregate| own.participants_of(aggregate).contains(&key))
}

/// Whether the request carries every nonce that a wallet's inputs need: then it is signed.
pub(super) fn has_all_nonces(psbt: &CheckedPsbt, wallet: usize) -> bool {
    let own = psbt.inputs().iter().filter(|input| input.own().is_some_and(|own| own.wallet() == wallet));
    own.flat_map(CheckedInput::musig_keys)
        .all(|joint| joint.participants().iter().all(|key| joint.nonce(key).is_some()))
}

/// The round that the request has come to with this device.
///
/// # Errors
/// [`DeviceError::NoncesMissing`] where the others have to give theirs first, [`DeviceError::PartSigned`] where the device
/// has done its part, [`DeviceError::Unsupported`] for a wallet in which it would sign otherwise, too.
pub(super) fn round(psbt: &CheckedPsbt, holder: Holder) -> Result<Round, DeviceError> {
    let (mut given, mut open, mut missing) = (0usize, None, None);
    for (number, input, own) in inputs(psbt, holder) {
        check_input(number, input, own, holder)?;
        for (joint, participant) in places(input, own, holder) {
            if joint.has_signed(&participant) {
                return Err(DeviceError::PartSigned { input: number });
            }
            match joint.nonce(&participant) {
                Some(_) => given = given.saturating_add(1),
                None => open = open.or(Some(number)),
            }
            let others = joint.participants().iter().filter(|key| joint.nonce(key).is_none());
            missing = missing.or_else(|| others.count().checked_sub(1).map(|_| number));
        }
    }
    match (given, open, missing) {
        (0, _, _) => Ok(Round::Nonces),
        (_, Some(input), _) => Err(unsupported(format!(
            "a request with nonces of this device for some of its inputs, and none for input {input}: ask for it anew, \
             without nonces"
        ))),
        (_, None, Some(input)) => Err(DeviceError::NoncesMissing { input }),
        (_, None, None) => Ok(Round::Partials),
    }
}

/// All inputs of the wallet, in which the app takes part in one go.
fn inputs(psbt: &CheckedPsbt, holder: Holder) -> impl Iterator<Item = (usize, &CheckedInput, &OwnScript)> {
    let own = move |input: &CheckedInput| input.own().is_some_and(|own| holder.owns(own));
    let inputs = psbt.inputs().iter().enumerate().filter(move |(_, input)| own(input));
    inputs.filter_map(|(number, input)| Some((number, input, input.own()?)))
}

fn check_input(number: usize, input: &CheckedInput, own: &OwnScript, holder: Holder) -> Result<(), DeviceError> {
    if !input.needs_signature() {
        return Err(unsupported(format!("input {number}, which is signed already while others of its wallet are not")));
    }
    if holder.keys(own).any(|key| !is_participant(own, key.public_key().inner)) {
        return Err(unsupported(format!(
            "input {number} of a wallet that has a key of this device outside musig(), too: the app would sign with both"
        )));
    }
    if places(input, own, holder).next().is_none() {
        return Err(unsupported(format!("input {number}, in whose musig() the device has no part")));
    }
    Ok(())
}

/// The keys of several in which the device has a part, with its own key there.
fn places<'a>(
    input: &'a CheckedInput,
    own: &'a OwnScript,
    holder: Holder,
) -> impl Iterator<Item = (MusigKey<'a>, PublicKey)> {
    input.musig_keys().flat_map(move |joint| {
        let own = holder.keys(own).map(|key| key.public_key().inner);
        own.filter(|key| joint.participants().contains(key)).map(|key| (joint, key)).collect::<Vec<_>>()
    })
}

/// The nonces of all participants, as fields of an input's map.
pub(super) fn nonce_fields<'a>(
    input: &'a CheckedInput,
    own: &'a OwnScript,
    holder: Holder,
) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    places(input, own, holder).flat_map(|(joint, _)| {
        let field = |participant: &PublicKey| {
            let mut key = vec![PUB_NONCE_FIELD];
            key.extend(participant.serialize());
            key.extend(joint.aggregate().serialize());
            key.extend(joint.leaf().iter().flat_map(|leaf| leaf.to_byte_array()));
            Some((key, joint.nonce(participant)?.to_vec()))
        };
        joint.participants().iter().filter_map(field).collect::<Vec<_>>()
    })
}

/// What the app yielded in a round: for each place of the device's one result, and nothing else.
pub(super) fn returned(
    psbt: &CheckedPsbt,
    holder: Holder,
    round: Round,
    yielded: &[Vec<u8>],
) -> Result<Vec<Returned>, DeviceError> {
    let mut open: BTreeSet<Place> = BTreeSet::new();
    for (number, input, own) in inputs(psbt, holder) {
        let places = places(input, own, holder);
        open.extend(places.map(|(joint, participant)| (number, participant, joint.aggregate(), joint.leaf())));
    }
    let mut parts = Vec::new();
    for result in yielded {
        let part = part(result, round)?;
        if !open.remove(&(part.input, part.participant, part.aggregate, part.leaf)) {
            return Err(DeviceError::UnaskedSignature { input: part.input });
        }
        parts.push(part);
    }
    if let Some((input, ..)) = open.first() {
        return Err(DeviceError::MissingSignature { input: *input });
    }
    parts.sort_by_key(|part| part.input);
    Ok(parts.into_iter().map(|part| round.returned(part)).collect())
}

impl Round {
    const fn tag_and_bytes(self) -> (u64, usize) {
        match self {
            Self::Nonces => (PUBLIC_NONCE, NONCE_BYTES),
            Self::Partials => (PARTIAL_SIGNATURE, PARTIAL_BYTES),
        }
    }

    const fn returned(self, part: MusigPart) -> Returned {
        match self {
            Self::Nonces => Returned::MusigNonce(part),
            Self::Partials => Returned::MusigPartial(part),
        }
    }
}

/// Tag, index of the input, nonce or partial signature, participant, aggregate, and in a leaf its hash.
fn part(result: &[u8], round: Round) -> Result<MusigPart, DeviceError> {
    let malformed = |what| DeviceError::Malformed { at: AT, what };
    let (expected, length) = round.tag_and_bytes();
    let (tag, rest) = number(result).ok_or_else(|| malformed("a result that is cut short"))?;
    if tag != expected {
        return Err(malformed("a result of another round, or of none"));
    }
    let (input, rest) = number(rest).ok_or_else(|| malformed("a result that is cut short"))?;
    let input = usize::try_from(input).map_err(|_| malformed("a result for no input"))?;
    let read = || {
        let (bytes, rest) = rest.split_at_checked(length)?;
        let (participant, rest) = rest.split_at_checked(POINT_BYTES)?;
        let (aggregate, leaf) = rest.split_at_checked(POINT_BYTES)?;
        let leaf = if leaf.is_empty() { None } else { Some(TapLeafHash::from_slice(leaf).ok()?) };
        let (participant, aggregate) =
            (PublicKey::from_slice(participant).ok()?, PublicKey::from_slice(aggregate).ok()?);
        Some(MusigPart { input, participant, aggregate, leaf, bytes: bytes.to_vec() })
    };
    read().ok_or_else(|| malformed("a result that is none of its round"))
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, length) = deserialize_partial::<VarInt>(bytes).ok()?;
    Some((number.0, bytes.get(length..)?))
}
