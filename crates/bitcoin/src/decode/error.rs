//! Why bytes are no PSBT that can be reviewed: what, where, what to do.

use std::fmt;

use crate::bytes::Fault;
use crate::count::count;
use crate::keyvalue::MapKind;
use crate::limits::MAX_PSBT_BYTES;

/// Why bytes are no PSBT that can be reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// More bytes than are read.
    TooLarge {
        /// Number of bytes.
        size: usize,
    },
    /// The bytes do not start like a PSBT.
    NotPsbt {
        /// The first bytes, at most five.
        found: Vec<u8>,
    },
    /// A version of the format that is not read.
    UnsupportedVersion {
        /// The version it states, or implies by its keys.
        version: u32,
        /// Where it says so.
        place: Place,
    },
    /// The bytes are not well formed.
    Malformed {
        /// What is wrong.
        problem: Problem,
        /// Where.
        place: Place,
    },
}

/// A place in a PSBT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of the byte, from 0.
    pub offset: usize,
    /// The map, if one was reached.
    pub map: Option<MapKind>,
    /// Name of the key type, if it was read: `PSBT_IN_WITNESS_UTXO`.
    pub key: Option<&'static str>,
}

impl Place {
    pub(crate) const fn at(offset: usize) -> Self {
        Self { offset, map: None, key: None }
    }

    pub(crate) const fn in_map(offset: usize, map: MapKind) -> Self {
        Self { offset, map: Some(map), key: None }
    }

    pub(crate) const fn in_key(offset: usize, map: MapKind, key: &'static str) -> Self {
        Self { offset, map: Some(map), key: Some(key) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(map) = self.map {
            write!(f, "{map}, ")?;
        }
        if let Some(key) = self.key {
            write!(f, "{key}, ")?;
        }
        write!(f, "byte {}", self.offset)
    }
}

/// What is wrong with a byte sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Bytes are missing.
    Truncated {
        /// Bytes announced.
        needed: u64,
        /// Bytes there.
        left: usize,
    },
    /// Bytes after the last map.
    Trailing {
        /// How many.
        count: usize,
    },
    /// A length that is not in its shortest form.
    NonCanonicalLength,
    /// The same key twice in one map.
    DuplicateKey {
        /// Offset of the first.
        first: usize,
    },
    /// A key that only another version of the format has.
    KeyOfOtherVersion {
        /// The version that the request states, or that it has because it states none.
        version: u32,
    },
    /// A key that version 2 requires.
    Missing {
        /// Its name.
        key: &'static str,
    },
    /// A key that needs another one beside it, or excludes one.
    Combination {
        /// What does not fit, in words.
        what: &'static str,
    },
    /// Key data that is not what its type says, though its length fits.
    KeyData {
        /// What it has to be.
        expected: &'static str,
    },
    /// A key whose data has a wrong length.
    KeyLength {
        /// What its data is.
        expected: &'static str,
        /// Length found.
        found: usize,
    },
    /// A value that is not what its key says.
    Value {
        /// What it has to be.
        expected: &'static str,
    },
    /// No unsigned transaction in the global map.
    NoUnsignedTransaction,
    /// The unsigned transaction carries a script signature.
    SignedTransaction,
    /// More of something than is read.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are claimed.
        count: u64,
        /// How many are read.
        limit: usize,
    },
    /// The second reader, rust-bitcoin, refuses the bytes.
    Library {
        /// Its reason.
        reason: String,
    },
    /// The two readers read different things.
    Disagreement {
        /// About what.
        what: &'static str,
    },
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Truncated { needed, left, .. } => Self::Truncated { needed, left },
            Fault::NonCanonical { .. } => Self::NonCanonicalLength,
        }
    }
}

impl Fault {
    /// Offset that the fault is about.
    pub(crate) const fn offset(self) -> usize {
        match self {
            Self::Truncated { offset, .. } | Self::NonCanonical { offset } => offset,
        }
    }

    /// The fault as an error in a map.
    pub(crate) fn in_map(self, map: MapKind, key: Option<&'static str>) -> DecodeError {
        let place = Place { offset: self.offset(), map: Some(map), key };
        DecodeError::Malformed { problem: self.into(), place }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, left } => {
                write!(f, "bytes are missing: {needed} announced, {left} there; scan or copy the request again")
            }
            Self::Trailing { count } => write!(
                f,
                "bytes follow the last map: {count}; a PSBT ends there, so ask for the request again from its wallet"
            ),
            Self::NonCanonicalLength => {
                f.write_str("a length is not in its shortest form; ask for the request again from another wallet")
            }
            Self::DuplicateKey { first } => write!(
                f,
                "the key of byte {first} is there twice; nobody can say which one counts, so do not use this request"
            ),
            Self::KeyOfOtherVersion { version } => write!(
                f,
                "PSBT version {version}, which this request is, does not have this key; ask for it again in one version"
            ),
            Self::Missing { key } => {
                write!(f, "there is no {key}, which version 2 requires; ask for the request again from its wallet")
            }
            Self::Combination { what } => write!(f, "{what}; ask for the request again from its wallet"),
            Self::KeyData { expected } => {
                write!(f, "the key is not {expected}; ask for the request again from its wallet")
            }
            Self::KeyLength { expected, found } => {
                let found = count(*found, "byte");
                write!(f, "the key holds {expected}, not {found}; ask for the request again from its wallet")
            }
            Self::Value { expected } => {
                write!(f, "the value is not {expected}; ask for the request again from its wallet")
            }
            Self::NoUnsignedTransaction => {
                f.write_str("there is no unsigned transaction; ask for the request again from its wallet")
            }
            Self::SignedTransaction => f.write_str(
                "the unsigned transaction already has a script signature; ask for a PSBT, not for a signed transaction",
            ),
            Self::TooMany { what, count, limit } => {
                write!(f, "{count} {what}, at most {limit} are read; split the payment into smaller ones")
            }
            Self::Library { reason } => write!(
                f,
                "the second reader refuses it ({}); ask for the request again from its wallet",
                vitrine_review::escape(reason)
            ),
            Self::Disagreement { what } => {
                write!(f, "two readers disagree about the {what}; do not use this request, and keep it as evidence")
            }
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size } => write!(
                f,
                "the request has {size} bytes, at most {MAX_PSBT_BYTES} are read; split the payment into smaller ones"
            ),
            Self::NotPsbt { found } => write!(
                f,
                "byte 0: this is no PSBT: it starts with {} instead of 70736274ff; check that the right code or file was read",
                data_encoding::HEXLOWER.encode(found)
            ),
            Self::UnsupportedVersion { version, place } => {
                write!(
                    f,
                    "{place}: unsupported PSBT version {version}; ask the wallet for version 0 (BIP-174) or 2 (BIP-370)"
                )
            }
            Self::Malformed { problem, place } => write!(f, "{place}: {problem}"),
        }
    }
}

impl std::error::Error for DecodeError {}
