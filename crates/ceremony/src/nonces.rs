//! What asking a device twice for the same signatures shows of its nonces.

use std::collections::BTreeMap;

use vitrine_bitcoin::{CheckedInput, CheckedPsbt, Returned, ReturnedSignature, Verified, VerifyError};
use vitrine_device::{Device, NonceOrigin, NonceRules, SignatureScheme};

use crate::chain::{Checked, Unverified};
use crate::error::SessionError;
use crate::order::Signatures;
use crate::signed::Proven;

/// How often a device is asked for its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Askings {
    /// Once: its nonces are not looked at.
    Once,
    /// Twice, and the signatures are compared.
    Twice,
}

/// What was seen of a device's nonces, in words.
pub(crate) struct Evidence {
    /// What was compared, and is equal.
    pub(crate) compared: Option<String>,
    /// What was not compared, and why.
    pub(crate) not_checked: Option<String>,
}

/// How often this device is asked to sign this request, where the ceremony wants `wanted`: not a second time if none of
/// its signatures could be compared, and never in a wallet with `musig()`, whose nonces serve one signing (BIP-327).
pub(crate) fn askings(wanted: Askings, checked: &Checked, device: &dyn Device) -> Askings {
    let rules = device.nonces();
    let comparable = match checked {
        Checked::Bitcoin(psbt) => {
            let to_sign = psbt.inputs().iter().filter(|input| input.own().is_some() && input.needs_signature());
            let is_musig = |input: &CheckedInput| input.musig_keys().next().is_some();
            !to_sign.clone().any(is_musig)
                && to_sign.map(|input| SignatureScheme::of(input.kind())).any(|scheme| is_comparable(rules, scheme))
        }
        Checked::Ethereum(_) => rules.ethereum.origin == NonceOrigin::Deterministic,
    };
    if comparable { wanted } else { Askings::Once }
}

fn is_comparable(rules: &NonceRules, scheme: SignatureScheme) -> bool {
    rules.origin(scheme) == NonceOrigin::Deterministic
}

/// Compares what a device signed with what it signed when asked again, both verified already.
///
/// # Errors
/// [`SessionError::OtherNonce`] if a signature whose nonce is deterministic is another one the second time;
/// [`SessionError::Verification`] if a nonce of the first time signs something else the second time.
pub(crate) fn compare(
    checked: &Checked,
    rules: &NonceRules,
    first: (&Signatures, &Proven),
    again: (&Signatures, &Proven),
) -> Result<Evidence, SessionError> {
    match (checked, first, again) {
        (
            Checked::Bitcoin(psbt),
            (Signatures::Bitcoin(first), Proven::Bitcoin(verified)),
            (Signatures::Bitcoin(again), Proven::Bitcoin(verified_again)),
        ) => compare_inputs(psbt, rules, (first, verified), (again, verified_again)),
        (Checked::Ethereum(_), (Signatures::Ethereum(first), _), (Signatures::Ethereum(again), _)) => {
            match first == again {
                true => Ok(Evidence { compared: Some(same(first.len())), not_checked: None }),
                false => Err(SessionError::OtherNonce { input: None }),
            }
        }
        _ => Err(SessionError::Verification(Unverified::OtherChain)),
    }
}

fn compare_inputs(
    checked: &CheckedPsbt,
    rules: &NonceRules,
    first: (&[Returned], &Verified),
    again: (&[Returned], &Verified),
) -> Result<Evidence, SessionError> {
    check_reuse(first.1, again.1)?;
    let (first, again) = (by_key(first.0), by_key(again.0));
    let (mut equal, mut random, mut shared) = (0usize, 0usize, 0usize);
    for (key, signature) in &first {
        if rules.origin(scheme(checked, key.0)) == NonceOrigin::Shared {
            shared = shared.saturating_add(1);
        } else if !is_comparable(rules, scheme(checked, key.0)) {
            random = random.saturating_add(1);
        } else if again.get(key) == Some(signature) {
            equal = equal.saturating_add(1);
        } else {
            return Err(SessionError::OtherNonce { input: Some(key.0) });
        }
    }
    let compared = (equal > 0).then(|| same(equal)).or_else(|| (shared > 0).then(|| both(shared)));
    Ok(Evidence { compared, not_checked: (random > 0).then(|| not_checked(random)) })
}

fn same(signatures: usize) -> String {
    let what = if signatures == 1 { "signature".to_owned() } else { count(signatures, "signature") };
    format!("asked twice, the device gave the same {what}, byte for byte: the nonces did not vary")
}

/// What is said where the device was asked once.
pub(crate) fn not_compared(
    checked: &Checked,
    rules: &NonceRules,
    wanted: Askings,
    signatures: &Signatures,
) -> Evidence {
    if let Some(said) = musig_of(signatures) {
        return Evidence { compared: None, not_checked: Some(said) };
    }
    let of = |origin: NonceOrigin| match (checked, signatures) {
        (Checked::Bitcoin(psbt), Signatures::Bitcoin(list)) => {
            whole(list).filter(|s| rules.origin(scheme(psbt, s.input)) == origin).count()
        }
        (_, Signatures::Ethereum(list)) if rules.ethereum.origin == origin => list.len(),
        _ => 0,
    };
    let all = match signatures {
        Signatures::Bitcoin(list) => list.len(),
        Signatures::Ethereum(list) => list.len(),
    };
    let (random, shared) = (of(NonceOrigin::Random), of(NonceOrigin::Shared));
    let compared = (shared > 0).then(|| both(shared));
    if shared == all {
        return Evidence { compared, not_checked: None };
    }
    let why = match wanted {
        _ if random > 0 && random.saturating_add(shared) == all => not_checked(random),
        Askings::Once => "nonces not compared: by the ceremony folder the device is asked once".to_owned(),
        Askings::Twice => "nonces not compared: nothing was signed that could be".to_owned(),
    };
    Evidence { compared, not_checked: Some(why) }
}

fn both(signatures: usize) -> String {
    let what = count(signatures, "signature");
    format!("this machine had its part in the nonces of {what}, which the device could not choose alone (anti-klepto)")
}

fn not_checked(signatures: usize) -> String {
    let what = count(signatures, "taproot signature");
    format!("nonces of {what} not checked: this device's taproot nonces are random")
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

fn scheme(checked: &CheckedPsbt, input: usize) -> SignatureScheme {
    checked.inputs().get(input).map_or(SignatureScheme::Ecdsa, |input| SignatureScheme::of(input.kind()))
}

/// The whole signatures.
fn whole(returned: &[Returned]) -> impl Iterator<Item = &ReturnedSignature> {
    returned.iter().filter_map(|one| match one {
        Returned::Signature(signature) => Some(signature),
        Returned::MusigNonce(_) | Returned::MusigPartial(_) => None,
    })
}

/// What is said of the nonces of MuSig2; none if there are none.
fn musig_of(signatures: &Signatures) -> Option<String> {
    let Signatures::Bitcoin(returned) = signatures else { return None };
    let nonces = returned.iter().filter(|one| matches!(one, Returned::MusigNonce(_))).count();
    let partials = returned.iter().filter(|one| matches!(one, Returned::MusigPartial(_))).count();
    match (nonces, partials) {
        (0, 0) => None,
        (_, 0) => Some(format!("how {} were made is not checked: in MuSig2 they are random", count(nonces, "nonce"))),
        (_, _) => {
            let partials = count(partials, "partial signature");
            Some(format!("nonces of {partials} not compared: in MuSig2 each serves once, and is not asked for again"))
        }
    }
}

type ByKey<'a> = BTreeMap<(usize, Vec<u8>), &'a [u8]>;

fn by_key(returned: &[Returned]) -> ByKey<'_> {
    whole(returned).map(|s| ((s.input, s.public_key.to_bytes()), s.signature.as_slice())).collect()
}

/// A nonce that signs two digests gives the key away, whether or not it was asked for at once.
fn check_reuse(first: &Verified, again: &Verified) -> Result<(), SessionError> {
    let known: BTreeMap<&[u8; 32], &[u8; 32]> = first.nonces().iter().map(|n| (&n.r, &n.digest)).collect();
    let reused = again.nonces().iter().find(|n| known.get(&n.r).is_some_and(|digest| **digest != n.digest));
    match reused {
        Some(nonce) => {
            let reused = VerifyError::NonceReused { input: nonce.input };
            Err(SessionError::Verification(Unverified::Bitcoin(reused)))
        }
        None => Ok(()),
    }
}
