//! A descriptor as the wallet policy that it is (BIP-388): its keys taken out, placeholders in their stead.

use std::str::FromStr as _;

use miniscript::descriptor::{DescriptorPublicKey, Wildcard};

use super::policy::{NO_KEYS, expand, two_steps};
use super::{Wallet, WalletError, without_checksum};

/// A wallet policy (BIP-388).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletPolicy {
    /// The descriptor template: `wsh(sortedmulti(2,@0/**,@1/**))`.
    pub template: String,
    /// The key information of each placeholder: `[fingerprint/48'/1'/0'/2']tpub…`.
    pub keys: Vec<String>,
}

impl Wallet {
    /// The wallet as a policy, whose descriptor is the registered one, key by key.
    ///
    /// # Errors
    /// [`WalletError::NoPolicy`] or [`WalletError::Policy`] for a descriptor that no policy stands for: one with a key
    /// that is no extended key, or that does not end with two paths and a wildcard, `/<0;1>/*`.
    pub fn policy(&self) -> Result<WalletPolicy, WalletError> {
        let mut reader = Reader { rest: without_checksum(&self.text)?, ..Reader::default() };
        while !reader.rest.is_empty() {
            reader.step()?;
        }
        let Reader { template, descriptor, keys, .. } = reader;
        match expand(&template, &keys) {
            Ok(text) if text == descriptor => Ok(WalletPolicy { template, keys }),
            Ok(text) => Err(no_policy(&text)),
            Err(fault) => Err(WalletError::Policy(fault)),
        }
    }
}

fn no_policy(found: &str) -> WalletError {
    WalletError::NoPolicy { found: found.to_owned() }
}

/// Reads a descriptor from left to right; writes the template, and the descriptor as the template stands for it.
#[derive(Default)]
struct Reader<'a> {
    rest: &'a str,
    words: Vec<&'a str>,
    template: String,
    descriptor: String,
    keys: Vec<String>,
}

impl<'a> Reader<'a> {
    fn step(&mut self) -> Result<(), WalletError> {
        let (atom, sign) = self.atom();
        match sign {
            Some('(') if atom == "musig" => return self.musig(),
            Some('(') => {
                self.words.push(atom);
                self.both(atom);
            }
            _ => self.argument(atom)?,
        }
        if sign == Some(')') {
            self.words.pop();
        }
        self.sign(sign);
        Ok(())
    }

    /// The text up to the next sign, and the sign.
    fn atom(&mut self) -> (&'a str, Option<char>) {
        let end = self.rest.find(['(', ')', '{', '}', ',']).unwrap_or(self.rest.len());
        let (atom, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        (atom, rest.chars().next())
    }

    fn argument(&mut self, argument: &str) -> Result<(), WalletError> {
        let word = self.words.last().map(|word| word.rsplit(':').next().unwrap_or(word)).unwrap_or_default();
        if argument.is_empty() || NO_KEYS.contains(&word) || argument.bytes().all(|b| b.is_ascii_digit()) {
            self.both(argument);
            return Ok(());
        }
        let origin = argument.find(']').map_or(0, |end| end.saturating_add(1));
        let (_, xpub) = argument.split_at(origin);
        let end = xpub.find('/').map_or(argument.len(), |end| origin.saturating_add(end));
        let (key, path) = argument.split_at(end);
        self.key(key)?;
        self.path(path)
    }

    /// `musig(KEY,KEY)/<0;1>/*`: bare keys, and one path for all.
    fn musig(&mut self) -> Result<(), WalletError> {
        self.both("musig(");
        loop {
            let (key, sign) = self.atom();
            self.key(key)?;
            self.sign(sign);
            if sign != Some(',') {
                break;
            }
        }
        let end = self.rest.find(['(', ')', '{', '}', ',']).unwrap_or(self.rest.len());
        let (path, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.path(path)
    }

    fn key(&mut self, text: &str) -> Result<(), WalletError> {
        let key = key_information(text).ok_or_else(|| no_policy(text))?;
        let known = self.keys.iter().position(|known| *known == key);
        let index = known.unwrap_or(self.keys.len());
        self.template.push_str(&format!("@{index}"));
        self.descriptor.push_str(&key);
        if known.is_none() {
            self.keys.push(key);
        }
        Ok(())
    }

    fn path(&mut self, path: &str) -> Result<(), WalletError> {
        let steps = two_steps(path).ok_or_else(|| no_policy(path))?;
        self.descriptor.push_str(&format!("/<{};{}>/*", steps.0, steps.1));
        match steps {
            (0, 1) => self.template.push_str("/**"),
            (receive, change) => self.template.push_str(&format!("/<{receive};{change}>/*")),
        }
        Ok(())
    }

    fn both(&mut self, text: &str) {
        self.template.push_str(text);
        self.descriptor.push_str(text);
    }

    fn sign(&mut self, sign: Option<char>) {
        self.template.extend(sign);
        self.descriptor.extend(sign);
    }
}

/// An extended key with its origin, hardened steps marked with `'`.
fn key_information(text: &str) -> Option<String> {
    let DescriptorPublicKey::XPub(key) = DescriptorPublicKey::from_str(text).ok()? else { return None };
    if !key.derivation_path.is_empty() || key.wildcard != Wildcard::None {
        return None;
    }
    Some(match &key.origin {
        None => key.xkey.to_string(),
        Some((fingerprint, path)) if path.is_empty() => format!("[{fingerprint}]{}", key.xkey),
        Some((fingerprint, path)) => format!("[{fingerprint}/{path}]{}", key.xkey),
    })
}
