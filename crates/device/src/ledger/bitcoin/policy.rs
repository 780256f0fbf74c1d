//! A wallet as the app knows it: a policy (BIP-388) with a name, and the number that stands for both.
//!
//! Source: LedgerHQ/app-bitcoin-new, `doc/wallet.md`, and `src/common/wallet.h` for the limits.

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint};
use vitrine_bitcoin::{AccountKey, Wallet, WalletPolicy};

use super::known::{Known, varint};
use super::merkle::{Digest, Tree, hash};
use crate::error::{DeviceError, device_text};

const VERSION: u8 = 2;
/// Longest name and template, in characters, and most keys.
const NAME_CHARS: usize = 64;
const TEMPLATE_CHARS: usize = 512;
const KEYS: usize = 15;
/// Highest account that the app takes without registration.
const MAX_ACCOUNT: u32 = 100;

/// Templates that need no registration, with the purpose of their key (BIP-44, 49, 84, 86).
const DEFAULTS: [(&str, u32); 4] =
    [("pkh(@0/**)", 44), ("sh(wpkh(@0/**))", 49), ("wpkh(@0/**)", 84), ("tr(@0/**)", 86)];

/// A wallet as the app knows it.
pub(super) struct Policy {
    /// Empty for one that needs no registration.
    name: String,
    policy: WalletPolicy,
}

impl Policy {
    /// # Errors
    /// [`DeviceError::Unsupported`] for a wallet that the app's language or limits have no room for.
    pub(super) fn of(wallet: &Wallet) -> Result<Self, DeviceError> {
        let policy = wallet.policy().map_err(|error| unsupported(error.to_string()))?;
        if policy.template.len() > TEMPLATE_CHARS || policy.keys.len() > KEYS {
            let (chars, keys) = (policy.template.len(), policy.keys.len());
            return Err(unsupported(format!(
                "a wallet policy of {chars} characters and {keys} keys: the app takes {TEMPLATE_CHARS} and {KEYS}"
            )));
        }
        if is_default(wallet, &policy) {
            return Ok(Self { name: String::new(), policy });
        }
        let name = wallet.name();
        let printable = !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if !printable || name.len() > NAME_CHARS || name.trim() != name {
            return Err(unsupported(format!(
                "a wallet of the name “{}”: the app takes 1 to {NAME_CHARS} plain characters, no blank at either end",
                device_text(name)
            )));
        }
        Ok(Self { name: name.to_owned(), policy })
    }

    /// The name that the device shows; none for a wallet that needs no registration.
    pub(super) fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    pub(super) fn template(&self) -> &str {
        &self.policy.template
    }

    pub(super) fn keys(&self) -> &[String] {
        &self.policy.keys
    }

    /// Version, name, length and hash of the template, number of keys and the root of their tree.
    pub(super) fn serialized(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(u8::try_from(self.name.len()));
        bytes.extend(self.name.as_bytes());
        bytes.extend(varint(self.template().len()));
        bytes.extend(hash(self.template().as_bytes()));
        bytes.extend(varint(self.keys().len()));
        bytes.extend(Tree::new(&self.key_bytes()).root());
        bytes
    }

    pub(super) fn id(&self) -> Digest {
        hash(&self.serialized())
    }

    /// Everything that the app may ask about it.
    pub(super) fn tell(&self, known: &mut Known) {
        known.add_data(self.serialized());
        known.add_data(self.template().as_bytes().to_vec());
        known.add_list(&self.key_bytes());
    }

    fn key_bytes(&self) -> Vec<Vec<u8>> {
        self.keys().iter().map(|key| key.as_bytes().to_vec()).collect()
    }

    /// What the device gave when it registered this policy; zeros for one that needs no registration.
    ///
    /// # Errors
    /// [`DeviceError::NotRegistered`] also where it was registered under another name, or with other keys.
    pub(super) fn hmac(&self, wallet: &Wallet, fingerprint: Fingerprint) -> Result<Digest, DeviceError> {
        if self.name.is_empty() {
            return Ok(Digest::default());
        }
        let id = self.id();
        let mut registrations = wallet.registrations().iter();
        let found = registrations.find(|known| known.fingerprint == fingerprint && known.wallet_id == id);
        found.map(|known| known.hmac).ok_or_else(|| DeviceError::NotRegistered {
            wallet: device_text(wallet.name()),
            fingerprint: fingerprint.to_string(),
        })
    }
}

fn is_default(wallet: &Wallet, policy: &WalletPolicy) -> bool {
    let Some((_, purpose)) = DEFAULTS.iter().find(|(template, _)| *template == policy.template) else { return false };
    let coin = wallet.network().coin_type();
    let keys: Vec<AccountKey> = wallet.keys();
    let [key] = keys.as_slice() else { return false };
    let steps: Vec<u32> = hardened(&key.path);
    matches!(steps.as_slice(), [p, c, account] if p == purpose && *c == coin && *account <= MAX_ACCOUNT)
        && key.path.len() == steps.len()
}

/// The hardened steps at the beginning of a path, as they are written.
pub(super) fn hardened(path: &DerivationPath) -> Vec<u32> {
    let number = |step: &ChildNumber| match step {
        ChildNumber::Hardened { index } => Some(*index),
        ChildNumber::Normal { .. } => None,
    };
    path.into_iter().map_while(number).collect()
}

/// Whether the app tells the key at this path without asking the person: `src/handler/get_extended_pubkey.c`.
pub(super) fn is_told_silently(path: &DerivationPath, coin_type: u32) -> bool {
    let hardened = hardened(path);
    let rest = path.into_iter().skip(hardened.len());
    let known = match hardened.as_slice() {
        [44 | 45 | 49 | 84 | 86, coin, account] => Some((coin, account)),
        [48, coin, account, 1 | 2] => Some((coin, account)),
        _ => None,
    };
    known.is_some_and(|(coin, account)| *coin == coin_type && *account <= MAX_ACCOUNT)
        && rest.into_iter().all(ChildNumber::is_normal)
}

pub(super) fn unsupported(what: impl Into<String>) -> DeviceError {
    DeviceError::Unsupported { what: what.into() }
}
