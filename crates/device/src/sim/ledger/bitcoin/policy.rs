//! Wallet policies (BIP-388): read with the `miniscript` crate, scripts in the order in which the app asks for keys.
//!
//! Not simulated, and refused as malformed: the old form of policies (version 1), `musig` and `sortedmulti_a`.

use std::collections::BTreeMap;

use bitcoin::bip32::{ChildNumber, Fingerprint, Xpub};
use bitcoin::hashes::{Hash as _, hash160, ripemd160, sha256};
use bitcoin::secp256k1::constants::GENERATOR_X;
use bitcoin::{PublicKey, ScriptBuf};
use miniscript::descriptor::{Descriptor, DescriptorPublicKey, ShInner, Tr, Wildcard, WshInner};
use miniscript::hash256;
use miniscript::miniscript::decode::Terminal;
use miniscript::{Miniscript, ScriptContext, Tap, TranslatePk as _, Translator};

use super::host::{Hash, Tree};
use super::reader::Reader;

/// Longest template that the app takes.
pub(super) const TEMPLATE_BYTES: usize = 512;
/// Longest description of a policy.
pub(super) const POLICY_BYTES: usize = 1 + 1 + 64 + 9 + 32 + 9 + 32;
/// Longest key with its origin.
pub(super) const KEY_BYTES: usize = 46 + 113;
/// Longest origin, in steps.
const ORIGIN_STEPS: usize = 8;

/// A policy's description, before its template arrived.
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) template_bytes: usize,
    pub(super) template_hash: Hash,
    pub(super) keys: Tree,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Reader(bytes);
        let 2 = bytes.byte()? else { return None };
        let length = bytes.length().filter(|length| *length <= 64)?;
        let name = bytes.take(length)?.to_vec();
        let template_bytes = usize::try_from(bytes.varint()?).ok().filter(|length| *length <= TEMPLATE_BYTES)?;
        let template_hash = bytes.array()?;
        let size = bytes.varint().filter(|count| *count <= 252)?;
        Some(Self { name, template_bytes, template_hash, keys: Tree { root: bytes.array()?, size } })
    }
}

/// A descriptor template: which script, and which key in which place.
#[derive(Clone)]
pub(super) struct Template {
    descriptor: Descriptor<String>,
    /// Every place of a key, in the order of the text.
    pub(super) places: Vec<Place>,
}

/// A place of a key: `@0/**` or `@0/<2;3>/*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) text: String,
    /// Number of the key.
    pub(super) key: u64,
    /// The step for receiving, and the one for change.
    pub(super) steps: [ChildNumber; 2],
    /// Which leaf of the script tree it is in.
    pub(super) leaf: Option<usize>,
}

impl Place {
    fn read(text: &str, leaf: Option<usize>) -> Option<Self> {
        let (key, steps) = text.strip_prefix('@')?.split_once('/')?;
        let steps = match steps {
            "**" => [0, 1],
            other => {
                let (first, second) = other.strip_prefix('<')?.strip_suffix(">/*")?.split_once(';')?;
                [decimal(first)?, decimal(second)?]
            }
        };
        let [first, second] = steps.map(|step| ChildNumber::from_normal_idx(step).ok());
        let steps = [first?, second?];
        let key = decimal(key)?.into();
        (first != second).then(|| Self { text: text.to_owned(), key, steps, leaf })
    }

    pub(super) fn step(&self, change: bool) -> ChildNumber {
        let [receive, spend] = self.steps;
        if change { spend } else { receive }
    }
}

fn decimal(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A key as the app asks for it.
pub(super) enum Fetch {
    One(String),
    /// All of these, and again without the smallest, until none is left.
    Sorted(Vec<String>),
}

impl Template {
    /// Reads a template; nothing for what the app does not understand.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok().filter(|text| text.is_ascii() && !text.contains('#'))?;
        let descriptor: Descriptor<String> = text.parse().ok()?;
        let places = places(&descriptor)?;
        let template = Self { descriptor, places };
        // Whatever else is written in place of a hash is found out here.
        let any = PublicKey::from_slice(&[&[2], GENERATOR_X.as_slice()].concat()).ok()?;
        template.with(&template.places.iter().map(|place| (place.text.clone(), any)).collect())?;
        Some(template)
    }

    /// Whether the app takes it into the list of wallets.
    pub(super) fn is_sane(&self) -> bool {
        let overlap = |a: &Place, b: &Place| a.key == b.key && a.steps.iter().any(|step| b.steps.contains(step));
        let repeated = self
            .places
            .iter()
            .enumerate()
            .any(|(i, a)| self.places.iter().skip(i.saturating_add(1)).any(|b| overlap(a, b)));
        let sane = match &self.descriptor {
            Descriptor::Wsh(wsh) => wsh.sanity_check().is_ok(),
            Descriptor::Tr(tr) => tr.sanity_check().is_ok(),
            _ => true,
        };
        sane && !repeated
    }

    /// The number of different keys that it needs.
    pub(super) fn key_count(&self) -> u64 {
        self.places.iter().map(|place| place.key.saturating_add(1)).max().unwrap_or_default()
    }

    /// The purpose of BIP-44 that a single-key wallet of this form has without registration.
    pub(super) fn purpose(&self) -> Option<u32> {
        let [place] = self.places.as_slice() else { return None };
        let is_plain = place.key == 0 && place.steps == [0, 1].map(|step| ChildNumber::Normal { index: step });
        let purpose = match &self.descriptor {
            Descriptor::Pkh(_) => 44,
            Descriptor::Wpkh(_) => 84,
            Descriptor::Sh(sh) if matches!(sh.as_inner(), ShInner::Wpkh(_)) => 49,
            Descriptor::Tr(tr) if tr.tap_tree().is_none() => 86,
            _ => return None,
        };
        is_plain.then_some(purpose)
    }

    /// None for scripts before segwit.
    pub(super) fn segwit_version(&self) -> Option<u8> {
        match &self.descriptor {
            Descriptor::Wpkh(_) | Descriptor::Wsh(_) => Some(0),
            Descriptor::Sh(sh) => matches!(sh.as_inner(), ShInner::Wpkh(_) | ShInner::Wsh(_)).then_some(0),
            Descriptor::Tr(_) => Some(1),
            Descriptor::Bare(_) | Descriptor::Pkh(_) => None,
        }
    }

    fn tr(&self) -> Option<&Tr<String>> {
        if let Descriptor::Tr(tr) = &self.descriptor { Some(tr) } else { None }
    }

    pub(super) fn has_tree(&self) -> bool {
        self.tr().is_some_and(|tr| tr.tap_tree().is_some())
    }

    /// The keys that the app asks for to make the scriptPubKey, in its order.
    pub(super) fn fetches(&self) -> Vec<Fetch> {
        let one = |key: &String| vec![Fetch::One(key.clone())];
        match &self.descriptor {
            Descriptor::Pkh(pkh) => one(pkh.as_inner()),
            Descriptor::Wpkh(wpkh) => one(wpkh.as_inner()),
            Descriptor::Wsh(wsh) => of_wsh(wsh.as_inner()),
            Descriptor::Sh(sh) => match sh.as_inner() {
                ShInner::Wpkh(wpkh) => one(wpkh.as_inner()),
                ShInner::Wsh(wsh) => of_wsh(wsh.as_inner()),
                ShInner::SortedMulti(multi) => vec![Fetch::Sorted(multi.pks().to_vec())],
                ShInner::Ms(script) => of_script(script),
            },
            Descriptor::Tr(tr) => {
                let mut fetches = one(tr.internal_key());
                fetches.extend(self.tree_fetches());
                fetches
            }
            Descriptor::Bare(_) => Vec::new(),
        }
    }

    /// The keys of the script tree: of each leaf twice, once for its length.
    pub(super) fn tree_fetches(&self) -> Vec<Fetch> {
        let count = self.tr().map_or(0, |tr| tr.iter_scripts().count());
        (0..count).flat_map(|leaf| self.leaf_fetches(leaf)).collect()
    }

    pub(super) fn leaf_fetches(&self, leaf: usize) -> Vec<Fetch> {
        let script = self.tr().and_then(|tr| tr.iter_scripts().nth(leaf));
        script
            .map_or_else(Vec::new, |(_, script)| [of_script(script), of_script(script)].into_iter().flatten().collect())
    }

    /// The descriptor of one address.
    pub(super) fn with(&self, keys: &BTreeMap<String, PublicKey>) -> Option<Descriptor<PublicKey>> {
        self.descriptor.translate_pk(&mut Filled(keys)).ok()
    }
}

/// The script of a leaf of the tree.
pub(super) fn leaf_script(descriptor: &Descriptor<PublicKey>, leaf: usize) -> Option<ScriptBuf> {
    let Descriptor::Tr(tr) = descriptor else { return None };
    tr.iter_scripts().nth(leaf).map(|(_, script)| script.encode())
}

/// Every place of a key, in the order of the text; nothing for scripts that the app does not know.
fn places(descriptor: &Descriptor<String>) -> Option<Vec<Place>> {
    let named = |keys: Vec<&String>| keys.into_iter().map(|key| Place::read(key, None)).collect();
    match descriptor {
        Descriptor::Pkh(pkh) => named(vec![pkh.as_inner()]),
        Descriptor::Wpkh(wpkh) => named(vec![wpkh.as_inner()]),
        Descriptor::Wsh(wsh) => named(match wsh.as_inner() {
            WshInner::SortedMulti(multi) => multi.pks().iter().collect(),
            WshInner::Ms(script) => keys_of(script, Order::Text),
        }),
        Descriptor::Sh(sh) => named(match sh.as_inner() {
            ShInner::Wpkh(wpkh) => vec![wpkh.as_inner()],
            ShInner::SortedMulti(multi) => multi.pks().iter().collect(),
            ShInner::Ms(script) => multi(script)?,
            ShInner::Wsh(wsh) => match wsh.as_inner() {
                WshInner::SortedMulti(multi) => multi.pks().iter().collect(),
                WshInner::Ms(script) => multi(script)?,
            },
        }),
        Descriptor::Tr(tr) => {
            let mut places = vec![Place::read(tr.internal_key(), None)?];
            for (leaf, (_, script)) in tr.iter_scripts().enumerate() {
                for key in keys_of::<Tap>(script, Order::Text) {
                    places.push(Place::read(key, Some(leaf))?);
                }
            }
            Some(places)
        }
        Descriptor::Bare(_) => None,
    }
}

fn multi<C: ScriptContext>(script: &Miniscript<String, C>) -> Option<Vec<&String>> {
    matches!(script.node, Terminal::Multi(_)).then(|| keys_of(script, Order::Text))
}

fn of_wsh(inner: &WshInner<String>) -> Vec<Fetch> {
    match inner {
        WshInner::SortedMulti(multi) => vec![Fetch::Sorted(multi.pks().to_vec())],
        WshInner::Ms(script) => of_script(script),
    }
}

fn of_script<C: ScriptContext>(script: &Miniscript<String, C>) -> Vec<Fetch> {
    keys_of(script, Order::Script).into_iter().cloned().map(Fetch::One).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Text,
    /// As the script has them: `andor(X,Y,Z)` is `X NOTIF Z ELSE Y ENDIF`.
    Script,
}

fn keys_of<C: ScriptContext>(script: &Miniscript<String, C>, order: Order) -> Vec<&String> {
    match &script.node {
        Terminal::PkK(key) | Terminal::PkH(key) => vec![key],
        Terminal::Multi(keys) => keys.iter().collect(),
        Terminal::MultiA(keys) => keys.iter().collect(),
        Terminal::Thresh(scripts) => scripts.iter().flat_map(|script| keys_of(script, order)).collect(),
        Terminal::AndOr(a, b, c) if order == Order::Script => {
            [a, c, b].into_iter().flat_map(|script| keys_of(script, order)).collect()
        }
        _ => script.branches().into_iter().flat_map(|script| keys_of(script, order)).collect(),
    }
}

/// Puts keys into their places.
struct Filled<'a>(&'a BTreeMap<String, PublicKey>);

/// A key or hash that is none.
struct Unreadable;

impl Translator<String, PublicKey, Unreadable> for Filled<'_> {
    fn pk(&mut self, key: &String) -> Result<PublicKey, Unreadable> {
        self.0.get(key).copied().ok_or(Unreadable)
    }

    fn sha256(&mut self, hash: &String) -> Result<sha256::Hash, Unreadable> {
        lower(hash)
    }

    fn hash256(&mut self, hash: &String) -> Result<hash256::Hash, Unreadable> {
        lower(hash)
    }

    fn ripemd160(&mut self, hash: &String) -> Result<ripemd160::Hash, Unreadable> {
        lower(hash)
    }

    fn hash160(&mut self, hash: &String) -> Result<hash160::Hash, Unreadable> {
        lower(hash)
    }
}

fn lower<H: core::str::FromStr>(text: &str) -> Result<H, Unreadable> {
    if text.contains(|c: char| c.is_ascii_uppercase()) {
        return Err(Unreadable);
    }
    text.parse().map_err(|_| Unreadable)
}

/// A key with its origin, as `[f5acc2fd/84'/1'/0']tpub…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyInfo {
    pub(super) origin: Option<(Fingerprint, Vec<ChildNumber>)>,
    pub(super) xpub: Xpub,
}

impl KeyInfo {
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?;
        let key: DescriptorPublicKey = text.parse().ok()?;
        let DescriptorPublicKey::XPub(whole) = &key else { return None };
        // One way of writing, nothing behind the key.
        if key.to_string() != text || !whole.derivation_path.is_empty() || whole.wildcard != Wildcard::None {
            return None;
        }
        let origin = whole.origin.as_ref().map(|(fingerprint, path)| (*fingerprint, path.as_ref().to_vec()));
        let short = origin.as_ref().is_none_or(|(_, path)| path.len() <= ORIGIN_STEPS);
        short.then_some(Self { origin, xpub: whole.xkey })
    }
}

/// SHA-256 of a policy's description: what a registration is for.
pub(super) fn wallet_id(description: &[u8]) -> Hash {
    sha256::Hash::hash(description).to_byte_array()
}
