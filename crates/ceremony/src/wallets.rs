//! Wallets before a ceremony: taken from other programs' files, and their addresses compared on a device.

use std::fmt;

use vitrine_bitcoin::{ImportError, Network, Proposal, Wallet, WalletError, import_wallets};
use vitrine_device::{Device, DeviceError, Prompter};
use vitrine_review::{Address, escape};

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

/// Why no address is shown or compared.
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

    fn wallet(&self, name: &str) -> Result<&Wallet, AddressError> {
        let found = self.wallets().iter().find(|wallet| wallet.name() == name);
        let known = || self.wallets().iter().map(|wallet| escape(wallet.name())).collect();
        found.ok_or_else(|| AddressError::NoWallet { name: name.to_owned(), known: known() })
    }
}
