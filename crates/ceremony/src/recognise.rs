//! Who a device is, and what of the ceremony folder belongs to it.

use vitrine_bitcoin::bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint};
use vitrine_bitcoin::{AccountKey, Network, Wallet};
use vitrine_device::{Device, DeviceError, Identity, Prompter, advisories};
use vitrine_ethereum::Surroundings;

use crate::Folder;
use crate::chain::Known;

/// A device as a ceremony knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// Who it says it is.
    pub identity: Identity,
    /// Fingerprint of its master key (BIP-32), 8 hex digits; none where the device, or the app that is open, does not
    /// tell it.
    pub fingerprint: Option<String>,
    /// What is known against it, each in a sentence. None says nothing good: the list is short.
    pub known_against: Vec<&'static str>,
    /// The folder's wallets that it has a key of: for Bitcoin by fingerprint and extended key, for Ethereum by address.
    pub belongs_to: Vec<Belonging>,
}

/// A wallet that a device has a key of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// Name of the wallet.
    pub wallet: String,
    /// Who holds the key, if the folder says it.
    pub holder: Option<String>,
    /// Whether the folder has what a device of this fingerprint gave when the wallet was registered with it.
    pub registered: bool,
    /// Whether the key was compared, too: a device can say any fingerprint. Not where it does not tell the key at the
    /// wallet's path without asking a person.
    pub compared: bool,
}

impl Belonging {
    /// In one phrase: `Treasury, key of A. Brandt, registered with it`; where no key was compared, it says so.
    pub fn phrase(&self) -> String {
        let holder = self.holder.as_ref().map(|holder| format!(", key of {holder}")).unwrap_or_default();
        let registered = if self.registered { ", registered with it" } else { "" };
        let compared = if self.compared { "" } else { ", by its fingerprint alone" };
        format!("{}{holder}{registered}{compared}", self.wallet)
    }
}

/// Asks a device who it is, and finds what of the folder belongs to it. The device may ask for its PIN and passphrase.
///
/// # Errors
/// [`DeviceError`].
pub fn recognise(
    folder: Option<&Folder>,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Recognised, DeviceError> {
    let identity = device.identify()?;
    let known = folder.map(Folder::known);
    let network = known.map_or(Network::Testnet3, network);
    let fingerprint = fingerprint(network, device, prompter)?;
    let belongs_to = match known {
        Some(Known::Bitcoin(known)) => own_wallets(&known.wallets, fingerprint, device, prompter)?,
        Some(Known::Ethereum(known)) => own_accounts(known, device, prompter)?,
        Some(Known::Nothing { .. }) | None => Vec::new(),
    };
    let (known_against, fingerprint) =
        (known_against(&identity), fingerprint.map(|fingerprint| fingerprint.to_string()));
    Ok(Recognised { identity, fingerprint, known_against, belongs_to })
}

/// What is known against a device with this firmware and this app open, each in a sentence.
pub fn known_against(identity: &Identity) -> Vec<&'static str> {
    advisories(identity).into_iter().map(|advisory| advisory.problem.as_str()).collect()
}

/// The network whose keys are asked for where only the master key's fingerprint matters.
pub(crate) fn network(known: &Known) -> Network {
    match known {
        Known::Bitcoin(known) => known.network,
        Known::Ethereum(_) | Known::Nothing { .. } => Network::Testnet3,
    }
}

/// Fingerprint of the device's master key; none where the device, or the app that is open, does not tell it.
pub(crate) fn fingerprint(
    network: Network,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Option<Fingerprint>, DeviceError> {
    match device.fingerprint(network, prompter) {
        Ok(fingerprint) => Ok(Some(fingerprint)),
        Err(DeviceError::Unsupported { .. } | DeviceError::WrongApp { .. } | DeviceError::Failure { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The wallets of which the device has the key, as far as it tells it.
fn own_wallets(
    wallets: &[Wallet],
    fingerprint: Option<Fingerprint>,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Vec<Belonging>, DeviceError> {
    let mut belongs_to = Vec::new();
    for wallet in wallets {
        let keys = wallet.keys();
        let own = keys.iter().filter(|key| Some(key.fingerprint) == fingerprint);
        let mut compared = Vec::new();
        for key in own.filter(|key| is_told_silently(&key.path, wallet.network())) {
            compared.extend(has_key(key, wallet.network(), device, prompter)?);
        }
        let is_other = compared.contains(&false);
        let found = belonging(core::slice::from_ref(wallet), fingerprint);
        let found = found.into_iter().filter(|_| !is_other);
        belongs_to.extend(found.map(|found| Belonging { compared: !compared.is_empty(), ..found }));
    }
    Ok(belongs_to)
}

/// Whether the device has this key; none if it does not tell.
fn has_key(
    key: &AccountKey,
    network: Network,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Option<bool>, DeviceError> {
    match device.account_key(&key.path, network, prompter) {
        Ok(told) => Ok(Some((told.public_key, told.chain_code) == (key.xpub.public_key, key.xpub.chain_code))),
        Err(DeviceError::Unsupported { .. } | DeviceError::WrongApp { .. } | DeviceError::Failure { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether devices tell the key at this path without asking a person: accounts 0 to 100 of BIP-44, 48, 49, 84, 86.
fn is_told_silently(path: &DerivationPath, network: Network) -> bool {
    const LAST_ACCOUNT: u32 = 100;
    let hardened = |step: &ChildNumber| match step {
        ChildNumber::Hardened { index } => Some(*index),
        ChildNumber::Normal { .. } => None,
    };
    let steps: Option<Vec<u32>> = path.into_iter().map(hardened).collect();
    match steps.as_deref() {
        Some([44 | 49 | 84 | 86, coin, account] | [48, coin, account, 1 | 2]) => {
            *coin == network.coin_type() && *account <= LAST_ACCOUNT
        }
        _ => false,
    }
}

/// The wallets with a key of this master fingerprint, which alone says little.
pub(crate) fn belonging(wallets: &[Wallet], fingerprint: Option<Fingerprint>) -> Vec<Belonging> {
    let Some(fingerprint) = fingerprint else { return Vec::new() };
    let own = wallets.iter().filter(|wallet| wallet.keys().iter().any(|key| key.fingerprint == fingerprint));
    let belonging = |wallet: &Wallet| {
        let holder = wallet.cosigners().iter().find(|cosigner| cosigner.fingerprint == fingerprint);
        let registered = wallet.registrations().iter().any(|known| known.fingerprint == fingerprint);
        Belonging {
            wallet: wallet.name().to_owned(),
            holder: holder.map(|holder| holder.name.clone()),
            registered,
            compared: false,
        }
    };
    own.map(belonging).collect()
}

/// The accounts whose address the device has at their path, and the Safes that they own.
fn own_accounts(
    known: &Surroundings,
    device: &mut dyn Device,
    prompter: &mut dyn Prompter,
) -> Result<Vec<Belonging>, DeviceError> {
    let mut belongs_to = Vec::new();
    for account in known.accounts() {
        // A path that this device does not know is another one's.
        let found = match device.ethereum_address(&account.path, known.chain_id(), false, prompter) {
            Err(DeviceError::Unsupported { .. }) => continue,
            found => found?,
        };
        if found != account.address {
            continue;
        }
        belongs_to.push(Belonging { wallet: account.name.clone(), holder: None, registered: false, compared: true });
        for safe in known.safes() {
            let owner = safe.owners.iter().find(|(_, address)| *address == account.address);
            belongs_to.extend(owner.map(|(name, _)| Belonging {
                wallet: safe.name.clone(),
                holder: Some(name.clone()),
                registered: false,
                compared: true,
            }));
        }
    }
    Ok(belongs_to)
}
