//! Wallets as other programs export them: bytes in, proposed wallets out. Somebody still reads and approves them.

mod bsms;
mod json;
mod text;

use std::fmt;

use bitcoin::{NetworkKind, PrivateKey};
use vitrine_review::escape;

use crate::limits::{MAX_IMPORT_BYTES, MAX_WALLETS};
use crate::{Cosigner, LastUsed, Network, Wallet, WalletError};

/// Longest name that a ceremony folder takes.
const MAX_NAME_CHARS: usize = 80;

/// The form of a file with wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// Bitcoin Core's `listdescriptors`.
    BitcoinCore,
    /// Specter Desktop's wallet file; Sparrow writes it too.
    Specter,
    /// Sparrow's output descriptor file, or a descriptor alone.
    Descriptor,
    /// A descriptor record of Bitcoin Secure Multisig Setup (BIP-129).
    Bsms,
}

impl ImportFormat {
    /// The name as shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BitcoinCore => "Bitcoin Core listdescriptors",
            Self::Specter => "Specter wallet file",
            Self::Descriptor => "output descriptor",
            Self::Bsms => "BSMS descriptor record (BIP-129)",
        }
    }
}

/// A wallet that a file proposes.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The form of the file.
    pub format: ImportFormat,
    /// The wallet, with the name that the file gives it or one of ours, and cosigners if the file names them.
    pub wallet: Wallet,
    /// Whether the file states an address and the wallet derives it.
    pub first_address_fits: bool,
}

/// Why a file gives no wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The file is larger than what is read.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// The file contains a private key. It is not repeated here.
    PrivateKey,
    /// The file is not text.
    NotText,
    /// The file is of none of the forms that are read.
    Unknown,
    /// A part that the form demands is missing or something else.
    Malformed {
        /// The form.
        format: ImportFormat,
        /// The part.
        part: &'static str,
    },
    /// The wallet does not derive the address that the file states: the one or the other was changed.
    OtherAddress {
        /// Address of the file.
        stated: String,
        /// Address of the wallet.
        derived: String,
    },
    /// The file describes more wallets than are read.
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// The descriptor makes no wallet.
    Wallet(WalletError),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(f, "it has {bytes} bytes, at most {MAX_IMPORT_BYTES} are read"),
            Self::PrivateKey => write!(
                f,
                "it contains a PRIVATE KEY. Nothing was imported. Consider that key exposed: move its coins, erase this \
                 file, and export again without private keys"
            ),
            Self::NotText => write!(f, "it is not UTF-8 text; export the wallet again"),
            Self::Unknown => write!(
                f,
                "its form is not known; give Bitcoin Core's listdescriptors, a Specter or Sparrow export, a BSMS \
                 descriptor record, or a descriptor"
            ),
            Self::Malformed { format, part } => write!(f, "as {} it lacks {part}; export it again", format.name()),
            Self::OtherAddress { stated, derived } => write!(
                f,
                "its first address is {}, and its descriptor derives {derived}: one of them was changed; do not use it",
                escape(stated)
            ),
            Self::TooMany { count } => write!(f, "it describes {count} wallets, at most {MAX_WALLETS} are read"),
            Self::Wallet(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ImportError {}

/// Reads the wallets of a file. Without a network it is mainnet, or testnet for test keys.
///
/// # Errors
/// [`ImportError`] if the file is of no known form, contradicts itself, or has private keys.
pub fn import_wallets(bytes: &[u8], network: Option<Network>) -> Result<Vec<Proposal>, ImportError> {
    if bytes.len() > MAX_IMPORT_BYTES {
        return Err(ImportError::TooLarge { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ImportError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if has_private_key(text) {
        return Err(ImportError::PrivateKey);
    }
    let drafts = match text {
        text if text.starts_with('{') => json::drafts(text)?,
        text if text.starts_with("BSMS") => vec![bsms::draft(text)?],
        text => vec![text::draft(text)?],
    };
    if drafts.len() > MAX_WALLETS {
        return Err(ImportError::TooMany { count: drafts.len() });
    }
    drafts.into_iter().map(|draft| draft.proposal(network)).collect()
}

/// A wallet as a file describes it.
struct Draft {
    format: ImportFormat,
    name: String,
    descriptor: String,
    /// Names of those who hold the keys, in the order of the keys; empty if the file does not say.
    holders: Vec<String>,
    last_used: LastUsed,
    first_address: Option<String>,
}

impl Draft {
    fn new(format: ImportFormat, name: &str, descriptor: String) -> Self {
        let (holders, last_used) = (Vec::new(), LastUsed::default());
        Self { format, name: printable(name), descriptor, holders, last_used, first_address: None }
    }

    fn proposal(self, network: Option<Network>) -> Result<Proposal, ImportError> {
        let network = network.unwrap_or_else(|| guess(&self.descriptor, self.first_address.as_deref()));
        let wallet = Wallet::parse(&self.name, &self.descriptor, network).map_err(ImportError::Wallet)?;
        let wallet = name_holders(wallet, &self.holders).with_last_used(self.last_used);
        let first_address_fits = self.first_address.is_some();
        if let Some(stated) = self.first_address {
            let derived = wallet.address(false, 0).map_err(ImportError::Wallet)?;
            if derived != stated {
                return Err(ImportError::OtherAddress { stated, derived });
            }
        }
        Ok(Proposal { format: self.format, wallet, first_address_fits })
    }
}

/// Names the cosigners, if there is a name for each key and no two are alike.
fn name_holders(wallet: Wallet, holders: &[String]) -> Wallet {
    let keys = wallet.keys();
    if holders.len() != keys.len() {
        return wallet;
    }
    let named = holders.iter().zip(&keys);
    let cosigners = named.map(|(name, key)| Cosigner { name: printable(name), fingerprint: key.fingerprint }).collect();
    wallet.clone().with_cosigners(cosigners).unwrap_or(wallet)
}

/// The network of a descriptor's keys; private chains are told by their addresses alone.
fn guess(descriptor: &str, address: Option<&str>) -> Network {
    if address.is_some_and(|address| address.starts_with("bcrt1")) {
        return Network::Regtest;
    }
    if descriptor.contains("tpub") || address.is_some_and(|address| address.starts_with("tb1")) {
        return Network::Testnet3;
    }
    Network::Mainnet
}

/// A name that a ceremony folder takes: printable ASCII, not empty, not too long.
fn printable(name: &str) -> String {
    let kept: String = name.chars().filter(|c| matches!(c, ' '..='~')).take(MAX_NAME_CHARS).collect();
    let kept = kept.trim();
    if kept.is_empty() { "Imported".to_owned() } else { kept.to_owned() }
}

/// Whether a private key stands anywhere in a file, extended (BIP-32, SLIP-132) or alone (WIF).
fn has_private_key(text: &str) -> bool {
    const PREFIXES: [&str; 10] = ["xprv", "tprv", "yprv", "zprv", "uprv", "vprv", "Yprv", "Zprv", "Uprv", "Vprv"];
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let extended = word.len() > 100 && PREFIXES.iter().any(|prefix| word.starts_with(prefix));
        extended
            || PrivateKey::from_wif(word).is_ok_and(|key| matches!(key.network, NetworkKind::Main | NetworkKind::Test))
    })
}

/// One descriptor of two paths, from one for receiving and one for change; none if they are not a pair.
fn pair(receive: &str, change: &str) -> Option<String> {
    let bare = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
    let (receive, change) = (bare(receive), bare(change));
    let fits = receive.contains("/0/*") && receive.replace("/0/*", "/1/*") == change;
    fits.then(|| receive.replace("/0/*", "/<0;1>/*"))
}

/// Verifies the checksum of a descriptor, if it has one, before anything in it is rewritten.
fn verified(descriptor: &str) -> Result<&str, ImportError> {
    crate::wallet::without_checksum(descriptor).map_err(ImportError::Wallet)
}
