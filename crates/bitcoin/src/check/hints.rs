//! Key origins and extended keys that the request names: hints, compared with what is registered.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::bip32::{DerivationPath, Fingerprint, KeySource, Xpub};
use bitcoin::{Psbt, XOnlyPublicKey, secp256k1};

use super::{CheckedInput, CheckedOutput, Surroundings};
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::{OwnScript, Wallet};

/// Notes extended keys of no registered wallet, and origins that are not those registered. Neither proves anything.
pub(crate) fn note_hints(
    psbt: &Psbt,
    inputs: &[CheckedInput],
    outputs: &[CheckedOutput],
    surroundings: &Surroundings,
    notes: &mut Notes,
) {
    note_cosigners(psbt, &surroundings.wallets, notes);
    let of_inputs = inputs.iter().zip(&psbt.inputs).enumerate().filter_map(|(n, (input, of_psbt))| {
        let sources = sources(&of_psbt.bip32_derivation, &of_psbt.tap_key_origins);
        differs(input.own()?, sources).then_some(MapKind::Input(n))
    });
    let of_outputs = outputs.iter().zip(&psbt.outputs).enumerate().filter_map(|(n, (output, of_psbt))| {
        let sources = sources(&of_psbt.bip32_derivation, &of_psbt.tap_key_origins);
        differs(output.own()?, sources).then_some(MapKind::Output(n))
    });
    for map in of_inputs.chain(of_outputs) {
        let truth = format!("A key origin of {map} is not the one registered for that key.");
        let consequence = "It proves nothing either way: the script is ours, because the wallet derives it.";
        notes.add("btc.origin-differs", Some(format!("{}.owner", map.code())), Says(truth, consequence, ""));
    }
}

/// Extended keys are compared by key and chain code: depth, parent and path are text that anybody can write.
fn note_cosigners(psbt: &Psbt, wallets: &[Wallet], notes: &mut Notes) {
    if psbt.xpub.is_empty() || wallets.is_empty() {
        return;
    }
    let registered: BTreeSet<_> = wallets.iter().flat_map(Wallet::keys).map(|key| identity(&key.xpub)).collect();
    let strangers = psbt.xpub.iter().filter(|(xpub, _)| !registered.contains(&identity(xpub)));
    for (_, (fingerprint, path)) in strangers {
        let truth = format!("The request names a cosigner {fingerprint}/{path} that no registered wallet has.");
        let consequence = "It is believed nowhere here, but another program may take it for a cosigner.";
        let action = "Ask who added it.";
        notes.add("btc.cosigner-unknown", None, Says(truth, consequence, action));
    }
}

fn identity(xpub: &Xpub) -> ([u8; 33], [u8; 32]) {
    (xpub.public_key.serialize(), xpub.chain_code.to_bytes())
}

/// A key as 33 bytes or without its parity, where it comes from, and where it is said to.
type Source<'a> = (Vec<u8>, &'a Fingerprint, &'a DerivationPath);

fn sources<'a, T>(
    plain: &'a BTreeMap<secp256k1::PublicKey, KeySource>,
    taproot: &'a BTreeMap<XOnlyPublicKey, (T, KeySource)>,
) -> impl Iterator<Item = Source<'a>> {
    let plain = plain.iter().map(|(key, (fingerprint, path))| (key.serialize().to_vec(), fingerprint, path));
    plain.chain(taproot.iter().map(|(key, (_, (fingerprint, path)))| (key.serialize().to_vec(), fingerprint, path)))
}

/// Whether an origin of one of our keys is another than the one registered.
fn differs<'a>(own: &OwnScript, mut sources: impl Iterator<Item = Source<'a>>) -> bool {
    sources.any(|(bytes, fingerprint, path)| {
        let of_key = |key: &&crate::OwnKey| key.public_key().inner.serialize().ends_with(&bytes);
        let mut keys = own.keys().iter().filter(of_key).peekable();
        keys.peek().is_some() && !keys.any(|key| key.fingerprint() == *fingerprint && key.path() == path)
    })
}
