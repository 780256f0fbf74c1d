//! Taproot fields of an output: what they say has to be the output that is paid (BIP-371).

use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Script, ScriptBuf, XOnlyPublicKey, psbt};

use crate::OwnScript;

/// What the taproot fields of an output say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaprootFields {
    /// Nothing, or what is true.
    Fit,
    /// Something that is wrong: the field, and what it is.
    Wrong(&'static str, &'static str),
    /// Something that cannot be compared: the field, and what it is.
    Unproven(&'static str, &'static str),
}

use TaprootFields::{Fit, Unproven, Wrong};

const INTERNAL_KEY: &str = "tap-internal-key";
const TREE: &str = "tap-tree";
/// Key origins are numbered; the first stands for all.
const ORIGIN: &str = "tap-origin[0]";

/// Compares the fields with the output's script and, where it is ours, with what our wallet derives.
///
/// `musig` are the participants' keys that the output names (BIP-373); their origins stand beside it too.
pub(super) fn taproot_fields(
    script: &Script,
    output: &psbt::Output,
    own: Option<&OwnScript>,
    musig: &[XOnlyPublicKey],
) -> TaprootFields {
    if !script.is_p2tr() {
        return on_another_output(output);
    }
    let ours = own.and_then(OwnScript::internal_key);
    if let (Some(stated), Some(ours)) = (output.tap_internal_key, ours)
        && stated != ours
    {
        return Wrong(INTERNAL_KEY, "internal key");
    }
    let root = output.tap_tree.as_ref().map(bitcoin::taproot::TapTree::root_hash);
    let internal = ours.or(output.tap_internal_key);
    let pays = |internal: XOnlyPublicKey| {
        ScriptBuf::new_p2tr(&Secp256k1::verification_only(), internal, root).as_script() == script
    };
    match (internal, root) {
        (None, None) => {}
        (None, Some(_)) => return Unproven(TREE, "tree of scripts"),
        (Some(internal), Some(_)) if !pays(internal) => return Wrong(TREE, "internal key and tree of scripts"),
        (Some(internal), None) if ours.is_none() && !pays(internal) => return Unproven(INTERNAL_KEY, "internal key"),
        (Some(_), _) => {}
    }
    origins(output, own, internal, musig)
}

fn on_another_output(output: &psbt::Output) -> TaprootFields {
    if output.tap_internal_key.is_some() {
        Wrong(INTERNAL_KEY, "taproot internal key")
    } else if output.tap_tree.is_some() {
        Wrong(TREE, "taproot tree of scripts")
    } else if !output.tap_key_origins.is_empty() {
        Wrong(ORIGIN, "taproot key origin")
    } else {
        Fit
    }
}

/// Each origin is of a key that the output has: the internal key, or one in a leaf of its tree.
fn origins(
    output: &psbt::Output,
    own: Option<&OwnScript>,
    internal: Option<XOnlyPublicKey>,
    musig: &[XOnlyPublicKey],
) -> TaprootFields {
    let in_tree = |key: &XOnlyPublicKey| {
        let mut leaves = output.tap_tree.iter().flat_map(bitcoin::taproot::TapTree::script_leaves);
        leaves.any(|leaf| leaf.script().as_bytes().windows(32).any(|window| window == key.serialize()))
    };
    let of_own = |key: &XOnlyPublicKey| {
        own.is_some_and(|own| own.keys().iter().any(|of| of.public_key().inner.x_only_public_key().0 == *key))
    };
    let has = |key: &XOnlyPublicKey| internal == Some(*key) || of_own(key) || in_tree(key) || musig.contains(key);
    if output.tap_key_origins.keys().all(has) { Fit } else { Unproven(ORIGIN, "key origin") }
}
