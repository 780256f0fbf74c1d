//! Key aggregation (BIP-327), tweaks of the aggregate, and what is derived from it (BIP-328).

use std::sync::Arc;

use bitcoin::NetworkKind;
use bitcoin::bip32::{ChainCode, ChildNumber, Fingerprint, Xpub};
use bitcoin::secp256k1::{PublicKey, Scalar, Secp256k1, Verification};

use super::points::{self, Negated};
use super::scalar;
use crate::tagged::tagged_hash;

/// Chain code of every extended key of an aggregate: SHA-256 of `MuSig2MuSig2MuSig2` (BIP-328).
const CHAIN_CODE: [u8; 32] = [
    0x86, 0x80, 0x87, 0xca, 0x02, 0xa6, 0xf9, 0x74, 0xc4, 0x59, 0x89, 0x24, 0xc3, 0x6b, 0x57, 0x76, 0x2d, 0x32, 0xcb,
    0x45, 0x71, 0x71, 0x67, 0xe3, 0x00, 0x62, 0x2c, 0x71, 0x67, 0xe3, 0x89, 0x65,
];

/// The aggregate of some keys, and the tweaks applied to it: `keyagg_ctx` of BIP-327.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyAgg {
    /// In the order of aggregation; shared with every key that is derived from this one.
    participants: Arc<[PublicKey]>,
    list_hash: [u8; 32],
    /// `Q`: aggregate and tweaks.
    key: PublicKey,
    /// `gacc`: whether the participants' secrets count negated.
    negated: Negated,
    /// `tacc`: what the tweaks add.
    tweak: Scalar,
}

/// How a tweak is applied (BIP-327).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TweakMode {
    /// To the key as it is, as BIP-32 derives.
    Plain,
    /// To the key with an even y coordinate, as BIP-341 commits to scripts.
    XOnly,
}

impl KeyAgg {
    /// The aggregate of the keys, in their order; none without keys, or if they cancel each other out.
    pub(crate) fn new(secp: &Secp256k1<impl Verification>, participants: Vec<PublicKey>) -> Option<Self> {
        let list: Vec<u8> = participants.iter().flat_map(PublicKey::serialize).collect();
        let list_hash = tagged_hash("KeyAgg list", &[&list]);
        let first = *participants.first()?;
        let participants = Arc::from(participants);
        let mut agg = Self { participants, list_hash, key: first, negated: Negated::No, tweak: Scalar::ZERO };
        let second = agg.second();
        let weighted = agg.participants.iter().map(|key| points::mul(secp, Some(*key), &agg.weight(key, second)));
        agg.key = weighted.fold(None, points::add)?;
        Some(agg)
    }

    /// The key that signatures are by: the aggregate with all tweaks.
    pub(crate) fn key(&self) -> PublicKey {
        self.key
    }

    pub(crate) fn participants(&self) -> &[PublicKey] {
        &self.participants
    }

    /// The same with one more tweak; none if the tweak is not below the group order, or the result no key.
    pub(crate) fn tweaked(
        &self,
        secp: &Secp256k1<impl Verification>,
        tweak: &[u8; 32],
        mode: TweakMode,
    ) -> Option<Self> {
        let negated = match mode {
            TweakMode::Plain => Negated::No,
            TweakMode::XOnly => Negated::to_even(&self.key),
        };
        let tweak = Scalar::from_be_bytes(*tweak).ok()?;
        let point = points::negate_if(secp, Some(self.key), negated);
        let key = points::add(point, points::mul(secp, points::generator(), &tweak))?;
        let before = if negated == Negated::Yes { scalar::negate(&self.tweak) } else { self.tweak };
        let (negated, tweak) = (self.negated.times(negated), scalar::add(&before, &tweak));
        Some(Self { key, negated, tweak, ..self.clone() })
    }

    /// The coefficient of a participant; none for anybody else.
    pub(super) fn coefficient(&self, participant: &PublicKey) -> Option<Scalar> {
        self.participants.contains(participant).then(|| self.weight(participant, self.second()))
    }

    pub(super) fn negated(&self) -> Negated {
        self.negated
    }

    pub(super) fn tweak(&self) -> &Scalar {
        &self.tweak
    }

    /// The first key that is not equal to the first.
    fn second(&self) -> Option<PublicKey> {
        self.participants.iter().find(|key| Some(*key) != self.participants.first()).copied()
    }

    fn weight(&self, key: &PublicKey, second: Option<PublicKey>) -> Scalar {
        if Some(*key) == second {
            return Scalar::ONE;
        }
        scalar::reduce(tagged_hash("KeyAgg coefficient", &[&self.list_hash, &key.serialize()]))
    }
}

/// Keys in the order of their bytes (`KeySort` of BIP-327), as descriptors want them (BIP-390).
pub(crate) fn key_sort(mut keys: Vec<PublicKey>) -> Vec<PublicKey> {
    keys.sort_by_key(PublicKey::serialize);
    keys
}

/// The extended key of an aggregate (BIP-328): it derives, and nobody has its private key.
pub(crate) fn synthetic_xpub(aggregate: PublicKey, network: NetworkKind) -> Xpub {
    Xpub {
        network,
        depth: 0,
        parent_fingerprint: Fingerprint::default(),
        child_number: ChildNumber::Normal { index: 0 },
        public_key: aggregate,
        chain_code: ChainCode::from(CHAIN_CODE),
    }
}

/// What unhardened steps derive from an aggregate (BIP-328): each step is a plain tweak.
pub(crate) fn derived(
    secp: &Secp256k1<impl Verification>,
    aggregate: &KeyAgg,
    steps: &[ChildNumber],
) -> Option<KeyAgg> {
    // The network makes no difference to what is derived.
    let mut xpub = synthetic_xpub(aggregate.key, NetworkKind::Main);
    let mut agg = aggregate.clone();
    for step in steps {
        let (tweak, chain_code) = xpub.ckd_pub_tweak(*step).ok()?;
        agg = agg.tweaked(secp, &tweak.secret_bytes(), TweakMode::Plain)?;
        (xpub.public_key, xpub.chain_code) = (agg.key, chain_code);
    }
    Some(agg)
}
