//! Descriptors with `musig()` (BIP-390) and `sortedmulti_a()` (BIP-387), which miniscript does not parse.
//!
//! The text is cut into pieces: words, keys, and groups of keys to be sorted. Filled with stand-ins it is a plain
//! descriptor, which miniscript parses and judges; filled with the keys of one index it is that index's descriptor.

use std::str::FromStr as _;

use bitcoin::bip32::Fingerprint;
use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{NetworkKind, PublicKey};
use miniscript::Descriptor;
use miniscript::descriptor::{DescriptorPublicKey, Wildcard};

use super::chain::{Derived, derive_key};
use super::keys::{network_of, root, suffix};
use super::{WalletError, readable};
use crate::OwnKey;
use crate::musig::{KeyAgg, key_sort, synthetic_xpub};
use crate::own::OwnMusig;

/// Words around arguments that are no keys.
const NO_KEYS: [&str; 6] = ["older", "after", "sha256", "hash256", "ripemd160", "hash160"];

/// A descriptor in pieces.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Key(KeyExpression),
    /// The keys of one `sortedmulti_a`, as written.
    Sorted(Vec<KeyExpression>),
}

#[derive(Clone, Debug)]
enum KeyExpression {
    Plain(DescriptorPublicKey),
    Musig(Musig),
}

/// `musig(KEY, …)` and what follows it.
#[derive(Clone, Debug)]
struct Musig {
    participants: Vec<DescriptorPublicKey>,
    /// Stands for the aggregate where miniscript judges; derives it, if `derives`.
    aggregate: DescriptorPublicKey,
    /// Whether steps follow `musig()`: the aggregate's extended key derives (BIP-328), not the participants.
    derives: bool,
}

/// Whether a descriptor needs this module.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("musig(") || text.contains("sortedmulti_a(")
}

fn malformed(reason: impl Into<String>) -> WalletError {
    WalletError::Descriptor { reason: reason.into() }
}

impl Template {
    /// Cuts a descriptor without checksum into pieces.
    pub(super) fn parse(text: &str, secp: &Secp256k1<VerifyOnly>) -> Result<Self, WalletError> {
        let mut cutter = Cutter { rest: text, pieces: Vec::new(), words: Vec::new(), group: None, secp };
        while !cutter.rest.is_empty() {
            cutter.step()?;
        }
        Ok(Self(cutter.pieces))
    }

    /// The plain descriptor that has stand-ins for aggregates, and `multi_a` for `sortedmulti_a`.
    pub(super) fn stand_in(&self) -> String {
        self.0.iter().map(|piece| piece.fill(KeyExpression::stand_in)).collect()
    }

    /// All keys that somebody holds, in order.
    pub(super) fn keys(&self) -> Vec<DescriptorPublicKey> {
        let held = |key: &KeyExpression| match key {
            KeyExpression::Plain(key) => vec![key.clone()],
            KeyExpression::Musig(musig) => musig.participants.clone(),
        };
        self.expressions().flat_map(held).collect()
    }

    /// Number of participants, if a single `musig()` is the only key there is.
    pub(super) fn sole_musig(&self) -> Option<usize> {
        let mut expressions = self.expressions();
        match (expressions.next(), expressions.next()) {
            (Some(KeyExpression::Musig(musig)), None) => Some(musig.participants.len()),
            _ => None,
        }
    }

    /// Keys that derive, for the steps between them and the wildcard.
    pub(super) fn deriving(&self) -> Vec<DescriptorPublicKey> {
        let aggregates = self.expressions().filter_map(|key| match key {
            KeyExpression::Musig(musig) => Some(musig.aggregate.clone()),
            KeyExpression::Plain(_) => None,
        });
        aggregates.chain(self.keys()).collect()
    }

    fn expressions(&self) -> impl Iterator<Item = &KeyExpression> {
        self.0.iter().flat_map(|piece| match piece {
            Piece::Text(_) => [].iter(),
            Piece::Key(key) => std::slice::from_ref(key).iter(),
            Piece::Sorted(keys) => keys.iter(),
        })
    }

    /// The template of one path: receive or change.
    pub(super) fn single(&self, path: usize) -> Option<Self> {
        let pieces = self.0.iter().map(|piece| {
            Some(match piece {
                Piece::Text(text) => Piece::Text(text.clone()),
                Piece::Key(key) => Piece::Key(key.single(path)?),
                Piece::Sorted(keys) => Piece::Sorted(keys.iter().map(|k| k.single(path)).collect::<Option<_>>()?),
            })
        });
        pieces.collect::<Option<_>>().map(Self)
    }

    /// The descriptor of one index.
    pub(super) fn derive(&self, index: u32, secp: &Secp256k1<VerifyOnly>) -> Option<Derived> {
        let (mut text, mut own) = (String::new(), Filled::default());
        for piece in &self.0 {
            match piece {
                Piece::Text(word) => text.push_str(word),
                Piece::Key(key) => text.push_str(&key.derive(index, secp, &mut own)?.to_string()),
                Piece::Sorted(keys) => {
                    let keys = keys.iter().map(|key| key.derive(index, secp, &mut own));
                    let mut keys = keys.collect::<Option<Vec<_>>>()?;
                    keys.sort_by_key(|key| key.inner.x_only_public_key().0.serialize());
                    let keys: Vec<String> = keys.iter().map(PublicKey::to_string).collect();
                    text.push_str(&keys.join(","));
                }
            }
        }
        Some(Derived { descriptor: Descriptor::from_str(&text).ok()?, keys: own.keys, musig: own.musig })
    }
}

impl Piece {
    fn fill(&self, key_text: impl Fn(&KeyExpression) -> String) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Key(key) => key_text(key),
            Self::Sorted(keys) => keys.iter().map(key_text).collect::<Vec<_>>().join(","),
        }
    }
}

impl KeyExpression {
    fn plain(text: &str) -> Result<Self, WalletError> {
        Ok(Self::Plain(parse_key(text)?))
    }

    fn stand_in(&self) -> String {
        match self {
            Self::Plain(key) => key.to_string(),
            Self::Musig(musig) => musig.aggregate.to_string(),
        }
    }

    fn single(&self, path: usize) -> Option<Self> {
        Some(match self {
            Self::Plain(key) => Self::Plain(single_key(key, path)?),
            Self::Musig(musig) => {
                let participants = musig.participants.iter().map(|key| single_key(key, path));
                let (participants, derives) = (participants.collect::<Option<_>>()?, musig.derives);
                Self::Musig(Musig { participants, aggregate: single_key(&musig.aggregate, path)?, derives })
            }
        })
    }

    fn derive(&self, index: u32, secp: &Secp256k1<VerifyOnly>, own: &mut Filled) -> Option<PublicKey> {
        match self {
            Self::Plain(key) => {
                let key = derive_key(key, index, secp).ok()?;
                let public_key = key.public_key;
                own.add(key);
                Some(public_key)
            }
            Self::Musig(musig) => musig.derive(index, secp, own),
        }
    }
}

impl Musig {
    /// `list` are the participants as written, `steps` what follows the closing bracket.
    fn parse(list: &str, steps: &str, secp: &Secp256k1<VerifyOnly>) -> Result<Self, WalletError> {
        let participants = list.split(',').map(parse_key).collect::<Result<Vec<_>, _>>()?;
        let derives = !steps.is_empty();
        let ranged = |key: &DescriptorPublicKey| key.has_wildcard() || key.is_multipath();
        if derives && participants.iter().any(|key| ranged(key) || suffix(key).is_none()) {
            return Err(malformed("what follows musig() derives, so its keys must be extended keys that do not"));
        }
        if steps.contains(['h', 'H', '\'']) {
            return Err(malformed("nobody has the private key of musig(), so its steps cannot be hardened"));
        }
        if let Some((first, second)) = repeated(&participants) {
            return Err(WalletError::DuplicateKey { first: first.to_string(), second: second.to_string() });
        }
        let network = participants.iter().find_map(network_of).unwrap_or(NetworkKind::Main);
        let steps =
            if derives { steps.to_owned() } else { participants.iter().find_map(ranged_suffix).unwrap_or_default() };
        let first = participants.iter().map(|key| single_key(key, 0).and_then(|key| derive_key(&key, 0, secp).ok()));
        let keys = first.map(|key| key.map(|key| key.public_key.inner)).collect::<Option<Vec<_>>>();
        let aggregate = keys.and_then(|keys| KeyAgg::new(secp, key_sort(keys)));
        let aggregate = aggregate.ok_or_else(|| malformed("the keys of musig() cannot be aggregated"))?;
        let aggregate = parse_key(&format!("{}{steps}", synthetic_xpub(aggregate.key(), network)))?;
        Ok(Self { participants, aggregate, derives })
    }

    fn derive(&self, index: u32, secp: &Secp256k1<VerifyOnly>, own: &mut Filled) -> Option<PublicKey> {
        let keys = self.participants.iter().map(|key| derive_key(key, index, secp).ok());
        let keys = keys.collect::<Option<Vec<_>>>()?;
        let participants = key_sort(keys.iter().map(|key| key.public_key.inner).collect());
        let aggregate = if self.derives {
            OwnKey { aggregate: true, ..derive_key(&self.aggregate, index, secp).ok()? }
        } else {
            let public_key = PublicKey::new(KeyAgg::new(secp, participants.clone())?.key());
            let (fingerprint, path) = (Fingerprint::default(), Default::default());
            OwnKey { fingerprint, path, public_key, cosigner: None, aggregate: true }
        };
        let (public_key, steps) = (aggregate.public_key, aggregate.path.as_ref().to_vec());
        own.musig.push(OwnMusig { participants, steps, key: public_key.inner });
        keys.into_iter().chain([aggregate]).for_each(|key| own.add(key));
        Some(public_key)
    }
}

/// Two participants that are one: their holder would count twice, and could give one nonce for both (BIP-373).
fn repeated(participants: &[DescriptorPublicKey]) -> Option<(&DescriptorPublicKey, &DescriptorPublicKey)> {
    let pairs = participants.iter().enumerate().flat_map(|(n, b)| participants.iter().take(n).map(move |a| (a, b)));
    pairs.into_iter().find(|(a, b)| root(a) == root(b))
}

/// Keys as they are filled in.
#[derive(Default)]
struct Filled {
    keys: Vec<OwnKey>,
    musig: Vec<OwnMusig>,
}

impl Filled {
    fn add(&mut self, key: OwnKey) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }
}

fn parse_key(text: &str) -> Result<DescriptorPublicKey, WalletError> {
    DescriptorPublicKey::from_str(text).map_err(|e| malformed(readable(&e)))
}

/// The key of one of its paths; a key with a single path is the same on all.
fn single_key(key: &DescriptorPublicKey, path: usize) -> Option<DescriptorPublicKey> {
    let singles = key.clone().into_single_keys();
    match singles.as_slice() {
        [only] => Some(only.clone()),
        several => several.get(path).cloned(),
    }
}

/// The steps of a key that has several paths or a wildcard.
fn ranged_suffix(key: &DescriptorPublicKey) -> Option<String> {
    let wildcard = match key {
        DescriptorPublicKey::Single(_) => Wildcard::None,
        DescriptorPublicKey::XPub(xkey) => xkey.wildcard,
        DescriptorPublicKey::MultiXPub(_) => return suffix(key),
    };
    (wildcard != Wildcard::None).then(|| suffix(key)).flatten()
}

/// Reads a descriptor from left to right.
struct Cutter<'a> {
    rest: &'a str,
    pieces: Vec<Piece>,
    /// Words whose brackets are open, and `{`.
    words: Vec<&'a str>,
    /// Keys of the open `sortedmulti_a`.
    group: Option<Vec<KeyExpression>>,
    secp: &'a Secp256k1<VerifyOnly>,
}

impl<'a> Cutter<'a> {
    /// Takes one word or argument and the sign after it.
    fn step(&mut self) -> Result<(), WalletError> {
        let end = self.rest.find(['(', ')', '{', '}', ',']).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        let sign = rest.chars().next();
        self.rest = rest.get(1..).unwrap_or_default();
        match (atom, sign) {
            ("musig", Some('(')) => self.musig(),
            (word, Some('(')) => self.open(word),
            (argument, sign) => {
                self.argument(argument)?;
                self.close(sign)
            }
        }
    }

    fn musig(&mut self) -> Result<(), WalletError> {
        if self.words.first() != Some(&"tr") {
            return Err(malformed("musig() stands in tr() alone"));
        }
        let (list, rest) = self.rest.split_once(')').ok_or_else(|| malformed("musig() has no end"))?;
        let end = rest.find(['(', ')', '{', '}', ',']).unwrap_or(rest.len());
        let (steps, rest) = rest.split_at(end);
        let key = KeyExpression::Musig(Musig::parse(list, steps, self.secp)?);
        self.rest = rest.get(1..).unwrap_or_default();
        self.key(key);
        self.close(rest.chars().next())
    }

    fn open(&mut self, word: &'a str) -> Result<(), WalletError> {
        let mut written = word;
        if word == "sortedmulti_a" {
            if self.words.first() != Some(&"tr") || !matches!(self.words.last(), Some(&"tr" | &"{")) {
                return Err(malformed("sortedmulti_a() is a leaf of tr()"));
            }
            self.group = Some(Vec::new());
            written = "multi_a";
        }
        self.text(written);
        self.text("(");
        self.words.push(word);
        Ok(())
    }

    fn argument(&mut self, argument: &str) -> Result<(), WalletError> {
        let word = self.words.last().map(|word| word.rsplit(':').next().unwrap_or(word)).unwrap_or_default();
        if argument.is_empty() || NO_KEYS.contains(&word) || argument.bytes().all(|b| b.is_ascii_digit()) {
            self.text(argument);
        } else {
            let key = KeyExpression::plain(argument)?;
            self.key(key);
        }
        Ok(())
    }

    /// Takes the sign after an argument.
    fn close(&mut self, sign: Option<char>) -> Result<(), WalletError> {
        match sign {
            Some('{') => self.words.push("{"),
            Some(sign @ (')' | '}')) => {
                let word = self.words.pop().ok_or_else(|| malformed("a bracket too many"))?;
                if (word == "{") != (sign == '}') {
                    return Err(malformed("brackets do not match"));
                }
                if word == "sortedmulti_a" {
                    let keys = self.group.take().unwrap_or_default();
                    self.pieces.push(Piece::Sorted(keys));
                }
            }
            _ => {}
        }
        // The commas between the keys of a group are written when it is filled in.
        if sign != Some(',') || self.group.as_ref().is_none_or(Vec::is_empty) {
            self.pieces.extend(sign.map(|sign| Piece::Text(sign.to_string())));
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.pieces.push(Piece::Text(text.to_owned()));
    }

    fn key(&mut self, key: KeyExpression) {
        match &mut self.group {
            Some(group) => group.push(key),
            None => self.pieces.push(Piece::Key(key)),
        }
    }
}
