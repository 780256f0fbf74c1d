//! Signature hash types, and the digest that each input's signature signs.

use bitcoin::hashes::Hash as _;
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{Amount, ScriptBuf, Transaction, TxOut};

use crate::CheckedInput;

/// What a signature commits to, by its sighash type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SighashType {
    /// Taproot's default: everything.
    Default,
    /// All inputs and all outputs.
    All,
    /// All inputs, no output.
    None,
    /// All inputs, the output of the same number.
    Single,
    /// This input alone, all outputs.
    AllAnyoneCanPay,
    /// This input alone, no output.
    NoneAnyoneCanPay,
    /// This input alone, the output of the same number.
    SingleAnyoneCanPay,
    /// No type that this input can have.
    Unknown(u32),
}

impl SighashType {
    /// The type of an ECDSA input; ALL if none is stated.
    pub const fn of_ecdsa(stated: Option<u32>) -> Self {
        match stated {
            None | Some(0x01) => Self::All,
            Some(0x02) => Self::None,
            Some(0x03) => Self::Single,
            Some(0x81) => Self::AllAnyoneCanPay,
            Some(0x82) => Self::NoneAnyoneCanPay,
            Some(0x83) => Self::SingleAnyoneCanPay,
            Some(other) => Self::Unknown(other),
        }
    }

    /// The type of a taproot input; DEFAULT if none is stated (BIP-341).
    pub const fn of_taproot(stated: Option<u32>) -> Self {
        match stated {
            None | Some(0) => Self::Default,
            other => Self::of_ecdsa(other),
        }
    }

    /// The byte that stands after the signature; none for DEFAULT, whose signature has no such byte.
    pub const fn byte(self) -> Option<u8> {
        match self {
            Self::Default | Self::Unknown(_) => None,
            Self::All => Some(0x01),
            Self::None => Some(0x02),
            Self::Single => Some(0x03),
            Self::AllAnyoneCanPay => Some(0x81),
            Self::NoneAnyoneCanPay => Some(0x82),
            Self::SingleAnyoneCanPay => Some(0x83),
        }
    }

    /// The name in the specification.
    pub fn name(self) -> String {
        match self {
            Self::Default => "DEFAULT".to_owned(),
            Self::All => "ALL".to_owned(),
            Self::None => "NONE".to_owned(),
            Self::Single => "SINGLE".to_owned(),
            Self::AllAnyoneCanPay => "ALL|ANYONECANPAY".to_owned(),
            Self::NoneAnyoneCanPay => "NONE|ANYONECANPAY".to_owned(),
            Self::SingleAnyoneCanPay => "SINGLE|ANYONECANPAY".to_owned(),
            Self::Unknown(value) => format!("unknown type 0x{value:02x}"),
        }
    }

    /// Whether a signature of this type fixes every input and every output.
    pub const fn fixes_everything(self) -> bool {
        matches!(self, Self::Default | Self::All)
    }

    /// Whether others can add inputs.
    pub const fn anyone_can_pay(self) -> bool {
        matches!(self, Self::AllAnyoneCanPay | Self::NoneAnyoneCanPay | Self::SingleAnyoneCanPay)
    }
}

/// How an input is unlocked, as far as its signature's digest depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spend {
    /// Before segwit: the script that is signed.
    Legacy(ScriptBuf),
    /// Segwit version 0 (BIP-143): the script code.
    SegwitV0(ScriptBuf),
    /// Taproot (BIP-341): the key path, or a leaf of the tree.
    Taproot,
    /// Not known, so that nothing can be verified.
    Unknown,
}

/// Digests of one transaction, with the parts that they share computed once.
pub(crate) struct Digests<'a> {
    cache: SighashCache<&'a Transaction>,
    inputs: &'a [CheckedInput],
    /// All spent outputs; none if one is not known.
    spent: Option<Vec<TxOut>>,
}

impl<'a> Digests<'a> {
    pub(crate) fn new(transaction: &'a Transaction, inputs: &'a [CheckedInput]) -> Self {
        Self { cache: SighashCache::new(transaction), inputs, spent: spent_outputs(inputs) }
    }

    /// The digest that the signature of `input` signs; none if it cannot be computed.
    pub(crate) fn digest(&mut self, input: usize) -> Option<[u8; 32]> {
        self.digest_of(input, None)
    }

    /// The same; with a leaf that of the taproot script path (BIP-342).
    pub(crate) fn digest_of(&mut self, input: usize, leaf: Option<TapLeafHash>) -> Option<[u8; 32]> {
        let checked = self.inputs.get(input)?;
        match &checked.spend {
            Spend::Legacy(script) => {
                let kind = EcdsaSighashType::from_standard(checked.sighash_type.byte()?.into()).ok()?;
                let hash = self.cache.legacy_signature_hash(input, script, kind.to_u32()).ok()?;
                Some(hash.to_byte_array())
            }
            Spend::SegwitV0(script) => {
                let kind = EcdsaSighashType::from_standard(checked.sighash_type.byte()?.into()).ok()?;
                let amount = Amount::from_sat(checked.amount_sat()?);
                let hash = self.cache.p2wsh_signature_hash(input, script, amount, kind).ok()?;
                Some(hash.to_byte_array())
            }
            Spend::Taproot => {
                let kind = match checked.sighash_type {
                    SighashType::Default => TapSighashType::Default,
                    other => TapSighashType::from_consensus_u8(other.byte()?).ok()?,
                };
                let prevouts = Prevouts::All(self.spent.as_deref()?);
                let hash = match leaf {
                    None => self.cache.taproot_key_spend_signature_hash(input, &prevouts, kind),
                    Some(leaf) => self.cache.taproot_script_spend_signature_hash(input, &prevouts, leaf, kind),
                };
                Some(hash.ok()?.to_byte_array())
            }
            Spend::Unknown => None,
        }
    }
}

/// Whether the digests of this many legacy inputs are few enough bytes to hash.
pub(crate) fn legacy_affordable(transaction: &Transaction, legacy: usize) -> bool {
    legacy.saturating_mul(transaction.total_size()) <= crate::limits::MAX_LEGACY_BYTES
}

/// All spent outputs, if all are known.
pub(crate) fn spent_outputs(inputs: &[CheckedInput]) -> Option<Vec<TxOut>> {
    let output = |input: &CheckedInput| {
        let value = Amount::from_sat(input.amount_sat()?);
        Some(TxOut { value, script_pubkey: input.script_pubkey.clone()? })
    };
    inputs.iter().map(output).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

    use bitcoin::{Psbt, TapTweakHash, XOnlyPublicKey, consensus, psbt, taproot};

    use super::*;
    use crate::preimage::{Preimage, Preimages};
    use crate::{AddressBook, Network, Surroundings, decode};

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    /// Seven sighash types, with and without scripts behind the key: bytes, digests, tweaks and signatures.
    #[test]
    fn published_taproot_digests_are_ours_and_their_signatures_verify() {
        let rows =
            include_str!("../../../tests/vectors/bip341-key-path.tsv").lines().filter(|row| !row.starts_with('#'));
        let rows: Vec<Vec<&str>> = rows.map(|row| row.split('\t').collect()).collect();
        let transaction: Transaction = consensus::deserialize(&hex(rows[0][1])).unwrap();
        let mut psbt = Psbt::from_unsigned_tx(transaction).unwrap();
        let spent = rows.iter().filter(|row| row[0] == "spent");
        for (input, row) in psbt.inputs.iter_mut().zip(spent) {
            let script_pubkey = ScriptBuf::from_bytes(hex(row[1]));
            input.witness_utxo = Some(TxOut { value: Amount::from_sat(row[2].parse().unwrap()), script_pubkey });
        }
        let inputs: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == "input").collect();
        for row in &inputs {
            let input = &mut psbt.inputs[row[1].parse::<usize>().unwrap()];
            input.sighash_type = Some(psbt::PsbtSighashType::from_u32(row[2].parse().unwrap()));
            input.tap_key_sig = Some(taproot::Signature::from_slice(&hex(row[8])).unwrap());
        }
        let nobody =
            Surroundings { network: Network::Mainnet, wallets: Vec::new(), address_book: AddressBook::default() };
        let checked = decode(&psbt.serialize()).unwrap().check(&nobody).unwrap();
        let mut digests = Digests::new(checked.transaction(), checked.inputs());
        let mut preimages = Preimages::new(checked.transaction(), checked.inputs());
        for row in &inputs {
            let n: usize = row[1].parse().unwrap();
            let ends = |bytes: &[u8]| bytes.ends_with(&hex(row[6]));
            assert!(matches!(preimages.preimage(n), Some(Preimage::Whole(bytes)) if ends(&bytes)), "input {n}");
            assert_eq!(digests.digest(n).unwrap().to_vec(), hex(row[7]), "input {n}");
            let internal = XOnlyPublicKey::from_slice(&hex(row[3])).unwrap();
            let root = Some(row[4]).filter(|root| *root != "-").map(|root| root.parse().unwrap());
            let tweak = TapTweakHash::from_key_and_tweak(internal, root);
            assert_eq!(tweak.to_byte_array().to_vec(), hex(row[5]));
            assert_eq!(checked.inputs()[n].present.len(), 1, "the signature of input {n} verifies");
        }
        println!("BIP-341: {} digests and signatures by the key path", inputs.len());
        assert_eq!(inputs.len(), 7);
    }
}
