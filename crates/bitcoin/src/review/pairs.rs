//! Key-value pairs of a map as fields: what the request says beyond the transaction itself.

use bitcoin::bip32::{ChildNumber, DerivationPath};
use vitrine_review::{Proof, Value};

use super::owner::derived;
use super::section::{SectionBuilder, claimed, term};
use super::typed::typed;
use crate::bytes::{Reader, slice, u32_le};
use crate::codes::Counter;
use crate::decode::keys::{KeyForm, KeyType, ValueForm, key_type};
use crate::keyvalue::{KeyValue, Map, MapKind};
use crate::own::OwnMusig;
use crate::{CheckedPsbt, OwnScript};

/// Where a pair is shown: by fields of its own, or by those that the review makes anyway.
pub(crate) fn has_own_field(known: &KeyType) -> bool {
    match known.value {
        ValueForm::UnsignedTransaction | ValueForm::PreviousTransaction | ValueForm::Output => false,
        ValueForm::SighashType => false,
        ValueForm::TxVersion
        | ValueForm::Count
        | ValueForm::Txid
        | ValueForm::OutputIndex
        | ValueForm::Sequence
        | ValueForm::Amount
        | ValueForm::LockingScript
        | ValueForm::DnssecProof => false,
        ValueForm::LockTime
        | ValueForm::TimeLock
        | ValueForm::HeightLock
        | ValueForm::Modifiable
        | ValueForm::Point
        | ValueForm::Points
        | ValueForm::PublicNonce
        | ValueForm::PartialSignature
        | ValueForm::DleqProof
        | ValueForm::SilentPayment
        | ValueForm::Label => true,
        ValueForm::Signature
        | ValueForm::SchnorrSignature
        | ValueForm::Version
        | ValueForm::Script
        | ValueForm::KeyOrigin
        | ValueForm::TapKeyOrigin
        | ValueForm::Witness
        | ValueForm::Preimage
        | ValueForm::LeafScript
        | ValueForm::XOnlyKey
        | ValueForm::Hash32
        | ValueForm::TapTree
        | ValueForm::Message
        | ValueForm::Opaque => true,
    }
}

/// Adds a field for each pair of the map that no other field shows.
pub(crate) fn add_pairs(section: &mut SectionBuilder, checked: &CheckedPsbt, map: &Map, own: Option<&OwnScript>) {
    let mut codes = Counter::default();
    for kv in &map.pairs {
        let known = key_type(map.kind, kv.key_type);
        let code = codes.code(map.kind, known);
        if has_own_field(known) {
            let pair = Pair { checked, map: map.kind, kv, known, own };
            section.add_code(code, known.label, pair.value(), pair.proof());
        }
    }
}

struct Pair<'a> {
    checked: &'a CheckedPsbt,
    map: MapKind,
    kv: &'a KeyValue,
    known: &'a KeyType,
    own: Option<&'a OwnScript>,
}

impl Pair<'_> {
    fn key(&self) -> &[u8] {
        slice(self.checked.bytes(), self.kv.key_data)
    }

    fn bytes(&self) -> &[u8] {
        slice(self.checked.bytes(), self.kv.value)
    }

    fn value(&self) -> Value {
        if let Some(value) = typed(self.known, self.key(), self.bytes()) {
            return value;
        }
        match self.known.value {
            ValueForm::KeyOrigin => term(self.origin(self.bytes())),
            ValueForm::TapKeyOrigin => term(self.origin(after_leaves(self.bytes()))),
            ValueForm::Version => Value::Count(u32_le(self.bytes()).map_or(0, u64::from), ""),
            ValueForm::Opaque => Value::Bytes([slice(self.checked.bytes(), self.kv.key()), self.bytes()].concat()),
            _ if self.known.key == KeyForm::Empty => Value::Bytes(self.bytes().to_vec()),
            _ => term(format!("{}: {}", hex(self.key()), hex(self.bytes()))),
        }
    }

    /// "5c9e228d/84'/1'/0'/0/5 for 02…".
    fn origin(&self, source: &[u8]) -> String {
        let fingerprint = source.get(..4).map(hex).unwrap_or_default();
        format!("{fingerprint}/{} for {}", path_of(source), hex(self.key()))
    }

    fn proof(&self) -> Proof {
        match (self.known.value, self.own) {
            (ValueForm::Opaque, _) => Proof::Unknown("not-decoded", "its meaning is not known".to_owned()),
            (ValueForm::KeyOrigin, Some(own)) if self.is_derived(own, self.bytes()) => derived(own),
            (ValueForm::TapKeyOrigin, Some(own)) if self.is_derived(own, after_leaves(self.bytes())) => derived(own),
            (ValueForm::XOnlyKey, Some(own)) if own.internal_key().is_some_and(|k| k.serialize() == self.bytes()) => {
                derived(own)
            }
            (ValueForm::Signature | ValueForm::SchnorrSignature | ValueForm::PartialSignature, _)
                if self.is_verified() =>
            {
                Proof::Proven("signature", "verification against this request".to_owned())
            }
            (ValueForm::Points, Some(own)) if self.is_musig_of(own) => derived(own),
            _ => claimed(),
        }
    }

    /// Whether these are the participants of an aggregate of our wallet, in its order.
    fn is_musig_of(&self, own: &OwnScript) -> bool {
        let points = |musig: &OwnMusig| musig.participants.iter().flat_map(|key| key.serialize()).collect::<Vec<u8>>();
        own.musig.iter().any(|musig| points(musig) == self.bytes())
    }

    /// Whether key and path of an origin are exactly those that our wallet derives.
    fn is_derived(&self, own: &OwnScript, source: &[u8]) -> bool {
        own.keys().iter().any(|key| {
            let full = key.public_key().to_bytes();
            let same_key = full == self.key() || full.get(1..) == Some(self.key());
            same_key && source.get(..4) == Some(key.fingerprint().as_bytes()) && path_of(source) == *key.path()
        })
    }

    fn is_verified(&self) -> bool {
        let MapKind::Input(n) = self.map else { return false };
        let Some(input) = self.checked.inputs().get(n) else { return false };
        input.present.iter().any(|present| present.bytes == self.bytes())
    }
}

/// The key origin that follows the leaf hashes of a taproot key origin (BIP-371).
fn after_leaves(bytes: &[u8]) -> &[u8] {
    let mut r = Reader::new(bytes, vitrine_review::Span::new(0, bytes.len()));
    let skipped = r.compact_size().and_then(|(count, _)| r.span(count.saturating_mul(32)));
    skipped.ok().and_then(|_| bytes.get(r.offset()..)).unwrap_or_default()
}

fn path_of(source: &[u8]) -> DerivationPath {
    let steps = source.get(4..).unwrap_or_default().chunks_exact(4);
    steps.filter_map(u32_le).map(ChildNumber::from).collect::<Vec<_>>().into()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
