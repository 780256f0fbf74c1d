//! The key types of a PSBT: names, and the form of their keys and values.
//!
//! Specified in BIP-174, 370, 371, 373, 375 and 353.

use crate::keyvalue::MapKind;

/// What the data of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    Empty,
    /// Compressed, or uncompressed for old scripts.
    PublicKey,
    CompressedKey,
    XOnlyKey,
    XOnlyKeyAndLeaf,
    ControlBlock,
    Hash20,
    Hash32,
    ExtendedKey,
    Proprietary,
    /// Not decoded.
    Opaque,
}

impl KeyForm {
    /// Whether data of this length can be of this form.
    pub(crate) fn fits(self, length: usize) -> bool {
        match self {
            Self::Empty => length == 0,
            Self::PublicKey => length == 33 || length == 65,
            Self::CompressedKey => length == 33,
            Self::XOnlyKey | Self::Hash32 => length == 32,
            Self::XOnlyKeyAndLeaf => length == 64,
            Self::ControlBlock => {
                length.checked_sub(33).is_some_and(|rest| rest.is_multiple_of(32) && rest <= 128 * 32)
            }
            Self::Hash20 => length == 20,
            Self::ExtendedKey => length == 78,
            Self::Proprietary => length >= 1,
            Self::Opaque => true,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "no data",
            Self::PublicKey => "a public key of 33 or 65 bytes",
            Self::CompressedKey => "a public key of 33 bytes",
            Self::XOnlyKey => "an x-only key of 32 bytes",
            Self::XOnlyKeyAndLeaf => "an x-only key and a leaf hash, 64 bytes",
            Self::ControlBlock => "a control block of 33 + 32 n bytes",
            Self::Hash20 => "a hash of 20 bytes",
            Self::Hash32 => "a hash of 32 bytes",
            Self::ExtendedKey => "an extended key of 78 bytes",
            Self::Proprietary => "an identifier",
            Self::Opaque => "any bytes",
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueForm {
    UnsignedTransaction,
    PreviousTransaction,
    Output,
    Signature,
    SchnorrSignature,
    SighashType,
    Version,
    Script,
    KeyOrigin,
    TapKeyOrigin,
    Witness,
    Preimage,
    LeafScript,
    XOnlyKey,
    Hash32,
    TapTree,
    /// A message to be signed (BIP-322).
    Message,
    /// Not decoded: its bytes count as unknown.
    Opaque,
}

impl ValueForm {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::UnsignedTransaction => "an unsigned transaction",
            Self::PreviousTransaction => "a transaction",
            Self::Output => "an amount and a script",
            Self::Signature => "a DER signature with its sighash type",
            Self::SchnorrSignature => "a Schnorr signature of 64 or 65 bytes",
            Self::SighashType => "a sighash type of four bytes",
            Self::Version => "a version of four bytes",
            Self::Script => "a script",
            Self::KeyOrigin => "a fingerprint and a derivation path",
            Self::TapKeyOrigin => "leaf hashes, a fingerprint and a derivation path",
            Self::Witness => "a witness",
            Self::Preimage => "a preimage",
            Self::LeafScript => "a script and its leaf version",
            Self::XOnlyKey => "an x-only key of 32 bytes",
            Self::Hash32 => "a hash of 32 bytes",
            Self::TapTree => "a tree of scripts",
            Self::Message => "a message",
            Self::Opaque => "bytes",
        }
    }
}

/// One key type of one kind of map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyType {
    pub(crate) key_type: u64,
    /// Name in the specification.
    pub(crate) name: &'static str,
    /// Last part of the codes of its fields: `witness-utxo`.
    pub(crate) field: &'static str,
    /// Label as shown.
    pub(crate) label: &'static str,
    pub(crate) key: KeyForm,
    pub(crate) value: ValueForm,
    /// Only PSBT version 2 has it.
    pub(crate) version_2: bool,
}

const fn key(
    key_type: u64,
    name: &'static str,
    field: &'static str,
    label: &'static str,
    key: KeyForm,
    value: ValueForm,
) -> KeyType {
    KeyType { key_type, name, field, label, key, value, version_2: false }
}

const fn version_2(key_type: u64, name: &'static str) -> KeyType {
    let (key, value) = (KeyForm::Opaque, ValueForm::Opaque);
    KeyType { key_type, name, field: "version-2", label: "Key of PSBT version 2", key, value, version_2: true }
}

const fn opaque(key_type: u64, name: &'static str, field: &'static str, label: &'static str) -> KeyType {
    key(key_type, name, field, label, KeyForm::Opaque, ValueForm::Opaque)
}

pub(crate) const UNSIGNED_TX: u64 = 0x00;
pub(crate) const GLOBAL_XPUB: u64 = 0x01;
pub(crate) const SIGNED_MESSAGE: u64 = 0x09;
pub(crate) const VERSION: u64 = 0xfb;

pub(crate) const NON_WITNESS_UTXO: u64 = 0x00;
pub(crate) const WITNESS_UTXO: u64 = 0x01;
pub(crate) const PARTIAL_SIG: u64 = 0x02;
pub(crate) const FINAL_SCRIPTSIG: u64 = 0x07;
pub(crate) const FINAL_SCRIPTWITNESS: u64 = 0x08;
pub(crate) const TAP_KEY_SIG: u64 = 0x13;

const GLOBAL: &[KeyType] = &[
    key(
        UNSIGNED_TX,
        "PSBT_GLOBAL_UNSIGNED_TX",
        "transaction",
        "Unsigned transaction",
        KeyForm::Empty,
        ValueForm::UnsignedTransaction,
    ),
    key(GLOBAL_XPUB, "PSBT_GLOBAL_XPUB", "xpub", "Extended key", KeyForm::ExtendedKey, ValueForm::KeyOrigin),
    version_2(0x02, "PSBT_GLOBAL_TX_VERSION"),
    version_2(0x03, "PSBT_GLOBAL_FALLBACK_LOCKTIME"),
    version_2(0x04, "PSBT_GLOBAL_INPUT_COUNT"),
    version_2(0x05, "PSBT_GLOBAL_OUTPUT_COUNT"),
    version_2(0x06, "PSBT_GLOBAL_TX_MODIFIABLE"),
    version_2(0x07, "PSBT_GLOBAL_SP_ECDH_SHARE"),
    version_2(0x08, "PSBT_GLOBAL_SP_DLEQ"),
    key(
        SIGNED_MESSAGE,
        "PSBT_GLOBAL_GENERIC_SIGNED_MESSAGE",
        "signed-message",
        "Generic signed message",
        KeyForm::Empty,
        ValueForm::Message,
    ),
    key(VERSION, "PSBT_GLOBAL_VERSION", "version", "PSBT version", KeyForm::Empty, ValueForm::Version),
    key(0xfc, "PSBT_GLOBAL_PROPRIETARY", "proprietary", "Proprietary field", KeyForm::Proprietary, ValueForm::Opaque),
];

const INPUT: &[KeyType] = &[
    key(
        NON_WITNESS_UTXO,
        "PSBT_IN_NON_WITNESS_UTXO",
        "previous-transaction",
        "Previous transaction",
        KeyForm::Empty,
        ValueForm::PreviousTransaction,
    ),
    key(WITNESS_UTXO, "PSBT_IN_WITNESS_UTXO", "witness-utxo", "Witness UTXO", KeyForm::Empty, ValueForm::Output),
    key(PARTIAL_SIG, "PSBT_IN_PARTIAL_SIG", "signature", "Signature", KeyForm::PublicKey, ValueForm::Signature),
    key(0x03, "PSBT_IN_SIGHASH_TYPE", "sighash", "Sighash type", KeyForm::Empty, ValueForm::SighashType),
    key(0x04, "PSBT_IN_REDEEM_SCRIPT", "redeem-script", "Redeem script", KeyForm::Empty, ValueForm::Script),
    key(0x05, "PSBT_IN_WITNESS_SCRIPT", "witness-script", "Witness script", KeyForm::Empty, ValueForm::Script),
    key(0x06, "PSBT_IN_BIP32_DERIVATION", "origin", "Key origin", KeyForm::PublicKey, ValueForm::KeyOrigin),
    key(
        FINAL_SCRIPTSIG,
        "PSBT_IN_FINAL_SCRIPTSIG",
        "final-script-sig",
        "Final script signature",
        KeyForm::Empty,
        ValueForm::Script,
    ),
    key(
        FINAL_SCRIPTWITNESS,
        "PSBT_IN_FINAL_SCRIPTWITNESS",
        "final-witness",
        "Final witness",
        KeyForm::Empty,
        ValueForm::Witness,
    ),
    opaque(0x09, "PSBT_IN_POR_COMMITMENT", "por-commitment", "Proof of reserves commitment"),
    key(0x0a, "PSBT_IN_RIPEMD160", "ripemd160", "RIPEMD-160 preimage", KeyForm::Hash20, ValueForm::Preimage),
    key(0x0b, "PSBT_IN_SHA256", "sha256", "SHA-256 preimage", KeyForm::Hash32, ValueForm::Preimage),
    key(0x0c, "PSBT_IN_HASH160", "hash160", "HASH160 preimage", KeyForm::Hash20, ValueForm::Preimage),
    key(0x0d, "PSBT_IN_HASH256", "hash256", "HASH256 preimage", KeyForm::Hash32, ValueForm::Preimage),
    version_2(0x0e, "PSBT_IN_PREVIOUS_TXID"),
    version_2(0x0f, "PSBT_IN_OUTPUT_INDEX"),
    version_2(0x10, "PSBT_IN_SEQUENCE"),
    version_2(0x11, "PSBT_IN_REQUIRED_TIME_LOCKTIME"),
    version_2(0x12, "PSBT_IN_REQUIRED_HEIGHT_LOCKTIME"),
    key(
        TAP_KEY_SIG,
        "PSBT_IN_TAP_KEY_SIG",
        "tap-signature",
        "Taproot signature",
        KeyForm::Empty,
        ValueForm::SchnorrSignature,
    ),
    key(
        0x14,
        "PSBT_IN_TAP_SCRIPT_SIG",
        "tap-script-signature",
        "Taproot script signature",
        KeyForm::XOnlyKeyAndLeaf,
        ValueForm::SchnorrSignature,
    ),
    key(
        0x15,
        "PSBT_IN_TAP_LEAF_SCRIPT",
        "tap-leaf",
        "Taproot leaf script",
        KeyForm::ControlBlock,
        ValueForm::LeafScript,
    ),
    key(
        0x16,
        "PSBT_IN_TAP_BIP32_DERIVATION",
        "tap-origin",
        "Taproot key origin",
        KeyForm::XOnlyKey,
        ValueForm::TapKeyOrigin,
    ),
    key(
        0x17,
        "PSBT_IN_TAP_INTERNAL_KEY",
        "tap-internal-key",
        "Taproot internal key",
        KeyForm::Empty,
        ValueForm::XOnlyKey,
    ),
    key(0x18, "PSBT_IN_TAP_MERKLE_ROOT", "tap-merkle-root", "Taproot merkle root", KeyForm::Empty, ValueForm::Hash32),
    opaque(0x1a, "PSBT_IN_MUSIG2_PARTICIPANT_PUBKEYS", "musig2-participants", "MuSig2 participants"),
    opaque(0x1b, "PSBT_IN_MUSIG2_PUB_NONCE", "musig2-nonce", "MuSig2 nonce"),
    opaque(0x1c, "PSBT_IN_MUSIG2_PARTIAL_SIG", "musig2-signature", "MuSig2 partial signature"),
    version_2(0x1d, "PSBT_IN_SP_ECDH_SHARE"),
    version_2(0x1e, "PSBT_IN_SP_DLEQ"),
    key(0xfc, "PSBT_IN_PROPRIETARY", "proprietary", "Proprietary field", KeyForm::Proprietary, ValueForm::Opaque),
];

const OUTPUT: &[KeyType] = &[
    key(0x00, "PSBT_OUT_REDEEM_SCRIPT", "redeem-script", "Redeem script", KeyForm::Empty, ValueForm::Script),
    key(0x01, "PSBT_OUT_WITNESS_SCRIPT", "witness-script", "Witness script", KeyForm::Empty, ValueForm::Script),
    key(0x02, "PSBT_OUT_BIP32_DERIVATION", "origin", "Key origin", KeyForm::CompressedKey, ValueForm::KeyOrigin),
    version_2(0x03, "PSBT_OUT_AMOUNT"),
    version_2(0x04, "PSBT_OUT_SCRIPT"),
    key(
        0x05,
        "PSBT_OUT_TAP_INTERNAL_KEY",
        "tap-internal-key",
        "Taproot internal key",
        KeyForm::Empty,
        ValueForm::XOnlyKey,
    ),
    key(0x06, "PSBT_OUT_TAP_TREE", "tap-tree", "Taproot tree", KeyForm::Empty, ValueForm::TapTree),
    key(
        0x07,
        "PSBT_OUT_TAP_BIP32_DERIVATION",
        "tap-origin",
        "Taproot key origin",
        KeyForm::XOnlyKey,
        ValueForm::TapKeyOrigin,
    ),
    opaque(0x08, "PSBT_OUT_MUSIG2_PARTICIPANT_PUBKEYS", "musig2-participants", "MuSig2 participants"),
    version_2(0x09, "PSBT_OUT_SP_V0_INFO"),
    version_2(0x0a, "PSBT_OUT_SP_V0_LABEL"),
    opaque(0x35, "PSBT_OUT_DNSSEC_PROOF", "dnssec-proof", "DNSSEC proof"),
    key(0xfc, "PSBT_OUT_PROPRIETARY", "proprietary", "Proprietary field", KeyForm::Proprietary, ValueForm::Opaque),
];

const UNKNOWN: KeyType = opaque(u64::MAX, "unknown key", "unknown", "Unknown field");

/// The key type of a map; a stand-in for those that nobody specified.
pub(crate) fn key_type(map: MapKind, key_type: u64) -> &'static KeyType {
    let table = match map {
        MapKind::Global => GLOBAL,
        MapKind::Input(_) => INPUT,
        MapKind::Output(_) => OUTPUT,
    };
    table.iter().find(|k| k.key_type == key_type).unwrap_or(&UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_type_is_listed_twice_and_none_shares_a_field() {
        for table in [GLOBAL, INPUT, OUTPUT] {
            for (i, a) in table.iter().enumerate() {
                for b in table.iter().skip(i + 1) {
                    assert_ne!(a.key_type, b.key_type, "{}", a.name);
                    assert!(a.version_2 || a.field != b.field, "{}", a.name);
                }
            }
        }
    }
}
