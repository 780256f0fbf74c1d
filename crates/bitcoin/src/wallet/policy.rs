//! Wallet policies (BIP-388): a descriptor template with placeholders, and the keys that fill them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr as _;

use miniscript::descriptor::{DescriptorPublicKey, Wildcard};
use vitrine_review::escape;

use super::keys::root;
use crate::limits::{MAX_DESCRIPTOR_CHARS, MAX_POLICY_KEYS};

/// Words around arguments that are no keys.
pub(super) const NO_KEYS: [&str; 6] = ["older", "after", "sha256", "hash256", "ripemd160", "hash160"];

/// Why a wallet policy is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    /// What stands in a key's place is no placeholder.
    NoPlaceholder {
        /// What stands there.
        found: String,
    },
    /// What follows a placeholder is neither `/**` nor `/<M;N>/*`.
    Path {
        /// What follows it.
        found: String,
    },
    /// A placeholder appears before the one that it should follow, or one is left out.
    Order {
        /// Number of the placeholder.
        found: usize,
        /// Number that should come first.
        expected: usize,
    },
    /// A key is named whose placeholder does not appear, or the other way round.
    Count {
        /// Placeholders in the template.
        placeholders: usize,
        /// Keys given.
        keys: usize,
    },
    /// One key would be derived by the same step twice.
    Repeated {
        /// The placeholder.
        placeholder: String,
        /// The step.
        step: u32,
    },
    /// A key is no extended public key without steps of its own.
    Key {
        /// The key as given.
        found: String,
    },
    /// Two of the keys are one.
    SameKey {
        /// The key as given.
        key: String,
    },
    /// The template or a key is longer, or there are more keys, than is read.
    TooLong,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlaceholder { found } => {
                write!(f, "“{}” stands where a placeholder should: write @0, @1 and so on", escape(found))
            }
            Self::Path { found } => {
                write!(f, "“{}” follows a placeholder; write /** or two paths: /<0;1>/*", escape(found))
            }
            Self::Order { found, expected } => {
                write!(f, "@{found} appears where @{expected} should; number placeholders in the order they appear")
            }
            Self::Count { placeholders, keys } => {
                write!(f, "the template has {placeholders} placeholders, and {keys} keys are given")
            }
            Self::Repeated { placeholder, step } => {
                write!(f, "{} derives step {step} twice; give each place steps of its own", escape(placeholder))
            }
            Self::Key { found } => write!(
                f,
                "“{}” is no extended public key with its origin, [fingerprint/path]xpub, and nothing after it",
                escape(found)
            ),
            Self::SameKey { key } => {
                write!(f, "{} is given twice; ask each cosigner for a key of their own", escape(key))
            }
            Self::TooLong => write!(
                f,
                "the policy is too long: at most {MAX_DESCRIPTOR_CHARS} characters and {MAX_POLICY_KEYS} keys are read"
            ),
        }
    }
}

/// The descriptor that a wallet policy stands for (BIP-388, BIP-389).
pub(super) fn expand(template: &str, keys: &[String]) -> Result<String, PolicyFault> {
    let chars = keys.iter().map(String::len).fold(template.len(), usize::saturating_add);
    if chars > MAX_DESCRIPTOR_CHARS || keys.len() > MAX_POLICY_KEYS {
        return Err(PolicyFault::TooLong);
    }
    check_keys(keys)?;
    let mut filler =
        Filler { rest: template, keys, words: Vec::new(), text: String::new(), seen: 0, steps: BTreeMap::new() };
    while !filler.rest.is_empty() {
        filler.step()?;
        if filler.text.len() > MAX_DESCRIPTOR_CHARS {
            return Err(PolicyFault::TooLong);
        }
    }
    if filler.seen != keys.len() {
        return Err(PolicyFault::Count { placeholders: filler.seen, keys: keys.len() });
    }
    Ok(filler.text)
}

fn check_keys(keys: &[String]) -> Result<(), PolicyFault> {
    let mut roots = BTreeSet::new();
    for text in keys {
        let key = DescriptorPublicKey::from_str(text).ok().filter(|key| match key {
            DescriptorPublicKey::XPub(xkey) => xkey.derivation_path.is_empty() && xkey.wildcard == Wildcard::None,
            DescriptorPublicKey::Single(_) | DescriptorPublicKey::MultiXPub(_) => false,
        });
        let root = key.as_ref().map(root).ok_or_else(|| PolicyFault::Key { found: text.clone() })?;
        if !roots.insert(root) {
            return Err(PolicyFault::SameKey { key: text.clone() });
        }
    }
    Ok(())
}

/// Reads a template from left to right and writes the descriptor.
struct Filler<'a> {
    rest: &'a str,
    keys: &'a [String],
    words: Vec<&'a str>,
    text: String,
    /// Number of placeholders seen, which is also the next one's number.
    seen: usize,
    /// Steps that each key, or set of keys, derives by.
    steps: BTreeMap<String, BTreeSet<u32>>,
}

impl<'a> Filler<'a> {
    fn step(&mut self) -> Result<(), PolicyFault> {
        let (atom, sign) = self.atom();
        match sign {
            Some('(') if atom == "musig" => self.musig(),
            Some('(') => {
                self.words.push(atom);
                self.text.push_str(atom);
                self.text.push('(');
                Ok(())
            }
            _ => {
                self.argument(atom)?;
                self.text.extend(sign);
                if sign == Some(')') {
                    self.words.pop();
                }
                Ok(())
            }
        }
    }

    /// The text up to the next sign, and the sign.
    fn atom(&mut self) -> (&'a str, Option<char>) {
        let end = self.rest.find(['(', ')', '{', '}', ',']).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        (atom, rest.chars().next())
    }

    fn argument(&mut self, argument: &'a str) -> Result<(), PolicyFault> {
        let word = self.words.last().map(|word| word.rsplit(':').next().unwrap_or(word)).unwrap_or_default();
        if argument.is_empty() || NO_KEYS.contains(&word) || argument.bytes().all(|b| b.is_ascii_digit()) {
            self.text.push_str(argument);
            return Ok(());
        }
        let end = argument.find('/').unwrap_or(argument.len());
        let (placeholder, path) = argument.split_at(end);
        let key = self.key(placeholder)?;
        self.text.push_str(key);
        self.path(placeholder.to_owned(), path)
    }

    /// `musig(@0,@1)/**`: bare placeholders, and one path for all.
    fn musig(&mut self) -> Result<(), PolicyFault> {
        let mut set = BTreeSet::new();
        self.text.push_str("musig(");
        loop {
            let (placeholder, sign) = self.atom();
            let key = self.key(placeholder)?;
            self.text.push_str(key);
            self.text.extend(sign);
            set.insert(placeholder);
            if sign != Some(',') {
                break;
            }
        }
        let end = self.rest.find(['(', ')', '{', '}', ',']).unwrap_or(self.rest.len());
        let (path, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.path(set.into_iter().collect::<Vec<_>>().join(","), path)
    }

    /// The key of a placeholder; a new one must be the next.
    fn key(&mut self, placeholder: &str) -> Result<&'a str, PolicyFault> {
        let strange = || PolicyFault::NoPlaceholder { found: placeholder.to_owned() };
        let number = placeholder.strip_prefix('@').ok_or_else(strange)?;
        let index: usize = number.parse().map_err(|_| strange())?;
        if index.to_string() != number {
            return Err(strange());
        }
        if index > self.seen {
            return Err(PolicyFault::Order { found: index, expected: self.seen });
        }
        self.seen = self.seen.max(index.saturating_add(1));
        let missing = PolicyFault::Count { placeholders: self.seen, keys: self.keys.len() };
        self.keys.get(index).map(String::as_str).ok_or(missing)
    }

    fn path(&mut self, placeholder: String, path: &str) -> Result<(), PolicyFault> {
        let (receive, change) = two_steps(path).ok_or_else(|| PolicyFault::Path { found: path.to_owned() })?;
        let steps = self.steps.entry(placeholder.clone()).or_default();
        for step in [receive, change] {
            if !steps.insert(step) {
                return Err(PolicyFault::Repeated { placeholder, step });
            }
        }
        self.text.push_str(&format!("/<{receive};{change}>/*"));
        Ok(())
    }
}

/// The two steps of `/**` or `/<M;N>/*`.
pub(super) fn two_steps(path: &str) -> Option<(u32, u32)> {
    if path == "/**" {
        return Some((0, 1));
    }
    let (receive, change) = path.strip_prefix("/<")?.strip_suffix(">/*")?.split_once(';')?;
    let step = |text: &str| text.parse::<u32>().ok().filter(|n| *n < 1 << 31 && n.to_string() == text);
    Some((step(receive)?, step(change)?))
}
