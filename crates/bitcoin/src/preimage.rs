//! What each signature signs, byte for byte, before it is hashed.

use bitcoin::hashes::Hash as _;
use bitcoin::sighash::{EcdsaSighashType, EncodeSigningDataResult, Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::{Amount, Script, ScriptBuf, TapSighash, Transaction, TxOut};
use miniscript::Descriptor;

use crate::sighash::{Spend, spent_outputs};
use crate::{CheckedInput, OwnScript, SighashType};

/// Bytes of preimages of legacy inputs shown at most: each holds the whole transaction again.
const MAX_LEGACY_BYTES: usize = 64 << 10;
/// Scripts of one taproot tree whose digests are shown.
const MAX_LEAVES: usize = 16;

/// Preimages of one transaction, with the parts that they share hashed once: linear in the inputs.
pub(crate) struct Preimages<'a> {
    transaction: &'a Transaction,
    cache: SighashCache<&'a Transaction>,
    inputs: &'a [CheckedInput],
    /// All spent outputs; none if one is not known.
    spent: Option<Vec<TxOut>>,
    legacy_is_short: bool,
}

/// What is signed for one input.
pub(crate) enum Preimage {
    /// All of it (BIP-143, BIP-341).
    Whole(Vec<u8>),
    /// The whole transaction with one script filled in: this long, and all of it is shown elsewhere.
    Legacy {
        /// Length in bytes.
        length: usize,
        /// The script that stands in this input.
        script: ScriptBuf,
    },
}

/// A script of a taproot tree, and what is signed to spend by it (BIP-342).
pub(crate) struct Leaf {
    /// The script in miniscript.
    pub(crate) policy: String,
    pub(crate) preimage: Vec<u8>,
    pub(crate) digest: [u8; 32],
}

impl<'a> Preimages<'a> {
    pub(crate) fn new(transaction: &'a Transaction, inputs: &'a [CheckedInput]) -> Self {
        let legacy = inputs.iter().filter(|input| matches!(input.spend, Spend::Legacy(_))).count();
        let legacy_is_short = legacy.saturating_mul(transaction.base_size()) <= MAX_LEGACY_BYTES;
        let cache = SighashCache::new(transaction);
        Self { transaction, cache, inputs, spent: spent_outputs(inputs), legacy_is_short }
    }

    /// What the signature of `input` signs; none if it cannot be known.
    pub(crate) fn preimage(&mut self, input: usize) -> Option<Preimage> {
        let checked = self.inputs.get(input)?;
        match &checked.spend {
            Spend::Legacy(script) => self.legacy(input, script, checked.sighash_type),
            Spend::SegwitV0(script) => {
                let mut bytes = Vec::new();
                let amount = Amount::from_sat(checked.amount_sat()?);
                let kind = ecdsa(checked.sighash_type)?;
                self.cache.segwit_v0_encode_signing_data_to(&mut bytes, input, script, amount, kind).ok()?;
                Some(Preimage::Whole(bytes))
            }
            Spend::Taproot => self.taproot(input, None).map(Preimage::Whole),
            Spend::Unknown => None,
        }
    }

    /// The scripts by which an own taproot input can be spent, in the order of the descriptor.
    pub(crate) fn leaves(&mut self, input: usize) -> Vec<Leaf> {
        let own = self.inputs.get(input).filter(|i| i.spend == Spend::Taproot).and_then(|i| i.own());
        let Some((own, Descriptor::Tr(tr))) = own.map(|own| (own, own.descriptor())) else { return Vec::new() };
        let scripts = tr.iter_scripts().take(MAX_LEAVES);
        let scripts = scripts.map(|(_, script)| (with_names(script.to_string(), own), script.encode()));
        let scripts: Vec<(String, ScriptBuf)> = scripts.collect();
        scripts.into_iter().filter_map(|(policy, script)| self.leaf(input, policy, &script)).collect()
    }

    fn leaf(&mut self, input: usize, policy: String, script: &Script) -> Option<Leaf> {
        let hash = TapLeafHash::from_script(script, LeafVersion::TapScript);
        let preimage = self.taproot(input, Some(hash))?;
        let digest = TapSighash::hash(&preimage).to_byte_array();
        Some(Leaf { policy, preimage, digest })
    }

    fn taproot(&mut self, input: usize, leaf: Option<TapLeafHash>) -> Option<Vec<u8>> {
        let kind = match self.inputs.get(input)?.sighash_type {
            SighashType::Default => TapSighashType::Default,
            other => TapSighashType::from_consensus_u8(other.byte()?).ok()?,
        };
        let prevouts = Prevouts::All(self.spent.as_deref()?);
        let leaf = leaf.map(|leaf| (leaf, u32::MAX));
        let mut bytes = Vec::new();
        self.cache.taproot_encode_signing_data_to(&mut bytes, input, &prevouts, None, leaf, kind).ok()?;
        Some(bytes)
    }

    fn legacy(&self, input: usize, script: &Script, sighash_type: SighashType) -> Option<Preimage> {
        let kind = ecdsa(sighash_type)?;
        if !self.legacy_is_short {
            let length = self.transaction.base_size().saturating_add(script.len()).saturating_add(4);
            return Some(Preimage::Legacy { length, script: script.to_owned() });
        }
        let mut bytes = Vec::new();
        match self.cache.legacy_encode_signing_data_to(&mut bytes, input, script, kind.to_u32()) {
            EncodeSigningDataResult::WriteResult(Ok(())) => Some(Preimage::Whole(bytes)),
            // The number one is signed instead of anything.
            EncodeSigningDataResult::WriteResult(Err(_)) | EncodeSigningDataResult::SighashSingleBug => None,
        }
    }
}

/// The script with each key's cosigner, or its origin, in place of its bytes.
fn with_names(policy: String, own: &OwnScript) -> String {
    own.keys().iter().fold(policy, |policy, key| {
        let origin = || format!("{}/{}", key.fingerprint(), key.path());
        let name = key.cosigner().map_or_else(origin, vitrine_review::escape);
        let text = key.public_key().inner.x_only_public_key().0.to_string();
        // Taproot scripts hold the key without its parity; the descriptor prints it with one.
        ["02", "03", ""].iter().fold(policy, |policy, parity| policy.replace(&format!("{parity}{text}"), &name))
    })
}

fn ecdsa(sighash_type: SighashType) -> Option<EcdsaSighashType> {
    EcdsaSighashType::from_standard(sighash_type.byte()?.into()).ok()
}
