//! Which inputs have a say in a silent payment, and by which key (BIP-352, BIP-375).

use bitcoin::key::{Parity, TapTweak as _};
use bitcoin::secp256k1::{PublicKey, Secp256k1, VerifyOnly, XOnlyPublicKey};
use bitcoin::{CompressedPublicKey, Script, ScriptBuf, WitnessVersion, psbt};

use crate::leaf::is_nobodys_key;
use crate::{CheckedInput, OwnScript};

/// What an input has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Eligibility {
    /// It counts, with this key.
    Key(PublicKey),
    /// It does not count.
    None,
    /// No silent payment may be made with it: segwit of a version above 1.
    Forbidden,
    /// Nobody can say, and why.
    Unknown(&'static str),
}

/// Whether an input counts. A key is taken only if the spent script is made of it.
pub(crate) fn eligibility(secp: &Secp256k1<VerifyOnly>, input: &CheckedInput, of_psbt: &psbt::Input) -> Eligibility {
    let Some(script) = input.script_pubkey() else { return Eligibility::Unknown("its coin is not stated") };
    if script.witness_version().is_some_and(|version| version > WitnessVersion::V1) {
        return Eligibility::Forbidden;
    }
    if script.is_p2tr() {
        return taproot(secp, script, of_psbt);
    }
    if let Some(key) = keys(input, of_psbt).find(|key| spends(*key, script)) {
        return Eligibility::Key(key.0);
    }
    if script.is_p2wpkh() {
        return Eligibility::Unknown("its public key is not stated");
    }
    if script.is_p2pkh() {
        let uncompressed = |key: &bitcoin::PublicKey| ScriptBuf::new_p2pkh(&key.pubkey_hash()).as_script() == script;
        return match of_psbt.partial_sigs.keys().any(uncompressed) {
            true => Eligibility::None,
            false => Eligibility::Unknown("its public key is not stated"),
        };
    }
    let redeem = of_psbt.redeem_script.as_ref().filter(|redeem| redeem.to_p2sh().as_script() == script);
    match redeem {
        Some(redeem) if redeem.is_p2wpkh() => Eligibility::Unknown("its public key is not stated"),
        None if script.is_p2sh() && input.own().is_none() => Eligibility::Unknown("its redeem script is not stated"),
        _ => Eligibility::None,
    }
}

/// The output key, always with an even y coordinate; unless the internal key is the one that nobody has.
fn taproot(secp: &Secp256k1<VerifyOnly>, script: &Script, of_psbt: &psbt::Input) -> Eligibility {
    let output = script.as_bytes().get(2..).and_then(|program| XOnlyPublicKey::from_slice(program).ok());
    let Some(output) = output else { return Eligibility::Unknown("its key does not exist") };
    match of_psbt.tap_internal_key.filter(is_nobodys_key) {
        Some(internal) if internal.tap_tweak(secp, of_psbt.tap_merkle_root).0.to_x_only_public_key() == output => {
            Eligibility::None
        }
        Some(_) => Eligibility::Unknown("its internal key is not the one it claims"),
        None => Eligibility::Key(PublicKey::from_x_only_public_key(output, Parity::Even)),
    }
}

/// Every compressed key that the request or our own wallet names for an input.
fn keys(input: &CheckedInput, of_psbt: &psbt::Input) -> impl Iterator<Item = CompressedPublicKey> {
    let own = input.own().map(OwnScript::keys).unwrap_or_default().iter().map(|key| key.public_key());
    let signed = of_psbt.partial_sigs.keys().copied();
    let compressed = own.chain(signed).filter(|key| key.compressed).map(|key| key.inner);
    compressed.chain(of_psbt.bip32_derivation.keys().copied()).map(CompressedPublicKey)
}

fn spends(key: CompressedPublicKey, script: &Script) -> bool {
    let segwit = ScriptBuf::new_p2wpkh(&key.wpubkey_hash());
    *script == segwit || *script == segwit.to_p2sh() || *script == ScriptBuf::new_p2pkh(&key.pubkey_hash())
}
