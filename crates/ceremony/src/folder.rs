//! The ceremony folder: everything a ceremony needs to know, hashed as a whole.
//!
//! Schema version 1 is written down in `docs/formats/ceremony-folder.md`. Unknown files and keys are errors: a rule
//! that is misspelt must not be a rule that is not applied.

mod ethereum;
mod wallet;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use vitrine_bitcoin::{AddressBook, BookEntry, Network, Surroundings, Wallet};
use vitrine_review::{Digest, Severity, escape, tagged_sha256};

use self::wallet::WalletToml;
use crate::approval::{ApprovalPolicy, Exception, Recipients};
use crate::chain::{Chain, Known};
use crate::error::FolderError;
use crate::limits;
use crate::stated::{Stated, StatedToml};

const CEREMONY: &str = "ceremony.toml";
const ADDRESSES: &str = "addresses.toml";

/// A parsed ceremony folder.
#[derive(Clone, Debug)]
pub struct Folder {
    parts: Parts,
    files: Vec<(String, usize)>,
    digest: Digest,
}

/// What the files say, whatever the chain.
#[derive(Clone, Debug)]
struct Parts {
    title: String,
    known: Known,
    approval: ApprovalPolicy,
    stated: Stated,
    wallet_names: Vec<String>,
    /// File of each wallet, in the order of their names above; none for Ethereum, where no device registers any.
    wallet_files: Vec<String>,
}

/// The one key that decides how all others are read.
#[derive(Deserialize)]
struct ChainToml {
    chain: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CeremonyToml {
    version: u32,
    title: String,
    chain: String,
    network: String,
    #[serde(default)]
    approval: ApprovalToml,
    #[serde(default)]
    stated: StatedToml,
    #[serde(default)]
    exception: Vec<ExceptionToml>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalToml {
    max_amount_sat: Option<u64>,
    max_fee_sat: Option<u64>,
    max_fee_per_mille: Option<u64>,
    #[serde(default)]
    recipients: Recipients,
    #[serde(default)]
    sign_twice: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionToml {
    code: String,
    field: Option<String>,
    request_sha256: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressesToml {
    version: u32,
    #[serde(default)]
    address: Vec<AddressToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressToml {
    label: String,
    address: String,
    added_by: String,
    approved_by: String,
}

impl Folder {
    /// Parses a folder from its files: path inside the folder, with `/`, to content.
    ///
    /// # Errors
    /// [`FolderError`] for anything missing, unknown, misspelt or too large.
    pub fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, FolderError> {
        let chain = chain(files);
        check_sizes(files, chain)?;
        let parts = match chain {
            Chain::Bitcoin => read_bitcoin(files)?,
            Chain::Ethereum => ethereum::read(files)?,
        };
        Ok(Self {
            parts,
            files: files.iter().map(|(path, bytes)| (path.clone(), bytes.len())).collect(),
            digest: folder_digest(files),
        })
    }

    /// Title as shown.
    pub fn title(&self) -> &str {
        &self.parts.title
    }

    /// Chain as shown.
    pub fn chain(&self) -> &'static str {
        self.parts.known.chain().name()
    }

    /// Network as named in the folder.
    pub fn network(&self) -> String {
        self.parts.known.network()
    }

    /// Digest over every path and content of the folder.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Paths and sizes in bytes, in order.
    pub fn files(&self) -> &[(String, usize)] {
        &self.files
    }

    /// Names of the registered wallets.
    pub fn wallet_names(&self) -> Vec<&str> {
        self.parts.wallet_names.iter().map(String::as_str).collect()
    }

    /// Path of the file of the wallet of this name, inside the folder, if it has descriptors.
    pub fn wallet_file(&self, name: &str) -> Option<&str> {
        let named = self.parts.wallet_names.iter().zip(&self.parts.wallet_files).find(|(known, _)| *known == name);
        named.map(|(_, file)| file.as_str())
    }

    /// The rules that a request must pass.
    pub fn approval(&self) -> &ApprovalPolicy {
        &self.parts.approval
    }

    /// The time and the height that the folder states.
    pub(crate) fn stated(&self) -> Stated {
        self.parts.stated
    }

    /// Network, wallets and address book, as the chain needs them.
    pub(crate) fn known(&self) -> &Known {
        &self.parts.known
    }

    /// The registered wallets with descriptors; none in a folder for Ethereum.
    pub(crate) fn wallets(&self) -> &[Wallet] {
        match &self.parts.known {
            Known::Bitcoin(known) => &known.wallets,
            Known::Ethereum(_) | Known::Nothing { .. } => &[],
        }
    }
}

/// The chain that the folder names; a folder that names none is read, and refused, as one for Bitcoin.
fn chain(files: &BTreeMap<String, Vec<u8>>) -> Chain {
    let named = toml_file::<ChainToml>(files, CEREMONY).ok().and_then(|toml| toml.chain);
    if named.as_deref() == Some("ethereum") { Chain::Ethereum } else { Chain::Bitcoin }
}

fn read_bitcoin(files: &BTreeMap<String, Vec<u8>>) -> Result<Parts, FolderError> {
    let ceremony: CeremonyToml = toml_file(files, CEREMONY)?;
    check_version(CEREMONY, ceremony.version)?;
    let network = network(&ceremony.chain, &ceremony.network)?;
    let wallets = wallets(files, network)?;
    let address_book = address_book(files, network)?;
    let approval = approval(ceremony.approval, ceremony.exception)?;
    let schema = |reason| FolderError::Schema { file: CEREMONY.to_owned(), reason };
    let stated = Stated::read(&ceremony.stated).map_err(schema)?;
    Ok(Parts {
        title: name(CEREMONY, ceremony.title)?,
        wallet_names: wallets.iter().map(|wallet| wallet.name().to_owned()).collect(),
        wallet_files: files.keys().filter(|path| is_wallet(path)).cloned().collect(),
        known: Known::Bitcoin(Box::new(Surroundings { network, wallets, address_book })),
        approval,
        stated,
    })
}

/// Tagged digest over (path, content digest) of every file, in order of path.
fn folder_digest(files: &BTreeMap<String, Vec<u8>>) -> Digest {
    let mut bytes = Vec::new();
    for (path, content) in files {
        bytes.extend_from_slice(&(path.len() as u64).to_be_bytes());
        bytes.extend_from_slice(path.as_bytes());
        bytes.extend_from_slice(vitrine_review::sha256(content).as_bytes());
    }
    tagged_sha256("vitrine/ceremony-folder/1", &bytes)
}

fn check_sizes(files: &BTreeMap<String, Vec<u8>>, chain: Chain) -> Result<(), FolderError> {
    if files.len() > limits::MAX_FILES {
        return Err(FolderError::TooLarge(format!("{} files, at most {}", files.len(), limits::MAX_FILES)));
    }
    for (path, content) in files {
        if content.len() > limits::MAX_FILE_BYTES {
            let most = limits::MAX_FILE_BYTES;
            return Err(FolderError::TooLarge(format!("{} has {} bytes, at most {most}", escape(path), content.len())));
        }
        let is_of_chain = chain == Chain::Ethereum && ethereum::is_contracts(path);
        if path != CEREMONY && path != ADDRESSES && !is_wallet(path) && !is_of_chain {
            return Err(FolderError::UnknownFile(escape(path)));
        }
    }
    Ok(())
}

fn is_wallet(path: &str) -> bool {
    path.strip_prefix("wallets/").is_some_and(|name| name.ends_with(".toml") && !name.contains('/'))
}

fn toml_file<T: DeserializeOwned>(files: &BTreeMap<String, Vec<u8>>, path: &'static str) -> Result<T, FolderError> {
    parse_toml(path, files.get(path).ok_or(FolderError::Missing(path))?)
}

fn parse_toml<T: DeserializeOwned>(file: &str, content: &[u8]) -> Result<T, FolderError> {
    let schema = |reason: String| FolderError::Schema { file: escape(file), reason };
    let text = std::str::from_utf8(content).map_err(|e| schema(format!("not UTF-8 text: {e}")))?;
    toml::from_str(text).map_err(|e| schema(escaped_lines(&e.to_string())))
}

/// The parser quotes the file; its line breaks stay, all else is escaped.
fn escaped_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

fn check_version(file: &str, found: u32) -> Result<(), FolderError> {
    if found == 1 { Ok(()) } else { Err(FolderError::Version { file: escape(file), found }) }
}

fn name(file: &str, name: String) -> Result<String, FolderError> {
    let printable = name.chars().all(|c| matches!(c, ' '..='~'));
    let length = name.chars().count();
    if printable && !name.trim().is_empty() && length <= limits::MAX_NAME_CHARS {
        return Ok(name);
    }
    let shown: String = name.chars().take(limits::MAX_NAME_CHARS).collect();
    Err(FolderError::Name { file: escape(file), name: escape(&shown) })
}

fn network(chain: &str, network: &str) -> Result<Network, FolderError> {
    if chain != "bitcoin" {
        return Err(FolderError::Network(format!("{} of chain {}", escape(network), escape(chain))));
    }
    network.parse().map_err(|_| FolderError::Network(escape(network)))
}

fn wallets(files: &BTreeMap<String, Vec<u8>>, network: Network) -> Result<Vec<Wallet>, FolderError> {
    let tomls = wallet_files(files, WalletToml::head)?;
    tomls.into_iter().map(|(path, name, toml)| wallet::wallet(path, name, toml, network)).collect()
}

/// Files of `wallets/` by path, each with the one name that it has; `head` gives a file's version and name.
fn wallet_files<T: DeserializeOwned>(
    files: &BTreeMap<String, Vec<u8>>,
    head: impl Fn(&T) -> (u32, String),
) -> Result<Vec<(&str, String, T)>, FolderError> {
    let mut names = BTreeSet::new();
    let mut wallets = Vec::new();
    for (path, content) in files.iter().filter(|(path, _)| is_wallet(path)) {
        let toml: T = parse_toml(path, content)?;
        let (version, stated) = head(&toml);
        check_version(path, version)?;
        let name = name(path, stated)?;
        if !names.insert(name.clone()) {
            return Err(FolderError::DuplicateWallet(name));
        }
        wallets.push((path.as_str(), name, toml));
    }
    if wallets.len() > limits::MAX_WALLETS {
        return Err(FolderError::TooLarge(format!("{} wallets, at most {}", wallets.len(), limits::MAX_WALLETS)));
    }
    Ok(wallets)
}

fn address_book(files: &BTreeMap<String, Vec<u8>>, network: Network) -> Result<AddressBook, FolderError> {
    let entry = |Listed { label, address, provenance }| BookEntry { label, address, provenance };
    let entries = listed_addresses(files)?.into_iter().map(entry).collect();
    AddressBook::new(entries, network).map_err(FolderError::AddressBook)
}

/// An entry of `addresses.toml`, its address as it stands there.
struct Listed {
    label: String,
    address: String,
    provenance: String,
}

/// The entries of `addresses.toml`; none without the file.
fn listed_addresses(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Listed>, FolderError> {
    let Some(content) = files.get(ADDRESSES) else { return Ok(Vec::new()) };
    let toml: AddressesToml = parse_toml(ADDRESSES, content)?;
    check_version(ADDRESSES, toml.version)?;
    if toml.address.len() > limits::MAX_ADDRESSES {
        let (found, most) = (toml.address.len(), limits::MAX_ADDRESSES);
        return Err(FolderError::TooLarge(format!("{found} addresses, at most {most}")));
    }
    let listed = |toml: AddressToml| {
        let (added_by, approved_by) = (name(ADDRESSES, toml.added_by)?, name(ADDRESSES, toml.approved_by)?);
        let provenance = format!("Added by {added_by}, approved by {approved_by}");
        Ok(Listed { label: name(ADDRESSES, toml.label)?, address: toml.address, provenance })
    };
    toml.address.into_iter().map(listed).collect()
}

fn approval(toml: ApprovalToml, listed: Vec<ExceptionToml>) -> Result<ApprovalPolicy, FolderError> {
    Ok(ApprovalPolicy {
        max_amount_sat: toml.max_amount_sat,
        max_fee_sat: toml.max_fee_sat,
        max_fee_per_mille: toml.max_fee_per_mille,
        recipients: toml.recipients,
        sign_twice: toml.sign_twice,
        exceptions: exceptions(Chain::Bitcoin, listed)?,
        ethereum: None,
    })
}

fn exceptions(chain: Chain, listed: Vec<ExceptionToml>) -> Result<Vec<Exception>, FolderError> {
    if listed.len() > limits::MAX_EXCEPTIONS {
        return Err(FolderError::TooLarge(format!("{} exceptions", listed.len())));
    }
    listed.into_iter().map(|toml| exception(chain, toml)).collect()
}

fn exception(chain: Chain, toml: ExceptionToml) -> Result<Exception, FolderError> {
    let request = Digest::from_hex(&toml.request_sha256).ok_or_else(|| FolderError::Schema {
        file: CEREMONY.to_owned(),
        reason: "request_sha256 of an exception is not 64 hex digits".to_owned(),
    })?;
    let code = name(CEREMONY, toml.code)?;
    match chain.findings().iter().find(|(known, ..)| *known == code).map(|(_, severity, _)| *severity) {
        Some(Severity::Restricted) => {}
        severity => return Err(FolderError::Exception { code, severity, chain }),
    }
    Ok(Exception { code, field: toml.field, request, reason: name(CEREMONY, toml.reason)? })
}
