//! Wallets before a ceremony: taken from other programs' files, their addresses compared on a device, and registered with it.

use std::fmt;

use vitrine_bitcoin::{ImportError, Network, Proposal, Registration, Wallet, WalletError, import_wallets};
use vitrine_device::{Device, DeviceError, Prompter, Registered};
use vitrine_review::{Address, Digest, escape};

use crate::Folder;

/// A file for the folder `wallets/` that another program's file proposes.
#[derive(Clone, Debug)]
pub struct ProposedWallet {
    /// Name of the wallet.
    pub name: String,
    /// Form of the file that it was read from.
    pub format: &'static str,
    /// First address for receiving, to compare with the program that wrote the file.
    pub first_address: String,
    /// Whether the file itself states that address.
    pub first_address_stated: bool,
    /// Content of the file for `wallets/`.
    pub toml: String,
}

/// What came of registering a wallet with a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletRegistration {
    /// The device registers no wallets of this form.
    NotNeeded,
    /// The device keeps the wallet itself.
    OnDevice,
    /// The folder has what the device gave, already.
    Known,
    /// What the device gave, for the wallet's file.
    Kept {
        /// The table for the end of the file.
        toml: String,
    },
    /// The same, and the file has something else for this device, which has to be removed.
    Differs {
        /// The table that the file should have.
        toml: String,
    },
}

/// Why no address is shown or compared, or nothing registered.
#[derive(Debug)]
pub enum AddressError {
    /// The folder has no wallet of that name.
    NoWallet {
        /// The name asked for.
        name: String,
        /// Names that it has.
        known: Vec<String>,
    },
    /// The wallet has no such address.
    Wallet(WalletError),
    /// The device did not show it.
    Device(DeviceError),
    /// The device holds no key of the wallet.
    NoKey {
        /// Fingerprint of the device's master key.
        found: String,
        /// Fingerprints of the wallet's keys, with the names of those who hold them.
        keys: Vec<String>,
    },
    /// The device shows another address.
    Differs {
        /// Address of the wallet.
        wallet: String,
        /// Address of the device.
        device: String,
    },
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWallet { name, known } => {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                write!(f, "the ceremony folder has no wallet named {}; it has: {known}", escape(name))
            }
            Self::Wallet(error) => write!(f, "{error}"),
            Self::Device(error) => write!(f, "{error}"),
            Self::NoKey { found, keys } => write!(
                f,
                "the device's fingerprint is {found}, and no key of the wallet has it: {}. Take a device of the wallet, \
                 or enter its passphrase",
                keys.join(", ")
            ),
            Self::Differs { wallet, device } => write!(
                f,
                "the device shows {}, the wallet derives {wallet}. They are not the same wallet: do not use this address",
                escape(device)
            ),
        }
    }
}

impl std::error::Error for AddressError {}

/// Reads the wallets that a file of another program describes. Nothing is registered: somebody reads them first.
///
/// # Errors
/// [`ImportError`] if the file is of no known form, contradicts itself, or has private keys.
pub fn propose_wallets(bytes: &[u8], network: Option<Network>) -> Result<Vec<ProposedWallet>, ImportError> {
    let proposals = import_wallets(bytes, network)?;
    proposals.iter().map(|proposal| proposed(proposal).map_err(ImportError::Wallet)).collect()
}

fn proposed(proposal: &Proposal) -> Result<ProposedWallet, WalletError> {
    Ok(ProposedWallet {
        name: proposal.wallet.name().to_owned(),
        format: proposal.format.name(),
        first_address: grouped(&proposal.wallet.address(false, 0)?),
        first_address_stated: proposal.first_address_fits,
        toml: toml(&proposal.wallet),
    })
}

/// The file for `wallets/`; names that nobody stated are left for whoever prepares the ceremony.
fn toml(wallet: &Wallet) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let (name, descriptor) = (quoted(wallet.name()), quoted(&wallet.descriptor()));
    let mut text = format!("version = 1\nname = {name}\ndescriptor = {descriptor}\n");
    let last_used = wallet.last_used();
    let used = [("receive", last_used.receive), ("change", last_used.change)];
    if used.iter().any(|(_, index)| index.is_some()) {
        text.push_str("\n[last_used]\n");
        text.extend(used.iter().filter_map(|(path, index)| index.map(|index| format!("{path} = {index}\n"))));
    }
    for cosigner in wallet.cosigners() {
        let (name, fingerprint) = (quoted(&cosigner.name), cosigner.fingerprint);
        text.push_str(&format!("\n[[cosigner]]\nname = {name}\nfingerprint = \"{fingerprint}\"\n"));
    }
    if wallet.cosigners().is_empty() && wallet.keys().len() > 1 {
        for key in wallet.keys() {
            text.push_str(&format!("\n# [[cosigner]]\n# name = \"\"\n# fingerprint = \"{}\"\n", key.fingerprint));
        }
    }
    text
}

fn grouped(address: &str) -> String {
    Address::new(address).groups().join(" ")
}

impl Folder {
    /// The address of a registered wallet, in groups of four.
    ///
    /// # Errors
    /// [`AddressError`] if there is no such wallet or address.
    pub fn wallet_address(&self, name: &str, change: bool, index: u32) -> Result<String, AddressError> {
        self.wallet(name)?.address(change, index).map(|address| grouped(&address)).map_err(AddressError::Wallet)
    }

    /// Lets a device show the address of a registered wallet, and compares it with what the wallet derives.
    ///
    /// # Errors
    /// [`AddressError`], among them: the device shows another one.
    pub fn compare_address(
        &self,
        name: &str,
        change: bool,
        index: u32,
        device: &mut dyn Device,
        prompter: &mut dyn Prompter,
    ) -> Result<(), AddressError> {
        let wallet = self.wallet(name)?;
        let derived = wallet.address(change, index).map_err(AddressError::Wallet)?;
        device.identify().map_err(AddressError::Device)?;
        let shown = device.show_address(wallet, change, index, prompter).map_err(AddressError::Device)?;
        if shown == derived { Ok(()) } else { Err(AddressError::Differs { wallet: derived, device: shown }) }
    }

    /// Lets a device register a wallet of this folder. The person compares its policy and its keys on the device.
    ///
    /// # Errors
    /// [`AddressError`], among them: the device holds no key of the wallet. Nothing is registered then.
    pub fn register_wallet(
        &self,
        name: &str,
        device: &mut dyn Device,
        prompter: &mut dyn Prompter,
    ) -> Result<WalletRegistration, AddressError> {
        let wallet = self.wallet(name)?;
        device.identify().map_err(AddressError::Device)?;
        let fingerprint = device.fingerprint(wallet.network(), prompter).map_err(AddressError::Device)?;
        if !wallet.keys().iter().any(|key| key.fingerprint == fingerprint) {
            return Err(AddressError::NoKey { found: fingerprint.to_string(), keys: holders(wallet) });
        }
        match device.register_wallet(wallet, prompter).map_err(AddressError::Device)? {
            Registered::NotNeeded => Ok(WalletRegistration::NotNeeded),
            Registered::OnDevice => Ok(WalletRegistration::OnDevice),
            Registered::Kept(registration) if registration.fingerprint == fingerprint => {
                Ok(kept(wallet, &registration))
            }
            Registered::Kept(_) => {
                let what = "a registration of another seed than it said to hold";
                Err(AddressError::Device(DeviceError::Malformed { at: "registering the wallet", what }))
            }
        }
    }

    fn wallet(&self, name: &str) -> Result<&Wallet, AddressError> {
        let found = self.wallets().iter().find(|wallet| wallet.name() == name);
        let known = || self.wallets().iter().map(|wallet| escape(wallet.name())).collect();
        found.ok_or_else(|| AddressError::NoWallet { name: name.to_owned(), known: known() })
    }
}

/// Fingerprints of a wallet's keys, each with the name of who holds it.
fn holders(wallet: &Wallet) -> Vec<String> {
    let name = |fingerprint| wallet.cosigners().iter().find(|cosigner| cosigner.fingerprint == fingerprint);
    let keys = wallet.keys().into_iter().map(|key| key.fingerprint);
    keys.map(|key| name(key).map_or(key.to_string(), |who| format!("{key} of {}", who.name))).collect()
}

fn kept(wallet: &Wallet, given: &Registration) -> WalletRegistration {
    let toml = format!(
        "[[registration]]\ndevice = \"ledger\"\nfingerprint = \"{}\"\nwallet_id = \"{}\"\nhmac = \"{}\"\n",
        given.fingerprint,
        Digest::new(given.wallet_id),
        Digest::new(given.hmac)
    );
    match wallet.registrations().iter().find(|known| known.fingerprint == given.fingerprint) {
        Some(known) if known == given => WalletRegistration::Known,
        Some(_) => WalletRegistration::Differs { toml },
        None => WalletRegistration::Kept { toml },
    }
}
