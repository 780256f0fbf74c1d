//! The tables of key types, as BIP-174, 370, 371, 373, 375 and 353 list them.

use super::keys::{
    DNSSEC_PROOF, FALLBACK_LOCKTIME, FINAL_SCRIPTSIG, FINAL_SCRIPTWITNESS, GLOBAL_SP_DLEQ, GLOBAL_SP_ECDH_SHARE,
    GLOBAL_XPUB, IN_MUSIG2_PARTICIPANTS, IN_SP_DLEQ, IN_SP_ECDH_SHARE, INPUT_COUNT, KeyForm, KeyType,
    MUSIG2_PARTIAL_SIG, MUSIG2_PUB_NONCE, NON_WITNESS_UTXO, OUT_AMOUNT, OUT_MUSIG2_PARTICIPANTS, OUT_SCRIPT,
    OUTPUT_COUNT, OUTPUT_INDEX, PARTIAL_SIG, PREVIOUS_TXID, PsbtVersion, REQUIRED_HEIGHT_LOCKTIME,
    REQUIRED_TIME_LOCKTIME, SEQUENCE, SIGNED_MESSAGE, SP_V0_INFO, SP_V0_LABEL, TAP_KEY_SIG, TAP_LEAF_SCRIPT,
    TAP_SCRIPT_SIG, TX_MODIFIABLE, TX_VERSION, UNSIGNED_TX, VERSION, ValueForm, WITNESS_UTXO,
};

const fn key(
    key_type: u64,
    name: &'static str,
    field: &'static str,
    label: &'static str,
    key: KeyForm,
    value: ValueForm,
) -> KeyType {
    KeyType { key_type, name, field, label, key, value, only_in: None }
}

/// A key without data that only version 2 has (BIP-370, BIP-375).
const fn version_2(
    key_type: u64,
    name: &'static str,
    field: &'static str,
    label: &'static str,
    value: ValueForm,
) -> KeyType {
    KeyType { key_type, name, field, label, key: KeyForm::Empty, value, only_in: Some(PsbtVersion::Two) }
}

/// A key with a scan key, which only version 2 has (BIP-375).
const fn keyed_version_2(
    key_type: u64,
    name: &'static str,
    field: &'static str,
    label: &'static str,
    value: ValueForm,
) -> KeyType {
    KeyType { key_type, name, field, label, key: KeyForm::Point, value, only_in: Some(PsbtVersion::Two) }
}

const fn opaque(key_type: u64, name: &'static str, field: &'static str, label: &'static str) -> KeyType {
    key(key_type, name, field, label, KeyForm::Opaque, ValueForm::Opaque)
}

pub(crate) const GLOBAL: &[KeyType] = &[
    KeyType {
        key_type: UNSIGNED_TX,
        name: "PSBT_GLOBAL_UNSIGNED_TX",
        field: "transaction",
        label: "Unsigned transaction",
        key: KeyForm::Empty,
        value: ValueForm::UnsignedTransaction,
        only_in: Some(PsbtVersion::Zero),
    },
    key(GLOBAL_XPUB, "PSBT_GLOBAL_XPUB", "xpub", "Extended key", KeyForm::ExtendedKey, ValueForm::KeyOrigin),
    version_2(TX_VERSION, "PSBT_GLOBAL_TX_VERSION", "transaction-version", "Transaction version", ValueForm::TxVersion),
    version_2(
        FALLBACK_LOCKTIME,
        "PSBT_GLOBAL_FALLBACK_LOCKTIME",
        "fallback-locktime",
        "Lock time if no input asks for one",
        ValueForm::LockTime,
    ),
    version_2(INPUT_COUNT, "PSBT_GLOBAL_INPUT_COUNT", "input-count", "Input count", ValueForm::Count),
    version_2(OUTPUT_COUNT, "PSBT_GLOBAL_OUTPUT_COUNT", "output-count", "Output count", ValueForm::Count),
    version_2(TX_MODIFIABLE, "PSBT_GLOBAL_TX_MODIFIABLE", "modifiable", "May still change", ValueForm::Modifiable),
    keyed_version_2(
        GLOBAL_SP_ECDH_SHARE,
        "PSBT_GLOBAL_SP_ECDH_SHARE",
        "silent-payment-share",
        "Silent payment share",
        ValueForm::Point,
    ),
    keyed_version_2(
        GLOBAL_SP_DLEQ,
        "PSBT_GLOBAL_SP_DLEQ",
        "silent-payment-proof",
        "Proof of silent payment share",
        ValueForm::DleqProof,
    ),
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

pub(crate) const INPUT: &[KeyType] = &[
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
    version_2(PREVIOUS_TXID, "PSBT_IN_PREVIOUS_TXID", "outpoint-txid", "Spends transaction", ValueForm::Txid),
    version_2(OUTPUT_INDEX, "PSBT_IN_OUTPUT_INDEX", "outpoint-vout", "Spends output number", ValueForm::OutputIndex),
    version_2(SEQUENCE, "PSBT_IN_SEQUENCE", "sequence", "Sequence", ValueForm::Sequence),
    version_2(
        REQUIRED_TIME_LOCKTIME,
        "PSBT_IN_REQUIRED_TIME_LOCKTIME",
        "required-time",
        "Asks for a lock time of at least",
        ValueForm::TimeLock,
    ),
    version_2(
        REQUIRED_HEIGHT_LOCKTIME,
        "PSBT_IN_REQUIRED_HEIGHT_LOCKTIME",
        "required-height",
        "Asks for a lock height of at least",
        ValueForm::HeightLock,
    ),
    key(
        TAP_KEY_SIG,
        "PSBT_IN_TAP_KEY_SIG",
        "tap-signature",
        "Taproot signature",
        KeyForm::Empty,
        ValueForm::SchnorrSignature,
    ),
    key(
        TAP_SCRIPT_SIG,
        "PSBT_IN_TAP_SCRIPT_SIG",
        "tap-script-signature",
        "Taproot script signature",
        KeyForm::XOnlyKeyAndLeaf,
        ValueForm::SchnorrSignature,
    ),
    key(
        TAP_LEAF_SCRIPT,
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
    key(
        IN_MUSIG2_PARTICIPANTS,
        "PSBT_IN_MUSIG2_PARTICIPANT_PUBKEYS",
        "musig2-participants",
        "MuSig2 participants",
        KeyForm::Point,
        ValueForm::Points,
    ),
    key(
        MUSIG2_PUB_NONCE,
        "PSBT_IN_MUSIG2_PUB_NONCE",
        "musig2-nonce",
        "MuSig2 nonce",
        KeyForm::MuSig2Signer,
        ValueForm::PublicNonce,
    ),
    key(
        MUSIG2_PARTIAL_SIG,
        "PSBT_IN_MUSIG2_PARTIAL_SIG",
        "musig2-signature",
        "MuSig2 partial signature",
        KeyForm::MuSig2Signer,
        ValueForm::PartialSignature,
    ),
    keyed_version_2(
        IN_SP_ECDH_SHARE,
        "PSBT_IN_SP_ECDH_SHARE",
        "silent-payment-share",
        "Silent payment share",
        ValueForm::Point,
    ),
    keyed_version_2(
        IN_SP_DLEQ,
        "PSBT_IN_SP_DLEQ",
        "silent-payment-proof",
        "Proof of silent payment share",
        ValueForm::DleqProof,
    ),
    key(0xfc, "PSBT_IN_PROPRIETARY", "proprietary", "Proprietary field", KeyForm::Proprietary, ValueForm::Opaque),
];

pub(crate) const OUTPUT: &[KeyType] = &[
    key(0x00, "PSBT_OUT_REDEEM_SCRIPT", "redeem-script", "Redeem script", KeyForm::Empty, ValueForm::Script),
    key(0x01, "PSBT_OUT_WITNESS_SCRIPT", "witness-script", "Witness script", KeyForm::Empty, ValueForm::Script),
    key(0x02, "PSBT_OUT_BIP32_DERIVATION", "origin", "Key origin", KeyForm::CompressedKey, ValueForm::KeyOrigin),
    version_2(OUT_AMOUNT, "PSBT_OUT_AMOUNT", "amount", "Amount", ValueForm::Amount),
    version_2(OUT_SCRIPT, "PSBT_OUT_SCRIPT", "script", "Locking script", ValueForm::LockingScript),
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
    key(
        OUT_MUSIG2_PARTICIPANTS,
        "PSBT_OUT_MUSIG2_PARTICIPANT_PUBKEYS",
        "musig2-participants",
        "MuSig2 participants",
        KeyForm::Point,
        ValueForm::Points,
    ),
    version_2(SP_V0_INFO, "PSBT_OUT_SP_V0_INFO", "silent-payment", "Silent payment keys", ValueForm::SilentPayment),
    version_2(SP_V0_LABEL, "PSBT_OUT_SP_V0_LABEL", "silent-payment-label", "Silent payment label", ValueForm::Label),
    key(DNSSEC_PROOF, "PSBT_OUT_DNSSEC_PROOF", "dnssec-proof", "DNSSEC proof", KeyForm::Empty, ValueForm::DnssecProof),
    key(0xfc, "PSBT_OUT_PROPRIETARY", "proprietary", "Proprietary field", KeyForm::Proprietary, ValueForm::Opaque),
];

pub(crate) const UNKNOWN: KeyType = opaque(u64::MAX, "unknown key", "unknown", "Unknown field");
