//! Where devices take the nonces of their signatures from, and so what asking one twice can show.
//!
//! A nonce that is made of key and digest alone (RFC 6979, BIP-340 without auxiliary randomness) is the same each time.
//! A device that should make it so and does not can hide its key in what looks like chance. Equality shows that the
//! nonces do not vary, not that they are honest: a device can also be dishonest the same way each time.

use vitrine_bitcoin::ScriptKind;

/// The mathematics of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// ECDSA, of every script before taproot.
    Ecdsa,
    /// Schnorr, of taproot (BIP-340).
    Schnorr,
}

impl SignatureScheme {
    /// The scheme that a coin of this form is signed with.
    pub const fn of(kind: ScriptKind) -> Self {
        match kind {
            ScriptKind::P2tr => Self::Schnorr,
            _ => Self::Ecdsa,
        }
    }

    /// The name as shown to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ecdsa => "ECDSA",
            Self::Schnorr => "taproot",
        }
    }
}

/// What a nonce is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceOrigin {
    /// Key and digest alone: the same signature each time.
    Deterministic,
    /// Fresh randomness: another signature each time, and nobody can check it from outside.
    Random,
    /// The device's part, to which it commits, and one that this machine adds and checks (anti-klepto): another
    /// signature each time, and no room for the device to hide its key in it.
    Shared,
}

/// How a vendor's firmware makes the nonces of one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceRule {
    /// What they are made of.
    pub origin: NonceOrigin,
    /// Where that is to be read or seen.
    pub source: &'static str,
}

/// How a vendor's devices make their nonces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceRules {
    /// The vendor.
    pub vendor: &'static str,
    /// For ECDSA.
    pub ecdsa: NonceRule,
    /// For Schnorr.
    pub schnorr: NonceRule,
    /// For ECDSA of Ethereum: transactions, typed data and messages.
    pub ethereum: NonceRule,
}

impl NonceRules {
    /// What the nonces of a scheme are made of.
    pub const fn origin(&self, scheme: SignatureScheme) -> NonceOrigin {
        match scheme {
            SignatureScheme::Ecdsa => self.ecdsa.origin,
            SignatureScheme::Schnorr => self.schnorr.origin,
        }
    }
}

/// Trezor: the first model, and those with core firmware.
pub const TREZOR: NonceRules = NonceRules {
    vendor: "Trezor",
    ecdsa: NonceRule {
        origin: NonceOrigin::Deterministic,
        source: "RFC 6979, as the recorded signatures show: crates/device/tests/transcripts/trezor-safe5-2.11.1.txt",
    },
    schnorr: NonceRule {
        origin: NonceOrigin::Deterministic,
        source: "trezor-firmware, zkp_bip340_sign_digest without auxiliary data; seen in the same recording",
    },
    ethereum: NonceRule {
        origin: NonceOrigin::Deterministic,
        source: "RFC 6979, as the recorded signatures show, the same by three models: \
                 crates/device/tests/transcripts/trezor-ethereum-*.txt",
    },
};

/// Ledger: the applications Bitcoin, from version 2, and Ethereum.
pub const LEDGER: NonceRules = NonceRules {
    vendor: "Ledger",
    ecdsa: NonceRule {
        origin: NonceOrigin::Deterministic,
        source: "app-bitcoin-new, src/crypto.c: bip32_derive_ecdsa_sign_hash_256 with CX_RND_RFC6979",
    },
    schnorr: NonceRule {
        origin: NonceOrigin::Random,
        source: "app-bitcoin-new, src/handler/sign_psbt.c: cx_ecschnorr_sign_no_throw with CX_RND_TRNG",
    },
    ethereum: NonceRule {
        origin: NonceOrigin::Deterministic,
        source: "app-ethereum, src/features: bip32_derive_ecdsa_sign_rs_hash_256 with CX_RND_RFC6979",
    },
};

/// BitBox02.
pub const BITBOX: NonceRules = NonceRules {
    vendor: "BitBox",
    ecdsa: NonceRule {
        origin: NonceOrigin::Shared,
        source: "anti-klepto, checked at each signature: crates/device/src/bitbox/antiklepto.rs",
    },
    schnorr: NonceRule {
        origin: NonceOrigin::Random,
        source: "bitbox02-firmware, keystore.rs: secp256k1_schnorr_sign with fresh auxiliary randomness",
    },
    ethereum: NonceRule {
        origin: NonceOrigin::Shared,
        source: "anti-klepto, checked at each signature: crates/device/src/bitbox/antiklepto.rs",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_randomness_is_beyond_checking() {
        assert_eq!(TREZOR.origin(SignatureScheme::of(ScriptKind::P2tr)), NonceOrigin::Deterministic);
        assert_eq!(LEDGER.origin(SignatureScheme::of(ScriptKind::P2tr)), NonceOrigin::Random);
        assert_eq!(BITBOX.origin(SignatureScheme::of(ScriptKind::P2wsh)), NonceOrigin::Shared);
        for kind in [ScriptKind::P2pkh, ScriptKind::P2shP2wpkh, ScriptKind::P2wpkh] {
            assert_eq!(LEDGER.origin(SignatureScheme::of(kind)), NonceOrigin::Deterministic);
        }
        assert!([TREZOR, LEDGER].iter().all(|rules| rules.ethereum.origin == NonceOrigin::Deterministic));
    }
}
