//! Why a descriptor is no wallet.

use std::fmt;

use bitcoin::bip32::Fingerprint;
use vitrine_review::escape;

use super::PolicyFault;
use crate::Network;
use crate::limits::MAX_DESCRIPTOR_CHARS;

/// Why a descriptor is no wallet for this ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletError {
    /// The descriptor is longer than what is read.
    TooLong {
        /// Length in characters.
        chars: usize,
    },
    /// The descriptor contains a private key. It is not repeated here.
    PrivateKey,
    /// The descriptor cannot be read.
    Descriptor {
        /// What is wrong with it.
        reason: String,
    },
    /// A form of descriptor that is no wallet.
    Form {
        /// Its first word.
        form: &'static str,
        /// Why it is not registered, and what to write instead.
        why: &'static str,
    },
    /// A key is for another network.
    OtherNetwork {
        /// The key.
        key: String,
        /// Network of the ceremony.
        network: Network,
    },
    /// A hardened wildcard: its addresses cannot be derived from public keys.
    Hardened {
        /// The key.
        key: String,
    },
    /// More paths than receive and change.
    Paths {
        /// How many there are.
        count: usize,
    },
    /// Two keys are the same key, whatever is written around them: its holder would count twice.
    DuplicateKey {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A cosigner is named whose fingerprint no key of the descriptor has.
    StrangeCosigner {
        /// The name.
        name: String,
        /// The fingerprint.
        fingerprint: Fingerprint,
    },
    /// Two cosigners are named for one fingerprint, or one name is given to two.
    CosignerTwice {
        /// The name.
        name: String,
        /// The fingerprint.
        fingerprint: Fingerprint,
    },
    /// Template and keys make no wallet policy (BIP-388).
    Policy(PolicyFault),
    /// No wallet policy stands for the descriptor (BIP-388).
    NoPolicy {
        /// The part of it that no policy can have.
        found: String,
    },
    /// The wallet has no such address.
    NoAddress {
        /// Whether the change path was asked for.
        change: bool,
        /// Index asked for.
        index: u32,
    },
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { chars } => {
                write!(f, "the descriptor has {chars} characters, at most {MAX_DESCRIPTOR_CHARS} are read")
            }
            Self::PrivateKey => write!(
                f,
                "the descriptor contains a private key; register public keys only, and consider that key exposed"
            ),
            Self::Descriptor { reason } => {
                write!(f, "the descriptor cannot be read: {}; export it again from the wallet", escape(reason))
            }
            Self::Form { form, why } => write!(f, "{form} is not registered as a wallet: {why}"),
            Self::OtherNetwork { key, network } => {
                write!(f, "the key {} is not for {network}; register the wallet of that network", escape(key))
            }
            Self::Hardened { key } => write!(
                f,
                "the key {} derives its addresses by hardened steps, which needs the private key; use a plain /*",
                escape(key)
            ),
            Self::Paths { count } => {
                write!(f, "the descriptor has {count} paths; write one for receiving and one for change: <0;1>")
            }
            Self::DuplicateKey { first, second } => write!(
                f,
                "{} and {} are one key: whoever holds it counts twice; ask each cosigner for a key of their own",
                escape(first),
                escape(second)
            ),
            Self::StrangeCosigner { name, fingerprint } => write!(
                f,
                "cosigner {} has fingerprint {fingerprint}, which no key of the descriptor has; correct one of them",
                escape(name)
            ),
            Self::CosignerTwice { name, fingerprint } => write!(
                f,
                "cosigner {} with fingerprint {fingerprint} is named twice; name each cosigner and each fingerprint once",
                escape(name)
            ),
            Self::Policy(fault) => write!(f, "the wallet policy: {fault}"),
            Self::NoPolicy { found } => write!(
                f,
                "“{}” in the descriptor is nothing that a wallet policy has; give each key as \
                 [fingerprint/path]xpub/<0;1>/*",
                escape(found)
            ),
            Self::NoAddress { change, index } => {
                let path = if *change { "change" } else { "receive" };
                write!(f, "the wallet has no {path} address {index}")
            }
        }
    }
}

impl std::error::Error for WalletError {}
