//! `wallets/NAME.toml` of a ceremony folder for Bitcoin.

use serde::Deserialize;
use vitrine_bitcoin::bitcoin::bip32::Fingerprint;
use vitrine_bitcoin::{Cosigner, LastUsed, Network, Registration, Wallet};
use vitrine_review::{Digest, escape};

use super::name;
use crate::error::FolderError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WalletToml {
    version: u32,
    name: String,
    descriptor: Option<String>,
    template: Option<String>,
    keys: Option<Vec<String>>,
    #[serde(default)]
    cosigner: Vec<CosignerToml>,
    #[serde(default)]
    registration: Vec<RegistrationToml>,
    #[serde(default)]
    last_used: LastUsedToml,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosignerToml {
    name: String,
    fingerprint: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastUsedToml {
    receive: Option<u32>,
    change: Option<u32>,
    gap: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrationToml {
    device: RegisteringDevice,
    fingerprint: String,
    wallet_id: String,
    hmac: String,
}

/// Devices that keep nothing of a wallet, and are to be given what they gave.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RegisteringDevice {
    Ledger,
}

impl WalletToml {
    /// Version and name, as they stand there.
    pub(super) fn head(&self) -> (u32, String) {
        (self.version, self.name.clone())
    }
}

/// Reads the file of one wallet.
pub(super) fn wallet(path: &str, wallet: String, toml: WalletToml, network: Network) -> Result<Wallet, FolderError> {
    let refused = |error| FolderError::Wallet { file: escape(path), error };
    let cosigners = toml.cosigner.into_iter().map(|toml| cosigner(path, toml)).collect::<Result<Vec<_>, _>>()?;
    let LastUsedToml { receive, change, gap } = toml.last_used;
    let wallet = match (toml.descriptor, toml.template, toml.keys) {
        (Some(descriptor), None, None) => Wallet::parse(&wallet, &descriptor, network),
        (None, Some(template), Some(keys)) => Wallet::of_policy(&wallet, &template, &keys, network),
        _ => {
            let reason = "a wallet has either a descriptor, or a template with keys".to_owned();
            return Err(FolderError::Schema { file: escape(path), reason });
        }
    };
    let wallet = wallet.map_err(refused)?;
    let wallet = wallet.with_cosigners(cosigners).map_err(refused)?;
    let registrations = registrations(path, &wallet, toml.registration)?;
    let wallet = wallet.with_registrations(registrations);
    Ok(wallet.with_last_used(LastUsed { receive, change, gap: gap.unwrap_or(LastUsed::GAP) }))
}

fn cosigner(path: &str, toml: CosignerToml) -> Result<Cosigner, FolderError> {
    let fingerprint = fingerprint(path, "cosigner", &toml.fingerprint)?;
    Ok(Cosigner { name: name(path, toml.name)?, fingerprint })
}

/// What devices gave when the wallet was registered with them: each with a key of the wallet, and once.
fn registrations(path: &str, wallet: &Wallet, listed: Vec<RegistrationToml>) -> Result<Vec<Registration>, FolderError> {
    let schema = |reason: String| FolderError::Schema { file: escape(path), reason };
    let mut registrations: Vec<Registration> = Vec::new();
    for RegistrationToml { device: RegisteringDevice::Ledger, fingerprint: text, wallet_id, hmac } in listed {
        let fingerprint = fingerprint(path, "registration", &text)?;
        if !wallet.keys().iter().any(|key| key.fingerprint == fingerprint) {
            return Err(schema(format!(
                "a registration is of fingerprint {fingerprint}, which no key of the wallet has"
            )));
        }
        if registrations.iter().any(|other| other.fingerprint == fingerprint) {
            return Err(schema(format!("fingerprint {fingerprint} has two registrations. Keep the later one")));
        }
        let (wallet_id, hmac) = (digits(path, "wallet_id", &wallet_id)?, digits(path, "hmac", &hmac)?);
        registrations.push(Registration { fingerprint, wallet_id, hmac });
    }
    Ok(registrations)
}

fn digits(path: &str, what: &str, text: &str) -> Result<[u8; 32], FolderError> {
    let whole = Some(text).filter(|text| text.len() == 64).and_then(Digest::from_hex);
    let digest = whole.ok_or_else(|| FolderError::Schema {
        file: escape(path),
        reason: format!("{what} of a registration is not 64 hex digits"),
    })?;
    Ok(*digest.as_bytes())
}

fn fingerprint(path: &str, whose: &str, text: &str) -> Result<Fingerprint, FolderError> {
    text.parse().map_err(|_| FolderError::Schema {
        file: escape(path),
        reason: format!("the fingerprint “{}” of a {whose} is not 8 hex digits", escape(text)),
    })
}
