//! The key types of a PSBT: names, and the form of their keys and values.
//!
//! Specified in BIP-174, 370, 371, 373, 375 and 353.

use super::key_table::{GLOBAL, INPUT, OUTPUT, UNKNOWN};
use crate::keyvalue::MapKind;

/// Version of the format of a PSBT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PsbtVersion {
    /// The transaction is one field (BIP-174).
    Zero,
    /// The transaction is spread over the maps (BIP-370).
    Two,
}

impl PsbtVersion {
    /// The number that `PSBT_GLOBAL_VERSION` holds.
    pub const fn number(self) -> u32 {
        match self {
            Self::Zero => 0,
            Self::Two => 2,
        }
    }
}

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
    /// A point of the curve, compressed: an aggregate key (BIP-373) or a scan key (BIP-375).
    Point,
    /// Key of a participant, aggregate key and, for a script path, the leaf hash (BIP-373).
    MuSig2Signer,
    /// Not decoded.
    Opaque,
}

impl KeyForm {
    /// Whether data of this length can be of this form.
    pub(crate) fn fits(self, length: usize) -> bool {
        match self {
            Self::Empty => length == 0,
            Self::PublicKey => length == 33 || length == 65,
            Self::CompressedKey | Self::Point => length == 33,
            Self::MuSig2Signer => length == 66 || length == 98,
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
            Self::Proprietary => "an identifier and a subtype",
            Self::Point => "a point of the curve of 33 bytes",
            Self::MuSig2Signer => "two public keys of 33 bytes and at most a leaf hash of 32 bytes",
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
    TxVersion,
    LockTime,
    Count,
    Modifiable,
    Txid,
    OutputIndex,
    Sequence,
    TimeLock,
    HeightLock,
    Amount,
    LockingScript,
    /// A point of the curve, compressed.
    Point,
    /// One point or more.
    Points,
    PublicNonce,
    PartialSignature,
    DleqProof,
    SilentPayment,
    Label,
    /// A message to be signed (BIP-322).
    Message,
    /// A payment name and the DNS records that prove it (BIP-353).
    DnssecProof,
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
            Self::TxVersion => "a transaction version of four bytes",
            Self::LockTime => "a lock time of four bytes",
            Self::Count => "a count",
            Self::Modifiable => "flags of one byte",
            Self::Txid => "a transaction id of 32 bytes",
            Self::OutputIndex => "an output number of four bytes",
            Self::Sequence => "a sequence of four bytes",
            Self::TimeLock => "a lock time of four bytes, at least 500,000,000",
            Self::HeightLock => "a lock height of four bytes, from 1 to 499,999,999",
            Self::Amount => "an amount of eight bytes",
            Self::LockingScript => "a locking script",
            Self::Point => "a point of the curve of 33 bytes",
            Self::Points => "points of the curve of 33 bytes each",
            Self::PublicNonce => "two points of the curve, 66 bytes",
            Self::PartialSignature => "a number below the group order, 32 bytes",
            Self::DleqProof => "a proof of 64 bytes",
            Self::SilentPayment => "a scan key and a spend key, points of the curve, 66 bytes",
            Self::Label => "a label of four bytes",
            Self::Message => "a message",
            Self::DnssecProof => "a payment name with its length, and the DNS records that prove it",
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
    /// The only version that has it; none if all have it.
    pub(crate) only_in: Option<PsbtVersion>,
}

impl KeyType {
    /// For a part of the transaction that version 2 keeps in the maps: the field that shows it (BIP-370).
    pub(crate) const fn transaction_field(&self) -> Option<&'static str> {
        match self.value {
            ValueForm::TxVersion => Some("version"),
            ValueForm::Count
            | ValueForm::Txid
            | ValueForm::OutputIndex
            | ValueForm::Sequence
            | ValueForm::Amount
            | ValueForm::LockingScript => Some(self.field),
            _ => None,
        }
    }
}

pub(crate) const UNSIGNED_TX: u64 = 0x00;
pub(crate) const GLOBAL_XPUB: u64 = 0x01;
pub(crate) const TX_VERSION: u64 = 0x02;
pub(crate) const FALLBACK_LOCKTIME: u64 = 0x03;
pub(crate) const INPUT_COUNT: u64 = 0x04;
pub(crate) const OUTPUT_COUNT: u64 = 0x05;
pub(crate) const TX_MODIFIABLE: u64 = 0x06;
pub(crate) const GLOBAL_SP_ECDH_SHARE: u64 = 0x07;
pub(crate) const GLOBAL_SP_DLEQ: u64 = 0x08;
pub(crate) const SIGNED_MESSAGE: u64 = 0x09;
pub(crate) const VERSION: u64 = 0xfb;

pub(crate) const NON_WITNESS_UTXO: u64 = 0x00;
pub(crate) const WITNESS_UTXO: u64 = 0x01;
pub(crate) const PARTIAL_SIG: u64 = 0x02;
pub(crate) const FINAL_SCRIPTSIG: u64 = 0x07;
pub(crate) const FINAL_SCRIPTWITNESS: u64 = 0x08;
pub(crate) const PREVIOUS_TXID: u64 = 0x0e;
pub(crate) const OUTPUT_INDEX: u64 = 0x0f;
pub(crate) const SEQUENCE: u64 = 0x10;
pub(crate) const REQUIRED_TIME_LOCKTIME: u64 = 0x11;
pub(crate) const REQUIRED_HEIGHT_LOCKTIME: u64 = 0x12;
pub(crate) const TAP_KEY_SIG: u64 = 0x13;
pub(crate) const TAP_SCRIPT_SIG: u64 = 0x14;
pub(crate) const TAP_LEAF_SCRIPT: u64 = 0x15;
pub(crate) const IN_MUSIG2_PARTICIPANTS: u64 = 0x1a;
pub(crate) const MUSIG2_PUB_NONCE: u64 = 0x1b;
pub(crate) const MUSIG2_PARTIAL_SIG: u64 = 0x1c;
pub(crate) const IN_SP_ECDH_SHARE: u64 = 0x1d;
pub(crate) const IN_SP_DLEQ: u64 = 0x1e;

pub(crate) const OUT_AMOUNT: u64 = 0x03;
pub(crate) const OUT_SCRIPT: u64 = 0x04;
pub(crate) const OUT_MUSIG2_PARTICIPANTS: u64 = 0x08;
pub(crate) const SP_V0_INFO: u64 = 0x09;
pub(crate) const SP_V0_LABEL: u64 = 0x0a;
pub(crate) const DNSSEC_PROOF: u64 = 0x35;

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
                    assert!(a.field != b.field, "{}", a.name);
                }
            }
        }
    }
}
